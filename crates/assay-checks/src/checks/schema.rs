//! # schema
//!
//! ## What it checks
//! The table has the declared columns, with their types, in the declared order where that matters, and no others where
//! others are forbidden. The check is always there; `schema:` at the top of the contract sets its options.
//!
//! ## Why it matters
//! A renamed, dropped or retyped column breaks every reader, and a model that reads by position takes one feature for
//! another without a word.
//!
//! ## Parameters
//! - `extra_columns`: `allow` (default) or `forbid`. Under `forbid`, a name in SQL that is not declared is an error
//!   while loading. Columns from folder names are never extra.
//! - `order`: `any` (default) or `strict`: the declared columns come first, in this order.
//! - `allow_widening`: whether a type may be wider than declared, `int64` for `int32`. Default `true`.
//! - `column_count`: how many columns the table has.
//! - `forbidden`: columns that must not be there, `[password]`.
//! - `severity`, `id`, `why`, `tags`: as everywhere. There is no `where`: no row is looked at.
//!
//! ## Example
//! ```yaml
//! schema: {extra_columns: forbid, order: strict, allow_widening: false}
//! columns:
//!   customer_id: string
//!   as_of:       date
//!   middle_name: {type: string, optional: true}
//! ```
//!
//! ## How it is measured
//! From the files' own schema. Encodings are no part of a type: dictionaries, views, units of time. A missing column
//! is one failure here, and its own checks are skipped; one that is `optional: true` may be missing. Names that differ
//! only in case match, with a note.
//!
//! ## Limits
//! Text sources have no types of their own: there `parse` tells whether the cells fit. Fields of a struct are not
//! compared.

