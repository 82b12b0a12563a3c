//! # uniqueness
//!
//! ## What it checks
//! No two rows share their value in the column, or their values in several columns. `unique: true` is the short form
//! of `uniqueness: 100%`.
//!
//! ## Why it matters
//! A row that arrives twice is counted twice: in revenue, in joins, in training data.
//!
//! ## Parameters
//! - `min` (main key): the share of rows outside duplicated groups, `99.5%`, or a pair. Default `100%`.
//! - `tolerate` instead of `min`: how many rows may be in duplicated groups, `5` or `0.1%`.
//! - `columns`: on the table, the columns whose values together have to be unique.
//! - `nulls: equal`: null equals null. Default `skip`: a row with a null in any of the columns is not tested.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! The contract's `key: [..]` implies the check under the id `key`, and completeness of each of its columns.
//!
//! ## Example
//! ```yaml
//! columns:
//!   order_id: {type: string, unique: true}
//!   email:    {type: string, uniqueness: {min: 99%, nulls: skip}}
//! checks:
//!   - uniqueness: {columns: [order_id, line_no], tolerate: 0.01%}
//! ```
//!
//! ## How it is measured
//! Failing rows are all rows of every group of equal values that has more than one row; `groups` counts those groups
//! and `surplus` the rows too many in them. Exact, also for many rows. NaN equals NaN, -0.0 equals 0.0.
//!
//! ## Limits
//! The whole table has to be compared, so this is one of the dearer checks; sorted files and integers make it cheap.

use assay_core::check::Context;
use assay_core::metric::{MetricKind, NullParts};
use assay_core::node::de::Spanned;
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::verdict::{Dimension, NotRun};
use schemars::JsonSchema;
use serde::Deserialize;

use super::completeness::{allowance, short_form};
use crate::build::{BuildContext, Built};
use crate::columns::ColumnRef;
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::levels::Levels;
use crate::percent::Percent;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, Allowance, RowPlan, Rule, Words};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "uniqueness",
    aliases: &["unique"],
    main_key: "min",
    number_key: None,
    pair: true,
    common: ROW_CHECK,
    later: &[],
    hint: "write `unique: true` on a column or `uniqueness: {columns: [a, b]}` on the table",
    stands_on: Place::Both,
    directions: &[
        ("min", Direction::Share),
        ("columns", Direction::Names),
        ("nulls", Direction::Words(&["skip", "equal"])),
    ],
    dimension: Dimension::Uniqueness,
    source: include_str!("uniqueness.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The share of rows outside duplicated groups.
    #[schemars(with = "Option<Levels<Percent>>")]
    min: Option<Spanned<Levels<Percent>>>,
    /// On the table: the columns that together have to be unique.
    #[schemars(with = "Option<Vec<String>>")]
    columns: Option<Spanned<Vec<Spanned<String>>>>,
    /// Whether null equals null.
    nulls: Option<Nulls>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Nulls {
    Skip,
    Equal,
}

#[derive(Debug)]
struct Uniqueness {
    columns: Vec<ColumnRef>,
    nulls: NullParts,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let Some(value) = short_form(key, value).map_err(|problem| vec![problem])? else { return Ok(None) };
    let (common, params) = read::<Params>(&SPEC, key, &value)?;
    let mut problems = Vec::new();
    let columns = columns(params.columns.as_ref(), key.span, at, &mut problems);
    let named: Vec<&str> =
        if at.column.is_some() { Vec::new() } else { columns.iter().map(|c| c.name.as_str()).collect() };
    let frame = Frame::new(common, &SPEC, key, &named, at, &mut problems);
    let allowance = allowance(params.min, &frame, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let nulls = match params.nulls {
        Some(Nulls::Equal) => NullParts::Equal,
        Some(Nulls::Skip) | None => NullParts::Skip,
    };
    Ok(Some(row_check::build_with(Uniqueness { columns, nulls }, allowance, frame, &SPEC, at)))
}

/// The check's own column, or those it names on the table.
fn columns(
    named: Option<&Spanned<Vec<Spanned<String>>>>,
    span: Span,
    at: &BuildContext<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<ColumnRef> {
    match (at.column, named) {
        (Some(column), None) => vec![ColumnRef::named(&column.name, at)],
        (Some(_), Some(named)) => {
            let problem = Problem::at(named.span, "`columns` belongs to a check of the table");
            problems.push(problem.hint("write it under `checks:` of the contract"));
            Vec::new()
        }
        (None, None) => {
            problems
                .push(Problem::at(span, "`uniqueness` on the table needs `columns`").hint("write `columns: [a, b]`"));
            Vec::new()
        }
        (None, Some(named)) => named_columns(named, at, problems),
    }
}

/// A list of columns: at least one, none twice, each known where unknown ones are forbidden.
pub(super) fn named_columns(
    named: &Spanned<Vec<Spanned<String>>>,
    at: &BuildContext<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<ColumnRef> {
    if named.value.is_empty() {
        problems.push(Problem::at(named.span, "`columns` is empty"));
    }
    for (index, name) in named.value.iter().enumerate() {
        if named.value[..index].iter().any(|other| other.value == name.value) {
            problems.push(Problem::at(name.span, format!("column `{}` is listed twice", name.value)));
        }
    }
    named.value.iter().map(|name| ColumnRef::checked(&name.value, name.span, at, problems)).collect()
}

/// The uniqueness of the contract's key.
pub(crate) fn key(at: &BuildContext<'_>, span: Span) -> Option<Built> {
    if at.key.is_empty() {
        return None;
    }
    let columns = at.key.iter().map(|name| ColumnRef::named(name, at)).collect();
    let rule = Uniqueness { columns, nulls: NullParts::Skip };
    let all = Allowance::Min(Levels::One(Percent::all()));
    let built = row_check::build_with(rule, all, Frame::implicit("key".into(), at, span), &SPEC, at);
    Some(Built { name: "key", ..built })
}

impl Rule for Uniqueness {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let mut columns = Vec::new();
        let mut notes = Vec::new();
        for column in &self.columns {
            let found = column.find(at)?;
            columns.push(found.column);
            notes.extend(found.note);
        }
        Ok(RowPlan {
            kind: MetricKind::Duplicates { columns: columns.clone(), nulls: self.nulls },
            show: columns,
            notes,
        })
    }

    fn words(&self) -> Words {
        Words::new("unique", "duplicated", "no value twice")
    }
}
