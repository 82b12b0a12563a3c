//! Monitors whose baseline is made of the windows before: rolling and seasonal ones. Each window is compared with the
//! merge of summaries that earlier windows left in the store, and leaves its own. Whether a window may be part of later
//! baselines depends on its verdict, so windows are taken one by one, oldest first.

use std::collections::BTreeMap;

use assay_checks::monitor::{
    Grid, LiveWindow, MEASURES, Prepared, Stop, StoredSummary, Summary, WindowInput, baseline_of, judge, judge_labels,
    pin, prepare, reopened, replaced,
};
use assay_core::drift::baseline::Baseline;
use assay_core::drift::live::LiveSpec;
use assay_core::drift::record::{MonitorRecord, WindowRecord};
use assay_core::drift::state::WindowState;
use assay_core::drift::store::{StateRow, WindowRow};
use assay_core::engine::Cost;
use assay_core::verdict::{Outcome, Reason};

use super::counted;
use super::joined::{Joined, by_window, label_spec};
use super::opened::{self, Opened};
use super::planned::{self, By, Planned};
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
    let opened = opened::open(one, None).await?;
    let pinned = planned::pinned(&pin(&monitor.baseline).unwrap_or_default(), monitor.window.size);
    let planned = planned::plan(one, &opened, &pinned).await?;
    let marks = vec![pinned.clone(), opened.live().snapshot.fingerprint.clone()];
    let mut walk = Walk {
        one,
        opened: &opened,
        by: &planned.by,
        summary: Summary::new(monitor, opened.live()),
        summaries: stored(one, &planned)?,
        // windows of another size are another series
        history: one.history.iter().filter(|row| row.baseline == pinned).cloned().collect(),
        pinned,
        evaluated: Evaluated { marks, ..Evaluated::default() },
    };
    for row in late_labels(one, &walk.pinned) {
        walk.labels(row).await?;
    }
    for window in &planned.due {
        walk.window(window).await?;
    }
    let mut evaluated = walk.evaluated;
    if evaluated.records.is_empty() {
        let text = "no closed window".to_string();
        let record = records::skipped(monitor, &monitor.at, "no_closed_window", text, &opened.live().snapshot);
        evaluated.records.push(record);
    }
    if planned.left > 0
        && let Some(record) = evaluated.records.last_mut().and_then(|record| record.monitor.as_mut())
    {
        record.notes.push(format!("{} more closed windows are left: run it again", planned.left));
    }
    Ok(evaluated)
}

/// The summaries in the store that baselines of these windows can be made of.
fn stored(one: One<'_>, planned: &Planned) -> Result<BTreeMap<String, StoredSummary>, Reason> {
    let mut summaries = BTreeMap::new();
    let (Some(store), Some(last)) = (one.store, planned.due.last()) else { return Ok(summaries) };
    let first = one.history.iter().map(|row| row.start).min().unwrap_or(last.start);
    let rows = store
        .states(&one.monitor.name, &planned::pinned(MEASURES, one.monitor.window.size), first, last.start.max(first))
        .map_err(|error| Reason { code: error.code.into(), text: error.text })?;
    for row in rows {
        let summary = StoredSummary::from_bytes(&row.state)
            .map_err(|text| Reason { code: "store_corrupt".into(), text: format!("{}: {text}", row.window) })?;
        summaries.insert(row.window, summary);
    }
    Ok(summaries)
}

fn late_labels<'a>(one: One<'a>, pinned: &str) -> Vec<&'a WindowRow> {
    let wants = one.monitor.concept.is_some() || !one.monitor.performance.is_empty();
    if wants && one.with.window.is_none() { reopened(one.history, pinned) } else { Vec::new() }
}

struct Walk<'a> {
    one: One<'a>,
    opened: &'a Opened,
    by: &'a By,
    summary: Summary,
    summaries: BTreeMap<String, StoredSummary>,
    pinned: String,
    history: Vec<WindowRow>,
    evaluated: Evaluated,
}

