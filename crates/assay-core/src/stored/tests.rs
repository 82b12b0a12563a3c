use proptest::prelude::*;

use super::*;
use crate::drift::record::{Curves, MonitorRecord, TestRecord};
use crate::engine::{Cell, Cost, RowName};
use crate::problem::Place as At;
use crate::run::{SnapshotRecord, TableRecord};
use crate::verdict::{Dimension, Observed, Outcome, Severity, Verdict};

/// What the first version wrote; it must be read for as long as there are stores with it.
const V1: &str = include_str!("tests/v1.json");
const V1_SAMPLES: &str = include_str!("tests/v1_samples.json");

fn check(id: &str, samples: Option<Samples>) -> CheckRecord {
    CheckRecord {
        id: id.into(),
        check: "range".into(),
        column: Some("fare".into()),
        dimension: Dimension::Validity,
        severity: Severity::Warn,
        at: At { path: "checks/trips.yaml".into(), line: 7, column: 3 },
        why: None,
        tags: vec!["money".into()],
        verdict: Verdict {
            failing: Some(3),
            observed: Some(Observed::Number(f64::NEG_INFINITY)),
            ..Verdict::new(Outcome::Warn, "3 of 10 rows are below 0")
        },
        samples,
        drift: None,
    }
}

fn row(value: Cell) -> SampleRow {
    SampleRow { name: RowName::Place { file: "p-1.parquet".into(), row: 4 }, values: vec![("fare".into(), value)] }
}

fn run() -> RunRecord {
    let found = |rows| Some(Samples { rows: Ok(rows), of: 3 });
    let failed = Some(Samples { rows: Err("p-1.parquet: read failed".into()), of: 1 });
    let drift = DriftRecord {
        spans: vec![(f64::NEG_INFINITY, 0.1), (0.1, f64::INFINITY)],
        curves: Some(Curves { values: vec![0.3], base: vec![0.1 + 0.2], live: vec![1.0], widest: None }),
        figures: vec![("mean".into(), 0.1, f64::NAN)],
        pending: Some((1, 2)),
        tests: vec![TestRecord {
            test: "ks".into(),
            deciding: true,
            outcome: Outcome::Warn,
            statistic: Some(0.3),
            statistic_high: None,
            p_value: Some(assay_stats::PValue::from_ln(-2_000.5)),
            p_from: None,
            adjusted_p: Some(assay_stats::PValue::new(0.0)),
            effect: None,
            effect_high: None,
            limits: Some(assay_stats::drift::Limits { warn: Some(0.1), fail: None }),
            null_p95: None,
            null_p99: None,
            df: None,
            n: Some(u64::MAX),
            m: None,
            shown: vec![],
            reason: None,
            notes: vec![],
        }],
        ..DriftRecord::default()
    };
    let table = TableRecord {
        table: "silver.trips".into(),
        layer: None,
        owner: None,
        contract_path: "checks/trips.yaml".into(),
        contract_sha256: "9c1f".into(),
        snapshot: Some(SnapshotRecord {
            format: "csv".into(),
            path: "trips.csv".into(),
            files: 1,
            files_pruned: 0,
            bytes: 10,
            fingerprint: "77".into(),
            rows_total: Some(10),
            rows_selected: None,
            filter: None,
            notes: vec![],
        }),
        reason: None,
        cost: Cost { passes: 1, ..Cost::default() },
        monitor: Some(Box::default()),
        checks: vec![
            check("a", found(vec![row(Cell::Float(f64::NAN)), row(Cell::Null), row(Cell::Bool(true))])),
            check("b", failed),
            CheckRecord { drift: Some(Box::new(drift)), ..check("c", found(vec![])) },
            check("d", found(vec![row(Cell::Text("\u{0}<b>".into()))])),
        ],
    };
    RunRecord {
        id: "r-5f0c2b9d41aa77e3".into(),
        as_of: "2026-11-20T06:00:00Z".into(),
        vars: vec![("date".into(), "2026-11-20".into())],
        notes: vec!["a note".into()],
        tables: vec![table.clone(), TableRecord { monitor: Some(Box::new(MonitorRecord::default())), ..table }],
    }
}

/// NaN is not equal to itself, so records are compared as they are shown.
fn shown(record: &RunRecord) -> String {
    format!("{record:#?}")
}

fn patched(record: &[u8], pointer: &str, value: Value) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(record).expect("JSON");
    *document.pointer_mut(pointer).expect("there is such a value") = value;
    document.to_string().into_bytes()
}

