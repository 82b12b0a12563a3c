//! Runs of monitors that have no table, only states.

use assay_core::run::TableRecord;
use assay_core::verdict::Outcome;

use super::support::{World, monitor, rows};

const SIX: &str = "2026-11-20T06:00:00+00:00";
const SEVEN: &str = "2026-11-20T07:00:00+00:00";

fn window(record: &TableRecord) -> &assay_core::drift::record::WindowRecord {
    record.monitor.as_ref().and_then(|monitor| monitor.window.as_ref()).expect("a window")
}

fn notes(record: &TableRecord) -> &[String] {
    &record.monitor.as_ref().expect("a monitor").notes
}

fn outcome(record: &TableRecord, id: &str) -> Outcome {
    let ids: Vec<&str> = record.checks.iter().map(|check| check.id.as_str()).collect();
    let check = record.checks.iter().find(|check| check.id == id);
    check.unwrap_or_else(|| panic!("no {id} among {ids:?}")).verdict.outcome
}

/// Why the only check of a record was not evaluated.
fn code(record: &TableRecord) -> (Outcome, &str) {
    let [check] = &record.checks[..] else { panic!("one check") };
    (check.verdict.outcome, check.verdict.reason.as_ref().map_or("", |reason| reason.code.as_str()))
}

#[test]
fn a_window_is_judged_once_it_is_closed() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    world.fold(&monitor, "2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 500, 0.0));
    world.fold(&monitor, "2026-11-20T07:05:00Z", rows("2026-11-20T06:59:00Z", 500, 0.0));
    world.fold(&monitor, "2026-11-20T07:06:00Z", rows("2026-11-20T07:01:00Z", 500, 6.0));

    let early = world.run(&monitor, "2026-11-20T07:09:59Z");
    assert_eq!(code(&early[0]), (Outcome::Skipped, "no_closed_window"));

    let six = world.run(&monitor, "2026-11-20T07:10:00Z");
    assert_eq!((six.len(), window(&six[0]).name.as_str(), window(&six[0]).rows), (1, SIX, 1_000));
    assert_eq!((outcome(&six[0], "drift.x"), outcome(&six[0], "drift.y")), (Outcome::Pass, Outcome::Pass));
    let snapshot = six[0].snapshot.as_ref().expect("what was read");
    assert_eq!((snapshot.format.as_str(), snapshot.rows_selected), ("observations", Some(1_000)));

    let seven = world.run(&monitor, "2026-11-20T08:30:00Z");
    assert_eq!(
        (seven.len(), window(&seven[0]).name.as_str(), outcome(&seven[0], "drift.x")),
        (1, SEVEN, Outcome::Fail)
    );
    let again = world.run(&monitor, "2026-11-20T08:31:00Z");
    assert_eq!(code(&again[0]), (Outcome::Skipped, "no_closed_window"));
    assert_eq!(world.kept.judged(), [(SIX.into(), 1_000, 0), (SEVEN.into(), 500, 0)]);
}

#[test]
fn late_rows_are_counted_and_change_no_verdict() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    world.fold(&monitor, "2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 500, 0.0));
    let before = world.fold(&monitor, "2026-11-20T07:20:00Z", rows("2026-11-20T06:10:00Z", 70, 9.0));
    assert_eq!((before.rows, before.late), (0, 70));
    let six = world.run(&monitor, "2026-11-20T07:30:00Z");
    assert_eq!((window(&six[0]).rows, window(&six[0]).late_rows), (500, 70));
    assert_eq!(outcome(&six[0], "drift.x"), Outcome::Pass);

    let after = world.fold(&monitor, "2026-11-20T09:00:00Z", rows("2026-11-20T06:10:00Z", 5, 9.0));
    assert_eq!((after.rows, after.late, after.folding.windows.len()), (0, 5, 1));
    assert_eq!(world.kept.judged(), [(SIX.into(), 500, 75)]);
    assert_eq!(code(&world.run(&monitor, "2026-11-20T09:30:00Z")[0]), (Outcome::Skipped, "no_closed_window"));
}

#[test]
fn a_row_taken_in_time_for_a_window_that_was_judged_is_late() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    world.fold(&monitor, "2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 500, 0.0));
    world.run(&monitor, "2026-11-20T07:10:00Z");
    let folded = world.fold(&monitor, "2026-11-20T07:09:59Z", rows("2026-11-20T06:10:00Z", 2, 0.0));
    assert_eq!((folded.rows, folded.late), (0, 2));
    assert_eq!(world.kept.judged(), [(SIX.into(), 500, 2)]);
}

#[test]
fn a_window_keeps_the_baseline_it_began_with() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    world.fold(&monitor, "2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 500, 0.0));
    world.shelve("eta@champion", "b2", 20.0);
    world.fold(&monitor, "2026-11-20T07:05:00Z", rows("2026-11-20T06:30:00Z", 500, 0.0));
    world.fold(&monitor, "2026-11-20T07:06:00Z", rows("2026-11-20T07:01:00Z", 500, 20.0));

    let records = world.run(&monitor, "2026-11-20T08:30:00Z");
    assert_eq!(records.len(), 2);
    let pinned: Vec<(&str, u64, Outcome)> = records
        .iter()
        .map(|record| {
            let baseline = record.monitor.as_ref().and_then(|monitor| monitor.baseline.as_ref()).expect("a baseline");
            (baseline.sha256.as_str(), window(record).rows, outcome(record, "drift.x"))
        })
        .collect();
    assert_eq!(pinned, [("b1", 1_000, Outcome::Pass), ("b2", 500, Outcome::Pass)]);
}

