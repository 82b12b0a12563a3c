use serde::Deserialize;

use super::Spanned;
use crate::literal::Literal;
use crate::node::{Key, Node, NodeKind};
use crate::problem::{Problem, Span};

/// A place that is told apart by its column.
fn at(column: u32) -> Span {
    Span { file: 3, line: 7, column, offset: column * 10, len: 2 }
}

fn scalar(text: &str, column: u32) -> Node {
    Node::scalar(text, false, at(column))
}

fn map(entries: Vec<(&str, u32, Node)>, column: u32) -> Node {
    let entries = entries.into_iter().map(|(text, column, node)| (Key { text: text.into(), span: at(column) }, node));
    Node { kind: NodeKind::Map(entries.collect()), span: at(column) }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    count: Option<u8>,
    exact: Option<bool>,
    name: Option<String>,
    bound: Option<Literal>,
    pair: Option<Spanned<OneOrPair>>,
    mode: Option<Mode>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename = "$shape")]
enum OneOrPair {
    #[serde(rename = "map")]
    Pair(Pair),
    #[serde(rename = "scalar")]
    One(u8),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    warn: u8,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Forbid,
    Allow,
}

fn problem(key: &str, value: Node) -> Problem {
    let node = map(vec![(key, 5, value)], 1);
    Params::deserialize(&node).expect_err("a problem").into_problem(Span::default())
}

fn said(key: &str, value: Node) -> (u32, String, Option<String>) {
    let problem = problem(key, value);
    (problem.span.expect("a place").column, problem.message, problem.hint)
}

#[test]
fn reads_values_with_their_places() {
    let pair = map(vec![("warn", 40, scalar("4", 41))], 30);
    let node = map(vec![("count", 2, scalar("5", 3)), ("bound", 4, scalar("007", 6)), ("pair", 7, pair)], 1);
    let params = Params::deserialize(&node).expect("reads");
    assert_eq!(params.count, Some(5));
    assert_eq!(params.bound, Some(Literal { text: "007".into(), quoted: false, span: at(6) }));
    assert_eq!(params.pair, Some(Spanned { value: OneOrPair::Pair(Pair { warn: 4 }), span: at(30) }));
    let node = map(vec![("pair", 7, scalar("9", 8))], 1);
    assert_eq!(Params::deserialize(&node).expect("reads").pair.map(|p| p.value), Some(OneOrPair::One(9)));
}

#[test]
fn problems_stand_at_the_innermost_place() {
    assert_eq!(said("cuont", scalar("5", 9)), (5, "unknown key `cuont`".into(), Some("did you mean `count`?".into())));
    assert_eq!(said("count", scalar("x", 9)).0, 9);
    assert_eq!(said("count", scalar("256", 9)).1, "expected a whole number of 0 or more, found `256`");
    assert_eq!(said("exact", scalar("yes", 9)).1, "expected true or false, found `yes`");
    assert_eq!(said("name", scalar("01", 9)), (9, "expected text, found `01`".into(), Some("quote it: '01'".into())));
    assert_eq!(said("name", scalar("", 9)), (9, "expected text, found nothing".into(), None));
    assert_eq!(said("bound", map(vec![], 9)).1, "expected a single value, found a mapping");
    let pair = |key, value| map(vec![(key, 40, value)], 30);
    assert_eq!(said("pair", pair("wran", scalar("4", 41))).0, 40);
    assert_eq!(said("pair", pair("warn", scalar("x", 41))).0, 41);
    assert_eq!(said("pair", map(vec![], 30)), (30, "the key `warn` is missing".into(), None));
    let list = Node { kind: NodeKind::Seq(vec![]), span: at(9) };
    assert_eq!(said("pair", list).1, "expected a mapping or a single value, found a list");
    let (column, message, hint) = said("mode", scalar("alow", 9));
    assert_eq!((column, message.as_str()), (9, "expected `forbid` or `allow`, found `alow`"));
    assert_eq!(hint.as_deref(), Some("did you mean `allow`?"));
}
