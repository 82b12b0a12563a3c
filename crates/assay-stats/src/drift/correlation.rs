//! # correlation
//!
//! ## What it measures
//! How far the correlation of two columns has moved. Each column alone may look as before while the relation that a
//! model relies on is gone.
//!
//! ## When to use it
//! `correlations` watches the pairs of largest correlation in the baseline, or those a monitor names. The check's id is
//! `correlation.a+b`.
//!
//! ## Formula and p-value
//! ```text
//! effect = |r_live - r_base|
//! z      = (atanh r_live - atanh r_base) / sqrt(1/(n - 3) + 1/(m - 3))
//! ```
//!
//! r is Pearson's, over the rows in which both columns have a value, each clipped to the baseline's 1% and 99%, so that
//! an outlier on one side is not a change. p is two-sided (R. A. Fisher, "On the probable error of a coefficient of
//! correlation deduced from a small sample", Metron 1, 1921): atanh r is nearly normal with variance 1/(n - 3). The
//! percentiles of the effect without drift are those of z carried to r at the pooled correlation. The p-values of all
//! pairs are in the family of the columns'.
//!
//! Off normality r varies by more than Fisher's variance, and the limit of the effect has to hold the false alarms
//! back. It does from 2,000 rows on both sides, so a pair is judged from there, whatever `min_rows` says.
//!
//! ## Default limits
//! Fail 0.15.
//!
//! ## Example
//! ```yaml
//! correlations: {pairs: top 50, max_change: 0.15}
//! # correlations: {pairs: [[distance_km, fare], [surge, fare]], max_change: {warn: 0.1, fail: 0.2}}
//! ```
//!
//! ## By hand
//! `r_base` and `r_live` are printed beside it. From the rows, with the 1% and 99% of the baseline:
//!
//! ```python
//! from math import atanh, sqrt
//! from scipy import stats
//! r_base, n, r_live, m = 0.62, 20000, 0.41, 5000
//! z = (atanh(r_live) - atanh(r_base)) / sqrt(1 / (n - 3) + 1 / (m - 3))
//! abs(r_live - r_base), 2 * stats.norm.sf(abs(z))  # 0.21, 8.55173734105e-75
//! ```
//!
//! ## Limits
//! - Off normality p is an approximation: of skewed or heavy-tailed pairs 8% to 20% are below .01 without drift. The
//!   limit of the effect holds the false alarms; one far below 0.15 does not.
//! - Fewer than 2,000 rows with both columns on a side: `too_few_rows`.
//! - Numeric columns and linear relations only; the baseline keeps the pairs of at most 200 columns.
//! - A baseline made with `--no-pairs`, or of windows (`rolling`, `same`), has none.

use super::chi2::{ln_normal_two_sided, quantile_above};
use super::{Drift, Limits, NotComputed};
use crate::PValue;
use crate::comoments::CoMoments;

/// The change of r from which a pair fails when a monitor gives no `max_change`.
pub const DEFAULT_LIMITS: Limits = Limits { warn: None, fail: Some(0.15) };

/// The rows on both sides from which a pair is judged, if `min_rows` is not more: with fewer, the correlation of skewed
/// or heavy-tailed columns moves by more than the limit without drift.
pub const LEAST_TO_JUDGE: u64 = 2_000;

/// The least rows in which Fisher's variance exists.
const LEAST_ROWS: u64 = 4;

/// Compares a pair of columns. Statistic: Fisher's z of live less baseline. Effect: `|r1 - r2|`, whose percentiles
/// without drift (`null_p95`, `null_p99`) are those of z carried to r at the pooled correlation. n and m are pairwise
/// complete rows; whether they reach `min_rows` and [`LEAST_TO_JUDGE`] is the caller's to ask.
///
/// # Errors
/// `too_few_rows` below four pairs on a side; `constant` when a column has one value on a side.
pub fn compare(base: &CoMoments, live: &CoMoments) -> Result<Drift, NotComputed> {
    for (moments, side) in [(base, "baseline"), (live, "live window")] {
        if moments.n < LEAST_ROWS {
            let text = format!("the {side} has {} rows with both columns, at least {LEAST_ROWS} are needed", moments.n);
            return Err(NotComputed { code: "too_few_rows", text });
        }
    }
    let r_base = base.r().ok_or_else(|| constant("baseline"))?;
    let r_live = live.r().ok_or_else(|| constant("live window"))?;

    let (weight_base, weight_live) = ((base.n - 3) as f64, (live.n - 3) as f64);
    let spread = (weight_base.recip() + weight_live.recip()).sqrt();
    let z = if r_base == r_live { 0.0 } else { (r_live.atanh() - r_base.atanh()) / spread };
    let pooled = (weight_base * r_base + weight_live * r_live) / (weight_base + weight_live);
    let null = |tail: f64| (1.0 - pooled * pooled) * spread * quantile_above(tail, 1.0).sqrt();
    Ok(Drift {
        statistic: z,
        statistic_high: None,
        p: Some(PValue::from_ln(ln_normal_two_sided(z))),
        p_from: "Fisher z",
        effect: (r_base - r_live).abs(),
        effect_high: None,
        null_p95: Some(null(0.05)),
        null_p99: Some(null(0.01)),
        df: None,
        at: None,
        n: base.n,
        m: live.n,
        shown: vec![("r_base", r_base), ("r_live", r_live)],
        notes: Vec::new(),
    })
}

fn constant(side: &str) -> NotComputed {
    let text = format!("a column has one value in all rows of the {side} that have both: it has no correlation");
    NotComputed { code: "constant", text }
}
