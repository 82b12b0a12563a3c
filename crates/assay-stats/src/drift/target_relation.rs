//! # target_relation
//!
//! ## What it measures
//! Whether a feature still means the same for the label (concept drift), by the mean label in each bin of the feature.
//! A shift of the feature alone changes how many rows are in a bin, not the mean there, and is not seen here.
//!
//! ## When to use it
//! Once labels arrive: features may look as in training while what follows from them has changed. It says which
//! feature, and in which bin. The check's id is `concept.FEATURE`.
//!
//! ## Formula and p-value
//! In every bin the mean label of live rows is compared with that of baseline rows. Under no drift the squared
//! differences over their variances add up to a chi-square variable, with as many degrees of freedom as bins are used:
//!
//! ```text
//! chi2   = sum (y_live - y_base)^2 / (s^2 (1/n + 1/m))
//! effect = max |y_live - y_base| / standard deviation of all labels of the baseline
//! ```
//!
//! s^2 is the variance in the bin, pooled over both sides: `((n - 1) s_b^2 + (m - 1) s_l^2) / (n + m - 4)`, 4 and not 2
//! because the square of Student's t with d degrees of freedom is d / (d - 2) on average, and a term shall be 1. (The
//! baseline's variance alone goes down with its mean wherever a skewed label happens to lack large values, and live
//! labels then look different: in 22% of windows of 50 such labels a bin, against 0.6%.) For a binary label y is the
//! share of positives and s^2 = p (1 - p) of both sides together: each term is Pearson's chi-square of the 2 x 2 table
//! of the bin. Labels of a regression are clipped to the baseline's 1% and 99%. A bin is used with at least 30 labelled
//! rows on both sides (and, for a binary label, 5 expected rows of each class).
//!
//! The percentiles without drift are those of the effect, the largest of as many normals as bins. The correlation
//! ratio of feature and label is shown for both sides (K. Pearson 1905): the root of the share of the label's variance
//! between bins.
//!
//! These p-values are a family of their own, closed with the labels: late labels change no verdict on columns.
//!
//! ## Default limits
//! In standard deviations of the label: warn 0.10, fail 0.25.
//!
//! ## Example
//! ```yaml
//! timestamp: {column: event_time, timezone: Asia/Dubai}
//! id: prediction_id
//! prediction: {column: eta_pred, task: regression}
//! labels: {table: silver.trips, column: eta_actual, lag: 3d, min_coverage: 80%}
//! concept: {target_relation: top 20}
//! ```
//!
//! ## By hand
//! From the bins: rows, mean and variance of the labels of both sides, and the standard deviation of all baseline
//! labels.
//!
//! ```python
//! from scipy import stats
//! base = [(400, 3.10, 1.44), (600, 4.20, 1.69)]  # rows, mean, variance
//! live = [(200, 3.15, 1.50), (250, 4.90, 1.60)]
//! sd = 1.37
//! bins = list(zip(base, live))
//! pooled = [((n - 1) * b + (m - 1) * l) / (n + m - 4) for (n, _, b), (m, _, l) in bins]
//! chi2 = sum((l - b) ** 2 / (s2 * (1 / n + 1 / m)) for s2, ((n, b, _), (m, l, _)) in zip(pooled, bins))
//! effect = max(abs(l - b) for (_, b, _), (_, l, _) in bins) / sd
//! effect, chi2, stats.chi2.sf(chi2, len(bins))  # 0.510948905109, 52.083793068, 4.89945797644e-12
//! ```
//!
//! ## Limits
//! - Labels that come early may be of another kind than those that come late: set `min_coverage`.
//! - A label of more than two classes has no mean: `not_binary`.
//! - Bins in which the labels of both sides are constant have no variance to compare by, and are left out with a note.
//! - Skewed labels in bins of less than some 100 rows on one side and many more on the other have p-values that are too
//!   small: up to some 4% are below .01 without drift.
//! - The change of the correlation of feature and label is shown (`r_base`, `r_live`, `r_change`), not tested.
//! - The baseline has to be made with its target.

use super::chi2::{ln_normal_two_sided, ln_survival, quantile_above};
use super::{Drift, Limits, NotComputed};
use crate::PValue;
use crate::comoments::{ONE, centred};

/// Labelled rows that a bin needs on both sides.
pub const LEAST_ROWS: u64 = 30;

/// Rows of each class that a bin must be expected to hold on both sides, for a binary target.
pub const LEAST_EXPECTED: u64 = 5;

/// The limits of the effect when a monitor gives none.
pub const DEFAULT_LIMITS: Limits = Limits { warn: Some(0.10), fail: Some(0.25) };

