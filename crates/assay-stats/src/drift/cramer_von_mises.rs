//! # cramer_von_mises
//!
//! ## What it measures
//! The squared distance between the two cumulative shares, over all pooled rows. Shifts of the bulk weigh more than the
//! tails.
//!
//! ## When to use it
//! For a number whose bulk may shift a little everywhere, which `ks`, at a single point, finds late.
//!
//! ## Formula and p-value
//! T of T. Anderson, "On the distribution of the two-sample Cramer-von Mises criterion", Annals of Mathematical
//! Statistics 33, 1962, with midranks for ties:
//!
//! ```text
//! T = U / (n m N) - (4 n m - 1) / (6 N),  N = n + m
//! ```
//!
//! It is summed in an equivalent form that does not cancel: with e = n L - m B in the middle of each tie (B baseline
//! and L live rows up to there, halves of the b and l tied rows counted)
//!
//! ```text
//! n m N^2 T = sum e^2 (b + l) + (n^2 sum l^3 + m^2 sum b^3 - 3 n m sum b l (b + l)
//!             + N n sum (b^3 - b) + N m sum (l^3 - l) + 2 n m N) / 12
//! ```
//!
//! p is of
//!
//! ```text
//! T' = (sum e^2 (b + l) / (n m) + N / 4) / N^2
//! ```
//!
//! which is T where no rows are tied. With ties the remaining terms of T are no part of the distance: they do not
//! cancel on sides of different size, where T grows without any drift (in 91 of 100 windows p was below .01). Of T'
//! each tie enters by its middle, which is no farther out than the mean over all orders of its rows, so that the law
//! without ties gives a p that is too large, never too small. SciPy takes p of T: its p-values are met where nothing
//! is tied.
//!
//! p is exact up to 20 rows a side (every order of the rows counted by its T: Y. Xiao, A. Gordon and A. Yakovlev,
//! Journal of Statistical Software 17(8), 2006); beyond, T' is brought to the moments of its limit, and p is the
//! limit's tail. Effect and statistic are both T; T' is shown as `untied`.
//!
//! Where live rows fall among the baseline's rows is all that T needs: with a full ECDF it is exact as long as live
//! rows strictly between two values of the baseline differ from each other. Ties among them add their midrank term, at
//! most sum (c^3 - c) / (12 n N) over gaps of c rows: the upper end of the interval. Between two knots the rows of both
//! sides are taken as tied, which moves no share by more than the gap's own.
//!
//! ## Default limits
//! None: T grows with the number of rows, so a limit fits one size of window only.
//!
//! ## Example
//! ```yaml
//! window: {size: 100000 rows}
//! columns:
//!   temperature: {kind: numeric, tests: {cramer_von_mises: {fail: 20}, ks: }}
//! ```
//!
//! ## By hand
//! From the rows, missing ones left out:
//!
//! ```python
//! from scipy import stats
//! baseline = [38.7, 41.5, 43.8, 44.5, 45.5, 46.0, 47.7, 58.0]
//! live = [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8]
//! found = stats.cramervonmises_2samp(baseline, live)
//! found.statistic, found.pvalue  # 0.4375, 0.0643356643357
//! ```
//!
//! ## Limits
//! - The effect is no size of a change: it grows with rows. Take a test with default limits to decide, this one to
//!   look.
//! - p takes rows as independent.

mod exact;

use super::order::{self, Step};
use super::quadratic_form::{self, CramerVonMisesLaw};
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed};
use crate::PValue;

/// T of two raw samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoSample {
    /// Anderson's T, midranks for ties.
    pub t: f64,
    /// T without the terms of ties, of which p is computed.
    pub untied: f64,
    /// The p-value.
    pub p: PValue,
    /// `exact` or `asymptotic (limiting law)`.
    pub p_from: &'static str,
    /// Rows of the baseline (NaN left out).
    pub n: u64,
    /// Live rows (NaN left out).
    pub m: u64,
}

