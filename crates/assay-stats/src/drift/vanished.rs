//! # vanished
//!
//! ## What it measures
//! How much of the baseline was of categories that no live row has any more.
//!
//! ## When to use it
//! Where every category should turn up in every window: regions, shops, sensors. A shop that stopped sending is seen
//! here even if it is one of hundreds.
//!
//! ## Formula and p-value
//! The share of those categories among the non-missing baseline rows. p is that of `chi_square` on the column; how many
//! categories are gone is shown.
//!
//! ## Default limits
//! None: it is shown, and decides where a monitor gives a limit, written with `%`.
//!
//! ## Example
//! ```yaml
//! columns:
//!   shop_id: {kind: categorical, tests: {vanished: {warn: 1%, fail: 5%}, chi_square: }}
//! ```
//!
//! ## By hand
//! From the counts of all categories: the baseline rows of those without a live row, over the baseline rows that are
//! not missing. The bin table shows the 50 commonest.
//!
//! ```python
//! base = {"DL": 700, "AA": 250, "HA": 50}
//! live = {"DL": 290, "AA": 110, "HA": 0}
//! sum(rows for name, rows in base.items() if live[name] == 0) / sum(base.values())  # 0.05
//! ```
//!
//! ## Limits
//! - A small window misses rare categories by chance: the expected share of those is not taken off.
//! - p is of the whole column: where many categories move, it says little of the lost ones.

use super::bins::MISSING;
use super::categorical::categories_of;
use super::chi_square::ChiSquare;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, contingency};

/// The test.
pub struct Vanished;

impl DriftTest for Vanished {
    fn name(&self) -> &'static str {
        "vanished"
    }

    fn source(&self) -> &'static str {
        include_str!("vanished.rs")
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
        let categories = categories_of(sides)?;
        contingency::some_rows(categories.n, categories.m)?;
        let column = ChiSquare.compare(sides)?;
        let counts = categories.labels.iter().zip(categories.base.iter().zip(&categories.live));
        let gone: Vec<u64> = counts
            .filter(|&(label, (&base, &live))| label != MISSING && base > 0 && live == 0)
            .map(|(_, (&base, _))| base)
            .collect();
        // the baseline's tail is gone as one, or not
        let tail = Some(categories.lumped).filter(|&(base, live)| base > 0 && live == 0).map(|(base, _)| base);
        let gone: Vec<u64> = gone.into_iter().chain(tail).collect();
        let share = gone.iter().sum::<u64>() as f64 / categories.n as f64;
        Ok(Drift {
            statistic: share,
            effect: share,
            n: categories.n,
            m: categories.m,
            shown: vec![("categories", gone.len() as f64)],
            ..column
        })
    }
}
