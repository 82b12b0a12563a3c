//! The section of a table or model: what was read, and every check, worst first.

use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::Outcome;
use serde::Serialize;

use super::check::{self, CheckView, PassedView};
use super::layout::Place;
use super::plot::{self, Room};
use super::run::{Tally, tallies};
use super::trend::{Strip, Trend};
use super::window::{self, WindowView};
use super::{Badge, Fact, Plot, cut};
use crate::Ran;
use crate::formats::text;

/// More checks than this can be filtered.
const LONG: usize = 12;

/// The page of one table or model.
#[derive(Debug, Serialize)]
pub(crate) struct SectionPage {
    pub title: String,
    /// Where the page of the run is.
    pub home: &'static str,
    pub as_of: String,
    pub run: String,
    pub section: Section,
}

/// A table or model.
#[derive(Debug, Serialize)]
pub(crate) struct Section {
    /// Of its elements.
    pub id: String,
    /// Of its heading.
    pub level: u8,
    pub name: String,
    pub badge: Badge,
    pub kind: &'static str,
    /// `2 broken, 1 warning, 55 passed`.
    pub tally: String,
    pub tallies: Vec<Tally>,
    pub facts: Vec<Fact>,
    pub strip: Option<Strip>,
    /// Whether there are so many checks that one wants to search.
    pub is_long: bool,
    /// What is said of a table.
    pub table: Option<TableView>,
    /// Windows of a model, newest first; empty of tables.
    pub windows: Vec<WindowView>,
}

/// What is said of a table.
#[derive(Debug, Serialize)]
pub(crate) struct TableView {
    /// Why it could not be read: code and text.
    pub reason: Option<(String, String)>,
    pub snapshot: Vec<Fact>,
    pub notes: Vec<String>,
    pub plots: Vec<Plot>,
    /// Broken, not evaluable and skipped checks, worst first.
    pub checks: Vec<CheckView>,
    pub passed: Vec<PassedView>,
}

pub(crate) fn page(ran: &Ran<'_>, section: Section) -> SectionPage {
    SectionPage {
        title: format!("{} — {}", section.badge.word, cut(&section.name)),
        home: "../index.html",
        as_of: ran.run.as_of.clone(),
        run: ran.run.id.clone(),
        section,
    }
}

pub(crate) fn section(place: &Place<'_>, level: u8, room: &mut Room) -> Section {
    let newest = place.records[0];
    let trend = &place.trend;
    let (table, windows) = match place.is_model() {
        true => {
            let earlier = place.records[1..].iter().flat_map(|record| &record.checks);
            let rows = earlier.filter(|check| check.verdict.outcome != Outcome::Pass).count();
            room.model(&newest.checks, rows);
            (None, window::windows(place, room))
        }
        false => {
            room.table();
            (Some(table(place, newest, trend, room)), vec![])
        }
    };
    Section {
        id: place.id.clone(),
        level,
        name: place.name.to_owned(),
        badge: place.outcome().into(),
        kind: if place.is_model() { "Model" } else { "Table" },
        tally: tally(place),
        tallies: tallies(place.records.iter().flat_map(|record| &record.checks)),
        facts: facts(newest),
        strip: trend.strip(),
        is_long: newest.checks.len() > LONG,
        table,
        windows,
    }
}

fn tally(place: &Place<'_>) -> String {
    match place.records.as_slice() {
        [record] => text::tally(record),
        records => format!("{} in this run", text::words::plural(records.len(), "window")),
    }
}

fn facts(record: &TableRecord) -> Vec<Fact> {
    let mut facts = vec![Fact::new("Owner", record.owner.as_deref().unwrap_or("nobody is named"))];
    facts.extend(record.layer.as_ref().map(|layer| Fact::new("Layer", layer)));
    facts.push(Fact::new(if record.monitor.is_some() { "Monitor" } else { "Contract" }, &record.contract_path));
    facts
}

fn table(place: &Place<'_>, record: &TableRecord, trend: &Trend<'_>, room: &mut Room) -> TableView {
    let (passed, others): (Vec<_>, Vec<_>) =
        place.numbered(record).into_iter().partition(|(_, check)| check.verdict.outcome == Outcome::Pass);
    let plots = plots(record, trend, room);
    TableView {
        reason: record.reason.as_ref().map(|reason| (reason.code.clone(), reason.text.clone())),
        snapshot: snapshot(record),
        notes: notes(record),
        plots,
        checks: check::worst_first(others, trend, room),
        passed: passed.iter().map(|(id, check)| check::passed(id, check, trend, room)).collect(),
    }
}

/// What was read.
pub(super) fn snapshot(record: &TableRecord) -> Vec<Fact> {
    let Some(snapshot) = &record.snapshot else { return vec![] };
    let mut facts = vec![
        Fact::new("Source", format!("{}, {}", snapshot.format, snapshot.path)),
        Fact::new("Read", text::cost(record)),
    ];
    facts.extend(snapshot.filter.as_ref().map(|filter| Fact::new("Only rows where", filter)));
    facts.push(Fact::new("On disk", text::words::bytes(snapshot.bytes)));
    facts.push(Fact::new("Fingerprint", snapshot.fingerprint.chars().take(16).collect::<String>()));
    facts
}

/// Notes of the source and the monitor; those of a check stand beside it.
pub(super) fn notes(record: &TableRecord) -> Vec<String> {
    let of_snapshot = record.snapshot.iter().flat_map(|snapshot| &snapshot.notes);
    let of_monitor = record.monitor.iter().flat_map(|monitor| &monitor.notes);
    of_snapshot.chain(of_monitor).cloned().collect()
}

fn plots(record: &TableRecord, trend: &Trend<'_>, room: &mut Room) -> Vec<Plot> {
    let is_completeness = |check: &&CheckRecord| check.check == "completeness";
    let ids: Vec<&str> = record.checks.iter().filter(is_completeness).map(|check| check.id.as_str()).collect();
    let present = plot::present(&trend.present(&ids), room);
    plot::rows(&trend.rows(), room).into_iter().chain(present).collect()
}
