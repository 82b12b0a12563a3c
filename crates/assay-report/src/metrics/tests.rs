use assay_core::run::TableRecord;
use assay_core::run::{RunRecord, SnapshotRecord};
use assay_core::verdict::{Dimension, Observed, Outcome};

use super::*;
use crate::{Ran, fixture};

fn of(run: &RunRecord) -> String {
    textfile(&Report::Ran(Ran::new(run)))
}

#[test]
fn a_run_has_its_families() {
    insta::assert_snapshot!("run", of(&fixture::run()));
}

#[test]
fn a_monitor_has_those_of_its_newest_window() {
    insta::assert_snapshot!("monitor", of(&fixture::monitor::run()));
}

#[test]
fn without_a_run_there_is_the_version() {
    let text = textfile(&Report::Invalid(&fixture::problems()));
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 1);
    assert!(text.contains("assay_build_info{version="));
}

#[test]
fn counted_windows_are_newest_by_number() {
    let window = |name: &str, rows| {
        let mut table = fixture::monitor::quiet();
        let window = table.monitor.as_mut().and_then(|monitor| monitor.window.as_mut()).expect("a window");
        (window.name, window.start, window.end, window.rows) = (name.into(), None, None, rows);
        table
    };
    let run = RunRecord { tables: vec![window("rows 10", 7), window("rows 9", 8)], ..fixture::run() };
    assert!(of(&run).contains("assay_dataset_rows{contract=\"fare_eta\"} 7\n"));
}

#[test]
fn freshness_gives_the_newest_instant() {
    let mut check = fixture::check("freshness.loaded_at", 3, Outcome::Pass, "");
    check.dimension = Dimension::Timeliness;
    check.verdict.observed = Some(Observed::Text("2026-11-20T05:59:00Z".into()));
    let snapshot = SnapshotRecord { rows_total: None, rows_selected: None, ..fixture::snapshot() };
    let table = TableRecord { snapshot: Some(snapshot), ..fixture::table("t", vec![check]) };
    let text = of(&RunRecord { tables: vec![table], ..fixture::run() });
    assert!(text.contains("assay_dataset_newest_record_timestamp_seconds{contract=\"t\"} 1795154340\n"), "{text}");
    assert!(!text.contains("assay_dataset_rows"));
}

#[test]
fn labels_are_escaped_and_series_are_there_once() {
    let check = fixture::check("a\"b\\c\nd", 3, Outcome::Fail, "");
    let table = fixture::table("t", vec![check.clone(), check]);
    let text = of(&RunRecord { tables: vec![table], ..fixture::run() });
    assert_eq!(text.matches("assay_check_success{").count(), 1);
    assert!(text.contains(r#"check="a\"b\\c\\nd""#), "{text}");
}
