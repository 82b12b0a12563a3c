//! No input makes loading a contract or a monitor panic, and a scalar's text survives being read.

#![allow(clippy::disallowed_methods, reason = "tests read files and the clock")]

mod support;

use assay_contract::{kind, render};
use proptest::prelude::*;
use support::World;

/// Text made of the pieces that contracts are made of, which reaches further in than random bytes.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "assay: 1\n",
        "table: a.b\n",
        "source: {path: a.csv}\n",
        "columns:\n",
        "  id: ",
        "  n: {type: int32, ",
        "range: ",
        "[0, 1]",
        "{min: 1",
        "}",
        "]",
        "\n",
        "- ",
        "checks:\n",
        "  - row_count: ",
        "  - freshness: {column: id, ",
        "max_age: 2h",
        ", ",
        ": ",
        "\"",
        "'",
        "${x}",
        "${",
        "$${",
        "&a ",
        "*a",
        "<<: *a",
        "!!str ",
        "| ",
        "\t",
        "\r\n",
        "rows: ",
        "'a' = b",
        "null",
        "~",
        "decimal(12,2)",
        "timestamp[UTC]",
        "99%",
        "0.5",
        "é",
        "\u{feff}",
        "---\n",
        "key: [id]\n",
        "extends: [p.yaml]\n",
        "vars: {x: 1}\n",
        "where: \"id > 1\"",
        "%",
        "#",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// The same for monitors.
fn monitor_fragments() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "columns: {",
        "a: {kind: numeric, ",
        "b: categorical",
        "tests: ",
        "[ks, psi]",
        "{ks: ",
        "{warn: 1%, fail: 5%}",
        "{warn: 0.1, fail: 0.05}",
        "missing: off",
        "defaults: {numeric: ",
        "window: {size: ",
        "1d",
        "6h",
        "99999999999999999999w",
        "10 rows",
        "timestamp: {column: t, timezone: UTC}\n",
        "baseline: {same: day_of_week}\n",
        "id: u\n",
        "prediction: {column: p, task: regression}\n",
        "labels: {table: ",
        "{source: {path: l.csv}}",
        "column: l",
        "performance: [{metric: rmse, max: ",
        "1.15x baseline",
        "x baseline",
        "-0%",
        "1e999",
        "retrain: {when: '",
        "drift.a.fail",
        "drift.\"a b\".warn",
        " and ",
        " or ",
        "not ",
        "(",
        ")",
        "'",
        "segments: [{by: ",
        "correlations: {pairs: ",
        "top 50",
        "[[a, b]]",
        "covariance: {pca: {components: ",
        "dataset: {drifted_share: ",
        "confirm: {fail: 2 windows}\n",
        "webhook: {url: \"${env:X}\"}",
        "${x}",
        ", ",
        "}",
        "]",
        "\n",
        "é",
    ]);
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn monitor_survives(bytes: &[u8]) {
    let world = World::with_files(&[]);
    if let Err(broken) = world.load_monitor("monitor.yaml", bytes) {
        assert!(!broken.problems.is_empty());
        assert!(broken.problems.iter().all(|problem| problem.span.is_some_and(|span| span.line > 0)));
        let shown = render(&broken.problems, &broken.sources);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }
}

fn survives(bytes: &[u8]) {
    let world = World::with_files(&[("p.yaml", "assay: 1\npack: p\ncolumns:\n  id: int64\n")]);
    let _ = kind(bytes);
    if let Err(broken) = world.load("contract.yaml", bytes) {
        assert!(!broken.problems.is_empty());
        assert!(broken.problems.iter().all(|problem| problem.span.is_some_and(|span| span.line > 0)));
        let shown = render(&broken.problems, &broken.sources);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_loaded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes);
    }

    #[test]
    fn any_text_is_loaded_or_refused(text in fragments()) {
        survives(text.as_bytes());
    }

    #[test]
    fn any_body_of_a_contract_is_loaded_or_refused(text in fragments()) {
        survives(format!("assay: 1\ntable: a.b\nsource: {{path: a.csv}}\n{text}").as_bytes());
    }

    #[test]
    fn any_bytes_are_a_monitor_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        monitor_survives(&bytes);
        monitor_survives(&[b"assay: 1\nmonitor: m\n", bytes.as_slice()].concat());
    }

    #[test]
    fn any_body_of_a_monitor_is_loaded_or_refused(text in monitor_fragments()) {
        let head = "assay: 1\nmonitor: m\nsource: {path: a.csv}\n";
        monitor_survives(format!("{head}{text}").as_bytes());
        monitor_survives(format!("{head}baseline: {{profile: b.parquet}}\n{text}").as_bytes());
    }

    #[test]
    fn a_limit_is_the_number_that_is_written(number in 0u32..=1_000_000) {
        let fraction = f64::from(number) / 1e6;
        let share = format!("{}.{:04}%", number / 10_000, number % 10_000);
        let text = format!(
            "assay: 1\nmonitor: m\nsource: {{path: a.parquet}}\nbaseline: {{profile: b.parquet}}\n\
             defaults: {{numeric: {{ks: {fraction}}}, missing: {share}}}\n"
        );
        let loaded = World::with_files(&[]).load_monitor("m.yaml", text.as_bytes());
        let defaults = loaded.map_err(|broken| TestCaseError::fail(broken.to_string()))?.monitor.defaults;
        prop_assert_eq!(defaults.numeric[0].limits.fail, Some(fraction));
        prop_assert_eq!(defaults.missing.and_then(|test| test.limits.fail), Some(fraction));
    }

    #[test]
    fn a_scalar_keeps_its_text(text in "[ -~äß€\u{1F600}]{1,40}") {
        let single = format!("'{}'", text.replace('\'', "''"));
        let double = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        for quoted in [single, double] {
            let written = quoted.replace("${", "$${");
            let contract = format!("assay: 1\ntable: t\nsource: {{path: a.csv}}\ndescription: {written}\n");
            let loaded = World::with_files(&[]).load("c.yaml", contract.as_bytes());
            let loaded = loaded.map_err(|broken| TestCaseError::fail(broken.to_string()))?;
            prop_assert_eq!(loaded.contract.description.as_deref(), Some(text.as_str()));
        }
    }

    #[test]
    fn a_plain_number_keeps_its_digits(digits in "[0-9]{1,40}(\\.[0-9]{0,30})?") {
        let contract = format!("assay: 1\ntable: t\nsource: {{path: a.csv}}\ndescription: {digits}\n");
        let loaded = World::with_files(&[]).load("c.yaml", contract.as_bytes());
        let loaded = loaded.map_err(|broken| TestCaseError::fail(broken.to_string()))?;
        prop_assert_eq!(loaded.contract.description.as_deref(), Some(digits.as_str()));
    }
}