/// T and p of two raw samples in any order. NaN is left out. Fails with `no_rows` when a side is empty.
pub fn two_sample(base: &[f64], live: &[f64]) -> Result<TwoSample, NotComputed> {
    let (steps, n, m) = order::of_samples(base, live)?;
    let Statistic { t, untied, .. } = statistic(steps.into_iter(), n, m);
    let (p, p_from) = p_value(n, m, untied);
    Ok(TwoSample { t, untied, p, p_from, n, m })
}

/// p of T where no rows are tied, exact for few rows.
pub fn p_value(n: u64, m: u64, t: f64) -> (PValue, &'static str) {
    match exact::p(n, m, t) {
        Some(p) => (PValue::new(p), "exact"),
        None => (p_limiting(n, m, t), "asymptotic (limiting law)"),
    }
}

/// p of T by the limiting law, T brought to the limit's mean and variance (equations 11, 14, 15 of Anderson 1962).
pub fn p_limiting(n: u64, m: u64, t: f64) -> PValue {
    let (n, m) = (n as f64, m as f64);
    let rows = n + m;
    let mean = (1.0 + 1.0 / rows) / 6.0;
    let variance = (1.0 + 1.0 / rows) * (4.0 - 3.0 * (n / m + m / n) / rows - 2.0 / rows) / (45.0 * 4.0);
    let normed = 1.0 / 6.0 + (t - mean) / (45.0 * variance).sqrt();
    PValue::from_ln(quadratic_form::ln_tail::<CramerVonMisesLaw>(normed))
}

struct Statistic {
    t: f64,
    /// Without the terms of ties.
    untied: f64,
    /// With all live rows of a gap tied.
    t_high: f64,
}

fn statistic(steps: impl Iterator<Item = Step>, n: u64, m: u64) -> Statistic {
    let (rows_base, rows_live) = (n as f64, m as f64);
    let (rows, pairs) = (rows_base + rows_live, rows_base * rows_live);
    let (mut base, mut live) = (0, 0);
    // sums of e^2 / (nm), and of the ties' terms over nm
    let (mut squares, mut ties, mut run_ties) = (0.0, 0.0, 0.0);
    for step in steps {
        let (b, l) = (step.base as f64, step.live as f64);
        // twice e, from integers
        let twice = order::excess(base, live, n, m) + order::excess(base + step.base, live + step.live, n, m);
        let e = 0.5 * twice as f64;
        squares += e * (e / pairs) * (b + l);
        if step.is_run() {
            squares += (rows_base / rows_live) * (l * (l * l - 1.0) / 12.0);
            ties += rows_base / rows_live * l;
            run_ties += l * (l * l - 1.0) / (12.0 * rows_base * rows);
        } else {
            ties += rows_base / rows_live * l.powi(3) + rows_live / rows_base * b.powi(3) - 3.0 * b * l * (b + l)
                + rows * (b.powi(3) - b) / rows_live
                + rows * (l.powi(3) - l) / rows_base;
        }
        base += step.base;
        live += step.live;
    }
    let t = (squares + (ties + 2.0 * rows) / 12.0) / (rows * rows);
    let untied = (squares + 0.25 * rows) / (rows * rows);
    Statistic { t, untied, t_high: t + run_ties }
}

/// The test.
pub struct CramerVonMises;

impl DriftTest for CramerVonMises {
    fn name(&self) -> &'static str {
        "cramer_von_mises"
    }

    fn source(&self) -> &'static str {
        include_str!("cramer_von_mises.rs")
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
        let Statistic { t, untied, t_high } = statistic(order::of_counters(&ranks), n, m);
        let (p, p_from) = p_value(n, m, untied);
        let high = (t_high > t).then_some(t_high);
        Ok(Drift {
            statistic: t,
            statistic_high: high,
            p: Some(p),
            p_from,
            effect: t,
            effect_high: high,
            null_p95: None,
            null_p99: None,
            df: None,
            at: None,
            n,
            m,
            shown: vec![("untied", untied)],
            notes: order::notes(&ranks),
        })
    }
}
