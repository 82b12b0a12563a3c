//! Incidents and what happened to them.

use std::collections::{HashMap, HashSet};

use assay_core::ops::Millis;
use assay_core::ops::incidents::{
    AlertEvent, Change, Decided, EventKind, Incident, IncidentFilter, IncidentKey, IncidentKind, IncidentState,
};
use rusqlite::types::Value;
use rusqlite::{Row, Transaction, params, params_from_iter};

use super::executions::any_of;
use super::windows::outcome;
use crate::error::Trouble;
use crate::{limits, text};

/// The columns of an incident, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "number, document, check_id, column_name, segment, kind, state, severity, layer, owner, tags, message, bad, \
         good, since, opened_at, changed_at, resolved_at, resolved_why, reopened, planned, run, acknowledged_by, note"
    };
}

/// A number that is null is given by the store.
const WRITE: &str = concat!(
    "INSERT INTO incidents (",
    columns!(),
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (number) DO UPDATE SET
        state = excluded.state, severity = excluded.severity, layer = excluded.layer, owner = excluded.owner,
        tags = excluded.tags, message = excluded.message, bad = excluded.bad, good = excluded.good,
        since = excluded.since, opened_at = excluded.opened_at, changed_at = excluded.changed_at,
        resolved_at = excluded.resolved_at, resolved_why = excluded.resolved_why, reopened = excluded.reopened,
        planned = excluded.planned, run = excluded.run, acknowledged_by = excluded.acknowledged_by,
        note = excluded.note
    RETURNING number"
);

const BY_NUMBER: &str = concat!("SELECT ", columns!(), " FROM incidents WHERE number = ?");

const UNRESOLVED: &str = concat!("SELECT ", columns!(), " FROM incidents WHERE state <> 'resolved' ORDER BY number");

const TO_JUDGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM incidents WHERE number IN (
        SELECT number FROM incidents WHERE document = ?1 AND state <> 'resolved'
        UNION ALL
        SELECT max(number) FROM incidents WHERE document = ?1 AND state = 'resolved'
        GROUP BY check_id, column_name, segment, kind
    ) ORDER BY number"
);

const OTHER_OF_KEY: &str = "
    SELECT 1 FROM incidents
    WHERE document = ? AND check_id = ? AND kind = ? AND column_name IS ? AND segment IS ? AND state <> 'resolved'
        AND number <> ?";

const WRITE_EVENT: &str = "
    INSERT INTO alert_events (incident, kind, at, severity, message, run) VALUES (?, ?, ?, ?, ?, ?) RETURNING number";

const EVENTS: &str = "
    SELECT number, incident, kind, at, severity, message, run FROM alert_events WHERE number > ? ORDER BY number LIMIT ?";

const EVENTS_OF: &str = "
    SELECT number, incident, kind, at, severity, message, run FROM alert_events WHERE incident = ?
    ORDER BY number DESC LIMIT ?";

/// What a run of a document is judged with: what is not resolved, and of each key what was resolved last.
pub(super) fn to_judge(transaction: &Transaction<'_>, document: &str) -> Result<Vec<Incident>, Trouble> {
    all(transaction, TO_JUDGE, [document])
}

/// Changes a document's incidents without a run; gives how many events there were.
pub(super) fn judge(
    transaction: &Transaction<'_>,
    document: &str,
    decide: &mut dyn FnMut(&[Incident]) -> Decided,
) -> Result<u64, Trouble> {
    let decided = decide(&to_judge(transaction, document)?);
    Ok(write(transaction, document, decided)?.1.len() as u64)
}

/// Writes what was decided of a document; gives incidents and events with their numbers.
pub(super) fn write(
    transaction: &Transaction<'_>,
    document: &str,
    decided: Decided,
) -> Result<(Vec<Incident>, Vec<AlertEvent>), Trouble> {
    let (mut incidents, mut events) = (Vec::new(), Vec::new());
    for (incident, of_it) in decided.changes {
        if incident.key.document != document {
            let why = format!("a run of {document} does not decide of {}", incident.key.document);
            return Err(unfit(&incident, &why));
        }
        let (incident, of_it) = put(transaction, incident, of_it)?;
        incidents.push(incident);
        events.extend(of_it);
    }
    Ok((incidents, events))
}

/// Changes an incident as somebody wishes; `None`: there is no such number.
pub(super) fn change(
    transaction: &Transaction<'_>,
    number: u64,
    change: &mut dyn FnMut(&Incident) -> Option<Change>,
) -> Result<Option<Incident>, Trouble> {
    let Ok(wanted) = i64::try_from(number) else { return Ok(None) };
    let Some(incident) = all(transaction, BY_NUMBER, [wanted])?.pop() else { return Ok(None) };
    let Some((changed, events)) = change(&incident) else { return Ok(Some(incident)) };
    if changed.number != number {
        return Err(unfit(&incident, &format!("a change of it is of the incident {}", changed.number)));
    }
    Ok(Some(put(transaction, changed, events)?.0))
}

