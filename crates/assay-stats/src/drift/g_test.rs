//! # g_test
//!
//! ## What it measures
//! The same as `chi_square` by the likelihood ratio.
//!
//! ## When to use it
//! Where the rest of a team's statistics are likelihood ratios. It decides as `chi_square` does: the effect is the
//! same.
//!
//! ## Formula and p-value
//! ```text
//! G = 2 sum o ln(o / e)
//! ```
//!
//! over the 2 x k table, o observed and e expected rows, compared with chi2_(k-1) (S. S. Wilks, "The likelihood test of
//! independence in contingency tables", Annals of Mathematical Statistics 6, 1935; R. Sokal and F. Rohlf, "Biometry").
//! Sparse categories are merged, a sparse 2 x 2 table is tested by Fisher's exact test, and the effect is Cramer's V,
//! all as in `chi_square`.
//!
//! ## Default limits
//! Those of V: warn 0.10, fail 0.20.
//!
//! ## Example
//! ```yaml
//! columns:
//!   vehicle: {kind: categorical, tests: [g_test, unseen]}
//! ```
//!
//! ## By hand
//! From the counts of all categories:
//!
//! ```python
//! from scipy import stats
//! base = [16, 18, 16, 14, 12, 12]
//! live = [16, 16, 16, 16, 16, 8]
//! found = stats.chi2_contingency([base, live], lambda_="log-likelihood")
//! found.statistic, found.pvalue  # 1.62995606504, 0.897603239867
//! ```
//!
//! ## Limits
//! Those of `chi_square`. In small windows the law of G is farther from chi-square than Pearson's is.

use super::categorical::{Merged, categories_of};
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed};

/// The test.
pub struct GTest;

impl DriftTest for GTest {
    fn name(&self) -> &'static str {
        "g_test"
    }

    fn source(&self) -> &'static str {
        include_str!("g_test.rs")
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
        let g = merged.table.g();
        Ok(merged.drift(g, "likelihood ratio, asymptotic"))
    }
}
