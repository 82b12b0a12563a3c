//! Every check is documented, its example is valid, and its JSON Schema says what is accepted.

use std::collections::BTreeSet;
use std::path::Path;

use assay_core::contract::Format;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::Span;
use serde_json::{Map, Value, json};

use crate::docs::{SECTIONS, docs};
use crate::registry::{CHECKS, CheckSpec, find};
use crate::testing::{Setup, column, node, setup};

#[expect(clippy::disallowed_methods, reason = "a test lists the crate's own files")]
fn stems(folder: &Path, extension: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let files = files.filter(|path| path.extension().is_some_and(|e| e == extension));
    files.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn every_file_is_registered_and_has_a_spec() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = stems(&here.join("src/checks"), "rs");
    files.remove("mod");
    let mut specs = stems(&here.join("../../tests/specs"), "md");
    specs.remove("README");
    // those of monitors are not of one check
    specs.retain(|name| !name.starts_with("drift"));
    let names: BTreeSet<String> = CHECKS.iter().map(|spec| spec.name.to_owned()).collect();
    assert_eq!(files, names, "files of src/checks and the list in registry.rs");
    assert_eq!(specs, names, "specs in tests/specs and the list in registry.rs");
}

#[test]
fn no_name_stands_twice() {
    let mut names: Vec<&str> = crate::registry::names().collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_header_has_its_sections() {
    for spec in CHECKS {
        let text = docs(spec);
        assert!(text.starts_with(&format!("# {}\n", spec.name)), "{}", spec.name);
        let sections: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{}", spec.name);
    }
}

#[test]
fn every_parameter_is_documented() {
    for spec in CHECKS {
        let text = docs(spec);
        let schema = (spec.schema)();
        for key in schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            assert!(text.contains(&format!("`{key}`")) || text.contains(&format!("`{key}:")), "{}: `{key}`", spec.name);
        }
    }
}

/// The YAML block of a check's header.
fn example(spec: &CheckSpec) -> Node {
    let text = docs(spec);
    let (_, rest) = text.split_once("```yaml\n").expect("an example");
    node(rest.split_once("```").expect("its end").0)
}

/// Reads an example as far as checks are concerned: the contract around them, and each check with its column.
fn checks_of(example: &Node) -> (Setup, Vec<(Option<String>, Key, Node)>) {
    let mut around = setup(&[]);
    let mut checks = Vec::new();
    if example.get("source").is_some() {
        around.source.format = Format::Csv;
    }
    for (name, value) in example.get("columns").and_then(Node::entries).unwrap_or_default() {
        let ty = value.text().or_else(|| value.get("type").and_then(Node::text)).unwrap_or_default();
        let mut spec = column(&name.text, ty);
        spec.optional = value.get("optional").is_some();
        spec.read.timezone = value.get("timezone").and_then(Node::text).map(str::to_owned);
        around.columns.push(spec);
        for (key, value) in value.entries().unwrap_or_default() {
            match key.text.as_str() {
                "type" | "timezone" | "optional" => {}
                "checks" => checks.extend(listed(value).into_iter().map(|(k, v)| (Some(name.text.clone()), k, v))),
                _ => checks.push((Some(name.text.clone()), key.clone(), value.clone())),
            }
        }
    }
    let of_table = example.get("checks").map(listed).unwrap_or_default();
    checks.extend(of_table.into_iter().map(|(key, value)| (None, key, value)));
    (around, checks)
}

fn listed(list: &Node) -> Vec<(Key, Node)> {
    let NodeKind::Seq(items) = &list.kind else { panic!("a list of checks") };
    items.iter().flat_map(|item| item.entries().expect("a check").to_vec()).collect()
}

/// The node as JSON, by YAML's core schema.
fn to_json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().map(|(key, value)| (key.text.clone(), to_json(value))).collect(),
        NodeKind::Seq(items) => items.iter().map(to_json).collect(),
        NodeKind::Scalar { text, quoted: true } => json!(text),
        NodeKind::Scalar { .. } if node.is_null() => Value::Null,
        NodeKind::Scalar { text, .. } => match text.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            _ => text
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| text.parse::<f64>().map(Value::from))
                .unwrap_or(json!(text)),
        },
    }
}

fn is_valid(spec: &CheckSpec, value: &Node) -> bool {
    jsonschema::is_valid(&spec.value_schema(), &to_json(value))
}

#[test]
fn every_example_builds_and_its_schema_agrees() {
    for spec in CHECKS {
        let example = example(spec);
        let (around, checks) = checks_of(&example);
        let mut seen = 0;
        for (column, key, value) in checks {
            let written = find(&key.text).unwrap_or_else(|| panic!("{}: unknown check `{}`", spec.name, key.text));
            seen += usize::from(written.name == spec.name);
            let built = crate::build::build(&key, &value, &around.context(column.as_deref()));
            assert!(built.is_ok(), "{}: {:?}", spec.name, built.err());
            assert!(is_valid(written, &value), "{}: the schema refuses {}", spec.name, to_json(&value));
        }
        if let Some(value) = example.get("schema") {
            let key = Key { text: "schema".into(), span: Span::default() };
            assert!(crate::build::schema(Some((&key, value)), &around.context(None), Span::default()).is_ok());
            assert!(is_valid(spec, value));
            seen += 1;
        }
        assert!(seen >= 1, "{}: the example does not use it", spec.name);
    }
}

#[test]
fn schemas_refuse_what_building_refuses() {
    let around = setup(&[("n", "int64"), ("t", "string"), ("f", "float64"), ("at", "timestamp[UTC]")]);
    for (column, yaml) in [
        (Some("n"), "range: {mn: 5}"),
        (Some("n"), "range: 5"),
        (Some("n"), "completeness: 0.99"),
        (Some("n"), "required: perhaps"),
        (Some("n"), "range: {min: 1, tolerate: 0.5}"),
        (Some("n"), "range: {min: 1, severity: error}"),
        (Some("n"), "mean: {min: {warn: 1, bad: 2}}"),
        (Some("n"), "mean: {min: 5%}"),
        (Some("n"), "quantile: {p1000: {min: 1}}"),
        (Some("n"), "quantile: {p99: {mni: 1}}"),
        (Some("t"), "pattern: {regexp: a}"),
        (Some("t"), "pattern: 5"),
        (Some("t"), "length: [1, 2, 3]"),
        (Some("t"), "in: {values: a}"),
        (Some("f"), "nan: maybe"),
        (None, "row_count: {min: {}}"),
        (None, "row_count: {min: 1, tolerate: 5}"),
        (None, "freshness: {column: at, max_age: 5}"),
        (None, "freshness: 6h"),
        (None, "uniqueness: {columns: t}"),
        (None, "references: {columns: [t]}"),
        (None, "expression: {sql: 5}"),
    ] {
        let written = node(yaml);
        let (key, value) = &written.entries().expect("a check")[0];
        assert_ne!(around.problems(column, yaml), Vec::<String>::new(), "{yaml} builds");
        assert!(!is_valid(find(&key.text).expect("a check"), value), "the schema accepts {yaml}");
    }
}
