//! What the families take from a run of a document: a few numbers in place of the whole record.

use assay_core::history::{OBSERVED, PointCheck};
use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::{Dimension, Observed, Outcome, Severity};

use super::text::Sink;
use crate::formats::text::printable;

/// What is told of one contract or monitor. All texts are printable.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Its name.
    pub document: Box<str>,
    /// What a daemon knows of it.
    pub kept: Option<Kept>,
    pub(super) rows: Option<f64>,
    pub(super) newest_record: Option<f64>,
    /// By id, each once.
    pub(super) checks: Vec<CheckFacts>,
    /// By column and method, each once.
    pub(super) tests: Vec<TestFacts>,
    /// By metric, each once.
    pub(super) performance: Vec<(Box<str>, f64)>,
    /// Columns that drifted, and columns that were tested.
    pub(super) columns: Option<(f64, f64)>,
}

/// What takes a daemon to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// `contract` or `monitor`.
    pub kind: &'static str,
    /// Its layer, else empty.
    pub layer: Box<str>,
    /// Who looks after it, else empty.
    pub owner: Box<str>,
    /// Seconds that the newest run took; `None`: there was none.
    pub duration: Option<f64>,
    /// When the next run is due, in seconds since 1970.
    pub next_run: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CheckFacts {
    pub id: Box<str>,
    pub severity: &'static str,
    pub success: Option<f64>,
    pub error: f64,
    pub warned: bool,
    pub failed_rows: Option<f64>,
    pub observed: Option<f64>,
    pub at: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TestFacts {
    pub column: Box<str>,
    pub method: Box<str>,
    pub score: f64,
    pub threshold: Option<f64>,
    pub detected: f64,
}

impl Facts {
    /// Of a document that nothing is known of but its name.
    pub fn new(document: &str) -> Self {
        Facts {
            document: text(document),
            kept: None,
            rows: None,
            newest_record: None,
            checks: Vec::new(),
            tests: Vec::new(),
            performance: Vec::new(),
            columns: None,
        }
    }

    pub(super) fn of(table: &TableRecord, at: Option<f64>) -> Self {
        let mut checks: Vec<CheckFacts> = table.checks.iter().map(|check| CheckFacts::of(check, at)).collect();
        // of two with the same labels the first stays
        checks.sort_by(|a, b| (&a.id, a.severity).cmp(&(&b.id, b.severity)));
        checks.dedup_by(|a, b| (&a.id, a.severity) == (&b.id, b.severity));
        let mut facts = Facts {
            rows: rows(table).map(|rows| rows as f64),
            newest_record: table.checks.iter().filter_map(newest_record).max_by(f64::total_cmp),
            checks,
            ..Facts::new(&table.table)
        };
        if table.monitor.is_some() {
            facts.drift(table);
        }
        facts
    }

    fn drift(&mut self, table: &TableRecord) {
        for check in &table.checks {
            let tests = check.drift.iter().flat_map(|drift| &drift.tests).filter(|test| test.deciding);
            for test in tests.filter(|test| !matches!(test.outcome, Outcome::Skipped | Outcome::Error)) {
                let Some(effect) = test.effect else { continue };
                if check.dimension == Dimension::Performance {
                    self.performance.push((text(&test.test), effect));
                    continue;
                }
                self.tests.push(TestFacts {
                    column: text(check.column.as_deref().unwrap_or(&check.id)),
                    method: text(&test.test),
                    score: effect,
                    threshold: test.limits.and_then(|limits| limits.fail.or(limits.warn)),
                    detected: f64::from(u8::from(is_bad(test.outcome))),
                });
            }
        }
        self.tests.sort_by(|a, b| (&a.column, &a.method).cmp(&(&b.column, &b.method)));
        self.tests.dedup_by(|a, b| (&a.column, &a.method) == (&b.column, &b.method));
        self.performance.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.performance.dedup_by(|(a, _), (b, _)| a == b);
        self.columns = columns(table);
    }

    pub(super) fn whole(&self, sink: &mut Sink<'_>, value: Option<f64>) {
        if let Some(value) = value {
            sink.put(&[&self.document], value);
        }
    }

    pub(super) fn each_check(&self, sink: &mut Sink<'_>, figure: fn(&CheckFacts) -> Option<f64>) {
        for check in &self.checks {
            if let Some(value) = figure(check) {
                sink.put(&[&self.document, &check.id, check.severity], value);
            }
        }
    }

    pub(super) fn each_test(&self, sink: &mut Sink<'_>, figure: fn(&TestFacts) -> Option<f64>) {
        for test in &self.tests {
            if let Some(value) = figure(test) {
                sink.put(&[&self.document, &test.column, &test.method], value);
            }
        }
    }
}

impl Kept {
    /// Of a document that was not run yet.
    pub fn new(kind: &'static str, layer: Option<&str>, owner: Option<&str>) -> Self {
        let text = |value: Option<&str>| text(value.unwrap_or_default());
        Kept { kind, layer: text(layer), owner: text(owner), duration: None, next_run: None }
    }
}

impl CheckFacts {
    fn of(check: &CheckRecord, at: Option<f64>) -> Self {
        let verdict = &check.verdict;
        CheckFacts {
            id: text(&check.id),
            severity: match check.severity {
                Severity::Warn => "warn",
                Severity::Fail => "fail",
            },
            success: match verdict.outcome {
                Outcome::Pass | Outcome::Warn => Some(1.0),
                Outcome::Fail => Some(0.0),
                Outcome::Skipped | Outcome::Error => None,
            },
            error: f64::from(u8::from(verdict.outcome == Outcome::Error)),
            warned: verdict.outcome == Outcome::Warn,
            failed_rows: verdict.failing.map(|rows| rows as f64),
            observed: PointCheck::of(check).figure(OBSERVED),
            at,
        }
    }
}

fn text(text: &str) -> Box<str> {
    printable(text).into()
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
        (Dimension::Timeliness, Some(Observed::Text(text))) => super::seconds(text),
        _ => None,
    }
}

fn columns(table: &TableRecord) -> Option<(f64, f64)> {
    let columns = |wanted: fn(Outcome) -> bool| {
        let checks = table.checks.iter().filter(|check| check.check == "drift" && wanted(check.verdict.outcome));
        let mut columns: Vec<&str> = checks.filter_map(|check| check.column.as_deref()).collect();
        columns.sort_unstable();
        columns.dedup();
        columns.len() as f64
    };
    let tested = columns(|outcome| is_bad(outcome) || outcome == Outcome::Pass);
    (tested > 0.0).then(|| (columns(is_bad), tested))
}

fn is_bad(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Warn | Outcome::Fail)
}
