//! Trees as they mean, not as they are written: quotes, the order of keys and formatting do not count.

use assay_core::node::{Node, NodeKind};

/// The most characters of a value that a change shows.
const MOST_SHOWN: usize = 200;

/// Whether two values mean the same: scalars by their text, mappings whatever the order of their keys.
pub(crate) fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (NodeKind::Scalar { text: x, .. }, NodeKind::Scalar { text: y, .. }) => {
            a.is_null() == b.is_null() && (a.is_null() || x == y)
        }
        (NodeKind::Seq(x), NodeKind::Seq(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (NodeKind::Map(x), NodeKind::Map(y)) => {
            x.len() == y.len() && x.iter().all(|(key, value)| b.get(&key.text).is_some_and(|other| same(value, other)))
        }
        _ => false,
    }
}

/// The same of values that may be left out.
pub(crate) fn same_or_none(a: Option<&Node>, b: Option<&Node>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => same(a, b),
        _ => false,
    }
}

/// The items of a list, or the value itself as one.
pub(crate) fn items(node: &Node) -> &[Node] {
    match &node.kind {
        NodeKind::Seq(items) => items,
        NodeKind::Scalar { .. } | NodeKind::Map(_) => std::slice::from_ref(node),
    }
}

/// A value on one line, cut where it is long.
pub(crate) fn show(node: &Node) -> String {
    let mut text = String::new();
    write(node, &mut text);
    if text.chars().count() > MOST_SHOWN {
        text = text.chars().take(MOST_SHOWN - 1).chain(['…']).collect();
    }
    text
}

fn write(node: &Node, out: &mut String) {
    // four times the characters that are kept: more is never seen
    if out.len() > 4 * MOST_SHOWN {
        return;
    }
    match &node.kind {
        NodeKind::Scalar { text, .. } => out.extend(text.chars().take(MOST_SHOWN)),
        NodeKind::Seq(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate().take(MOST_SHOWN) {
                out.push_str(if at > 0 { ", " } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        NodeKind::Map(entries) => {
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate().take(MOST_SHOWN) {
                out.push_str(if at > 0 { ", " } else { "" });
                out.extend(key.text.chars().take(MOST_SHOWN));
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
    }
}
