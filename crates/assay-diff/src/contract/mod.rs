//! Two versions of a contract.

mod check;
mod checks;
mod columns;
mod limits;
mod renames;
pub(crate) mod table;

use std::collections::BTreeSet;

use assay_contract::Resolved;
use assay_core::node::Node;
use assay_core::verdict::Severity;

use crate::codes::*;
use crate::common;
use crate::findings::{About, At, Findings, Values};
use crate::source;
use crate::tree::{same, same_or_none};
use renames::Renames;
use table::Table;

/// What of `source` says where the data are; the rest is how they are read.
const WHERE: &[&str] = &["path", "format", "hive"];

/// All that differs.
pub(crate) fn compare(found: &mut Findings<'_>) {
    let (base, head) = (Table::of(found.base), Table::of(found.head));
    let renames = Renames::between(&base, &head);
    common::compare(found);
    source_of(found);
    rows(found);
    samples(found);
    let inherited = severity(found);
    key(found, &base, &head, &renames);
    columns::compare(found, &base, &head, &renames);
    checks::compare(found, &base, &head, &renames, inherited);
}

/// How alike two contracts are, from 0 to 1, by the names of their columns and the ids of their checks.
pub(crate) fn likeness(base: &Resolved, head: &Resolved) -> f64 {
    let names = |document: &Resolved| -> BTreeSet<String> {
        let table = Table::of(document);
        let columns = table.columns.iter().map(|column| format!("column {}", column.name));
        let written = table.checks.iter().filter(|placed| !placed.implied);
        columns.chain(written.map(|placed| format!("check {}", placed.check.id))).collect()
    };
    let (a, b) = (names(base), names(head));
    let all = a.union(&b).count();
    if all == 0 { 0.0 } else { a.intersection(&b).count() as f64 / all as f64 }
}

fn source_of(found: &mut Findings<'_>) {
    let (before, after) = found.both("source");
    for name in source::differences(before, after) {
        let (before, after) = (source::value(before, &name), source::value(after, &name));
        let at = match (after, before) {
            (Some(node), _) => At::Head(node.span),
            (None, Some(node)) => At::Base(node.span),
            (None, None) => continue,
        };
        let values = Values::of(before, after);
        let message = format!("`{name}` of the source changed{}", values.words());
        if WHERE.contains(&name.as_str()) {
            found.add(SOURCE_CHANGED, at, About::default(), values, message);
        } else {
            for (code, at, values, message) in check::unordered(&format!("`{name}` of the source"), true, at, values) {
                found.add(code, at, About::default(), values, message);
            }
        }
    }
}

/// The filter on every check.
fn rows(found: &mut Findings<'_>) {
    let (before, after) = found.both("rows");
    if same_or_none(before, after) {
        return;
    }
    let (at, values) = (found.at("rows"), Values::of(before, after));
    for (code, at, values, message) in check::unordered("the contract's `rows`", true, at, values) {
        found.add(code, at, About::default(), values, message);
    }
}

fn samples(found: &mut Findings<'_>) {
    let (before, after) = found.both("failed_rows");
    if !same_or_none(before, after) {
        let (at, values) = (found.at("failed_rows"), Values::of(before, after));
        let message = format!("the samples of failing rows changed{}", values.words());
        found.add(SAMPLES_CHANGED, at, About::default(), values, message);
    }
}

/// The contract's severity, after layer and defaults; whether it changed.
fn severity(found: &mut Findings<'_>) -> bool {
    let (before, after) = (found.base.severity, found.head.severity);
    if before == after {
        return false;
    }
    let (code, message, values) = if before == Severity::Fail {
        (SEVERITY_LOWERED, "checks that say no severity only warn where they failed", Values::texts("fail", "warn"))
    } else {
        (SEVERITY_RAISED, "checks that say no severity fail where they only warned", Values::texts("warn", "fail"))
    };
    found.add(code, found.at("severity"), About::default(), values, message);
    true
}

fn key(found: &mut Findings<'_>, base: &Table<'_>, head: &Table<'_>, renames: &Renames) {
    let before: BTreeSet<&str> = base.key.iter().map(|(name, _)| renames.new_name(name)).collect();
    let after: BTreeSet<&str> = head.key.iter().map(|(name, _)| name.as_str()).collect();
    if before == after {
        return;
    }
    let (old, new) = (found.both("key").0, found.both("key").1);
    let (at, values) = (found.at("key"), Values::of(old, new));
    let about = About { column: None, check: Some("key") };
    if after.is_empty() {
        found.add(KEY_REMOVED, at, about, values.clone(), format!("the key was removed{}", values.words()));
        return;
    }
    if before.is_empty() {
        found.add(KEY_ADDED, at, about, values.clone(), format!("a key was added{}", values.words()));
        return;
    }
    for name in before.difference(&after) {
        let about = About { column: Some(name), check: Some("key") };
        found.add(KEY_COLUMN_DROPPED, at, about, values.clone(), format!("column `{name}` was dropped from the key"));
    }
    for (name, span) in head.key.iter().filter(|(name, _)| !before.contains(name.as_str())) {
        let about = About { column: Some(name), check: Some("key") };
        let message = format!("column `{name}` was added to the key: the shorter key may repeat");
        found.add(KEY_COLUMN_ADDED, At::Head(*span), about, values.clone(), message);
    }
    let message = if before.is_superset(&after) {
        "fewer columns of the key have to tell rows apart"
    } else {
        "rows have to be complete in other columns of the key, and told apart by them"
    };
    found.add(KEY_TIGHTENED, at, about, values, message);
}

/// Whether a value of both versions means the same.
fn differs(before: Option<&Node>, after: Option<&Node>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => !same(before, after),
        (None, None) => false,
        _ => true,
    }
}
