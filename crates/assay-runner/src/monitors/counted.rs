//! Counting the rows of windows: one scan for all that are new, none for those that are merges of stored states.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_checks::monitor::{Clock, LiveWindow};
use assay_core::drift::live::{LiveSpec, TimeSpan, Windows};
use assay_core::drift::state::{LiveState, Unplaced, WindowState};
use assay_core::drift::store::{StateRow, WindowRow};
use assay_core::engine::{Cost, MetricPlan};
use assay_core::measurement::Measurement;
use assay_core::metric::{Filter, Metric, MetricKind};
use assay_core::verdict::Reason;

use super::One;
use super::opened::Opened;
use super::planned::By;

/// Windows of one scan.
pub(crate) struct Scan {
    /// As the engine assigns rows to them.
    pub windows: Windows,
    /// For each of them which window it is: those wanted, and those whose late rows are counted.
    pub places: Vec<Wanted>,
}

/// What a window of a scan is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// To be evaluated: an index into the windows given.
    Whole(usize),
    /// Only its rows, to find late ones: an index into the history.
    Rows(usize),
}

/// Late rows are looked for in so many of the newest windows.
const LATE_WINDOWS: usize = 60;

/// Puts windows into the order of a scan, with earlier ones of `history` (`pinned` alike) whose late rows are counted.
pub(crate) fn arrange(by: &By, due: &[LiveWindow], history: &[WindowRow], pinned: &str) -> Scan {
    match by {
        By::Whole => Scan { windows: Windows::Whole, places: vec![Wanted::Whole(0)] },
        By::Rows(size) => {
            let index = |window: &LiveWindow| u64::try_from(window.start).unwrap_or(0) / size;
            let first = due.iter().map(index).min().unwrap_or(0);
            let last = due.iter().map(index).max().unwrap_or(0);
            // windows in between that are not wanted are counted too: they are never many
            let place = |at: u64| due.iter().position(|window| index(window) == at).map(Wanted::Whole);
            let places = (first..=last).map(|at| place(at).unwrap_or(Wanted::Rows(usize::MAX))).collect::<Vec<_>>();
            Scan { windows: Windows::Rows { size: *size, first, count: places.len() }, places }
        }
        By::Time { column, clock, .. } => {
            let mut spans: Vec<(TimeSpan, Wanted)> = due
                .iter()
                .enumerate()
                .filter_map(|(at, window)| Some((window.span(*clock, false)?, Wanted::Whole(at))))
                .collect();
            let earlier = history.iter().enumerate().rev().filter(|(_, row)| row.baseline == pinned);
            for (at, row) in earlier.take(LATE_WINDOWS) {
                spans.extend(late(by, row, *clock, due).map(|span| (span, Wanted::Rows(at))));
            }
            spans.sort_by_key(|(span, _)| span.start);
            let (spans, places) = spans.into_iter().unzip();
            Scan { windows: Windows::Time { column: column.clone(), spans }, places }
        }
    }
}

fn late(by: &By, row: &WindowRow, clock: Clock, due: &[LiveWindow]) -> Option<TimeSpan> {
    let window = by.again(row)?;
    let is_due = due.iter().any(|other| other.name == window.name);
    if is_due { None } else { window.span(clock, true) }
}

/// Measures several specs in one call. The cost is that of the live table.
pub(crate) async fn measure(
    one: One<'_>,
    opened: &Opened,
    specs: Vec<LiveSpec>,
) -> (Vec<Result<LiveState, Reason>>, Cost) {
    let filter = Filter::all_of(one.monitor.rows.clone());
    let metrics: Vec<Metric> = specs
        .into_iter()
        .map(|spec| Metric { table: opened.live, kind: MetricKind::Live(Arc::new(spec)), filter: filter.clone() })
        .collect();
    let plan = MetricPlan { metrics: metrics.iter().cloned().collect::<BTreeSet<_>>() };
    let report = one.setting.engine.measure(&plan, &opened.tables, one.setting.watch).await;
    let cost = report.costs.get(&opened.live).copied().unwrap_or_default();
    let missing =
        || Reason { code: "not_measured".into(), text: "the engine gave no answer; please report this".into() };
    let answers = metrics
        .iter()
        .map(|metric| match report.measurements.get(metric) {
            Some(Ok(measured)) => match &measured.value {
                Measurement::Live(state) => Ok((**state).clone()),
                _ => Err(missing()),
            },
            Some(Err(error)) => Err(crate::reason(error.clone())),
            None => Err(missing()),
        })
        .collect();
    (answers, cost)
}

/// The states of the windows wanted, and rows of the others by their index in the history.
pub(crate) struct Sorted {
    pub states: BTreeMap<usize, WindowState>,
    pub rows: BTreeMap<usize, u64>,
    pub unplaced: Unplaced,
}

/// Sorts what a scan gave.
pub(crate) fn sort(state: LiveState, places: &[Wanted]) -> Sorted {
    let mut sorted = Sorted { states: BTreeMap::new(), rows: BTreeMap::new(), unplaced: state.unplaced };
    for (window, place) in state.windows.into_iter().zip(places) {
        match place {
            Wanted::Whole(at) => drop(sorted.states.insert(*at, window)),
            Wanted::Rows(at) => {
                let rows = window.segments.first().map_or(0, |whole| whole.rows);
                sorted.rows.insert(*at, rows);
            }
        }
    }
    sorted
}

/// The state of a window from stored states of shorter ones that tile it, counted against the same measures. `None`:
/// it has to be scanned.
pub(crate) fn merged(one: One<'_>, window: &LiveWindow, measures: &str) -> Result<Option<WindowState>, Reason> {
    let (Some(store), true) = (one.store, window.is_of_time() && !one.with.again) else { return Ok(None) };
    let rows = store
        .states(&one.monitor.name, measures, window.start, window.end)
        .map_err(|error| Reason { code: error.code.into(), text: error.text })?;
    let mut at = window.start;
    let mut whole: Option<WindowState> = None;
    for row in &rows {
        match row.start.cmp(&at) {
            // a longer window that lies over those taken already
            std::cmp::Ordering::Less => continue,
            std::cmp::Ordering::Greater => return Ok(None),
            std::cmp::Ordering::Equal => {}
        }
        // a state of a later version, or one that was counted otherwise, is no reason to fail: rows can be read again
        let Ok(state) = WindowState::from_bytes(&row.state) else { return Ok(None) };
        match &mut whole {
            None => whole = Some(state),
            Some(whole) => {
                if whole.merge(&state).is_err() {
                    return Ok(None);
                }
            }
        }
        at = row.end;
    }
    Ok(whole.filter(|_| at == window.end))
}

/// What is stored of a window's state.
pub(crate) fn row(one: One<'_>, window: &LiveWindow, measures: &str, state: &WindowState) -> StateRow {
    StateRow {
        monitor: one.monitor.name.clone(),
        measures: measures.to_owned(),
        window: state_name(window),
        start: window.start,
        end: window.end,
        state: state.to_bytes(),
    }
}

/// What a window's state is stored under: a day and a week may start alike.
pub(crate) fn state_name(window: &LiveWindow) -> String {
    format!("{} {}", window.name, window.end - window.start)
}
