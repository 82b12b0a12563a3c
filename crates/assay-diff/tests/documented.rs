//! The list of codes is that of docs/contract-changes.md, and every parameter of every check has a direction.
#![allow(clippy::disallowed_methods, reason = "tests read the repository")]

use std::fs;
use std::path::Path;

use assay_checks::CHECKS;
use assay_core::change::ChangeVerdict;
use assay_diff::{CODES, Level};

#[test]
fn the_page_lists_every_code_with_its_verdict_and_reason() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/contract-changes.md");
    let page = fs::read_to_string(path).expect("the page");
    let heading = |verdict: ChangeVerdict| match verdict {
        ChangeVerdict::BreaksConsumers => "### Breaks consumers",
        ChangeVerdict::BreaksProducer => "### Breaks the producer",
        ChangeVerdict::MonitoringWeakened => "### Monitoring weakened",
        ChangeVerdict::Compatible => "### Compatible",
    };
    for verdict in ChangeVerdict::ALL {
        let level = |level: Level| match level {
            Level::Major => "major",
            Level::Minor => "minor",
            Level::Patch => "patch",
        };
        let rows = CODES.iter().filter(|code| code.verdict == verdict);
        let rows: Vec<String> =
            rows.map(|code| format!("| `{}` | {} | {} |", code.name, level(code.level), code.why)).collect();
        let section = page.split(heading(verdict)).nth(1).expect(heading(verdict));
        let section = section.split("\n### ").next().unwrap_or_default();
        let listed: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(listed, rows, "{}", heading(verdict));
    }
}

#[test]
fn codes_are_worst_first_and_their_own() {
    assert!(CODES.windows(2).all(|two| two[0].verdict <= two[1].verdict));
    let mut names: Vec<&str> = CODES.iter().map(|code| code.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CODES.len());
    let level = |verdict| if verdict == ChangeVerdict::BreaksConsumers { Level::Major } else { Level::Minor };
    assert!(CODES.iter().all(|code| code.verdict == ChangeVerdict::Compatible || code.level == level(code.verdict)));
}

#[test]
fn every_parameter_of_every_check_has_a_direction() {
    for spec in CHECKS {
        let schema = (spec.schema)();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        assert!(!properties.is_empty(), "{}", spec.name);
        for name in properties.keys() {
            assert!(spec.direction(name).is_some(), "nobody said which way `{name}` of `{}` is stricter", spec.name);
        }
        for (name, _) in spec.directions {
            let patterns = schema["patternProperties"].as_object().cloned().unwrap_or_default();
            let known = properties.contains_key(*name) || patterns.keys().any(|pattern| pattern.contains(name));
            assert!(known, "`{}` has no parameter `{name}`", spec.name);
        }
    }
}
