//! Drawings, as many as there is room for: those of what moved most come first.

use std::collections::BTreeSet;

use assay_core::drift::record::{DriftRecord, TestRecord};
use assay_core::run::CheckRecord;
use assay_stats::drift::ColumnKind;

use super::trend::{Moments, Trend};
use super::{Plot, is_bad};
use crate::plots::{self, Moment, Pair, Unit};

/// Bytes of drawings in one file.
const FILE: usize = 400_000;
/// Bytes of drawings of one table.
const TABLE: usize = 24_000;
/// Bytes that a page on a model of 20 columns may have, and on each further column.
const MODEL: (usize, usize) = (146_000, 4_580);
/// Of these without checks: style, script, the page of the run.
const FRAME: usize = 33_000;
/// Bytes of a check of an earlier window.
const ROW: usize = 280;
/// Bytes of drawings of a model, at least.
const MODEL_LEAST: usize = 12_000;
/// Bytes of a small curve.
const SPARK: usize = 420;
/// With less room than this nothing is drawn.
const LEAST: usize = 1_500;

/// The room that is left.
#[derive(Debug)]
pub(crate) struct Room {
    file: usize,
    section: usize,
    sparks: usize,
    left_out: usize,
    for_all: bool,
}

impl Room {
    /// Of a file.
    pub fn of_file() -> Self {
        Room { file: FILE, section: 0, sparks: 0, left_out: 0, for_all: false }
    }

    /// Of a page about one document: checks that passed have their small curves, too.
    pub fn of_page() -> Self {
        Room { for_all: true, ..Room::of_file() }
    }

    /// Whether checks that passed are drawn.
    pub fn is_for_all(&self) -> bool {
        self.for_all
    }

    /// What follows is of another table.
    pub fn table(&mut self) {
        self.section(TABLE);
        self.sparks = if self.for_all { FILE } else { TABLE };
    }

    /// What follows is of another model, with checks of earlier windows in one row each: figures come before drawings.
    pub fn model(&mut self, checks: &[CheckRecord], rows: usize) {
        let columns: BTreeSet<&String> = checks.iter().filter_map(|check| check.column.as_ref()).collect();
        let page = MODEL.0 + columns.len().saturating_sub(20) * MODEL.1;
        let figures = FRAME + rows * ROW + checks.iter().map(figures).sum::<usize>();
        self.section(page.saturating_sub(figures).max(MODEL_LEAST));
        // every column has its small curve before any has a large one
        self.sparks = (checks.len() * SPARK).min(self.section / 2);
        self.section -= self.sparks;
    }

    fn section(&mut self, most: usize) {
        self.section = most.min(self.file);
        self.left_out = 0;
    }

    /// Drawings of this section for which there was no room.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// A drawing, if there is room for it.
    fn draw(&mut self, drawing: impl FnOnce() -> Option<String>) -> Option<String> {
        if self.section < LEAST {
            self.left_out += 1;
            return None;
        }
        let svg = drawing()?;
        if svg.len() > self.section {
            self.left_out += 1;
            return None;
        }
        self.section -= svg.len();
        self.file = self.file.saturating_sub(svg.len());
        Some(svg)
    }

    fn titled(&mut self, title: &str, drawing: impl FnOnce() -> Option<String>) -> Option<Plot> {
        Some(Plot { title: title.into(), svg: self.draw(drawing)? })
    }
}

/// Bytes that the figures of a check take, roughly.
fn figures(check: &CheckRecord) -> usize {
    let Some(drift) = &check.drift else { return 800 };
    let bins = drift.bins.as_ref().map_or(0, |bins| 250 + bins.labels.len() * 75);
    let segments = if drift.segments.is_empty() { 0 } else { 450 + drift.segments.len() * 130 };
    let frame = if is_bad(check.verdict.outcome) { 1_500 } else { 900 };
    frame + bins + drift.tests.len() * 130 + segments
}

