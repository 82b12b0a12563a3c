//! What stands above and below the checks of a monitor's window: which rows were compared with which, what did not
//! move, and what follows for the model.

use assay_core::drift::record::{BaselineRecord, MonitorRecord, WindowRecord};
use assay_core::run::CheckRecord;

use super::page::{Page, Tone};
use super::words::{count, plural};

/// Quiet checks beyond this many are summed up.
const QUIET_SHOWN: usize = 12;
/// Digits of a hash that tell baselines apart at a glance.
const HASH: usize = 8;

/// Writes which rows were compared with which.
pub(super) fn header(monitor: &MonitorRecord, page: &mut Page) {
    if let Some(window) = &monitor.window {
        page.wrapped(2, Tone::Plain, &format!("window {}", rows_of(window)));
    }
    let baseline = monitor.baseline.as_ref().map(|baseline| format!("baseline {}", baseline_of(baseline)));
    let model = monitor.model.as_ref().map(|(name, version)| format!("model {name} version {version}"));
    let parts: Vec<String> = baseline.into_iter().chain(model).collect();
    if !parts.is_empty() {
        page.wrapped(2, Tone::Plain, &parts.join("; "));
    }
}

/// `window 2026-11-19T00:00:00+04:00, 68,785 rows against fare_eta-7@9c1f02ab`, for one line.
pub(crate) fn summary(monitor: &MonitorRecord) -> String {
    let window = monitor
        .window
        .as_ref()
        .map(|window| format!("window {}, {}", window.name, plural(window.rows as usize, "row")));
    let baseline = monitor.baseline.as_ref().map(|baseline| format!("against {}", named(baseline)));
    window.into_iter().chain(baseline).collect::<Vec<_>>().join(" ")
}

pub(crate) fn rows_of(window: &WindowRecord) -> String {
    let span = match (&window.start, &window.end) {
        (Some(start), Some(end)) => format!("{start} to {end}"),
        _ => window.name.clone(),
    };
    let mut parts = vec![span, plural(window.rows as usize, "row")];
    if window.late_rows > 0 {
        parts.push(format!("{} late and not counted", count(window.late_rows)));
    }
    if window.rows_without_time > 0 {
        parts.push(format!("{} without a time", count(window.rows_without_time)));
    }
    if window.revision > 1 {
        parts.push(format!("revision {}", window.revision));
    }
    if window.partial {
        parts.push("labels not all due yet".into());
    }
    parts.join(", ")
}

/// `fare_eta-7@9c1f02ab`.
pub(crate) fn named(baseline: &BaselineRecord) -> String {
    let hash: String = baseline.sha256.chars().take(HASH).collect();
    if hash.is_empty() { baseline.name.clone() } else { format!("{}@{hash}", baseline.name) }
}

pub(crate) fn baseline_of(baseline: &BaselineRecord) -> String {
    let mut parts = vec![named(baseline), plural(baseline.rows as usize, "row")];
    if !baseline.windows.is_empty() {
        parts.push(format!("of {}", plural(baseline.windows.len(), "window")));
    }
    parts.extend(baseline.created_at.as_ref().map(|at| format!("made {at}")));
    parts.join(", ")
}

/// One line for all that did not move.
pub(super) fn quiet(checks: &[&CheckRecord], page: &mut Page) {
    if checks.is_empty() {
        return;
    }
    let names: Vec<&str> = checks.iter().take(QUIET_SHOWN).map(|check| check.id.as_str()).collect();
    let more = match checks.len() - names.len() {
        0 => String::new(),
        n => format!(" and {} more", count(n as u64)),
    };
    page.wrapped(2, Tone::Plain, &format!("quiet: {}{more} (--verbose shows their figures)", names.join(", ")));
}

/// What was decided on training the model again.
pub(super) fn retrain(monitor: &MonitorRecord, page: &mut Page) {
    if let Some(retrain) = &monitor.retrain {
        page.headed(2, (Tone::Strong, "retrain"), &retrain.state, &retrain.text);
    }
}
