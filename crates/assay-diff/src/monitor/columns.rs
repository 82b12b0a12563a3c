//! Which columns are watched, by which tests, with which limits.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::node::{Node, NodeKind};
use assay_core::problem::Span;
use assay_stats::corrections::Correction;
use assay_stats::drift::{ColumnKind, registry};

use super::limits::{Limit, Limits, compare as compare_limits};
use super::{at_path, graded, place};
use crate::codes::*;
use crate::findings::{About, At, Findings, Values, key};
use crate::quantity;
use crate::tree::{items, same_or_none};

/// Tests by name.
type Tests = BTreeMap<String, Limits>;

/// What decides where a monitor says nothing.
const USUAL: &[(&str, &[&str])] = &[("numeric", &["psi"]), ("categorical", &["chi_square", "unseen"])];

/// Compares them.
pub(super) fn compare(found: &mut Findings<'_>) {
    defaults(found);
    significance(found);
    let names = names(found);
    for name in &names {
        column(found, name);
    }
    let only = |root: &Node| {
        root.get("columns_only").and_then(Node::text).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    };
    let (before, after) = (only(&found.base.root), only(&found.head.root));
    if before != after {
        let (at, values) = (found.at("columns_only"), Values::texts(&before.to_string(), &after.to_string()));
        let (code, what) = if after {
            (COLUMN_UNWATCHED, "columns that are not named are no longer watched")
        } else {
            (MONITORING_STRENGTHENED, "columns that are not named are watched, too")
        };
        found.add(code, at, About::default(), values, what);
    }
    prediction(found);
}

/// Every column that either version names.
fn names(found: &Findings<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for root in [&found.base.root, &found.head.root] {
        let named = root.get("columns").and_then(Node::entries).unwrap_or_default();
        names.extend(named.iter().map(|(key, _)| key.text.clone()));
        names.extend(excluded(root).map(str::to_owned));
    }
    names
}

fn excluded(root: &Node) -> impl Iterator<Item = &str> {
    root.get("exclude").map(items).unwrap_or_default().iter().filter_map(Node::text)
}

fn is_watched(root: &Node, name: &str) -> bool {
    let only = root.get("columns_only").and_then(Node::text).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let named = at_path_of(root, name).is_some();
    !excluded(root).any(|other| other == name) && (named || !only)
}

/// What `columns` says of a column; of one that is only named, nothing.
fn at_path_of<'n>(root: &'n Node, name: &str) -> Option<&'n Node> {
    root.get("columns")?.get(name)
}

fn column(found: &mut Findings<'_>, name: &str) {
    let (base, head) = (&found.base.root, &found.head.root);
    let about = About { column: Some(name), check: None };
    let at = match head.get("columns").and_then(|columns| key(columns, name)) {
        Some(span) => At::Head(span),
        None => match base.get("columns").and_then(|columns| key(columns, name)) {
            Some(span) if excluded(head).all(|other| other != name) => At::Base(span),
            _ => found.at("exclude"),
        },
    };
    let (before, after) = (at_path_of(base, name), at_path_of(head, name));
    match (is_watched(base, name), is_watched(head, name)) {
        (true, true) => {}
        (false, false) => return,
        (true, false) => {
            return found.add(
                COLUMN_UNWATCHED,
                at,
                about,
                Values::of(before, after),
                format!("column `{name}` is no longer watched"),
            );
        }
        (false, true) => {
            return found.add(
                MONITORING_STRENGTHENED,
                at,
                about,
                Values::of(before, after),
                format!("column `{name}` is watched"),
            );
        }
    }
    options(found, name, at, before, after);
    let own = |node: Option<&Node>| node.and_then(|node| node.get("tests")).is_some();
    if own(before) || own(after) {
        let kind = kind(after).or_else(|| kind(before));
        let sides = (tests_of(found.base, before, kind), tests_of(found.head, after, kind));
        tests(found, &sides.0, &sides.1, at, about, &format!("column `{name}`"));
    }
}