/// Labels of the rows of one bin and side, clipped and scaled by [`crate::comoments::Scale`] of the baseline's labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Labels {
    /// Labelled rows.
    pub n: u64,
    /// Sum, in units of 2^-30.
    pub sum: i128,
    /// Sum of squares, in units of 2^-60.
    pub squares: i128,
}

/// Labels of a binary target; nothing is clipped, so that a class of less than 1% stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BinaryLabels {
    /// Labelled rows.
    pub n: u64,
    /// Of those positive.
    pub positives: u64,
}

/// One bin of the feature on both sides. All bins together hold every labelled row of the baseline, from which the
/// standard deviation of the label is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TargetBin<L> {
    /// The baseline's rows.
    pub base: L,
    /// The live rows.
    pub live: L,
}

impl Labels {
    /// Adds a row, its label from [`crate::comoments::Scale::unit`].
    pub fn add(&mut self, unit: i32) {
        let unit = i64::from(unit);
        self.n += 1;
        self.sum += i128::from(unit);
        self.squares += i128::from(unit * unit);
    }

    /// Adds all rows of another.
    pub fn merge(&mut self, other: &Labels) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// Mean on the scaled axis [-1, 1]; 0 without rows.
    pub fn mean(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum as f64 / self.n as f64 / f64::from(ONE) }
    }

    /// Sample variance (divided by n - 1) on the scaled axis; 0 below two rows, and exactly 0 for constant labels.
    pub fn variance(&self) -> f64 {
        if self.n < 2 {
            return 0.0;
        }
        let squares = centred(self.n, self.sum, self.sum, self.squares);
        squares / (self.n - 1) as f64 / f64::from(ONE) / f64::from(ONE)
    }
}

impl BinaryLabels {
    /// Adds a row.
    pub fn add(&mut self, is_positive: bool) {
        self.n += 1;
        self.positives += u64::from(is_positive);
    }

    /// Adds all rows of another.
    pub fn merge(&mut self, other: &BinaryLabels) {
        self.n += other.n;
        self.positives += other.positives;
    }

    /// Share of positives; 0 without rows.
    pub fn share(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.positives as f64 / self.n as f64 }
    }
}

/// A bin that can be compared.
struct Usable {
    index: usize,
    rows: (u64, u64),
    difference: f64,
    variance: f64,
}

/// Compares a numeric target. Statistic: the sum over bins with at least [`LEAST_ROWS`] labelled rows on both sides of
/// (y_live - y_base)^2 / (s^2 (1/n + 1/m)), s^2 the variance in the bin pooled over both sides. Degrees of freedom: the
/// bins used. Effect: the largest |y_live - y_base| of these bins, in standard deviations of the baseline's labels, with
/// its percentiles without drift. Bins in which the labels of both sides are constant have no variance to compare by;
/// they are left out, and the notes say so.
///
/// # Errors
/// `too_sparse` when no bin can be used; `constant_labels` when all labels of the baseline are equal.
pub fn numeric(bins: &[TargetBin<Labels>]) -> Result<Drift, NotComputed> {
    let mut all = Labels::default();
    bins.iter().for_each(|bin| all.merge(&bin.base));
    let usable = |(index, bin): (usize, &TargetBin<Labels>)| {
        let variance = pooled_variance(bin);
        (enough_rows(bin.base.n, bin.live.n) && variance > 0.0).then(|| Usable {
            index,
            rows: (bin.base.n, bin.live.n),
            difference: bin.live.mean() - bin.base.mean(),
            variance,
        })
    };
    let used: Vec<Usable> = bins.iter().enumerate().filter_map(usable).collect();
    let constant = bins.iter().filter(|bin| enough_rows(bin.base.n, bin.live.n) && pooled_variance(bin) <= 0.0).count();
    compare(bins.len(), &used, (constant, "labels constant on both sides"), all.variance().sqrt())
}