#[test]
fn a_baseline_that_cannot_be_read_for_now_is_asked_for_again() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    world.fold(&monitor, "2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 500, 0.0));
    world.shelve("eta@champion", "b2", 20.0);
    world.fold(&monitor, "2026-11-20T07:06:00Z", rows("2026-11-20T07:01:00Z", 500, 20.0));
    world.unshelve("eta@b1");

    let records = world.run(&monitor, "2026-11-20T08:30:00Z");
    assert_eq!(code(&records[0]), (Outcome::Error, "baseline_missing"));
    assert_eq!(outcome(&records[1], "drift.x"), Outcome::Pass, "the other window is judged");
    world.shelve("eta@b1", "b1", 0.0);
    let records = world.run(&monitor, "2026-11-20T08:40:00Z");
    assert_eq!((records.len(), outcome(&records[0], "drift.x")), (1, Outcome::Pass));
}

#[test]
fn a_baselines_file_that_holds_another_one_now_begins_anew() {
    let monitor = monitor("eta.parquet");
    let mut world = World::new();
    world.fold(&monitor, "2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 500, 0.0));
    world.fold(&monitor, "2026-11-20T07:02:00Z", rows("2026-11-20T07:01:00Z", 500, 0.0));
    world.shelve("eta.parquet", "b2", 20.0);
    world.fold(&monitor, "2026-11-20T07:05:00Z", rows("2026-11-20T07:03:00Z", 400, 20.0));

    let records = world.run(&monitor, "2026-11-20T08:30:00Z");
    assert_eq!(code(&records[0]), (Outcome::Error, "baseline_missing"), "none of its rows can be compared");
    assert_eq!((window(&records[0]).name.as_str(), window(&records[0]).rows), (SIX, 500));
    assert_eq!((window(&records[1]).rows, outcome(&records[1], "drift.x")), (400, Outcome::Pass));
    assert!(notes(&records[1])[0].starts_with("500 of the window's 900 observations"), "{:?}", notes(&records[1]));
    assert_eq!(code(&world.run(&monitor, "2026-11-20T08:40:00Z")[0]), (Outcome::Skipped, "no_closed_window"));
}

#[test]
fn a_window_keeps_its_baseline_only_while_rows_have_all_columns_of_it() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    world.fold(&monitor, "2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 500, 0.0));
    world.shelve_narrow("eta@champion", "b3");
    world.shelve_narrow("eta@b3", "b3");
    world.fold(&monitor, "2026-11-20T06:40:00Z", rows("2026-11-20T06:30:00Z", 400, 0.0));
    world.fold(&monitor, "2026-11-20T07:02:00Z", rows("2026-11-20T07:01:00Z", 300, 0.0));
    world.shelve("eta@champion", "b1", 0.0);
    world.fold(&monitor, "2026-11-20T07:05:00Z", rows("2026-11-20T07:03:00Z", 300, 0.0));

    let records = world.run(&monitor, "2026-11-20T08:30:00Z");
    let pinned: Vec<(&str, u64)> = records
        .iter()
        .map(|record| {
            let baseline = record.monitor.as_ref().and_then(|monitor| monitor.baseline.as_ref()).expect("a baseline");
            (baseline.sha256.as_str(), window(record).rows)
        })
        .collect();
    assert_eq!(pinned, [("b3", 400), ("b3", 600)]);
    assert!(notes(&records[0])[0].starts_with("500 of the window's 900 observations"), "{:?}", notes(&records[0]));
}

#[test]
fn rows_before_a_monitor_was_changed_are_told_apart() {
    let before = monitor("eta@champion");
    let mut after = before.clone();
    after.exclude = vec!["y".into()];
    let mut world = World::new();
    world.fold(&before, "2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 500, 0.0));
    world.fold(&before, "2026-11-20T07:02:00Z", rows("2026-11-20T07:01:00Z", 500, 5.0));
    world.fold(&after, "2026-11-20T07:05:00Z", rows("2026-11-20T07:03:00Z", 400, 0.0));

    let records = world.run(&after, "2026-11-20T08:30:00Z");
    assert_eq!(code(&records[0]), (Outcome::Error, "monitor_changed"));
    assert_eq!((window(&records[1]).rows, outcome(&records[1], "drift.x")), (400, Outcome::Pass));
    assert!(notes(&records[1])[0].starts_with("500 of the window's 900 observations"), "{:?}", notes(&records[1]));
    assert_eq!(code(&world.run(&after, "2026-11-20T08:40:00Z")[0]), (Outcome::Skipped, "no_closed_window"));
}

#[test]
fn at_most_so_many_windows_are_judged_in_one_run() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    for hour in 0..24 {
        for day in [18, 19] {
            let at = format!("2026-11-{day}T{hour:02}:10:00Z");
            world.fold(&monitor, &at, rows(&at, 20, 0.0));
        }
    }
    let first = world.run(&monitor, "2026-11-20T12:00:00Z");
    assert_eq!((first.len(), window(&first[0]).name.as_str()), (24, "2026-11-18T00:00:00+00:00"));
    assert_eq!(notes(&first[23]).last().map(String::as_str), Some("24 more closed windows are left: run it again"));
    assert_eq!(world.run(&monitor, "2026-11-20T12:00:00Z").len(), 24);
}

#[test]
fn without_a_store_there_are_no_observations() {
    let world = World::new();
    let record = world.run_with(&monitor("eta@champion"), "2026-11-20T08:30:00Z", None);
    assert_eq!(code(&record.tables[0]), (Outcome::Error, "no_store"));
}
