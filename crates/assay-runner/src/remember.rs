//! What a run leaves behind, in one transaction; and what earlier ones left, for those who show it.

use std::collections::BTreeMap;

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

/// What the store holds of the run's tables and monitors from before: of tables the runs planned earlier, of monitors
/// the windows of the same series that begin before the newest one of this run; at most `most` of each.
///
/// # Errors
/// As the store has them.
pub fn history(store: &dyn Store, run: &RunRecord, now: DateTime<Utc>, most: usize) -> Result<History, StoreError> {
    let mut documents = BTreeMap::new();
    for table in &run.tables {
        if documents.contains_key(&table.table) {
            continue;
        }
        let points = match table.monitor {
            Some(_) => windows(store, run, &table.table, most)?,
            None => store.points(&table.table, nanoseconds(now), most)?,
        };
        documents.insert(table.table.clone(), points);
    }
    Ok(History { documents })
}

fn windows(store: &dyn Store, run: &RunRecord, monitor: &str, most: usize) -> Result<Vec<Point>, StoreError> {
    let rows = store.windows(monitor)?;
    let names: Vec<&str> = run
        .tables
        .iter()
        .filter(|table| table.table == monitor)
        .filter_map(|table| Some(table.monitor.as_ref()?.window.as_ref()?.name.as_str()))
        .collect();
    let of_run = |row: &&WindowRow| row.run == run.id && names.contains(&row.window.as_str());
    // windows of another baseline or size are another series: their scores say something else
    let Some(newest) = rows.iter().filter(of_run).max_by_key(|row| row.start) else { return Ok(Vec::new()) };
    let earlier: Vec<&WindowRow> =
        rows.iter().filter(|row| row.baseline == newest.baseline && row.start < newest.start).collect();
    let beyond = earlier.len().saturating_sub(most);
    Ok(earlier[beyond..].iter().map(|row| Point::from(*row)).collect())
}
