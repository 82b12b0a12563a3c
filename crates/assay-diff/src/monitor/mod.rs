//! Two versions of a monitor.

mod columns;
mod limits;
mod overall;
mod performance;

use std::cmp::Ordering;

use assay_core::node::Node;

use crate::codes::*;
use crate::common;
use crate::findings::{About, At, Findings, Values, key};
use crate::quantity;
use crate::source;
use crate::tree::same_or_none;

/// What says which rows are watched.
const ROWS: &[&str] = &["source", "rows", "timestamp", "id"];

/// All that differs.
pub(crate) fn compare(found: &mut Findings<'_>) {
    common::compare(found);
    baseline(found);
    for name in ROWS {
        let (before, after) = found.both(name);
        let same =
            if *name == "source" { source::differences(before, after).is_empty() } else { same_or_none(before, after) };
        if !same {
            let (at, values) = (found.at(name), Values::of(before, after));
            found.add(
                LIVE_ROWS_CHANGED,
                at,
                About::default(),
                values.clone(),
                format!("`{name}` changed{}", values.words()),
            );
        }
    }
    window(found);
    columns::compare(found);
    overall::compare(found);
    performance::compare(found);
    confirm(found);
    retrain(found);
}

fn baseline(found: &mut Findings<'_>) {
    let (before, after) = found.both("baseline");
    if !same_or_none(before, after) {
        let (at, values) = (found.at("baseline"), Values::of(before, after));
        let message = format!("the baseline was replaced{}", values.words());
        found.add(BASELINE_REPLACED, at, About::default(), values, message);
    }
}

/// A value somewhere in the document, with what holds where it is not written.
#[derive(Debug, Clone, Copy)]
struct Setting {
    path: &'static [&'static str],
    default: &'static str,
    /// Whether a larger value watches less.
    larger_is_weaker: bool,
    /// What it is when less is watched.
    code: Code,
}

impl Setting {
    fn name(&self) -> String {
        self.path.join(".")
    }
}

const WINDOW: &[Setting] = &[
    Setting { path: &["window", "lateness"], default: "0s", larger_is_weaker: true, code: WINDOW_WEAKENED },
    Setting { path: &["window", "min_rows"], default: "500", larger_is_weaker: true, code: WINDOW_WEAKENED },
];
const CONFIRM: &[Setting] = &[
    Setting { path: &["confirm", "fail"], default: "1", larger_is_weaker: true, code: CONFIRM_WEAKENED },
    Setting { path: &["confirm", "recover"], default: "1", larger_is_weaker: false, code: CONFIRM_WEAKENED },
    Setting { path: &["calibrate", "windows"], default: "0", larger_is_weaker: true, code: CALIBRATION_WEAKENED },
];
const COOLDOWN: Setting =
    Setting { path: &["retrain", "cooldown"], default: "7d", larger_is_weaker: true, code: RETRAIN_WEAKENED };

/// A value by its path.
fn at_path<'n>(root: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, name| node.get(name)).filter(|node| !node.is_null())
}

/// Where a value is written in the new version, else in the old one, else the key of its section.
fn place(found: &Findings<'_>, path: &[&str]) -> At {
    let of = |root: &Node| {
        let (last, above) = path.split_last()?;
        key(above.iter().try_fold(root, |node, name| node.get(name))?, last)
    };
    match (of(&found.head.root), of(&found.base.root)) {
        (Some(span), _) => At::Head(span),
        (None, Some(span)) => At::Base(span),
        (None, None) => found.at(path.first().copied().unwrap_or_default()),
    }
}

/// Compares a value that is in order.
fn setting(found: &mut Findings<'_>, setting: &Setting) {
    let (before, after) = (at_path(&found.base.root, setting.path), at_path(&found.head.root, setting.path));
    if same_or_none(before, after) {
        return;
    }
    let text =
        |node: Option<&Node>| node.map_or(Some(setting.default.to_owned()), |node| node.text().map(str::to_owned));
    let order = text(before).zip(text(after)).and_then(|(before, after)| compare_texts(&after, &before));
    let values = Values::of(before, after);
    let words = values.words();
    let at = place(found, setting.path);
    graded(
        found,
        order,
        setting.larger_is_weaker,
        setting.code,
        at,
        About::default(),
        values,
        &format!("`{}`", setting.name()),
        &words,
    );
}

