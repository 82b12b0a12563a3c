//! Metrics of one run in Prometheus' text format, for node_exporter's textfile collector. What takes a daemon to know
//! (incidents, durations) is not here, and nothing in it is measured by a clock.

mod families;
mod newest;

use assay_core::history::{OBSERVED, PointCheck};
use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::verdict::{Dimension, Observed, Outcome, Severity};
use chrono::DateTime;

use crate::Report;
use families::Families;

/// The metrics of a report. Of a monitor with several windows they are those of the newest one; a report without a run has
/// no more than the version of Assay.
pub fn textfile(report: &Report<'_>) -> String {
    let mut families = Families::new();
    families.set("assay_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    if let Report::Ran(ran) = report {
        for table in newest::windows(ran.run) {
            of_table(table, ran.run, &mut families);
        }
    }
    families.text()
}

fn of_table(table: &TableRecord, run: &RunRecord, families: &mut Families) {
    let contract = [("contract", table.table.as_str())];
    if let Some(rows) = rows(table) {
        families.set("assay_dataset_rows", &contract, rows as f64);
    }
    if let Some(newest) = table.checks.iter().filter_map(newest_record).max_by(f64::total_cmp) {
        families.set("assay_dataset_newest_record_timestamp_seconds", &contract, newest);
    }
    for check in &table.checks {
        of_check(table, check, run, families);
    }
    if table.monitor.is_some() {
        drift(table, families);
    }
}

fn rows(table: &TableRecord) -> Option<u64> {
    match &table.monitor {
        Some(monitor) => monitor.window.as_ref().map(|window| window.rows),
        None => table.snapshot.as_ref().and_then(|snapshot| snapshot.rows_selected.or(snapshot.rows_total)),
    }
}

/// Where a check of freshness found an instant. A time without a zone is none.
fn newest_record(check: &CheckRecord) -> Option<f64> {
    match (check.dimension, &check.verdict.observed) {
        (Dimension::Timeliness, Some(Observed::Text(text))) => seconds(text),
        _ => None,
    }
}

fn seconds(time: &str) -> Option<f64> {
    let time = DateTime::parse_from_rfc3339(time).ok()?;
    Some(time.timestamp() as f64 + f64::from(time.timestamp_subsec_millis()) / 1e3)
}

fn of_check(table: &TableRecord, check: &CheckRecord, run: &RunRecord, families: &mut Families) {
    let severity = match check.severity {
        Severity::Warn => "warn",
        Severity::Fail => "fail",
    };
    let labels = [("contract", table.table.as_str()), ("check", &check.id), ("severity", severity)];
    let verdict = &check.verdict;
    let success = match verdict.outcome {
        Outcome::Pass | Outcome::Warn => Some(1.0),
        Outcome::Fail => Some(0.0),
        Outcome::Skipped | Outcome::Error => None,
    };
    let error = f64::from(u8::from(verdict.outcome == Outcome::Error));
    let figures = [
        ("assay_check_success", success),
        ("assay_check_error", Some(error)),
        ("assay_check_failed_rows", verdict.failing.map(|rows| rows as f64)),
        ("assay_check_observed", PointCheck::of(check).figure(OBSERVED)),
        ("assay_check_last_run_timestamp_seconds", seconds(&run.as_of)),
    ];
    for (name, value) in figures {
        if let Some(value) = value {
            families.set(name, &labels, value);
        }
    }
}

fn drift(table: &TableRecord, families: &mut Families) {
    let monitor = table.table.as_str();
    for check in &table.checks {
        let tests = check.drift.iter().flat_map(|drift| &drift.tests).filter(|test| test.deciding);
        for test in tests.filter(|test| !matches!(test.outcome, Outcome::Skipped | Outcome::Error)) {
            let Some(effect) = test.effect else { continue };
            if check.dimension == Dimension::Performance {
                families.set("assay_model_performance", &[("monitor", monitor), ("metric", &test.test)], effect);
                continue;
            }
            let column = check.column.as_deref().unwrap_or(&check.id);
            let labels = [("monitor", monitor), ("column", column), ("method", &test.test)];
            families.set("assay_drift_score", &labels, effect);
            if let Some(limit) = test.limits.and_then(|limits| limits.fail.or(limits.warn)) {
                families.set("assay_drift_threshold", &labels, limit);
            }
            families.set("assay_drift_detected", &labels, f64::from(u8::from(is_bad(test.outcome))));
        }
    }
    let columns = |wanted: &dyn Fn(Outcome) -> bool| {
        let checks = table.checks.iter().filter(|check| check.check == "drift" && wanted(check.verdict.outcome));
        let mut columns: Vec<&str> = checks.filter_map(|check| check.column.as_deref()).collect();
        columns.sort_unstable();
        columns.dedup();
        columns.len() as f64
    };
    let evaluated = columns(&|outcome| is_bad(outcome) || outcome == Outcome::Pass);
    if evaluated > 0.0 {
        families.set("assay_drift_columns", &[("monitor", monitor)], evaluated);
        families.set("assay_drift_columns_drifted", &[("monitor", monitor)], columns(&is_bad));
    }
}

fn is_bad(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Warn | Outcome::Fail)
}

#[cfg(test)]
mod tests;
