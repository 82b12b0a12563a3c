//! Records of monitors.

use assay_checks::monitor::Judged;
use assay_checks::monitor::LiveWindow;
use assay_core::drift::monitor::Monitor;
use assay_core::drift::record::{MonitorRecord, WindowRecord};
use assay_core::drift::store::WindowRow;
use assay_core::engine::{Cost, Snapshot};
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, SnapshotRecord, TableRecord};
use assay_core::verdict::{Dimension, NotRun, Reason, Severity, Verdict};

fn frame(monitor: &Monitor) -> TableRecord {
    TableRecord {
        table: monitor.name.clone(),
        layer: monitor.layer.clone(),
        owner: monitor.owner.clone(),
        contract_path: monitor.path.to_string(),
        contract_sha256: monitor.sha256.clone(),
        snapshot: None,
        reason: None,
        cost: Cost::default(),
        monitor: Some(Box::default()),
        checks: Vec::new(),
    }
}

/// A monitor that could not be evaluated as a whole.
pub(crate) fn broken(monitor: &Monitor, reason: Reason) -> TableRecord {
    TableRecord { checks: vec![alone(monitor, "monitor", &monitor.at, NotRun::Error(reason))], ..frame(monitor) }
}

/// A monitor that is switched off: nothing of it was read.
pub(crate) fn disabled(monitor: &Monitor) -> TableRecord {
    TableRecord { checks: vec![alone(monitor, "monitor", &monitor.at, crate::open::disabled())], ..frame(monitor) }
}

/// A monitor that evaluated no window, on purpose.
pub(crate) fn skipped(monitor: &Monitor, at: &Place, code: &str, text: String, snapshot: &Snapshot) -> TableRecord {
    let check = alone(monitor, "window", at, NotRun::skipped(code, text));
    TableRecord { snapshot: Some(read(monitor, snapshot)), checks: vec![check], ..frame(monitor) }
}

/// A window that could not be judged, with what is known of it.
pub(crate) fn unjudged(monitor: &Monitor, window: WindowRecord, why: &Reason, snapshot: &Snapshot) -> TableRecord {
    let check = alone(monitor, "window", &monitor.at, NotRun::Error(why.clone()));
    let mut read = read(monitor, snapshot);
    read.rows_selected = Some(window.rows);
    let record = MonitorRecord { window: Some(window), model: monitor.model.clone(), ..MonitorRecord::default() };
    TableRecord { snapshot: Some(read), monitor: Some(Box::new(record)), checks: vec![check], ..frame(monitor) }
}

/// The only check of a monitor without a judged window.
fn alone(monitor: &Monitor, id: &str, at: &Place, why: NotRun) -> CheckRecord {
    CheckRecord {
        id: id.into(),
        check: id.into(),
        column: None,
        dimension: Dimension::Drift,
        severity: Severity::Fail,
        at: at.clone(),
        why: None,
        tags: monitor.tags.clone(),
        verdict: Verdict::not_run(why),
        samples: None,
        drift: None,
    }
}

/// A window that was evaluated.
pub(crate) fn window(monitor: &Monitor, judged: &Judged, snapshot: &Snapshot, cost: Cost) -> TableRecord {
    let mut read = read(monitor, snapshot);
    read.rows_selected = judged.record.window.as_ref().map(|window| window.rows);
    TableRecord {
        snapshot: Some(read),
        cost,
        monitor: Some(Box::new(judged.record.clone())),
        checks: judged.checks.clone(),
        ..frame(monitor)
    }
}

/// The same for history.
pub(crate) fn row(monitor: &Monitor, window: &LiveWindow, pinned: &str, judged: &Judged) -> WindowRow {
    let record = judged.record.window.clone().unwrap_or_default();
    WindowRow {
        monitor: monitor.name.clone(),
        baseline: pinned.to_owned(),
        window: window.name.clone(),
        start: window.start,
        end: window.end,
        revision: record.revision,
        rows: record.rows,
        late_rows: record.late_rows,
        // the run's id is known when everything is measured
        run: String::new(),
        outcome: judged.outcome,
        labels_closed: judged.labels_closed,
        accepted: false,
        checks: judged.rows.clone(),
    }
}

fn read(monitor: &Monitor, snapshot: &Snapshot) -> SnapshotRecord {
    SnapshotRecord {
        format: snapshot.format.to_string(),
        path: snapshot.path.clone(),
        files: snapshot.files,
        files_pruned: snapshot.files_pruned,
        bytes: snapshot.bytes,
        fingerprint: snapshot.fingerprint.clone(),
        rows_total: snapshot.rows,
        rows_selected: None,
        filter: monitor.rows.as_ref().map(|sql| sql.0.clone()),
        notes: snapshot.notes.clone(),
    }
}
