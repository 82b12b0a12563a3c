//! What goes over columns: segments, the dataset, correlations, covariance, concept.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use assay_core::node::{Node, NodeKind};

use super::limits::{Limit, Limits, compare as compare_limits};
use super::{at_path, graded, place};
use crate::codes::{MONITORING_STRENGTHENED, OVERALL_CHECK_WEAKENED};
use crate::findings::{About, At, Findings, Values};
use crate::quantity;
use crate::tree::{items, same_or_none, show};

/// Compares them.
pub(super) fn compare(found: &mut Findings<'_>) {
    segments(found);
    for name in ["dataset", "correlations", "covariance", "concept"] {
        let (before, after) = found.both(name);
        let (at, values) = (found.at(name), Values::of(before, after));
        match (before, after) {
            (None, None) => {}
            (Some(_), None) => {
                found.add(OVERALL_CHECK_WEAKENED, at, About::default(), values, format!("`{name}` was removed"))
            }
            (None, Some(_)) => {
                found.add(MONITORING_STRENGTHENED, at, About::default(), values, format!("`{name}` was added"))
            }
            (Some(old), Some(new)) => match name {
                "dataset" => dataset(found, old, new),
                "correlations" => related(found, name, "pairs", Some("top 50"), (old, new), (None, Some(0.15))),
                "concept" => related(found, name, "target_relation", None, (old, new), (Some(0.10), Some(0.25))),
                _ => covariance(found, old, new),
            },
        }
    }
}

/// Segments by the columns they are divided by.
fn segments(found: &mut Findings<'_>) {
    let (before, after) = found.both("segments");
    let by = |item: &Node| -> BTreeSet<String> {
        let names = item.get("by").map(items).unwrap_or_default();
        names.iter().filter_map(|name| Some(name.text()?.to_owned())).collect()
    };
    let (before, after) = (before.map(items).unwrap_or_default(), after.map(items).unwrap_or_default());
    let shown = |item: &Node| by(item).into_iter().collect::<Vec<_>>().join(", ");
    for old in before {
        let Some(new) = after.iter().find(|new| by(new) == by(old)) else {
            let message = format!("segments by `{}` were removed", shown(old));
            found.add(
                OVERALL_CHECK_WEAKENED,
                At::Base(old.span),
                About::default(),
                Values::of(Some(old), None),
                message,
            );
            continue;
        };
        let default_rows =
            |root: &Node| at_path(root, &["window", "min_rows"]).and_then(Node::text).unwrap_or("500").to_owned();
        let rows = (default_rows(&found.base.root), default_rows(&found.head.root));
        for (name, usual, larger_is_weaker) in
            [("top", ("20".to_owned(), "20".to_owned()), false), ("min_rows", rows, true)]
        {
            let written = (old.get(name), new.get(name));
            if written.0.is_none() && written.1.is_none() {
                continue;
            }
            let text = |node: Option<&Node>, usual: &str| node.and_then(Node::text).unwrap_or(usual).to_owned();
            let values = Values::texts(&text(written.0, &usual.0), &text(written.1, &usual.1));
            let order = values.0.as_deref().zip(values.1.as_deref()).and_then(|(old, new)| {
                if old == new { Some(Ordering::Equal) } else { quantity::compare_texts(new, old) }
            });
            let what = format!("`{name}` of segments by `{}`", shown(new));
            let words = values.words();
            graded(
                found,
                order,
                larger_is_weaker,
                OVERALL_CHECK_WEAKENED,
                At::Head(new.span),
                About::default(),
                values,
                &what,
                &words,
            );
        }
    }
    for new in after.iter().filter(|new| !before.iter().any(|old| by(old) == by(new))) {
        let message = format!("segments by `{}` were added", shown(new));
        found.add(MONITORING_STRENGTHENED, At::Head(new.span), About::default(), Values::of(None, Some(new)), message);
    }
}

