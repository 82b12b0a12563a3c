//! # z_proportion
//!
//! ## What it measures
//! By how much the share of one of a column's two values (yes and no) has changed. Missing rows are left out: `missing`
//! tests these.
//!
//! ## When to use it
//! For flags that are neither rare nor nearly always set, where the change in points is what people speak of.
//!
//! ## Formula and p-value
//! ```text
//! z = (l - b) / sqrt(p (1 - p) (1/n + 1/m)),  p the pooled share
//! ```
//!
//! two-sided (J. Fleiss, "Statistical Methods for Rates and Proportions", 2.3). The effect is `|l - b|`, a fraction of
//! 1; the change of the first value's share is shown with its sign.
//!
//! ## Default limits
//! None: it is shown, and decides where a monitor gives a limit.
//!
//! ## Example
//! ```yaml
//! columns:
//!   is_member: {kind: categorical, tests: {z_proportion: {warn: 0.02, fail: 0.05}}}
//! ```
//!
//! ## By hand
//! From the two rows of the bin table, with the first value first:
//!
//! ```python
//! from math import sqrt
//! from scipy import stats
//! (base, n), (live, m) = (130, 500), (240, 500)
//! p = (base + live) / (n + m)
//! z = (live / m - base / n) / sqrt(p * (1 - p) * (1 / n + 1 / m))
//! abs(live / m - base / n), z, 2 * stats.norm.sf(abs(z))  # 0.22, 7.20479367568, 5.8131804729e-13
//! ```
//!
//! ## Limits
//! - Exactly two values, else `not_two_categories`.
//! - Where a cell expects fewer than 5 rows z is no normal and a note says so: `fisher` is exact.

use super::categorical::{categories_of, two_values};
use super::proportion::Proportions;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed};

/// The test.
pub struct ZProportion;

impl DriftTest for ZProportion {
    fn name(&self) -> &'static str {
        "z_proportion"
    }

    fn source(&self) -> &'static str {
        include_str!("z_proportion.rs")
    }

    fn applies_to(&self, kind: ColumnKind) -> bool {
        kind == ColumnKind::Categorical
    }

    fn default_limits(&self) -> Option<Limits> {
        None
    }

    fn uses_all_rows(&self) -> bool {
        false
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let (table, n, m) = two_values(categories_of(sides)?)?;
        let proportions = Proportions { base: table.base[0], n, live: table.live[0], m };
        let notes = match proportions.is_sparse() {
            true => vec!["a cell expects fewer than 5 rows: p is approximate, `fisher` is exact".to_owned()],
            false => Vec::new(),
        };
        Ok(Drift { notes, ..proportions.drift(proportions.difference().abs(), proportions.p_by_z()) })
    }
}
