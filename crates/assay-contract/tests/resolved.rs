//! A document as it holds, read without what it takes to run it.

#![allow(clippy::disallowed_methods, reason = "tests read files and the clock")]

mod support;

use std::collections::BTreeMap;

use assay_checks::written::written;
use assay_contract::{Broken, Environment, Project, Resolved, resolve};
use assay_core::change::DocumentKind;
use assay_core::node::Node;
use assay_core::verdict::Severity;
use support::{World, no_env};

fn read(world: &World, path: &str, text: &str) -> Result<Resolved, Broken> {
    resolve(
        path,
        text.as_bytes(),
        &Environment {
            project: &world.project,
            root: None,
            vars: &BTreeMap::new(),
            env: &no_env,
            files: world.files.as_ref(),
            planned: world.planned,
        },
    )
}

fn whole(world: &World, text: &str) -> Resolved {
    read(world, "checks/silver/orders.yaml", text).unwrap_or_else(|broken| panic!("{broken}"))
}

fn text<'n>(resolved: &'n Resolved, path: &[&str]) -> &'n str {
    path.iter().try_fold(&resolved.root, |node, key| node.get(key)).and_then(Node::text).expect("a text")
}

const PACK: &str = "assay: 1\npack: p\nowner: pack@shop.example\ncolumns:\n  at: {type: date, required: true}\nchecks:\n  - row_count: {min: 1}\n  - expression: {id: many, sql: \"a > 0\"}\n";
const CONTRACT: &str = "assay: 1\ntable: silver.orders\nextends: [p.yaml]\nvars: {least: 5}\nsource: {format: parquet, path: \"${env:LAKE}/orders\"}\ncolumns:\n  a: {type: int64, range: {min: \"${least}\", max: \"${unset}\"}}\nrows: \"day = date '${day}' and a > ${n}\"\nchecks:\n  - row_count: {min: 2}\n  - many: null\n";

#[test]
fn packs_are_merged_and_every_place_is_kept() {
    let world = World::with_files(&[("checks/silver/p.yaml", PACK)]);
    let resolved = whole(&world, CONTRACT);
    assert_eq!((resolved.kind, resolved.name.as_str()), (DocumentKind::Contract, "silver.orders"));
    assert_eq!(text(&resolved, &["owner"]), "pack@shop.example");
    let owner = resolved.place(resolved.root.get("owner").expect("an owner").span);
    assert_eq!((&*owner.path, owner.line, owner.column), ("checks/silver/p.yaml", 3, 8));
    let begins = resolved.beginning();
    assert_eq!((&*begins.path, begins.line, begins.column), ("checks/silver/orders.yaml", 2, 1));
}

#[test]
fn what_is_secret_or_not_set_stays_a_placeholder() {
    let world = World::with_files(&[("checks/silver/p.yaml", PACK)]);
    let resolved = whole(&world, CONTRACT);
    assert_eq!(text(&resolved, &["source", "path"]), "${env:LAKE}/orders");
    assert_eq!(text(&resolved, &["columns", "a", "range", "min"]), "5");
    assert_eq!(text(&resolved, &["columns", "a", "range", "max"]), "${unset}");
    assert_eq!(text(&resolved, &["rows"]), "day = date '${day}' and a > ${n}");
    let secret = "assay: 1\nmonitor: m\nvars: {url: \"${file:/run/secrets/url}\"}\nsource: {path: l.parquet}\nbaseline: {profile: b}\nretrain: {when: dataset.fail, webhook: {url: \"${url}/x\"}}\n";
    let monitor = read(&world, "checks/models/m.yaml", secret).unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!((monitor.kind, text(&monitor, &["retrain", "webhook", "url"])), (DocumentKind::Monitor, "${url}/x"));
    assert_eq!(monitor.layer.as_deref(), Some("models"));
}

