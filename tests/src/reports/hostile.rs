//! Every hostile string in every place of a report that data or a contract can reach.

use std::sync::Arc;

use assay_core::change::{Change, ChangeVerdict, ChangesRecord, DocumentKind, Found, NextVersion};
use assay_core::drift::record::{
    BaselineRecord, DriftRecord, MonitorRecord, Ranked, RetrainRecord, SegmentRecord, TestRecord, WindowRecord,
};
use assay_core::engine::{Cell, RowName, SampleRow};
use assay_core::history::{FAILING, History, OBSERVED, Point, PointCheck};
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, Samples, SnapshotRecord, TableRecord};
use assay_core::verdict::{Dimension, Limits, Observed, Outcome, Reason, Verdict};
use assay_report::FileProblem;
use assay_stats::drift::{Bins, ColumnKind};

use super::drift::psi;
use crate::hostile::strings;

/// A table and a window of a monitor for each hostile string, which stands in every field that takes text.
pub fn hostile_run() -> RunRecord {
    run_of(&strings())
}

/// The same of other strings: what [`hostile_run`] must look like but for its words.
pub fn run_of(all: &[String]) -> RunRecord {
    let tables = all.iter().map(|text| table(text));
    let models = all.iter().map(|text| model(text));
    RunRecord {
        vars: all.iter().map(|text| (text.clone(), text.clone())).collect(),
        notes: all.to_vec(),
        ..super::run(tables.chain(models).collect())
    }
}

/// Earlier points of all of [`hostile_run`].
pub fn hostile_history() -> History {
    let point = |text: &String, outcome| Point {
        at: text.clone(),
        outcome,
        rows: Some(1000),
        checks: vec![PointCheck {
            id: text.clone(),
            outcome,
            figures: vec![(OBSERVED.into(), 3.5), (FAILING.into(), 0.25), ("psi".into(), 0.3), (text.clone(), 0.5)],
        }],
    };
    let points = |text: &String| vec![point(text, Outcome::Pass), point(text, Outcome::Fail)];
    let all = strings();
    let tables = all.iter().map(|text| (text.clone(), points(text)));
    let models = all.iter().map(|text| (model_name(text), points(text)));
    History { documents: tables.chain(models).collect() }
}

/// A change for each hostile string, of every verdict and kind.
pub fn hostile_changes() -> ChangesRecord {
    let all = strings();
    let kinds = [DocumentKind::Contract, DocumentKind::Monitor, DocumentKind::Rules];
    let change = |(index, text): (usize, &String)| Change {
        verdict: ChangeVerdict::ALL[index % 4],
        code: "limit_loosened",
        kind: kinds[index % 3],
        document: text.clone(),
        column: Some(text.clone()),
        check: Some(text.clone()),
        at: place(text),
        at_base: index % 2 == 0,
        before: Some(text.clone()),
        after: Some(text.clone()),
        message: text.clone(),
        found: match index % 4 {
            0 => None,
            1 => Some(Found::Rows { failing: 5, tested: 100, passes: index % 8 == 1 }),
            2 => Some(Found::Judged { passes: false, message: text.clone() }),
            _ => Some(Found::Unknown(text.clone())),
        },
    };
    let mut changes: Vec<Change> = all.iter().enumerate().map(change).collect();
    changes.sort_by_key(|change| change.verdict);
    ChangesRecord {
        base: all[0].clone(),
        base_commit: all[1].clone(),
        head: all[2].clone(),
        head_commit: all[3].clone(),
        documents: all.len() as u64,
        changes,
        allowed: vec![ChangeVerdict::MonitoringWeakened],
        next_version: Some(NextVersion { level: "major", current: Some(all[4].clone()), next: Some(all[5].clone()) }),
        notes: all,
    }
}

/// A problem of a file for each hostile string.
pub fn hostile_problems() -> Vec<FileProblem> {
    let problem =
        |text: &String| FileProblem { at: Some(place(text)), message: text.clone(), hint: Some(text.clone()) };
    strings().iter().map(problem).collect()
}

fn place(text: &str) -> Place {
    Place { path: Arc::from(text), line: 3, column: 7 }
}

fn reason(text: &str) -> Reason {
    Reason { code: text.into(), text: text.into() }
}

fn table(text: &str) -> TableRecord {
    let broken = check(text, Outcome::Fail);
    let unread = CheckRecord {
        samples: Some(Samples { rows: Err(text.into()), of: 7 }),
        verdict: Verdict { reason: Some(reason(text)), ..verdict(text, Outcome::Error) },
        ..check(text, Outcome::Error)
    };
    TableRecord { reason: Some(reason(text)), ..record(text, vec![broken, unread]) }
}

