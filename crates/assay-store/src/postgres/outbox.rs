//! The outbox: messages on their way to a receiver.

use ::postgres::Row;
use assay_core::ops::NOTIFIER;
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState, OutboxSize};

use super::counters::{self, Tally};
use super::error::Problem;
use super::executions::{Search, most};
use super::leases;
use super::pool::Tx;
use super::values::{Cells, Text, maybe};

/// The columns of a message, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "id, group_key, receiver, integration, reason, body, created_at, state, attempts, next_at, last_error, ended_at"
    };
}

const WRITE: &str = concat!(
    "INSERT INTO messages (",
    columns!(),
    ") SELECT * FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::BIGINT[],
         $8::TEXT[], $9::BIGINT[], $10::BIGINT[], $11::TEXT[], $12::BIGINT[])
     ON CONFLICT (id) DO NOTHING"
);

const WAITING: &str = concat!("SELECT ", columns!(), " FROM messages WHERE id = $1 AND state = 'waiting' FOR UPDATE");

const UPDATE: &str = "
    UPDATE messages SET state = $2, attempts = $3, next_at = $4, last_error = $5, ended_at = $6 WHERE id = $1";

/// Writes messages; false: somebody else notifies now.
pub(super) fn post(tx: &mut Tx<'_>, epoch: i64, messages: &[Message]) -> Result<bool, Problem> {
    if leases::is_stale(tx, NOTIFIER, epoch)? {
        return Ok(false);
    }
    let of = |get: fn(&Message) -> &String| messages.iter().map(|message| Text(get(message))).collect::<Vec<_>>();
    let number = |get: fn(&Message) -> i64| messages.iter().map(get).collect::<Vec<_>>();
    tx.run(
        WRITE,
        &[
            &of(|message| &message.id),
            &of(|message| &message.group),
            &of(|message| &message.receiver),
            &of(|message| &message.integration),
            &of(|message| &message.reason),
            &of(|message| &message.body),
            &number(|message| message.created_at),
            &messages.iter().map(|message| message.state.name()).collect::<Vec<_>>(),
            &number(|message| message.attempts.into()),
            &number(|message| message.next_at),
            &messages.iter().map(|message| maybe(message.last_error.as_ref())).collect::<Vec<_>>(),
            &messages.iter().map(|message| message.ended_at).collect::<Vec<_>>(),
        ],
    )?;
    Ok(true)
}

/// Messages, oldest first.
pub(super) fn found(tx: &mut Tx<'_>, filter: &MessageFilter) -> Result<Vec<Message>, Problem> {
    let receiver = maybe(filter.receiver.as_ref());
    let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
    let most = most(filter.most);
    let mut search = Search::of(concat!("SELECT ", columns!(), " FROM messages WHERE TRUE"));
    if receiver.is_some() {
        search.and("receiver =", &receiver);
    }
    if !states.is_empty() {
        search.and_any("state", &states);
    }
    search.end(" ORDER BY created_at, number LIMIT", &most);
    tx.rows(&search.sql, &search.parameters)?.iter().map(read).collect()
}

/// Notes what a try gave; false: there is no such message, or it is no longer waiting.
pub(super) fn delivered(tx: &mut Tx<'_>, id: &str, delivery: &Delivery) -> Result<bool, Problem> {
    let Some(row) = tx.row(WAITING, &[&Text(id)])? else { return Ok(false) };
    let mut message = read(&row)?;
    let mut tally = Tally::default();
    message.attempts = message.attempts.saturating_add(1);
    match delivery {
        Delivery::Delivered { at } => {
            message.state = MessageState::Delivered;
            message.last_error = None;
            message.ended_at = Some(*at);
            tally.add(counters::DELIVERED, &message.integration, "", 1);
        }
        Delivery::Retry { next_at, error, .. } => {
            message.next_at = *next_at;
            message.last_error = Some(error.clone());
        }
        Delivery::Dead { at, reason, error } => {
            message.state = MessageState::Dead;
            message.last_error = Some(error.clone());
            message.ended_at = Some(*at);
            tally.add(counters::FAILED, &message.integration, reason, 1);
        }
    }
    tx.run(
        UPDATE,
        &[
            &Text(id),
            &message.state.name(),
            &i64::from(message.attempts),
            &message.next_at,
            &maybe(message.last_error.as_ref()),
            &message.ended_at,
        ],
    )?;
    tally.write(tx)?;
    Ok(true)
}

/// What waits, and what there was since the store began.
pub(super) fn size(tx: &mut Tx<'_>) -> Result<OutboxSize, Problem> {
    let waiting = tx.rows("SELECT count(*), min(created_at) FROM messages WHERE state = 'waiting'", &[])?;
    let dead = tx.value("SELECT count(*) FROM messages WHERE state = 'dead'", &[])?;
    let delivered = counters::all(tx, counters::DELIVERED)?;
    let mut size = OutboxSize {
        dead: dead.unsigned_abs(),
        delivered: delivered.into_iter().map(|(integration, _, value)| (integration, value)).collect(),
        failed: counters::all(tx, counters::FAILED)?,
        ..OutboxSize::default()
    };
    for row in &waiting {
        let mut cells = Cells::of(row, "the outbox of");
        (size.waiting, size.oldest) = (cells.count()?, cells.get()?);
    }
    Ok(size)
}

fn read(row: &Row) -> Result<Message, Problem> {
    let mut cells = Cells::of(row, "the message");
    Ok(Message {
        id: cells.text()?,
        group: cells.text()?,
        receiver: cells.text()?,
        integration: cells.text()?,
        reason: cells.text()?,
        body: cells.text()?,
        created_at: cells.get()?,
        state: cells.word(MessageState::named)?,
        attempts: cells.small()?,
        next_at: cells.get()?,
        last_error: cells.maybe_text()?,
        ended_at: cells.get()?,
    })
}
