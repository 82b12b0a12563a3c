use super::*;
use crate::{Ran, fixture};

fn rendered(report: Report<'_>) -> String {
    let mut out = Vec::new();
    Json.render(&report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("JSON is UTF-8")
}

fn assert_valid(text: &str) {
    assert_valid_under(&schema(), text);
}

fn assert_valid_under(schema: &serde_json::Value, text: &str) {
    let schema = jsonschema::validator_for(schema).expect("a valid schema");
    let instance = serde_json::from_str(text).expect("JSON");
    let problems: Vec<String> = schema.iter_errors(&instance).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}\n{text}");
}

#[test]
fn a_run_is_written_as_v1() {
    let text = rendered(Report::Ran(Ran::new(&fixture::run())));
    assert_valid(&text);
    insta::assert_snapshot!("run", text);
}

#[test]
fn windows_of_monitors_are_items_of_tables() {
    let text = rendered(Report::Ran(Ran::new(&fixture::monitor::run())));
    assert_valid(&text);
    insta::assert_snapshot!("monitor", text);
}

#[test]
fn figures_that_json_cannot_hold_are_told_otherwise() {
    let text = rendered(Report::Ran(Ran::new(&fixture::monitor::run())));
    let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let surge = &result["tables"][0]["checks"][1];
    assert_eq!(surge["id"], "drift.surge");
    assert_eq!(surge["p_log10"], -3000.0 / std::f64::consts::LN_10);
    assert!(surge.get("p_value").is_none(), "a p-value of 1e-1303 is no double");
    assert_eq!(surge["tests"][1]["statistic_high"], "inf");
    let p = result["tables"][0]["checks"][2]["p_value"].as_f64().expect("a number");
    assert!((p / 3.2e-180 - 1.0).abs() < 1e-12, "{p}");
}

#[test]
fn the_figures_of_a_check_are_those_of_its_worst_deciding_test() {
    let mut run = fixture::monitor::run();
    let drift = run.tables[0].checks[1].drift.as_mut().expect("a drift check");
    let first = fixture::monitor::test("ks", assay_core::verdict::Outcome::Warn, 0.05);
    drift.tests.insert(0, first);
    let text = rendered(Report::Ran(Ran::new(&run)));
    let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let surge = &result["tables"][0]["checks"][1];
    assert_eq!((&surge["test"], &surge["effect"]), (&"psi".into(), &0.412_345_678.into()));
}

#[test]
fn invalid_contracts_are_a_result_too() {
    let text = rendered(Report::Invalid(&fixture::problems()));
    assert_valid(&text);
    insta::assert_snapshot!("invalid", text);
}

#[test]
fn the_schema_refuses_what_v1_is_not() {
    let schema = jsonschema::validator_for(&schema()).expect("a valid schema");
    let text = rendered(Report::Ran(Ran::new(&fixture::run())));
    let mut result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(schema.is_valid(&result));
    for (pointer, wrong) in
        [("/schema", "assay.result/v2"), ("/outcome", "ok"), ("/tables/0/checks/0/severity", "none")]
    {
        let before = result.pointer(pointer).expect("is there").clone();
        *result.pointer_mut(pointer).expect("is there") = wrong.into();
        assert!(!schema.is_valid(&result), "{pointer}");
        *result.pointer_mut(pointer).expect("is there") = before;
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test may read the published files")]
fn the_published_schemas_are_the_current_ones() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas");
    for (name, schema) in [("result", schema()), ("changes", changes_schema())] {
        let path = format!("{folder}/assay.{name}.v1.json");
        let current = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == current, "run `assay schema {name} > docs/schemas/assay.{name}.v1.json`");
    }
}

#[test]
fn changes_are_a_document_of_their_own() {
    let text = rendered(Report::Compared(&fixture::changes::changes()));
    assert_valid_under(&changes_schema(), &text);
    insta::assert_snapshot!("changes", text);
}

#[test]
fn a_gate_has_its_changes_beside_the_run() {
    let (run, record) = (fixture::run(), fixture::changes::changes());
    let text = rendered(Report::Ran(Ran { changes: Some(&record), ..Ran::new(&run) }));
    assert_valid(&text);
    let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let alone: serde_json::Value = serde_json::from_str(&rendered(Report::Compared(&record))).expect("JSON");
    assert_eq!(result["changes"]["changes"], alone["changes"]);
    assert_eq!(result["exit_code"], 3);
}

#[test]
fn the_schema_of_changes_refuses_what_v1_is_not() {
    let schema = jsonschema::validator_for(&changes_schema()).expect("a valid schema");
    let text = rendered(Report::Compared(&fixture::changes::changes()));
    let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for (pointer, wrong) in
        [("/schema", "assay.changes/v2"), ("/changes/0/verdict", "breaks"), ("/changes/0/at_version", "old")]
    {
        let mut changed = result.clone();
        *changed.pointer_mut(pointer).expect("is there") = wrong.into();
        assert!(!schema.is_valid(&changed), "{pointer}");
    }
}
