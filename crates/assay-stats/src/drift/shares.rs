//! Shares of both sides by bin, from which the divergences are computed.
//!
//! The divergences are sums of terms `x ln(x/y) + y - x`, none of which is negative (the `y - x` add up to 0), so that
//! nearly equal sides keep their digits. Differences come from integer counts where there are counts.

use super::contingency::{Table, cross_difference};
use super::deviance::deviance;

/// Shares of both sides, bin by bin. Each side adds up to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    bins: Vec<Bin>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Bin {
    base: f64,
    live: f64,
    /// `live - base`, more exact than subtracting.
    change: f64,
}

impl Shares {
    /// Of shares as they are given, bin by bin.
    pub fn new(base: &[f64], live: &[f64]) -> Self {
        let bins = base.iter().zip(live).map(|(&base, &live)| Bin { base, live, change: live - base }).collect();
        Shares { bins }
    }

    /// Counts divided by rows.
    pub(crate) fn raw(table: &Table) -> Self {
        let (n, m) = (table.n as f64, table.m as f64);
        let bin = |&(base, live): &(u64, u64)| Bin {
            base: base as f64 / n,
            live: live as f64 / m,
            change: cross_difference(live, table.n, base, table.m) / n / m,
        };
        Shares { bins: table.counts.iter().map(bin).collect() }
    }

    /// `(count + 0.5) / (rows + 0.5 k)`: no share is 0.
    pub(crate) fn smoothed(table: &Table) -> Self {
        // twice the numerators and denominators, which are integers
        let (n, m) = (2 * table.n + table.k() as u64, 2 * table.m + table.k() as u64);
        let bin = |&(base, live): &(u64, u64)| {
            let (base, live) = (2 * base + 1, 2 * live + 1);
            Bin {
                base: base as f64 / n as f64,
                live: live as f64 / m as f64,
                change: cross_difference(live, n, base, m) / n as f64 / m as f64,
            }
        };
        Shares { bins: table.counts.iter().map(bin).collect() }
    }

    /// Population stability index, `sum (l - b) ln(l / b)`. Infinite where one side alone has a share of 0.
    pub fn psi(&self) -> f64 {
        self.sum(|bin| deviance(bin.live, bin.base, bin.change) + deviance(bin.base, bin.live, -bin.change))
    }

    /// Kullback-Leibler divergence of live from the baseline in nats, `sum l ln(l / b)`.
    pub fn kl(&self) -> f64 {
        self.sum(|bin| deviance(bin.live, bin.base, bin.change))
    }

    /// Jensen-Shannon distance with logarithms to base 2, in `[0, 1]`: the root of the mean divergence of both sides
    /// from their mean.
    pub fn jensen_shannon(&self) -> f64 {
        let nats = self.sum(|bin| {
            let mean = 0.5 * bin.base + 0.5 * bin.live;
            deviance(bin.base, mean, -0.5 * bin.change) + deviance(bin.live, mean, 0.5 * bin.change)
        });
        (0.5 * nats / std::f64::consts::LN_2).sqrt().min(1.0)
    }

    /// Hellinger distance, `sqrt(1/2 sum (sqrt(b) - sqrt(l))^2)`, in `[0, 1]`.
    pub fn hellinger(&self) -> f64 {
        let squares = self.sum(|bin| {
            let roots = bin.base.sqrt() + bin.live.sqrt();
            if roots > 0.0 { (bin.change / roots).powi(2) } else { 0.0 }
        });
        (0.5 * squares).sqrt().min(1.0)
    }

    /// Total variation, `1/2 sum |l - b|`, in `[0, 1]`: the share of rows that would have to move.
    pub fn total_variation(&self) -> f64 {
        (0.5 * self.sum(|bin| bin.change.abs())).min(1.0)
    }

    /// The largest change of one share, `max |l - b|`, in `[0, 1]`.
    pub fn l_infinity(&self) -> f64 {
        self.bins.iter().map(|bin| bin.change.abs()).fold(0.0, f64::max)
    }

    fn sum(&self, term: impl Fn(&Bin) -> f64) -> f64 {
        self.bins.iter().map(term).sum()
    }
}
