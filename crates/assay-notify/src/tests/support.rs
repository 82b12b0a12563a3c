//! Runs to decide on, and a store that keeps what was decided.

use std::sync::Arc;

use assay_core::drift::record::{DriftRecord, MonitorRecord, SegmentRecord, TestRecord, WindowRecord};
use assay_core::engine::Cost;
use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, EventKind, Incident, IncidentKey, IncidentKind, IncidentState};
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, SnapshotRecord, TableRecord};
use assay_core::verdict::{Dimension, Outcome, Reason, Severity, Verdict};
use assay_stats::drift::Limits;

use crate::{Context, Policy, decide};

pub(super) const HOUR: Millis = 3_600_000;
pub(super) const DOCUMENT: &str = "silver.orders";

pub(super) fn check(id: &str, column: Option<&str>, outcome: Outcome) -> CheckRecord {
    let mut verdict = Verdict::new(outcome, format!("{id} ended"));
    if matches!(outcome, Outcome::Error | Outcome::Skipped) {
        // of each check another one, so that the table as a whole was read
        verdict.reason = Some(Reason { code: format!("code_of_{id}"), text: format!("{id} ended") });
    }
    CheckRecord {
        id: id.into(),
        check: id.rsplit('.').next().unwrap_or(id).into(),
        column: column.map(str::to_owned),
        dimension: Dimension::Validity,
        severity: Severity::Fail,
        at: Place { path: Arc::from("orders.yaml"), line: 1, column: 1 },
        why: None,
        tags: vec!["pii".into()],
        verdict,
        samples: None,
        drift: None,
    }
}

pub(super) fn table(checks: Vec<CheckRecord>) -> TableRecord {
    TableRecord {
        table: DOCUMENT.into(),
        layer: Some("silver".into()),
        owner: Some("orders@shop.example".into()),
        contract_path: "orders.yaml".into(),
        contract_sha256: String::new(),
        snapshot: Some(SnapshotRecord {
            format: "parquet".into(),
            path: "lake/orders".into(),
            files: 1,
            files_pruned: 0,
            bytes: 1,
            fingerprint: "77ab".into(),
            rows_total: None,
            rows_selected: None,
            filter: None,
            notes: Vec::new(),
        }),
        reason: None,
        cost: Cost::default(),
        monitor: None,
        checks,
    }
}

/// A window of day `day` (of November 2026) of a monitor.
pub(super) fn window(day: u32, partial: bool, checks: Vec<CheckRecord>) -> TableRecord {
    let name = start(day);
    let window = WindowRecord {
        name: name.clone(),
        start: Some(name),
        revision: 1,
        rows: 10,
        partial,
        ..WindowRecord::default()
    };
    let monitor = MonitorRecord { window: Some(window), ..MonitorRecord::default() };
    TableRecord { monitor: Some(Box::new(monitor)), ..table(checks) }
}

pub(super) fn start(day: u32) -> String {
    format!("2026-11-{day:02}T00:00:00+01:00")
}

/// A column's check as a monitor has it. `pending`: windows seen of those needed.
pub(super) fn drift(column: &str, outcome: Outcome, since: Option<u32>, pending: Option<(u32, u32)>) -> CheckRecord {
    let drift =
        DriftRecord { tests: vec![test("psi", outcome)], since: since.map(start), pending, ..DriftRecord::default() };
    let id = format!("drift.{column}");
    CheckRecord { check: "drift".into(), drift: Some(Box::new(drift)), ..check(&id, Some(column), outcome) }
}

/// The same with segments by city. The check ends as the worst of all.
pub(super) fn segmented(column: &str, whole: Outcome, segments: &[(&str, Outcome)]) -> CheckRecord {
    let worst = segments.iter().map(|(_, outcome)| *outcome).fold(whole, Outcome::max);
    let mut check = drift(column, worst, None, Some((1, 9)));
    let drift = check.drift.as_mut().expect("a monitor's check");
    drift.tests = vec![test("psi", whole)];
    drift.segments = segments
        .iter()
        .map(|(city, outcome)| SegmentRecord {
            segment: vec![("city_id".into(), Some((*city).into()))],
            outcome: *outcome,
            tests: vec![test("psi", *outcome)],
            reason: None,
        })
        .collect();
    check
}

