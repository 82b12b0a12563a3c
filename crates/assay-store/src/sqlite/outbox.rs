//! The outbox: messages on their way to a receiver.

use std::collections::BTreeSet;

use assay_core::ops::Millis;
use assay_core::ops::outbox::{Delivery, Lane, Message, MessageFilter, MessageState, OutboxSize};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, Transaction, params, params_from_iter};

use super::counters;
use super::executions::any_of;
use crate::error::Trouble;
use crate::frames::{self, Frame};
use crate::limits;

const WRITE: &str = "
    INSERT INTO messages (id, group_key, receiver, target, integration, reason, body, size, checksum, frame, created_at,
        state, attempts, next_at, last_error, ended_at)
    VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";

const WRITE_INCIDENT: &str = "INSERT INTO message_incidents (message, place, incident) VALUES (?, ?, ?)";

const READ: &str = "
    SELECT number, id, group_key, receiver, target, integration, reason, body, size, checksum, frame, created_at, state,
        attempts, next_at, last_error, ended_at
    FROM messages";

/// What of [`READ`] is the body, and what is read where it is not wanted.
const BODY_OF_IT: &str = "body, size, checksum, frame,";
const NO_BODY: &str = "'', 0, NULL, NULL,";

const INCIDENTS: &str = "SELECT incident FROM message_incidents WHERE message = ? ORDER BY place";

/// What was tried once more.
const UPDATE: &str = "
    UPDATE messages SET state = ?2, attempts = min(attempts + 1, 4294967295), next_at = ifnull(?3, next_at),
        last_error = ?4, ended_at = ?5
    WHERE id = ?1";

const RETRY: &str = "
    UPDATE messages SET state = 'waiting', attempts = 0, next_at = ?, last_error = NULL, ended_at = NULL
    WHERE id = ? AND state <> 'delivered'";

pub(super) const LANES: &str = "
    SELECT receiver, target, count(*), min(created_at), (
        SELECT next_at FROM messages AS oldest
        WHERE state = 'waiting' AND oldest.receiver = messages.receiver AND oldest.target = messages.target
        ORDER BY created_at, number LIMIT 1
    )
    FROM messages INDEXED BY messages_waiting WHERE state = 'waiting'
    GROUP BY receiver, target ORDER BY receiver, target";

const READ_FRAMES: &str = "SELECT id, size, checksum, frame FROM messages WHERE frame IS NOT NULL";

const BODY: &str = "the body of the message";

/// Writes messages; one whose id is known is left as it was.
pub(super) fn write(transaction: &Transaction<'_>, messages: &[Message]) -> Result<(), Trouble> {
    let mut statement = transaction.prepare_cached(WRITE)?;
    let mut of_incident = transaction.prepare_cached(WRITE_INCIDENT)?;
    for message in messages {
        let frame = frames::pack(message.body.as_bytes(), &[BODY, &message.id])?;
        let written = statement.execute(params![
            message.id,
            message.group,
            message.receiver,
            message.target,
            message.integration,
            message.reason,
            frame.size,
            frame.checksum,
            frame.bytes,
            message.created_at,
            message.state.name(),
            message.attempts,
            message.next_at,
            message.last_error,
            message.ended_at,
        ])?;
        if written == 0 {
            continue;
        }
        let number = transaction.last_insert_rowid();
        for (incident, place) in message.incidents.iter().zip(0_i64..) {
            let incident = limits::count(*incident, || format!("the message {}", message.id))?;
            of_incident.execute([number, place, incident])?;
        }
    }
    Ok(())
}

/// Messages, oldest first where nothing else is asked for.
pub(super) fn found(transaction: &Transaction<'_>, filter: &MessageFilter) -> Result<Vec<Message>, Trouble> {
    // Looked for by numbers, so that no bodies are sorted of which most stay behind.
    let (numbers, values) = search(filter);
    let what = if filter.brief { READ.replace(BODY_OF_IT, NO_BODY) } else { READ.to_owned() };
    let sql = format!("{what} WHERE number IN ({numbers}){}", order(filter));
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut of_incident = transaction.prepare_cached(INCIDENTS)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        let mut message = read(row)?;
        let incidents = of_incident.query_map([row.get::<_, i64>(0)?], |row| row.get(0))?;
        for incident in incidents {
            message.incidents.push(limits::read_count(incident?, || place(&message.id))?);
        }
        messages.push(message);
    }
    Ok(messages)
}

/// The statement for the numbers of messages, and its values.
pub(super) fn search(filter: &MessageFilter) -> (String, Vec<Value>) {
    let mut sql = "SELECT number FROM messages WHERE true".to_owned();
    let mut values: Vec<Value> = Vec::new();
    for (column, wanted) in [("id", &filter.id), ("receiver", &filter.receiver), ("target", &filter.target)] {
        if let Some(wanted) = wanted {
            sql.push_str(&format!(" AND {column} = ?"));
            values.push(wanted.clone().into());
        }
    }
    if let Some(incident) = filter.incident {
        sql.push_str(" AND number IN (SELECT message FROM message_incidents WHERE incident = ?)");
        values.push(i64::try_from(incident).unwrap_or(-1).into());
    }
    // Said as the index of the few that wait has it.
    if filter.states == [MessageState::Waiting] {
        sql.push_str(" AND state = 'waiting'");
    } else {
        any_of(&mut sql, &mut values, "state", filter.states.iter().map(|state| state.name()));
    }
    sql.push_str(order(filter));
    sql.push_str(" LIMIT ?");
    values.push(i64::try_from(filter.most).unwrap_or(i64::MAX).into());
    (sql, values)
}

