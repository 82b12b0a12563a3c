//! What contracts and monitors have in common: words for people, the schedule, whether they are enabled.

use assay_core::node::Node;

use crate::codes::*;
use crate::findings::{About, Findings, Values};
use crate::tree::{items, same_or_none};

/// Keys of words alone.
const WORDS: &[(&str, Code)] = &[
    ("description", DESCRIPTION_CHANGED),
    ("owner", OWNER_CHANGED),
    ("layer", LAYER_CHANGED),
    ("tags", TAGS_CHANGED),
    ("model", MODEL_CHANGED),
    ("produced_by", PRODUCED_BY_CHANGED),
];

/// Compares them.
pub(crate) fn compare(found: &mut Findings<'_>) {
    for (name, code) in WORDS {
        let (before, after) = found.both(name);
        if same_or_none(before, after) || (matches!(*name, "tags" | "produced_by") && same_set(before, after)) {
            continue;
        }
        let (at, values) = (found.at(name), Values::of(before, after));
        let message = format!("`{name}` changed{}", values.words());
        found.add(*code, at, About::default(), values, message);
    }
    enabled(found);
}

/// `enabled: false`.
fn enabled(found: &mut Findings<'_>) {
    let (before, after) = found.both("enabled");
    let is_on = |node: Option<&Node>| !node.and_then(Node::text).is_some_and(|text| text.eq_ignore_ascii_case("false"));
    let (code, message) = match (is_on(before), is_on(after)) {
        (true, false) => (DISABLED, "nothing is evaluated any more: `enabled: false`"),
        (false, true) => (ENABLED, "it is evaluated again: `enabled: false` is gone"),
        _ => return,
    };
    let (at, values) = (found.at("enabled"), Values::of(before, after));
    found.add(code, at, About::default(), values, message);
}

/// Lists whose order does not count.
fn same_set(before: Option<&Node>, after: Option<&Node>) -> bool {
    let texts = |node: Option<&Node>| {
        let mut texts: Vec<String> =
            node.map(items).unwrap_or_default().iter().filter_map(|node| Some(node.text()?.to_owned())).collect();
        texts.sort();
        texts
    };
    texts(before) == texts(after)
}
