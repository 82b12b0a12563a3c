//! What pages say, as plain data made from the record. Templates only lay it out.

pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod drift;
pub(crate) mod invalid;
pub(crate) mod layout;
pub(crate) mod plot;
pub(crate) mod run;
pub(crate) mod sample;
pub(crate) mod section;
pub(crate) mod segment;
pub(crate) mod trend;
pub(crate) mod window;

use assay_core::verdict::Outcome;
use serde::Serialize;

use crate::formats::text::words;

/// Outcomes as they are counted and listed, worst first.
pub(crate) const WORST_FIRST: [Outcome; 5] =
    [Outcome::Error, Outcome::Fail, Outcome::Warn, Outcome::Skipped, Outcome::Pass];

/// An outcome: sign, word, and the class of its colour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Badge {
    pub class: &'static str,
    pub sign: &'static str,
    pub word: &'static str,
}

impl From<Outcome> for Badge {
    fn from(outcome: Outcome) -> Self {
        let (sign, word) = words::sign(outcome).split_once(' ').unwrap_or_default();
        Badge { class: class(outcome), sign, word: word.trim_end() }
    }
}

/// The class that colours an outcome.
pub(crate) fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skip",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error",
    }
}

/// Whether somebody has to look at it.
pub(crate) fn is_bad(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Error | Outcome::Fail | Outcome::Warn)
}

/// A figure and what it is called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Fact {
    pub name: &'static str,
    pub value: String,
}

impl Fact {
    pub fn new(name: &'static str, value: impl Into<String>) -> Self {
        Fact { name, value: value.into() }
    }
}

/// A drawing and what stands above it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Plot {
    /// Empty where the drawing names itself.
    pub title: String,
    /// Markup.
    pub svg: String,
}

/// As much of the beginning of a text as a list has room for; its own section has all of it.
pub(crate) fn cut(text: &str) -> String {
    const LONGEST: usize = 160;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