pub(super) fn performance(outcome: Outcome, since: Option<u32>) -> CheckRecord {
    let mut check = drift("x", outcome, since, None);
    check.id = "performance.rmse".into();
    check.check = "performance".into();
    check.column = None;
    check
}

fn test(name: &str, outcome: Outcome) -> TestRecord {
    TestRecord {
        test: name.into(),
        deciding: true,
        outcome,
        statistic: None,
        statistic_high: None,
        p_value: None,
        p_from: None,
        adjusted_p: None,
        effect: Some(0.3125),
        effect_high: None,
        limits: Some(Limits { warn: Some(0.1), fail: Some(0.25) }),
        null_p95: None,
        null_p99: None,
        df: None,
        n: None,
        m: Some(1203),
        shown: Vec::new(),
        reason: None,
        notes: Vec::new(),
    }
}

pub(super) fn run(tables: Vec<TableRecord>) -> RunRecord {
    RunRecord { id: "r-1".into(), as_of: "2026-11-20T06:00:00Z".into(), vars: vec![], notes: vec![], tables }
}

pub(super) fn key(check: &str, column: Option<&str>, segment: Option<&str>, kind: IncidentKind) -> IncidentKey {
    let own = |text: Option<&str>| text.map(str::to_owned);
    IncidentKey { document: DOCUMENT.into(), check: check.into(), column: own(column), segment: own(segment), kind }
}

pub(super) fn verdict_key() -> IncidentKey {
    key("amount.range", Some("amount"), None, IncidentKind::Verdict)
}

/// What a store keeps, and what it does with decisions.
#[derive(Default)]
pub(super) struct Kept {
    pub incidents: Vec<Incident>,
    pub events: Vec<AlertEvent>,
    pub policy: Policy,
    runs: u32,
}

impl Kept {
    pub fn with(policy: Policy) -> Self {
        Kept { policy, ..Kept::default() }
    }

    /// A run at `now`; gives the kinds of its events in order.
    pub fn run(&mut self, now: Millis, tables: Vec<TableRecord>) -> Vec<EventKind> {
        self.run_planned(now, now, tables)
    }

    pub fn run_planned(&mut self, planned: Millis, now: Millis, tables: Vec<TableRecord>) -> Vec<EventKind> {
        self.runs += 1;
        let name = format!("run-{}", self.runs);
        let context = Context { document: DOCUMENT, run: &name, planned, now, policy: self.policy };
        let decided = decide(&self.incidents, &run(tables), &context);
        let mut kinds = Vec::new();
        for (mut incident, events) in decided.changes {
            if incident.number == 0 {
                incident.number = self.incidents.len() as u64 + 1;
                self.incidents.push(incident.clone());
            }
            let place = incident.number as usize - 1;
            self.incidents[place] = incident.clone();
            for event in events {
                kinds.push(event.kind);
                self.events.push(AlertEvent { incident: incident.number, ..event });
            }
        }
        kinds
    }

    /// A run of a contract with one check.
    pub fn one(&mut self, now: Millis, outcome: Outcome) -> Vec<EventKind> {
        self.run(now, vec![table(vec![check("amount.range", Some("amount"), outcome)])])
    }

    /// The incident of a key with the highest number.
    pub fn newest(&self, key: &IncidentKey) -> &Incident {
        self.incidents.iter().rev().find(|incident| incident.key == *key).expect("an incident of this key")
    }

    pub fn states(&self) -> Vec<(u64, IncidentState)> {
        self.incidents.iter().map(|incident| (incident.number, incident.state)).collect()
    }
}
