//! One run: when, why, how it ended, and all that it found as reports tell it.

use std::io;

use assay_core::history::History;
use assay_core::ops::runs::Run;
use assay_core::run::RunRecord;
use serde::Serialize;

use super::frame::{Frame, Place};
use super::runs::length;
use super::section::section;
use super::time::When;
use super::{Past, link, page, signs};
use crate::formats::html::view::section::Section;
use crate::formats::html::view::{Badge, cut};
use crate::formats::text;

/// One run.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The run.
    pub run: Run,
    /// What it recorded, where that is kept.
    pub record: Option<RunRecord>,
    /// Why there is no record although one was kept: it could not be read.
    pub unreadable: Option<String>,
    /// What came before it.
    pub history: History,
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn run(frame: &Frame, of: &Shown) -> io::Result<Vec<u8>> {
    let run = &of.run;
    let badge = signs::of_run(Past::from(run));
    let view = Page {
        conclusion: conclusion(of),
        badge: badge.clone(),
        document: cut(&run.document),
        document_href: link::document(&run.document),
        runs_href: format!("/runs{}", link::query(&[("document", &run.document)])),
        id: &run.id,
        result: run.result.as_deref(),
        reason: run.reason.as_ref().map(|reason| (reason.code.clone(), reason.text.clone())),
        unreadable: of.unreadable.as_deref(),
        related: run.related.as_deref().map(|id| (id.to_owned(), link::run(id))),
        requested_by: run.requested_by.as_deref(),
        trigger: signs::of_trigger(run.trigger),
        attempt: run.attempt,
        took: length(run),
        planned: When::new(run.planned, frame.now),
        started: When::some(run.started_at, frame.now),
        ended: When::some(run.ended_at, frame.now),
        is_open: run.state.is_open(),
        notes: of.record.as_ref().map_or_else(Vec::new, |record| record.notes.clone()),
        vars: of.record.as_ref().map_or_else(Vec::new, |record| record.vars.clone()),
        section: of.record.as_ref().and_then(|record| section(record, &of.history)),
    };
    let title = format!("{} — {}", badge.word, cut(&run.document));
    page("pages/run.html", Place::Runs, &title, frame, &view)
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    conclusion: String,
    badge: Badge,
    document: String,
    document_href: String,
    runs_href: String,
    id: &'a str,
    result: Option<&'a str>,
    reason: Option<(String, String)>,
    unreadable: Option<&'a str>,
    related: Option<(String, String)>,
    requested_by: Option<&'a str>,
    trigger: &'static str,
    attempt: u32,
    took: Option<String>,
    planned: When,
    started: Option<When>,
    ended: Option<When>,
    is_open: bool,
    notes: Vec<String>,
    vars: Vec<(String, String)>,
    section: Option<Section>,
}

fn conclusion(of: &Shown) -> String {
    use assay_core::ops::runs::RunState;
    if let Some(record) = &of.record {
        return text::conclusion(record).trim_start().to_owned();
    }
    match of.run.state {
        RunState::Queued => "It waits for its turn",
        RunState::Running => "It is being executed",
        RunState::Interrupted => "Its process ended before it did; it is executed again",
        RunState::Skipped => "It was not executed",
        RunState::Missed => "Nobody was there when it was due, and another run was caught up in its place",
        RunState::Cancelled => "It was stopped before it ended",
        RunState::Finished => "What it found is no longer kept",
    }
    .into()
}
