//! # completeness
//!
//! ## What it checks
//! Every row, or at least a given share of the rows, has a value in the column. `required: true` is the short form of
//! `completeness: 100%`.
//!
//! ## Why it matters
//! A missing value is the commonest defect of all. Joins lose the row, averages leave it out, and a model sees a
//! default instead.
//!
//! ## Parameters
//! - `min` (main key): the share of rows with a value, `99.5%`, or a pair `{warn: 99%, fail: 95%}`. Default `100%`.
//! - `tolerate` instead of `min`: how many rows may lack a value, `5` or `0.1%`.
//! - `missing`: texts that count as no value here, `["", "N/A"]`, read by the column's type.
//! - `blank: forbid`: text of white space alone, or none, counts as no value.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   customer_id: {type: string, required: true}
//!   email:       {type: string, completeness: {warn: 99%, fail: 95%}}
//!   phone:       {type: string, completeness: {min: 80%, missing: ["n/a"], blank: forbid, where: "country = 'DE'"}}
//! ```
//!
//! ## How it is measured
//! Rows with a value, of all selected rows: nulls are in the denominator. An empty string and NaN are values. The
//! comparison is exact: `present * 100 >= min * rows` in whole numbers.
//!
//! ## Limits
//! A cell of text that does not parse as the declared type is present here; it fails `parse`.

use assay_core::check::Context;
use assay_core::literal::Literal;
use assay_core::metric::{MetricKind, Predicate, ValueTest};
use assay_core::node::de::Spanned;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::verdict::{Dimension, NotRun};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built};
use crate::columns::{ColumnRef, any, check_literals, own_column, read_late};
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::levels::Levels;
use crate::percent::Percent;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, Allowance, RowPlan, Rule, Words};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "completeness",
    aliases: &["required"],
    main_key: "min",
    number_key: None,
    pair: true,
    common: ROW_CHECK,
    later: &[],
    hint: "write `required: true` or `completeness: 99%`",
    stands_on: Place::Column,
    directions: &[
        ("min", Direction::Share),
        ("missing", Direction::NoneOf),
        ("blank", Direction::Words(&["allow", "forbid"])),
    ],
    dimension: Dimension::Completeness,
    source: include_str!("completeness.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The share of rows that have a value.
    #[schemars(with = "Option<Levels<Percent>>")]
    min: Option<Spanned<Levels<Percent>>>,
    /// Texts that count as no value here.
    #[schemars(with = "Option<Vec<super::AnyScalar>>")]
    missing: Option<Vec<Literal>>,
    /// Whether text of white space alone counts as no value.
    blank: Option<Blank>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Blank {
    Allow,
    Forbid,
}

#[derive(Debug)]
struct Completeness {
    column: ColumnRef,
    missing: Vec<Literal>,
    blank_is_missing: bool,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let Some(value) = short_form(key, value).map_err(|problem| vec![problem])? else { return Ok(None) };
    let (common, params) = read::<Params>(&SPEC, key, &value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let column = own_column(at, SPEC.name, key.span, any, "", &mut problems);
    let allowance = allowance(params.min, &frame, &mut problems);
    let missing = params.missing.unwrap_or_default();
    let blank_is_missing = params.blank == Some(Blank::Forbid);
    if let Some(ty) = column.as_ref().and_then(|c| c.ty.as_ref()) {
        check_literals(&missing, ty, &mut problems);
        if blank_is_missing && !ty.is_text() {
            problems.push(Problem::at(key.span, format!("`blank: forbid` needs a text column, this one is {ty}")));
        }
    }
    match column {
        Some(column) if problems.is_empty() => {
            let rule = Completeness { column, missing, blank_is_missing };
            Ok(Some(row_check::build_with(rule, allowance, frame, &SPEC, at)))
        }
        _ => Err(problems),
    }
}

/// `required: true` and its like: `None` cancels the check, a mapping without share means all rows.
pub(crate) fn short_form(key: &Key, value: &Node) -> Result<Option<Node>, Problem> {
    let truth = match &value.kind {
        NodeKind::Scalar { text, quoted: false } => match text.as_str() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        },
        NodeKind::Scalar { .. } | NodeKind::Seq(_) | NodeKind::Map(_) => None,
    };
    let long = match key.text.as_str() {
        "required" => "completeness",
        "unique" => "uniqueness",
        long => {
            let short = if long == "completeness" { "required" } else { "unique" };
            return match truth {
                Some(truth) => {
                    Err(Problem::at(value.span, format!("`{long}` takes a share such as `99%`, not `{truth}`"))
                        .hint(format!("write `{short}: {truth}`")))
                }
                None => Ok(Some(value.clone())),
            };
        }
    };
    match (truth, &value.kind) {
        (Some(false), _) => Ok(None),
        (Some(true), _) => Ok(Some(Node { kind: NodeKind::Map(Vec::new()), span: value.span })),
        (None, NodeKind::Map(_)) => Ok(Some(value.clone())),
        (None, _) => {
            let problem = Problem::at(value.span, format!("`{}` is true or false, not {}", key.text, value.describe()));
            Err(problem.hint(format!("a share is written `{long}: 99%`")))
        }
    }
}

/// `min` or `tolerate`, not both; without either all rows.
pub(super) fn allowance(
    min: Option<Spanned<Levels<Percent>>>,
    frame: &Frame,
    problems: &mut Vec<Problem>,
) -> Allowance {
    match (min, &frame.tolerate) {
        (Some(min), Some(tolerate)) => {
            let problem = Problem::at(tolerate.span, "`tolerate` beside `min` says the same thing twice");
            problems.push(problem.hint("keep one of them"));
            Allowance::Min(min.value)
        }
        (Some(min), None) => {
            frame.check_levels(&min.value, min.span, |fail, warn| Some(fail > warn), problems);
            Allowance::Min(min.value)
        }
        (None, Some(tolerate)) => Allowance::Tolerate(tolerate.value.clone()),
        (None, None) => Allowance::Min(Levels::One(Percent::all())),
    }
}

/// The completeness that a column of the key implies.
pub(super) fn implied(id: String, at: &BuildContext<'_>, column: &str, span: Span) -> Built {
    let rule = Completeness { column: ColumnRef::named(column, at), missing: Vec::new(), blank_is_missing: false };
    let all = Allowance::Min(Levels::One(Percent::all()));
    row_check::build_with(rule, all, Frame::implicit(id, at, span), &SPEC, at)
}

impl Rule for Completeness {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let found = self.column.find(at)?;
        let ty = self.column.literal_type(&found);
        let mut markers = self.missing.iter().map(|m| read_late(m, &ty)).collect::<Result<Vec<_>, _>>()?;
        markers.sort();
        markers.dedup();
        if self.blank_is_missing && !found.ty.is_text() && found.ty != assay_core::types::Type::Null {
            let text = format!("`blank: forbid` needs a text column, `{}` is {}", self.column.name, found.ty);
            return Err(NotRun::error("type_mismatch", text));
        }
        let test = ValueTest::Present { markers, blank_is_missing: self.blank_is_missing };
        Ok(RowPlan {
            kind: MetricKind::Matches(Predicate::Test { column: found.column.clone(), test }),
            show: vec![found.column],
            notes: found.note.into_iter().collect(),
        })
    }

    fn words(&self) -> Words {
        let only_null = self.missing.is_empty() && !self.blank_is_missing;
        Words::new("present", if only_null { "null" } else { "missing" }, "a value in every row")
    }
}
