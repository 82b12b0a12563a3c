//! What runs recorded, read from the store beside what came before them.

use assay_core::drift::store::StoreError;
use assay_core::history::History;
use assay_core::ops::Ops;
use assay_core::ops::runs::{Kind, Run, RunFilter, RunState};
use assay_core::run::{RunRecord, TableRecord};
use assay_core::stored;
use assay_core::verdict::{Dimension, Outcome};
use assay_report::pages::document::Change;

/// Points of the past that curves are drawn of.
const POINTS: usize = 60;
/// Runs that are looked through for one with a record.
const TRIED: usize = 10;
/// Runs of which what changed is told.
const COMPARED: usize = 8;
/// Changes that are told.
const CHANGES: usize = 6;

/// What a run recorded: `None` where nothing of it is kept, else the record or why it cannot be read.
pub(super) fn of(store: &dyn Ops, run: &str) -> Result<Option<Result<RunRecord, String>>, StoreError> {
    let kept = store.record(run)?;
    let read = kept.map(|kept| stored::read(&kept.record, kept.samples.as_deref()));
    if let Some(Err(why)) = &read {
        tracing::error!(run, %why, "a stored result cannot be shown");
    }
    Ok(read)
}

/// What came before a run.
pub(super) fn before(store: &dyn Ops, run: &Run, record: &RunRecord) -> Result<History, StoreError> {
    History::before(store, record, i128::from(run.planned) * 1_000_000, POINTS)
}

/// The newest run of a document with a record, and what came before it.
#[derive(Default)]
pub(super) struct Newest {
    pub run: Option<(Run, RunRecord)>,
    pub unreadable: Option<String>,
    pub history: History,
}

pub(super) fn newest(store: &dyn Ops, document: &str) -> Result<Newest, StoreError> {
    for run in ended(store, document, TRIED)? {
        match of(store, &run.id)? {
            None => {}
            Some(Err(why)) => return Ok(Newest { unreadable: Some(why), ..Newest::default() }),
            Some(Ok(record)) => {
                let history = before(store, &run, &record)?;
                return Ok(Newest { run: Some((run, record)), unreadable: None, history });
            }
        }
    }
    Ok(Newest::default())
}

fn ended(store: &dyn Ops, document: &str, most: usize) -> Result<Vec<Run>, StoreError> {
    let states = vec![RunState::Finished, RunState::Cancelled, RunState::Skipped];
    store.runs(&RunFilter { document: Some(document.to_owned()), states, most, ..RunFilter::default() })
}

/// What changed over the last runs of a contract, newest first: its file, and what its checks of the schema found.
pub(super) fn changes(store: &dyn Ops, document: &str, kind: Kind) -> Result<Vec<Change>, StoreError> {
    if kind == Kind::Monitor {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for run in ended(store, document, COMPARED)? {
        if let Some(Ok(record)) = of(store, &run.id)? {
            records.push((run.planned, record));
        }
    }
    let mut changes = Vec::new();
    for pair in records.windows(2) {
        let [(at, newer), (_, older)] = pair else { continue };
        if let (Some(newer), Some(older)) = (newer.tables.first(), older.tables.first()) {
            changes.extend(between(older, newer).into_iter().map(|text| Change { at: *at, text }));
        }
    }
    changes.truncate(CHANGES);
    Ok(changes)
}

fn between(older: &TableRecord, newer: &TableRecord) -> Vec<String> {
    let mut texts = Vec::new();
    if older.contract_sha256 != newer.contract_sha256 {
        texts.push("The contract's file changed".to_owned());
    }
    for check in newer.checks.iter().filter(|check| check.dimension == Dimension::Schema) {
        let before = older.checks.iter().find(|known| known.id == check.id);
        let is_as_before = before.is_some_and(|before| before.verdict.message == check.verdict.message);
        let was_quiet = before.is_none_or(|before| before.verdict.outcome == Outcome::Pass);
        let is_quiet = check.verdict.outcome == Outcome::Pass && was_quiet;
        if !is_as_before && !is_quiet {
            texts.push(format!("`{}`: {}", check.id, check.verdict.message));
        }
    }
    texts
}