use assay_core::check::{Check, Context};
use assay_core::contract::ColumnSpec;
use assay_core::engine::ObservedColumn;
use assay_core::measurement::Measurements;
use assay_core::metric::Metric;
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::types::{Fit, Type};
use assay_core::verdict::{Dimension, NotRun, Outcome, Reason, Severity, Verdict};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built};
use crate::common::{Frame, SHAPE};
use crate::direction::Direction;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "schema",
    aliases: &[],
    main_key: "",
    number_key: None,
    pair: false,
    common: SHAPE,
    later: &["changes", "nullability"],
    hint: "write `schema: {extra_columns: forbid}`",
    stands_on: Place::Table,
    directions: &[
        ("extra_columns", Direction::Words(&["allow", "forbid"])),
        ("order", Direction::Words(&["any", "strict"])),
        ("allow_widening", Direction::LooserOn),
        ("column_count", Direction::Unordered),
        ("forbidden", Direction::NoneOf),
    ],
    dimension: Dimension::Schema,
    source: include_str!("schema.rs"),
    build: |key, _, _| {
        let problem = Problem::at(key.span, "`schema` is not written under `checks:`");
        Err(vec![problem.hint("write `schema: {..}` at the top of the contract")])
    },
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Whether columns that are not declared may be there.
    extra_columns: Option<Extra>,
    /// Whether the order of columns matters.
    order: Option<Order>,
    /// Whether a type may be wider than declared.
    allow_widening: Option<bool>,
    /// How many columns the table has.
    column_count: Option<u64>,
    /// Columns that must not be there.
    forbidden: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Extra {
    Allow,
    Forbid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Order {
    Any,
    Strict,
}

#[derive(Debug)]
struct SchemaCheck {
    declared: Vec<ColumnSpec>,
    params: Params,
    severity: Severity,
}

/// Builds the check from its node where the contract has one, else with defaults.
pub(crate) fn build(node: Option<(&Key, &Node)>, at: &BuildContext<'_>, span: Span) -> Result<Built, Vec<Problem>> {
    let mut problems = Vec::new();
    let (frame, params) = match node {
        None => (Frame::implicit(SPEC.name.into(), at, span), Params::default()),
        Some((key, value)) => {
            let (common, params) = read::<Params>(&SPEC, key, value)?;
            (Frame::new(common, &SPEC, key, &[], at, &mut problems), params)
        }
    };
    for name in params.forbidden.iter().flatten() {
        if at.columns.iter().any(|c| c.name == *name) {
            problems.push(Problem::at(frame.span, format!("column `{name}` is both declared and forbidden")));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let check = SchemaCheck { declared: at.columns.to_vec(), params, severity: frame.severity };
    Ok(Built {
        id: frame.id,
        id_given: frame.id_given,
        name: SPEC.name,
        dimension: SPEC.dimension,
        severity: frame.severity,
        why: frame.why,
        tags: frame.tags,
        span: frame.span,
        check: Box::new(check),
    })
}

/// What was found while comparing.
#[derive(Default)]
struct Findings {
    differences: Vec<String>,
    notes: Vec<String>,
    /// For each declared column the observed one's name, where there is one.
    matched: Vec<String>,
}

impl Check for SchemaCheck {
    fn metrics(&self, _: &Context<'_>) -> Result<Vec<Metric>, NotRun> {
        Ok(Vec::new())
    }

    fn judge(&self, _: &Measurements, at: &Context<'_>) -> Verdict {
        let observed = &at.tables.get(at.table).snapshot.columns;
        let mut findings = Findings::default();
        for declared in &self.declared {
            if let Err(why) = self.compare_column(declared, at, &mut findings) {
                return Verdict::not_run(NotRun::Error(why));
            }
        }
        self.compare_extra(observed, &mut findings);
        self.compare_order(observed, &mut findings);
        self.compare_count(observed.len(), &mut findings);
        let mut verdict = self.verdict(&findings.differences, observed.len());
        verdict.notes = findings.notes;
        verdict
    }
}

impl SchemaCheck {
    fn compare_column(&self, declared: &ColumnSpec, at: &Context<'_>, findings: &mut Findings) -> Result<(), Reason> {
        let found = match at.column(&declared.name) {
            Ok(found) => found,
            Err(NotRun::Error(reason)) => return Err(reason),
            Err(NotRun::Skipped(reason)) => {
                if !declared.optional {
                    findings.differences.push(reason.text.replacen("column missing: ", "missing ", 1));
                }
                return Ok(());
            }
        };
        findings.notes.extend(found.note);
        findings.matched.push(found.column.0);
        let Some(ty) = &declared.ty else { return Ok(()) };
        let name = &declared.name;
        match ty.fit(&found.ty) {
            Fit::Equal => {
                if let (Type::TimestampZoned(a), Type::TimestampZoned(b)) = (ty, &found.ty)
                    && a != b
                {
                    findings.notes.push(format!("column `{name}` is stored in zone {b}, declared {a}"));
                }
            }
            Fit::Widened if self.params.allow_widening.unwrap_or(true) => {}
            Fit::Widened => findings.differences.push(format!("`{name}` is {}, wider than {ty}", found.ty)),
            Fit::Narrowed => findings.differences.push(format!("`{name}` is {}, narrower than {ty}", found.ty)),
            Fit::Changed => findings.differences.push(format!("`{name}` is {}, declared {ty}", found.ty)),
        }
        Ok(())
    }

    fn compare_extra(&self, observed: &[ObservedColumn], findings: &mut Findings) {
        let forbidden = |name: &str| {
            let lower = name.to_lowercase();
            self.params.forbidden.iter().flatten().any(|f| f.to_lowercase() == lower)
        };
        for column in observed.iter().filter(|c| !findings.matched.contains(&c.name)) {
            if forbidden(&column.name) {
                findings.differences.push(format!("forbidden `{}`", column.name));
            } else if self.params.extra_columns == Some(Extra::Forbid) && !column.partition {
                findings.differences.push(format!("extra `{}`", column.name));
            }
        }
    }

    /// Declared columns come first, in their order. Folder names have no position among the columns of a file.
    fn compare_order(&self, observed: &[ObservedColumn], findings: &mut Findings) {
        if self.params.order != Some(Order::Strict) {
            return;
        }
        let in_files: Vec<&str> = observed.iter().filter(|c| !c.partition).map(|c| c.name.as_str()).collect();
        let wanted = findings.matched.iter().filter(|name| in_files.contains(&name.as_str()));
        let mut moved = Vec::new();
        for (position, name) in wanted.enumerate() {
            if in_files[position] != name {
                moved.push(format!(
                    "`{}` stands where `{name}` is expected (position {})",
                    in_files[position],
                    position + 1
                ));
            }
        }
        findings.differences.extend(moved.into_iter().next());
    }

    fn compare_count(&self, found: usize, findings: &mut Findings) {
        if let Some(count) = self.params.column_count.filter(|count| usize::try_from(*count).ok() != Some(found)) {
            findings.differences.push(format!("{found} columns instead of {count}"));
        }
    }

    fn verdict(&self, differences: &[String], observed: usize) -> Verdict {
        let expected = format!("the {} declared columns", self.declared.len());
        let mut verdict = if differences.is_empty() {
            Verdict::new(Outcome::Pass, format!("{observed} columns, expected {expected}"))
        } else {
            let shown = differences.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
            let more = differences.len().saturating_sub(5);
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            Verdict::new(self.severity.outcome(), format!("{shown}{more}, expected {expected}"))
        };
        verdict.expected = Some(expected);
        verdict
    }
}
