//! Incidents: what is found, changed and resolved. How they stand in the table is in [`rows`].

mod rows;

use std::collections::{BTreeSet, HashMap, HashSet};

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, Change, Decided, EventKind, Incident, IncidentFilter, IncidentState};

use super::error::Problem;
use super::executions::{Search, most};
use super::locks;
use super::pool::Tx;
use super::values::{Text, maybe};
use crate::error::Trouble;
use rows::{all, columns, key_hash, read_event};

const BY_NUMBER: &str = concat!("SELECT ", columns!(), " FROM incidents WHERE number = $1 FOR UPDATE");

const UNRESOLVED: &str =
    concat!("SELECT ", columns!(), " FROM incidents WHERE state <> 'resolved' ORDER BY number FOR UPDATE");

const TO_JUDGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM incidents WHERE number IN (
        SELECT number FROM incidents WHERE document = $1 AND state <> 'resolved'
        UNION ALL
        SELECT max(number) FROM incidents WHERE document = $1 AND state = 'resolved' GROUP BY key_hash
    ) ORDER BY number FOR UPDATE"
);

const EVENTS: &str = "
    SELECT number, incident, kind, at, severity, message, run FROM alert_events
    WHERE number > $1 ORDER BY number LIMIT $2";

const EVENTS_OF: &str = "
    SELECT number, incident, kind, at, severity, message, run FROM alert_events
    WHERE incident = $1 ORDER BY number DESC LIMIT $2";

/// What a run of a document is judged with: what is not resolved, and of each key what was resolved last.
pub(super) fn to_judge(tx: &mut Tx<'_>, document: &str) -> Result<Vec<Incident>, Problem> {
    all(tx, TO_JUDGE, &[&Text(document)])
}

/// Changes a document's incidents without a run; gives how many events there were.
pub(super) fn judge(
    tx: &mut Tx<'_>,
    document: &str,
    decide: &mut dyn FnMut(&[Incident]) -> Decided,
) -> Result<u64, Problem> {
    locks::documents(tx, &BTreeSet::from([document]))?;
    let decided = decide(&to_judge(tx, document)?);
    Ok(write(tx, document, decided)?.1.len() as u64)
}

/// Writes what was decided of a document; gives incidents and events with their numbers.
pub(super) fn write(
    tx: &mut Tx<'_>,
    document: &str,
    decided: Decided,
) -> Result<(Vec<Incident>, Vec<AlertEvent>), Problem> {
    if let Some((other, _)) = decided.changes.iter().find(|(incident, _)| incident.key.document != document) {
        return Err(unfit(other, &format!("a run of {document} does not decide of {}", other.key.document)));
    }
    put(tx, decided.changes)
}

/// Changes an incident as somebody wishes; `None`: there is no such number.
pub(super) fn change(
    tx: &mut Tx<'_>,
    number: u64,
    change: &mut dyn FnMut(&Incident) -> Option<Change>,
) -> Result<Option<Incident>, Problem> {
    let Some(incident) = by_number(tx, number)? else { return Ok(None) };
    let Some((changed, events)) = change(&incident) else { return Ok(Some(incident)) };
    if changed.number != number {
        return Err(unfit(&incident, &format!("a change of it is of the incident {}", changed.number)));
    }
    Ok(put(tx, vec![(changed, events)])?.0.pop())
}

/// Resolves what is of documents and checks that are gone.
pub(super) fn retire(tx: &mut Tx<'_>, known: &[(String, Vec<String>)], now: Millis) -> Result<u64, Problem> {
    let known: HashMap<&str, HashSet<&str>> = known
        .iter()
        .map(|(document, checks)| (document.as_str(), checks.iter().map(String::as_str).collect()))
        .collect();
    let mut changes = Vec::new();
    for incident in all(tx, UNRESOLVED, &[])? {
        let checks = known.get(incident.key.document.as_str());
        if checks.is_some_and(|checks| checks.contains(incident.key.check.as_str())) {
            continue;
        }
        let message = if checks.is_some() { "the check is no longer there" } else { "the document is no longer there" };
        changes.push(removed(incident, message, now));
    }
    Ok(put(tx, changes)?.0.len() as u64)
}

/// An incident resolved because what it is about is gone.
fn removed(mut incident: Incident, message: &str, now: Millis) -> Change {
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
    (incident, events)
}

