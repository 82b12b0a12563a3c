//! Baselines, monitors, and what is remembered of them.

use std::fmt::Write;
use std::fs;

use crate::support::{Project, check, table};

/// Rows of a feature and a category, `per_day` for each day of November 2026 from the first; from day `moved` on the
/// feature is larger by 10.
fn rows(days: u32, per_day: u32, moved: u32) -> String {
    let mut csv = String::from("at,x,kind\n");
    for day in 1..=days {
        for row in 0..per_day {
            let x = f64::from(row * 7919 % 1000) / 100.0 + if day >= moved { 10.0 } else { 0.0 };
            let _ = writeln!(csv, "2026-11-{day:02}T{:02}:00:00,{x},{}", row % 24, ["a", "b", "c"][row as usize % 3]);
        }
    }
    csv
}

const MONITOR: &str = "assay: 1\nmonitor: ways\nsource: {format: csv, path: live.csv}\n\
     timestamp: {column: at, timezone: Europe/Berlin}\nwindow: {size: 1d, min_rows: 500}\nconfirm: {fail: 2, recover: 2}\n\
     retrain: {when: drift.x.fail, approve: manual}\n";

fn project(live: &str) -> Project {
    let project = Project::new()
        .file("assay.yaml", "assay: 1\ntimezone: UTC\n")
        .file("train.csv", rows(3, 1000, 99))
        .file("live.csv", live)
        .file("checks/models/ways.yaml", format!("{MONITOR}baseline: {{profile: ways@champion}}\n"));
    project.assay(&["baseline", "create", "ways", "--from", "train.csv", "--exclude", "at"]).assert(0, "");
    project.assay(&["baseline", "promote", "ways"]).assert(0, "");
    project
}

const AS_OF: [&str; 2] = ["--as-of", "2026-11-06T06:00:00Z"];

