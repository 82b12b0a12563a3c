//! # references
//!
//! ## What it checks
//! Each value, or each combination of values, exists in another table.
//!
//! ## Why it matters
//! An order of a customer nobody knows disappears in the first inner join, and its revenue with it.
//!
//! ## Parameters
//! - `table`: the other contract's table, `silver.customers`, or a source in place,
//!   `{source: {format: parquet, path: lake/customers}}`.
//! - `column`: on a column, the column there. Default: the same name.
//! - `columns`, `other_columns`: on the table, the columns here and there, in the same order. Default there: the same
//!   names.
//! - `tolerate`: how many rows may fail, `5` or `0.1%`. Default `0`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   customer_id: {type: string, references: {table: silver.customers, column: id, tolerate: 10}}
//!   plan:        {type: string, references: {table: {source: {format: csv, path: plans.csv}}, column: code}}
//! checks:
//!   - references: {columns: [order_id, line_no], table: silver.order_lines}
//! ```
//!
//! ## How it is measured
//! Rows without a match, of the rows whose values are all present: a null in any of the columns leaves the row
//! untested. The other table is read whole; `rows` and `where` select rows of this one.
//!
//! ## Limits
//! Where the other table cannot be read, the check is an error with the reason, never a pass.

use assay_core::check::{Context, TableRef};
use assay_core::contract::Format;
use assay_core::metric::{Column, MetricKind};
use assay_core::node::de::Spanned;
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::types::{Fit, Type};
use assay_core::verdict::{Dimension, NotRun, Reason};
use schemars::JsonSchema;
use serde::Deserialize;

use super::uniqueness::named_columns;
use crate::build::{BuildContext, Built};
use crate::columns::ColumnRef;
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, RowPlan, Rule, Words};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "references",
    aliases: &[],
    main_key: "",
    number_key: None,
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `references: {table: silver.customers, column: id}`",
    stands_on: Place::Both,
    directions: &[
        ("columns", Direction::Names),
        ("table", Direction::Unordered),
        ("column", Direction::Unordered),
        ("other_columns", Direction::Unordered),
    ],
    dimension: Dimension::Consistency,
    source: include_str!("references.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The other table.
    #[schemars(with = "Other")]
    table: Spanned<Other>,
    /// On a column: the column there.
    column: Option<String>,
    /// On the table: the columns here.
    #[schemars(with = "Option<Vec<String>>")]
    columns: Option<Spanned<Vec<Spanned<String>>>>,
    /// On the table: the columns there.
    #[schemars(with = "Option<Vec<String>>")]
    other_columns: Option<Spanned<Vec<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename = "$shape")]
