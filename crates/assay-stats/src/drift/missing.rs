//! # missing
//!
//! ## What it measures
//! By how much the share of missing cells (null and NaN, counted apart and tested together) has changed, either way. It
//! is tested on every column whatever its other tests: a feed that goes half null is drift.
//!
//! ## When to use it
//! Always: it is there without being written, and stays when a column names tests of its own. `missing: off` makes it
//! decide nothing, for a column that is known to come and go.
//!
//! ## Formula and p-value
//! ```text
//! z = (l - b) / sqrt(p (1 - p) (1/n + 1/m)),  p the pooled share
//! ```
//!
//! over all rows, two-sided (J. Fleiss, "Statistical Methods for Rates and Proportions", 2.3); Fisher's exact test,
//! two-sided, where an expected count is below 5. The effect is `|l - b|` as a fraction of 1 (1 percentage point is
//! 0.01); the change is shown with its sign.
//!
//! ## Default limits
//! Warn 1%, fail 5%: one and five percentage points.
//!
//! ## Example
//! ```yaml
//! columns:
//!   rating:  {kind: numeric, tests: {psi: , missing: {warn: 5%, fail: 20%}}}
//!   comment: {kind: categorical, tests: {chi_square: , missing: off}}
//! defaults:
//!   missing: {warn: 2%, fail: 5%}
//! ```
//!
//! ## By hand
//! From the row `__missing__` of the bin table: the difference of the two shares.
//!
//! ```python
//! from math import sqrt
//! from scipy import stats
//! (base, n), (live, m) = (100, 10000), (180, 9000)
//! p = (base + live) / (n + m)
//! z = (live / m - base / n) / sqrt(p * (1 - p) * (1 / n + 1 / m))
//! abs(live / m - base / n), 2 * stats.norm.sf(abs(z))  # 0.01, 1.11846840648e-08
//! ```
//!
//! ## Limits
//! Whether a value is a placeholder (`-1`, `n/a`) nobody can see: declare `null_values` of the source, or watch the
//! column as categories.

use super::proportion::Proportions;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, contingency};

/// The test.
pub struct MissingCells;

impl DriftTest for MissingCells {
    fn name(&self) -> &'static str {
        "missing"
    }

    fn source(&self) -> &'static str {
        include_str!("missing.rs")
    }

    fn applies_to(&self, _kind: ColumnKind) -> bool {
        true
    }

    fn default_limits(&self) -> Option<Limits> {
        Some(Limits { warn: Some(0.01), fail: Some(0.05) })
    }

    fn uses_all_rows(&self) -> bool {
        true
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let missing = sides.missing;
        contingency::some_rows(missing.n, missing.m)?;
        let proportions = Proportions { base: missing.base, n: missing.n, live: missing.live, m: missing.m };
        Ok(proportions.drift(proportions.difference().abs(), proportions.p_two_sided()))
    }
}
