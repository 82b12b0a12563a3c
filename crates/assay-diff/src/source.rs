//! `source`: what of it differs, defaults being what is written.

use std::path::Path;

use assay_core::contract::Format;
use assay_core::node::Node;

use crate::tree::{same_or_none, show};

/// What holds where nothing is written.
const USUAL: &[(&str, &str)] = &[
    ("hive", "true"),
    ("header", "true"),
    ("skip_rows", "0"),
    ("ragged", "error"),
    ("encoding", "utf-8"),
    ("quote", "\""),
    ("delimiter", ","),
];

/// The keys of `source` whose values differ.
pub(crate) fn differences(before: Option<&Node>, after: Option<&Node>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (key, _) in [before, after].into_iter().flatten().filter_map(Node::entries).flatten() {
        if !names.contains(&key.text) {
            names.push(key.text.clone());
        }
    }
    names.retain(|name| differs(before, after, name));
    names
}

/// A value of `source`.
pub(crate) fn value<'n>(source: Option<&'n Node>, name: &str) -> Option<&'n Node> {
    source?.get(name).filter(|node| !node.is_null())
}

fn differs(before: Option<&Node>, after: Option<&Node>, name: &str) -> bool {
    let (old, new) = (value(before, name), value(after, name));
    if same_or_none(old, new) || (name == "format" && format(before) == format(after)) {
        return false;
    }
    let usual = USUAL.iter().find(|(key, _)| *key == name).map(|(_, usual)| *usual);
    let text =
        |node: Option<&Node>| node.map_or_else(|| usual.map(str::to_owned), |node| Some(show(node).to_lowercase()));
    usual.is_none() || text(old) != text(new)
}

/// As the loader tells it, by `format`, else by the path's ending; `None`: neither tells.
pub(crate) fn format(source: Option<&Node>) -> Option<Format> {
    let path = value(source, "path").and_then(Node::text).unwrap_or_default();
    let written = value(source, "format").and_then(Node::text);
    assay_contract::source_of_path(path, written, Path::new("")).map(|source| source.format)
}
