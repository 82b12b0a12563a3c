//! Fisher's exact test of a 2 x 2 table, for tables of any size.
//!
//! With the margins fixed, the first cell is hypergeometric. Its density is a ratio of three binomial ones (Loader
//! 2000), and a tail is summed outward from the observed cell by the ratio of neighbours, so a table of a thousand
//! million rows costs some hundred thousand steps and keeps its digits. The two-sided p-value adds up all tables that
//! are at most as probable as the observed one, as R and `scipy.stats.fisher_exact` do.

use super::deviance::ln_binomial;

/// Fewer expected rows than this in a cell, and the normal and chi-square laws do not hold (Cochran 1954).
pub(crate) const FEWEST_EXPECTED: u64 = 5;

/// Tables whose log-probabilities differ by less than this are equally probable, plus as much of their size: exact ties
/// (symmetric tables) must not be lost to rounding. Neighbours in a table of ten thousand million rows are 4e-10 apart.
const TIE: (f64, f64) = (1e-12, 1e-14);

/// A 2 x 2 table: one row per side, columns "with" and "without".
#[derive(Debug, Clone, Copy)]
pub(crate) struct TwoByTwo {
    /// Baseline rows with and without.
    pub base: [u64; 2],
    /// Live rows with and without.
    pub live: [u64; 2],
}

impl TwoByTwo {
    /// Of `base` of `n` and `live` of `m` rows.
    pub(crate) fn of(base: u64, n: u64, live: u64, m: u64) -> Self {
        TwoByTwo { base: [base, n.saturating_sub(base)], live: [live, m.saturating_sub(live)] }
    }

    /// Whether a cell expects fewer than 5 rows when both sides have the same shares.
    pub(crate) fn is_sparse(&self) -> bool {
        let Hypergeometric { total, successes, draws, .. } = Hypergeometric::of(self);
        let rarer = u128::from(successes.min(total - successes));
        let smaller = u128::from(draws.min(total - draws));
        rarer * smaller < u128::from(FEWEST_EXPECTED) * u128::from(total)
    }

    /// Logarithm of the two-sided p-value.
    pub(crate) fn ln_two_sided(&self) -> f64 {
        let hyper = Hypergeometric::of(self);
        let observed = self.live[0];
        let ln_observed = hyper.ln_density(observed);
        let mode = hyper.mode();
        let limit = ln_observed + TIE.0 + TIE.1 * ln_observed.abs();
        if hyper.ln_density(mode) <= limit {
            return 0.0;
        }
        let as_rare = |x: u64| hyper.ln_density(x) <= limit;
        let (own, other) = if observed < mode {
            let start = first_true(mode, hyper.highest + 1, as_rare);
            (hyper.ln_at_most(observed), (start <= hyper.highest).then(|| hyper.ln_at_least(start)))
        } else {
            // the same search, mirrored: distances below the mode
            let steps = first_true(0, mode - hyper.lowest + 1, |below| as_rare(mode - below));
            let start = mode.checked_sub(steps).filter(|&x| x >= hyper.lowest);
            (hyper.ln_at_least(observed), start.map(|x| hyper.ln_at_most(x)))
        };
        ln_sum(own, other.unwrap_or(f64::NEG_INFINITY)).min(0.0)
    }

    /// Logarithm of the probability that live has at least as many rows "with" as it has.
    pub(crate) fn ln_live_more(&self) -> f64 {
        let hyper = Hypergeometric::of(self);
        let observed = self.live[0];
        if observed > hyper.mode() || observed == hyper.lowest {
            return if observed == hyper.lowest { 0.0 } else { hyper.ln_at_least(observed) };
        }
        (-hyper.ln_at_most(observed - 1).exp()).ln_1p()
    }
}

/// The law of live rows "with": `draws` rows of live out of `total`, `successes` of which are "with".
struct Hypergeometric {
    total: u64,
    successes: u64,
    draws: u64,
    lowest: u64,
    highest: u64,
}

impl Hypergeometric {
    fn of(table: &TwoByTwo) -> Self {
        let successes = table.base[0] + table.live[0];
        let draws = table.live[0] + table.live[1];
        let total = table.base[0] + table.base[1] + draws;
        let lowest = (successes + draws).saturating_sub(total);
        Hypergeometric { total, successes, draws, lowest, highest: successes.min(draws) }
    }

    fn mode(&self) -> u64 {
        let peak = (self.successes as u128 + 1) * (self.draws as u128 + 1) / (self.total as u128 + 2);
        (peak as u64).clamp(self.lowest, self.highest)
    }

    fn ln_density(&self, x: u64) -> f64 {
        let (total, successes, draws) = (self.total as f64, self.successes as f64, self.draws as f64);
        if self.lowest == self.highest {
            return 0.0;
        }
        // x - successes * draws / total, exact up to its division
        let scaled = x as i128 * self.total as i128 - self.successes as i128 * self.draws as i128;
        let difference = scaled as f64 / total;
        let share = draws / total;
        let rest = total - successes;
        let with = ln_binomial(x as f64, successes, successes * share, difference);
        let without = ln_binomial(draws - x as f64, rest, rest * share, -difference);
        with + without - ln_binomial(draws, total, draws, 0.0)
    }

    /// Logarithm of the probability of `x` or less, for x at or below the mode.
    fn ln_at_most(&self, x: u64) -> f64 {
        let slack = self.slack();
        let ratio = |x: u64| {
            let x = x as f64;
            x * (slack + x) / ((self.successes as f64 - x + 1.0) * (self.draws as f64 - x + 1.0))
        };
        self.ln_density(x) + ln_tail((self.lowest + 1..=x).rev().map(ratio))
    }

    /// Logarithm of the probability of `x` or more, for x at or above the mode.
    fn ln_at_least(&self, x: u64) -> f64 {
        let slack = self.slack();
        let ratio = |x: u64| {
            let x = x as f64;
            (self.successes as f64 - x) * (self.draws as f64 - x) / ((x + 1.0) * (slack + x + 1.0))
        };
        self.ln_density(x) + ln_tail((x..self.highest).map(ratio))
    }

    /// What is to be added to the first cell to give the one diagonally opposite; may be negative.
    fn slack(&self) -> f64 {
        (self.total as i128 - self.successes as i128 - self.draws as i128) as f64
    }
}

/// `ln(1 + r1 + r1 r2 + ..)` of falling ratios of neighbours below 1.
fn ln_tail(ratios: impl Iterator<Item = f64>) -> f64 {
    let mut term = 1.0;
    let mut beyond = 0.0;
    for ratio in ratios {
        term *= ratio;
        beyond += term;
        if term * (1.0 - ratio).recip() < 1e-17 * beyond {
            break;
        }
    }
    f64::ln_1p(beyond)
}

/// The first of `from..to` of which `holds`, which then holds of all after it; `to` if it holds of none.
fn first_true(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn ln_sum(a: f64, b: f64) -> f64 {
    let (large, small) = if a >= b { (a, b) } else { (b, a) };
    large + (small - large).exp().ln_1p()
}
