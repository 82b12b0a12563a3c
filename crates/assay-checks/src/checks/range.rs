//! # range
//!
//! ## What it checks
//! Each value lies within bounds: numbers, dates, timestamps, times of day, and text (by its bytes in UTF-8).
//!
//! ## Why it matters
//! A negative price, a birthday in the future, a percentage of 4000: values that no reader downstream expects spoil
//! every sum they go into.
//!
//! ## Parameters
//! - `between` (main key): `[lo, hi]`, both included.
//! - `min`, `max`: included; `above`, `below`: excluded. One lower and one upper end.
//! - `tolerate`: how many rows may fail, `5` or `0.1%`. Default `0`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   amount:   {type: "decimal(12,2)", range: [0, 100000]}
//!   discount: {type: float64, range: {min: 0, below: 1, tolerate: 0.1%}}
//!   born_on:  {type: date, range: {min: 1900-01-01, severity: warn}}
//! ```
//!
//! ## How it is measured
//! Bounds are read by the column's type and compared exactly: integers above 2^53 and decimals never pass through a
//! float. Nulls are not tested. NaN is outside every range, unless the column says `nan: allow`; then it is not tested
//! and its count is printed. Infinities compare normally.
//!
//! ## Limits
//! A bound that the declared type cannot hold is an error while loading. Bounds take no `{warn, fail}` pair: write two
//! checks in the column's `checks:` list.

use assay_core::check::Context;
use assay_core::literal::Literal;
use assay_core::metric::{Bound, Bounds, MetricKind, Predicate, ValueTest};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::types::Type;
use assay_core::verdict::{Dimension, NotRun};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built};
use crate::columns::{ColumnRef, check_literals, own_column, read_late};
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, RowPlan, Rule, Words};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "range",
    aliases: &[],
    main_key: "between",
    number_key: None,
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `range: [0, 100]` or `range: {min: 0}`",
    stands_on: Place::Column,
    directions: &[
        ("between", Direction::Between),
        ("min", Direction::Lower),
        ("max", Direction::Upper),
        ("above", Direction::LowerOpen),
        ("below", Direction::UpperOpen),
    ],
    dimension: Dimension::Validity,
    source: include_str!("range.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// From the first to the second, both included.
    #[schemars(with = "Option<(super::AnyScalar, super::AnyScalar)>")]
    between: Option<(Literal, Literal)>,
    /// At least.
    #[schemars(with = "Option<super::AnyScalar>")]
    min: Option<Literal>,
    /// At most.
    #[schemars(with = "Option<super::AnyScalar>")]
    max: Option<Literal>,
    /// More than.
    #[schemars(with = "Option<super::AnyScalar>")]
    above: Option<Literal>,
    /// Less than.
    #[schemars(with = "Option<super::AnyScalar>")]
    below: Option<Literal>,
}

/// One end as written.
#[derive(Debug)]
struct End {
    literal: Literal,
    inclusive: bool,
}

#[derive(Debug)]
struct Range {
    column: ColumnRef,
    lower: Option<End>,
    upper: Option<End>,
    nan_tested: bool,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let wanted = "a number, a date, a time or text";
    let column = own_column(at, SPEC.name, key.span, Type::is_ordered, wanted, &mut problems);
    let (lower, upper) = ends(params, key.span, &mut problems);
    if let Some(ty) = column.as_ref().and_then(|c| c.ty.as_ref()).filter(|ty| ty.is_ordered()) {
        let literals = [&lower, &upper].into_iter().flatten().map(|end| &end.literal);
        let values = check_literals(literals, ty, &mut problems);
        if let (Some(low), Some(high), [from, to]) = (&lower, &upper, values.as_slice())
            && (from > to || (from == to && !(low.inclusive && high.inclusive)))
        {
            let message = format!("nothing lies between {} and {}", low.literal.text, high.literal.text);
            problems.push(Problem::at(high.literal.span, message));
        }
    }
    match column {
        Some(column) if problems.is_empty() => {
            let nan_tested = !at.column.is_some_and(|c| c.read.nan_allowed);
            Ok(Some(row_check::build(Range { column, lower, upper, nan_tested }, frame, &SPEC, at)))
        }
        _ => Err(problems),
    }
}

/// The two ends; one of a kind each, and at least one.
fn ends(params: Params, span: Span, problems: &mut Vec<Problem>) -> (Option<End>, Option<End>) {
    let (low, high) = params.between.map_or((None, None), |(low, high)| (Some(low), Some(high)));
    let end = |literal: Option<Literal>, inclusive| literal.map(|literal| End { literal, inclusive });
    let mut one = |candidates: [Option<End>; 3], names: &str| {
        let mut given = candidates.into_iter().flatten();
        let first = given.next();
        if let Some(second) = given.next() {
            problems.push(Problem::at(second.literal.span, format!("only one of {names} can stand")));
        }
        first
    };
    let lower = one([end(low, true), end(params.min, true), end(params.above, false)], "`between`, `min` and `above`");
    let upper = one([end(high, true), end(params.max, true), end(params.below, false)], "`between`, `max` and `below`");
    if lower.is_none() && upper.is_none() {
        problems.push(Problem::at(span, "`range` needs a bound").hint(SPEC.hint));
    }
    (lower, upper)
}

impl Rule for Range {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let found = self.column.find_of(at, Type::is_ordered, "a number, a date, a time or text")?;
        let ty = self.column.literal_type(&found);
        let bound = |end: &Option<End>| -> Result<Option<Bound>, NotRun> {
            let Some(end) = end else { return Ok(None) };
            Ok(Some(Bound { value: read_late(&end.literal, &ty)?, inclusive: end.inclusive }))
        };
        let bounds = Bounds { lower: bound(&self.lower)?, upper: bound(&self.upper)? };
        let test = ValueTest::Within { bounds, nan_tested: self.nan_tested };
        Ok(RowPlan {
            kind: MetricKind::Matches(Predicate::Test { column: found.column.clone(), test }),
            show: vec![found.column],
            notes: found.note.into_iter().collect(),
        })
    }

    fn words(&self) -> Words {
        let text = |end: &End| end.literal.text.clone();
        let low =
            self.lower.as_ref().map(|e| format!("{} {}", if e.inclusive { "at least" } else { "above" }, text(e)));
        let high =
            self.upper.as_ref().map(|e| format!("{} {}", if e.inclusive { "at most" } else { "below" }, text(e)));
        match (&self.lower, &self.upper) {
            (Some(low), Some(high)) if low.inclusive && high.inclusive => {
                let expected = format!("{} to {}", text(low), text(high));
                Words::new(format!("within {expected}"), format!("outside {expected}"), expected)
            }
            _ => {
                let expected = [low, high].into_iter().flatten().collect::<Vec<_>>().join(" and ");
                Words::new(expected.clone(), format!("not {expected}"), expected)
            }
        }
    }
}
