//! # fisher
//!
//! ## What it measures
//! Whether a column of two values (yes and no) has them in the same shares on both sides, exactly, whatever the counts.
//! Missing rows are left out: `missing` tests these.
//!
//! ## When to use it
//! For flags that are rarely set, where an approximate p-value is no good: 3 refunds in 20,000 rows, then 11.
//!
//! ## Formula and p-value
//! Fisher's exact test, two-sided: the probability, given the margins, of all tables at most as probable as the
//! observed one (R. A. Fisher, "Statistical Methods for Research Workers", 5th ed. 1934, 21.02). The statistic is the
//! sample odds ratio, live odds over baseline odds of the first value; the effect is it or its inverse, whichever is
//! larger, so that a fall counts as much as a rise. It is infinite where a value is absent on one side.
//!
//! ## Default limits
//! None: it is shown, and decides where a monitor gives a limit, which is a ratio above 1.
//!
//! ## Example
//! ```yaml
//! columns:
//!   is_refund: {kind: categorical, tests: {fisher: {warn: 1.5, fail: 2}}}
//! ```
//!
//! ## By hand
//! From the two rows of the bin table, with the first value first:
//!
//! ```python
//! from scipy import stats
//! base = [130, 370]
//! live = [240, 260]
//! found = stats.fisher_exact([live, base])
//! max(found.statistic, 1 / found.statistic), found.pvalue  # 2.62721893491, 7.0338730812e-13
//! ```
//!
//! ## Limits
//! Exactly two values in both sides together, else `not_two_categories`. For the change in points take `z_proportion`.

use super::categorical::{categories_of, two_values};
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed};
use crate::PValue;

/// The test.
pub struct Fisher;

impl DriftTest for Fisher {
    fn name(&self) -> &'static str {
        "fisher"
    }

    fn source(&self) -> &'static str {
        include_str!("fisher.rs")
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
        let [base_with, base_without] = table.base.map(|rows| rows as f64);
        let [live_with, live_without] = table.live.map(|rows| rows as f64);
        let odds_ratio = (live_with * base_without) / (live_without * base_with);
        let notes = match odds_ratio {
            0.0 | f64::INFINITY => vec!["a value is absent on one side: the odds ratio has no bound".to_owned()],
            _ => Vec::new(),
        };
        Ok(Drift {
            statistic: odds_ratio,
            statistic_high: None,
            p: Some(PValue::from_ln(table.ln_two_sided())),
            p_from: "Fisher exact",
            effect: odds_ratio.max(odds_ratio.recip()),
            effect_high: None,
            null_p95: None,
            null_p99: None,
            df: None,
            at: None,
            n,
            m,
            shown: vec![("base_share", base_with / n as f64), ("live_share", live_with / m as f64)],
            notes,
        })
    }
}
