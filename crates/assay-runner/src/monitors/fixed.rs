//! Monitors with a fixed baseline: all windows of a run share one scan.

use std::collections::BTreeMap;

use assay_checks::monitor::{
    Judged, Labelled, LivePlan, LiveWindow, Prepared, WindowInput, judge, judge_labels, prepare, reopened, replaced,
};
use assay_core::drift::live::Windows;
use assay_core::drift::state::WindowState;
use assay_core::drift::store::WindowRow;
use assay_core::engine::Cost;
use assay_core::verdict::Reason;

use super::counted::{self, Sorted};
use super::joined::{Joined, by_window, label_spec};
use super::opened::{self, Opened};
use super::planned::{self, Planned};
use super::{Evaluated, One, records};

/// Evaluates a monitor.
pub(crate) async fn evaluate(one: One<'_>) -> Evaluated {
    match try_evaluate(one).await {
        Ok(evaluated) => evaluated,
        Err(reason) => Evaluated { records: vec![records::broken(one.monitor, reason)], ..Evaluated::default() },
    }
}

async fn try_evaluate(one: One<'_>) -> Result<Evaluated, Reason> {
    let monitor = one.monitor;
    let baseline = one.with.baselines.load(monitor, one.setting.now, one.setting.watch).await?;
    let opened = opened::open(one, Some(&baseline)).await?;
    let pinned = planned::pinned(&baseline.header.sha256, monitor.window.size);
    let planned = planned::plan(one, &opened, &pinned).await?;
    let prepared = prepare(monitor, &baseline, opened.live());
    let late_labels = late_labels(one, &planned, &prepared, &pinned);
    let mut evaluated =
        Evaluated { marks: vec![pinned.clone(), opened.live().snapshot.fingerprint.clone()], ..Evaluated::default() };
    if planned.due.is_empty() && late_labels.is_empty() {
        let text = "no closed window".to_string();
        let record = records::skipped(monitor, &monitor.at, "no_closed_window", text, &opened.live().snapshot);
        evaluated.records.push(record);
        return Ok(evaluated);
    }
    let counted = count(one, &opened, &planned, &prepared, &late_labels, &pinned).await?;
    let mut run = Judging {
        one,
        opened: &opened,
        prepared: &prepared,
        pinned: &pinned,
        evaluated,
        history: one.history.to_vec(),
    };
    run.late_rows(&counted.late);
    for (at, row) in late_labels.iter().enumerate() {
        run.labels(row, &counted.reopened[at]);
    }
    for (at, window) in planned.due.iter().enumerate() {
        run.window(window, &counted, at);
    }
    let mut evaluated = run.evaluated;
    if planned.left > 0
        && let Some(record) = evaluated.records.last_mut().and_then(|record| record.monitor.as_mut())
    {
        record.notes.push(format!("{} more closed windows are left: run it again", planned.left));
    }
    Ok(evaluated)
}

/// Windows that were judged before their labels were complete.
fn late_labels(one: One<'_>, planned: &Planned, prepared: &Prepared<'_>, pinned: &str) -> Vec<(LiveWindow, WindowRow)> {
    if !prepared.wants_labels() || one.with.window.is_some() {
        return Vec::new();
    }
    let rows = reopened(one.history, pinned).into_iter();
    rows.filter_map(|row| Some((planned.by.again(row)?, row.clone()))).collect()
}

/// What was counted for a run.
struct Counted {
    /// For each window due.
    states: Vec<WindowState>,
    /// For each window due, with labels.
    labelled: Vec<Joined>,
    /// For each window whose labels came late.
    reopened: Vec<Joined>,
    /// Rows of earlier windows as they are now, by index in the history.
    late: BTreeMap<usize, u64>,
    without_time: u64,
    measures: String,
    /// Takes states apart.
    plan: LivePlan,
    cost: Cost,
}

async fn count(
    one: One<'_>,
    opened: &Opened,
    planned: &Planned,
    prepared: &Prepared<'_>,
    late_labels: &[(LiveWindow, WindowRow)],
    pinned: &str,
) -> Result<Counted, Reason> {
    let measures = prepared.measures();
    let mut states: BTreeMap<usize, WindowState> = BTreeMap::new();
    for (at, window) in planned.due.iter().enumerate() {
        if let Some(state) = counted::merged(one, window, &measures)? {
            states.insert(at, state);
        }
    }
    let to_scan: Vec<usize> = (0..planned.due.len()).filter(|at| !states.contains_key(at)).collect();
    let mut specs = Vec::new();
    let scanned: Vec<LiveWindow> = to_scan.iter().map(|at| planned.due[*at].clone()).collect();
    let scan = (!scanned.is_empty()).then(|| counted::arrange(&planned.by, &scanned, one.history, pinned));
    let plan = prepared.plan(scan.as_ref().map_or(Windows::Whole, |scan| scan.windows.clone()), &[]);
    specs.extend(scan.as_ref().map(|_| plan.spec.clone()));

    // labels of new windows and of earlier ones are joined in one scan
    let with_labels: Vec<LiveWindow> =
        late_labels.iter().map(|(window, _)| window.clone()).chain(planned.due.iter().cloned()).collect();
    let label_scan = counted::arrange(&planned.by, &with_labels, &[], pinned);
    let label_spec = label_spec(opened, prepared, &label_scan);
    specs.extend(label_spec.as_ref().and_then(|spec| spec.as_ref().ok()).cloned());

    let (mut answers, cost) = counted::measure(one, opened, specs).await;
    let mut late = BTreeMap::new();
    let mut without_time = 0;
    if let Some(scan) = &scan {
        let Sorted { states: new, rows, unplaced } = counted::sort(answers.remove(0)?, &scan.places);
        late = rows;
        without_time = unplaced.without_time;
        states.extend(new.into_iter().map(|(at, state)| (to_scan[at], state)));
    }
    let mut joined = match label_spec {
        None => with_labels.iter().map(|_| Joined::Absent).collect(),
        Some(Err(reason)) => with_labels.iter().map(|_| Joined::Unavailable(reason.clone())).collect(),
        Some(Ok(_)) => by_window(answers.pop(), &label_scan.places, with_labels.len()),
    };
    let labelled = joined.split_off(late_labels.len());
    let states = states.into_values().collect();
    Ok(Counted { states, labelled, reopened: joined, late, without_time, measures, plan, cost })
}

