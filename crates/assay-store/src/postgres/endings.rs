//! Runs come to their end, and everything they concluded is written with them.

use std::collections::BTreeSet;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Decided, Incident};
use assay_core::ops::runs::{Ended, Ending, Finished, Run, RunState};
use assay_core::verdict::Outcome;

use super::counters::Tally;
use super::error::Problem;
use super::executions::columns;
use super::pool::Tx;
use super::values::{Text, maybe};
use super::{executions, incidents, locks, planning, records};
use crate::text;

const HOUR: Millis = 3_600_000;

/// The first statement of every ending: whoever else takes the run over waits for it, or was faster and it changes
/// nothing.
const END: &str = concat!(
    "UPDATE executions SET state = $4, reason_code = $5, reason_text = $6, lease_until = NULL,
         ended_at = coalesce($7, ended_at), outcome = coalesce($8, outcome), result = coalesce($9, result)
     WHERE id = $1 AND attempt = $2 AND holder = $3 AND state = 'running' RETURNING ",
    columns!()
);

const ROLL_UP: &str = "
    INSERT INTO execution_hours (hour, document, outcome, runs) VALUES ($1, $2, $3, 1)
    ON CONFLICT (hour, document, outcome) DO UPDATE SET runs = execution_hours.runs + 1";

/// Writes a run that ended with all that it concluded.
pub(super) fn finish(
    tx: &mut Tx<'_>,
    finished: &Finished,
    decide: &mut dyn FnMut(&[Incident]) -> Decided,
) -> Result<Ending, Problem> {
    if !matches!(finished.state, RunState::Finished | RunState::Cancelled | RunState::Skipped) {
        return Err(executions::unfit(&finished.run, &format!("a run does not end as {}", finished.state.name())));
    }
    let reason = finished.reason.as_ref();
    let ended = executions::all(
        tx,
        END,
        &[
            &Text(&finished.run),
            &i64::from(finished.attempt),
            &Text(&finished.holder),
            &finished.state.name(),
            &maybe(reason.map(|reason| &reason.code)),
            &maybe(reason.map(|reason| &reason.text)),
            &Some(finished.ended_at),
            &Some(text::outcome(finished.outcome)),
            &Some(Text(&finished.result)),
        ],
    )?;
    let [run] = &ended[..] else { return Ok(Ending::TakenOver) };
    let mut documents: BTreeSet<&str> = finished.downstream.iter().map(|entry| entry.run.document.as_str()).collect();
    documents.insert(&run.document);
    documents.extend(super::documents_of(&finished.commit));
    locks::documents(tx, &documents)?;

    let mut tally = Tally::default();
    count(tx, run, &mut tally)?;
    records::write(tx, finished)?;
    super::write_commit(tx, &finished.commit)?;
    let decided = match is_history(tx, run)? {
        true => Decided::default(),
        false => decide(&incidents::to_judge(tx, &run.document)?),
    };
    if run.state == RunState::Finished {
        let judged = "UPDATE documents SET judged = greatest(judged, $2) WHERE name = $1";
        tx.run(judged, &[&Text(&run.document), &run.planned])?;
    }
    planning::add(tx, &finished.downstream, &mut tally)?;
    let (incidents, events) = incidents::write(tx, &run.document, decided)?;
    tally.write(tx)?;
    Ok(Ending::Written { incidents, events })
}

/// Ends a run that concluded nothing, or hands it back.
pub(super) fn end(tx: &mut Tx<'_>, ended: &Ended) -> Result<bool, Problem> {
    let (at, outcome) = match ended.state {
        RunState::Interrupted => (None, None),
        RunState::Skipped => (Some(ended.at), None),
        RunState::Finished | RunState::Cancelled => (Some(ended.at), Some(text::outcome(Outcome::Error))),
        state => return Err(executions::unfit(&ended.run, &format!("a run does not end as {}", state.name()))),
    };
    let rows = executions::all(
        tx,
        END,
        &[
            &Text(&ended.run),
            &i64::from(ended.attempt),
            &Text(&ended.holder),
            &ended.state.name(),
            &Some(Text(&ended.reason.code)),
            &Some(Text(&ended.reason.text)),
            &at,
            &outcome,
            &None::<Text<'_>>,
        ],
    )?;
    let [run] = &rows[..] else { return Ok(false) };
    let mut tally = Tally::default();
    if run.state != RunState::Interrupted {
        count(tx, run, &mut tally)?;
    }
    tally.write(tx)?;
    Ok(true)
}

/// Counts a run that came to its end.
pub(super) fn count(tx: &mut Tx<'_>, run: &Run, tally: &mut Tally) -> Result<(), Problem> {
    tally.ended(run);
    let Some(outcome) = run.outcome else { return Ok(()) };
    let hour = run.planned.div_euclid(HOUR) * HOUR;
    tx.run(ROLL_UP, &[&hour, &Text(&run.document), &text::outcome(outcome)])?;
    Ok(())
}

/// Whether a run that was planned later was judged before: then this one changes no incident.
fn is_history(tx: &mut Tx<'_>, run: &Run) -> Result<bool, Problem> {
    let later = "SELECT 1 FROM documents WHERE name = $1 AND judged > $2";
    Ok(tx.row(later, &[&Text(&run.document), &run.planned])?.is_some())
}
