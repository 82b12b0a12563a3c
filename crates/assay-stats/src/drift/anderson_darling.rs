//! # anderson_darling
//!
//! ## What it measures
//! The squared distance between the two cumulative shares, each point weighed by how little chance moves it there. The
//! tails count as much as the middle.
//!
//! ## When to use it
//! For a number whose tails matter: amounts, latencies, risks. It finds changes that `ks` needs many more rows for.
//!
//! ## Formula and p-value
//! A^2 of two samples with midranks (F. Scholz and M. Stephens, "K-sample Anderson-Darling tests", JASA 82, 1987,
//! equation 7):
//!
//! ```text
//! A^2 = (N - 1) / N  sum over distinct values of  l e^2 / (n m) / (H (N - H) - N l / 4)
//! ```
//!
//! with N = n + m, l rows at the value, H rows up to the middle of them and e = n L - m B the excess of live rows at
//! the middle.
//!
//! p is of the same sum with N / 4 in place of N l / 4, which is A^2 where no rows are tied: the tail of its limiting
//! law (G. and J. Marsaglia, "Evaluating the Anderson-Darling distribution", Journal of Statistical Software 9(2),
//! 2004), which is that of values without ties. The term N l / 4 weighs a tie by its own variance: a column that is
//! nearly one value is then nearly chi-square with one degree of freedom, beyond the 1% point of the limiting law in
//! far more than 1% of windows. Without it a tie counts by its middle, no more than the mean over all orders of its
//! rows, and p is too large, never too small. Effect and statistic are both A^2; the sum that p is of is shown as
//! `untied`, and beside it the normalised statistic (A^2 - 1) / sd.
//!
//! Where live rows fall among the baseline's rows is all that A^2 needs: with a full ECDF it is exact as long as live
//! rows strictly between two values of the baseline differ from each other, which is assumed (a note says so). Ties
//! among c of them move the shares there by no more than c/m. The terms of such a run are summed up to 32 rows; longer
//! stretches are integrated (5 Gauss nodes and the end correction of Euler and Maclaurin, 1e-8 of their sum). Between
//! two knots the rows of both sides are taken as tied, which moves no share by more than the gap's own.
//!
//! ## Default limits
//! None: A^2 grows with the number of rows, so a limit fits one size of window only.
//!
//! ## Example
//! ```yaml
//! window: {size: 100000 rows}
//! columns:
//!   amount: {kind: numeric, tests: {anderson_darling: {fail: 50}, psi: }}
//! ```
//!
//! ## By hand
//! From the rows, missing ones left out. SciPy prints the normalised statistic, which stands beside A^2 with
//! `--verbose`:
//!
//! ```python
//! from scipy import stats
//! baseline = [38.7, 41.5, 43.8, 44.5, 45.5, 46.0, 47.7, 58.0]
//! live = [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8]
//! stats.anderson_ksamp([baseline, live]).statistic  # 1.71830967444
//! ```
//!
//! SciPy's own p is read from a table with 7 entries and clipped to 0.001 to 0.25, so it is not that of the limiting
//! law.
//!
//! ## Limits
//! - The effect is no size of a change: it grows with rows. Take a test with default limits to decide, this one to
//!   look.
//! - p takes rows as independent.

use super::order::{self, Step};
use super::quadratic_form::{self, AndersonDarlingLaw};
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed};
use crate::PValue;

/// A^2 of two raw samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoSample {
    /// A^2 with midranks.
    pub a2: f64,
    /// A^2 with every row weighed as if it were not tied, of which p is computed.
    pub untied: f64,
    /// (A^2 - 1) / sd; `None` below 4 rows in all, where the variance is not defined.
    pub normalised: Option<f64>,
    /// The p-value by the limiting law.
    pub p: PValue,
    /// Rows of the baseline (NaN left out).
    pub n: u64,
    /// Live rows (NaN left out).
    pub m: u64,
}

/// A^2 and p of two raw samples in any order. NaN is left out. A^2 is 0 where all values are one. Fails with `no_rows`
/// when a side is empty.
pub fn two_sample(base: &[f64], live: &[f64]) -> Result<TwoSample, NotComputed> {
    let (steps, n, m) = order::of_samples(base, live)?;
    let Statistic { a2, untied } = statistic(steps.into_iter(), n, m);
    Ok(TwoSample { a2, untied, normalised: normalised(n, m, a2), p: p_value(untied), n, m })
}

/// p of A^2 by its limiting law, which is that of values without ties.
pub fn p_value(a2: f64) -> PValue {
    PValue::from_ln(quadratic_form::ln_tail::<AndersonDarlingLaw>(a2))
}

/// (A^2 - 1) / sd, the variance by equation 4 of Scholz and Stephens for two samples. Their double sum g is
/// H2(N) - 2 H(N-1) / N - 1 / N^2 with the harmonic numbers H of first and H2 of second order.
pub fn normalised(n: u64, m: u64, a2: f64) -> Option<f64> {
    let total = n + m;
    if total < 4 {
        return None;
    }
    let rows = total as f64;
    let h = harmonic(total - 1);
    let g = harmonic_squares(total) - 2.0 * h / rows - 1.0 / (rows * rows);
    let shares = 1.0 / n as f64 + 1.0 / m as f64;
    let a = (4.0 * g - 6.0) + (10.0 - 6.0 * g) * shares;
    let b = 4.0 * (2.0 * g - 4.0) + 16.0 * h + (2.0 * g - 14.0 * h - 4.0) * shares - 8.0 * h + 4.0 * g - 6.0;
    let c = 4.0 * (6.0 * h + 2.0 * g - 2.0) + 2.0 * (4.0 * h - 4.0 * g + 6.0) + (2.0 * h - 6.0) * shares + 4.0 * h;
    let d = 4.0 * (2.0 * h + 6.0) - 8.0 * h;
    let variance = (((a * rows + b) * rows + c) * rows + d) / ((rows - 1.0) * (rows - 2.0) * (rows - 3.0));
    Some((a2 - 1.0) / variance.sqrt())
}

