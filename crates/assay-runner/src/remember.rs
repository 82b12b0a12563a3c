//! What a run leaves behind, in one transaction; and what earlier ones left, for those who show it.

use assay_core::drift::store::{Commit, PointRow, RunRow, Store, StoreError, WindowRow};
use assay_core::history::{History, Point};
use assay_core::run::{RunRecord, TableRecord};
use assay_core::verdict::Reason;
use chrono::{DateTime, Utc};

use crate::monitors::Evaluated;

/// Adds the records of monitors to the run's, and writes what is to be remembered. Nothing that a store does changes
/// the verdict of a contract; of monitors it is an error where it cannot be written, because what is not remembered
/// would be evaluated, and told, again.
pub(crate) fn remember(
    store: Option<&dyn Store>,
    evaluated: Vec<Evaluated>,
    n_documents: usize,
    run: &mut RunRecord,
    now: DateTime<Utc>,
    planned: DateTime<Utc>,
) {
    let mut commit = Commit::default();
    if store.is_some() {
        commit.points = run.tables.iter().map(|table| point(table, run, planned)).collect();
    }
    for one in evaluated {
        commit.windows.extend(one.commit.windows.into_iter().map(|row| match row.run.is_empty() {
            true => WindowRow { run: run.id.clone(), ..row },
            false => row,
        }));
        commit.states.extend(one.commit.states);
        commit.proposals.extend(one.commit.proposals);
        run.tables.extend(one.records);
    }
    let Some(store) = store else { return };
    let documents = n_documents as u64;
    commit.run = Some(RunRow { id: run.id.clone(), as_of: now.timestamp(), outcome: run.outcome(), documents });
    let Err(error) = store.commit(&commit) else { return };
    if !commit.points.is_empty() {
        run.notes.push(format!("this run is not in the history: {}", error.text));
    }
    let reason = Reason { code: error.code.into(), text: format!("not remembered: {}", error.text) };
    let judged =
        |record: &&mut TableRecord| record.monitor.is_some() && record.checks.iter().all(|c| c.id != "monitor");
    for record in run.tables.iter_mut().filter(judged) {
        record.reason.get_or_insert(reason.clone());
    }
}

fn point(table: &TableRecord, run: &RunRecord, planned: DateTime<Utc>) -> PointRow {
    PointRow {
        document: table.table.clone(),
        planned: nanoseconds(planned),
        run: run.id.clone(),
        point: Point::of(table, &run.as_of),
    }
}

fn nanoseconds(now: DateTime<Utc>) -> i128 {
    i128::from(now.timestamp()) * 1_000_000_000 + i128::from(now.timestamp_subsec_nanos())
}

/// What the store holds of the run's tables and monitors from before, see [`History::before`].
///
/// # Errors
/// As the store has them.
pub fn history(store: &dyn Store, run: &RunRecord, now: DateTime<Utc>, most: usize) -> Result<History, StoreError> {
    History::before(store, run, nanoseconds(now), most)
}
