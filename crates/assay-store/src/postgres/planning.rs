//! Planned runs are written: by the schedule, by people and programs, and after what they depend on.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use assay_core::ops::runs::{Enqueue, Planned, Run, RunState};
use assay_core::ops::{Millis, SCHEDULER};
use assay_core::verdict::Reason;

use super::counters::Tally;
use super::error::Problem;
use super::executions::columns;
use super::pool::Tx;
use super::values::{Cells, Text, texts};
use super::{executions, leases, locks};

const MOVE: &str = "
    UPDATE documents SET cursor = given.instant
    FROM unnest($1::TEXT[], $2::BIGINT[]) AS given (document, instant)
    WHERE documents.name = given.document AND (cursor IS NULL OR cursor < given.instant)";

/// Those that somebody else is just taking or ending do not wait.
const SKIP: &str = concat!(
    "UPDATE executions SET state = 'skipped', reason_code = $2, reason_text = $3, ended_at = $4
     WHERE id IN (
         SELECT id FROM executions WHERE id = ANY ($1) AND state IN ('queued', 'interrupted')
         ORDER BY id FOR UPDATE SKIP LOCKED
     ) RETURNING ",
    columns!()
);

/// Writes what the scheduler planned; `None`: somebody else schedules now.
pub(super) fn plan(tx: &mut Tx<'_>, epoch: i64, enqueue: &[Enqueue]) -> Result<Option<Vec<Planned>>, Problem> {
    if leases::is_stale(tx, SCHEDULER, epoch)? {
        return Ok(None);
    }
    locks::documents(tx, &enqueue.iter().map(|entry| entry.run.document.as_str()).collect())?;
    let mut tally = Tally::default();
    let planned = add(tx, enqueue, &mut tally)?;
    forward(tx, cursors_of(enqueue))?;
    tally.write(tx)?;
    Ok(Some(planned))
}

/// Writes planned runs, but those whose instant is known. Their documents are locked.
pub(super) fn add(tx: &mut Tx<'_>, enqueue: &[Enqueue], tally: &mut Tally) -> Result<Vec<Planned>, Problem> {
    let given: Vec<(&str, Millis)> =
        enqueue.iter().map(|entry| (entry.run.document.as_str(), entry.run.planned)).collect();
    let mut known = executions::at(tx, &given)?;
    let gone: Vec<String> = known.values().filter(|run| run.gives_way()).map(|run| run.id.clone()).collect();
    executions::remove(tx, &gone)?;
    known.retain(|_, run| !run.gives_way());
    let documents: BTreeSet<&str> = given.iter().map(|(document, _)| *document).collect();
    let mut open = executions::open(tx, documents)?;
    let (mut planned, mut new, mut ids) = (Vec::with_capacity(enqueue.len()), Vec::new(), HashSet::new());
    for entry in enqueue {
        let mut run = entry.run.clone();
        if !matches!(run.state, RunState::Queued | RunState::Skipped | RunState::Missed) {
            return Err(executions::unfit(&run.id, &format!("a run is not planned as {}", run.state.name())));
        }
        let key = (run.document.clone(), run.planned);
        if let Some(run) = known.get(&key) {
            planned.push(Planned { run: run.clone(), added: false });
            continue;
        }
        if !ids.insert(entry.run.id.as_str()) {
            return Err(executions::unfit(&run.id, "another run of another document or instant has its id"));
        }
        let before = open.get(&run.document);
        if run.state == RunState::Queued && !entry.overlaps {
            before.into_iter().for_each(|before| skip(&mut run, before));
        }
        if run.state == RunState::Queued && before.is_none_or(|before| before.planned < run.planned) {
            open.insert(run.document.clone(), run.clone());
        }
        tally.ended(&run);
        known.insert(key, run.clone());
        new.push(run.clone());
        planned.push(Planned { run, added: true });
    }
    executions::insert(tx, &new)?;
    Ok(planned)
}

