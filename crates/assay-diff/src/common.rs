//! What contracts and monitors have in common: words for people, the schedule, whether they are enabled.

use assay_core::node::Node;
use assay_core::schedule::Pace;

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
    schedule(found);
    depends_on(found);
}

/// `depends_on`: what it waits for. The order says nothing.
fn depends_on(found: &mut Findings<'_>) {
    let (before, after) = found.both("depends_on");
    let (old, new) = (names(before), names(after));
    let (removed, added) = (missing(&old, &new), missing(&new, &old));
    let (at, values) = (found.at("depends_on"), Values::of(before, after));
    if !removed.is_empty() {
        let message = format!("it no longer depends on {}", removed.join(", "));
        found.add(DEPENDENCY_REMOVED, at, About::default(), values.clone(), message);
    }
    if !added.is_empty() {
        let message = format!("it depends on {}, too", added.join(", "));
        found.add(DEPENDENCY_ADDED, at, About::default(), values, message);
    }
}

/// What of the first list the second one lacks, as it is shown.
fn missing(first: &[String], second: &[String]) -> Vec<String> {
    first.iter().filter(|name| !second.contains(name)).map(|name| format!("`{name}`")).collect()
}

/// `schedule`: how often it fires in four years, and the longest time between.
fn schedule(found: &mut Findings<'_>) {
    let (before, after) = found.both("schedule");
    if same_or_none(before, after) {
        return;
    }
    let (at, values) = (found.at("schedule"), Values::of(before, after));
    let pace = |node: Option<&Node>| node.and_then(assay_contract::schedule).map(|schedule| schedule.cron.pace());
    let (code, message) = match (pace(before), pace(after)) {
        (_, None) if after.is_none() => (SCHEDULE_SLOWER, "the schedule was removed".to_owned()),
        (None, Some(_)) if before.is_none() => (SCHEDULE_CHANGED, "a schedule was added".to_owned()),
        (Some(old), Some(new)) if new.is_slower_than(&old) => {
            let gap = |pace: Pace| minutes(pace.longest_gap);
            let message = if new.firings < old.firings {
                format!("the schedule fires {} times in four years instead of {}", new.firings, old.firings)
            } else {
                format!("the schedule leaves up to {} between two runs instead of {}", gap(new), gap(old))
            };
            (SCHEDULE_SLOWER, message)
        }
        (Some(_), Some(_)) => (SCHEDULE_CHANGED, "the schedule changed, and is not slower".to_owned()),
        _ => (SCHEDULE_SLOWER, "the schedule changed, and the two cannot be compared".to_owned()),
    };
    found.add(code, at, About::default(), values.clone(), format!("{message}{}", values.words()));
}

/// `2d 6h`.
fn minutes(minutes: u64) -> String {
    let parts = [(minutes / 1440, 'd'), (minutes / 60 % 24, 'h'), (minutes % 60, 'm')];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if parts.is_empty() { "0m".to_owned() } else { parts.join(" ") }
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
    names(before) == names(after)
}

/// The texts of a list, sorted.
fn names(node: Option<&Node>) -> Vec<String> {
    let mut names: Vec<String> =
        node.map(items).unwrap_or_default().iter().filter_map(|node| Some(node.text()?.to_owned())).collect();
    names.sort();
    names
}
