//! Planned runs as rows, and looking for them.

use std::collections::HashMap;

use ::postgres::Row;
use ::postgres::types::ToSql;
use assay_core::ops::Millis;
use assay_core::ops::runs::{Kind, Run, RunFilter, RunState, Trigger};
use assay_core::verdict::Reason;

use super::counters::Tally;
use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text, maybe, texts};
use crate::error::Trouble;
use crate::text;

/// The columns of a run, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "executions.id, executions.document, kind, triggered_by, executions.planned, not_before, priority, source, \
         state, reason_code, reason_text, attempt, holder, lease_until, queued_at, started_at, ended_at, outcome, \
         result, related, requested_by"
    };
}
pub(super) use columns;

const INSERT: &str = "
    INSERT INTO executions (id, document, kind, triggered_by, planned, not_before, priority, source, state, reason_code,
        reason_text, attempt, holder, lease_until, queued_at, started_at, ended_at, outcome, result, related,
        requested_by)
    SELECT * FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[], $7::INTEGER[],
        $8::TEXT[], $9::TEXT[], $10::TEXT[], $11::TEXT[], $12::BIGINT[], $13::TEXT[], $14::BIGINT[], $15::BIGINT[],
        $16::BIGINT[], $17::BIGINT[], $18::TEXT[], $19::TEXT[], $20::TEXT[], $21::TEXT[])";

const UPDATE: &str = "
    UPDATE executions SET state = $1, reason_code = $2, reason_text = $3, lease_until = $4, ended_at = $5, outcome = $6,
        result = $7
    WHERE id = $8";

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM executions WHERE id = $1");

const AT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM unnest($1::TEXT[], $2::BIGINT[]) AS given (name, instant)
     JOIN executions ON executions.document = given.name AND executions.planned = given.instant"
);

const OPEN: &str = concat!(
    "SELECT DISTINCT ON (executions.document) ",
    columns!(),
    " FROM executions WHERE executions.document = ANY ($1) AND state IN ('queued', 'running', 'interrupted')
     ORDER BY executions.document, executions.planned DESC"
);

const HURRY: &str = concat!(
    "UPDATE executions SET priority = greatest(priority, $2), not_before = least(not_before, $3)
     WHERE id = (
         SELECT id FROM executions WHERE document = $1 AND state IN ('queued', 'interrupted')
         ORDER BY planned DESC LIMIT 1
     ) AND state IN ('queued', 'interrupted') RETURNING ",
    columns!()
);

const CANCEL: &str = concat!(
    "UPDATE executions SET state = 'cancelled', reason_code = $2, reason_text = $3, ended_at = $4, outcome = 'error'
     WHERE id = $1 AND state IN ('queued', 'interrupted') RETURNING ",
    columns!()
);

/// What was planned by a clock that was ahead is not the newest; a minute is what clocks of machines may differ by.
const NEWEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM documents CROSS JOIN LATERAL (
         SELECT * FROM executions WHERE document = documents.name AND state IN ('finished', 'cancelled')
             AND planned <= clock_millis() + 60000
         ORDER BY planned DESC LIMIT 1
     ) AS executions ORDER BY documents.name"
);

const LAST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM unnest($1::TEXT[]) WITH ORDINALITY AS given (name, place) CROSS JOIN LATERAL (
         SELECT * FROM executions WHERE document = given.name ORDER BY planned DESC LIMIT $2
     ) AS executions ORDER BY given.place, executions.planned DESC"
);

