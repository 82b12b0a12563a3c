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
    let checks = about(change, table);
    // what could not be evaluated is worse than what fails, and both are worse than what passes
    match checks.iter().max_by_key(|check| rank(check)) {
        Some(worst) => found(worst),
        None => Found::Unknown("no check of the contract looks at it".into()),
    }
}

/// The checks that a change is about: the one it names; of a column those that stand on it, and the schema where it
/// speaks of the column; of the key the key.
fn about<'a>(change: &Change, table: &'a TableRecord) -> Vec<&'a CheckRecord> {
    let checks = table.checks.iter();
    if let Some(id) = &change.check {
        return checks.filter(|check| check.id == *id).collect();
    }
    let Some(column) = &change.column else {
        let name = if change.code.starts_with("key_") { "key" } else { "schema" };
        return checks.filter(|check| check.id == name || check.check == name).collect();
    };
    let quoted = format!("`{column}`");
    let schema_speaks = |check: &CheckRecord| {
        check.check == "schema" && (check.verdict.outcome == Outcome::Pass || check.verdict.message.contains(&quoted))
    };
    checks.filter(|check| check.column.as_ref() == Some(column) || schema_speaks(check)).collect()
}

/// How much a check has to say: evaluated and broken most of all, then not evaluated.
fn rank(check: &CheckRecord) -> (u8, u64) {
    let badness = match check.verdict.outcome {
        Outcome::Fail => 4,
        Outcome::Skipped if is_missing(check) => 4,
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

fn found(check: &CheckRecord) -> Found {
    let verdict = &check.verdict;
    let passes = matches!(verdict.outcome, Outcome::Pass | Outcome::Warn);
    if let Some(reason) = &verdict.reason {
        return match is_missing(check) {
            true => Found::Judged { passes: false, message: reason.text.clone() },
            false => Found::Unknown(reason.text.clone()),
        };
    }
    match (verdict.failing, verdict.tested) {
        (Some(failing), Some(tested)) => Found::Rows { failing, tested, passes },
        _ => Found::Judged { passes, message: verdict.message.clone() },
    }
}