/// 1 + 1/2 + .. + 1/n.
fn harmonic(n: u64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if n <= 1_000 {
        return (1..=n).rev().map(|i| 1.0 / i as f64).sum();
    }
    let x = n as f64;
    x.ln() + EULER + 1.0 / (2.0 * x) - 1.0 / (12.0 * x * x)
}

/// 1 + 1/4 + .. + 1/n^2.
fn harmonic_squares(n: u64) -> f64 {
    if n <= 1_000 {
        return (1..=n).rev().map(|i| 1.0 / (i as f64 * i as f64)).sum();
    }
    let x = n as f64;
    std::f64::consts::PI.powi(2) / 6.0 - 1.0 / x + 1.0 / (2.0 * x * x) - 1.0 / (6.0 * x.powi(3))
}

struct Statistic {
    a2: f64,
    /// With every row weighed as if it were not tied.
    untied: f64,
}

fn statistic(steps: impl Iterator<Item = Step>, n: u64, m: u64) -> Statistic {
    let rows = n as f64 + m as f64;
    let pairs = n as f64 * m as f64;
    let (mut base, mut live) = (0, 0);
    let (mut sum, mut untied) = (0.0, 0.0);
    for step in steps {
        let excess = order::excess(base, live, n, m);
        let before = (base + live) as f64;
        if step.is_run() {
            let run = Run { excess: excess as f64, per_row: n as f64, before, rows, pairs };
            let run = run.sum(step.live);
            sum += run;
            untied += run;
        } else {
            let tied = (step.base + step.live) as f64;
            let twice = excess + order::excess(base + step.base, live + step.live, n, m);
            let e = 0.5 * twice as f64;
            let up_to = before + 0.5 * tied;
            let square = tied * (e * (e / pairs));
            let spread = up_to * (rows - up_to) - 0.25 * rows * tied;
            // 0 only where all rows are one tie
            if spread > 0.0 {
                sum += square / spread;
            }
            untied += square / (up_to * (rows - up_to) - 0.25 * rows);
        }
        base += step.base;
        live += step.live;
    }
    let scale = (rows - 1.0) / rows;
    Statistic { a2: scale * sum, untied: scale * untied }
}

/// Live rows alone, one after the other.
struct Run {
    /// n L - m B before the run.
    excess: f64,
    /// By which each row raises it: n.
    per_row: f64,
    /// Rows of both sides before the run.
    before: f64,
    rows: f64,
    pairs: f64,
}

impl Run {
    /// The term at `x` rows into the run; a row's own term is at its middle.
    fn term(&self, x: f64) -> f64 {
        let e = self.excess + self.per_row * x;
        let up_to = self.before + x;
        e * (e / self.pairs) / (up_to * (self.rows - up_to) - 0.25 * self.rows)
    }

    fn sum(&self, count: u64) -> f64 {
        const ONE_BY_ONE: u64 = 32;
        let mut sum = 0.0;
        let mut done = 0;
        while done < count {
            let left = count - done;
            let start = done as f64;
            // within a stretch the denominator changes by a part of itself only, and never falls to nothing
            let to_ends = (self.before + start).min(self.rows - self.before - start);
            let stretch = ((to_ends / 4.0) as u64).max(ONE_BY_ONE).min(left);
            sum += if stretch <= ONE_BY_ONE {
                (0..stretch).map(|i| self.term(start + i as f64 + 0.5)).sum::<f64>()
            } else {
                self.integral(start, start + stretch as f64)
            };
            done += stretch;
        }
        sum
    }

    /// The terms of the rows from `a` to `b`: the integral less 1/24 of the change of the slope.
    fn integral(&self, a: f64, b: f64) -> f64 {
        const NODES: [(f64, f64); 5] = [
            (0.0, 0.568_888_888_888_888_9),
            (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
            (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
            (0.906_179_845_938_664, 0.236_926_885_056_189_1),
            (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
        ];
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let integral: f64 = NODES.iter().map(|(at, weight)| weight * self.term(middle + half * at)).sum::<f64>() * half;
        let slope = |x: f64| self.term(x + 0.5) - self.term(x - 0.5);
        integral - (slope(b) - slope(a)) / 24.0
    }
}

/// The test.
pub struct AndersonDarling;

impl DriftTest for AndersonDarling {
    fn name(&self) -> &'static str {
        "anderson_darling"
    }

    fn source(&self) -> &'static str {
        include_str!("anderson_darling.rs")
    }

    fn applies_to(&self, kind: ColumnKind) -> bool {
        kind == ColumnKind::Numeric
    }

    fn default_limits(&self) -> Option<Limits> {
        None
    }

    fn uses_all_rows(&self) -> bool {
        false
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let ranks = order::ranks_of(sides)?;
        let (n, m) = (ranks.n, ranks.m);
        let Statistic { a2, untied } = statistic(order::of_counters(&ranks), n, m);
        Ok(Drift {
            statistic: a2,
            statistic_high: None,
            p: Some(p_value(untied)),
            p_from: "asymptotic (limiting law)",
            effect: a2,
            effect_high: None,
            null_p95: None,
            null_p99: None,
            df: None,
            at: None,
            n,
            m,
            shown: [("untied", untied)].into_iter().chain(normalised(n, m, a2).map(|z| ("normalised", z))).collect(),
            notes: order::notes(&ranks),
        })
    }
}
