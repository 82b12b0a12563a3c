//! Incidents and events as rows.

use ::postgres::Row;
use ::postgres::types::ToSql;
use assay_core::ops::incidents::{AlertEvent, EventKind, Incident, IncidentKey, IncidentKind, IncidentState};
use sha2::{Digest, Sha256};

use super::super::error::Problem;
use super::super::pool::Tx;
use super::super::values::{Cells, Text, json, maybe};
use crate::{limits, text};

/// The columns of an incident, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "number, document, check_id, column_name, segment, kind, state, severity, layer, owner, tags, message, bad, \
         good, since, opened_at, changed_at, resolved_at, resolved_why, reopened, planned, run, acknowledged_by, note"
    };
}
pub(super) use columns;

const INSERT: &str = concat!(
    "INSERT INTO incidents (",
    columns!(),
    ", key_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
     $21, $22, $23, $24, $25)"
);

const UPDATE: &str = "
    UPDATE incidents SET state = $2, severity = $3, layer = $4, owner = $5, tags = $6, message = $7, bad = $8,
        good = $9, since = $10, opened_at = $11, changed_at = $12, resolved_at = $13, resolved_why = $14,
        reopened = $15, planned = $16, run = $17, acknowledged_by = $18, note = $19
    WHERE number = $1";

const INSERT_EVENTS: &str = "
    INSERT INTO alert_events (number, incident, kind, at, severity, message, run)
    SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::TEXT[], $4::BIGINT[], $5::TEXT[], $6::TEXT[], $7::TEXT[])";

/// Writes a new incident, which has its number.
pub(super) fn insert(tx: &mut Tx<'_>, incident: &Incident) -> Result<(), Problem> {
    let key = &incident.key;
    tx.run(
        INSERT,
        &[
            &number(incident.number)?,
            &Text(&key.document),
            &Text(&key.check),
            &maybe(key.column.as_ref()),
            &maybe(key.segment.as_ref()),
            &key.kind.name(),
            &incident.state.name(),
            &text::outcome(incident.severity),
            &maybe(incident.layer.as_ref()),
            &maybe(incident.owner.as_ref()),
            &Text(&json(&incident.tags)),
            &Text(&incident.message),
            &i64::from(incident.bad),
            &i64::from(incident.good),
            &incident.since,
            &incident.opened_at,
            &incident.changed_at,
            &incident.resolved_at,
            &maybe(incident.resolved_why.as_ref()),
            &i64::from(incident.reopened),
            &incident.planned,
            &Text(&incident.run),
            &maybe(incident.acknowledged_by.as_ref()),
            &maybe(incident.note.as_ref()),
            &&key_hash(key)[..],
        ],
    )?;
    Ok(())
}

/// Writes how an incident stands now.
pub(super) fn update(tx: &mut Tx<'_>, incident: &Incident) -> Result<(), Problem> {
    tx.run(
        UPDATE,
        &[
            &number(incident.number)?,
            &incident.state.name(),
            &text::outcome(incident.severity),
            &maybe(incident.layer.as_ref()),
            &maybe(incident.owner.as_ref()),
            &Text(&json(&incident.tags)),
            &Text(&incident.message),
            &i64::from(incident.bad),
            &i64::from(incident.good),
            &incident.since,
            &incident.opened_at,
            &incident.changed_at,
            &incident.resolved_at,
            &maybe(incident.resolved_why.as_ref()),
            &i64::from(incident.reopened),
            &incident.planned,
            &Text(&incident.run),
            &maybe(incident.acknowledged_by.as_ref()),
            &maybe(incident.note.as_ref()),
        ],
    )?;
    Ok(())
}

/// Writes events, which have their numbers.
pub(super) fn insert_events(tx: &mut Tx<'_>, events: &[AlertEvent]) -> Result<(), Problem> {
    let numbers = events.iter().map(|event| number(event.number)).collect::<Result<Vec<_>, _>>()?;
    let incidents = events.iter().map(|event| number(event.incident)).collect::<Result<Vec<_>, _>>()?;
    tx.run(
        INSERT_EVENTS,
        &[
            &numbers,
            &incidents,
            &events.iter().map(|event| event.kind.name()).collect::<Vec<_>>(),
            &events.iter().map(|event| event.at).collect::<Vec<_>>(),
            &events.iter().map(|event| text::outcome(event.severity)).collect::<Vec<_>>(),
            &events.iter().map(|event| Text(&event.message)).collect::<Vec<_>>(),
            &events.iter().map(|event| maybe(event.run.as_ref())).collect::<Vec<_>>(),
        ],
    )?;
    Ok(())
}

fn number(number: u64) -> Result<i64, Problem> {
    Ok(limits::count(number, || format!("the number {number}"))?)
}

/// SHA-256 over a key, each text after its length; one that is missing is another one than an empty one.
pub(super) fn key_hash(key: &IncidentKey) -> [u8; 32] {
    let mut hash = Sha256::new();
    let parts = [Some(&key.document), Some(&key.check), key.column.as_ref(), key.segment.as_ref()];
    for part in parts {
        hash.update([u8::from(part.is_some())]);
        let text = part.map(String::as_str).unwrap_or_default();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.update(key.kind.name());
    hash.finalize().into()
}

/// The incidents of a statement.
pub(super) fn all(tx: &mut Tx<'_>, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Incident>, Problem> {
    tx.rows(sql, parameters)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Incident, Problem> {
    let mut cells = Cells::of(row, "the incident");
    Ok(Incident {
        number: cells.count()?,
        key: IncidentKey {
            document: cells.text()?,
            check: cells.text()?,
            column: cells.maybe_text()?,
            segment: cells.maybe_text()?,
            kind: cells.word(IncidentKind::named)?,
        },
        state: cells.word(IncidentState::named)?,
        severity: cells.outcome()?,
        layer: cells.maybe_text()?,
        owner: cells.maybe_text()?,
        tags: cells.json()?,
        message: cells.text()?,
        bad: cells.small()?,
        good: cells.small()?,
        since: cells.get()?,
        opened_at: cells.get()?,
        changed_at: cells.get()?,
        resolved_at: cells.get()?,
        resolved_why: cells.maybe_text()?,
        reopened: cells.small()?,
        planned: cells.get()?,
        run: cells.text()?,
        acknowledged_by: cells.maybe_text()?,
        note: cells.maybe_text()?,
    })
}

/// The event of a row.
pub(super) fn read_event(row: &Row) -> Result<AlertEvent, Problem> {
    let mut cells = Cells::of(row, "the alert event");
    Ok(AlertEvent {
        number: cells.count()?,
        incident: cells.count()?,
        kind: cells.word(EventKind::named)?,
        at: cells.get()?,
        severity: cells.outcome()?,
        message: cells.text()?,
        run: cells.maybe_text()?,
    })
}