/// Adds what an order amounts to: `Greater` is a larger value.
#[allow(clippy::too_many_arguments, reason = "the parts of one sentence")]
fn graded(
    found: &mut Findings<'_>,
    order: Option<Ordering>,
    larger_is_weaker: bool,
    code: Code,
    at: At,
    about: About<'_>,
    values: Values,
    what: &str,
    words: &str,
) {
    let weaker = if larger_is_weaker { Ordering::Greater } else { Ordering::Less };
    match order {
        Some(Ordering::Equal) => {}
        None => found.add(code, at, about, values, format!("{what} changed{words}; the two cannot be ordered")),
        Some(order) => {
            let what = format!("{what} was {}{words}", if order == Ordering::Greater { "raised" } else { "lowered" });
            found.add(if order == weaker { code } else { MONITORING_STRENGTHENED }, at, about, values, what);
        }
    }
}

/// `2 windows` is `2`.
fn compare_texts(a: &str, b: &str) -> Option<Ordering> {
    let plain = |text: &str| -> String {
        let text = text.trim();
        let text =
            text.strip_suffix("windows").or(text.strip_suffix("window")).or(text.strip_suffix("rows")).unwrap_or(text);
        text.trim().to_owned()
    };
    let (a, b) = (plain(a), plain(b));
    if a == b { Some(Ordering::Equal) } else { quantity::compare_texts(&a, &b) }
}

fn window(found: &mut Findings<'_>) {
    WINDOW.iter().for_each(|one| setting(found, one));
    let size = |root: &Node| -> String {
        let default = if root.get("timestamp").is_some() { "1d" } else { "all" };
        match at_path(root, &["window", "size"]) {
            None => default.to_owned(),
            Some(node) => match node.get("rows").and_then(Node::text) {
                Some(rows) => format!("{rows} rows"),
                None => node.text().unwrap_or(default).trim().to_owned(),
            },
        }
    };
    let (before, after) = (size(&found.base.root), size(&found.head.root));
    let by_rows = |size: &str| size.ends_with("rows");
    let order = if by_rows(&before) == by_rows(&after) { compare_texts(&after, &before) } else { None };
    let at = place(found, &["window", "size"]);
    let values = Values::texts(&before, &after);
    let words = values.words();
    graded(found, order, true, WINDOW_WEAKENED, at, About::default(), values, "the window's `size`", &words);
}

fn confirm(found: &mut Findings<'_>) {
    CONFIRM.iter().for_each(|one| setting(found, one));
}

fn retrain(found: &mut Findings<'_>) {
    let (before, after) = found.both("retrain");
    let at = found.at("retrain");
    match (before, after) {
        (None, None) => return,
        (Some(before), None) => {
            let values = Values::of(Some(before), None);
            return found.add(RETRAIN_WEAKENED, at, About::default(), values, "the rule of retraining was removed");
        }
        (None, Some(after)) => {
            let values = Values::of(None, Some(after));
            return found.add(MONITORING_STRENGTHENED, at, About::default(), values, "a rule of retraining was added");
        }
        (Some(_), Some(_)) => {}
    }
    let words = |node: Option<&Node>| {
        let text = node.and_then(|node| node.get("when")).and_then(Node::text).unwrap_or_default();
        text.replace('(', " ( ").replace(')', " ) ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    if words(before) != words(after) {
        let values = Values::of(
            at_path(&found.base.root, &["retrain", "when"]),
            at_path(&found.head.root, &["retrain", "when"]),
        );
        let message = format!("the rule of retraining changed{}; the two cannot be ordered", values.words());
        found.add(RETRAIN_WEAKENED, place(found, &["retrain", "when"]), About::default(), values, message);
    }
    setting(found, &COOLDOWN);
    for name in ["webhook", "approve"] {
        let path: &[&str] = if name == "webhook" { &["retrain", "webhook"] } else { &["retrain", "approve"] };
        let (before, after) = (at_path(&found.base.root, path), at_path(&found.head.root, path));
        // a person approves unless it says otherwise
        let manual = |node: Option<&Node>| name == "approve" && node.is_none_or(|node| node.text() == Some("manual"));
        let same = same_or_none(before, after) || (manual(before) && manual(after));
        if !same {
            let values = Values::of(before, after);
            let message = format!("`retrain.{name}` changed{}", values.words());
            found.add(MONITORING_CHANGED, place(found, path), About::default(), values, message);
        }
    }
}
