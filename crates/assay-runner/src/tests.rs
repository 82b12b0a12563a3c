//! The spine against an engine made of plain values.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use assay_core::check::{Check, Context, PlacedCheck, RowSelector, TableRef, Tables};
use assay_core::contract::{CsvOptions, FailedRows, Format, Source};
use assay_core::engine::{
    BoxFuture, Cell, Cost, Engine, MeasureReport, MetricPlan, ObservedColumn, OpenRequest, RowName, RowRequest,
    SampleReport, SampleRow, Snapshot, Unwatched, Watch,
};
use assay_core::measurement::{Answered, Measured, Measurement, Measurements, MetricError, Tally};
use assay_core::metric::{Column, Filter, Metric, MetricKind, Predicate, Sql, ValueTest};
use assay_core::problem::Place;
use assay_core::types::Type;
use assay_core::verdict::{Dimension, NotRun, Outcome, Severity, Verdict};
use chrono::{DateTime, Utc};

use super::*;

/// Asks for the values that are present, and fails where one is not.
#[derive(Debug)]
struct Present {
    column: &'static str,
    rows: Option<&'static str>,
    other: Option<&'static str>,
}

impl Present {
    fn metric(&self, at: &Context<'_>) -> Result<Metric, NotRun> {
        let column = at.column(self.column)?.column;
        let test = ValueTest::Present { markers: vec![], blank_is_missing: false };
        let filter = Filter::all_of(self.rows.map(|sql| Sql(sql.into())));
        Ok(Metric { table: at.table, kind: MetricKind::Matches(Predicate::Test { column, test }), filter })
    }
}

impl Check for Present {
    fn metrics(&self, at: &Context<'_>) -> Result<Vec<Metric>, NotRun> {
        Ok(vec![self.metric(at)?])
    }

    fn judge(&self, seen: &Measurements, at: &Context<'_>) -> Verdict {
        let metric = self.metric(at).expect("judged only after it was planned");
        let Ok(Measured { value: Measurement::Tally(tally), .. }) = &seen[&metric] else {
            panic!("measured otherwise")
        };
        let outcome = if tally.failing == 0 { Outcome::Pass } else { Outcome::Fail };
        Verdict { failing: Some(tally.failing), ..Verdict::new(outcome, "judged") }
    }

    fn reads_all_rows(&self) -> bool {
        self.rows.is_none()
    }

    fn tables(&self) -> Vec<TableRef> {
        self.other.map(|name| TableRef::Named(name.into())).into_iter().collect()
    }

    fn failing_rows(&self, at: &Context<'_>) -> Option<RowSelector> {
        let metric = self.metric(at).ok()?;
        Some(RowSelector { metric, show: vec![Column(self.column.into())] })
    }
}

/// Every table has the columns `id` and `email`; paths decide what goes wrong.
#[derive(Default)]
struct Fake {
    opened: Mutex<Vec<(String, bool)>>,
    measured: Mutex<Vec<MetricPlan>>,
    sampled: Mutex<Vec<usize>>,
}

impl Engine for Fake {
    fn open<'a>(&'a self, request: &'a OpenRequest) -> BoxFuture<'a, Result<Snapshot, MetricError>> {
        self.opened.lock().expect("no panic").push((request.table.clone(), request.rows.is_some()));
        let column =
            |name: &str| ObservedColumn { name: name.into(), ty: Type::String, nullable: None, partition: false };
        let snapshot = Snapshot {
            format: "csv",
            path: request.source.path.clone(),
            files: 1,
            files_pruned: u64::from(request.rows.is_some()),
            bytes: 10,
            rows: None,
            fingerprint: "f".into(),
            columns: vec![column("id"), column("email")],
            notes: vec![],
            newest_file_nanos: None,
            handle: Arc::new(()),
        };
        Box::pin(async move {
            match request.source.path.as_str() {
                "missing" => Err(MetricError { code: "unreadable", text: "missing: no such file".into() }),
                _ => Ok(snapshot),
            }
        })
    }