enum Other {
    #[serde(rename = "scalar")]
    Named(String),
    #[serde(rename = "map")]
    Inline(Inline),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Inline {
    /// Where it is.
    source: InlineSource,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InlineSource {
    /// The format.
    format: InlineFormat,
    /// The path, relative to the project's folder.
    path: String,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum InlineFormat {
    Parquet,
    Csv,
    Jsonl,
    Arrow,
}

impl JsonSchema for Other {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Table".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let inline = generator.subschema_for::<Inline>();
        schemars::json_schema!({"anyOf": [{"type": "string"}, inline]})
    }
}

#[derive(Debug)]
struct References {
    columns: Vec<ColumnRef>,
    other: TableRef,
    other_columns: Vec<String>,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let (columns, other_columns) = pairs(&params, key.span, at, &mut problems);
    let named: Vec<&str> =
        if at.column.is_some() { Vec::new() } else { columns.iter().map(|c| c.name.as_str()).collect() };
    let frame = Frame::new(common, &SPEC, key, &named, at, &mut problems);
    let other = match params.table.value {
        Other::Named(name) if name.trim().is_empty() => {
            problems.push(Problem::at(params.table.span, "the other table has no name"));
            return Err(problems);
        }
        Other::Named(name) => TableRef::Named(name),
        Other::Inline(Inline { source }) => TableRef::Inline {
            format: match source.format {
                InlineFormat::Parquet => Format::Parquet,
                InlineFormat::Csv => Format::Csv,
                InlineFormat::Jsonl => Format::JsonLines,
                InlineFormat::Arrow => Format::ArrowIpc,
            },
            path: source.path,
        },
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Some(row_check::build(References { columns, other, other_columns }, frame, &SPEC, at)))
}

/// The columns here and there.
fn pairs(
    params: &Params,
    span: Span,
    at: &BuildContext<'_>,
    problems: &mut Vec<Problem>,
) -> (Vec<ColumnRef>, Vec<String>) {
    if let Some(own) = at.column {
        for wrong in [params.columns.as_ref().map(|c| c.span), params.other_columns.as_ref().map(|c| c.span)]
            .into_iter()
            .flatten()
        {
            problems.push(
                Problem::at(wrong, "`columns` and `other_columns` belong to a check of the table").hint(SPEC.hint),
            );
        }
        let there = params.column.clone().unwrap_or_else(|| own.name.clone());
        return (vec![ColumnRef::named(&own.name, at)], vec![there]);
    }
    if params.column.is_some() {
        problems.push(
            Problem::at(span, "`column` belongs to a check of a column")
                .hint("on the table, write `columns` and `other_columns`"),
        );
    }
    let Some(named) = &params.columns else {
        problems.push(Problem::at(span, "`references` on the table needs `columns`").hint("write `columns: [a, b]`"));
        return (Vec::new(), Vec::new());
    };
    let here = named_columns(named, at, problems);
    let there = match &params.other_columns {
        Some(there) if there.value.len() != here.len() => {
            let message = format!("{} columns here and {} there", here.len(), there.value.len());
            problems.push(Problem::at(there.span, message).hint("name them in the same order"));
            Vec::new()
        }
        Some(there) => there.value.clone(),
        None => here.iter().map(|c| c.name.clone()).collect(),
    };
    (here, there)
}

impl Rule for References {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let name = self.other.name();
        let Some(other) = at.tables.find(&name) else {
            return Err(match at.tables.unopened(&name) {
                Some(Reason { code, text }) => NotRun::error(code, text.clone()),
                None => NotRun::error("unknown_table", format!("no contract of the project describes table `{name}`")),
            });
        };
        let (mut columns, mut other_columns, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for (here, there) in self.columns.iter().zip(&self.other_columns) {
            let found = here.find(at)?;
            let match_there = at.tables.get(other).column(there).map_err(|why| match why {
                NotRun::Skipped(reason) | NotRun::Error(reason) => NotRun::error(
                    "unknown_column",
                    reason.text.replacen("column missing:", &format!("table `{name}` has no column"), 1),
                ),
            })?;
            if !comparable(&found.ty, &match_there.ty) {
                let text =
                    format!("`{}` is {}, `{there}` of table `{name}` is {}", here.name, found.ty, match_there.ty);
                return Err(NotRun::error("type_mismatch", text));
            }
            columns.push(found.column);
            other_columns.push(Column(match_there.column.0));
            notes.extend(found.note.into_iter().chain(match_there.note.map(|note| format!("{name}: {note}"))));
        }
        Ok(RowPlan {
            kind: MetricKind::Orphans { columns: columns.clone(), other, other_columns },
            show: columns,
            notes,
        })
    }

    fn words(&self) -> Words {
        let there = format!("{} ({})", self.other.name(), self.other_columns.join(", "));
        Words::new(format!("found in {there}"), format!("not found in {there}"), format!("a match in {there}"))
    }

    fn tables(&self) -> Vec<TableRef> {
        vec![self.other.clone()]
    }
}

/// Whether values of two types can be equal.
fn comparable(a: &Type, b: &Type) -> bool {
    a.fit(b) != Fit::Changed || b.fit(a) != Fit::Changed || (a.is_integer() && b.is_integer())
}
