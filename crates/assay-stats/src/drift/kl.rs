//! # kl
//!
//! ## What it measures
//! How surprising the live shares are to whoever knows the baseline, in nats, over the PSI bins (Kullback-Leibler).
//!
//! ## When to use it
//! Where new values are worse than lost ones: a bin that was rare in training and is common now counts much, one that
//! vanished little.
//!
//! ## Formula and p-value
//! ```text
//! KL = sum l_i ln(l_i / b_i)
//! ```
//!
//! on the smoothed shares of `psi` (S. Kullback and R. Leibler, "On information and sufficiency", Annals of
//! Mathematical Statistics 22, 1951). p is that of `psi`: the chi-square of homogeneity on the bins of a number, of all
//! categories otherwise.
//!
//! ## Default limits
//! None: it is shown, and decides where a monitor gives a limit.
//!
//! ## Example
//! ```yaml
//! columns:
//!   surge: {kind: numeric, tests: {kl: {fail: 0.1}, psi: }}
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
//! sum(l * log(l / b) for b, l in zip(b, l))  # 0.024884718746
//! ```
//!
//! ## Limits
//! - It is not symmetric, and has no upper end. `psi` is the sum of both directions.
//! - Movement inside a bin is not seen.

use super::shares::Shares;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, binned};

/// The test.
pub struct Kl;

impl DriftTest for Kl {
    fn name(&self) -> &'static str {
        "kl"
    }

    fn source(&self) -> &'static str {
        include_str!("kl.rs")
    }

    fn applies_to(&self, _kind: ColumnKind) -> bool {
        true
    }

    fn default_limits(&self) -> Option<Limits> {
        None
    }

    fn uses_all_rows(&self) -> bool {
        true
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let table = binned::table(sides)?;
        binned::drift(sides, &table, Shares::smoothed(&table).kl())
    }
}
