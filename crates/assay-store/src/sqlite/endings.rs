//! Runs come to their end, and everything they concluded is written with them.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Decided, Incident};
use assay_core::ops::runs::{Ended, Ending, Finished, Run, RunState};
use assay_core::verdict::Outcome;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{counters, executions, incidents, planning, records};
use crate::error::Trouble;
use crate::text;

const HOUR: Millis = 3_600_000;

const NEWEST: &str = "
    INSERT INTO documents (name, newest) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET newest = max(ifnull(newest, excluded.newest), excluded.newest)";

const JUDGED: &str = "
    INSERT INTO documents (name, judged) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET judged = max(ifnull(judged, excluded.judged), excluded.judged)";

const ROLL_UP: &str = "
    INSERT INTO execution_hours (hour, document, outcome, runs) VALUES (?, ?, ?, 1)
    ON CONFLICT (hour, document, outcome) DO UPDATE SET runs = runs + 1";

/// Writes a run that ended with all that it concluded.
pub(super) fn finish(
    transaction: &Transaction<'_>,
    finished: &Finished,
    decide: &mut dyn FnMut(&[Incident]) -> Decided,
) -> Result<Ending, Trouble> {
    if !matches!(finished.state, RunState::Finished | RunState::Cancelled | RunState::Skipped) {
        return Err(executions::unfit(&finished.run, &format!("a run does not end as {}", finished.state.name())));
    }
    let Some(mut run) = held(transaction, &finished.run, finished.attempt, &finished.holder)? else {
        return Ok(Ending::TakenOver);
    };
    run.state = finished.state;
    run.reason.clone_from(&finished.reason);
    run.outcome = Some(finished.outcome);
    run.result = Some(finished.result.clone());
    run.ended_at = Some(finished.ended_at);
    close(transaction, &mut run)?;
    records::write(transaction, finished)?;
    super::write_commit(transaction, &finished.commit)?;

    let decided = match is_history(transaction, &run)? {
        true => Decided::default(),
        false => decide(&incidents::to_judge(transaction, &run.document)?),
    };
    if run.state == RunState::Finished {
        transaction.prepare_cached(JUDGED)?.execute(params![run.document, run.planned])?;
    }
    let (incidents, events) = incidents::write(transaction, &run.document, decided)?;
    finished.downstream.iter().try_for_each(|entry| planning::add(transaction, entry).map(drop))?;
    Ok(Ending::Written { incidents, events })
}

/// Ends a run that concluded nothing, or hands it back.
pub(super) fn end(transaction: &Transaction<'_>, ended: &Ended) -> Result<bool, Trouble> {
    let Some(mut run) = held(transaction, &ended.run, ended.attempt, &ended.holder)? else { return Ok(false) };
    run.state = ended.state;
    run.reason = Some(ended.reason.clone());
    match ended.state {
        RunState::Interrupted => {
            run.lease_until = None;
            executions::update(transaction, &run)?;
        }
        RunState::Skipped => {
            run.ended_at = Some(ended.at);
            close(transaction, &mut run)?;
        }
        RunState::Finished | RunState::Cancelled => {
            run.outcome = Some(Outcome::Error);
            run.ended_at = Some(ended.at);
            close(transaction, &mut run)?;
        }
        state => return Err(executions::unfit(&ended.run, &format!("a run does not end as {}", state.name()))),
    }
    Ok(true)
}

/// The run, if this holder still executes this attempt of it.
fn held(transaction: &Transaction<'_>, id: &str, attempt: u32, holder: &str) -> Result<Option<Run>, Trouble> {
    let run = executions::by_id(transaction, id)?;
    Ok(run.filter(|run| {
        run.state == RunState::Running && run.attempt == attempt && run.holder.as_deref() == Some(holder)
    }))
}

/// Writes and counts a run that came to its end.
pub(super) fn close(transaction: &Transaction<'_>, run: &mut Run) -> Result<(), Trouble> {
    run.lease_until = None;
    executions::update(transaction, run)?;
    counters::ended(transaction, run)?;
    if matches!(run.state, RunState::Finished | RunState::Cancelled) {
        transaction.prepare_cached(NEWEST)?.execute(params![run.document, run.planned])?;
    }
    let Some(outcome) = run.outcome else { return Ok(()) };
    let hour = run.planned.div_euclid(HOUR) * HOUR;
    transaction.prepare_cached(ROLL_UP)?.execute(params![hour, run.document, text::outcome(outcome)])?;
    Ok(())
}

/// Whether a run that was planned later was judged before: then this one changes no incident.
fn is_history(transaction: &Transaction<'_>, run: &Run) -> Result<bool, Trouble> {
    let judged: Option<Option<Millis>> = transaction
        .prepare_cached("SELECT judged FROM documents WHERE name = ?")?
        .query_row([&run.document], |row| row.get(0))
        .optional()?;
    Ok(judged.flatten().is_some_and(|judged| judged > run.planned))
}
