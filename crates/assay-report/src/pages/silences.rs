//! Silences: those in force and to come, those that are over, and the form that makes one.

use std::io;

use assay_core::ops::Millis;
use assay_core::ops::silences::{MatchOp, Silence};
use serde::Serialize;

use super::frame::{Frame, Place};
use super::incidents::Choice;
use super::page;
use super::time::{When, length};
use crate::formats::html::view::cut;

/// Rows of the form: a silence that needs more is made by the API.
pub const MATCHERS: usize = 4;
/// Labels that a silence can ask for.
pub const LABELS: [&str; 11] =
    ["contract", "monitor", "check", "column", "segment", "layer", "owner", "severity", "outcome", "tag", "model"];
const OPERATORS: [MatchOp; 4] = [MatchOp::Is, MatchOp::IsNot, MatchOp::Matches, MatchOp::MatchesNot];
/// How long a silence of the form may be, in words and in milliseconds.
pub const LENGTHS: [(&str, Millis); 7] = [
    ("1h", 3_600_000),
    ("4h", 4 * 3_600_000),
    ("12h", 12 * 3_600_000),
    ("1d", 24 * 3_600_000),
    ("3d", 72 * 3_600_000),
    ("7d", 168 * 3_600_000),
    ("30d", 720 * 3_600_000),
];

/// The page's content.
#[derive(Debug, Clone, Default)]
pub struct Silences {
    /// Silences, newest first, and how many incidents each keeps quiet now.
    pub silences: Vec<(Silence, usize)>,
    /// What the form begins with.
    pub form: Form,
    /// Why the form was not accepted, one sentence.
    pub problem: Option<String>,
}

/// What stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Label, operator and value of each row.
    pub matchers: Vec<(String, String, String)>,
    /// How long: one of [`LENGTHS`].
    pub length: String,
    /// Why.
    pub comment: String,
}

impl Form {
    /// From the pairs of an address, `?contract=silver.orders&check=key`: what is named is to be the same.
    pub fn of<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let known = pairs.into_iter().filter(|(label, value)| LABELS.contains(label) && !value.is_empty());
        let row = |(label, value): (&str, &str)| (label.to_owned(), "=".to_owned(), value.to_owned());
        Form { matchers: known.take(MATCHERS).map(row).collect(), length: "4h".into(), comment: String::new() }
    }
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn silences(frame: &Frame, of: &Silences) -> io::Result<Vec<u8>> {
    let now = frame.now;
    let row = |(silence, quiet): &(Silence, usize)| Row::new(silence, *quiet, now);
    let (current, over): (Vec<_>, Vec<_>) = of.silences.iter().partition(|(silence, _)| silence.ends_at > now);
    let view = Page {
        current: current.into_iter().map(row).collect(),
        over: over.into_iter().map(row).collect(),
        matchers: (0..MATCHERS).map(|at| MatcherRow::new(at, of.form.matchers.get(at))).collect(),
        lengths: LENGTHS.iter().map(|(name, millis)| Choice::new(name, &length(*millis), &of.form.length)).collect(),
        comment: &of.form.comment,
        problem: of.problem.as_deref(),
    };
    page("pages/silences.html", Place::Silences, "Silences", frame, &view)
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    current: Vec<Row>,
    over: Vec<Row>,
    matchers: Vec<MatcherRow>,
    lengths: Vec<Choice>,
    comment: &'a str,
    problem: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    matchers: Vec<(String, &'static str, String)>,
    comment: String,
    created_by: String,
    ended_by: Option<String>,
    starts: When,
    ends: When,
    is_active: bool,
    quiet: usize,
    /// Where it is ended.
    end_href: String,
}

impl Row {
    fn new(silence: &Silence, quiet: usize, now: Millis) -> Self {
        let matchers = silence.matchers.iter();
        Row {
            id: silence.id.clone(),
            matchers: matchers.map(|of| (of.label.clone(), of.op.text(), cut(&of.value))).collect(),
            comment: silence.comment.clone(),
            created_by: cut(&silence.created_by),
            ended_by: silence.ended_by.as_deref().map(cut),
            starts: When::new(silence.starts_at, now),
            ends: When::new(silence.ends_at, now),
            is_active: silence.is_active(now),
            quiet,
            end_href: super::link::end_silence(&silence.id),
        }
    }
}

/// A row of the form.
#[derive(Debug, Serialize)]
struct MatcherRow {
    /// From 1.
    number: usize,
    labels: Vec<Choice>,
    operators: Vec<Choice>,
    value: String,
}

impl MatcherRow {
    fn new(at: usize, matcher: Option<&(String, String, String)>) -> Self {
        let (label, op, value) = matcher.map_or(("", "=", ""), |(label, op, value)| (label, op, value));
        let none = Choice::new("", "–", label);
        let words = |op: MatchOp| match op {
            MatchOp::Is => "is",
            MatchOp::IsNot => "is not",
            MatchOp::Matches => "matches",
            MatchOp::MatchesNot => "does not match",
        };
        MatcherRow {
            number: at + 1,
            labels: std::iter::once(none).chain(LABELS.map(|known| Choice::new(known, known, label))).collect(),
            operators: OPERATORS.map(|known| Choice::new(known.text(), words(known), op)).to_vec(),
            value: value.to_owned(),
        }
    }
}
