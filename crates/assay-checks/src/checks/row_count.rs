//! # row_count
//!
//! ## What it checks
//! The number of rows of the table lies within limits.
//!
//! ## Why it matters
//! An empty load, a load that ran twice, half a file: the number of rows is the first thing to look at.
//!
//! ## Parameters
//! - `between` (main key as a list): `[900000, 1300000]`, both included; `equals` (main key as a number).
//! - `min`, `max`, `above`, `below`, `not`, `outside`: the other limits. Each may be a pair `{warn: .., fail: ..}`.
//! - `where`: counts only these rows.
//! - `rows`, `severity`, `id`, `why`, `tags`: as everywhere.
//!
//! ## Example
//! ```yaml
//! checks:
//!   - row_count: [900000, 1300000]
//!   - row_count: {id: some_paid, min: {warn: 100, fail: 1}, where: "status = 'paid'"}
//! ```
//!
//! ## How it is measured
//! Rows after the contract's `rows` and the check's `where`. The count of nothing is 0, which is judged as any other
//! number. Files with footers answer without being read.
//!
//! ## Limits
//! Rows are counted in whole numbers, not in shares; another table's count is compared by `reconcile`.

use assay_core::check::Context;
use assay_core::measurement::Measurement;
use assay_core::metric::MetricKind;
use assay_core::node::{Key, Node};
use assay_core::problem::Problem;
use assay_core::verdict::{Dimension, NotRun};

use crate::aggregate::{self, Figures, Limited, Statistic};
use crate::build::{BuildContext, Built};
use crate::common::{COUNT, Frame};
use crate::direction::LIMITS;
use crate::figure::Figure;
use crate::limits::LimitParams;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "row_count",
    aliases: &[],
    main_key: "between",
    number_key: Some("equals"),
    pair: false,
    common: COUNT,
    later: &[],
    hint: "write `row_count: [900, 1300]` or `row_count: {min: 1}`",
    stands_on: Place::Table,
    directions: LIMITS,
    dimension: Dimension::Volume,
    source: include_str!("row_count.rs"),
    build,
    schema: || schema::<LimitParams>(&SPEC),
};

#[derive(Debug)]
struct RowCount;

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<LimitParams>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let limits = params.limits(SPEC.name, key.span, frame.severity_span, &mut problems);
    for number in limits.iter().flat_map(|limits| limits.numbers()) {
        if !number.text.bytes().all(|b| b.is_ascii_digit()) {
            problems.push(Problem::at(
                value.span,
                format!("rows are counted in whole numbers of 0 or more, not `{}`", number.text),
            ));
        }
    }
    match limits {
        Some(limits) if problems.is_empty() => {
            let limited = Limited { label: None, limits };
            Ok(Some(aggregate::build(RowCount, vec![limited], frame, &SPEC, at)))
        }
        _ => Err(problems),
    }
}

impl Statistic for RowCount {
    fn plan(&self, _: &Context<'_>) -> Result<(MetricKind, Vec<String>), NotRun> {
        Ok((MetricKind::RowCount, Vec::new()))
    }

    fn figures(&self, measurement: &Measurement) -> Option<Figures> {
        let Measurement::Rows(rows) = *measurement else { return None };
        Some(Figures { values: Some(vec![Figure::Count(rows)]), selected: rows, tested: None, nan: 0 })
    }
}