/// Compares a binary target, as [`numeric`] with s^2 = p (1 - p), p the share of positives in the bin on both sides
/// together. A bin needs, beside its rows, at least [`LEAST_EXPECTED`] expected rows of each class on both sides.
///
/// # Errors
/// As [`numeric`].
pub fn binary(bins: &[TargetBin<BinaryLabels>]) -> Result<Drift, NotComputed> {
    let mut all = BinaryLabels::default();
    bins.iter().for_each(|bin| all.merge(&bin.base));
    let positives = |bin: &TargetBin<BinaryLabels>| bin.base.positives + bin.live.positives;
    let rows = |bin: &TargetBin<BinaryLabels>| bin.base.n + bin.live.n;
    // the rarer class on the smaller side, in integers: exactly 5 is enough
    let expected_enough = |bin: &TargetBin<BinaryLabels>| {
        let rarer = positives(bin).min(rows(bin).saturating_sub(positives(bin)));
        let smaller = bin.base.n.min(bin.live.n);
        u128::from(smaller) * u128::from(rarer) >= u128::from(LEAST_EXPECTED) * u128::from(rows(bin))
    };
    let filled = |bin: &TargetBin<BinaryLabels>| enough_rows(bin.base.n, bin.live.n);
    let usable = |(index, bin): (usize, &TargetBin<BinaryLabels>)| {
        let p = positives(bin) as f64 / rows(bin) as f64;
        (filled(bin) && expected_enough(bin)).then(|| Usable {
            index,
            rows: (bin.base.n, bin.live.n),
            difference: bin.live.share() - bin.base.share(),
            variance: p * (1.0 - p),
        })
    };
    let used: Vec<Usable> = bins.iter().enumerate().filter_map(usable).collect();
    let sparse = bins.iter().filter(|bin| filled(bin) && !expected_enough(bin)).count();
    let unbiased = if all.n > 1 { all.n as f64 / (all.n - 1) as f64 } else { 0.0 };
    let sd = (all.share() * (1.0 - all.share()) * unbiased).max(0.0).sqrt();
    compare(bins.len(), &used, (sparse, "fewer than 5 rows of a class expected"), sd)
}

/// Of the labels around the mean of their own side, so that the squared difference of the means over its variance is 1
/// on average (that of Student's t with d degrees of freedom is d / (d - 2)); 0 where both sides are constant.
fn pooled_variance(bin: &TargetBin<Labels>) -> f64 {
    let (free_base, free_live) = (bin.base.n.saturating_sub(1) as f64, bin.live.n.saturating_sub(1) as f64);
    let free = free_base + free_live - 2.0;
    if free <= 0.0 {
        return 0.0;
    }
    (free_base * bin.base.variance() + free_live * bin.live.variance()) / free
}

fn enough_rows(base: u64, live: u64) -> bool {
    base >= LEAST_ROWS && live >= LEAST_ROWS
}

fn compare(bins: usize, used: &[Usable], (unfit, reason): (usize, &str), sd: f64) -> Result<Drift, NotComputed> {
    if sd <= 0.0 {
        let text = "all labels of the baseline are equal: there is no spread to measure by".to_string();
        return Err(NotComputed { code: "constant_labels", text });
    }
    let Some(largest) = used.iter().max_by(|a, b| a.difference.abs().total_cmp(&b.difference.abs())) else {
        let text = format!("none of {bins} bins has {LEAST_ROWS} labelled rows on both sides and labels that vary");
        return Err(NotComputed { code: "too_sparse", text });
    };
    let of_bin = |bin: &Usable| {
        let (n, m) = (bin.rows.0 as f64, bin.rows.1 as f64);
        bin.difference.powi(2) / (bin.variance * (n.recip() + m.recip()))
    };
    let statistic: f64 = used.iter().map(of_bin).sum();
    let df = used.len() as f64;
    let null = |tail: f64| largest_without_drift(used, tail) / sd;
    let mut notes = Vec::new();
    let thin = bins - used.len() - unfit;
    if thin > 0 {
        notes.push(format!("bins with fewer than {LEAST_ROWS} labelled rows on a side, left out: {thin}"));
    }
    if unfit > 0 {
        notes.push(format!("bins left out ({reason}): {unfit}"));
    }
    Ok(Drift {
        statistic,
        statistic_high: None,
        p: Some(PValue::from_ln(ln_survival(statistic, df))),
        p_from: "chi-square over bins",
        effect: largest.difference.abs() / sd,
        effect_high: None,
        null_p95: Some(null(0.05)),
        null_p99: Some(null(0.01)),
        df: Some(df),
        at: None,
        n: used.iter().map(|bin| bin.rows.0).sum(),
        m: used.iter().map(|bin| bin.rows.1).sum(),
        shown: vec![("bins_used", df), ("largest_bin", largest.index as f64)],
        notes,
    })
}

/// The largest |y_live - y_base| that a share `tail` of windows without drift exceeds: no bin's normal does with
/// probability 1 - tail.
fn largest_without_drift(used: &[Usable], tail: f64) -> f64 {
    let spread = |bin: &Usable| (bin.variance * ((bin.rows.0 as f64).recip() + (bin.rows.1 as f64).recip())).sqrt();
    let spreads: Vec<f64> = used.iter().map(spread).collect();
    let ln_none = |at: f64| spreads.iter().map(|spread| (-ln_normal_two_sided(at / spread).exp()).ln_1p()).sum::<f64>();
    // each bin at the tail divided by their number is never below
    let widest = spreads.iter().copied().fold(0.0, f64::max);
    let (mut low, mut high) = (0.0, widest * quantile_above(tail / used.len() as f64, 1.0).sqrt());
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if ln_none(middle) < (-tail).ln_1p() { low = middle } else { high = middle }
    }
    high
}
