use crate::{Ran, fixture};

use super::*;

fn rendered(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    Gitlab.render(report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("JSON is UTF-8")
}

#[test]
fn a_run_is_a_list_of_violations() {
    let run = fixture::run();
    insta::assert_snapshot!("run", rendered(&Report::Ran(Ran::new(&run))));
}

#[test]
fn a_gate_lists_changes_too() {
    let (run, record) = (fixture::monitor::run(), fixture::changes::record());
    insta::assert_snapshot!("gate", rendered(&Report::Ran(Ran { changes: Some(&record), ..Ran::new(&run) })));
}

#[test]
fn invalid_files_block() {
    insta::assert_snapshot!("invalid", rendered(&Report::Invalid(&fixture::problems())));
}

#[test]
fn paths_are_those_of_the_repository() {
    assert_eq!(relative("./checks\\a.yaml"), "checks/a.yaml");
    assert_eq!(relative("checks/a.yaml"), "checks/a.yaml");
}
