//! What holds for every pair of versions.
#![allow(clippy::disallowed_methods, reason = "tests read their cases")]

mod support;

use assay_contract::Project;
use assay_core::change::{Change, ChangeVerdict, DocumentKind};
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::Span;
use assay_diff::{Version, compare};
use proptest::prelude::*;
use support::{Memory, document};

fn version(text: &str) -> Version {
    let files = Memory::default();
    Version { documents: vec![document("checks/t.yaml", text, &Project::default(), &files).expect("a document")] }
}

fn codes(changes: &[Change]) -> Vec<&'static str> {
    changes.iter().map(|change| change.code).collect()
}

/// A column's options and checks.
fn column() -> impl Strategy<Value = Vec<String>> {
    let number = -20i32..20;
    let parts = (
        prop_oneof![Just("int64"), Just("float64")],
        proptest::option::of(number.clone()),
        proptest::option::of(number),
        proptest::option::of(prop_oneof![
            Just("true".to_owned()),
            (90u32..100).prop_map(|share| format!("{{tolerate: {share}%}}"))
        ]),
        proptest::option::of(proptest::collection::btree_set(0u32..9, 1..5)),
        any::<bool>(),
    );
    parts.prop_map(|(ty, min, max, required, set, optional)| {
        let mut entries = vec![format!("type: {ty}")];
        let ends: Vec<String> = [min.map(|min| format!("min: {min}")), max.map(|max| format!("max: {max}"))]
            .into_iter()
            .flatten()
            .collect();
        if !ends.is_empty() {
            entries.push(format!("range: {{{}}}", ends.join(", ")));
        }
        entries.extend(required.map(|value| format!("required: {value}")));
        entries
            .extend(set.map(|set| format!("in: [{}]", set.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))));
        if optional {
            entries.push("optional: true".into());
        }
        entries
    })
}

fn contract(columns: &[Vec<String>], turned: bool) -> String {
    let mut lines = vec!["assay: 1".to_owned(), "table: t".into(), "source: {format: parquet, path: t.parquet}".into()];
    let mut text = String::new();
    let order = |entries: &[String]| {
        let mut entries = entries.to_vec();
        if turned {
            entries.reverse();
        }
        entries.join(", ")
    };
    let columns: Vec<String> =
        columns.iter().enumerate().map(|(at, entries)| format!("  'c{at}': {{{}}}", order(entries))).collect();
    let block = format!("columns:\n{}", if columns.is_empty() { "  {}".into() } else { columns.join("\n") });
    lines.push(block);
    if turned {
        lines.reverse();
    }
    for line in lines {
        text.push_str(&line);
        text.push_str(if turned { "   # a remark\n\n" } else { "\n" });
    }
    text
}

fn tree() -> impl Strategy<Value = Node> {
    let word = prop_oneof![
        Just("columns"),
        Just("checks"),
        Just("key"),
        Just("range"),
        Just("in"),
        Just("between"),
        Just("min"),
        Just("warn"),
        Just("fail"),
        Just("tests"),
        Just("ks"),
        Just("route"),
        Just("routes"),
        Just("receivers"),
        Just("match"),
        Just("by"),
        Just("segments"),
        Just("schedule"),
        Just("cron"),
        Just("defaults"),
        Just("quantile"),
        Just("p99"),
        Just("required"),
        Just("type"),
        Just("source"),
        Just("performance"),
        Just("metric"),
        Just("1e999"),
        Just("-5%"),
        Just("9999999999d"),
        Just("true"),
        Just("null"),
        Just(""),
        Just("* * * * *"),
        Just("\u{1}é\u{202e}"),
        Just("where"),
        Just("dataset"),
        Just("drifted_share"),
        Just("window"),
        Just("size"),
        Just("prediction"),
        Just("exclude"),
        Just("inhibit"),
        Just("labels"),
    ];
    let scalar = (word.clone(), any::<bool>()).prop_map(|(text, quoted)| Node::scalar(text, quoted, Span::default()));
    scalar.prop_recursive(6, 80, 6, move |inner| {
        let keys = word.clone();
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| Node { kind: NodeKind::Seq(items), span: Span::default() }),
            proptest::collection::vec((keys, inner), 0..6).prop_map(|entries| {
                let mut seen = std::collections::BTreeSet::new();
                let entries = entries.into_iter().filter(|(key, _)| seen.insert(*key));
                let key = |text: &str| Key { text: text.into(), span: Span::default() };
                let entries = entries.map(|(text, value)| (key(text), value)).collect();
                Node { kind: NodeKind::Map(entries), span: Span::default() }
            }),
        ]
    })
}

fn hostile(kind: DocumentKind, root: Node) -> Version {
    let text = "assay: 1\ntable: t\nsource: {format: csv, path: t.csv}\n";
    let document = document("checks/t.yaml", text, &Project::default(), &Memory::default()).expect("a document");
    Version { documents: vec![assay_contract::Resolved { kind, root, ..document }] }
}

/// Whether a change promises less.
fn promises_less(change: &Change) -> bool {
    matches!(
        change.code,
        "limit_loosened" | "value_added" | "check_removed" | "column_made_optional" | "column_removed"
    )
}

/// Whether a change asks for more.
fn asks_more(change: &Change) -> bool {
    matches!(
        change.code,
        "limit_tightened" | "value_removed" | "check_added" | "column_made_required" | "required_column_added"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn what_one_direction_loosens_the_other_tightens(
        a in proptest::collection::vec(column(), 3), b in proptest::collection::vec(column(), 3),
    ) {
        let (a, b) = (version(&contract(&a, false)), version(&contract(&b, false)));
        let (there, back) = (compare(&a, &b).changes, compare(&b, &a).changes);
        let count = |changes: &[Change], of: fn(&Change) -> bool| changes.iter().filter(|change| of(change)).count();
        prop_assert_eq!(count(&there, promises_less), count(&back, asks_more), "{:#?}\n{:#?}", there, back);
        prop_assert_eq!(count(&back, promises_less), count(&there, asks_more), "{:#?}\n{:#?}", there, back);
    }

    #[test]
    fn order_of_keys_quotes_and_remarks_are_no_change(columns in proptest::collection::vec(column(), 0..4)) {
        let (plain, turned) = (version(&contract(&columns, false)), version(&contract(&columns, true)));
        prop_assert_eq!(codes(&compare(&plain, &turned).changes), Vec::<&str>::new());
    }

    #[test]
    fn no_tree_is_too_hostile(a in tree(), b in tree()) {
        for kind in [DocumentKind::Contract, DocumentKind::Monitor, DocumentKind::Rules] {
            let (base, head) = (hostile(kind, a.clone()), hostile(kind, b.clone()));
            let found = compare(&base, &head);
            prop_assert!(found.changes.windows(2).all(|two| two[0].verdict <= two[1].verdict));
            prop_assert_eq!(compare(&base, &base).changes, Vec::<Change>::new());
        }
    }
}

#[test]
fn very_many_columns_and_checks_are_compared_in_time() {
    let columns = |prefix: &str| -> String {
        (0..4_000).map(|at| format!("  {prefix}{at}: {{type: int64, range: {{min: {at}}}}}\n")).collect()
    };
    let text = |prefix: &str| format!("assay: 1\ntable: t\nsource: {{path: t.parquet}}\ncolumns:\n{}", columns(prefix));
    let started = std::time::Instant::now();
    let found = compare(&version(&text("a")), &version(&text("b")));
    assert!(found.changes.iter().any(|change| change.verdict == ChangeVerdict::BreaksConsumers));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
