//! Planned runs as rows, and looking for them.

use assay_core::ops::runs::{Kind, Run, RunFilter, RunState, Trigger};
use assay_core::ops::{LONGEST_LEASE, Millis};
use assay_core::verdict::{Outcome, Reason};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, Transaction, params, params_from_iter};

use crate::error::Trouble;
use crate::text;

/// The columns of a run, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "executions.id, executions.document, kind, triggered_by, planned, not_before, priority, source, state, \
         reason_code, reason_text, attempt, holder, lease_until, queued_at, started_at, ended_at, outcome, result, \
         related, requested_by"
    };
}

const INSERT: &str = "
    INSERT INTO executions (id, document, kind, triggered_by, planned, not_before, priority, source, state,
        reason_code, reason_text, attempt, holder, lease_until, queued_at, started_at, ended_at, outcome, result, related,
        requested_by)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING";

const UPDATE: &str = "
    UPDATE executions SET state = ?, reason_code = ?, reason_text = ?, attempt = ?, holder = ?, lease_until = ?,
        started_at = ?, ended_at = ?, outcome = ?, result = ?
    WHERE id = ?";

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM executions WHERE id = ?");

const BY_INSTANT: &str = concat!("SELECT ", columns!(), " FROM executions WHERE document = ? AND planned = ?");

const OPEN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM executions WHERE document = ? AND state IN ('queued', 'running', 'interrupted') \
     ORDER BY planned DESC LIMIT 1"
);

const HELD: &str =
    concat!("SELECT ", columns!(), " FROM executions WHERE state = 'running' AND holder = ? ORDER BY id");

const EXPIRED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM executions WHERE state = 'running' AND (lease_until <= ? OR lease_until > ?) ORDER BY id"
);

const LAST: &str =
    concat!("SELECT ", columns!(), " FROM executions WHERE document = ? ORDER BY planned DESC, number DESC LIMIT ?");

const NEWEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM documents JOIN executions ON executions.document = documents.name AND planned = newest \
     WHERE state IN ('finished', 'cancelled') ORDER BY documents.name"
);

/// Writes a new run.
pub(super) fn insert(transaction: &Transaction<'_>, run: &Run) -> Result<(), Trouble> {
    let (code, text) = reason(run);
    let written = transaction.prepare_cached(INSERT)?.execute(params![
        run.id,
        run.document,
        run.kind.name(),
        run.trigger.name(),
        run.planned,
        run.not_before,
        run.priority,
        run.source,
        run.state.name(),
        code,
        text,
        run.attempt,
        run.holder,
        run.lease_until,
        run.queued_at,
        run.started_at,
        run.ended_at,
        run.outcome.map(text::outcome),
        run.result,
        run.related,
        run.requested_by,
    ])?;
    if written == 0 { Err(unfit(&run.id, "another run of another document or instant has its id")) } else { Ok(()) }
}

/// Writes how a run stands now.
pub(super) fn update(transaction: &Transaction<'_>, run: &Run) -> Result<(), Trouble> {
    let (code, text) = reason(run);
    transaction.prepare_cached(UPDATE)?.execute(params![
        run.state.name(),
        code,
        text,
        run.attempt,
        run.holder,
        run.lease_until,
        run.started_at,
        run.ended_at,
        run.outcome.map(text::outcome),
        run.result,
        run.id,
    ])?;
    Ok(())
}

fn reason(run: &Run) -> (Option<&str>, Option<&str>) {
    run.reason.as_ref().map(|reason| (reason.code.as_str(), reason.text.as_str())).unzip()
}

/// The run with an id.
pub(super) fn by_id(transaction: &Transaction<'_>, id: &str) -> Result<Option<Run>, Trouble> {
    one(transaction, BY_ID, params![id])
}

/// The run of a document at an instant.
pub(super) fn at(transaction: &Transaction<'_>, document: &str, planned: Millis) -> Result<Option<Run>, Trouble> {
    one(transaction, BY_INSTANT, params![document, planned])
}

/// The newest run of a document that is still to come to its end.
pub(super) fn open(transaction: &Transaction<'_>, document: &str) -> Result<Option<Run>, Trouble> {
    one(transaction, OPEN, params![document])
}

/// The run that waits of a document for which somebody asks: it is now at least as important, and as early.
pub(super) fn hurry(transaction: &Transaction<'_>, asked: &Run) -> Result<Option<Run>, Trouble> {
    let waits = "document = ?1 AND state IN ('queued', 'interrupted')";
    let newest = format!("SELECT id FROM executions WHERE {waits} ORDER BY planned DESC LIMIT 1");
    let found: Option<String> =
        transaction.prepare_cached(&newest)?.query_row([&asked.document], |row| row.get(0)).optional()?;
    let Some(id) = found else { return Ok(None) };
    transaction
        .prepare_cached(
            "UPDATE executions SET priority = max(priority, ?), not_before = min(not_before, ?) WHERE id = ?",
        )?
        .execute(params![asked.priority, asked.not_before, id])?;
    by_id(transaction, &id)
}

/// Ends a run that waits. False: it does not wait.
pub(super) fn cancel(transaction: &Transaction<'_>, id: &str, reason: &Reason, at: Millis) -> Result<bool, Trouble> {
    let waits = |run: &Run| matches!(run.state, RunState::Queued | RunState::Interrupted);
    let Some(run) = by_id(transaction, id)?.filter(waits) else { return Ok(false) };
    let mut run = Run {
        state: RunState::Cancelled,
        reason: Some(reason.clone()),
        outcome: Some(Outcome::Error),
        ended_at: Some(at),
        ..run
    };
    super::endings::close(transaction, &mut run)?;
    Ok(true)
}

