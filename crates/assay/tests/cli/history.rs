//! What runs of contracts leave behind, and that it changes no verdict.

use assay_core::drift::store::Store;
use assay_core::history::{FAILING, OBSERVED, Point};
use assay_core::verdict::Outcome;
use assay_store::SqliteStore;

use crate::support::Project;

fn points(project: &Project, table: &str) -> Vec<Point> {
    let store = SqliteStore::open_read_only(&project.path(".assay/state.db")).expect("a store").expect("there is one");
    store.points(table, i128::MAX, 100).expect("points")
}

#[test]
fn each_run_of_a_project_is_a_point_and_the_same_instant_again_replaces_it() {
    let more = "  note: {type: string, completeness: {warn: 90%, fail: 10%}}\n";
    let project =
        Project::with_two_tables().file("data/a.csv", "id,amount,note\n1,2.50,x\n2,3.00,\n").contract("a", more);
    for (as_of, code) in [("2026-11-19", 0), ("2026-11-20", 0), ("2026-11-19", 0)] {
        project.assay(&["check", "--as-of", as_of]).assert(code, "");
    }
    let of_a = points(&project, "silver.a");
    assert_eq!(
        of_a.iter().map(|p| p.at.as_str()).collect::<Vec<_>>(),
        ["2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"]
    );
    assert_eq!((of_a[0].outcome, of_a[0].rows), (Outcome::Warn, Some(2)));
    assert_eq!(of_a[0].figure("note.completeness", OBSERVED), Some(0.5));
    assert_eq!(of_a[0].figure("note.completeness", FAILING), Some(0.5));
    assert_eq!(points(&project, "silver.b").len(), 2);
}

#[test]
fn a_run_is_not_remembered_where_it_is_not_wanted_or_there_is_no_project() {
    let project = Project::with_two_tables();
    project.assay(&["check", "--no-store"]).assert(0, "");
    assert!(!project.path(".assay").exists());
    std::fs::remove_file(project.path("assay.yaml")).expect("removed");
    // without a project paths are relative to the contract's folder
    let project = project.file("checks/silver/data/a.csv", "id,amount\n1,2.50\n");
    project.assay(&["check", "checks/silver/a.yaml"]).assert(0, "");
    assert!(!project.path(".assay").exists() && !project.path("checks/silver/.assay").exists());
}

#[test]
fn a_store_that_cannot_be_used_is_a_note_and_changes_no_verdict() {
    let broken = "this is no database, and it is longer than a header".repeat(4);
    let project = Project::with_two_tables().file(".assay/state.db", &broken);
    let text = project.assay(&["check"]);
    text.assert(0, "");
    assert!(text.out.contains("note: this run is not in the history: the store"), "{text:?}");
    let (ran, result) = project.json(&[]);
    ran.assert(0, "");
    assert!(result["notes"][0].as_str().is_some_and(|note| note.contains("move it away")), "{result}");
    let kept = std::fs::read_to_string(project.path(".assay/state.db")).expect("left alone");
    assert_eq!(kept, broken);
}
