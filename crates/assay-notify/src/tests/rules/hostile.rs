use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Place, Problem, Span};
use assay_core::secret::Secret;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::support::KINDS;
use crate::receivers::Building;
use crate::rules::read::{self, Reading, read_with};
use crate::rules::routing::routes_of;

const WORDS: &[&str] = &[
    "assay",
    "rules",
    "external_url",
    "receivers",
    "route",
    "routes",
    "inhibit",
    "mute_times",
    "defaults",
    "allow_private",
    "a",
    "b",
    "email",
    "webhook",
    "fallback",
    "digest",
    "every",
    "at",
    "timezone",
    "to",
    "url",
    "receiver",
    "match",
    "continue",
    "group_by",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "mute",
    "send_resolved",
    "escalate",
    "after",
    "unless",
    "source",
    "target",
    "equal",
    "along",
    "hops",
    "days",
    "times",
    "confirm",
    "fail",
    "recover",
    "reopen",
    "none",
    "daily",
    "weekly",
    "...",
    "Mon 08:00",
    "22:00-24:00",
    "true",
    "severity=\"fail\"",
    "layer=gold",
    "owner=~\"(\"",
    "depends_on",
    "sat",
    "5m",
    "99999999999999999999d",
    "0s",
    "",
    "1",
    "10.0.0.0/8",
    "::1/129",
    "${env:X}",
    "\u{1f600}=\u{1f600}",
    "Europe/Berlin",
    "slack",
    "teams",
    "pagerduty",
    "routing_key",
    "alertmanager",
    "urls",
    "headers",
    "secrets",
    "connection",
    "https://a.example",
];

fn span() -> impl Strategy<Value = Span> {
    let any = (0..3_u16, any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>());
    let sane = (0..3_u16, 1..50_u32, 1..50_u32, 0..2_000_u32, 0..30_u32);
    prop_oneof![any, sane].prop_map(|(file, line, column, offset, len)| Span { file, line, column, offset, len })
}

fn tree() -> impl Strategy<Value = Node> {
    let word = prop_oneof![select(WORDS).prop_map(str::to_owned), ".{0,12}"];
    let leaf = (word, any::<bool>(), span()).prop_map(|(text, quoted, span)| Node::scalar(text, quoted, span));
    leaf.prop_recursive(6, 80, 6, |inner| {
        let key = (select(WORDS), span()).prop_map(|(text, span)| Key { text: text.to_owned(), span });
        prop_oneof![
            (vec(inner.clone(), 0..5), span()).prop_map(|(items, span)| Node { kind: NodeKind::Seq(items), span }),
            (vec((key, inner), 0..6), span()).prop_map(|(entries, span)| Node { kind: NodeKind::Map(entries), span }),
        ]
    })
}

/// A file with the sections that there are, whatever stands in them.
fn file() -> impl Strategy<Value = Node> {
    let sections = &WORDS[1..10];
    let entry = (select(sections), tree(), span());
    let entry = entry.prop_map(|(name, node, span)| (Key { text: name.to_owned(), span }, node));
    (vec(entry, 0..9), span()).prop_map(|(entries, span)| Node { kind: NodeKind::Map(entries), span })
}

proptest! {
    #[test]
    fn no_tree_is_too_strange_to_be_refused(files in vec(prop_oneof![tree(), file()], 0..3)) {
        let place = |span: Span| Place { path: format!("{}", span.file).into(), line: span.line, column: span.column };
        let building = Building {
            secret: &|reference, _| Ok(Secret::new(reference.written())),
            relay: &|_, at| Err(Problem::at(at, "no relay")),
        };
        let reading = Reading { timezone: chrono_tz::UTC, public_url: None, place: &place, building: &building };
        let read = read_with(&files, &reading, KINDS);
        prop_assert_eq!(read.rules.is_none(), !read.problems.is_empty());
        prop_assert!(read.problems.len() <= 500);
        read::read(&files, &reading);
        if let Some(rules) = read.rules {
            routes_of(&rules, &[("severity".to_owned(), "fail".to_owned())]);
        }
    }
}
