//! `allow_private`: networks that may be called although they are private.

use assay_core::node::Node;

use crate::codes::*;
use crate::findings::{About, Findings, Values};
use crate::tree::items;

pub(super) fn compare(found: &mut Findings<'_>) {
    let (before, after) = found.both("allow_private");
    let names = |node: Option<&Node>| -> Vec<String> {
        let nodes = node.map(items).unwrap_or_default();
        nodes.iter().filter_map(|node| Some(node.text()?.to_owned())).collect()
    };
    let (old, new) = (names(before), names(after));
    let values = Values::of(before, after);
    let at = found.at("allow_private");
    let list = |names: Vec<&String>| names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let removed: Vec<&String> = old.iter().filter(|name| !new.contains(name)).collect();
    let added: Vec<&String> = new.iter().filter(|name| !old.contains(name)).collect();
    if !removed.is_empty() {
        let message = format!("receivers in {} are no longer called", list(removed));
        found.add(RECEIVER_CHANGED, at, About::default(), values.clone(), message);
    }
    if !added.is_empty() {
        let message = format!("receivers in {} may be called", list(added));
        found.add(RULES_CHANGED, at, About::default(), values, message);
    }
}