/// A small curve without axes, where the figure ever changed.
pub(super) fn spark(moments: &Moments, room: &mut Room) -> Option<String> {
    let values: Vec<f64> = moments.iter().filter_map(|(_, value, _)| *value).collect();
    let moved = values.windows(2).any(|pair| pair[0] != pair[1]);
    let svg = if moved { plots::spark(&values)? } else { return None };
    let room = &mut room.sparks;
    *room = room.checked_sub(svg.len())?;
    Some(svg)
}

/// Rows of a table over time.
pub(super) fn rows(moments: &Moments, room: &mut Room) -> Option<Plot> {
    over_time("Rows", moments, None, Unit::Rows, room)
}

/// The share of values that are present over time.
pub(super) fn present(moments: &Moments, room: &mut Room) -> Option<Plot> {
    over_time("Present values", moments, None, Unit::Share, room)
}

fn over_time(
    name: &str,
    moments: &Moments,
    limits: Option<assay_stats::drift::Limits>,
    unit: Unit,
    room: &mut Room,
) -> Option<Plot> {
    if moments.iter().filter(|(_, value, _)| value.is_some()).count() < 2 {
        return None;
    }
    let moment = |(at, value, outcome): &(String, Option<f64>, _)| (at.clone(), *value, *outcome);
    let owned: Vec<_> = moments.iter().map(moment).collect();
    let borrowed: Vec<Moment<'_>> =
        owned.iter().map(|(at, value, outcome)| Moment { at, value: *value, outcome: *outcome }).collect();
    let title = if unit == Unit::Score { "Over windows" } else { "Over runs" };
    room.titled(title, || plots::over_time(name, &borrowed, limits, unit))
}

/// Everything there is to draw of a check of a model.
pub(super) fn full(check: &CheckRecord, drift: &DriftRecord, trend: &Trend<'_>, room: &mut Room) -> Vec<Plot> {
    let mut drawn: Vec<Plot> = distribution(drift, room).into_iter().collect();
    if let Some(curves) = &drift.curves {
        drawn.extend(room.titled("Cumulative shares", || plots::ecdf(curves)));
    }
    if let Some(bins) = drift.bins.as_ref() {
        drawn.extend(room.titled("What each bin adds to the PSI", || plots::contribution(bins)));
    }
    drawn.extend(score(check, trend, room));
    drawn
}

/// What a quiet column is recognised by.
pub(super) fn small(drift: &DriftRecord, room: &mut Room) -> Vec<Plot> {
    distribution(drift, room).into_iter().collect()
}

fn distribution(drift: &DriftRecord, room: &mut Room) -> Option<Plot> {
    let bins = drift.bins.as_ref()?;
    match drift.kind {
        Some(ColumnKind::Numeric) if !drift.spans.is_empty() => {
            room.titled("Distribution", || plots::histogram(bins, &drift.spans, drift.curves.as_ref()))
        }
        _ => room.titled("Shares", || plots::categories(bins)),
    }
}

/// The effect of the deciding test over windows, with its limits; also where this window could not be evaluated.
pub(super) fn score(check: &CheckRecord, trend: &Trend<'_>, room: &mut Room) -> Option<Plot> {
    let (test, limits) = trend.score(&check.id)?;
    over_time(test, &trend.figures(&check.id, test), limits, Unit::Score, room)
}

/// How far correlations moved.
pub(super) fn heat(checks: &[CheckRecord], room: &mut Room) -> Option<Plot> {
    let pairs: Vec<Pair<'_>> = checks.iter().filter_map(pair).collect();
    if pairs.is_empty() { None } else { room.titled("Correlations", || plots::heat(&pairs)) }
}

fn pair(check: &CheckRecord) -> Option<Pair<'_>> {
    let drift = check.drift.as_ref()?;
    let (x, y) = drift.pair.as_ref()?;
    let shown = |name: &str| drift.tests.iter().find_map(|test| figure(test, name));
    Some(Pair { x, y, base: shown("r_base"), live: shown("r_live") })
}

fn figure(test: &TestRecord, name: &str) -> Option<f64> {
    test.shown.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
}
