//! Windows of a model: which rows were compared with which, what moved most, every column.

use assay_core::drift::record::{MonitorRecord, Ranked};
use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::Outcome;
use serde::Serialize;

use super::check::{CheckView, quiet, worst_first};
use super::layout::Place;
use super::plot::{self, Room};
use super::section::{notes, snapshot};
use super::{Badge, Fact, Plot};
use crate::formats::text;
use crate::formats::text::figures::percent;
use crate::formats::text::words::plural;

/// Columns of the ranking beyond this many are told by their own checks.
const RANKED: usize = 12;

/// One window.
#[derive(Debug, Serialize)]
pub(crate) struct WindowView {
    /// Of its element; empty of the newest, which stands for the model itself.
    pub id: String,
    pub name: String,
    pub badge: Badge,
    pub tally: String,
    pub facts: Vec<Fact>,
    pub snapshot: Vec<Fact>,
    pub notes: Vec<String>,
    /// Why nothing could be read: code and text.
    pub reason: Option<(String, String)>,
    /// State and sentence of what was decided on training again.
    pub retrain: Option<(String, String)>,
    pub ranking: Vec<RankRow>,
    pub ranking_more: Option<String>,
    /// Of the window as a whole: dataset, covariance, performance.
    pub whole: Vec<CheckView>,
    /// Columns that did not pass, worst first.
    pub checks: Vec<CheckView>,
    /// Columns that did not move.
    pub quiet: Vec<CheckView>,
    pub plots: Vec<Plot>,
    pub plots_left_out: Option<String>,
    /// What did not pass in one row each, of windows before the newest.
    pub rows: Vec<CheckRow>,
}

/// A column's place in the ranking.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct RankRow {
    pub column: String,
    pub badge: Badge,
    pub share: String,
    /// The same of 1,000.
    pub bar: u32,
    pub moved: String,
}

/// A check in one row.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct CheckRow {
    pub id: String,
    pub badge: Badge,
    pub name: String,
    pub sentence: String,
}

/// All windows of a model in this run, newest first.
pub(super) fn windows(place: &Place<'_>, room: &mut Room) -> Vec<WindowView> {
    let mut view = |(at, record): (usize, &&TableRecord)| {
        let monitor = record.monitor.as_deref().cloned().unwrap_or_default();
        match at {
            0 => newest(place, record, &monitor, room),
            _ => older(place, record, &monitor),
        }
    };
    place.records.iter().enumerate().map(&mut view).collect()
}

fn newest(place: &Place<'_>, record: &TableRecord, monitor: &MonitorRecord, room: &mut Room) -> WindowView {
    let trend = &place.trend;
    let is_whole =
        |check: &CheckRecord| check.column.is_none() && check.drift.as_ref().is_none_or(|drift| drift.pair.is_none());
    let (whole, columns): (Vec<_>, Vec<_>) = place.numbered(record).into_iter().partition(|(_, check)| is_whole(check));
    let (mut passed, others): (Vec<_>, Vec<_>) =
        columns.into_iter().partition(|(_, check)| check.verdict.outcome == Outcome::Pass);
    passed.sort_by(|(_, a), (_, b)| text::contribution(b).total_cmp(&text::contribution(a)));
    let whole = worst_first(whole, trend, room);
    let heat = plot::heat(&record.checks, room);
    let checks = worst_first(others, trend, room);
    let quiet = passed.iter().map(|(id, check)| quiet(id, check, trend, room)).collect();
    let left_out = room.left_out();
    let more = monitor.ranking.len().saturating_sub(RANKED);
    WindowView {
        ranking: monitor.ranking.iter().take(RANKED).map(rank).collect(),
        ranking_more: (more > 0).then(|| plural(more, "column")),
        whole,
        plots: heat.into_iter().collect(),
        checks,
        quiet,
        plots_left_out: (left_out > 0).then(|| {
            format!(
                "{} left out to keep this file small, of what moved least; all figures are here.",
                plural(left_out, "drawing")
            )
        }),
        ..frame(record, monitor, String::new())
    }
}

fn older(place: &Place<'_>, record: &TableRecord, monitor: &MonitorRecord) -> WindowView {
    // what passed is counted in the tally
    let mut checks = place.numbered(record);
    checks.retain(|(_, check)| check.verdict.outcome != Outcome::Pass);
    checks.sort_by_key(|(_, check)| std::cmp::Reverse(check.verdict.outcome));
    let row = |(id, check): &(String, &CheckRecord)| CheckRow {
        id: id.clone(),
        badge: check.verdict.outcome.into(),
        name: check.id.clone(),
        sentence: text::drift::message(check),
    };
    let id = place.prefix(record).trim_end_matches('-').to_owned();
    WindowView { rows: checks.iter().map(row).collect(), ..frame(record, monitor, id) }
}

/// What every window has.
fn frame(record: &TableRecord, monitor: &MonitorRecord, id: String) -> WindowView {
    let name = monitor.window.as_ref().map_or("no window", |window| window.name.as_str());
    WindowView {
        id,
        name: name.to_owned(),
        badge: record.outcome().into(),
        tally: text::tally(record),
        facts: facts(monitor),
        snapshot: snapshot(record),
        notes: notes(record),
        reason: record.reason.as_ref().map(|reason| (reason.code.clone(), reason.text.clone())),
        retrain: monitor.retrain.as_ref().map(|retrain| (retrain.state.clone(), retrain.text.clone())),
        ranking: vec![],
        ranking_more: None,
        whole: vec![],
        checks: vec![],
        quiet: vec![],
        plots: vec![],
        plots_left_out: None,
        rows: vec![],
    }
}

fn facts(monitor: &MonitorRecord) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(monitor.window.as_ref().map(|window| Fact::new("Window", text::window::rows_of(window))));
    let baseline = monitor.baseline.as_ref();
    facts.extend(baseline.map(|baseline| Fact::new("Baseline", text::window::baseline_of(baseline))));
    let model = monitor.model.as_ref();
    facts.extend(model.map(|(name, version)| Fact::new("Model", format!("{name}, version {version}"))));
    facts.extend(baseline.map(|baseline| Fact::new("Formulas", format!("version {}", baseline.formula_version))));
    facts
}

fn rank(ranked: &Ranked) -> RankRow {
    RankRow {
        column: ranked.column.clone(),
        badge: ranked.outcome.into(),
        share: percent(ranked.contribution),
        bar: (ranked.contribution.clamp(0.0, 1.0) * 1000.0).round() as u32,
        moved: ranked.moved.clone(),
    }
}