impl Walk<'_> {
    fn grid(&self) -> Option<&Grid> {
        match self.by {
            By::Time { grid, .. } => Some(grid),
            By::Whole | By::Rows(_) => None,
        }
    }

    async fn window(&mut self, window: &LiveWindow) -> Result<(), Reason> {
        let merged = baseline_of(self.one.monitor, window, self.grid(), &self.history, &self.summaries);
        match merged {
            Ok(merged) => self.compared(window, &merged.baseline, &merged.windows).await,
            Err(stop) => self.summarised(window, stop).await,
        }
    }

    /// A window without a baseline: it leaves its summary for others.
    async fn summarised(&mut self, window: &LiveWindow, stop: Stop) -> Result<(), Reason> {
        let scan = counted::arrange(self.by, std::slice::from_ref(window), &[], &self.pinned);
        let spec = LiveSpec::new(scan.windows, vec![], self.summary.live(), vec![], vec![], None);
        let (mut answers, cost) = counted::measure(self.one, self.opened, vec![spec]).await;
        let mut sorted = counted::sort(answers.remove(0)?, &scan.places);
        let Some(state) = sorted.states.remove(&0) else { return Ok(()) };
        let rows = state.segments.first().map_or(0, |whole| whole.rows);
        self.remember(window, &state);

        let monitor = self.one.monitor;
        let snapshot = &self.opened.live().snapshot;
        let mut record =
            records::skipped(monitor, &monitor.baseline_at, &stop.reason.code, stop.reason.text.clone(), snapshot);
        record.cost = cost;
        record.monitor = Some(Box::new(MonitorRecord {
            window: Some(WindowRecord {
                name: window.name.clone(),
                start: window.start_text().map(str::to_owned),
                end: window.civil.as_ref().map(|civil| civil.end_text.clone()),
                revision: 1,
                rows,
                rows_without_time: sorted.unplaced.without_time,
                ..WindowRecord::default()
            }),
            model: monitor.model.clone(),
            ..MonitorRecord::default()
        }));
        self.evaluated.records.push(record);
        self.add(WindowRow {
            monitor: monitor.name.clone(),
            baseline: self.pinned.clone(),
            window: window.name.clone(),
            start: window.start,
            end: window.end,
            revision: 1,
            rows,
            late_rows: 0,
            run: String::new(),
            outcome: Outcome::Skipped,
            labels_closed: true,
            accepted: false,
            checks: Vec::new(),
        });
        Ok(())
    }

    async fn compared(&mut self, window: &LiveWindow, baseline: &Baseline, merged: &[String]) -> Result<(), Reason> {
        let prepared = prepare(self.one.monitor, baseline, self.opened.live());
        let scan = counted::arrange(self.by, std::slice::from_ref(window), &[], &self.pinned);
        let plan = prepared.plan(scan.windows.clone(), &self.summary.live());
        let spec = label_spec(self.opened, &prepared, &scan);
        let specs = [Some(plan.spec.clone()), spec.as_ref().and_then(|spec| spec.as_ref().ok()).cloned()];
        let (mut answers, cost) = counted::measure(self.one, self.opened, specs.into_iter().flatten().collect()).await;
        let mut sorted = counted::sort(answers.remove(0)?, &scan.places);
        let Some(state) = sorted.states.remove(&0) else { return Ok(()) };
        let (state, summary) = plan.split(0, state);
        self.remember(window, &summary);
        let joined = match spec {
            None => Joined::Absent,
            Some(Err(reason)) => Joined::Unavailable(reason),
            Some(Ok(_)) => by_window(answers.pop(), &scan.places, 1).pop().unwrap_or(Joined::Absent),
        };
        let known = self.history.iter().find(|row| row.window == window.name && row.baseline == self.pinned).cloned();
        let revision = known.as_ref().map_or(1, |row| row.revision + 1);
        let proposals = self.proposals();
        let input = WindowInput {
            window,
            rows: state.segments.first().map_or(0, |whole| whole.rows),
            labelled: joined.lend(),
            pinned: &self.pinned,
            merged,
            history: &self.history,
            proposals: &proposals,
            revision,
            late_rows: 0,
            rows_without_time: sorted.unplaced.without_time,
            again: self.one.with.again,
            now: self.one.now(),
        };
        let judged = judge(&prepared, &state, &input);
        let mut row = records::row(self.one.monitor, window, &self.pinned, &judged);
        row.accepted = known.is_some_and(|row| row.accepted);
        let snapshot = &self.opened.live().snapshot;
        self.evaluated.records.push(records::window(self.one.monitor, &judged, snapshot, cost));
        self.evaluated.commit.proposals.extend(judged.proposal);
        self.add(row);
        Ok(())
    }

    /// Late labels reopen only performance and concept.
    async fn labels(&mut self, row: &WindowRow) -> Result<(), Reason> {
        let Some(window) = self.by.again(row) else { return Ok(()) };
        let merged = baseline_of(self.one.monitor, &window, self.grid(), &self.history, &self.summaries);
        let Ok(merged) = merged else { return Ok(()) };
        let prepared: Prepared<'_> = prepare(self.one.monitor, &merged.baseline, self.opened.live());
        let scan = counted::arrange(self.by, std::slice::from_ref(&window), &[], &self.pinned);
        let joined = match label_spec(self.opened, &prepared, &scan) {
            None => return Ok(()),
            Some(Err(reason)) => Joined::Unavailable(reason),
            Some(Ok(spec)) => {
                let (mut answers, _) = counted::measure(self.one, self.opened, vec![spec]).await;
                by_window(answers.pop(), &scan.places, 1).pop().unwrap_or(Joined::Absent)
            }
        };
        let proposals = self.proposals();
        let input = WindowInput {
            window: &window,
            rows: row.rows,
            labelled: joined.lend(),
            pinned: &self.pinned,
            merged: &merged.windows,
            history: &self.history,
            proposals: &proposals,
            revision: row.revision,
            late_rows: row.late_rows,
            rows_without_time: 0,
            again: self.one.with.again,
            now: self.one.now(),
        };
        let judged = judge_labels(&prepared, &input);
        let checks = replaced(&row.checks, judged.rows.clone());
        let outcome = checks.iter().map(|check| check.outcome).max().unwrap_or(row.outcome);
        let snapshot = &self.opened.live().snapshot;
        self.evaluated.records.push(records::window(self.one.monitor, &judged, snapshot, Cost::default()));
        self.evaluated.commit.proposals.extend(judged.proposal);
        self.add(WindowRow { checks, outcome, labels_closed: judged.labels_closed, ..row.clone() });
        Ok(())
    }

    fn proposals(&self) -> Vec<assay_core::drift::store::Proposal> {
        self.one.proposals.iter().chain(&self.evaluated.commit.proposals).cloned().collect()
    }

    fn remember(&mut self, window: &LiveWindow, state: &WindowState) {
        let bytes = self.summary.to_bytes(state);
        if let Ok(summary) = StoredSummary::from_bytes(&bytes) {
            self.summaries.insert(window.name.clone(), summary);
        }
        self.evaluated.commit.states.push(StateRow {
            monitor: self.one.monitor.name.clone(),
            measures: planned::pinned(MEASURES, self.one.monitor.window.size),
            window: window.name.clone(),
            start: window.start,
            end: window.end,
            state: bytes,
        });
    }

    fn add(&mut self, row: WindowRow) {
        self.evaluated.marks.push(row.window.clone());
        let same = |other: &&mut WindowRow| other.window == row.window && other.baseline == row.baseline;
        match self.history.iter_mut().find(same) {
            Some(old) => *old = row.clone(),
            None => self.history.push(row.clone()),
        }
        self.evaluated.commit.windows.push(row);
    }
}