    fn measure<'a>(
        &'a self,
        plan: &'a MetricPlan,
        tables: &'a Tables,
        _: &'a dyn Watch,
    ) -> BoxFuture<'a, MeasureReport> {
        self.measured.lock().expect("no panic").push(plan.clone());
        let answer = |metric: &Metric| match (&metric.kind, tables.get(metric.table).snapshot.path.as_str()) {
            (_, "torn") => Err(MetricError { code: "unreadable", text: "torn: ends in the middle".into() }),
            (MetricKind::RowCount, _) => Ok(Measured { value: Measurement::Rows(9), from: Answered::Scan }),
            _ => {
                let tally = Tally { selected: 9, tested: 9, failing: 3, ..Tally::default() };
                Ok(Measured { value: Measurement::Tally(tally), from: Answered::Scan })
            }
        };
        let measurements = plan.metrics.iter().map(|metric| (metric.clone(), answer(metric))).collect();
        let costs = tables.iter().map(|(id, _)| (id, Cost { passes: 1, bytes_read: 10, ..Cost::default() })).collect();
        Box::pin(async move { MeasureReport { measurements, costs } })
    }

    fn failing_rows<'a>(
        &'a self,
        requests: &'a [RowRequest],
        tables: &'a Tables,
        _: &'a dyn Watch,
    ) -> BoxFuture<'a, SampleReport> {
        self.sampled.lock().expect("no panic").push(requests.len());
        let row = SampleRow {
            name: RowName::Key(vec![("id".into(), Cell::Text("7".into()))]),
            values: vec![("Email".into(), Cell::Text("a@b.c".into())), ("phone".into(), Cell::Null)],
        };
        let samples = requests.iter().map(|_| Ok(vec![row.clone()])).collect();
        let costs =
            tables.iter().map(|(id, _)| (id, Cost { sample_passes: 1, bytes_read: 5, ..Cost::default() })).collect();
        Box::pin(async move { SampleReport { samples, costs } })
    }
}

fn placed(id: &str, check: Present) -> PlacedCheck {
    PlacedCheck {
        id: id.into(),
        name: "completeness",
        column: Some(check.column.into()),
        dimension: Dimension::Completeness,
        severity: Severity::Fail,
        at: Place { path: "c.yaml".into(), line: 1, column: 1 },
        why: None,
        tags: vec![],
        optional: false,
        check: Box::new(check),
    }
}

fn contract(table: &str, path: &str, checks: Vec<PlacedCheck>) -> Contract {
    Contract {
        path: format!("checks/{table}.yaml").into(),
        sha256: "00".into(),
        table: table.into(),
        layer: None,
        owner: None,
        description: None,
        tags: vec![],
        schedule: None,
        enabled: true,
        produced_by: Vec::new(),
        depends_on: Vec::new(),
        source: Source {
            format: Format::Csv,
            path: path.into(),
            resolved: PathBuf::from(path),
            null_values: vec![],
            timezone: None,
            csv: CsvOptions::default(),
            hive: true,
        },
        columns: vec![],
        rows: None,
        key: vec!["ID".into()],
        failed_rows: FailedRows { keep: 5, mask: vec!["email".into(), "phone".into()] },
        severity: Severity::Fail,
        checks,
        vars: vec![],
    }
}

fn email(rows: Option<&'static str>) -> Present {
    Present { column: "email", rows, other: None }
}

fn run_all(contracts: Vec<Contract>, engine: &Fake) -> RunRecord {
    run_with(contracts, vec![], engine)
}

fn run_with(contracts: Vec<Contract>, named: Vec<Contract>, engine: &Fake) -> RunRecord {
    let others = Others { contracts: named, root: None };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mask_key = MaskKey::new("secret");
    let job = Job {
        contracts,
        others,
        monitoring: None,
        store: None,
        planned: None,
        as_of: true,
        timezone: "UTC".into(),
        mask_key,
        watch: &Unwatched,
    };
    runtime.block_on(run(job, engine, now()))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_763_618_400, 0).expect("in range")
}

#[test]
fn a_table_that_cannot_be_opened_is_an_error_of_its_checks_and_the_others_still_run() {
    let record = run_all(
        vec![
            contract("b.good", "good", vec![placed("x", email(None))]),
            contract("a.bad", "missing", vec![placed("y", email(None)), placed("z", email(None))]),
        ],
        &Fake::default(),
    );
    assert_eq!(record.tables.iter().map(|t| t.table.as_str()).collect::<Vec<_>>(), ["a.bad", "b.good"]);
    let [bad, good] = &record.tables[..] else { panic!("two tables") };
    assert_eq!(bad.reason.as_ref().map(|r| r.text.as_str()), Some("missing: no such file"));
    assert!(bad.checks.iter().all(|c| c.verdict.outcome == Outcome::Error && c.verdict.reason == bad.reason));
    assert_eq!(good.checks[0].verdict.outcome, Outcome::Fail);
    assert_eq!((record.outcome(), record.exit_code(false)), (Outcome::Error, 3));
}

