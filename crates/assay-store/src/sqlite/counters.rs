//! What was counted since the store began: pruning takes nothing from it.

use assay_core::ops::runs::{Counted, Run, RunState, Trigger};
use assay_core::verdict::Outcome;
use rusqlite::{Transaction, params};

use crate::error::Trouble;
use crate::limits;

/// Runs that were executed to an end; the label is the trigger.
const RUNS: &str = "runs";
/// Those with the outcome error.
const ERRORS: &str = "run_errors";
/// Planned instants that were missed.
const MISSED: &str = "missed";
/// Planned instants that were skipped.
const SKIPPED: &str = "skipped";
/// Messages that were delivered; the label is the integration.
pub(super) const DELIVERED: &str = "delivered";
/// Messages that were given up; the label is the integration, the detail the reason.
pub(super) const FAILED: &str = "failed";
/// Bytes in the journal of live observations.
pub(super) const JOURNAL: &str = "journal_bytes";

const ADD: &str = "
    INSERT INTO counters (name, label, detail, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (name, label, detail) DO UPDATE SET value = value + excluded.value";

/// Counts one more.
pub(super) fn count(transaction: &Transaction<'_>, name: &str, label: &str, detail: &str) -> Result<(), Trouble> {
    add(transaction, name, label, detail, 1)
}

/// Adds to a counter.
pub(super) fn add(
    transaction: &Transaction<'_>,
    name: &str,
    label: &str,
    detail: &str,
    value: i64,
) -> Result<(), Trouble> {
    transaction.prepare_cached(ADD)?.execute(params![name, label, detail, value])?;
    Ok(())
}

/// Takes from a counter that counts what is there now.
pub(super) fn subtract(transaction: &Transaction<'_>, name: &str, value: i64) -> Result<(), Trouble> {
    transaction
        .prepare_cached("UPDATE counters SET value = max(value - ?, 0) WHERE name = ? AND label = '' AND detail = ''")?
        .execute(params![value, name])?;
    Ok(())
}

/// What a counter without labels stands at.
pub(super) fn value(transaction: &Transaction<'_>, name: &str) -> Result<u64, Trouble> {
    Ok(all(transaction, name)?.into_iter().map(|(_, _, value)| value).sum())
}

/// A counter with its labels and details, in their order.
pub(super) fn all(transaction: &Transaction<'_>, name: &str) -> Result<Vec<(String, String, u64)>, Trouble> {
    let mut statement = transaction
        .prepare_cached("SELECT label, detail, value FROM counters WHERE name = ? ORDER BY label, detail")?;
    let mut rows = statement.query([name])?;
    let mut counters = Vec::new();
    while let Some(row) = rows.next()? {
        let value = limits::read_count(row.get(2)?, || format!("the counter {name}"))?;
        counters.push((row.get(0)?, row.get(1)?, value));
    }
    Ok(counters)
}

/// Counts a run that came to its end, or that was never to be executed.
pub(super) fn ended(transaction: &Transaction<'_>, run: &Run) -> Result<(), Trouble> {
    match run.state {
        RunState::Missed => return count(transaction, MISSED, "", ""),
        RunState::Skipped => return count(transaction, SKIPPED, "", ""),
        RunState::Finished | RunState::Cancelled => count(transaction, RUNS, run.trigger.name(), "")?,
        RunState::Queued | RunState::Running | RunState::Interrupted => return Ok(()),
    }
    if run.outcome == Some(Outcome::Error) { count(transaction, ERRORS, "", "") } else { Ok(()) }
}

/// How many runs there were.
pub(super) fn counted(transaction: &Transaction<'_>) -> Result<Counted, Trouble> {
    let mut runs = Vec::new();
    for (trigger, _, value) in all(transaction, RUNS)? {
        let trigger = Trigger::named(&trigger).ok_or_else(|| Trouble::Damaged {
            place: "the counter of runs".into(),
            why: format!("`{trigger}` is no trigger"),
        })?;
        runs.push((trigger, value));
    }
    runs.sort();
    Ok(Counted {
        runs,
        errors: value(transaction, ERRORS)?,
        missed: value(transaction, MISSED)?,
        skipped: value(transaction, SKIPPED)?,
    })
}