/// How a column is taken.
fn options(found: &mut Findings<'_>, name: &str, at: At, before: Option<&Node>, after: Option<&Node>) {
    let about = About { column: Some(name), check: None };
    let word = |node: Option<&Node>| node.and_then(Node::text).filter(|text| !text.is_empty()).map(str::to_owned);
    let of = |node: Option<&Node>, option: &str| word(node.and_then(|node| node.get(option)));
    let kinds = (word(before).or_else(|| of(before, "kind")), word(after).or_else(|| of(after, "kind")));
    let types = (of(before, "type"), of(after, "type"));
    for (what, (old, new)) in [("kind", kinds), ("type", types)] {
        if old != new {
            let values = Values(old, new);
            let message = format!("`{what}` of column `{name}` changed{}", values.words());
            found.add(COLUMN_READ_OTHERWISE, at, about, values, message);
        }
    }
    let optional = |node: Option<&Node>| of(node, "optional").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    match (optional(before), optional(after)) {
        (false, true) => {
            found.add(COLUMN_READ_OTHERWISE, at, about, Values::default(), format!("column `{name}` may be missing"))
        }
        (true, false) => {
            found.add(
                MONITORING_STRENGTHENED,
                at,
                about,
                Values::default(),
                format!("column `{name}` may no longer be missing"),
            );
        }
        _ => {}
    }
    let (old, new) = (of(before, "importance"), of(after, "importance"));
    let same = match (&old, &new) {
        (Some(old), Some(new)) => old == new || quantity::compare_texts(old, new) == Some(std::cmp::Ordering::Equal),
        (old, new) => old == new,
    };
    if !same {
        let values = Values(old, new);
        let message = format!("`importance` of column `{name}` changed{}", values.words());
        found.add(MONITORING_CHANGED, at, about, values, message);
    }
}

/// The kind of a column where it is written, or asked for by a test.
fn kind(node: Option<&Node>) -> Option<&'static str> {
    let node = node?;
    let written = node.text().or_else(|| node.get("kind").and_then(Node::text));
    match written {
        Some("numeric") => return Some("numeric"),
        Some("categorical") => return Some("categorical"),
        _ => {}
    }
    let names = read(node.get("tests")?);
    names.keys().find_map(|name| {
        let test = registry::find(name)?;
        match (test.applies_to(ColumnKind::Numeric), test.applies_to(ColumnKind::Categorical)) {
            (true, false) => Some("numeric"),
            (false, true) => Some("categorical"),
            _ => None,
        }
    })
}

/// What decides for a column: its own tests with `missing` of the defaults, or the defaults of its kind.
fn tests_of(document: &assay_contract::Resolved, node: Option<&Node>, kind: Option<&str>) -> Tests {
    let root = &document.root;
    let mut tests = match node.and_then(|node| node.get("tests")) {
        Some(own) => read(own),
        None => of_kind(root, kind.unwrap_or("numeric")),
    };
    if let Some(missing) = missing(root).filter(|_| !tests.contains_key("missing")) {
        tests.insert("missing".into(), missing);
    }
    tests
}

/// `defaults: {numeric: ..}`, or what is usual.
fn of_kind(root: &Node, kind: &str) -> Tests {
    match at_path(root, &["defaults", kind]) {
        Some(node) => read(node),
        None => {
            let usual = USUAL.iter().find(|(name, _)| *name == kind).map_or(&[] as &[&str], |(_, tests)| tests);
            usual.iter().map(|name| ((*name).to_owned(), usual_limits(name, root.span))).collect()
        }
    }
}

fn missing(root: &Node) -> Option<Limits> {
    match at_path(root, &["defaults", "missing"]) {
        Some(node) => limits("missing", node),
        None => Some(usual_limits("missing", root.span)),
    }
}

/// `[psi, ks]` or `{psi: 0.2, missing: off}`.
fn read(node: &Node) -> Tests {
    match &node.kind {
        NodeKind::Map(entries) => {
            entries.iter().filter_map(|(key, value)| Some((key.text.clone(), limits(&key.text, value)?))).collect()
        }
        NodeKind::Seq(items) => items
            .iter()
            .filter_map(|item| Some((item.text()?.to_owned(), usual_limits(item.text()?, item.span))))
            .collect(),
        NodeKind::Scalar { .. } => Tests::new(),
    }
}

/// `None`: it is off.
fn limits(name: &str, node: &Node) -> Option<Limits> {
    match node.text() {
        Some("off") => None,
        _ if node.is_null() => Some(usual_limits(name, node.span)),
        _ => Some(Limits::of(node)),
    }
}

fn usual_limits(name: &str, at: Span) -> Limits {
    let usual = registry::find(name).and_then(|test| test.default_limits());
    let limit = |value: Option<f64>| value.map(|value| Limit::usual(value, at));
    usual.map_or_else(Limits::default, |usual| Limits(limit(usual.warn), limit(usual.fail)))
}

/// Compares two sets of deciding tests.
fn tests(found: &mut Findings<'_>, before: &Tests, after: &Tests, at: At, about: About<'_>, whose: &str) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let what = format!("`{name}` of {whose}");
        match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) => compare_limits(found, (old, new), true, DRIFT_LIMIT_RAISED, about, &what),
            (Some(old), None) => {
                let values = Values(Some(old.words()), None);
                found.add(
                    DRIFT_TEST_REMOVED,
                    at,
                    about,
                    values,
                    format!("{what} no longer decides, its limit was `{}`", old.words()),
                );
            }
            (None, Some(new)) => {
                let values = Values(None, Some(new.words()));
                found.add(MONITORING_STRENGTHENED, at, about, values, format!("{what} decides now: `{}`", new.words()));
            }
            (None, None) => {}
        }
    }
}

