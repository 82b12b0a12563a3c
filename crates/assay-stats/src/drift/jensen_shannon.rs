//! # jensen_shannon
//!
//! ## What it measures
//! Distance between the shares of both sides over the PSI bins, from 0 (equal) to 1 (no bin in common). It is the
//! Jensen-Shannon distance, the root of the divergence.
//!
//! ## When to use it
//! In place of `psi` where a figure with an upper end is wanted: it is symmetric, bounded, and a bin that is empty on
//! one side is nothing special, so that it compares across columns and windows better.
//!
//! ## Formula and p-value
//! ```text
//! JS = sqrt((KL(b || a) + KL(l || a)) / 2),  a = (b + l) / 2
//! ```
//!
//! with logarithms to base 2, on raw shares (J. Lin, "Divergence measures based on the Shannon entropy", IEEE
//! Transactions on Information Theory 37, 1991; the root is a metric: D. Endres and J. Schindelin, in the same 49,
//! 2003). p is that of `psi`: the chi-square of homogeneity on the bins of a number, of all categories otherwise.
//! Without drift its square follows `(1/n + 1/m) chi2_(k-1) / (8 ln 2)`; the 95th and 99th percentiles of the distance
//! are shown.
//!
//! ## Default limits
//! Warn 0.10, fail 0.20.
//!
//! ## Example
//! ```yaml
//! columns:
//!   vehicle: {kind: categorical, tests: {jensen_shannon: {warn: 0.1, fail: 0.2}}}
//! ```
//!
//! ## By hand
//! From the two columns of counts in the bin table:
//!
//! ```python
//! from scipy.spatial.distance import jensenshannon
//! base = [400, 300, 250, 50]
//! live = [150, 180, 150, 20]
//! jensenshannon(base, live, base=2)  # 0.0958303279329
//! ```
//!
//! ## Limits
//! - In small windows the distance is large without drift: see the percentiles.
//! - Movement inside a bin is not seen.
//! - Some libraries call its square by this name, or take natural logarithms: their figures are smaller.

use std::f64::consts::LN_2;

use super::chi2::quantile_above;
use super::shares::Shares;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, binned};

/// The test.
pub struct JensenShannon;

impl DriftTest for JensenShannon {
    fn name(&self) -> &'static str {
        "jensen_shannon"
    }

    fn source(&self) -> &'static str {
        include_str!("jensen_shannon.rs")
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
        let percentile =
            |tail: f64| Some((table.null_scale() * quantile_above(tail, table.df()) / (8.0 * LN_2)).sqrt().min(1.0));
        Ok(Drift {
            null_p95: percentile(0.05),
            null_p99: percentile(0.01),
            ..binned::drift(sides, &table, Shares::raw(&table).jensen_shannon())?
        })
    }
}
