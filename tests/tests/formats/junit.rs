//! JUnit, read back by junitparser and by junit2json.

use assay_core::run::RunRecord;
use assay_core::verdict::Outcome;
use assay_report::Report;
use assay_report::formats::text::printable;
use serde_json::Value;

use crate::consumers::{Case, cases, files, hostile_runs, node, python, rendered};

fn read(case: &[Case]) -> (Vec<Value>, Vec<Value>) {
    let (_folder, paths) = files(case.iter().map(|case| rendered("junit", &case.report())));
    (python("junit.py", &paths), node("junit.mjs", &paths))
}

fn cases_of(report: &Value) -> impl Iterator<Item = &Value> {
    report["suites"].as_array().expect("suites").iter().flat_map(|suite| suite["cases"].as_array().expect("cases"))
}

fn of_kind(report: &Value, kind: &str) -> usize {
    cases_of(report).filter(|case| case["kind"] == kind).count()
}

fn outcomes(run: &RunRecord, outcome: Outcome) -> usize {
    run.tables.iter().flat_map(|table| &table.checks).filter(|check| check.verdict.outcome == outcome).count()
}

#[test]
fn consumers_agree_with_the_counts_that_a_report_states() {
    let cases = cases();
    let (by_python, by_node) = read(&cases);
    for ((case, python), node) in cases.iter().zip(&by_python).zip(&by_node) {
        let name = case.name;
        for (of_kind_, stated) in [("failure", "failures"), ("error", "errors"), ("skipped", "skipped")] {
            let counted = of_kind(python, of_kind_);
            assert_eq!(python["said"][stated], counted, "{name}: {stated}");
            assert_eq!(of_kind(node, of_kind_), counted, "{name}: {stated} as junit2json has it");
        }
        assert_eq!(python["said"]["tests"], cases_of(python).count(), "{name}");
        assert_eq!(cases_of(node).count(), cases_of(python).count(), "{name}");
    }
}

#[test]
fn a_report_breaks_a_pipeline_exactly_where_the_exit_code_does() {
    let cases = cases();
    let (by_python, _) = read(&cases);
    for (case, seen) in cases.iter().zip(&by_python) {
        let broken = of_kind(seen, "failure") + of_kind(seen, "error") > 0;
        assert_eq!(broken, case.report().exit_code() != 0, "{}", case.name);
    }
}

#[test]
fn each_check_is_a_case_of_its_kind() {
    let cases = cases();
    let (by_python, _) = read(&cases);
    let of = |name: &str| cases.iter().zip(&by_python).find(|(case, _)| case.name == name).expect("a case");
    let (case, seen) = of("many checks");
    let Report::Ran(ran) = case.report() else { panic!("a run") };
    assert_eq!(of_kind(seen, "failure"), outcomes(ran.run, Outcome::Fail));
    assert_eq!(of_kind(seen, "skipped"), outcomes(ran.run, Outcome::Skipped));
    assert_eq!(of_kind(seen, "passed"), outcomes(ran.run, Outcome::Pass) + outcomes(ran.run, Outcome::Warn));
    let failed = cases_of(seen).find(|case| case["kind"] == "failure").expect("a failure");
    assert_eq!(failed["message"], "91.88% present (812 of 10,000 null), expected at least 95%");
    let text = failed["text"].as_str().expect("a text");
    assert!(text.contains("row: order_id=ORD-00000007, line_no=1, email=null\n"), "{text}");
    assert_eq!(
        (&failed["properties"]["severity"], &failed["file"]),
        (&"fail".into(), &"checks/silver/orders.yaml".into())
    );
    let out = |case: &Value| case["out"].as_str().is_some_and(|out| out.starts_with("warning: 98.5% present"));
    assert!(cases_of(seen).any(out));
}

#[test]
fn hostile_names_come_back_as_the_text_that_they_are() {
    let runs = hostile_runs();
    let reports = runs.iter().map(|(_, run)| rendered("junit", &Report::Ran(assay_report::Ran::new(run))));
    let (_folder, paths) = files(reports);
    let (by_python, by_node) = (python("junit.py", &paths), node("junit.mjs", &paths));
    assert_eq!((by_python.len(), by_node.len()), (runs.len(), runs.len()));
    for (((text, run), python), node) in runs.iter().zip(&by_python).zip(&by_node) {
        let checks: usize = run.tables.iter().map(|table| table.checks.len()).sum();
        let shown = printable(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}");
        // junit2json takes blanks from the ends of names
        let is_it = |case: &&Value| case["name"].as_str().unwrap_or_default().trim() == shown.trim();
        for seen in [python, node] {
            assert_eq!(cases_of(seen).filter(is_it).count(), checks, "{shown}");
        }
    }
}
