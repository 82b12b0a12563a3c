//! # chi_square
//!
//! ## What it measures
//! Whether the categories of both sides, missing among them, have the same shares, and how strongly they differ. The
//! strength is Cramer's V, from 0 (alike) to 1 (no category in common).
//!
//! ## When to use it
//! It is the test that decides for categories when a monitor names none, beside `unseen`.
//!
//! ## Formula and p-value
//! Pearson's chi-square of homogeneity of the 2 x k table, without Yates' correction: both sides are samples (a
//! goodness of fit that takes the baseline as exact raises false alarms). Categories whose smaller expected count is
//! below 5 are tested as one; while that one's is, the next smallest joins it. Fewer than two left is `too_sparse`. A
//! table of exactly 2 x 2 with an expected count below 5 has its p from Fisher's exact test, two-sided.
//!
//! A category that the baseline does not hold is a category like any other, of no baseline row: one of many rows shows
//! as itself, rare ones are merged as the baseline's rare ones are. (All of them as one would differ from a baseline
//! without them in any two samples that share a long tail.)
//!
//! The effect is Cramer's V with both sides weighing the same and its bias removed, on the merged categories:
//!
//! ```text
//! V^2 = max(0, 1/2 sum (b_i - l_i)^2 / (b_i + l_i) - (k - 1)/4 (1/n + 1/m))
//! ```
//!
//! The classical V, `sqrt(chi2 / (n + m))` (H. Cramer, "Mathematical Methods of Statistics", 1946), shrinks to 0 as
//! sides grow unequal; it and the raw one at equal weights are shown and decide nothing.
//!
//! ## Default limits
//! On V: warn 0.10, fail 0.20.
//!
//! ## Example
//! ```yaml
//! columns:
//!   city_id: {kind: categorical, tests: {chi_square: {warn: 0.10, fail: 0.20}, unseen: {fail: 0.5%}}}
//! ```
//!
//! ## By hand
//! From the counts of all categories. The bin table has them as long as there are at most 50 and none is rarer than
//! 0.1%; it names the others `__other__`.
//!
//! ```python
//! from math import sqrt
//! from scipy import stats
//! base = [130, 370]
//! live = [240, 260]
//! found = stats.chi2_contingency([base, live], correction=False)
//! found.statistic, found.pvalue  # 51.9090519091, 5.8131804729e-13
//! n, m, k = sum(base), sum(live), len(base)
//! raw = sum((b / n - l / m) ** 2 / (b / n + l / m) for b, l in zip(base, live)) / 2
//! sqrt(max(0, raw - (k - 1) / 4 * (1 / n + 1 / m)))  # 0.225630343502
//! ```
//!
//! ## Limits
//! - Categories of the baseline beyond its 10,000 commonest, and new ones beyond 1,000, have no name and are tested
//!   among the sparse ones. So is, beside such a tail, every category that might have missed those 10,000 by chance.
//! - Expected rows are those of both sides together: a new category that is a fifth of a window of 500 expects fewer
//!   than 5 beside a baseline of 100,000, and is tested among the sparse ones. `unseen` finds it.
//! - A category of few rows cannot move V. `unseen` is there for new ones, `vanished` for lost ones.

use super::categorical::{Merged, categories_of};
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed};

/// The test.
pub struct ChiSquare;

impl DriftTest for ChiSquare {
    fn name(&self) -> &'static str {
        "chi_square"
    }

    fn source(&self) -> &'static str {
        include_str!("chi_square.rs")
    }

    fn applies_to(&self, kind: ColumnKind) -> bool {
        kind == ColumnKind::Categorical
    }

    fn default_limits(&self) -> Option<Limits> {
        Some(Limits { warn: Some(0.10), fail: Some(0.20) })
    }

    fn uses_all_rows(&self) -> bool {
        true
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let merged = Merged::of(categories_of(sides)?)?;
        let chi_square = merged.table.chi_square();
        Ok(merged.drift(chi_square, "chi-square homogeneity"))
    }
}
