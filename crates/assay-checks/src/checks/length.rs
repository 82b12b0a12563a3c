//! # length
//!
//! ## What it checks
//! Each text has a number of characters within bounds; binary values a number of bytes.
//!
//! ## Why it matters
//! A code that is one character short was cut; a comment that is longer than the target's column will be.
//!
//! ## Parameters
//! - `between` (main key as a list): `[2, 40]`, both included.
//! - `equals` (main key as a number): exactly so many.
//! - `min`, `max`: at least, at most.
//! - `tolerate`: how many rows may fail, `5` or `0.1%`. Default `0`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   country: {type: string, length: 2}
//!   city:    {type: string, length: [2, 40]}
//!   comment: {type: string, length: {max: 500, tolerate: 0.1%}}
//! ```
//!
//! ## How it is measured
//! Characters are Unicode scalar values: `é` written as one sign is one, as `e` with a combining accent two. Nulls are
//! not tested, an empty string has length 0.
//!
//! ## Limits
//! Bounds take no `{warn, fail}` pair: write two checks in the column's `checks:` list.

use assay_core::check::Context;
use assay_core::literal::Literal;
use assay_core::metric::{MetricKind, Predicate, ValueTest};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::types::Type;
use assay_core::verdict::{Dimension, NotRun};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built};
use crate::columns::{ColumnRef, own_column};
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, RowPlan, Rule, Words};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "length",
    aliases: &[],
    main_key: "between",
    number_key: Some("equals"),
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `length: [2, 40]`, `length: 2` or `length: {max: 40}`",
    stands_on: Place::Column,
    directions: &[
        ("between", Direction::Between),
        ("equals", Direction::Exactly),
        ("min", Direction::Lower),
        ("max", Direction::Upper),
    ],
    dimension: Dimension::Validity,
    source: include_str!("length.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// From the first to the second, both included.
    #[schemars(with = "Option<(u64, u64)>")]
    between: Option<(Literal, Literal)>,
    /// Exactly.
    #[schemars(with = "Option<u64>")]
    equals: Option<Literal>,
    /// At least.
    #[schemars(with = "Option<u64>")]
    min: Option<Literal>,
    /// At most.
    #[schemars(with = "Option<u64>")]
    max: Option<Literal>,
}

#[derive(Debug)]
struct Length {
    column: ColumnRef,
    min: Option<u64>,
    max: Option<u64>,
    unit: &'static str,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let column = own_column(at, SPEC.name, key.span, has_length, "a text or binary column", &mut problems);
    let (min, max) = bounds(params, key.span, &mut problems);
    match column {
        Some(column) if problems.is_empty() => {
            let unit = if matches!(column.ty, Some(Type::Binary(_))) { "bytes" } else { "characters" };
            Ok(Some(row_check::build(Length { column, min, max, unit }, frame, &SPEC, at)))
        }
        _ => Err(problems),
    }
}

fn has_length(ty: &Type) -> bool {
    ty.is_text() || matches!(ty, Type::Binary(_))
}

/// The two ends; one way to say each.
fn bounds(params: Params, span: Span, problems: &mut Vec<Problem>) -> (Option<u64>, Option<u64>) {
    let forms = [params.between.is_some(), params.equals.is_some(), params.min.is_some() || params.max.is_some()];
    match forms.iter().filter(|given| **given).count() {
        0 => problems.push(Problem::at(span, "`length` needs a bound").hint(SPEC.hint)),
        1 => {}
        _ => problems.push(Problem::at(span, "only one of `between`, `equals`, and `min` with `max` can stand")),
    }
    let mut number = |literal: Option<&Literal>| {
        let literal = literal?;
        let digits = !literal.text.is_empty() && literal.text.bytes().all(|b| b.is_ascii_digit());
        let number = digits.then(|| literal.text.parse().ok()).flatten();
        if number.is_none() {
            let message = format!("a length is a whole number of 0 or more, not `{}`", literal.text);
            problems.push(Problem::at(literal.span, message));
        }
        number
    };
    let (low, high) = match (&params.between, &params.equals) {
        (Some((low, high)), _) => (Some(low), Some(high)),
        (None, Some(equals)) => (Some(equals), Some(equals)),
        (None, None) => (params.min.as_ref(), params.max.as_ref()),
    };
    let (min, max): (Option<u64>, Option<u64>) = (number(low), number(high));
    if let (Some(min), Some(max), Some(high)) = (min, max, high)
        && min > max
    {
        problems.push(Problem::at(high.span, format!("no length is at least {min} and at most {max}")));
    }
    (min, max)
}

impl Rule for Length {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let found = self.column.find_of(at, has_length, "text or binary")?;
        let test = ValueTest::Length { min: self.min, max: self.max };
        Ok(RowPlan {
            kind: MetricKind::Matches(Predicate::Test { column: found.column.clone(), test }),
            show: vec![found.column],
            notes: found.note.into_iter().collect(),
        })
    }

    fn words(&self) -> Words {
        let unit = self.unit;
        let expected = match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => format!("{min} {unit}"),
            (Some(min), Some(max)) => format!("{min} to {max} {unit}"),
            (Some(min), None) => format!("at least {min} {unit}"),
            (None, Some(max)) => format!("at most {max} {unit}"),
            (None, None) => format!("any number of {unit}"),
        };
        Words::new(format!("of {expected}"), format!("not of {expected}"), expected)
    }
}