fn dataset(found: &mut Findings<'_>, old: &Node, new: &Node) {
    let limits = |node: &Node| node.get("drifted_share").map(Limits::of).unwrap_or_default();
    let about = About { column: None, check: Some("dataset") };
    compare_limits(found, (&limits(old), &limits(new)), true, OVERALL_CHECK_WEAKENED, about, "the dataset");
    let weight = |node: &Node| {
        let weight = node.get("drifted_share").and_then(|share| share.get("weight")).and_then(Node::text);
        weight.unwrap_or("equal").to_owned()
    };
    let (before, after) = (weight(old), weight(new));
    if before != after {
        let values = Values::texts(&before, &after);
        let message = format!("columns weigh otherwise in the dataset{}; the two cannot be ordered", values.words());
        found.add(OVERALL_CHECK_WEAKENED, place(found, &["dataset", "drifted_share"]), about, values, message);
    }
}

/// `top 50` or a list, and `max_change`.
fn related(
    found: &mut Findings<'_>,
    section: &'static str,
    list: &'static str,
    usual: Option<&str>,
    (old, new): (&Node, &Node),
    limits: (Option<f64>, Option<f64>),
) {
    let about = About { column: None, check: Some(section) };
    let top = |node: &Node| -> Option<String> {
        let text = node.get(list).map_or(usual, Node::text)?;
        Some(text.trim().strip_prefix("top")?.trim().to_owned())
    };
    let listed = |node: &Node| -> Option<BTreeSet<String>> {
        match &node.get(list)?.kind {
            // a pair is the same either way round
            NodeKind::Seq(items) => Some(items.iter().map(sorted).collect()),
            NodeKind::Scalar { .. } | NodeKind::Map(_) => None,
        }
    };
    let order = match (top(old), top(new), listed(old), listed(new)) {
        (Some(old), Some(new), _, _) if old == new => Some(Ordering::Equal),
        (Some(old), Some(new), _, _) => quantity::compare_texts(&new, &old),
        (_, _, Some(old), Some(new)) if old == new => Some(Ordering::Equal),
        (_, _, Some(old), Some(new)) if new.is_superset(&old) => Some(Ordering::Greater),
        (_, _, Some(old), Some(new)) if new.is_subset(&old) => Some(Ordering::Less),
        _ => None,
    };
    let values = Values::of(old.get(list), new.get(list));
    let words = values.words();
    let at = place(found, &[section, list]);
    graded(found, order, false, OVERALL_CHECK_WEAKENED, at, about, values, &format!("`{list}` of `{section}`"), &words);
    let change = |node: &Node| match node.get("max_change") {
        Some(written) => Limits::of(written),
        None => Limits(
            limits.0.map(|value| Limit::usual(value, node.span)),
            limits.1.map(|value| Limit::usual(value, node.span)),
        ),
    };
    compare_limits(found, (&change(old), &change(new)), true, OVERALL_CHECK_WEAKENED, about, &format!("`{section}`"));
}

/// The names of an item, in order.
fn sorted(item: &Node) -> String {
    let mut names: Vec<String> = items(item).iter().map(show).collect();
    names.sort();
    names.join("+")
}

fn covariance(found: &mut Findings<'_>, old: &Node, new: &Node) {
    let about = About { column: None, check: Some("covariance") };
    let pca = |node: &Node| node.get("pca").map(Limits::of).unwrap_or_default();
    compare_limits(found, (&pca(old), &pca(new)), true, OVERALL_CHECK_WEAKENED, about, "`covariance`");
    let components = |node: &Node| node.get("pca").and_then(|pca| pca.get("components")).cloned();
    let (before, after) = (components(old), components(new));
    let usual = |node: &Option<Node>| node.as_ref().and_then(Node::text).unwrap_or("0.65").to_owned();
    let same = same_or_none(before.as_ref(), after.as_ref())
        || quantity::compare_texts(&usual(&before), &usual(&after)) == Some(Ordering::Equal);
    if !same {
        let values = Values::of(before.as_ref(), after.as_ref());
        let message = format!("`components` of `covariance` changed{}; the two cannot be ordered", values.words());
        found.add(OVERALL_CHECK_WEAKENED, place(found, &["covariance", "pca"]), about, values, message);
    }
}
