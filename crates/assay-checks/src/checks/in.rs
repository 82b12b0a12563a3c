//! # in
//!
//! ## What it checks
//! Each value is one of a given set.
//!
//! ## Why it matters
//! A status nobody has heard of falls through every `case` downstream, and a new spelling of a country splits its sums.
//!
//! ## Parameters
//! - `values` (main key): the set, `[placed, paid, shipped]`.
//! - `file` instead of `values`: a text file in UTF-8 with one value per line, relative to the contract's file. White
//!   space around a value does not count, a value in double quotes is taken as it is, empty lines are left out.
//! - `header: true`: the first line of the file is a title.
//! - `tolerate`: how many rows may fail, `5` or `0.1%`. Default `0`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   status:  {type: string, in: [placed, paid, shipped, cancelled]}
//!   level:   {type: int32, in: {values: [1, 2, 3], tolerate: 5}}
//!   country: {type: string, in: {file: countries.csv, header: true}}
//! ```
//!
//! ## How it is measured
//! Values are read by the column's type and compared exactly: `1.50` and `1.5` are one decimal. Text is compared by
//! its characters, case matters. Nulls are not tested; NaN is in no set.
//!
//! ## Limits
//! On a text column plain numbers, truth values and null have to be quoted, since YAML would read `01` as a number. The
//! set is held in memory.

use assay_core::check::Context;
use assay_core::literal::Literal;
use assay_core::metric::{MetricKind, Predicate, ValueTest};
use assay_core::node::de::Spanned;
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
    name: "in",
    aliases: &[],
    main_key: "values",
    number_key: None,
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `in: [a, b]` or `in: {file: codes.csv}`",
    stands_on: Place::Column,
    directions: &[("values", Direction::OneOf), ("file", Direction::Unordered), ("header", Direction::Unordered)],
    dimension: Dimension::Validity,
    source: include_str!("in.rs"),
    build: |key, value, at| build(&SPEC, true, key, value, at),
    schema: || schema::<Params>(&SPEC),
};

/// Parameters of `in` and `not_in`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The set.
    #[schemars(with = "Option<Vec<super::AnyScalar>>")]
    values: Option<Spanned<Vec<Literal>>>,
    /// A file with one value per line.
    #[schemars(with = "Option<String>")]
    file: Option<Spanned<String>>,
    /// Whether the file's first line is a title.
    #[schemars(with = "Option<bool>")]
    header: Option<Spanned<bool>>,
}

#[derive(Debug)]
struct Membership {
    column: ColumnRef,
    set: Vec<Literal>,
    inside: bool,
}

/// Builds `in` and `not_in`, which differ in one word.
pub(super) fn build(
    spec: &CheckSpec,
    inside: bool,
    key: &Key,
    value: &Node,
    at: &BuildContext<'_>,
) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(spec, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, spec, key, &[], at, &mut problems);
    let has_text_form =
        |ty: &Type| !matches!(ty, Type::Duration | Type::Binary(_) | Type::List(_) | Type::Struct | Type::Map(..));
    let column =
        own_column(at, spec.name, key.span, has_text_form, "values that can be written as text", &mut problems);
    let from_file = params.file.is_some();
    let set = set(spec, params, key.span, at, &mut problems);
    if let Some(ty) = column.as_ref().and_then(|c| c.ty.as_ref()).filter(|ty| has_text_form(ty)) {
        let mut unfit = Vec::new();
        check_literals(&set, ty, &mut unfit);
        // a file of the wrong kind would otherwise be reported once for each of its lines
        unfit.truncate(if from_file { 1 } else { usize::MAX });
        problems.append(&mut unfit);
    }
    match column {
        Some(column) if problems.is_empty() => {
            Ok(Some(row_check::build(Membership { column, set, inside }, frame, spec, at)))
        }
        _ => Err(problems),
    }
}

fn set(
    spec: &CheckSpec,
    params: Params,
    span: Span,
    at: &BuildContext<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Literal> {
    let header = params.header.filter(|_| params.file.is_none());
    if let Some(header) = header {
        problems.push(Problem::at(header.span, "`header` goes with `file`"));
    }
    let (set, place) = match (params.values, params.file) {
        (Some(_), Some(file)) => {
            problems.push(Problem::at(file.span, "`file` beside `values`").hint("keep one of them"));
            return Vec::new();
        }
        (None, None) => {
            problems.push(Problem::at(span, format!("`{}` needs `values` or `file`", spec.name)).hint(spec.hint));
            return Vec::new();
        }
        (Some(values), None) => (values.value, values.span),
        (None, Some(file)) => match lines(&file, params.header.is_some_and(|h| h.value), at) {
            Ok(set) => (set, file.span),
            Err(problem) => {
                problems.push(problem);
                return Vec::new();
            }
        },
    };
    if set.is_empty() {
        problems.push(Problem::at(place, "the set is empty: give at least one value"));
    }
    set
}

/// One value per line. In a file every value is text as it stands, so nothing has to be quoted.
fn lines(file: &Spanned<String>, header: bool, at: &BuildContext<'_>) -> Result<Vec<Literal>, Problem> {
    let path = &file.value;
    let bytes = at.files.read(path, at.path).map_err(|why| Problem::at(file.span, why))?;
    let text = String::from_utf8(bytes)
        .map_err(|e| Problem::at(file.span, format!("{path} is not UTF-8 at byte {}", e.utf8_error().valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut set = Vec::new();
    for (number, line) in text.lines().enumerate().skip(usize::from(header)) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let value = match line.strip_prefix('"') {
            None => line.to_owned(),
            Some(rest) => match rest.strip_suffix('"') {
                Some(inner) if !inner.replace("\"\"", "").contains('"') => inner.replace("\"\"", "\""),
                _ => {
                    return Err(Problem::at(
                        file.span,
                        format!("{path}:{}: one value per line, its quotes are not closed", number + 1),
                    ));
                }
            },
        };
        set.push(Literal { text: value, quoted: true, span: file.span });
    }
    Ok(set)
}

impl Rule for Membership {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let found = self.column.find(at)?;
        let ty = self.column.literal_type(&found);
        let mut values = self.set.iter().map(|v| read_late(v, &ty)).collect::<Result<Vec<_>, _>>()?;
        values.sort();
        values.dedup();
        let test = if self.inside { ValueTest::In(values) } else { ValueTest::NotIn(values) };
        Ok(RowPlan {
            kind: MetricKind::Matches(Predicate::Test { column: found.column.clone(), test }),
            show: vec![found.column],
            notes: found.note.into_iter().collect(),
        })
    }

    fn words(&self) -> Words {
        let shown = self.set.iter().take(10).map(|v| v.text.as_str()).collect::<Vec<_>>().join(", ");
        let set = if self.set.len() > 10 { format!("{shown}, … ({} values)", self.set.len()) } else { shown };
        let (inside, outside) = (format!("one of {set}"), format!("not one of {set}"));
        if self.inside {
            Words::new(inside.clone(), outside, inside)
        } else {
            Words::new(outside, inside, format!("none of {set}"))
        }
    }
}