/// Judging the windows of a monitor, oldest first.
pub(super) struct Judging<'a> {
    pub one: One<'a>,
    pub opened: &'a Opened,
    pub prepared: &'a Prepared<'a>,
    pub pinned: &'a str,
    pub evaluated: Evaluated,
    /// What was known, and what is found on the way.
    pub history: Vec<WindowRow>,
}

/// What was seen of a window beside what was counted of it.
pub(super) struct Seen<'a> {
    /// Predictions with labels.
    pub labelled: Labelled<'a>,
    /// Rows that came too late.
    pub late_rows: u64,
    /// Rows without a time, in the whole snapshot.
    pub without_time: u64,
    /// What it took.
    pub cost: Cost,
}

impl Judging<'_> {
    /// Rows that came after their window was evaluated are counted, never folded.
    fn late_rows(&mut self, rows: &BTreeMap<usize, u64>) {
        for (at, rows) in rows {
            let Some(row) = self.history.get_mut(*at) else { continue };
            let late = rows.saturating_sub(row.rows);
            if late != row.late_rows {
                row.late_rows = late;
                self.evaluated.commit.windows.push(row.clone());
            }
        }
    }

    fn window(&mut self, window: &LiveWindow, counted: &Counted, at: usize) {
        let stored = &counted.states[at];
        let (state, _) = counted.plan.split(0, stored.clone());
        let seen = Seen {
            labelled: counted.labelled[at].lend(),
            late_rows: 0,
            without_time: counted.without_time,
            cost: if at == 0 { counted.cost } else { Cost::default() },
        };
        self.evaluated.commit.states.push(counted::row(self.one, window, &counted.measures, stored));
        self.judge(window, &state, seen);
    }

    /// Judges a window from what was counted of it.
    pub fn judge(&mut self, window: &LiveWindow, state: &WindowState, seen: Seen<'_>) {
        let known = self.history.iter().find(|row| row.window == window.name && row.baseline == self.pinned).cloned();
        // a snapshot that did not change is not evaluated "again"
        let revision = match &known {
            Some(row) if window.is_of_time() => row.revision + 1,
            Some(row) => row.revision,
            None => 1,
        };
        let proposals: Vec<_> = self.one.proposals.iter().chain(&self.evaluated.commit.proposals).cloned().collect();
        let input = WindowInput {
            window,
            rows: state.segments.first().map_or(0, |whole| whole.rows),
            labelled: seen.labelled,
            pinned: self.pinned,
            merged: &[],
            history: &self.history,
            proposals: &proposals,
            revision,
            late_rows: seen.late_rows,
            rows_without_time: seen.without_time,
            again: self.one.with.again,
            now: self.one.now(),
        };
        let judged = judge(self.prepared, state, &input);
        let mut row = records::row(self.one.monitor, window, self.pinned, &judged);
        row.accepted = known.is_some_and(|row| row.accepted);
        self.done(judged, row, seen.cost);
    }

    /// Late labels reopen only performance and concept.
    fn labels(&mut self, (window, row): &(LiveWindow, WindowRow), joined: &Joined) {
        // as it is by now: its late rows may just have been counted
        let same = |other: &&WindowRow| other.window == row.window && other.baseline == row.baseline;
        let row = &self.history.iter().find(same).unwrap_or(row).clone();
        let proposals: Vec<_> = self.one.proposals.iter().chain(&self.evaluated.commit.proposals).cloned().collect();
        let input = WindowInput {
            window,
            rows: row.rows,
            labelled: joined.lend(),
            pinned: self.pinned,
            merged: &[],
            history: &self.history,
            proposals: &proposals,
            revision: row.revision,
            late_rows: row.late_rows,
            rows_without_time: 0,
            again: self.one.with.again,
            now: self.one.now(),
        };
        let judged = judge_labels(self.prepared, &input);
        let checks = replaced(&row.checks, judged.rows.clone());
        let outcome = checks.iter().map(|check| check.outcome).max().unwrap_or(row.outcome);
        let row = WindowRow { checks, outcome, labels_closed: judged.labels_closed, ..row.clone() };
        self.done(judged, row, Cost::default());
    }

    fn done(&mut self, judged: Judged, row: WindowRow, cost: Cost) {
        let snapshot = &self.opened.live().snapshot;
        self.evaluated.records.push(records::window(self.one.monitor, &judged, snapshot, cost));
        self.evaluated.commit.proposals.extend(judged.proposal);
        self.evaluated.marks.push(row.window.clone());
        let same = |other: &&mut WindowRow| other.window == row.window && other.baseline == row.baseline;
        match self.history.iter_mut().find(same) {
            Some(old) => *old = row.clone(),
            None => self.history.push(row.clone()),
        }
        self.evaluated.commit.windows.push(row);
    }
}
