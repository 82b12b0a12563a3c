//! SARIF, held against the schema that OASIS published and the limits of GitHub's code scanning.

use std::collections::BTreeSet;

use assay_report::{Ran, Report};
use serde_json::Value;

use crate::consumers::{cases, hostile_runs, installed, rendered};

fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string(installed().join("sarif-schema.json")).expect("the schema");
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema");
    // as published, this pattern has a bracket that nothing opens; we write no such property
    for of in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{of}/properties/language"));
        language.and_then(Value::as_object_mut).expect("a property").remove("pattern");
    }
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
}

fn log(report: &Report<'_>) -> Value {
    serde_json::from_str(&rendered("sarif", report)).expect("JSON")
}

fn list<'a>(log: &'a Value, pointer: &str) -> &'a [Value] {
    log.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[test]
fn every_log_is_valid() {
    let schema = schema();
    let runs = hostile_runs();
    let logs = cases().iter().map(|case| (case.name.to_owned(), log(&case.report()))).collect::<Vec<_>>();
    let hostile = runs.iter().map(|(text, run)| (text.clone(), log(&Report::Ran(Ran::new(run)))));
    for (name, log) in logs.into_iter().chain(hostile) {
        let problems: Vec<String> = schema.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(problems.is_empty(), "{name}: {problems:#?}");
    }
}

#[test]
fn the_schema_is_one_that_refuses() {
    let mut log = log(&cases()[0].report());
    log["runs"][0]["results"][0]["level"] = "bad".into();
    assert!(!schema().is_valid(&log));
}

#[test]
fn results_refer_to_their_rules_and_are_known_again() {
    for case in cases() {
        let log = log(&case.report());
        let rules = list(&log, "/runs/0/tool/driver/rules");
        let ids: BTreeSet<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
        assert_eq!(ids.len(), rules.len(), "{}", case.name);
        let results = list(&log, "/runs/0/results");
        let mut fingerprints = BTreeSet::new();
        for result in results {
            let index = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(rules[index]["id"], result["ruleId"], "{}", case.name);
            assert!(fingerprints.insert(result["partialFingerprints"].to_string()), "{}: {result}", case.name);
            assert_eq!(result["locations"].as_array().map(Vec::len), Some(1), "{}: {result}", case.name);
        }
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!(invocation["exitCode"], case.report().exit_code(), "{}", case.name);
        assert_eq!(invocation["executionSuccessful"], case.report().exit_code() <= 1, "{}", case.name);
    }
}

#[test]
fn messages_hold_no_link_and_no_placeholder() {
    for (text, run) in hostile_runs() {
        let log = log(&Report::Ran(Ran::new(&run)));
        let texts = list(&log, "/runs/0/results").iter().filter_map(|result| result["message"]["text"].as_str());
        for message in texts {
            // escapes as viewers read them: a backslash and the character after it
            let bare = message.replace("\\\\", "").replace("\\[", "").replace("\\]", "");
            assert!(!bare.contains(['[', ']']), "{text}: {message}");
        }
    }
}
