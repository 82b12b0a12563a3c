//! Metrics, read by the parser of Prometheus' Python client and checked by promtool.

use std::collections::BTreeSet;
use std::fs::File;
use std::process::{Command, Stdio};

use assay_report::formats::text::printable;
use assay_report::metrics::textfile;
use assay_report::{Ran, Report};
use serde_json::Value;

use crate::consumers::{cases, files, hostile_runs, python, run};

fn samples(families: &Value) -> Vec<&Value> {
    let of = |family: &'static str| move |value: &Value| value[family].clone();
    let list = families.as_array().expect("families");
    assert!(list.iter().all(|family| of("type")(family) == "gauge" && of("help")(family) != ""));
    list.iter().flat_map(|family| family["samples"].as_array().expect("samples")).collect()
}

#[test]
fn the_client_reads_every_series_once() {
    let cases = cases();
    let texts: Vec<String> = cases.iter().map(|case| textfile(&case.report())).collect();
    let (_folder, paths) = files(texts.clone());
    for ((case, text), families) in cases.iter().zip(&texts).zip(&python("metrics.py", &paths)) {
        let samples = samples(families);
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(samples.len(), lines, "{}", case.name);
        let series: BTreeSet<String> = samples.iter().map(|s| format!("{}{}", s["name"], s["labels"])).collect();
        assert_eq!(series.len(), lines, "{}", case.name);
        for sample in samples {
            let labels = sample["labels"].as_object().expect("labels");
            assert!(["job", "instance", "env", "owner"].iter().all(|name| !labels.contains_key(*name)), "{sample}");
        }
    }
}

#[test]
fn success_is_absent_for_what_was_not_evaluated() {
    let cases = cases();
    let report = cases[0].report();
    let Report::Ran(ran) = report else { panic!("a run") };
    let (_folder, paths) = files([textfile(&report)]);
    let families = &python("metrics.py", &paths)[0];
    let samples = samples(families);
    let value = |family: &str, contract: &str, check: &str| {
        let is_it = |s: &&&Value| {
            s["name"] == *family && s["labels"]["contract"] == *contract && s["labels"]["check"] == *check
        };
        samples.iter().find(is_it).and_then(|sample| sample["value"].as_f64())
    };
    for table in ran.run.tables.iter().filter(|table| table.monitor.is_none()) {
        for check in &table.checks {
            use assay_core::verdict::Outcome::{Error, Fail, Pass, Skipped, Warn};
            let (success, error) = match check.verdict.outcome {
                Pass | Warn => (Some(1.0), 0.0),
                Fail => (Some(0.0), 0.0),
                Skipped => (None, 0.0),
                Error => (None, 1.0),
            };
            assert_eq!(value("assay_check_success", &table.table, &check.id), success, "{}", check.id);
            assert_eq!(value("assay_check_error", &table.table, &check.id), Some(error), "{}", check.id);
        }
    }
}

#[test]
fn hostile_labels_come_back_as_the_text_that_they_are() {
    let runs = hostile_runs();
    let (_folder, paths) = files(runs.iter().map(|(_, run)| textfile(&Report::Ran(Ran::new(run)))));
    for ((text, _), families) in runs.iter().zip(&python("metrics.py", &paths)) {
        let samples = samples(families);
        let of = |name: &str| samples.iter().filter(|s| s["name"] == *name).count();
        assert_eq!((of("assay_build_info"), of("assay_check_success")), (1, 2), "{text}");
        let checks = samples.iter().filter(|s| s["labels"]["check"] == *printable(text)).count();
        assert!(checks > 0, "{text}");
    }
}

#[test]
fn promtool_finds_nothing_wrong() {
    let texts = cases().iter().map(|case| textfile(&case.report())).collect::<Vec<_>>();
    let hostile = hostile_runs().into_iter().map(|(_, run)| textfile(&Report::Ran(Ran::new(&run))));
    let (_folder, paths) = files(texts.into_iter().chain(hostile.step_by(20)));
    for path in paths {
        let input = File::open(&path).expect("the metrics");
        let said = run(Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::from(input)));
        assert_eq!(said, "");
    }
}
