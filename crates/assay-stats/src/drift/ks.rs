//! # ks
//!
//! ## What it measures
//! The largest distance between the cumulative shares of both sides (Kolmogorov-Smirnov), from 0 to 1, and at which
//! value. Shifts, stretches and changes of shape all move it.
//!
//! ## When to use it
//! For a number whose distribution should keep its shape. It needs no bins and does not change when the unit does. It
//! looks hardest at the middle of a distribution: for the tails take `kuiper` or `anderson_darling`, for a distance in
//! the unit of the column `wasserstein`.
//!
//! ## Formula and p-value
//! ```text
//! D = max |F - G|     F live, G baseline: the share of rows at or below a value
//! ```
//!
//! in integers, `max |F_i n - G_i m| / (n m)` over the pooled values, n baseline and m live rows that are not missing.
//! D+ is the largest F - G (live values run lower), D- the largest G - F (live values run higher); both are shown.
//!
//! p is exact up to 10,000 rows a side as long as it takes no more than 10 million steps (all distances that leave it
//! in doubt): the share of all orders of the n + m rows that come as far apart (J. L. Hodges, "The significance
//! probability of the Smirnov two-sample test", Arkiv for Matematik 3, 1958). Beyond, it is that of one sample of n m
//! / (n + m) rows (R. Simard and P. L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", Journal of
//! Statistical Software 39(11), 2011). Where the two sides do not overlap at all (D = 1) p is 2 / C(n + m, n) at any
//! size. The percentiles of D without drift are those of the same law at n m / (n + m) rows.
//!
//! Between two values of a full ECDF the baseline's share is constant and the live share rises, so the largest distance
//! sits at an end of the gap: D is exact. A baseline of more than 100,000 rows keeps knots, with rows inside its gaps:
//! there F - G is at most the live share at the gap's end less the baseline's at its start (and the reverse for G - F).
//! That is the upper end of an interval no wider than the largest gap's share; its lower end is the distance at the
//! knots, and p and effect are those of the lower end. `at` is the value at which, or just below which, the distance is
//! attained.
//!
//! ## Default limits
//! On D: warn 0.10, fail 0.20.
//!
//! ## Example
//! ```yaml
//! columns:
//!   distance_km: {kind: numeric, tests: {ks: {warn: 0.08, fail: 0.15}}}
//! prediction: {column: eta_pred, task: regression, tests: [ks, psi]}
//! ```
//!
//! ## By hand
//! From the rows, missing ones left out:
//!
//! ```python
//! from scipy import stats
//! baseline = [38.7, 41.5, 43.8, 44.5, 45.5, 46.0, 47.7, 58.0]
//! live = [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8]
//! found = stats.ks_2samp(live, baseline)
//! found.statistic, found.pvalue  # 0.625, 0.0870240870241
//! ```
//!
//! From the bin table: add up the rows of both sides from the top, as shares of those that are not missing; the largest
//! difference is a lower bound of D.
//!
//! ## Limits
//! - With ties the exact p is an upper bound: drift is found a little later, never sooner.
//! - p takes rows as independent. A seasonal feed, or many rows of one customer, is judged by the effect and `confirm`.
//! - A limit that lies within the interval of knots is judged at its lower end, and a note says so.

pub mod exact;
pub mod finite_n;

use super::order::{self, Step};
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed};
use crate::PValue;

/// Rows a side up to which p is exact.
pub const EXACT_ROWS: u64 = 10_000;

/// Points of the lattice up to which p is exact: some 20 ms. Only distances that leave p no doubt need more.
pub const EXACT_POINTS: u128 = 10_000_000;

/// D of two raw samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoSample {
    /// The larger of `d_plus` and `d_minus`.
    pub d: f64,
    /// Largest F - G: live share above the baseline's.
    pub d_plus: f64,
    /// Largest G - F.
    pub d_minus: f64,
    /// A value at which D is attained: the smallest one.
    pub at: f64,
    /// D n m, an exact integer, of which p is computed.
    pub excess: u128,
    /// Rows of the baseline (NaN left out).
    pub n: u64,
    /// Live rows (NaN left out).
    pub m: u64,
}

/// D of two raw samples in any order. NaN is left out. Fails with `no_rows` when a side is empty.
pub fn two_sample(base: &[f64], live: &[f64]) -> Result<TwoSample, NotComputed> {
    let (steps, n, m) = order::of_samples(base, live)?;
    let reach = Reach::of(steps.into_iter(), n, m);
    let scale = n as f64 * m as f64;
    let (excess, at) = reach.largest();
    Ok(TwoSample {
        d: excess as f64 / scale,
        d_plus: reach.above as f64 / scale,
        d_minus: reach.below as f64 / scale,
        at,
        excess,
        n,
        m,
    })
}

