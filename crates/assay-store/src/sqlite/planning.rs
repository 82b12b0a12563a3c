//! Planned runs are written: by the schedule, by people and programs, and after what they depend on.

use assay_core::ops::runs::{Enqueue, Planned, Run, RunState};
use assay_core::ops::{Millis, SCHEDULER};
use assay_core::verdict::Reason;
use rusqlite::{Transaction, params};

use super::{counters, executions, leases};
use crate::error::Trouble;

const MOVE: &str = "
    INSERT INTO documents (name, cursor) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET cursor = max(ifnull(cursor, excluded.cursor), excluded.cursor)";

/// Writes what the scheduler planned; `None`: somebody else schedules now.
pub(super) fn plan(
    transaction: &Transaction<'_>,
    epoch: i64,
    enqueue: &[Enqueue],
) -> Result<Option<Vec<Planned>>, Trouble> {
    if leases::is_stale(transaction, SCHEDULER, epoch)? {
        return Ok(None);
    }
    let mut planned = Vec::with_capacity(enqueue.len());
    for entry in enqueue {
        planned.push(add(transaction, entry)?);
        entry.cursor.map(|cursor| forward(transaction, &entry.run.document, cursor)).transpose()?;
    }
    Ok(Some(planned))
}

/// Writes a planned run, unless its instant is known.
pub(super) fn add(transaction: &Transaction<'_>, entry: &Enqueue) -> Result<Planned, Trouble> {
    let run = &entry.run;
    if !matches!(run.state, RunState::Queued | RunState::Skipped | RunState::Missed) {
        return Err(executions::unfit(&run.id, &format!("a run is not planned as {}", run.state.name())));
    }
    match executions::at(transaction, &run.document, run.planned)? {
        Some(known) if known.gives_way() => executions::remove(transaction, &known.id)?,
        Some(run) => return Ok(Planned { run, added: false }),
        None => {}
    }
    let mut run = run.clone();
    if run.state == RunState::Queued && !entry.overlaps {
        let open = executions::open(transaction, &run.document)?;
        open.into_iter().for_each(|open| skip(&mut run, &open));
    }
    executions::insert(transaction, &run)?;
    counters::ended(transaction, &run)?;
    Ok(Planned { run, added: true })
}

/// Makes a run skipped because of another one of its document.
fn skip(run: &mut Run, open: &Run) {
    let text = format!("the run {} of the same document was still {}", open.id, open.state.name());
    run.state = RunState::Skipped;
    run.reason = Some(Reason { code: "overlap".into(), text });
    run.related = Some(open.id.clone());
}

/// Moves cursors without a run; false: somebody else schedules now.
pub(super) fn advance(
    transaction: &Transaction<'_>,
    epoch: i64,
    cursors: &[(String, Millis)],
) -> Result<bool, Trouble> {
    if leases::is_stale(transaction, SCHEDULER, epoch)? {
        return Ok(false);
    }
    cursors.iter().try_for_each(|(document, cursor)| forward(transaction, document, *cursor))?;
    Ok(true)
}

/// Ends runs that wait as skipped; `None`: somebody else schedules now.
pub(super) fn skip_waiting(
    transaction: &Transaction<'_>,
    epoch: i64,
    runs: &[String],
    reason: &Reason,
    at: Millis,
) -> Result<Option<u64>, Trouble> {
    if leases::is_stale(transaction, SCHEDULER, epoch)? {
        return Ok(None);
    }
    let mut skipped = 0;
    for id in runs {
        let waits = |run: &Run| matches!(run.state, RunState::Queued | RunState::Interrupted);
        let Some(run) = executions::by_id(transaction, id)?.filter(waits) else { continue };
        let run = Run { state: RunState::Skipped, reason: Some(reason.clone()), ended_at: Some(at), ..run };
        executions::update(transaction, &run)?;
        counters::ended(transaction, &run)?;
        skipped += 1;
    }
    Ok(Some(skipped))
}

/// Moves the cursor of a document; never back.
fn forward(transaction: &Transaction<'_>, document: &str, cursor: Millis) -> Result<(), Trouble> {
    transaction.prepare_cached(MOVE)?.execute(params![document, cursor])?;
    Ok(())
}

/// The cursors of all documents that have one.
pub(super) fn cursors(transaction: &Transaction<'_>) -> Result<Vec<(String, Millis)>, Trouble> {
    let mut statement =
        transaction.prepare_cached("SELECT name, cursor FROM documents WHERE cursor IS NOT NULL ORDER BY name")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Queues a run that somebody asked for, or hurries the one that waits anyway.
pub(super) fn trigger(transaction: &Transaction<'_>, entry: &Enqueue) -> Result<Planned, Trouble> {
    let mut run = entry.run.clone();
    if run.state != RunState::Queued {
        return Err(executions::unfit(&run.id, &format!("a run is not asked for as {}", run.state.name())));
    }
    if let Some(run) = executions::hurry(transaction, &run)? {
        return Ok(Planned { run, added: false });
    }
    let mut taken = transaction.prepare_cached("SELECT 1 FROM executions WHERE document = ? AND planned = ?")?;
    while taken.exists(params![run.document, run.planned])? {
        run.planned = run.planned.checked_add(1).ok_or_else(|| executions::unfit(&run.id, "its instant is taken"))?;
    }
    executions::insert(transaction, &run)?;
    entry.cursor.map(|cursor| forward(transaction, &run.document, cursor)).transpose()?;
    Ok(Planned { run, added: true })
}
