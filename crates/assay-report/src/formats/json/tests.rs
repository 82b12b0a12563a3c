use super::*;
use crate::fixture;

fn rendered(report: Report<'_>) -> String {
    let mut out = Vec::new();
    Json.render(&report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("JSON is UTF-8")
}

fn assert_valid(text: &str) {
    let schema = jsonschema::validator_for(&schema()).expect("a valid schema");
    let instance = serde_json::from_str(text).expect("JSON");
    let problems: Vec<String> = schema.iter_errors(&instance).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}\n{text}");
}

#[test]
fn a_run_is_written_as_v1() {
    let text = rendered(Report::Ran { run: &fixture::run(), fail_on_warn: false });
    assert_valid(&text);
    insta::assert_snapshot!("run", text);
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
    let text = rendered(Report::Ran { run: &fixture::run(), fail_on_warn: false });
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
#[allow(clippy::disallowed_methods, reason = "a test may read the published file")]
fn the_published_schema_is_the_current_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas/assay.result.v1.json");
    let published = std::fs::read_to_string(path).expect("docs/schemas/assay.result.v1.json is there");
    let current = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    assert!(published == current, "run `assay schema result > docs/schemas/assay.result.v1.json`");
}
