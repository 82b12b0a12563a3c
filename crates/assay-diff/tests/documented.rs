//! The list of codes is that of docs/contract-changes.md, and every parameter of every check has a direction.
#![allow(clippy::disallowed_methods, reason = "tests read the repository")]

mod support;

use std::fs;
use std::path::Path;

use assay_checks::CHECKS;
use assay_contract::{Project, Resolved};
use assay_core::change::ChangeVerdict;
use assay_core::node::{Node, NodeKind};
use assay_diff::{CODES, Level, Version, compare};
use support::{Memory, document};

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

/// The first block of YAML of a page.
fn example(page: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let page = fs::read_to_string(path).expect("the page");
    page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block").to_owned()
}

/// A tree with one of its entries or items left out, and what that was.
fn without_one(node: &Node) -> Vec<(String, Node)> {
    let rest = |kind| Node { kind, span: node.span };
    match &node.kind {
        NodeKind::Scalar { .. } => Vec::new(),
        NodeKind::Seq(items) => {
            let mut all = Vec::new();
            for (at, item) in items.iter().enumerate() {
                let mut less = items.clone();
                less.remove(at);
                all.push((format!("[{at}]"), rest(NodeKind::Seq(less))));
                for (path, inner) in without_one(item) {
                    let mut changed = items.clone();
                    changed[at] = inner;
                    all.push((format!("[{at}].{path}"), rest(NodeKind::Seq(changed))));
                }
            }
            all
        }
        NodeKind::Map(entries) => {
            let mut all = Vec::new();
            for (at, (key, value)) in entries.iter().enumerate() {
                let mut less = entries.clone();
                less.remove(at);
                all.push((key.text.clone(), rest(NodeKind::Map(less))));
                for (path, inner) in without_one(value) {
                    let mut changed = entries.clone();
                    changed[at].1 = inner;
                    all.push((format!("{}.{path}", key.text), rest(NodeKind::Map(changed))));
                }
            }
            all
        }
    }
}

/// Leaving out anything of a whole document is a change, but for what says only what holds anyway.
#[test]
fn nothing_of_a_document_is_left_out_of_the_comparison() {
    let packs =
        Memory([("checks/silver/../packs/audit_columns.yaml".to_owned(), "assay: 1\npack: p\n".to_owned())].into());
    let same = |page: &str, path: &str| -> Vec<String> {
        let whole = document(path, &example(page), &Project::default(), &packs).expect("a document");
        let version = |root: Node| Version { documents: vec![Resolved { root, ..whole.clone() }] };
        let less = without_one(&whole.root).into_iter();
        let unseen =
            less.filter(|(_, root)| compare(&version(whole.root.clone()), &version(root.clone())).changes.is_empty());
        unseen.map(|(path, _)| path).collect()
    };
    let contract = same("contract-language.md", "checks/silver/orders.yaml");
    // the name is that of the document, which is compared by itself
    assert_eq!(contract, ["table", "severity"], "of a contract");
    let monitor = same("monitor-language.md", "checks/models/fare_eta.yaml");
    assert_eq!(monitor, HELD_ANYWAY, "of a monitor");
}

/// What the example of a monitor says although it holds anyway.
const HELD_ANYWAY: &[&str] = &[
    "assay",
    "monitor",
    "source.format",
    "window.size",
    "window.min_rows",
    "defaults.numeric",
    "defaults.missing",
    "defaults.significance",
    "defaults.significance.alpha",
    "defaults.significance.correction",
    "segments.[0].top",
    "correlations.pairs",
    "correlations.max_change",
    "covariance.pca.components",
    "labels.key",
    "retrain.cooldown",
    "retrain.approve",
];

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