/// The ids of written checks are those that loading gives; a later file replaces and removes by them.
#[test]
fn checks_have_the_ids_that_they_are_loaded_with() {
    let body = "key: [\"a b\"]\ncolumns:\n  \"a b\": {type: int64, required: true, unique: true, checks: [{range: [0, 9]}, {range: {id: other, max: 5}}]}\n  c: {type: float64, quantile: {p50: 1, p99.9: {max: 2}}, references: {table: t, column: id}}\n  at: date\nchecks:\n  - row_count: {min: 3}\n  - many: null\n  - uniqueness: {columns: [c, at]}\n  - references: {columns: [\"a b\", c], table: t, other_columns: [a, c]}\n  - freshness: {column: at, max_age: 2d}\n";
    let text =
        format!("assay: 1\ntable: silver.orders\nextends: [p.yaml]\nsource: {{format: parquet, path: o}}\n{body}");
    let pack = PACK.replace("  at: {type: date, required: true}", "  at: {required: true}");
    let world = World::with_files(&[("checks/silver/p.yaml", &pack)]);
    let resolved = whole(&world, &text.replace("  at: date\n", "  at: {type: date}\n"));
    let mut ids: Vec<String> = Vec::new();
    let item = |node: &Node, column: Option<&str>| -> Vec<String> {
        let entries = node.entries().unwrap_or_default();
        entries.iter().filter_map(|(key, value)| Some(written(key, value, column)?.id)).collect()
    };
    for (key, column) in resolved.root.get("columns").and_then(Node::entries).expect("columns") {
        ids.extend(item(column, Some(&key.text)));
        if let Some(Node { kind: assay_core::node::NodeKind::Seq(items), .. }) = column.get("checks") {
            ids.extend(items.iter().flat_map(|node| item(node, Some(&key.text))));
        }
    }
    let Some(Node { kind: assay_core::node::NodeKind::Seq(items), .. }) = resolved.root.get("checks") else {
        panic!("checks")
    };
    ids.extend(items.iter().flat_map(|node| item(node, None)));

    let loaded =
        world.load("checks/silver/orders.yaml", text.replace("  at: date\n", "  at: {type: date}\n").as_bytes());
    let loaded = loaded.unwrap_or_else(|broken| panic!("{broken}"));
    let mut expected: Vec<String> = loaded.contract.checks.iter().map(|check| check.id.clone()).collect();
    expected.retain(|id| !["schema", "key", "c.nan"].contains(&id.as_str()));
    ids.sort();
    expected.sort();
    assert_eq!(ids, expected);
}

#[test]
fn severity_and_layer_are_those_that_hold() {
    let project = "assay: 1\nlayers: {bronze: {severity: warn}}\n";
    let mut world = World::with_files(&[]);
    world.project =
        Project::load("assay.yaml", project.as_bytes(), &no_env, world.files.as_ref()).expect("an assay.yaml");
    let text = "assay: 1\ntable: orders\nsource: {path: o.csv}\n";
    let of = |path: &str, text: &str| read(&world, path, text).unwrap_or_else(|broken| panic!("{broken}"));
    let bronze = of("checks/bronze/orders.yaml", text);
    assert_eq!((bronze.layer.as_deref(), bronze.severity), (Some("bronze"), Severity::Warn));
    assert_eq!(of("checks/gold/orders.yaml", text).severity, Severity::Fail);
    assert_eq!(of("checks/bronze/orders.yaml", &format!("{text}severity: fail\n")).severity, Severity::Fail);
}

#[test]
fn only_what_is_no_document_is_refused() {
    let world = World::with_files(&[]);
    for (text, says) in [
        ("", "no document of Assay"),
        ("- a\n", "no document of Assay"),
        ("assay: 1\ntable: [\n", ""),
        ("assay: 1\npack: p\n", "a pack"),
        ("assay: 1\ntable:\n", "`table` has no name"),
        ("assay: 1\nsource: {path: a.csv}\n", "`table` has no name"),
        ("assay: 1\nmonitor: \"\"\n", "`monitor` has no name"),
        ("assay: 2\ntable: t\n", "reads `assay: 1`"),
        ("assay: 1\ntable: t\nextends: [gone.yaml]\n", "no such file"),
    ] {
        let broken = read(&world, "checks/t.yaml", text).expect_err(text).to_string();
        assert!(broken.contains(says), "{text}: {broken}");
    }
    let odd =
        "assay: 1\ntable: t\nnobody: knows\ncolumns: {a: {type: nothing, range: wrong}}\nchecks: [{volume: 1}, 7]\n";
    assert!(read(&world, "checks/t.yaml", odd).is_ok());
    assert_eq!(read(&world, "rules/a.yaml", "assay: 1\nrules: a\n").expect("rules").name, "rules/a.yaml");
}

#[test]
fn what_checks_name_as_a_file_is_told_by_its_content() {
    let text = "assay: 1\ntable: t\nsource: {path: a.csv}\ncolumns: {c: {type: string, in: {file: codes.csv}}}\n";
    let of = |content: &str| whole(&World::with_files(&[("checks/silver/codes.csv", content)]), text).files;
    assert_eq!(of("DE\n").len(), 1);
    assert_ne!(of("DE\n"), of("FR\n"));
    assert!(whole(&World::with_files(&[]), text).files.is_empty());
}
