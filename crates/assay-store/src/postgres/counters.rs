//! What was counted since the store began: pruning takes nothing from it.

use std::collections::BTreeMap;

use assay_core::ops::runs::{Counted, Run, RunState, Trigger};
use assay_core::verdict::Outcome;

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};

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
    INSERT INTO counters (name, label, detail, value) VALUES ($1, $2, $3, greatest($4::BIGINT, 0))
    ON CONFLICT (name, label, detail) DO UPDATE SET value = greatest(counters.value + $4, 0)";

/// What a transaction counts. It is written at the end of it: transactions that count the same wait for each other from
/// then on.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<(&'static str, String, String), i64>);

impl Tally {
    /// Adds to a counter, or takes from one that counts what is there now.
    pub(super) fn add(&mut self, name: &'static str, label: &str, detail: &str, value: i64) {
        *self.0.entry((name, label.into(), detail.into())).or_default() += value;
    }

    /// Counts a run that came to its end, or that was never to be executed.
    pub(super) fn ended(&mut self, run: &Run) {
        match run.state {
            RunState::Missed => return self.add(MISSED, "", "", 1),
            RunState::Skipped => return self.add(SKIPPED, "", "", 1),
            RunState::Finished | RunState::Cancelled => self.add(RUNS, run.trigger.name(), "", 1),
            RunState::Queued | RunState::Running | RunState::Interrupted => return,
        }
        if run.outcome == Some(Outcome::Error) {
            self.add(ERRORS, "", "", 1);
        }
    }

    /// Writes what was counted, counters in their order.
    pub(super) fn write(self, tx: &mut Tx<'_>) -> Result<(), Problem> {
        for ((name, label, detail), value) in &self.0 {
            tx.run(ADD, &[name, &Text(label), &Text(detail), value])?;
        }
        Ok(())
    }
}

/// What a counter without labels stands at.
pub(super) fn value(tx: &mut Tx<'_>, name: &str) -> Result<u64, Problem> {
    Ok(all(tx, name)?.into_iter().map(|(_, _, value)| value).sum())
}

/// A counter with its labels and details, in their order.
pub(super) fn all(tx: &mut Tx<'_>, name: &str) -> Result<Vec<(String, String, u64)>, Problem> {
    let rows = tx.rows("SELECT label, detail, value FROM counters WHERE name = $1 ORDER BY label, detail", &[&name])?;
    let read = |row| {
        let mut cells = Cells::of(row, "a counter of");
        Ok((cells.text()?, cells.text()?, cells.count()?))
    };
    rows.iter().map(read).collect()
}

/// How many runs there were.
pub(super) fn counted(tx: &mut Tx<'_>) -> Result<Counted, Problem> {
    let rows = tx.rows("SELECT label, value FROM counters WHERE name = $1", &[&RUNS])?;
    let read = |row| {
        let mut cells = Cells::of(row, "the counter of runs");
        Ok((cells.word(Trigger::named)?, cells.count()?))
    };
    let mut runs = rows.iter().map(read).collect::<Result<Vec<_>, Problem>>()?;
    runs.sort();
    Ok(Counted { runs, errors: value(tx, ERRORS)?, missed: value(tx, MISSED)?, skipped: value(tx, SKIPPED)? })
}
