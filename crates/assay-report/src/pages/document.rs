//! One contract or monitor: how it stands with it, what it expects and what was found, its runs and incidents.

use std::io;

use assay_core::history::History;
use assay_core::ops::Millis;
use assay_core::ops::runs::{Kind, Run};
use assay_core::run::RunRecord;
use serde::Serialize;

use super::frame::{Frame, Place};
use super::incidents::{self, Bad, worst_first};
use super::runs::Row;
use super::section::section;
use super::time::When;
use super::{Past, link, page, runs, signs};
use crate::formats::html::view::section::Section;
use crate::formats::html::view::trend::Strip;
use crate::formats::html::view::{Badge, cut};

/// Runs that are listed; all others have their own page.
const RUNS: usize = 10;

/// What is known of a contract or a monitor without any run.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Its name.
    pub name: String,
    /// Which of the two.
    pub kind: Kind,
    /// Its file as shown to people.
    pub path: String,
    /// Its layer.
    pub layer: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// What it is, in its own words.
    pub description: Option<String>,
    /// When it is due, as written, with its zone.
    pub schedule: Option<(String, String)>,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Documents that run before it.
    pub depends_on: Vec<String>,
    /// Its checks.
    pub checks: Vec<KnownCheck>,
}

/// A check as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownCheck {
    /// Its id.
    pub id: String,
    /// `warn` or `fail`.
    pub severity: String,
}

/// Something that changed in the shape of the data, or in what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When it was seen.
    pub at: Millis,
    /// One sentence.
    pub text: String,
}

/// One contract or monitor.
#[derive(Debug, Clone)]
pub struct Document {
    /// What is known without any run.
    pub about: About,
    /// The next instants that it is due at.
    pub next: Vec<Millis>,
    /// Its newest run that ended with a record, and what it recorded.
    pub newest: Option<(Run, RunRecord)>,
    /// Why what was recorded could not be read.
    pub unreadable: Option<String>,
    /// What came before it.
    pub history: History,
    /// Its last runs, newest first.
    pub runs: Vec<Run>,
    /// Its incidents: those that are not resolved, and the last ones that are.
    pub incidents: Vec<Bad>,
    /// What changed, newest first.
    pub changes: Vec<Change>,
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn document(frame: &Frame, of: &Document) -> io::Result<Vec<u8>> {
    let head = Head::new(&of.about, &of.runs, of.newest.as_ref().map(|(run, _)| run), &of.next, frame.now);
    let title = format!("{} — {}", head.badge.word, head.name);
    let (mut open, resolved): (Vec<Bad>, Vec<Bad>) =
        of.incidents.iter().cloned().partition(|bad| bad.incident.resolved_at.is_none());
    worst_first(&mut open);
    let row = |bad: &Bad| incidents::Row::new(bad, frame.now);
    let view = Page {
        incidents: open.iter().map(row).collect(),
        resolved: resolved.iter().map(row).collect(),
        incidents_href: format!("/incidents{}", link::query(&[("document", &of.about.name)])),
        section: of.newest.as_ref().and_then(|(_, record)| section(record, &of.history)),
        unreadable: of.unreadable.clone(),
        drift_href: (of.about.kind == Kind::Monitor).then(|| link::drift(&of.about.name)),
        checks: of.about.checks.clone(),
        changes: of.changes.iter().map(|change| (When::new(change.at, frame.now), change.text.clone())).collect(),
        runs: of.runs.iter().take(RUNS).map(|run| runs::Row::new(run, frame.now)).collect(),
        runs_href: format!("/runs{}", link::query(&[("document", &of.about.name)])),
        head,
    };
    page("pages/document.html", Place::Overview, &title, frame, &view)
}

#[derive(Debug, Serialize)]
struct Page {
    head: Head,
    incidents: Vec<incidents::Row>,
    resolved: Vec<incidents::Row>,
    incidents_href: String,
    section: Option<Section>,
    unreadable: Option<String>,
    drift_href: Option<String>,
    checks: Vec<KnownCheck>,
    changes: Vec<(When, String)>,
    runs: Vec<Row>,
    runs_href: String,
}

/// The head of a contract's or monitor's pages.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    pub kind: &'static str,
    pub name: String,
    pub href: String,
    pub badge: Badge,
    pub busy: Option<(Badge, String)>,
    pub is_enabled: bool,
    pub description: Option<String>,
    pub owner: Option<String>,
    pub layer: Option<String>,
    pub path: String,
    pub tags: Vec<String>,
    pub schedule: Option<(String, String)>,
    pub next: Option<When>,
    pub last: Option<When>,
    pub last_href: Option<String>,
    pub took: Option<String>,
    pub depends_on: Vec<(String, String)>,
    pub strip: Option<Strip>,
    pub run_href: String,
    pub silence_href: String,
}

impl Head {
    pub fn new(about: &About, runs: &[Run], newest: Option<&Run>, next: &[Millis], now: Millis) -> Self {
        let mut past: Vec<Past> = runs.iter().map(Past::from).collect();
        past.reverse();
        let busy = runs.iter().find(|run| run.state.is_open());
        Head {
            kind: match about.kind {
                Kind::Contract => "Contract",
                Kind::Monitor => "Monitor",
            },
            name: about.name.clone(),
            href: link::document(&about.name),
            badge: newest.map_or(signs::NEVER, |run| signs::of_run(Past::from(run))),
            busy: busy.map(|run| (signs::of_run(Past::from(run)), link::run(&run.id))),
            is_enabled: about.enabled,
            description: about.description.clone(),
            owner: about.owner.clone(),
            layer: about.layer.clone(),
            path: about.path.clone(),
            tags: about.tags.clone(),
            schedule: about.schedule.clone(),
            next: When::some(next.first().copied(), now),
            last: When::some(newest.and_then(|run| run.ended_at), now),
            last_href: newest.map(|run| link::run(&run.id)),
            took: newest.and_then(runs::length),
            depends_on: about.depends_on.iter().map(|name| (cut(name), link::document(name))).collect(),
            strip: signs::strip(&past),
            run_href: format!("{}/run", link::document(&about.name)),
            silence_href: link::silence(&[(link::label(about.kind), &about.name)]),
        }
    }
}
