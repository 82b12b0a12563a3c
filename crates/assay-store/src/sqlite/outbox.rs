//! The outbox: messages on their way to a receiver.

use assay_core::ops::NOTIFIER;
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState, OutboxSize};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, Transaction, params, params_from_iter};

use super::executions::any_of;
use super::{counters, leases};
use crate::error::Trouble;
use crate::limits;

/// The columns of a message, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "id, group_key, receiver, integration, reason, body, created_at, state, attempts, next_at, last_error, ended_at"
    };
}

const WRITE: &str = concat!(
    "INSERT INTO messages (",
    columns!(),
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
);

const WAITING: &str = concat!("SELECT ", columns!(), " FROM messages WHERE id = ? AND state = 'waiting'");

const UPDATE: &str = "
    UPDATE messages SET state = ?, attempts = ?, next_at = ?, last_error = ?, ended_at = ? WHERE id = ?";

/// Writes messages; false: somebody else notifies now.
pub(super) fn post(transaction: &Transaction<'_>, epoch: i64, messages: &[Message]) -> Result<bool, Trouble> {
    if leases::is_stale(transaction, NOTIFIER, epoch)? {
        return Ok(false);
    }
    let mut statement = transaction.prepare_cached(WRITE)?;
    for message in messages {
        statement.execute(params![
            message.id,
            message.group,
            message.receiver,
            message.integration,
            message.reason,
            message.body,
            message.created_at,
            message.state.name(),
            message.attempts,
            message.next_at,
            message.last_error,
            message.ended_at,
        ])?;
    }
    Ok(true)
}

/// Messages, oldest first.
pub(super) fn found(transaction: &Transaction<'_>, filter: &MessageFilter) -> Result<Vec<Message>, Trouble> {
    let mut sql = concat!("SELECT ", columns!(), " FROM messages WHERE true").to_owned();
    let mut values: Vec<Value> = Vec::new();
    if let Some(receiver) = &filter.receiver {
        sql.push_str(" AND receiver = ?");
        values.push(receiver.clone().into());
    }
    any_of(&mut sql, &mut values, "state", filter.states.iter().map(|state| state.name()));
    sql.push_str(" ORDER BY created_at, number LIMIT ?");
    values.push(i64::try_from(filter.most).unwrap_or(i64::MAX).into());
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        messages.push(read(row)?);
    }
    Ok(messages)
}

/// Notes what a try gave; false: there is no such message, or it is no longer waiting.
pub(super) fn delivered(transaction: &Transaction<'_>, id: &str, delivery: &Delivery) -> Result<bool, Trouble> {
    let waiting = {
        let mut statement = transaction.prepare_cached(WAITING)?;
        statement.query_row([id], |row| Ok(read(row))).optional()?.transpose()?
    };
    let Some(mut message) = waiting else { return Ok(false) };
    message.attempts = message.attempts.saturating_add(1);
    match delivery {
        Delivery::Delivered { at } => {
            message.state = MessageState::Delivered;
            message.last_error = None;
            message.ended_at = Some(*at);
            counters::count(transaction, counters::DELIVERED, &message.integration, "")?;
        }
        Delivery::Retry { next_at, error, .. } => {
            message.next_at = *next_at;
            message.last_error = Some(error.clone());
        }
        Delivery::Dead { at, reason, error } => {
            message.state = MessageState::Dead;
            message.last_error = Some(error.clone());
            message.ended_at = Some(*at);
            counters::count(transaction, counters::FAILED, &message.integration, reason)?;
        }
    }
    transaction.prepare_cached(UPDATE)?.execute(params![
        message.state.name(),
        message.attempts,
        message.next_at,
        message.last_error,
        message.ended_at,
        message.id,
    ])?;
    Ok(true)
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

fn read(row: &Row<'_>) -> Result<Message, Trouble> {
    let [id, state]: [String; 2] = [row.get(0)?, row.get(7)?];
    let state = MessageState::named(&state).ok_or_else(|| Trouble::Damaged {
        place: format!("the message {id}"),
        why: format!("`{state}` is no state of a message"),
    })?;
    Ok(Message {
        id,
        group: row.get(1)?,
        receiver: row.get(2)?,
        integration: row.get(3)?,
        reason: row.get(4)?,
        body: row.get(5)?,
        created_at: row.get(6)?,
        state,
        attempts: row.get(8)?,
        next_at: row.get(9)?,
        last_error: row.get(10)?,
        ended_at: row.get(11)?,
    })
}