#[test]
fn a_metric_that_failed_is_an_error_with_its_reason() {
    let record = run_all(vec![contract("t", "torn", vec![placed("x", email(None))])], &Fake::default());
    let verdict = &record.tables[0].checks[0].verdict;
    assert_eq!(verdict.outcome, Outcome::Error);
    assert_eq!(verdict.reason.as_ref().map(|r| r.code.as_str()), Some("unreadable"));
    assert_eq!(verdict.message, "torn: ends in the middle");
    assert_eq!(record.tables[0].snapshot.as_ref().and_then(|s| s.rows_total), None);
}

#[test]
fn equal_metrics_are_measured_once_and_all_tables_in_one_call() {
    let engine = Fake::default();
    let twice = vec![placed("x", email(None)), placed("y", email(None))];
    let record = run_all(vec![contract("t", "t", twice), contract("u", "u", vec![placed("x", email(None))])], &engine);
    let measured = engine.measured.lock().expect("no panic");
    assert_eq!(measured.len(), 1);
    assert_eq!(measured[0].metrics.len(), 4, "a row count and a tally for each of two tables");
    assert_eq!(*engine.sampled.lock().expect("no panic"), [3]);
    let cost = record.tables[0].cost;
    assert_eq!((cost.passes, cost.sample_passes, cost.bytes_read), (1, 1, 15));
    assert_eq!(record.tables[0].snapshot.as_ref().and_then(|s| s.rows_selected), Some(9));
}

#[test]
fn a_missing_column_is_skipped_and_nothing_evaluated_is_exit_3() {
    let engine = Fake::default();
    let record = run_all(
        vec![contract("t", "t", vec![placed("x", Present { column: "gone", rows: None, other: None })])],
        &engine,
    );
    assert_eq!(record.tables[0].checks[0].verdict.outcome, Outcome::Skipped);
    assert_eq!(record.exit_code(false), 3);
    assert!(engine.measured.lock().expect("no panic")[0].metrics.is_empty(), "rows are not counted for nothing");
}

#[test]
fn a_check_of_all_rows_lifts_the_pruning_of_its_table_alone() {
    let engine = Fake::default();
    let mut pruned = contract("a", "a", vec![placed("x", email(Some("dt = 1")))]);
    pruned.rows = Some(Sql("dt = 1".into()));
    let mut lifted = contract("b", "b", vec![placed("x", email(Some("dt = 1"))), placed("y", email(None))]);
    lifted.rows = Some(Sql("dt = 1".into()));
    let record = run_all(vec![pruned, lifted], &engine);
    assert_eq!(*engine.opened.lock().expect("no panic"), [("a".into(), true), ("b".into(), false)]);
    let files_pruned = |t: &assay_core::run::TableRecord| t.snapshot.as_ref().map(|s| s.files_pruned);
    assert_eq!(record.tables.iter().map(files_pruned).collect::<Vec<_>>(), [Some(1), Some(0)]);
}

#[test]
fn tables_that_checks_name_are_opened_once_and_whole() {
    let engine = Fake::default();
    let naming = |other| Present { other: Some(other), ..email(Some("dt = 1")) };
    let a = contract("a", "a", vec![placed("x", naming("b")), placed("y", naming("c")), placed("z", naming("d"))]);
    let mut b = contract("b", "b", vec![placed("x", email(Some("dt = 1")))]);
    b.rows = Some(Sql("dt = 1".into()));
    let mut c = contract("c", "c", vec![placed("never run", email(None))]);
    c.rows = Some(Sql("dt = 1".into()));
    let record = run_with(vec![a, b], vec![c], &engine);
    let opened = engine.opened.lock().expect("no panic");
    assert_eq!(*opened, [("a".into(), false), ("b".into(), false), ("c".into(), false)], "`d` has no contract");
    assert_eq!(record.tables.len(), 2);
}