fn order(filter: &MessageFilter) -> &'static str {
    if filter.newest { " ORDER BY created_at DESC, number DESC" } else { " ORDER BY created_at, number" }
}

/// The lanes with messages that wait.
pub(super) fn lanes(transaction: &Transaction<'_>) -> Result<Vec<Lane>, Trouble> {
    let mut statement = transaction.prepare_cached(LANES)?;
    let mut rows = statement.query([])?;
    let mut lanes = Vec::new();
    while let Some(row) = rows.next()? {
        lanes.push(Lane {
            receiver: row.get(0)?,
            target: row.get(1)?,
            waiting: limits::read_count(row.get(2)?, || "the outbox".into())?,
            oldest: row.get(3)?,
            next_at: row.get(4)?,
        });
    }
    Ok(lanes)
}

/// Notes what a try gave, and writes what goes out instead of a message that was given up; false: there is no such
/// message, or it is no longer waiting.
pub(super) fn delivered(
    transaction: &Transaction<'_>,
    id: &str,
    delivery: &Delivery,
    instead: &[Message],
) -> Result<bool, Trouble> {
    let waiting: Option<String> = transaction
        .prepare_cached("SELECT integration FROM messages WHERE id = ? AND state = 'waiting'")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(integration) = waiting else { return Ok(false) };
    let (state, next_at, error, ended_at) = match delivery {
        Delivery::Delivered { at } => (MessageState::Delivered, None, None, Some(*at)),
        Delivery::Retry { next_at, error, .. } => (MessageState::Waiting, Some(*next_at), Some(error), None),
        Delivery::Dead { at, error, .. } => (MessageState::Dead, None, Some(error), Some(*at)),
    };
    transaction.prepare_cached(UPDATE)?.execute(params![id, state.name(), next_at, error, ended_at])?;
    match delivery {
        Delivery::Delivered { .. } => counters::count(transaction, counters::DELIVERED, &integration, "")?,
        Delivery::Retry { .. } => {}
        Delivery::Dead { reason, .. } => {
            counters::count(transaction, counters::FAILED, &integration, reason)?;
            write(transaction, instead)?;
        }
    }
    Ok(true)
}

/// Makes messages wait as if they had never been tried; gives how many.
pub(super) fn retry(transaction: &Transaction<'_>, ids: &[String], now: Millis) -> Result<u64, Trouble> {
    let mut statement = transaction.prepare_cached(RETRY)?;
    let mut retried = 0;
    for id in ids.iter().collect::<BTreeSet<_>>() {
        retried += statement.execute(params![now, id])? as u64;
    }
    Ok(retried)
}

/// What waits, and what there was since the store began.
pub(super) fn size(transaction: &Transaction<'_>) -> Result<OutboxSize, Trouble> {
    let place = || "the outbox".to_owned();
    let (waiting, oldest) = transaction
        .prepare_cached("SELECT count(*), min(created_at) FROM messages WHERE state = 'waiting'")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let dead = transaction
        .prepare_cached("SELECT count(*) FROM messages WHERE state = 'dead'")?
        .query_row([], |row| row.get(0))?;
    let delivered = counters::all(transaction, counters::DELIVERED)?;
    Ok(OutboxSize {
        waiting: limits::read_count(waiting, place)?,
        oldest,
        dead: limits::read_count(dead, place)?,
        delivered: delivered.into_iter().map(|(integration, _, value)| (integration, value)).collect(),
        failed: counters::all(transaction, counters::FAILED)?,
    })
}

/// Reads every body once.
pub(super) fn verify(transaction: &Transaction<'_>) -> Result<(), Trouble> {
    let mut statement = transaction.prepare(READ_FRAMES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        unpacked(&id, &Frame { size: row.get(1)?, checksum: row.get(2)?, bytes: row.get(3)? })?;
    }
    Ok(())
}

/// The message of a row, without its incidents.
fn read(row: &Row<'_>) -> Result<Message, Trouble> {
    let [id, state]: [String; 2] = [row.get(1)?, row.get(12)?];
    let state = MessageState::named(&state)
        .ok_or_else(|| Trouble::Damaged { place: place(&id), why: format!("`{state}` is no state of a message") })?;
    let body = match row.get::<_, Option<Vec<u8>>>(10)? {
        None => row.get(7)?,
        Some(bytes) => unpacked(&id, &Frame { size: row.get(8)?, checksum: row.get(9)?, bytes })?,
    };
    Ok(Message {
        id,
        group: row.get(2)?,
        receiver: row.get(3)?,
        target: row.get(4)?,
        integration: row.get(5)?,
        reason: row.get(6)?,
        body,
        incidents: Vec::new(),
        created_at: row.get(11)?,
        state,
        attempts: row.get(13)?,
        next_at: row.get(14)?,
        last_error: row.get(15)?,
        ended_at: row.get(16)?,
    })
}

fn unpacked(id: &str, frame: &Frame) -> Result<String, Trouble> {
    String::from_utf8(frames::unpack(frame, &[BODY, id])?)
        .map_err(|_| Trouble::Damaged { place: place(id), why: "its body is no text".into() })
}

fn place(id: &str) -> String {
    format!("the message {id}")
}
