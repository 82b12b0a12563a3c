//! # pattern
//!
//! ## What it checks
//! Each text matches a regular expression. It is searched for anywhere in the text unless `^` and `$` anchor it.
//!
//! ## Why it matters
//! Identifiers, e-mail addresses and codes have a form; a value without it was typed, cut or mixed up somewhere.
//!
//! ## Parameters
//! - `regex` (main key): the expression, `'^ORD-[0-9]{8}$'`. Single quotes keep backslashes as they are.
//! - `tolerate`: how many rows may fail, `5` or `0.1%`. Default `0`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   order_id: {type: string, pattern: '^ORD-[0-9]{8}$'}
//!   email:    {type: string, pattern: {regex: '^[^@\s]+@[^@\s]+$', tolerate: 0.1%}}
//! ```
//!
//! ## How it is measured
//! With Rust's `regex`, in time linear in the text. Nulls are not tested, an empty string is.
//!
//! ## Limits
//! Look-around and back-references do not exist in linear time; a pattern with one is an error while loading. The
//! compiled expression may take at most 1 MiB.

use assay_core::check::Context;
use assay_core::metric::{MetricKind, Predicate, ValueTest};
use assay_core::node::de::Spanned;
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::types::Type;
use assay_core::verdict::{Dimension, NotRun};
use regex_syntax::ast::{self, ErrorKind};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built};
use crate::columns::{ColumnRef, own_column};
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, RowPlan, Rule, Words};
use crate::sql::within_scalar;

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "pattern",
    aliases: &[],
    main_key: "regex",
    number_key: None,
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `pattern: '^[A-Z]{3}$'`",
    stands_on: Place::Column,
    directions: &[("regex", Direction::Unordered)],
    dimension: Dimension::Validity,
    source: include_str!("pattern.rs"),
    build: |key, value, at| build(&SPEC, true, key, value, at),
    schema: || schema::<Params>(&SPEC),
};

/// Parameters of `pattern` and `not_pattern`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The regular expression.
    #[schemars(with = "String")]
    regex: Spanned<String>,
}

/// Largest compiled expression in bytes.
const MAX_COMPILED: usize = 1 << 20;
/// Longest expression in bytes.
const MAX_BYTES: usize = 64 * 1024;

#[derive(Debug)]
struct Pattern {
    column: ColumnRef,
    regex: String,
    matches: bool,
}

/// Builds `pattern` and `not_pattern`, which differ in one word.
pub(super) fn build(
    spec: &CheckSpec,
    matches: bool,
    key: &Key,
    value: &Node,
    at: &BuildContext<'_>,
) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(spec, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, spec, key, &[], at, &mut problems);
    let column = own_column(at, spec.name, key.span, Type::is_text, "a text column", &mut problems);
    problems.extend(compile(&params.regex.value, params.regex.span).err());
    match column {
        Some(column) if problems.is_empty() => {
            let rule = Pattern { column, regex: params.regex.value, matches };
            Ok(Some(row_check::build(rule, frame, spec, at)))
        }
        _ => Err(problems),
    }
}

/// Checks that an expression compiles; what is wrong is placed inside it.
fn compile(regex: &str, span: Span) -> Result<(), Problem> {
    if regex.len() > MAX_BYTES {
        return Err(Problem::at(
            span,
            format!("the pattern has {} bytes, at most {MAX_BYTES} are allowed", regex.len()),
        ));
    }
    if let Err(error) = ast::parse::Parser::new().parse(regex) {
        return Err(syntax(error.kind(), regex, span, error.span()));
    }
    match regex::RegexBuilder::new(regex).size_limit(MAX_COMPILED).build() {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => {
            Err(Problem::at(span, "the pattern is too large once compiled (more than 1 MiB)")
                .hint("use smaller repetition counts"))
        }
        Err(regex::Error::Syntax(message)) => {
            let last = message.lines().last().unwrap_or_default();
            Err(Problem::at(span, format!("bad pattern: {}", last.trim_start_matches("error: "))))
        }
        Err(other) => Err(Problem::at(span, format!("bad pattern: {other}"))),
    }
}

fn syntax(kind: &ErrorKind, regex: &str, span: Span, there: &ast::Span) -> Problem {
    let (from, to) = (there.start.offset, there.end.offset);
    let chars = |byte: usize| regex.get(..byte).map_or(0, |before| before.chars().count());
    let place = within_scalar(regex, span, chars(from), chars(to));
    let part = regex.get(from..to).unwrap_or_default();
    let linear = "patterns run in linear time, so nothing can look ahead, look behind or refer back; write an `expression` instead";
    match kind {
        ErrorKind::UnsupportedLookAround => {
            let which = if part.starts_with("(?<") { "look-behind" } else { "look-ahead" };
            Problem::at(place, format!("{which} is not supported in a pattern: `{part}`")).hint(linear)
        }
        ErrorKind::UnsupportedBackreference => {
            Problem::at(place, format!("a back-reference is not supported in a pattern: `{part}`")).hint(linear)
        }
        other => Problem::at(place, format!("bad pattern: {other}")),
    }
}

impl Rule for Pattern {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let found = self.column.find_of(at, Type::is_text, "text")?;
        let regex = self.regex.clone();
        let test = if self.matches { ValueTest::Matches(regex) } else { ValueTest::NotMatches(regex) };
        Ok(RowPlan {
            kind: MetricKind::Matches(Predicate::Test { column: found.column.clone(), test }),
            show: vec![found.column],
            notes: found.note.into_iter().collect(),
        })
    }

    fn words(&self) -> Words {
        let (yes, no) = (format!("matching `{}`", self.regex), format!("not matching `{}`", self.regex));
        if self.matches { Words::new(yes.clone(), no, yes) } else { Words::new(no.clone(), yes, no) }
    }
}
