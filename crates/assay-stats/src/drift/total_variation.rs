//! # total_variation
//!
//! ## What it measures
//! The share of rows that would have to change their bin for both sides to be equal, over the PSI bins.
//!
//! ## When to use it
//! Where the figure has to be said in one sentence to somebody else: 0.12 means that 12% of the rows are elsewhere now.
//!
//! ## Formula and p-value
//! ```text
//! TV = 1/2 sum |l_i - b_i|
//! ```
//!
//! on raw shares (D. Levin, Y. Peres and E. Wilmer, "Markov Chains and Mixing Times", 4.1). p is that of
//! `psi`: the chi-square of homogeneity on the bins of a number, of all categories otherwise.
//!
//! ## Default limits
//! Warn 0.10, fail 0.20.
//!
//! ## Example
//! ```yaml
//! columns:
//!   payment_method: {kind: categorical, tests: [total_variation, unseen]}
//! ```
//!
//! ## By hand
//! From the two columns of shares in the bin table, half the sum of their differences:
//!
//! ```python
//! base = [400, 300, 250, 50]
//! live = [150, 180, 150, 20]
//! n, m = sum(base), sum(live)
//! sum(abs(l / m - b / n) for b, l in zip(base, live)) / 2  # 0.11
//! ```
//!
//! ## Limits
//! - A rare bin cannot move it far, even if it multiplies: `hellinger` and `psi` weigh rare bins more.
//! - Without drift it grows with the number of bins and shrinks with rows: a limit fits windows of similar size.

use super::shares::Shares;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, binned};

/// The test.
pub struct TotalVariation;

impl DriftTest for TotalVariation {
    fn name(&self) -> &'static str {
        "total_variation"
    }

    fn source(&self) -> &'static str {
        include_str!("total_variation.rs")
    }

    fn applies_to(&self, _kind: ColumnKind) -> bool {
        true
    }

    fn default_limits(&self) -> Option<Limits> {
        Some(Limits { warn: Some(0.10), fail: Some(0.20) })
    }

    fn uses_all_rows(&self) -> bool {
        true
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let table = binned::table(sides)?;
        binned::drift(sides, &table, Shares::raw(&table).total_variation())
    }
}
