//! # unseen
//!
//! ## What it measures
//! The share of live rows whose category the baseline does not hold, beyond what the baseline lets one expect.
//!
//! ## When to use it
//! It decides for categories by default: a model has learnt nothing about a category it has not seen, and an encoder
//! may refuse it or fold it into another one.
//!
//! ## Formula and p-value
//! ```text
//! effect = u / m - f1 / n
//! ```
//!
//! u live rows of unseen categories, f1 baseline categories that occur once, n and m rows that are not missing. f1/n
//! estimates the share of rows that a sample of n has not seen (I. J. Good, "The population frequencies of species and
//! the estimation of population parameters", Biometrika 40, 1953). p is of a one-sided two-proportion z test of u of m
//! against f1 of n, pooled; by Fisher's exact test where an expected count is below 5.
//!
//! Fewer than 3 unseen rows are never drift: the effect is then 0 at most.
//!
//! ## Default limits
//! Warn 0.1%, fail 0.5%.
//!
//! ## Example
//! ```yaml
//! columns:
//!   city_id:  {kind: categorical, tests: {chi_square: , unseen: {fail: 1%}}}
//!   query_id: {kind: categorical, tests: [psi]}   # new ones are expected here
//! ```
//!
//! ## By hand
//! `unseen_rows`, m and `base_share`, which is f1/n, are printed beside it by `--verbose`; the bin table has u as
//! `__unseen__`.
//!
//! ```python
//! from math import sqrt
//! from scipy import stats
//! (f1, n), (u, m) = (12, 20000), (60, 8000)
//! p = (f1 + u) / (n + m)
//! z = (u / m - f1 / n) / sqrt(p * (1 - p) * (1 / n + 1 / m))
//! u / m - f1 / n, stats.norm.sf(z)  # 0.0069, 3.5538513815e-25
//! ```
//!
//! ## Limits
//! - A baseline of more than 1,000,000 categories cannot tell: `too_many_categories`.
//! - A baseline that is the merge of windows knows no more categories than were counted in them.
//! - Categories compare as typed values: `1` and `1.0` are one, the text `1` is another.

use super::categorical::categories_of;
use super::proportion::Proportions;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, contingency};

/// Fewer unseen rows than this are an accident.
const FEWEST: u64 = 3;

/// The test.
pub struct Unseen;

impl DriftTest for Unseen {
    fn name(&self) -> &'static str {
        "unseen"
    }

    fn source(&self) -> &'static str {
        include_str!("unseen.rs")
    }

    fn applies_to(&self, kind: ColumnKind) -> bool {
        kind == ColumnKind::Categorical
    }

    fn default_limits(&self) -> Option<Limits> {
        Some(Limits { warn: Some(0.001), fail: Some(0.005) })
    }

    fn uses_all_rows(&self) -> bool {
        false
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let categories = categories_of(sides)?;
        let Some(unseen) = categories.unseen else {
            let text = "the baseline has too many categories to tell which live ones are new".to_owned();
            return Err(NotComputed { code: "too_many_categories", text });
        };
        contingency::some_rows(categories.n, categories.m)?;
        let proportions = Proportions { base: categories.singletons, n: categories.n, live: unseen, m: categories.m };
        let excess = proportions.difference();
        let mut drift = proportions.drift(excess, proportions.p_live_more());
        drift.shown.push(("unseen_rows", unseen as f64));
        if unseen < FEWEST {
            drift.effect = excess.min(0.0);
        }
        if unseen > 0 && unseen < FEWEST {
            drift.notes.push(format!("{unseen} unseen rows are too few to be drift ({FEWEST} are needed)"));
        }
        Ok(drift)
    }
}