fn defaults(found: &mut Findings<'_>) {
    for (kind, _) in USUAL {
        let (before, after) = (of_kind(&found.base.root, kind), of_kind(&found.head.root, kind));
        let at = place(found, &["defaults", kind]);
        tests(found, &before, &after, at, About::default(), &format!("{kind} columns"));
    }
    let set = |root: &Node| missing(root).map(|limits| ("missing".to_owned(), limits)).into_iter().collect::<Tests>();
    let (before, after) = (set(&found.base.root), set(&found.head.root));
    let at = place(found, &["defaults", "missing"]);
    tests(found, &before, &after, at, About::default(), "all columns");
    let path = &["defaults", "psi_bins"];
    let bins = |root: &Node| at_path(root, path).and_then(Node::text).unwrap_or("10").to_owned();
    let (before, after) = (bins(&found.base.root), bins(&found.head.root));
    if before != after {
        let values = Values::texts(&before, &after);
        let message = format!("`psi_bins` changed{}: effects are not the same numbers", values.words());
        found.add(COLUMN_READ_OTHERWISE, place(found, path), About::default(), values, message);
    }
}

fn significance(found: &mut Findings<'_>) {
    let alpha = &["defaults", "significance", "alpha"];
    let text =
        |root: &Node, path: &[&str], usual: &str| at_path(root, path).and_then(Node::text).unwrap_or(usual).to_owned();
    let (before, after) = (text(&found.base.root, alpha, "0.01"), text(&found.head.root, alpha, "0.01"));
    let (at, values) = (place(found, alpha), Values::texts(&before, &after));
    let order =
        if before == after { Some(std::cmp::Ordering::Equal) } else { quantity::compare_texts(&after, &before) };
    graded(
        found,
        order,
        false,
        SIGNIFICANCE_STRICTER,
        at,
        About::default(),
        values.clone(),
        "`alpha`",
        &values.words(),
    );

    let path = &["defaults", "significance", "correction"];
    let usual = Correction::default().name();
    let (before, after) = (text(&found.base.root, path, usual), text(&found.head.root, path, usual));
    if before == after {
        return;
    }
    // of the two strictest neither is always the stricter one
    let strictness = |name: &str| match Correction::find(name) {
        Some(Correction::None) => Some(0),
        Some(Correction::BenjaminiHochberg) => Some(1),
        _ => None,
    };
    let order = match (strictness(&before), strictness(&after)) {
        (Some(before), Some(after)) => after.cmp(&before),
        (None, Some(_)) => std::cmp::Ordering::Less,
        _ => std::cmp::Ordering::Greater,
    };
    let values = Values::texts(&before, &after);
    let code = if order.is_gt() { SIGNIFICANCE_STRICTER } else { MONITORING_STRENGTHENED };
    found.add(
        code,
        place(found, path),
        About::default(),
        values.clone(),
        format!("`correction` changed{}", values.words()),
    );
}

fn prediction(found: &mut Findings<'_>) {
    let (before, after) = found.both("prediction");
    let at = found.at("prediction");
    let (Some(old), Some(new)) = (before, after) else {
        let values = Values::of(before, after);
        match (before, after) {
            (Some(_), None) => {
                found.add(PREDICTION_WEAKENED, at, About::default(), values, "the prediction is no longer watched")
            }
            (None, Some(_)) => {
                found.add(MONITORING_STRENGTHENED, at, About::default(), values, "the prediction is watched")
            }
            _ => {}
        }
        return;
    };
    let column = new.get("column").and_then(Node::text);
    let about = About { column, check: None };
    for name in ["column", "task", "score", "positive"] {
        let (before, after) = (old.get(name), new.get(name));
        if !same_or_none(before, after) {
            let values = Values::of(before, after);
            let message = format!("`{name}` of the prediction changed{}", values.words());
            found.add(PREDICTION_WEAKENED, place(found, &["prediction", name]), about, values, message);
        }
    }
    if old.get("tests").is_some() || new.get("tests").is_some() {
        let kind = match new.get("task").and_then(Node::text) {
            Some("classification") => "categorical",
            _ => "numeric",
        };
        let sides = (tests_of(found.base, Some(old), Some(kind)), tests_of(found.head, Some(new), Some(kind)));
        tests(found, &sides.0, &sides.1, at, about, "the prediction");
    }
}
