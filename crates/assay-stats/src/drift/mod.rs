//! Drift tests: one file each, listed in [`registry`]. Formula set version 1.
//!
//! A test compares a baseline of n rows with a live window of m rows. Both sides were counted against the baseline:
//! numeric columns by [`Ranks`], every column by [`Bins`] and, where it is tested as categories, by [`Categories`].

pub mod anderson_darling;
mod binned;
pub mod bins;
mod categorical;
pub mod chi2;
pub mod chi_square;
mod contingency;
pub mod correlation;
pub mod covariance;
pub mod cramer_von_mises;
mod deviance;
pub mod docs;
pub mod fisher;
mod fisher_exact;
pub mod g_test;
pub mod hellinger;
pub mod jensen_shannon;
pub mod kl;
pub mod ks;
pub mod kuiper;
pub mod l_infinity;
pub mod missing;
mod order;
mod proportion;
pub mod psi;
mod quadratic_form;
pub mod registry;
pub mod shares;
pub mod target_relation;
pub mod total_variation;
pub mod unseen;
pub mod vanished;
pub mod wasserstein;
pub mod z_proportion;

use serde::{Deserialize, Serialize};

pub use docs::docs;

/// The version of these formulas; every result carries it.
pub const FORMULA_VERSION: u32 = 1;

/// What a column is tested as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// By its order.
    Numeric,
    /// By its categories.
    Categorical,
}

/// Both sides of a numeric column, counted against the k values `v_1 < .. < v_k` that the baseline keeps. Missing
/// (null, NaN) is not in here. Infinities are values like any other; -0.0 is 0.0.
#[derive(Debug, Clone, Copy)]
pub struct Ranks<'a> {
    /// The values, ascending and distinct, k of them.
    pub values: &'a [f64],
    /// Baseline rows strictly below `values[i]`, k of them.
    pub base_below: &'a [u64],
    /// Baseline rows at or below `values[i]`, k of them.
    pub base_up_to: &'a [u64],
    /// Baseline rows, non-missing. More than `base_up_to[k - 1]` where knots leave the upper tail open.
    pub n: u64,
    /// Live rows strictly between neighbours: `gap[0]` below `values[0]`, `gap[i]` between `values[i-1]` and
    /// `values[i]`, `gap[k]` above `values[k-1]`; k + 1 of them.
    pub gap: &'a [u64],
    /// Live rows equal to `values[i]`, k of them.
    pub eq: &'a [u64],
    /// Live rows, non-missing: the sum of `gap` and `eq`.
    pub m: u64,
    /// Where live rows lie inside gaps, and baseline rows where knots do not hold all of them.
    pub sums: Option<GapSums<'a>>,
}

/// Sums of positions inside gaps, from which areas between ECDFs are computed.
#[derive(Debug, Clone, Copy)]
pub struct GapSums<'a> {
    /// For each inner gap `i` in `1..k` (index `i - 1`; k - 1 of them) the sum over its live rows of
    /// `floor((x - a) / (b - a) * 2^52)` with `a = values[i-1]`, `b = values[i]`. 0 where an end is infinite.
    pub live: &'a [u128],
    /// The same of the baseline's rows; empty where every baseline row is one of the values (full ECDF).
    pub base: &'a [u128],
    /// Sum over the finite live rows below `values[0]` of `values[0] - x`.
    pub live_below: f64,
    /// Sum over the finite live rows above `values[k-1]` of `x - values[k-1]`.
    pub live_above: f64,
    /// The same two of the baseline (knots only; 0 for a full ECDF).
    pub base_below: f64,
    /// See `base_below`.
    pub base_above: f64,
    /// Live rows at minus and plus infinity that are not among the values: W1 is then infinite.
    pub live_infinite: u64,
}

/// The PSI bins of a column with both counts: quantile bins or top categories, then `__other__`, `__unseen__` and
/// `__missing__` where they apply. Bins empty on both sides may be present; tests drop them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// What each bin is called: `(-inf, 5]`, `DL`, `__missing__`.
    pub labels: Vec<String>,
    /// Baseline rows by bin.
    pub base: Vec<u64>,
    /// Live rows by bin.
    pub live: Vec<u64>,
}