/// Resolves what is of documents and checks that are gone.
pub(super) fn retire(
    transaction: &Transaction<'_>,
    known: &[(String, Vec<String>)],
    now: Millis,
) -> Result<u64, Trouble> {
    let known: HashMap<&str, HashSet<&str>> = known
        .iter()
        .map(|(document, checks)| (document.as_str(), checks.iter().map(String::as_str).collect()))
        .collect();
    let mut retired = 0;
    for mut incident in all(transaction, UNRESOLVED, [])? {
        let checks = known.get(incident.key.document.as_str());
        if checks.is_some_and(|checks| checks.contains(incident.key.check.as_str())) {
            continue;
        }
        let message = if checks.is_some() { "the check is no longer there" } else { "the document is no longer there" };
        let event = AlertEvent {
            number: 0,
            incident: 0,
            kind: EventKind::Resolved,
            at: now,
            severity: incident.severity,
            message: message.into(),
            run: None,
        };
        // Nobody was told of one that was pending.
        let events = if incident.state == IncidentState::Pending { Vec::new() } else { vec![event] };
        incident.state = IncidentState::Resolved;
        incident.changed_at = now;
        incident.resolved_at = Some(now);
        incident.resolved_why = Some("removed".into());
        put(transaction, incident, events)?;
        retired += 1;
    }
    Ok(retired)
}

/// Incidents, newest number first.
pub(super) fn found(transaction: &Transaction<'_>, filter: &IncidentFilter) -> Result<Vec<Incident>, Trouble> {
    let mut sql = concat!("SELECT ", columns!(), " FROM incidents WHERE true").to_owned();
    let mut values: Vec<Value> = Vec::new();
    if let Some(document) = &filter.document {
        sql.push_str(" AND document = ?");
        values.push(document.clone().into());
    }
    if let Some(number) = filter.number {
        sql.push_str(" AND number = ?");
        values.push(i64::try_from(number).unwrap_or(0).into());
    }
    if !filter.numbers.is_empty() {
        sql.push_str(" AND number IN (SELECT value FROM json_each(?))");
        let numbers = filter.numbers.iter().filter_map(|number| i64::try_from(*number).ok());
        values.push(serde_json::to_string(&numbers.collect::<Vec<_>>()).expect("numbers are always JSON").into());
    }
    // Said again as the index of the few that are not resolved has it.
    if !filter.states.is_empty() && !filter.states.contains(&IncidentState::Resolved) {
        sql.push_str(" AND state <> 'resolved'");
    }
    any_of(&mut sql, &mut values, "state", filter.states.iter().map(|state| state.name()));
    sql.push_str(" ORDER BY number DESC LIMIT ?");
    values.push(i64::try_from(filter.most).unwrap_or(i64::MAX).into());
    all(transaction, &sql, params_from_iter(values))
}

/// Writes an incident and its events, each with its number.
fn put(
    transaction: &Transaction<'_>,
    mut incident: Incident,
    mut events: Vec<AlertEvent>,
) -> Result<(Incident, Vec<AlertEvent>), Trouble> {
    fits(transaction, &incident, &events)?;
    incident.number = write_one(transaction, &incident)?;
    for event in &mut events {
        event.incident = incident.number;
        event.number = write_event(transaction, event)?;
    }
    Ok((incident, events))
}

/// Refuses what would not be an incident of this store.
fn fits(transaction: &Transaction<'_>, incident: &Incident, events: &[AlertEvent]) -> Result<(), Trouble> {
    let key = &incident.key;
    let number = limits::count(incident.number, || place(incident.number))?;
    // One that is pending may have been resolved before.
    if incident.state == IncidentState::Resolved && incident.resolved_at.is_none() {
        return Err(unfit(incident, "it is resolved without an instant at which it was"));
    }
    if events.iter().any(|event| ![0, incident.number].contains(&event.incident)) {
        return Err(unfit(incident, "an event handed over with it is of another incident"));
    }
    if number > 0 {
        let known = all(transaction, BY_NUMBER, [number])?.pop();
        if known.is_none_or(|known| known.key != *key) {
            return Err(unfit(incident, "there is none of this number and key"));
        }
    }
    if incident.state == IncidentState::Resolved {
        return Ok(());
    }
    let is_other_open = transaction.prepare_cached(OTHER_OF_KEY)?.exists(params![
        key.document,
        key.check,
        key.kind.name(),
        key.column,
        key.segment,
        number
    ])?;
    if is_other_open { Err(unfit(incident, "another one of the same check is not resolved")) } else { Ok(()) }
}