/// Writes new runs.
pub(super) fn insert(tx: &mut Tx<'_>, runs: &[Run]) -> Result<(), Problem> {
    if runs.is_empty() {
        return Ok(());
    }
    let ids = texts(runs.iter().map(|run| run.id.as_str()));
    if let Some(row) = tx.row("SELECT id FROM executions WHERE id = ANY ($1) LIMIT 1", &[&ids])? {
        let id = Cells::of(&row, "the run").text()?;
        return Err(unfit(&id, "another run of another document or instant has its id"));
    }
    let of = |get: fn(&Run) -> Option<&String>| runs.iter().map(|run| maybe(get(run))).collect::<Vec<_>>();
    let number = |get: fn(&Run) -> Millis| runs.iter().map(get).collect::<Vec<_>>();
    let instant = |get: fn(&Run) -> Option<Millis>| runs.iter().map(get).collect::<Vec<_>>();
    let word = |get: fn(&Run) -> &'static str| runs.iter().map(get).collect::<Vec<_>>();
    tx.run(
        INSERT,
        &[
            &ids,
            &of(|run| Some(&run.document)),
            &word(|run| run.kind.name()),
            &word(|run| run.trigger.name()),
            &number(|run| run.planned),
            &number(|run| run.not_before),
            &runs.iter().map(|run| run.priority).collect::<Vec<_>>(),
            &of(|run| run.source.as_ref()),
            &word(|run| run.state.name()),
            &of(|run| run.reason.as_ref().map(|reason| &reason.code)),
            &of(|run| run.reason.as_ref().map(|reason| &reason.text)),
            &number(|run| run.attempt.into()),
            &of(|run| run.holder.as_ref()),
            &instant(|run| run.lease_until),
            &number(|run| run.queued_at),
            &instant(|run| run.started_at),
            &instant(|run| run.ended_at),
            &runs.iter().map(|run| run.outcome.map(text::outcome)).collect::<Vec<_>>(),
            &of(|run| run.result.as_ref()),
            &of(|run| run.related.as_ref()),
            &of(|run| run.requested_by.as_ref()),
        ],
    )?;
    Ok(())
}

/// Writes how a run stands that is no longer executed.
pub(super) fn update(tx: &mut Tx<'_>, run: &Run) -> Result<(), Problem> {
    tx.run(
        UPDATE,
        &[
            &run.state.name(),
            &maybe(run.reason.as_ref().map(|reason| &reason.code)),
            &maybe(run.reason.as_ref().map(|reason| &reason.text)),
            &run.lease_until,
            &run.ended_at,
            &run.outcome.map(text::outcome),
            &maybe(run.result.as_ref()),
            &Text(&run.id),
        ],
    )?;
    Ok(())
}

/// Forgets runs.
pub(super) fn remove(tx: &mut Tx<'_>, ids: &[String]) -> Result<(), Problem> {
    if !ids.is_empty() {
        tx.run("DELETE FROM executions WHERE id = ANY ($1)", &[&texts(ids.iter().map(String::as_str))])?;
    }
    Ok(())
}

/// The run with an id.
pub(super) fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Run>, Problem> {
    tx.row(BY_ID, &[&Text(id)])?.map(|row| read(&row)).transpose()
}

/// The runs that are there of these documents at these instants.
pub(super) fn at(tx: &mut Tx<'_>, given: &[(&str, Millis)]) -> Result<HashMap<(String, Millis), Run>, Problem> {
    let documents = texts(given.iter().map(|(document, _)| *document));
    let instants: Vec<Millis> = given.iter().map(|(_, planned)| *planned).collect();
    let runs = all(tx, AT, &[&documents, &instants])?;
    Ok(runs.into_iter().map(|run| ((run.document.clone(), run.planned), run)).collect())
}

/// Of each of these documents the newest run that is still to come to its end.
pub(super) fn open<'a>(
    tx: &mut Tx<'_>,
    documents: impl IntoIterator<Item = &'a str>,
) -> Result<HashMap<String, Run>, Problem> {
    let runs = all(tx, OPEN, &[&texts(documents)])?;
    Ok(runs.into_iter().map(|run| (run.document.clone(), run)).collect())
}

/// The run that waits of a document for which somebody asks: it is now at least as important, and as early.
pub(super) fn hurry(tx: &mut Tx<'_>, asked: &Run) -> Result<Option<Run>, Problem> {
    let hurried = all(tx, HURRY, &[&Text(&asked.document), &asked.priority, &asked.not_before])?;
    Ok(hurried.into_iter().next())
}

/// Ends a run that waits. False: it does not wait.
pub(super) fn cancel(tx: &mut Tx<'_>, id: &str, reason: &Reason, at: Millis) -> Result<bool, Problem> {
    let cancelled = all(tx, CANCEL, &[&Text(id), &Text(&reason.code), &Text(&reason.text), &at])?;
    let [run] = &cancelled[..] else { return Ok(false) };
    let mut tally = Tally::default();
    super::endings::count(tx, run, &mut tally)?;
    tally.write(tx)?;
    Ok(true)
}

