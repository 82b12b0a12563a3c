//! Documents and runs of them.

use std::sync::Arc;

use assay_core::drift::monitor::Confirm;
use assay_core::ops::Millis;
use assay_core::ops::runs::Kind;
use assay_core::run::RunRecord;
use assay_core::schedule::{Cron, Schedule};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::Ran;
use super::documents::Known;
use crate::work::{Document, Project};

pub use assay_report::metrics::facts;

/// Every hour.
pub fn document(name: &str, kind: Kind) -> Document {
    let cron = Cron::parse("0 * * * *").expect("an expression");
    Document {
        name: name.into(),
        kind,
        path: format!("checks/{name}.yaml"),
        sha256: String::new(),
        layer: Some("silver".into()),
        owner: Some("orders@example.com".into()),
        tags: Vec::new(),
        description: None,
        schedule: Some(Schedule {
            text: "0 * * * *".into(),
            cron,
            timezone: None,
            jitter_seconds: None,
            priority: Default::default(),
            timeout_seconds: None,
        }),
        timezone: Tz::UTC,
        enabled: true,
        depends_on: Vec::new(),
        source: None,
        checks: Vec::new(),
        takes_observations: false,
        model: None,
        confirm: Confirm::default(),
    }
}

pub fn project(names: &[&str]) -> Project {
    let named = |name: &&str| ((*name).to_owned(), Arc::new(document(name, Kind::Contract)));
    Project {
        name: None,
        documents: names.iter().map(named).collect(),
        scheduler: Default::default(),
        server: Default::default(),
        metrics: Default::default(),
        retention: Default::default(),
        rules: std::sync::Arc::default(),
        subjects: std::sync::Arc::default(),
        retrain: std::collections::BTreeMap::new(),
        digest: format!("digest of {names:?}"),
        handle: Arc::new(()),
    }
}

/// What is known of a document from a run at an instant, which took a quarter of a second.
pub fn known(document: &str, record: &RunRecord, planned: Millis) -> Known {
    Known::of(&ran(document, record, planned))
}

pub fn ran<'a>(document: &'a str, record: &'a RunRecord, planned: Millis) -> Ran<'a> {
    Ran { document, planned, started: planned + 10, ended: planned + 260, record: Some(record) }
}

/// A run of a contract with so many checks: all pass, but the first fails, the second warns, the third is an error and
/// the fourth was skipped.
pub fn contract(name: &str, checks: usize) -> RunRecord {
    let outcome = |at| ["fail", "warn", "error", "skipped"].get(at).copied().unwrap_or("pass");
    let check = |at: usize| {
        let evaluated = !["error", "skipped"].contains(&outcome(at));
        let severity = if outcome(at) == "warn" { "warn" } else { "fail" };
        check(&format!("c{at:03}.range"), severity, verdict(outcome(at), evaluated.then_some(at as u64)))
    };
    let mut checks: Vec<Value> = (0..checks).map(check).collect();
    if let Some(last) = checks.last_mut() {
        last["dimension"] = json!("timeliness");
        last["verdict"]["observed"] = json!({"text": "2026-11-20T05:59:00Z"});
    }
    let snapshot = json!({
        "format": "parquet", "path": "lake", "files": 1, "files_pruned": 0, "bytes": 1, "fingerprint": "00",
        "rows_total": 1000, "notes": [],
    });
    record(name, checks, snapshot, Value::Null)
}

/// A run of a monitor with a window of so many columns: the first drifted, the second was skipped; and a figure of its
/// model.
pub fn monitor(name: &str, columns: usize) -> RunRecord {
    let column = |at: usize| {
        let outcome = ["fail", "skipped"].get(at).copied().unwrap_or("pass");
        let mut check = check(&format!("drift.c{at}"), "fail", verdict(outcome, None));
        check["check"] = json!("drift");
        check["column"] = json!(format!("c{at}"));
        check["dimension"] = json!("drift");
        check["drift"] = drift("psi", outcome, "0.5");
        check
    };
    let mut performance = check("performance.rmse", "fail", verdict("pass", None));
    performance["dimension"] = json!("performance");
    performance["drift"] = drift("rmse", "pass", "2.25");
    let window = json!({"name": "2026-11-19", "start": "2026-11-19T00:00:00Z", "revision": 1, "rows": 500});
    let monitor = json!({"window": window});
    record(name, (0..columns).map(column).chain([performance]).collect(), Value::Null, monitor)
}

/// A run of a monitor of which no window had closed.
pub fn nothing_closed(name: &str) -> RunRecord {
    record(name, vec![check("dataset", "fail", verdict("skipped", None))], Value::Null, json!({}))
}

fn record(name: &str, checks: Vec<Value>, snapshot: Value, monitor: Value) -> RunRecord {
    let table = json!({
        "table": name, "contract_path": "checks/x.yaml", "contract_sha256": "00", "cost": {}, "checks": checks,
        "snapshot": snapshot, "monitor": monitor,
    });
    let record = json!({
        "id": "r-0", "as_of": "2026-11-20T06:00:00Z", "vars": [], "notes": [], "tables": [table],
    });
    serde_json::from_value(record).expect("a record")
}

fn check(id: &str, severity: &str, verdict: Value) -> Value {
    json!({
        "id": id, "check": "range", "dimension": "validity", "severity": severity, "tags": [], "verdict": verdict,
        "at": {"path": "checks/x.yaml", "line": 1, "column": 1},
    })
}

fn verdict(outcome: &str, failing: Option<u64>) -> Value {
    let observed = failing.map(|_| json!({"number": "0.5"}));
    json!({"outcome": outcome, "failing": failing, "tested": 1000, "observed": observed, "message": "", "notes": []})
}

fn drift(test: &str, outcome: &str, effect: &str) -> Value {
    let test = json!({
        "test": test, "deciding": true, "outcome": outcome, "effect": effect, "limits": {"fail": "0.25"}, "shown": [],
        "notes": [],
    });
    json!({"tests": [test], "spans": [], "figures": [], "segments": []})
}