#[test]
fn a_baseline_is_known_by_its_content() {
    let project = project("at,x,kind\n");
    let again = project.assay(&["baseline", "create", "ways", "--from", "train.csv", "--exclude", "at"]);
    let listed = project.assay(&["baseline", "list"]).out;
    assert_eq!(listed.lines().count(), 1, "the same rows are the same baseline: {listed}");
    assert!(listed.contains("[champion]") && again.code == Some(0), "{listed}");
    assert_eq!(fs::read_dir(project.path("baselines")).expect("a folder").count(), 1);

    let text = project.assay(&["baseline", "show", "ways"]).out;
    assert!(text.contains("x  numeric float64") && text.contains("kind  categorical string"), "{text}");
    let json = project.assay(&["baseline", "show", "ways@champion", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["schema"], "assay.baseline/v1");

    let other = project.assay(&["baseline", "create", "ways", "--from", "train.csv", "--where", "x < 5"]);
    assert_eq!(other.code, Some(0), "{other:?}");
    let diff = project.assay(&["baseline", "diff", "ways@champion", "ways"]).out;
    assert!(diff.contains('x'), "{diff}");
    project.assay(&["baseline", "show", "nothing"]).assert(2, "no baseline is called `nothing`");
    project.assay(&["baseline", "create", "w", "--from", "train.csv", "--exclude", "zz"]).assert(3, "no column `zz`");
}

#[test]
fn windows_are_evaluated_once_and_remembered() {
    let project = project(&rows(5, 1000, 4));
    let (ran, result) = project.json(&AS_OF);
    assert_eq!(ran.code, Some(1));
    let windows = result["tables"].as_array().expect("windows");
    assert_eq!(windows.len(), 5);
    let first_bad = windows.iter().find(|window| window["monitor"]["window"]["name"] == "2026-11-04T00:00:00+01:00");
    let first_bad = check(first_bad.expect("the fourth day"), "drift.x");
    assert_eq!((&first_bad["outcome"], &first_bad["pending"]["of"]), (&"fail".into(), &2.into()));
    let last = check(windows.last().expect("a window"), "drift.x");
    assert!(last.get("pending").is_none() && last["since"] == "2026-11-04T00:00:00+01:00", "{last:#}");

    let (ran, result) = project.json(&AS_OF);
    assert_eq!(ran.code, Some(3), "nothing is left to evaluate");
    assert_eq!(check(table(&result, "ways"), "window")["reason"]["code"], "no_closed_window");

    project.json(&[&AS_OF[..], &["--window", "2026-11-05"]].concat()).0.assert(3, "");
    let (ran, result) = project.json(&[&AS_OF[..], &["--window", "2026-11-05", "--again"]].concat());
    assert_eq!((ran.code, &table(&result, "ways")["monitor"]["window"]["revision"]), (Some(1), &2.into()));

    let history = project.assay(&["history", "ways"]).out;
    assert_eq!(history.lines().filter(|line| line.contains("drift.x fail")).count(), 2, "{history}");
}

#[test]
fn rows_that_come_late_are_counted_and_never_folded() {
    let project = project(&rows(2, 1000, 9));
    project.json(&AS_OF);
    // a third day, and 24 more rows of the first
    let more: String = (0..24).map(|hour| format!("2026-11-01T{hour:02}:30:00,99,a\n")).collect();
    let project = project.file("live.csv", rows(3, 1000, 9) + &more);
    let (_, result) = project.json(&AS_OF);
    assert_eq!(result["tables"].as_array().map(Vec::len), Some(1), "only the new day is evaluated");
    let history = project.assay(&["history", "ways"]).out;
    assert!(history.contains("2026-11-01T00:00:00+01:00  pass     1000 rows, 24 late"), "{history}");
}

#[test]
fn a_target_of_classes_has_classes() {
    let project = project("at,x,kind\n");
    let args = ["baseline", "create", "w", "--from", "train.csv", "--target", "x", "--positive", "a"];
    project.assay(&args).assert(3, "too many values for classes");
    let args = ["baseline", "create", "w", "--from", "train.csv", "--target", "kind", "--positive", "zz"];
    project.assay(&args).assert(3, "no row has the positive class `zz`");
}

#[test]
fn a_proposal_to_train_again_is_decided_once() {
    let project = project(&rows(5, 1000, 3));
    project.json(&AS_OF);
    let listed = project.assay(&["model", "retrain", "list", "ways", "--format", "json"]).out;
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let proposals = listed["proposals"].as_array().expect("proposals");
    assert_eq!(proposals.len(), 1, "one within the cooldown: {listed:#}");
    let id = proposals[0]["id"].as_str().expect("an id");
    assert_eq!(proposals[0]["payload"]["drifted"][0]["column"], "x");
    // nobody decided within 7 days of the run's clock, unless this test runs in that week
    let decided = project.assay(&["model", "retrain", "reject", id]);
    assert!(matches!(decided.code, Some(0 | 2)), "{decided:?}");
    project.assay(&["model", "retrain", "approve", id]).assert(2, "cannot become approved");
    project.assay(&["model", "retrain", "approve", "rt-000000000000"]).assert(2, "there is no proposal");
    project.assay(&["model", "accept", "ways", "--window", "2026-11-04T00:00:00+01:00"]).assert(0, "");
    project.assay(&["model", "accept", "ways", "--window", "2026-12-04"]).assert(2, "no evaluated window");
}

#[test]
fn the_same_window_and_baseline_give_the_same_bytes() {
    let project = project(&rows(2, 1000, 2));
    let args = [&["check", "--format", "json", "--no-store"][..], &AS_OF].concat();
    let monitor = format!("{MONITOR}baseline: {{from: {{path: train.csv}}}}\n");
    let project = project.file("checks/models/ways.yaml", monitor);
    let first = project.assay(&args);
    assert_eq!(first.code, Some(0), "the only bad day is not confirmed: {first:?}");
    for threads in ["1", "5"] {
        assert_eq!(project.assay(&[&args[..], &["--threads", threads]].concat()).out, first.out);
    }
    assert!(!project.assay(&["history"]).out.contains("ways"), "--no-store remembers nothing");
}

#[test]
fn a_damaged_or_newer_store_and_baseline_are_errors_of_the_monitor_alone() {
    let project = project(&rows(1, 1000, 9))
        .file(".assay/state.db", "this is no database, and it is longer than a header")
        .file("data/a.csv", "id,amount\n1,2.50\n")
        .contract("a", "");
    let (ran, result) = project.json(&AS_OF);
    assert_eq!(ran.code, Some(3));
    assert_eq!(check(table(&result, "ways"), "monitor")["reason"]["code"], "store_corrupt");
    assert_eq!(table(&result, "silver.a")["outcome"], "pass", "contracts are evaluated all the same");
    project.assay(&["history"]).assert(3, "state.db");

    fs::remove_file(project.path(".assay/state.db")).expect("removed");
    let file = fs::read_dir(project.path("baselines")).expect("a folder").next().expect("a file").expect("an entry");
    let mut bytes = fs::read(file.path()).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    let monitor = format!("{MONITOR}baseline: {{profile: broken.baseline.parquet}}\n");
    let project = project.file("broken.baseline.parquet", bytes).file("checks/models/ways.yaml", monitor);
    let (ran, result) = project.json(&AS_OF);
    assert_eq!(ran.code, Some(3));
    assert_eq!(check(table(&result, "ways"), "monitor")["reason"]["code"], "baseline_corrupt");
    assert_eq!(table(&result, "silver.a")["outcome"], "pass", "contracts are evaluated all the same");
}

#[test]
fn a_longer_window_is_a_merge_of_what_is_remembered() {
    let live = rows(4, 1000, 4);
    let project = project(&live);
    project.json(&AS_OF);
    // two-day windows count from 1970-01-01, so one begins on 1 November 2026
    let longer = format!("{MONITOR}baseline: {{profile: ways@champion}}\n").replace("size: 1d", "size: 2d");
    let project = project.file("checks/models/ways.yaml", longer);
    let (_, merged) = project.json(&AS_OF);
    let windows = merged["tables"].as_array().expect("windows");
    assert_eq!(windows.len(), 2, "{merged:#}");
    let (_, scanned) = project.json(&[&AS_OF[..], &["--window", "2026-11-03", "--again"]].concat());
    let scanned = &scanned["tables"][0];
    assert_eq!((&windows[1]["cost"]["passes"], &scanned["cost"]["passes"]), (&0.into(), &1.into()));
    assert_eq!(windows[1]["monitor"]["window"]["rows"], 2000);
    assert_eq!(check(&windows[1], "drift.x")["bins"], check(scanned, "drift.x")["bins"]);
    assert_eq!(check(&windows[1], "drift.x")["tests"], check(scanned, "drift.x")["tests"]);
}