#[test]
fn a_record_reads_back_as_it_was() {
    let (record, samples) = write(&run());
    let read = read(&record, samples.as_deref()).expect("what was written can be read");
    assert_eq!(shown(&read), shown(&run()));
    assert_eq!(write(&read), (record, samples));
}

#[test]
fn the_first_version_is_still_read() {
    let read = read(V1.as_bytes(), Some(V1_SAMPLES.as_bytes())).expect("it was written by this program");
    assert_eq!(shown(&read), shown(&run()));
}

#[test]
fn failing_rows_are_in_the_samples_alone() {
    let (record, samples) = write(&run());
    let text = String::from_utf8(record.clone()).expect("JSON is UTF-8");
    assert!(!text.contains("<b>") && !text.contains("parquet\",\"row"), "{text}");
    assert!(String::from_utf8(samples.expect("there are some")).expect("JSON").contains("<b>"));

    let read = read(&record, None).expect("the record stands alone");
    let rows = |check: usize| read.tables[1].checks[check].samples.clone().expect("samples");
    assert_eq!((rows(0).rows, rows(0).of), (Err(NO_LONGER_KEPT.into()), 3));
    assert_eq!(rows(1).rows, Err("p-1.parquet: read failed".into()));
    assert_eq!(rows(2).rows, Ok(vec![]));
}

#[test]
fn a_record_without_failing_rows_has_no_samples() {
    let mut run = run();
    for check in run.tables.iter_mut().flat_map(|table| &mut table.checks) {
        check.samples = None;
    }
    assert!(write(&run).1.is_none());
}

#[test]
fn samples_of_another_record_are_refused() {
    let (record, samples) = write(&run());
    let samples = samples.expect("there are some");
    let other = write(&RunRecord { id: "r-0".into(), ..run() }).1;
    let empty = patched(&samples, "/rows", Value::Array(vec![]));
    let more = patched(&record, "/rows", Value::Array(vec![]));
    for (record, samples) in [(&record, other.expect("some")), (&record, empty), (&more, samples)] {
        assert_eq!(read(record, Some(&samples)).expect_err("they do not belong together"), OTHERS);
    }
    let place = serde_json::json!({"table": 9, "check": 0, "rows": 0});
    let why = read(&patched(&record, "/rows/0", place), None).expect_err("there is no such table");
    assert!(why.contains("a check that it does not have"), "{why}");
}

#[test]
fn unknown_keys_are_passed_over_and_a_newer_version_is_refused() {
    let (record, _) = write(&run());
    let mut document: Value = serde_json::from_slice(&record).expect("JSON");
    document["later"] = Value::Bool(true);
    document["record"]["tables"][0]["checks"][0]["verdict"]["later"] = serde_json::json!([{"x": 1}]);
    read(document.to_string().as_bytes(), None).expect("more keys are no harm");
    let why = read(&patched(&record, "/v", Value::from(2)), None).expect_err("it may mean something else");
    assert!(why.contains("version 2") && why.contains("up to 1"), "{why}");
    // whatever else stands in it
    let why = read(br#"{"v":2,"gone":1}"#, None).expect_err("newer");
    assert!(why.contains("version 2"), "{why}");
}

#[test]
fn tables_of_unequal_columns_are_refused() {
    let (record, _) = write(&run());
    let curve = patched(&record, "/record/tables/0/checks/2/drift/curves/live", Value::Array(vec![]));
    assert!(read(&curve, None).expect_err("a curve without an end").contains("too few figures"));
}

#[test]
fn every_part_of_a_record_is_an_error() {
    let (record, samples) = write(&run());
    let samples = samples.expect("there are some");
    for end in 0..record.len() {
        read(&record[..end], None).expect_err("it is cut off");
    }
    for end in 0..samples.len() {
        read(&record, Some(&samples[..end])).expect_err("they are cut off");
    }
    let deep = [br#"{"v":1,"record":"#.as_slice(), &vec![b'['; 100_000]].concat();
    read(&deep, None).expect_err("nested too deep");
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic(at in any::<prop::sample::Index>(), byte: u8, bytes: Vec<u8>) {
        let (mut record, samples) = write(&run());
        let place = at.index(record.len());
        record[place] = byte;
        let _ = read(&record, samples.as_deref());
        let _ = read(&bytes, Some(&bytes));
    }
}