/// The newest run of every document that came to an outcome, by document.
pub(super) fn newest(tx: &mut Tx<'_>) -> Result<Vec<Run>, Problem> {
    all(tx, NEWEST, &[])
}

/// The last runs of each of these documents.
pub(super) fn last(tx: &mut Tx<'_>, documents: &[String], most_each: usize) -> Result<Vec<Run>, Problem> {
    all(tx, LAST, &[&texts(documents.iter().map(String::as_str)), &most(most_each)])
}

/// Runs, newest planned first.
pub(super) fn found(tx: &mut Tx<'_>, filter: &RunFilter) -> Result<Vec<Run>, Problem> {
    let document = maybe(filter.document.as_ref());
    let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
    let outcomes: Vec<&str> = filter.outcomes.iter().map(|outcome| text::outcome(*outcome)).collect();
    let most = most(filter.most);
    // Only what is asked for is said, so that each kind of question gets a plan of its own.
    let mut search = Search::of(concat!("SELECT ", columns!(), " FROM executions WHERE TRUE"));
    if document.is_some() {
        search.and("executions.document =", &document);
    }
    if filter.before.is_some() {
        search.and("executions.planned <", &filter.before);
    }
    // Said again as the indexes of few among many runs have it.
    let only = |states: &[RunState]| !filter.states.is_empty() && filter.states.iter().all(|one| states.contains(one));
    if only(&[RunState::Queued, RunState::Running, RunState::Interrupted]) {
        search.sql.push_str(" AND state IN ('queued', 'running', 'interrupted')");
    }
    if !states.is_empty() {
        search.and_any("state", &states);
    }
    if !outcomes.is_empty() {
        search.and_any("outcome", &outcomes);
    }
    search.end(" ORDER BY executions.planned DESC, executions.id DESC LIMIT", &most);
    all(tx, &search.sql, &search.parameters)
}

/// A statement with as many conditions as are asked for.
pub(super) struct Search<'a> {
    pub(super) sql: String,
    pub(super) parameters: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Search<'a> {
    pub(super) fn of(sql: &str) -> Self {
        Search { sql: sql.into(), parameters: Vec::new() }
    }

    /// Adds a condition that ends with a value.
    pub(super) fn and(&mut self, condition: &str, value: &'a (dyn ToSql + Sync)) {
        self.end(&format!(" AND {condition}"), value);
    }

    /// Adds that a column has one of some values.
    pub(super) fn and_any(&mut self, column: &str, values: &'a (dyn ToSql + Sync)) {
        self.end(&format!(" AND {column} = ANY ("), values);
        self.sql.push(')');
    }

    /// Adds text that ends with a value.
    pub(super) fn end(&mut self, text: &str, value: &'a (dyn ToSql + Sync)) {
        self.parameters.push(value);
        self.sql.push_str(&format!("{text} ${}", self.parameters.len()));
    }
}

/// How many rows at most, as the database takes it.
pub(super) fn most(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// The runs of a statement.
pub(super) fn all(tx: &mut Tx<'_>, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Run>, Problem> {
    tx.rows(sql, parameters)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Run, Problem> {
    Ok(read_with(row)?.0)
}

/// A run, and the cells behind it.
pub(super) fn read_with(row: &Row) -> Result<(Run, Cells<'_>), Problem> {
    let mut cells = Cells::of(row, "the run");
    let run = Run {
        id: cells.text()?,
        document: cells.text()?,
        kind: cells.word(Kind::named)?,
        trigger: cells.word(Trigger::named)?,
        planned: cells.get()?,
        not_before: cells.get()?,
        priority: cells.get()?,
        source: cells.maybe_text()?,
        state: cells.word(RunState::named)?,
        reason: cells.maybe_text()?.zip(cells.maybe_text()?).map(|(code, text)| Reason { code, text }),
        attempt: cells.small()?,
        holder: cells.maybe_text()?,
        lease_until: cells.get()?,
        queued_at: cells.get()?,
        started_at: cells.get()?,
        ended_at: cells.get()?,
        outcome: cells.maybe_outcome()?,
        result: cells.maybe_text()?,
        related: cells.maybe_text()?,
        requested_by: cells.maybe_text()?,
    };
    Ok((run, cells))
}

/// Refuses a run.
pub(super) fn unfit(id: &str, why: &str) -> Problem {
    Trouble::Unfit { what: format!("the run {id}"), why: why.into() }.into()
}
