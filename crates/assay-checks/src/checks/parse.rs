//! # parse
//!
//! ## What it checks
//! Each text cell of a CSV or JSON lines source can be read as the column's declared type.
//!
//! ## Why it matters
//! A cell that does not parse would silently become null in many tools, and the row would vanish from every figure.
//!
//! ## Parameters
//! - `tolerate` (main key): how many cells may fail, `5` or `0.1%`. Default `0`.
//! - `trim: true`: blanks around the text are permitted.
//! - `true`, `false`: the texts that mean true and false, `{true: [Y], false: [N]}`.
//! - `format`: a strftime format for dates, times and timestamps, `"%d.%m.%Y"`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! The check is there without being written on every typed column of a text source.
//!
//! ## Example
//! ```yaml
//! source: {format: csv, path: orders.csv}
//! columns:
//!   amount:   {type: "decimal(12,2)", parse: 0.1%}
//!   paid:     {type: bool, parse: {true: ["Y"], false: ["N"]}}
//!   ship_day: {type: date, parse: {format: "%d.%m.%Y", trim: true}}
//! ```
//!
//! ## How it is measured
//! Cells that do not parse, of all cells that are not null. Such a cell is not null for `completeness`, and no other
//! check of the column tests it. Nothing is rounded or cut: `1.005` is not a `decimal(12,2)`, `1.0` not an integer.
//!
//! ## Limits
//! Only for text sources: Parquet and Arrow files carry typed values. In CSV every text is a `string`.

use assay_core::check::Context;
use assay_core::contract::Format;
use assay_core::metric::{MetricKind, Predicate, ValueTest};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::types::Type;
use assay_core::verdict::{Dimension, NotRun};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built, ColumnReading};
use crate::columns::{ColumnRef, any, own_column};
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::read::{read, schema, typed};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, RowPlan, Rule, Words};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "parse",
    aliases: &[],
    main_key: "tolerate",
    number_key: None,
    pair: true,
    common: ROW_CHECK,
    later: &[],
    hint: "write `parse: 0.1%` or `parse: {format: \"%d.%m.%Y\"}`",
    stands_on: Place::Column,
    directions: &[
        ("trim", Direction::Unordered),
        ("true", Direction::Unordered),
        ("false", Direction::Unordered),
        ("format", Direction::Unordered),
    ],
    dimension: Dimension::Validity,
    source: include_str!("parse.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Permit blanks around the text.
    trim: Option<bool>,
    /// Texts that mean true.
    #[serde(rename = "true")]
    true_texts: Option<Vec<String>>,
    /// Texts that mean false.
    #[serde(rename = "false")]
    false_texts: Option<Vec<String>>,
    /// A strftime format.
    format: Option<String>,
}

#[derive(Debug)]
struct Parse {
    column: ColumnRef,
    ty: Type,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let column = own_column(at, SPEC.name, key.span, any, "", &mut problems);
    let ty = column.as_ref().and_then(|c| c.ty.clone()).unwrap_or(Type::Any);
    check_source(at, &ty, key.span, &mut problems);
    check_options(&params, &ty, key.span, &mut problems);
    match column {
        Some(column) if problems.is_empty() => Ok(Some(row_check::build(Parse { column, ty }, frame, &SPEC, at))),
        _ => Err(problems),
    }
}

fn check_source(at: &BuildContext<'_>, ty: &Type, span: Span, problems: &mut Vec<Problem>) {
    let format = at.source.format;
    if !format.is_text() {
        let message = format!("`parse` reads text, a {} source holds typed values", format.name());
        problems.push(Problem::at(span, message).hint("remove it; `schema` compares the types"));
    } else if format == Format::Csv && ty.for_text() == Type::String {
        problems.push(Problem::at(span, "`parse` on a text column cannot fail").hint("declare the column's `type`"));
    }
}

fn check_options(params: &Params, ty: &Type, span: Span, problems: &mut Vec<Problem>) {
    let is_time = matches!(ty, Type::Date | Type::Timestamp | Type::TimestampZoned(_) | Type::Time);
    if params.format.is_some() && !is_time {
        problems.push(Problem::at(span, format!("`format` reads dates and times, this column is {ty}")));
    }
    if let Some(format) = params.format.as_ref().filter(|_| is_time)
        && let Err(why) = assay_core::text::times::TimeFormat::new(Some(format))
    {
        problems.push(Problem::at(span, format!("{why}: `{format}`")));
    }
    if (params.true_texts.is_some() || params.false_texts.is_some()) && *ty != Type::Bool {
        problems.push(Problem::at(span, format!("`true` and `false` name the texts of a bool, this column is {ty}")));
    }
    let both = params.true_texts.iter().flatten().find(|t| params.false_texts.iter().flatten().any(|f| f == *t));
    if let Some(text) = both {
        problems.push(Problem::at(span, format!("a text cannot mean both true and false: `{text}`")));
    }
    let empty = [&params.true_texts, &params.false_texts].into_iter().flatten().any(Vec::is_empty);
    if empty {
        problems.push(Problem::at(span, "`true` and `false` need at least one text each"));
    }
}

/// Takes over what the check says about reading; what is malformed is reported when the check is built.
pub(super) fn reading(value: &Node, reading: &mut ColumnReading) {
    let own = value.entries().into_iter().flatten().filter(|(key, _)| !ROW_CHECK.contains(&key.text.as_str()));
    if let Some(params) = typed::<Params>(own.cloned().collect(), value.span, &mut Vec::new()) {
        reading.trim = params.trim.unwrap_or(false);
        reading.true_texts = params.true_texts.unwrap_or_default();
        reading.false_texts = params.false_texts.unwrap_or_default();
        reading.format = params.format;
    }
}

/// The check that a typed column of a text source implies.
pub(super) fn implied(id: String, at: &BuildContext<'_>, column: &str, span: Span) -> Built {
    let column = ColumnRef::named(column, at);
    let ty = column.ty.clone().unwrap_or(Type::String);
    row_check::build(Parse { column, ty }, Frame::implicit(id, at, span), &SPEC, at)
}

impl Rule for Parse {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let found = self.column.find(at)?;
        Ok(RowPlan {
            kind: MetricKind::Matches(Predicate::Test { column: found.column.clone(), test: ValueTest::Parses }),
            show: vec![found.column],
            notes: found.note.into_iter().collect(),
        })
    }

    fn words(&self) -> Words {
        let ty = &self.ty;
        Words::new(format!("parsed as {ty}"), format!("not parsed as {ty}"), format!("text that parses as {ty}"))
    }
}
