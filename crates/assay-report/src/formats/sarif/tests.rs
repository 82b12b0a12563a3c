use assay_core::run::RunRecord;

use super::*;
use crate::{Ran, fixture};

fn of(report: &Report<'_>) -> Value {
    log(report, RESULTS, BYTES)
}

fn ran(run: &RunRecord) -> Value {
    of(&Report::Ran(Ran::new(run)))
}

#[test]
fn a_run_has_results_and_notifications() {
    insta::assert_json_snapshot!("run", ran(&fixture::run()));
}

#[test]
fn windows_of_a_monitor_are_merged() {
    insta::assert_json_snapshot!("monitor", ran(&fixture::monitor::run()));
}

#[test]
fn changes_are_results() {
    insta::assert_json_snapshot!("changes", of(&Report::Compared(&fixture::changes::record())));
}

#[test]
fn invalid_files_are_notifications() {
    insta::assert_json_snapshot!("invalid", of(&Report::Invalid(&fixture::problems())));
}

#[test]
fn help_is_a_page_of_the_repository() {
    let log = ran(&fixture::run());
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    let help = rules.iter().find(|rule| rule["id"] == "completeness").map(|rule| &rule["helpUri"]);
    let page = "https://github.com/assay-data/assay/blob/main/docs/checks/completeness.md";
    assert_eq!(help, Some(&json!(page)));
}

fn many(n: usize) -> RunRecord {
    let fail = |at: usize| fixture::check(&format!("c{at}.in"), 3, assay_core::verdict::Outcome::Fail, "1 row");
    let warn = fixture::check("warned.in", 3, assay_core::verdict::Outcome::Warn, "1 row");
    let checks = std::iter::once(warn).chain((0..n).map(fail)).collect();
    RunRecord { tables: vec![fixture::table("wide", checks)], ..fixture::run() }
}

#[test]
fn what_is_too_much_for_code_scanning_is_left_out_worst_last_and_told() {
    let run = many(40);
    let log = log(&Report::Ran(Ran::new(&run)), 10, BYTES);
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 10);
    assert!(results.iter().all(|result| result["level"] == "error"));
    let told = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(told.as_str().is_some_and(|told| told.starts_with("and 31 more results left out")), "{told}");
}

#[test]
fn a_file_stays_below_ten_megabytes() {
    let mut run = many(30_000);
    let long = "x".repeat(600);
    run.tables[0].checks.iter_mut().for_each(|check| check.verdict.message.clone_from(&long));
    let mut out = Vec::new();
    Sarif.render(&Report::Ran(Ran::new(&run)), &mut out).expect("a vector takes everything");
    assert!(out.len() < 10_000_000 && out.len() > 8_000_000, "{}", out.len());
    assert!(String::from_utf8_lossy(&out).contains("more results left out"));
}
