//! The outbox: messages on their way to a receiver.

use std::collections::HashMap;

use ::postgres::Row;
use assay_core::ops::Millis;
use assay_core::ops::outbox::{Delivery, Lane, Message, MessageFilter, MessageState, OutboxSize};

use super::counters::{self, Tally};
use super::error::Problem;
use super::executions::{Search, most};
use super::pool::Tx;
use super::values::{Cells, Text, maybe, texts};
use crate::{frames, limits};

const WRITE: &str = "
    INSERT INTO messages (id, group_key, receiver, target, integration, reason, size, checksum, frame, created_at, state,
        attempts, next_at, last_error, ended_at, body)
    SELECT *, '' FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::BIGINT[],
        $8::BYTEA[], $9::BYTEA[], $10::BIGINT[], $11::TEXT[], $12::BIGINT[], $13::BIGINT[], $14::TEXT[], $15::BIGINT[])
    ON CONFLICT (id) DO NOTHING RETURNING number, id";

const WRITE_INCIDENTS: &str = "
    INSERT INTO message_incidents (message, place, incident)
    SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[])";

const READ: &str = "
    SELECT id, group_key, receiver, target, integration, reason, body, frame IS NOT NULL, size, checksum, frame,
        ARRAY(SELECT incident FROM message_incidents WHERE message = number ORDER BY place), created_at, state, attempts,
        next_at, last_error, ended_at
    FROM messages WHERE TRUE";

/// What of [`READ`] is the body, and what is read where it is not wanted.
const BODY_OF_IT: &str = "body, frame IS NOT NULL, size, checksum, frame,";
const NO_BODY: &str = "''::TEXT, FALSE, 0::BIGINT, NULL::BYTEA, NULL::BYTEA,";

const WAITING: &str = "SELECT integration FROM messages WHERE id = $1 AND state = 'waiting' FOR UPDATE";

/// What was tried once more.
const UPDATE: &str = "
    UPDATE messages SET state = $2, attempts = least(attempts + 1, 4294967295), next_at = coalesce($3, next_at),
        last_error = $4, ended_at = $5
    WHERE id = $1";

const RETRY: &str = "
    UPDATE messages SET state = 'waiting', attempts = 0, next_at = $2, last_error = NULL, ended_at = NULL
    WHERE state <> 'delivered' AND number IN (
        SELECT number FROM messages WHERE id = ANY ($1) AND state <> 'delivered' ORDER BY number FOR UPDATE)";

const LANES: &str = "
    SELECT DISTINCT ON (receiver, target)
        receiver, target, count(*) OVER (PARTITION BY receiver, target), created_at, next_at
    FROM messages WHERE state = 'waiting' ORDER BY receiver, target, created_at, number";

const BODY: &str = "the body of the message";