/// What a holder executes.
pub(super) fn held(transaction: &Transaction<'_>, holder: &str) -> Result<Vec<Run>, Trouble> {
    all(transaction, HELD, params![holder])
}

/// Running ones whose lease ran out, or was taken by a clock that was ahead.
pub(super) fn expired(transaction: &Transaction<'_>, now: Millis) -> Result<Vec<Run>, Trouble> {
    all(transaction, EXPIRED, params![now, now.saturating_add(LONGEST_LEASE)])
}

/// Forgets a run.
pub(super) fn remove(transaction: &Transaction<'_>, id: &str) -> Result<(), Trouble> {
    transaction.prepare_cached("DELETE FROM executions WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// The newest finished run of every document, by document.
pub(super) fn newest(transaction: &Transaction<'_>) -> Result<Vec<Run>, Trouble> {
    all(transaction, NEWEST, [])
}

/// The last runs of each of these documents.
pub(super) fn last(transaction: &Transaction<'_>, documents: &[String], most: usize) -> Result<Vec<Run>, Trouble> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut runs = Vec::new();
    for document in documents {
        runs.extend(all(transaction, LAST, params![document, most])?);
    }
    Ok(runs)
}

/// Runs, newest planned first.
pub(super) fn found(transaction: &Transaction<'_>, filter: &RunFilter) -> Result<Vec<Run>, Trouble> {
    let mut sql = concat!("SELECT ", columns!(), " FROM executions WHERE true").to_owned();
    let mut values: Vec<Value> = Vec::new();
    if let Some(document) = &filter.document {
        sql.push_str(" AND document = ?");
        values.push(document.clone().into());
    }
    if let Some(before) = filter.before {
        sql.push_str(" AND planned < ?");
        values.push(before.into());
    }
    // Said again as the indexes of few among many runs have it.
    let only =
        |states: &[RunState]| !filter.states.is_empty() && filter.states.iter().all(|state| states.contains(state));
    if only(&[RunState::Queued, RunState::Running, RunState::Interrupted]) {
        sql.push_str(" AND state IN ('queued', 'running', 'interrupted')");
    }
    if only(&[RunState::Skipped, RunState::Missed]) {
        sql.push_str(" AND state IN ('skipped', 'missed')");
    }
    any_of(&mut sql, &mut values, "state", filter.states.iter().map(|state| state.name()));
    any_of(&mut sql, &mut values, "outcome", filter.outcomes.iter().map(|outcome| text::outcome(*outcome)));
    sql.push_str(" ORDER BY planned DESC, number DESC LIMIT ?");
    values.push(i64::try_from(filter.most).unwrap_or(i64::MAX).into());
    all(transaction, &sql, params_from_iter(values))
}

/// Adds that a column has one of some words; no words: whatever it has.
pub(super) fn any_of(
    sql: &mut String,
    values: &mut Vec<Value>,
    column: &str,
    words: impl Iterator<Item = &'static str>,
) {
    let words: Vec<Value> = words.map(|word| Value::from(word.to_owned())).collect();
    if words.is_empty() {
        return;
    }
    sql.push_str(&format!(" AND {column} IN ({})", vec!["?"; words.len()].join(", ")));
    values.extend(words);
}

fn one(transaction: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> Result<Option<Run>, Trouble> {
    Ok(all(transaction, sql, values)?.pop())
}

fn all(transaction: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Run>, Trouble> {
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(read(row)?);
    }
    Ok(runs)
}

fn read(row: &Row<'_>) -> Result<Run, Trouble> {
    let id: String = row.get(0)?;
    let damaged = |word: &str, what| Trouble::Damaged { place: place(&id), why: format!("`{word}` is no {what}") };
    let [kind, trigger, state]: [String; 3] = [row.get(2)?, row.get(3)?, row.get(8)?];
    let (code, reason_text): (Option<String>, Option<String>) = (row.get(9)?, row.get(10)?);
    let outcome: Option<String> = row.get(17)?;
    Ok(Run {
        document: row.get(1)?,
        kind: Kind::named(&kind).ok_or_else(|| damaged(&kind, "kind of document"))?,
        trigger: Trigger::named(&trigger).ok_or_else(|| damaged(&trigger, "trigger"))?,
        planned: row.get(4)?,
        not_before: row.get(5)?,
        priority: row.get(6)?,
        source: row.get(7)?,
        state: RunState::named(&state).ok_or_else(|| damaged(&state, "state of a run"))?,
        reason: code.zip(reason_text).map(|(code, text)| Reason { code, text }),
        attempt: row.get(11)?,
        holder: row.get(12)?,
        lease_until: row.get(13)?,
        queued_at: row.get(14)?,
        started_at: row.get(15)?,
        ended_at: row.get(16)?,
        outcome: outcome.map(|word| super::windows::outcome(&word, || place(&id))).transpose()?,
        result: row.get(18)?,
        related: row.get(19)?,
        requested_by: row.get(20)?,
        id,
    })
}

fn place(id: &str) -> String {
    format!("the run {id}")
}

/// Refuses a run.
pub(super) fn unfit(id: &str, why: &str) -> Trouble {
    Trouble::Unfit { what: place(id), why: why.into() }
}
