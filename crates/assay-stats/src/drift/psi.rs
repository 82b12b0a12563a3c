//! # psi
//!
//! ## What it measures
//! How far the shares of the baseline's bins have moved (population stability index). Bins are 10 quantiles of a number
//! (or 20), or the 50 commonest categories, with bins for other, unseen and missing rows.
//!
//! ## When to use it
//! It is the test that decides for numbers when a monitor names none, and the one that people who run models know. One
//! figure holds for numbers and categories, and every bin says what it adds.
//!
//! ## Formula and p-value
//! ```text
//! PSI = sum (l_i - b_i) ln(l_i / b_i)
//! b_i = (count + 0.5) / (n + 0.5 k), l_i likewise with m
//! ```
//!
//! over the k bins that are not empty on both sides; n and m are all rows, missing ones too. Bins are frozen in the
//! baseline: the edge i of B is the smallest value v with at least i/B of the rows at or below it, bins are closed on
//! the right, the outer ones are open, equal edges are one, and a value that fills a bin alone is cut off on both
//! sides. A category has a bin of its own from 0.1% of the rows.
//!
//! p of a number is the chi-square of homogeneity on the bins, those that expect fewer than 5 rows tested as one. p of
//! categories is that of `chi_square` on all of them: bins are the baseline's commonest categories, of many equally
//! common ones the luckiest, and a p-value on such bins raises false alarms.
//!
//! Without drift PSI follows `(1/n + 1/m) chi2_(k-1)` (B. Yurdakul and J. Naranjo, "Statistical properties of the
//! population stability index", Journal of Risk Model Validation 14, 2020), whose 95th and 99th percentiles are shown; on
//! the bins of many categories it is larger.
//!
//! ## Default limits
//! Warn 0.10, fail 0.25.
//!
//! ## Example
//! ```yaml
//! columns:
//!   distance_km: {kind: numeric, tests: {psi: {warn: 0.1, fail: 0.2}}}
//!   city_id:     {kind: categorical, tests: {psi: 0.2}}
//! defaults:
//!   psi_bins: 20
//! ```
//!
//! ## By hand
//! From the two columns of counts in the bin table:
//!
//! ```python
//! from math import log
//! base = [400, 300, 250, 50]
//! live = [150, 180, 150, 20]
//! n, m, k = sum(base), sum(live), len(base)
//! b = [(count + 0.5) / (n + 0.5 * k) for count in base]
//! l = [(count + 0.5) / (m + 0.5 * k) for count in live]
//! sum((l - b) * log(l / b) for b, l in zip(b, l))  # 0.050614294669
//! ```
//!
//! p of a number is `scipy.stats.chi2_contingency([base, live]).pvalue` where every bin expects 5 rows.
//!
//! ## Limits
//! - Compare it across windows of similar size only: a category that vanished weighs with ln m.
//! - Movement inside a bin is not seen. `ks` sees it.
//! - In small windows PSI is large without drift: read it beside its percentiles.

use super::chi2::quantile_above;
use super::shares::Shares;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, binned};

/// The test.
pub struct Psi;

impl DriftTest for Psi {
    fn name(&self) -> &'static str {
        "psi"
    }

    fn source(&self) -> &'static str {
        include_str!("psi.rs")
    }

    fn applies_to(&self, _kind: ColumnKind) -> bool {
        true
    }

    fn default_limits(&self) -> Option<Limits> {
        Some(Limits { warn: Some(0.10), fail: Some(0.25) })
    }

    fn uses_all_rows(&self) -> bool {
        true
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let table = binned::table(sides)?;
        let percentile = |tail: f64| Some(table.null_scale() * quantile_above(tail, table.df()));
        Ok(Drift {
            null_p95: percentile(0.05),
            null_p99: percentile(0.01),
            ..binned::drift(sides, &table, Shares::smoothed(&table).psi())?
        })
    }
}