fn write_one(transaction: &Transaction<'_>, incident: &Incident) -> Result<u64, Trouble> {
    let key = &incident.key;
    let known = limits::count(incident.number, || place(incident.number))?;
    let tags = serde_json::to_string(&incident.tags).expect("texts are always JSON");
    let number: i64 = transaction.prepare_cached(WRITE)?.query_row(
        params![
            (known > 0).then_some(known),
            key.document,
            key.check,
            key.column,
            key.segment,
            key.kind.name(),
            incident.state.name(),
            text::outcome(incident.severity),
            incident.layer,
            incident.owner,
            tags,
            incident.message,
            incident.bad,
            incident.good,
            incident.since,
            incident.opened_at,
            incident.changed_at,
            incident.resolved_at,
            incident.resolved_why,
            incident.reopened,
            incident.planned,
            incident.run,
            incident.acknowledged_by,
            incident.note,
        ],
        |row| row.get(0),
    )?;
    limits::read_count(number, || place(incident.number))
}

fn write_event(transaction: &Transaction<'_>, event: &AlertEvent) -> Result<u64, Trouble> {
    let incident = limits::count(event.incident, || place(event.incident))?;
    let number: i64 = transaction.prepare_cached(WRITE_EVENT)?.query_row(
        params![incident, event.kind.name(), event.at, text::outcome(event.severity), event.message, event.run],
        |row| row.get(0),
    )?;
    limits::read_count(number, || place(event.incident))
}

/// Events after a number, in order.
pub(super) fn events(transaction: &Transaction<'_>, after: u64, most: usize) -> Result<Vec<AlertEvent>, Trouble> {
    all_events(transaction, EVENTS, after, most)
}

/// The last events of one incident, in order.
pub(super) fn events_of(transaction: &Transaction<'_>, incident: u64, most: usize) -> Result<Vec<AlertEvent>, Trouble> {
    let mut events = all_events(transaction, EVENTS_OF, incident, most)?;
    events.reverse();
    Ok(events)
}

fn all_events(transaction: &Transaction<'_>, sql: &str, number: u64, most: usize) -> Result<Vec<AlertEvent>, Trouble> {
    let mut statement = transaction.prepare_cached(sql)?;
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![number, i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event(row)?);
    }
    Ok(events)
}

fn event(row: &Row<'_>) -> Result<AlertEvent, Trouble> {
    let number: i64 = row.get(0)?;
    let place = || format!("the alert event {number}");
    let kind: String = row.get(2)?;
    Ok(AlertEvent {
        number: limits::read_count(number, place)?,
        incident: limits::read_count(row.get(1)?, place)?,
        kind: EventKind::named(&kind)
            .ok_or_else(|| Trouble::Damaged { place: place(), why: format!("`{kind}` is no kind of event") })?,
        at: row.get(3)?,
        severity: outcome(&row.get::<_, String>(4)?, place)?,
        message: row.get(5)?,
        run: row.get(6)?,
    })
}

fn all(transaction: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Incident>, Trouble> {
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut incidents = Vec::new();
    while let Some(row) = rows.next()? {
        incidents.push(read(row)?);
    }
    Ok(incidents)
}

fn read(row: &Row<'_>) -> Result<Incident, Trouble> {
    let number = limits::read_count(row.get(0)?, || "an incident".into())?;
    let damaged = |why: String| Trouble::Damaged { place: place(number), why };
    let [kind, state, severity, tags]: [String; 4] = [row.get(5)?, row.get(6)?, row.get(7)?, row.get(10)?];
    Ok(Incident {
        number,
        key: IncidentKey {
            document: row.get(1)?,
            check: row.get(2)?,
            column: row.get(3)?,
            segment: row.get(4)?,
            kind: IncidentKind::named(&kind).ok_or_else(|| damaged(format!("`{kind}` is no kind of incident")))?,
        },
        state: IncidentState::named(&state).ok_or_else(|| damaged(format!("`{state}` is no state of an incident")))?,
        severity: outcome(&severity, || place(number))?,
        layer: row.get(8)?,
        owner: row.get(9)?,
        tags: serde_json::from_str(&tags).map_err(|_| damaged("its tags are no list of texts".into()))?,
        message: row.get(11)?,
        bad: row.get(12)?,
        good: row.get(13)?,
        since: row.get(14)?,
        opened_at: row.get(15)?,
        changed_at: row.get(16)?,
        resolved_at: row.get(17)?,
        resolved_why: row.get(18)?,
        reopened: row.get(19)?,
        planned: row.get(20)?,
        run: row.get(21)?,
        acknowledged_by: row.get(22)?,
        note: row.get(23)?,
    })
}

fn place(number: u64) -> String {
    format!("the incident {number}")
}

fn unfit(incident: &Incident, why: &str) -> Trouble {
    let what = match incident.number {
        0 => format!("a new incident of {} {}", incident.key.document, incident.key.check),
        number => place(number),
    };
    Trouble::Unfit { what, why: why.into() }
}
