//! # nan
//!
//! ## What it checks
//! Whether a float column may hold NaN: `forbid`, `allow`, or `null` (NaN counts as missing in every check).
//!
//! ## Why it matters
//! One NaN turns a mean into NaN and sorts in surprising places. It is not null, so completeness does not see it.
//!
//! ## Parameters
//! - `mode` (main key): `forbid`, `allow` or `null`. Without the check, a float column with a numeric check (`range`,
//!   `mean`, `median`, `quantile`) forbids NaN.
//! - `tolerate`: how many rows may be NaN, `5` or `0.1%`. Default `0`. Only with `forbid`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   discount:    {type: float64, nan: forbid, range: {min: 0, below: 1}}
//!   temperature: {type: float32, nan: allow, range: [-60, 60]}
//!   score:       {type: float64, nan: {mode: forbid, tolerate: 0.1%}}
//! ```
//!
//! ## How it is measured
//! Rows that are NaN, of all rows that are not null. With `allow` the check passes and says how many there are, and NaN
//! is not tested by the column's `range`. With `null` there is nothing to judge: NaN becomes null while reading.
//!
//! ## Limits
//! Infinities are ordinary values.

use assay_core::check::Context;
use assay_core::metric::{MetricKind, Predicate, ValueTest};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::types::Type;
use assay_core::verdict::{Dimension, NotRun};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built, ColumnReading};
use crate::columns::{ColumnRef, own_column};
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::levels::Levels;
use crate::percent::Percent;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, Allowance, RowPlan, Rule, Words};
use crate::tolerance::Tolerance;

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "nan",
    aliases: &[],
    main_key: "mode",
    number_key: None,
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `nan: forbid`, `nan: allow` or `nan: null`",
    stands_on: Place::Column,
    directions: &[("mode", Direction::Words(&["allow", "*forbid"]))],
    dimension: Dimension::Validity,
    source: include_str!("nan.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Whether NaN is forbidden, allowed, or counted as missing.
    #[schemars(schema_with = "mode_schema")]
    mode: Option<Mode>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Forbid,
    Allow,
    Null,
}

/// A plain `null` is YAML's own null, a quoted one is text: both are meant.
fn mode_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"enum": ["forbid", "allow", "null", null]})
}

#[derive(Debug)]
struct Nan {
    column: ColumnRef,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let column = own_column(at, SPEC.name, key.span, Type::is_float, "a float column", &mut problems);
    let mode = params.mode.unwrap_or(Mode::Forbid);
    if let Some(tolerate) = frame.tolerate.as_ref().filter(|_| mode != Mode::Forbid) {
        problems.push(Problem::at(tolerate.span, "`tolerate` goes with `forbid` alone"));
    }
    match column {
        Some(column) if problems.is_empty() => Ok(match mode {
            Mode::Null => None,
            Mode::Forbid => Some(row_check::build(Nan { column }, frame, &SPEC, at)),
            Mode::Allow => {
                let any = Tolerance::Share(Percent::all());
                Some(row_check::build_with(Nan { column }, Allowance::Tolerate(Levels::One(any)), frame, &SPEC, at))
            }
        }),
        _ => Err(problems),
    }
}

/// Takes over what the check says about reading.
pub(super) fn reading(value: &Node, reading: &mut ColumnReading) {
    match value.text().or_else(|| value.get("mode").and_then(Node::text)) {
        Some("null") => reading.nan_is_null = true,
        Some("allow") => reading.nan_allowed = true,
        _ => {}
    }
}

/// The check that a numeric check on a float column implies.
pub(super) fn implied(id: String, at: &BuildContext<'_>, column: &str, span: Span) -> Built {
    row_check::build(Nan { column: ColumnRef::named(column, at) }, Frame::implicit(id, at, span), &SPEC, at)
}

impl Rule for Nan {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let found = self.column.find_of(at, Type::is_float, "a float")?;
        Ok(RowPlan {
            kind: MetricKind::Matches(Predicate::Test { column: found.column.clone(), test: ValueTest::NotNan }),
            show: vec![found.column],
            notes: found.note.into_iter().collect(),
        })
    }

    fn words(&self) -> Words {
        Words::new("not NaN", "NaN", "no NaN")
    }
}