/// Writes messages; one whose id is known is left as it was.
pub(super) fn write(tx: &mut Tx<'_>, messages: &[Message]) -> Result<(), Problem> {
    if messages.is_empty() {
        return Ok(());
    }
    let (mut sizes, mut checksums, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for message in messages {
        let frame = frames::pack(message.body.as_bytes(), &[BODY, &message.id])?;
        sizes.push(frame.size);
        checksums.push(frame.checksum);
        frames.push(frame.bytes);
    }
    let of = |get: fn(&Message) -> &String| messages.iter().map(|message| Text(get(message))).collect::<Vec<_>>();
    let number = |get: fn(&Message) -> i64| messages.iter().map(get).collect::<Vec<_>>();
    let written = tx.rows(
        WRITE,
        &[
            &of(|message| &message.id),
            &of(|message| &message.group),
            &of(|message| &message.receiver),
            &of(|message| &message.target),
            &of(|message| &message.integration),
            &of(|message| &message.reason),
            &sizes,
            &checksums,
            &frames,
            &number(|message| message.created_at),
            &messages.iter().map(|message| message.state.name()).collect::<Vec<_>>(),
            &number(|message| message.attempts.into()),
            &number(|message| message.next_at),
            &messages.iter().map(|message| maybe(message.last_error.as_ref())).collect::<Vec<_>>(),
            &messages.iter().map(|message| message.ended_at).collect::<Vec<_>>(),
        ],
    )?;
    write_incidents(tx, messages, &written)
}

/// Writes the incidents of those messages that were not known.
fn write_incidents(tx: &mut Tx<'_>, messages: &[Message], written: &[Row]) -> Result<(), Problem> {
    let mut of_id: HashMap<&str, &Message> = HashMap::new();
    for message in messages {
        of_id.entry(&message.id).or_insert(message);
    }
    let (mut numbers, mut places, mut incidents) = (Vec::new(), Vec::new(), Vec::new());
    for row in written {
        let mut cells = Cells::of(row, "the message");
        let (number, id): (i64, String) = (cells.get()?, cells.text()?);
        let Some(message) = of_id.get(id.as_str()) else { continue };
        for (incident, place) in message.incidents.iter().zip(0_i64..) {
            numbers.push(number);
            places.push(place);
            incidents.push(limits::count(*incident, || format!("the message {id}"))?);
        }
    }
    if !incidents.is_empty() {
        tx.run(WRITE_INCIDENTS, &[&numbers, &places, &incidents])?;
    }
    Ok(())
}

/// Messages, oldest first.
pub(super) fn found(tx: &mut Tx<'_>, filter: &MessageFilter) -> Result<Vec<Message>, Problem> {
    let [id, receiver, target] = [&filter.id, &filter.receiver, &filter.target].map(|text| maybe(text.as_ref()));
    let incident = filter.incident.map(|incident| i64::try_from(incident).unwrap_or(-1));
    let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
    let most = most(filter.most);
    let brief = READ.replace(BODY_OF_IT, NO_BODY);
    let mut search = Search::of(if filter.brief { &brief } else { READ });
    if id.is_some() {
        search.and("id =", &id);
    }
    // Said again as the index of the few that wait has it, which keeps the first characters only.
    for (column, wanted) in [("receiver", &receiver), ("target", &target)] {
        if wanted.is_some() {
            search.and(&format!("{column} ="), wanted);
            let parameter = search.parameters.len();
            search.sql.push_str(&format!(" AND left({column}, 100) = left(${parameter}, 100)"));
        }
    }
    if incident.is_some() {
        search.and("number IN (SELECT message FROM message_incidents WHERE incident =", &incident);
        search.sql.push(')');
    }
    if filter.states == [MessageState::Waiting] {
        search.sql.push_str(" AND state = 'waiting'");
    } else if !states.is_empty() {
        search.and_any("state", &states);
    }
    let order = if filter.newest {
        " ORDER BY created_at DESC, number DESC LIMIT"
    } else {
        " ORDER BY created_at, number LIMIT"
    };
    search.end(order, &most);
    tx.rows(&search.sql, &search.parameters)?.iter().map(read).collect()
}

/// The lanes with messages that wait.
pub(super) fn lanes(tx: &mut Tx<'_>) -> Result<Vec<Lane>, Problem> {
    let read = |row| {
        let mut cells = Cells::of(row, "the messages that wait for");
        Ok(Lane {
            receiver: cells.text()?,
            target: cells.text()?,
            waiting: cells.count()?,
            oldest: cells.get()?,
            next_at: cells.get()?,
        })
    };
    tx.rows(LANES, &[])?.iter().map(read).collect()
}

/// Notes what a try gave, and writes what goes out instead of a message that was given up; false: there is no such
/// message, or it is no longer waiting.
pub(super) fn delivered(tx: &mut Tx<'_>, id: &str, delivery: &Delivery, instead: &[Message]) -> Result<bool, Problem> {
    let Some(row) = tx.row(WAITING, &[&Text(id)])? else { return Ok(false) };
    let integration = Cells::of(&row, "the messages of").text()?;
    let (state, next_at, error, ended_at) = match delivery {
        Delivery::Delivered { at } => (MessageState::Delivered, None, None, Some(*at)),
        Delivery::Retry { next_at, error, .. } => (MessageState::Waiting, Some(*next_at), Some(error), None),
        Delivery::Dead { at, error, .. } => (MessageState::Dead, None, Some(error), Some(*at)),
    };
    tx.run(UPDATE, &[&Text(id), &state.name(), &next_at, &maybe(error), &ended_at])?;
    let mut tally = Tally::default();
    match delivery {
        Delivery::Delivered { .. } => tally.add(counters::DELIVERED, &integration, "", 1),
        Delivery::Retry { .. } => {}
        Delivery::Dead { reason, .. } => {
            tally.add(counters::FAILED, &integration, reason, 1);
            write(tx, instead)?;
        }
    }
    tally.write(tx)?;
    Ok(true)
}

/// Makes messages wait as if they had never been tried; gives how many.
pub(super) fn retry(tx: &mut Tx<'_>, ids: &[String], now: Millis) -> Result<u64, Problem> {
    tx.run(RETRY, &[&texts(ids.iter().map(String::as_str)), &now])
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
    let id = cells.text()?;
    Ok(Message {
        group: cells.text()?,
        receiver: cells.text()?,
        target: cells.text()?,
        integration: cells.text()?,
        reason: cells.text()?,
        body: body(&mut cells, &id)?,
        incidents: incidents(&mut cells)?,
        created_at: cells.get()?,
        state: cells.word(MessageState::named)?,
        attempts: cells.small()?,
        next_at: cells.get()?,
        last_error: cells.maybe_text()?,
        ended_at: cells.get()?,
        id,
    })
}

/// The next five cells: a body as text, or as a frame where there is one.
fn body(cells: &mut Cells<'_>, id: &str) -> Result<String, Problem> {
    let (text, is_framed): (String, bool) = (cells.text()?, cells.get()?);
    if !is_framed {
        cells.skip(3);
        return Ok(text);
    }
    String::from_utf8(cells.unpacked(&[BODY, id])?).map_err(|_| cells.damaged("its body is no text"))
}

fn incidents(cells: &mut Cells<'_>) -> Result<Vec<u64>, Problem> {
    let numbers: Vec<i64> = cells.get()?;
    let count = |number: &i64| u64::try_from(*number).map_err(|_| cells.damaged(&format!("{number} is no incident")));
    numbers.iter().map(count).collect()
}