/// Makes a run skipped because of another one of its document.
fn skip(run: &mut Run, open: &Run) {
    let text = format!("the run {} of the same document was still {}", open.id, open.state.name());
    run.state = RunState::Skipped;
    run.reason = Some(Reason { code: "overlap".into(), text });
    run.related = Some(open.id.clone());
}

/// Moves cursors without a run; false: somebody else schedules now.
pub(super) fn advance(tx: &mut Tx<'_>, epoch: i64, cursors: &[(String, Millis)]) -> Result<bool, Problem> {
    if leases::is_stale(tx, SCHEDULER, epoch)? {
        return Ok(false);
    }
    let cursors = || cursors.iter().map(|(document, cursor)| (document.as_str(), *cursor));
    locks::documents(tx, &cursors().map(|(document, _)| document).collect())?;
    forward(tx, cursors())?;
    Ok(true)
}

/// Ends runs that wait as skipped; `None`: somebody else schedules now.
pub(super) fn skip_waiting(
    tx: &mut Tx<'_>,
    epoch: i64,
    runs: &[String],
    reason: &Reason,
    at: Millis,
) -> Result<Option<u64>, Problem> {
    if leases::is_stale(tx, SCHEDULER, epoch)? {
        return Ok(None);
    }
    let ids = texts(runs.iter().map(String::as_str));
    let skipped = executions::all(tx, SKIP, &[&ids, &Text(&reason.code), &Text(&reason.text), &at])?;
    let mut tally = Tally::default();
    skipped.iter().for_each(|run| tally.ended(run));
    tally.write(tx)?;
    Ok(Some(skipped.len() as u64))
}

/// The cursors that entries move.
fn cursors_of(enqueue: &[Enqueue]) -> impl Iterator<Item = (&str, Millis)> {
    enqueue.iter().filter_map(|entry| Some((entry.run.document.as_str(), entry.cursor?)))
}

/// Moves the cursors of documents, which are locked; never back.
fn forward<'a>(tx: &mut Tx<'_>, given: impl Iterator<Item = (&'a str, Millis)>) -> Result<(), Problem> {
    let mut cursors: BTreeMap<&str, Millis> = BTreeMap::new();
    for (document, cursor) in given {
        let furthest = cursors.entry(document).or_insert(cursor);
        *furthest = cursor.max(*furthest);
    }
    let instants: Vec<Millis> = cursors.values().copied().collect();
    tx.run(MOVE, &[&texts(cursors.keys().copied()), &instants])?;
    Ok(())
}

/// The cursors of all documents that have one.
pub(super) fn cursors(tx: &mut Tx<'_>) -> Result<Vec<(String, Millis)>, Problem> {
    let rows = tx.rows("SELECT name, cursor FROM documents WHERE cursor IS NOT NULL ORDER BY name", &[])?;
    let read = |row| {
        let mut cells = Cells::of(row, "the document");
        Ok((cells.text()?, cells.get()?))
    };
    rows.iter().map(read).collect()
}

/// Queues a run that somebody asked for, or hurries the one that waits anyway.
pub(super) fn trigger(tx: &mut Tx<'_>, entry: &Enqueue) -> Result<Planned, Problem> {
    let mut run = entry.run.clone();
    if run.state != RunState::Queued {
        return Err(executions::unfit(&run.id, &format!("a run is not asked for as {}", run.state.name())));
    }
    let document = entry.run.document.as_str();
    locks::documents(tx, &BTreeSet::from([document]))?;
    if let Some(run) = executions::hurry(tx, &run)? {
        return Ok(Planned { run, added: false });
    }
    let taken = "SELECT 1 FROM executions WHERE document = $1 AND planned = $2";
    while tx.row(taken, &[&Text(document), &run.planned])?.is_some() {
        run.planned = run.planned.checked_add(1).ok_or_else(|| executions::unfit(&run.id, "its instant is taken"))?;
    }
    executions::insert(tx, std::slice::from_ref(&run))?;
    forward(tx, cursors_of(std::slice::from_ref(entry)))?;
    Ok(Planned { run, added: true })
}