/// The categories of a column with both counts, missing among them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Categories {
    /// Names, in a fixed order: those that the baseline keeps by name, then those that it does not hold and live rows
    /// were counted under, of no baseline row. Missing, where it occurs, is one of them: `__missing__`.
    pub labels: Vec<String>,
    /// Baseline rows by category.
    pub base: Vec<u64>,
    /// Live rows by category.
    pub live: Vec<u64>,
    /// Baseline and live rows of categories without a name here: the baseline's beyond those it keeps by name, and
    /// unseen ones beyond those that were counted by name. They are tested among the sparse categories.
    pub lumped: (u64, u64),
    /// Live rows (non-missing) of a category that the baseline does not hold; `None`: the baseline has too many
    /// categories to tell.
    pub unseen: Option<u64>,
    /// Categories that the baseline holds exactly once (f1 of Good 1953).
    pub singletons: u64,
    /// Categories that the baseline holds exactly twice; where that is not known, no fewer than there can be.
    pub doubletons: u64,
    /// Baseline rows, non-missing.
    pub n: u64,
    /// Live rows, non-missing.
    pub m: u64,
}

/// Missing cells of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Baseline rows in all.
    pub n: u64,
    /// Of those null or NaN.
    pub base: u64,
    /// Live rows in all.
    pub m: u64,
    /// Of those null or NaN.
    pub live: u64,
}

/// A column on both sides, as far as it was counted.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    /// What it is tested as.
    pub kind: ColumnKind,
    /// By order; `None` for categorical columns that are not numbers.
    pub ranks: Option<Ranks<'a>>,
    /// By PSI bin.
    pub bins: &'a Bins,
    /// By category; `None` for numeric columns.
    pub categories: Option<&'a Categories>,
    /// Missing cells.
    pub missing: Missing,
}

/// What a test found.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The test's own statistic (D, PSI, chi-square, W1, ..).
    pub statistic: f64,
    /// Its upper end where it is known as an interval (knots, W1 from counters).
    pub statistic_high: Option<f64>,
    /// The p-value, where the test has one.
    pub p: Option<crate::PValue>,
    /// Where p comes from: `exact`, `asymptotic`, `chi-square homogeneity on the bins`, `Fisher exact`, ..
    pub p_from: &'static str,
    /// Size of the change, compared with the limit.
    pub effect: f64,
    /// Its upper end where it is an interval.
    pub effect_high: Option<f64>,
    /// 95th percentile of the statistic (or effect, as the test's header says) without drift, where known.
    pub null_p95: Option<f64>,
    /// 99th percentile likewise.
    pub null_p99: Option<f64>,
    /// Degrees of freedom, where the test has them.
    pub df: Option<f64>,
    /// The value at which the difference is largest (KS), for people.
    pub at: Option<f64>,
    /// Rows of the baseline that the test used.
    pub n: u64,
    /// Live rows that the test used.
    pub m: u64,
    /// Figures shown beside it that decide nothing: `("classical_v", 0.21)`, `("d_plus", ..)`.
    pub shown: Vec<(&'static str, f64)>,
    /// Things worth knowing: `sampled`, merged categories.
    pub notes: Vec<String>,
}

/// Why a test has no answer. Never a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotComputed {
    /// Stable and machine-readable: `too_sparse`, `no_rows`, `too_many_categories`, `infinite`,
    /// `not_categorical`, `not_two_categories`.
    pub code: &'static str,
    /// For people.
    pub text: String,
}

/// Limits of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Warn from here.
    #[serde(default, with = "crate::exact")]
    pub warn: Option<f64>,
    /// Fail from here.
    #[serde(default, with = "crate::exact")]
    pub fail: Option<f64>,
}

/// A drift test.
pub trait DriftTest: Sync {
    /// Its name in the monitor language: `ks`.
    fn name(&self) -> &'static str;
    /// The text of its own file, whose header documents it ([`docs`](docs::docs)).
    fn source(&self) -> &'static str;
    /// Whether it can be computed for such a column.
    fn applies_to(&self, kind: ColumnKind) -> bool;
    /// The limits it decides by when a monitor names it without limits; `None`: it has no default.
    fn default_limits(&self) -> Option<Limits>;
    /// Whether its rows are all rows (missing is counted) rather than the non-missing ones.
    fn uses_all_rows(&self) -> bool;
    /// Whether it deciding needs a p-value below alpha beside the effect.
    fn has_p_value(&self) -> bool {
        true
    }
    /// The comparison.
    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed>;
}