/// Incidents, newest number first.
pub(super) fn found(tx: &mut Tx<'_>, filter: &IncidentFilter) -> Result<Vec<Incident>, Problem> {
    let document = maybe(filter.document.as_ref());
    let number = filter.number.map(|number| i64::try_from(number).unwrap_or(0));
    let numbers: Vec<i64> = filter.numbers.iter().filter_map(|number| i64::try_from(*number).ok()).collect();
    let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
    let most = most(filter.most);
    let mut search = Search::of(concat!("SELECT ", columns!(), " FROM incidents WHERE TRUE"));
    if document.is_some() {
        search.and("document =", &document);
    }
    if number.is_some() {
        search.and("number =", &number);
    }
    if !filter.numbers.is_empty() {
        search.and_any("number", &numbers);
    }
    // Said again as the index of the few that are not resolved has it.
    if !states.is_empty() && !filter.states.contains(&IncidentState::Resolved) {
        search.sql.push_str(" AND state <> 'resolved'");
    }
    if !states.is_empty() {
        search.and_any("state", &states);
    }
    search.end(" ORDER BY number DESC LIMIT", &most);
    all(tx, &search.sql, &search.parameters)
}

/// Events after a number, in order.
pub(super) fn events(tx: &mut Tx<'_>, after: u64, most: usize) -> Result<Vec<AlertEvent>, Problem> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = tx.rows(EVENTS, &[&after, &super::executions::most(most)])?;
    rows.iter().map(read_event).collect()
}

/// The last events of one incident, in order.
pub(super) fn events_of(tx: &mut Tx<'_>, incident: u64, most: usize) -> Result<Vec<AlertEvent>, Problem> {
    let incident = i64::try_from(incident).unwrap_or(i64::MAX);
    let rows = tx.rows(EVENTS_OF, &[&incident, &super::executions::most(most)])?;
    rows.iter().rev().map(read_event).collect()
}

fn by_number(tx: &mut Tx<'_>, number: u64) -> Result<Option<Incident>, Problem> {
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    Ok(all(tx, BY_NUMBER, &[&number])?.pop())
}

/// Writes incidents and their events, each with its number: first all incidents, then all events, because whoever takes
/// a number keeps others from taking one until the transaction ends.
fn put(tx: &mut Tx<'_>, changes: Vec<Change>) -> Result<(Vec<Incident>, Vec<AlertEvent>), Problem> {
    let (mut incidents, mut events) = (Vec::with_capacity(changes.len()), Vec::new());
    let new = changes.iter().filter(|(incident, _)| incident.number == 0).count();
    let mut next = if new > 0 { locks::numbers(tx, "incident", new)? } else { 0 };
    for (mut incident, of_it) in changes {
        fits(tx, &incident, &of_it)?;
        if incident.number == 0 {
            incident.number = next.unsigned_abs();
            next += 1;
            rows::insert(tx, &incident)?;
        } else {
            rows::update(tx, &incident)?;
        }
        events.extend(of_it.into_iter().map(|event| AlertEvent { incident: incident.number, ..event }));
        incidents.push(incident);
    }
    if !events.is_empty() {
        let first = locks::numbers(tx, "event", events.len())?;
        for (event, number) in events.iter_mut().zip(first..) {
            event.number = number.unsigned_abs();
        }
        rows::insert_events(tx, &events)?;
    }
    Ok((incidents, events))
}

/// Refuses what would not be an incident of this store.
fn fits(tx: &mut Tx<'_>, incident: &Incident, events: &[AlertEvent]) -> Result<(), Problem> {
    // One that is bad again still has the instant at which it was resolved before.
    if incident.state == IncidentState::Resolved && incident.resolved_at.is_none() {
        return Err(unfit(incident, "it is resolved without an instant"));
    }
    if events.iter().any(|event| ![0, incident.number].contains(&event.incident)) {
        return Err(unfit(incident, "an event handed over with it is of another incident"));
    }
    if incident.number > 0 && by_number(tx, incident.number)?.is_none_or(|known| known.key != incident.key) {
        return Err(unfit(incident, "there is none of this number and key"));
    }
    if incident.state == IncidentState::Resolved {
        return Ok(());
    }
    let number = i64::try_from(incident.number).unwrap_or_default();
    let other = "SELECT 1 FROM incidents WHERE key_hash = $1 AND number <> $2 AND state <> 'resolved'";
    match tx.row(other, &[&&key_hash(&incident.key)[..], &number])? {
        Some(_) => Err(unfit(incident, "another one of the same check is not resolved")),
        None => Ok(()),
    }
}

fn unfit(incident: &Incident, why: &str) -> Problem {
    let what = match incident.number {
        0 => format!("a new incident of {} {}", incident.key.document, incident.key.check),
        number => format!("the incident {number}"),
    };
    Trouble::Unfit { what, why: why.into() }.into()
}
