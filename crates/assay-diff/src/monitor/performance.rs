//! Labels and the limits on the model's performance.

use assay_core::node::Node;

use super::limits::{Limits, compare as compare_limits};
use super::{Setting, place, setting};
use crate::codes::{LABELS_WEAKENED, MONITORING_STRENGTHENED, PERFORMANCE_LIMIT_LOOSENED, PERFORMANCE_METRIC_REMOVED};
use crate::findings::{About, At, Findings, Values};
use crate::tree::{items, same_or_none};

const LABELS: &[Setting] = &[
    Setting { path: &["labels", "lag"], default: "0s", larger_is_weaker: true, code: LABELS_WEAKENED },
    // windows with fewer labels are skipped
    Setting { path: &["labels", "min_coverage"], default: "0%", larger_is_weaker: true, code: LABELS_WEAKENED },
];

/// Compares them.
pub(super) fn compare(found: &mut Findings<'_>) {
    labels(found);
    let (before, after) = found.both("performance");
    let (before, after) = (before.map(items).unwrap_or_default(), after.map(items).unwrap_or_default());
    let name = |item: &Node| item.get("metric").and_then(Node::text).map(str::to_owned);
    for old in before {
        let Some(metric) = name(old) else { continue };
        let id = format!("performance.{metric}");
        let about = About { column: None, check: Some(&id) };
        match after.iter().find(|new| name(new).as_deref() == Some(&metric)) {
            None => {
                let message = format!("`{metric}` is no longer watched");
                found.add(PERFORMANCE_METRIC_REMOVED, At::Base(old.span), about, Values::of(Some(old), None), message);
            }
            Some(new) => {
                for (end, larger_is_weaker) in [("max", true), ("min", false)] {
                    let limits = |node: &Node| node.get(end).map(Limits::of).unwrap_or_default();
                    let sides = (limits(old), limits(new));
                    let what = format!("`{metric}`");
                    compare_limits(
                        found,
                        (&sides.0, &sides.1),
                        larger_is_weaker,
                        PERFORMANCE_LIMIT_LOOSENED,
                        about,
                        &what,
                    );
                }
            }
        }
    }
    for new in after {
        let Some(metric) = name(new).filter(|metric| !before.iter().any(|old| name(old).as_ref() == Some(metric)))
        else {
            continue;
        };
        let id = format!("performance.{metric}");
        let about = About { column: None, check: Some(&id) };
        found.add(
            MONITORING_STRENGTHENED,
            At::Head(new.span),
            about,
            Values::of(None, Some(new)),
            format!("`{metric}` is watched"),
        );
    }
}

fn labels(found: &mut Findings<'_>) {
    let (before, after) = found.both("labels");
    let (at, values) = (found.at("labels"), Values::of(before, after));
    let (Some(old), Some(new)) = (before, after) else {
        match (before, after) {
            (Some(_), None) => found.add(LABELS_WEAKENED, at, About::default(), values, "the labels were removed"),
            (None, Some(_)) => found.add(MONITORING_STRENGTHENED, at, About::default(), values, "labels were added"),
            _ => {}
        }
        return;
    };
    LABELS.iter().for_each(|one| setting(found, one));
    let id = |root: &Node| root.get("id").cloned();
    let keys = [
        old.get("key").cloned().or_else(|| id(&found.base.root)),
        new.get("key").cloned().or_else(|| id(&found.head.root)),
    ];
    let written = old.get("key").is_some() || new.get("key").is_some();
    for name in ["table", "key", "column"] {
        let (before, after) = match name {
            "key" if written => (keys[0].as_ref(), keys[1].as_ref()),
            name => (old.get(name), new.get(name)),
        };
        if !same_or_none(before, after) {
            let values = Values::of(before, after);
            let message = format!("`{name}` of the labels changed{}", values.words());
            found.add(LABELS_WEAKENED, place(found, &["labels", name]), About::default(), values, message);
        }
    }
}
