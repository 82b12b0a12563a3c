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
//! the estimation of population parameters", Biometrika 40, 1953). p is one-sided, of
//!
//! ```text
//! z   = (u / m - f1 / n) / sqrt(var)
//! var = q (1 - q) / n + 2 f2 / n^2 + s (1 - s) / m
//! ```
//!
//! f2 baseline categories that occur twice, s = (f1 + u) / (n + m) and q the larger of u/m and f1/n. The first two
//! terms are how far f1/n is from the share that was not seen (W. Esty, "A normal limit law for a nonparametric
//! estimator of the coverage of a random sample", Annals of Statistics 11, 1983), with q where he has f1/n: a baseline
//! that happens to have few singletons has missed more, and its own f1 would make light of it. The last one is the
//! chance of the window. (A two-proportion z test knows none of the second term, nor that f1 and what was missed go
//! opposite ways.) Where fewer than 5 rows are expected on a side, p is the larger of this one and that of Fisher's
//! exact test of u of m against f1 of n. A baseline with a tail beyond its 10,000 named categories does not hold f2;
//! it is then taken as large as it can be.
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
//! `unseen_rows`, m, `base_share`, which is f1/n, and `doubletons` are printed beside it by `--verbose`; the bin table
//! has u as `__unseen__`.
//!
//! ```python
//! from math import sqrt
//! from scipy import stats
//! (f1, f2, n), (u, m) = (12, 9, 20000), (60, 8000)
//! s, q = (f1 + u) / (n + m), max(u / m, f1 / n)
//! z = (u / m - f1 / n) / sqrt(q * (1 - q) / n + 2 * f2 / n**2 + s * (1 - s) / m)
//! u / m - f1 / n, stats.norm.sf(z)  # 0.0069, 4.75224334191e-16
//! ```
//!
//! ## Limits
//! - A baseline of more than 1,000,000 categories cannot tell: `too_many_categories`.
//! - Few categories of equal share, nearly all of which the baseline has seen: one that it missed comes with all of its
//!   rows at once, and up to some 2% of windows are then alarms without drift.
//! - A baseline that is the merge of windows knows no more categories than were counted in them.
//! - Categories compare as typed values: `1` and `1.0` are one, the text `1` is another.

use super::categorical::categories_of;
use super::proportion::Proportions;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed, chi2, contingency};
use crate::PValue;

/// Fewer unseen rows than this are an accident.
const FEWEST: u64 = 3;

/// The excess in standard deviations (see the module); 0 without unseen rows and singletons.
fn z(found: &Proportions, doubletons: u64) -> f64 {
    let (n, m) = (found.n as f64, found.m as f64);
    let (base, live) = (found.base as f64 / n, found.live as f64 / m);
    let pooled = (found.base as f64 + found.live as f64) / (n + m);
    let larger = base.max(live).min(1.0);
    let of_base = larger * (1.0 - larger) / n + 2.0 * doubletons as f64 / (n * n);
    let variance = of_base + pooled * (1.0 - pooled) / m;
    if variance > 0.0 { found.difference() / variance.sqrt() } else { 0.0 }
}

/// One-sided p of z; where it is no normal no smaller than Fisher's.
fn p_value(found: &Proportions, z: f64) -> (PValue, &'static str) {
    let by_z = (PValue::from_ln(chi2::ln_normal_above(z)), "Good-Turing z, one-sided");
    if !found.is_sparse() {
        return by_z;
    }
    let exact = found.p_live_more();
    if exact.0.ln() >= by_z.0.ln() { exact } else { by_z }
}

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
        let z = z(&proportions, categories.doubletons);
        let mut drift = Drift { statistic: z, ..proportions.drift(excess, p_value(&proportions, z)) };
        drift.shown.extend([("unseen_rows", unseen as f64), ("doubletons", categories.doubletons as f64)]);
        if unseen < FEWEST {
            drift.effect = excess.min(0.0);
        }
        if unseen > 0 && unseen < FEWEST {
            drift.notes.push(format!("{unseen} unseen rows are too few to be drift ({FEWEST} are needed)"));
        }
        Ok(drift)
    }
}