/// The two-sided p-value of D n m = `excess`, and where it comes from. Exact up to [`EXACT_ROWS`] a side and
/// [`EXACT_POINTS`].
pub fn p_value(n: u64, m: u64, excess: u128) -> (PValue, &'static str) {
    if n.max(m) <= EXACT_ROWS && exact::points(n, m, excess) <= EXACT_POINTS {
        return (PValue::from_ln(exact::ln_p(n, m, excess)), "exact");
    }
    if excess == u128::from(n) * u128::from(m) {
        return (PValue::from_ln(exact::ln_p_apart(n, m)), "exact");
    }
    let d = excess as f64 / (n as f64 * m as f64);
    (PValue::from_ln(finite_n::ln_sf(effective_rows(n, m), d)), "asymptotic (finite-n law)")
}

/// n m / (n + m), rounded half to even, at least 1.
pub fn effective_rows(n: u64, m: u64) -> u64 {
    let (n, m) = (n as f64, m as f64);
    (n * (m / (n + m))).round_ties_even().max(1.0) as u64
}

/// The largest excesses of one side over the other, times n m.
pub(crate) struct Reach {
    /// Of F - G at the points that are known.
    pub above: u128,
    above_at: f64,
    /// Of G - F likewise.
    pub below: u128,
    below_at: f64,
    /// What F - G can reach between knots; `above` where all rows are known.
    pub above_high: u128,
    /// What G - F can reach.
    pub below_high: u128,
}

impl Reach {
    pub fn of(steps: impl Iterator<Item = Step>, n: u64, m: u64) -> Self {
        let mut reach =
            Reach { above: 0, above_at: f64::NAN, below: 0, below_at: f64::NAN, above_high: 0, below_high: 0 };
        let (mut base, mut live) = (0, 0);
        for step in steps {
            if reach.above_at.is_nan() {
                (reach.above_at, reach.below_at) = (step.at, step.at);
            }
            if step.inside_gap {
                // all live rows of the gap before its baseline rows, and the reverse
                let above = order::excess(base, live + step.live, n, m).max(0).unsigned_abs();
                let below = order::excess(base + step.base, live, n, m).min(0).unsigned_abs();
                reach.above_high = reach.above_high.max(above);
                reach.below_high = reach.below_high.max(below);
            }
            base += step.base;
            live += step.live;
            let excess = order::excess(base, live, n, m);
            if excess > 0 && excess.unsigned_abs() > reach.above {
                (reach.above, reach.above_at) = (excess.unsigned_abs(), step.at);
            }
            if excess < 0 && excess.unsigned_abs() > reach.below {
                (reach.below, reach.below_at) = (excess.unsigned_abs(), step.at);
            }
        }
        reach.above_high = reach.above_high.max(reach.above);
        reach.below_high = reach.below_high.max(reach.below);
        reach
    }

    /// D n m and where it is attained.
    pub fn largest(&self) -> (u128, f64) {
        if self.below > self.above { (self.below, self.below_at) } else { (self.above, self.above_at) }
    }
}

/// See the module.
pub struct Ks;

impl DriftTest for Ks {
    fn name(&self) -> &'static str {
        "ks"
    }

    fn source(&self) -> &'static str {
        include_str!("ks.rs")
    }

    fn applies_to(&self, kind: ColumnKind) -> bool {
        kind == ColumnKind::Numeric
    }

    fn default_limits(&self) -> Option<Limits> {
        Some(Limits { warn: Some(0.10), fail: Some(0.20) })
    }

    fn uses_all_rows(&self) -> bool {
        false
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let ranks = order::ranks_of(sides)?;
        let (n, m) = (ranks.n, ranks.m);
        let reach = Reach::of(order::of_counters(&ranks), n, m);
        let scale = n as f64 * m as f64;
        let (excess, at) = reach.largest();
        let (p, p_from) = p_value(n, m, excess);
        let d = excess as f64 / scale;
        let high = reach.above_high.max(reach.below_high);
        let d_high = (high > excess).then_some(high as f64 / scale);
        let rows = effective_rows(n, m);
        Ok(Drift {
            statistic: d,
            statistic_high: d_high,
            p: Some(p),
            p_from,
            effect: d,
            effect_high: d_high,
            null_p95: Some(finite_n::quantile(rows, 0.05)),
            null_p99: Some(finite_n::quantile(rows, 0.01)),
            df: None,
            at: Some(at),
            n,
            m,
            shown: vec![("d_plus", reach.above as f64 / scale), ("d_minus", reach.below as f64 / scale)],
            notes: Vec::new(),
        })
    }
}
