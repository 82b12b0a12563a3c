//! No input makes loading panic, and a scalar's text survives being read.

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
