//! Runs: a list of them, and how one is told in a row.

use std::io;

use assay_core::ops::Millis;
use assay_core::ops::runs::{Run, RunState};
use assay_core::verdict::Outcome;
use serde::Serialize;

use super::frame::{Frame, Place};
use super::incidents::Choice;
use super::time::{When, took};
use super::{Past, link, page, signs};
use crate::formats::html::view::{Badge, WORST_FIRST, cut};

/// Runs of one page.
pub const ROWS: usize = 100;

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    /// What the address asks for.
    pub filter: Filter,
    /// Those found, newest first.
    pub runs: Vec<Run>,
    /// Whether there are older ones.
    pub more: bool,
}

/// Which runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this document; empty: of any.
    pub document: String,
    /// In this state.
    pub state: Option<RunState>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Planned before this.
    pub before: Option<Millis>,
}

impl Filter {
    /// From the pairs of an address; what is not known is left out.
    pub fn of<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut filter = Filter::default();
        for (name, value) in pairs {
            match name {
                "document" => filter.document = value.trim().to_owned(),
                "state" => filter.state = RunState::named(value),
                "outcome" => filter.outcome = WORST_FIRST.into_iter().find(|outcome| name_of(*outcome) == value),
                "before" => filter.before = value.parse().ok(),
                _ => {}
            }
        }
        filter
    }

    fn href(&self, before: Option<Millis>) -> String {
        let before = before.map_or(String::new(), |before| before.to_string());
        let of = [
            ("document", self.document.as_str()),
            ("state", self.state.map_or("", RunState::name)),
            ("outcome", self.outcome.map_or("", name_of)),
            ("before", &before),
        ];
        format!("/runs{}", link::query(&of))
    }
}

fn name_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error",
    }
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn runs(frame: &Frame, of: &Runs) -> io::Result<Vec<u8>> {
    let filter = &of.filter;
    let state = filter.state.map_or("", RunState::name);
    let outcome = filter.outcome.map_or("", name_of);
    let all = |chosen: &str| std::iter::once(Choice::new("", "all", chosen));
    let view = Page {
        document: &filter.document,
        states: all(state).chain(RunState::ALL.iter().map(|s| Choice::new(s.name(), s.name(), state))).collect(),
        outcomes: all(outcome).chain(WORST_FIRST.map(|o| Choice::new(name_of(o), name_of(o), outcome))).collect(),
        is_set: *filter != Filter::default(),
        rows: of.runs.iter().map(|run| Row::new(run, frame.now)).collect(),
        newest: filter.before.is_some().then(|| filter.href(None)),
        older: of.runs.last().filter(|_| of.more).map(|last| filter.href(Some(last.planned))),
    };
    page("pages/runs.html", Place::Runs, "Runs", frame, &view)
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    document: &'a str,
    states: Vec<Choice>,
    outcomes: Vec<Choice>,
    is_set: bool,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
}

/// A run in a row.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub href: String,
    pub id: String,
    pub badge: Badge,
    pub document: String,
    pub document_href: String,
    pub planned: When,
    pub took: Option<String>,
    pub trigger: &'static str,
    pub requested_by: Option<String>,
    /// Why it has no outcome, or which try it was.
    pub remark: Option<String>,
}

impl Row {
    pub fn new(run: &Run, now: Millis) -> Self {
        Row {
            href: link::run(&run.id),
            id: run.id.clone(),
            badge: signs::of_run(Past::from(run)),
            document: cut(&run.document),
            document_href: link::document(&run.document),
            planned: When::new(run.planned, now),
            took: length(run),
            trigger: signs::of_trigger(run.trigger),
            requested_by: run.requested_by.as_deref().map(cut),
            remark: remark(run),
        }
    }
}

/// From the beginning of the last try to the end.
pub(super) fn length(run: &Run) -> Option<String> {
    let (begun, ended) = run.started_at.zip(run.ended_at)?;
    (ended >= begun).then(|| took(ended - begun))
}

fn remark(run: &Run) -> Option<String> {
    let reason = run.reason.as_ref().map(|reason| cut(&reason.text));
    let again = (run.attempt > 1).then(|| format!("try {}", run.attempt));
    let parts: Vec<String> = reason.into_iter().chain(again).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
