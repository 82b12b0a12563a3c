//! What a run says of a change that asks more of the producer.

use assay_core::change::{Change, Found};
use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::Outcome;

/// The code of a check that was skipped because its column is not there.
const COLUMN_MISSING: &str = "column_missing";

/// Looks at the checks of the change's table that it is about.
pub(super) fn of(change: &Change, table: &TableRecord) -> Found {
    if let Some(reason) = &table.reason {
        return Found::Unknown(reason.text.clone());
    }
    // a column that may be missing is no failure where it is
    let may_miss = table.checks.iter().any(|check| check.check == "schema" && check.verdict.outcome == Outcome::Pass);
    let checks = about(change, table);
    // what could not be evaluated is worse than what fails, and both are worse than what passes
    match checks.iter().max_by_key(|check| rank(check, may_miss)) {
        Some(worst) => found(worst, may_miss),
        None => Found::Unknown("no check of the contract looks at it".into()),
    }
}

/// The checks that a change is about: the one it names; of a column those that stand on it, and the schema where it
/// speaks of the column; of the key the key, and whether its columns have a value. A change of the whole contract (its
/// severity, its rows, how cells are read) is about all of them.
fn about<'a>(change: &Change, table: &'a TableRecord) -> Vec<&'a CheckRecord> {
    let checks = table.checks.iter();
    if change.code.starts_with("key_") {
        let parts = change.after.as_deref().map(names).unwrap_or_default();
        let has_value = |check: &CheckRecord| {
            check.check == "completeness" && check.column.as_deref().is_some_and(|column| parts.contains(&column))
        };
        return checks.filter(|check| check.check == "key" || has_value(check)).collect();
    }
    if let Some(id) = &change.check {
        return checks.filter(|check| check.id == *id).collect();
    }
    let Some(column) = &change.column else { return checks.collect() };
    let quoted = format!("`{column}`");
    let schema_speaks = |check: &CheckRecord| {
        check.check == "schema" && (check.verdict.outcome == Outcome::Pass || check.verdict.message.contains(&quoted))
    };
    checks.filter(|check| check.column.as_ref() == Some(column) || schema_speaks(check)).collect()
}

/// The names in a list as it is shown: `[order_id, line_no]`.
fn names(list: &str) -> Vec<&str> {
    let inside = list.trim().trim_start_matches('[').trim_end_matches(']');
    inside.split(',').map(|name| name.trim().trim_matches(['"', '\''])).filter(|name| !name.is_empty()).collect()
}

/// How much a check has to say: evaluated and broken most of all, then not evaluated.
fn rank(check: &CheckRecord, may_miss: bool) -> (u8, u64) {
    let badness = match check.verdict.outcome {
        Outcome::Fail => 4,
        Outcome::Skipped if is_missing(check) => {
            if may_miss {
                0
            } else {
                4
            }
        }
        Outcome::Error => 3,
        Outcome::Skipped => 2,
        Outcome::Warn => 1,
        Outcome::Pass => 0,
    };
    (badness, check.verdict.failing.unwrap_or(0))
}

fn is_missing(check: &CheckRecord) -> bool {
    check.verdict.reason.as_ref().is_some_and(|reason| reason.code == COLUMN_MISSING)
}

fn found(check: &CheckRecord, may_miss: bool) -> Found {
    let verdict = &check.verdict;
    let passes = matches!(verdict.outcome, Outcome::Pass | Outcome::Warn);
    if let Some(reason) = &verdict.reason {
        return match is_missing(check) {
            true => Found::Judged { passes: may_miss, message: reason.text.clone() },
            false => Found::Unknown(reason.text.clone()),
        };
    }
    match (verdict.failing, verdict.tested) {
        (Some(failing), Some(tested)) => Found::Rows { failing, tested, passes },
        _ => Found::Judged { passes, message: verdict.message.clone() },
    }
}
