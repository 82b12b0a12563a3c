//! # hellinger
//!
//! ## What it measures
//! Distance between the roots of the shares of both sides over the PSI bins, from 0 (equal) to 1 (no bin in common).
//! Changes of rare bins weigh more than in `total_variation`.
//!
//! ## When to use it
//! Where rare categories matter (a kind of failure, a fraudulent country) and a bounded figure is wanted.
//!
//! ## Formula and p-value
//! ```text
//! H = sqrt(1/2 sum (sqrt(b_i) - sqrt(l_i))^2)
//! ```
//!
//! on raw shares (E. Hellinger, Journal fuer die reine und angewandte Mathematik 136, 1909). p is that of `psi`:
//! the chi-square of homogeneity on the bins of a number, of all categories otherwise.
//!
//! ## Default limits
//! None: it is shown, and decides where a monitor gives a limit.
//!
//! ## Example
//! ```yaml
//! columns:
//!   error_code: {kind: categorical, tests: {hellinger: {fail: 0.15}}}
//! ```
//!
//! ## By hand
//! From the two columns of counts in the bin table:
//!
//! ```python
//! from math import sqrt
//! base = [400, 300, 250, 50]
//! live = [150, 180, 150, 20]
//! n, m = sum(base), sum(live)
//! sqrt(sum((sqrt(b / n) - sqrt(l / m)) ** 2 for b, l in zip(base, live)) / 2)  # 0.0798352408435
//! ```
//!
//! ## Limits
//! - Without drift it is about `sqrt((k - 1) (1/n + 1/m) / 8)`: a limit fits windows of similar size.
//! - Movement inside a bin is not seen.

use super::shares::Shares;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, binned};

/// The test.
pub struct Hellinger;

impl DriftTest for Hellinger {
    fn name(&self) -> &'static str {
        "hellinger"
    }

    fn source(&self) -> &'static str {
        include_str!("hellinger.rs")
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
        binned::drift(sides, &table, Shares::raw(&table).hellinger())
    }
}