fn record(text: &str, checks: Vec<CheckRecord>) -> TableRecord {
    TableRecord {
        layer: Some(text.into()),
        owner: Some(text.into()),
        contract_path: text.into(),
        contract_sha256: text.into(),
        snapshot: Some(SnapshotRecord {
            format: text.into(),
            path: text.into(),
            fingerprint: text.into(),
            filter: Some(text.into()),
            notes: vec![text.into()],
            ..super::snapshot()
        }),
        ..super::table(text, checks)
    }
}

fn check(text: &str, outcome: Outcome) -> CheckRecord {
    let cell = || Cell::Text(text.into());
    let keyed = SampleRow { name: RowName::Key(vec![(text.into(), cell())]), values: vec![(text.into(), cell())] };
    let placed = SampleRow { name: RowName::Place { file: text.into(), row: 41 }, values: vec![(text.into(), cell())] };
    CheckRecord {
        id: text.into(),
        check: text.into(),
        column: Some(text.into()),
        at: place(text),
        why: Some(text.into()),
        tags: vec![text.into(), text.into()],
        verdict: verdict(text, outcome),
        samples: Some(Samples { rows: Ok(vec![keyed, placed]), of: 7 }),
        ..super::check("x", 1, outcome, text)
    }
}

fn verdict(text: &str, outcome: Outcome) -> Verdict {
    Verdict {
        tested: Some(100),
        failing: Some(7),
        tolerate: Some(text.into()),
        limits: Some(Limits { warn: vec![(text.into(), text.into())], fail: vec![(text.into(), text.into())] }),
        expected: Some(text.into()),
        observed: Some(Observed::Text(text.into())),
        notes: vec![text.into()],
        ..Verdict::new(outcome, text)
    }
}

/// Tables and monitors of one run have different names.
fn model_name(text: &str) -> String {
    format!("{text} model")
}

fn model(text: &str) -> TableRecord {
    let missing = Verdict { reason: Some(reason(text)), ..verdict(text, Outcome::Skipped) };
    let checks = vec![
        drifting(text, ColumnKind::Numeric),
        drifting(text, ColumnKind::Categorical),
        CheckRecord { verdict: missing, drift: Some(Box::default()), ..check(text, Outcome::Skipped) },
    ];
    let monitor = MonitorRecord {
        window: Some(WindowRecord { name: text.into(), revision: 1, rows: 68_785, ..WindowRecord::default() }),
        baseline: Some(BaselineRecord {
            name: text.into(),
            sha256: text.into(),
            rows: 208_892,
            created_at: Some(text.into()),
            formula_version: 1,
            windows: vec![text.into(), text.into()],
        }),
        model: Some((text.into(), text.into())),
        ranking: vec![Ranked { column: text.into(), contribution: 1.0, moved: text.into(), outcome: Outcome::Fail }],
        retrain: Some(RetrainRecord {
            id: text.into(),
            state: text.into(),
            idempotency_key: text.into(),
            text: text.into(),
        }),
        notes: vec![text.into()],
    };
    TableRecord { table: model_name(text), monitor: Some(Box::new(monitor)), ..record(text, checks) }
}

fn drifting(text: &str, kind: ColumnKind) -> CheckRecord {
    let spans = match kind {
        ColumnKind::Numeric => vec![(f64::NEG_INFINITY, 1.0), (1.0, 2.0), (2.0, f64::INFINITY)],
        ColumnKind::Categorical => vec![],
    };
    let test = TestRecord { p_from: Some(text.into()), notes: vec![text.into()], ..psi(0.4) };
    let segment = |value: Option<&str>| SegmentRecord {
        segment: vec![(text.into(), value.map(Into::into))],
        outcome: Outcome::Fail,
        tests: vec![test.clone()],
        reason: Some(reason(text)),
    };
    let drift = DriftRecord {
        kind: Some(kind),
        tests: vec![test.clone()],
        bins: Some(Bins {
            labels: vec![text.into(), format!("{text} 2"), format!("{text} 3"), "__missing__".into()],
            base: vec![400, 300, 300, 0],
            live: vec![100, 300, 600, 10],
        }),
        spans,
        pair: Some((text.into(), text.into())),
        figures: vec![("mean".into(), 1.2, 1.4)],
        segments: vec![segment(Some(text)), segment(None)],
        since: Some(text.into()),
        contribution: Some(1.0),
        ..DriftRecord::default()
    };
    CheckRecord { dimension: Dimension::Drift, drift: Some(Box::new(drift)), ..check(text, Outcome::Fail) }
}