#[test]
fn samples_are_masked_under_the_key_and_hidden_without_one() {
    let contracts = || vec![contract("t", "t", vec![placed("x", email(None))])];
    let record = run_all(contracts(), &Fake::default());
    let samples = record.tables[0].checks[0].samples.as_ref().expect("fetched");
    assert_eq!(samples.of, 3);
    let row = &samples.rows.as_ref().expect("fetched")[0];
    // printf a@b.c | openssl dgst -sha256 -hmac secret
    let masked = Cell::Text("0ce3629b4ac1".into());
    assert_eq!(row.values, [("Email".into(), masked), ("phone".into(), Cell::Null)]);

    let mut of_key = contracts();
    of_key[0].failed_rows.mask = vec!["id".into()];
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let job = Job {
        contracts: of_key,
        others: Others::default(),
        monitoring: None,
        store: None,
        planned: None,
        as_of: true,
        timezone: "UTC".into(),
        mask_key: None,
        watch: &Unwatched,
    };
    let record = runtime.block_on(run(job, &Fake::default(), now()));
    let samples = record.tables[0].checks[0].samples.as_ref().expect("fetched");
    let hidden = RowName::Key(vec![("id".into(), Cell::Text("***".into()))]);
    assert_eq!(samples.rows.as_ref().expect("fetched")[0].name, hidden);
}

#[test]
fn keep_0_switches_the_second_pass_off() {
    let engine = Fake::default();
    let mut without = contract("t", "t", vec![placed("x", email(None))]);
    without.failed_rows.keep = 0;
    let record = run_all(vec![without], &engine);
    assert!(record.tables[0].checks[0].samples.is_none());
    assert!(engine.sampled.lock().expect("no panic").is_empty());
}

#[test]
fn the_id_depends_on_contract_variables_clock_and_data_but_not_on_order() {
    let made = |change: fn(&mut Contract)| {
        let mut first = contract("a", "a", vec![placed("x", email(None))]);
        change(&mut first);
        let second = contract("b", "b", vec![placed("x", email(None))]);
        run_all(vec![second, first], &Fake::default()).id
    };
    let id = made(|_| {});
    assert_eq!(id.len(), 18);
    assert_eq!(id, made(|_| {}));
    assert_ne!(id, made(|c| c.sha256 = "01".into()));
    assert_ne!(id, made(|c| c.vars = vec![("date".into(), "2026-11-20".into())]));
    assert_ne!(id, made(|c| c.source.path = "missing".into()));
}

#[test]
fn variables_that_differ_between_contracts_are_listed_under_their_tables() {
    let with = |table: &str, limit: &str| {
        let mut contract = contract(table, "t", vec![placed("x", email(None))]);
        contract.vars = vec![("date".into(), "2026-11-20".into()), ("limit".into(), limit.into())];
        contract
    };
    let record = run_all(vec![with("a", "1"), with("b", "2")], &Fake::default());
    let names: Vec<&str> = record.vars.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a.limit", "b.limit", "date"]);
}

#[test]
fn what_is_disabled_is_skipped_and_not_read() {
    let off = Contract {
        enabled: false,
        ..contract("orders", "orders.csv", vec![placed("email.completeness", email(None))])
    };
    let engine = Fake::default();
    let record = run_all(vec![off], &engine);
    let table = &record.tables[0];
    assert!(table.reason.is_none() && table.snapshot.is_none());
    let verdict = &table.checks[0].verdict;
    assert_eq!(verdict.outcome, Outcome::Skipped);
    assert_eq!(verdict.reason.as_ref().map(|why| why.code.as_str()), Some("disabled"));
    assert_eq!(verdict.message, "disabled by `enabled: false`");
    assert_eq!(engine.opened.lock().expect("no panic").as_slice(), []);
    assert_eq!(record.exit_code(false), 3, "nothing was evaluated");
}

#[test]
fn a_disabled_table_is_read_for_the_checks_of_others_alone() {
    let naming = |other| Present { column: "email", rows: None, other: Some(other) };
    let off = Contract { enabled: false, ..contract("a.off", "a", vec![placed("x", naming("c.unread"))]) };
    let on = contract("b.on", "b", vec![placed("y", naming("a.off"))]);
    let engine = Fake::default();
    let record = run_all(vec![off, on], &engine);
    let opened = engine.opened.lock().expect("no panic");
    assert_eq!(opened.iter().map(|(table, _)| table.as_str()).collect::<Vec<_>>(), ["b.on", "a.off"]);
    let outcomes: Vec<Outcome> = record.tables.iter().map(|table| table.checks[0].verdict.outcome).collect();
    assert_eq!(outcomes, [Outcome::Skipped, Outcome::Fail]);
}
