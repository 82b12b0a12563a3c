//! # l_infinity
//!
//! ## What it measures
//! The largest change of the share of any one PSI bin.
//!
//! ## When to use it
//! Where one category taking over is the fear: a default value that a broken service writes, a single client that
//! floods.
//!
//! ## Formula and p-value
//! ```text
//! L = max |l_i - b_i|
//! ```
//!
//! on raw shares. p is that of `psi`: the chi-square of homogeneity on the bins of a number, of all
//! categories otherwise.
//!
//! ## Default limits
//! None: it is shown, and decides where a monitor gives a limit.
//!
//! ## Example
//! ```yaml
//! columns:
//!   client_id: {kind: categorical, tests: {l_infinity: {warn: 0.05, fail: 0.1}}}
//! ```
//!
//! ## By hand
//! From the two columns of shares in the bin table, the largest difference:
//!
//! ```python
//! base = [400, 300, 250, 50]
//! live = [150, 180, 150, 20]
//! n, m = sum(base), sum(live)
//! max(abs(l / m - b / n) for b, l in zip(base, live))  # 0.1
//! ```
//!
//! ## Limits
//! Many small changes go unnoticed: use `total_variation` for these.

use super::shares::Shares;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, binned};

/// The test.
pub struct LInfinity;

impl DriftTest for LInfinity {
    fn name(&self) -> &'static str {
        "l_infinity"
    }

    fn source(&self) -> &'static str {
        include_str!("l_infinity.rs")
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
        binned::drift(sides, &table, Shares::raw(&table).l_infinity())
    }
}
