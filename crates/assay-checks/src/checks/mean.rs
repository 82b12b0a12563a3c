//! # mean
//!
//! ## What it checks
//! The arithmetic mean of a numeric column lies within limits.
//!
//! ## Why it matters
//! A mean that moves far from where it always was tells of a changed unit, a lost decimal point or a broken feed, even
//! where each single value is plausible.
//!
//! ## Parameters
//! - `between` (main key as a list): `[40, 90]`, both included; `equals` (main key as a number).
//! - `min`, `max`, `above`, `below`, `not`, `outside`: the other limits. Each may be a pair `{warn: .., fail: ..}`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   spend_90d: {type: float64, mean: [40, 90]}
//!   amount:    {type: "decimal(12,2)", mean: {min: {warn: 20, fail: 10}}}
//! ```
//!
//! ## How it is measured
//! Nulls and NaN are left out, NaN with its count in the message. Sums of integers and decimals are exact, and so is
//! the comparison: `sum >= min * rows`. Without any value there is no mean, which breaks the check; `on_empty: pass`
//! lets it pass.
//!
//! ## Limits
//! Limits are plain numbers in the column's unit. Floats are summed in file order, so the last bits do not depend on
//! threads.

use assay_core::check::Context;
use assay_core::measurement::{Measurement, Total};
use assay_core::metric::MetricKind;
use assay_core::node::{Key, Node};
use assay_core::problem::Problem;
use assay_core::types::Type;
use assay_core::verdict::{Dimension, NotRun};

use crate::aggregate::{self, Figures, Limited, Statistic};
use crate::build::{BuildContext, Built};
use crate::columns::{ColumnRef, own_column};
use crate::common::{AGGREGATE, Frame};
use crate::direction::LIMITS;
use crate::figure::Figure;
use crate::limits::LimitParams;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "mean",
    aliases: &[],
    main_key: "between",
    number_key: Some("equals"),
    pair: false,
    common: AGGREGATE,
    later: &[],
    hint: "write `mean: [40, 90]` or `mean: {min: 40}`",
    stands_on: Place::Column,
    directions: LIMITS,
    dimension: Dimension::Validity,
    source: include_str!("mean.rs"),
    build,
    schema: || schema::<LimitParams>(&SPEC),
};

#[derive(Debug)]
struct Mean {
    column: ColumnRef,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<LimitParams>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let column = own_column(at, SPEC.name, key.span, Type::is_numeric, "a numeric column", &mut problems);
    let limits = params.limits(SPEC.name, key.span, frame.severity_span, &mut problems);
    match (column, limits) {
        (Some(column), Some(limits)) if problems.is_empty() => {
            let limited = Limited { label: Some("mean".into()), limits };
            Ok(Some(aggregate::build(Mean { column }, vec![limited], frame, &SPEC, at)))
        }
        _ => Err(problems),
    }
}

impl Statistic for Mean {
    fn plan(&self, at: &Context<'_>) -> Result<(MetricKind, Vec<String>), NotRun> {
        let found = self.column.find_of(at, Type::is_numeric, "a number")?;
        Ok((MetricKind::Sum(found.column), found.note.into_iter().collect()))
    }

    fn figures(&self, measurement: &Measurement) -> Option<Figures> {
        let Measurement::Sum(sum) = measurement else { return None };
        let figure = match &sum.total {
            Total::Exact(total) => Figure::Mean(total.clone(), sum.tested),
            Total::Float(total) => Figure::Float(total / sum.tested as f64),
        };
        let values = (sum.tested > 0).then(|| vec![figure]);
        Some(Figures { values, selected: sum.selected, tested: Some(sum.tested), nan: sum.nan })
    }
}
