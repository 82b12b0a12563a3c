//! The journal of live observations: batches that wait to be folded, and the keys they came with.

use assay_core::drift::store::Commit;
use assay_core::ops::Millis;
use assay_core::ops::journal::{Batch, Folding, JournalSize, Taken};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{counters, write_commit};
use crate::error::Trouble;
use crate::frames::{self, Frame};
use crate::limits;

const KNOWN: &str = "SELECT sha256, answer FROM observation_keys WHERE monitor = ? AND key = ?";

const WRITE_KEY: &str = "INSERT INTO observation_keys (monitor, key, sha256, answer, key_until) VALUES (?, ?, ?, ?, ?)";

const WRITE: &str =
    "INSERT INTO journal (monitor, key, rows, taken_at, size, checksum, frame) VALUES (?, ?, ?, ?, ?, ?, ?)";

const READ: &str = "
    SELECT number, journal.monitor, journal.key, sha256, rows, answer, taken_at, key_until, size, checksum, frame
    FROM journal JOIN observation_keys USING (monitor, key) WHERE journal.monitor = ? ORDER BY number";

/// Those with keys that ran out before an instant.
pub(super) const ABANDONED: &str = "
    SELECT number, size FROM observation_keys CROSS JOIN journal USING (monitor, key) WHERE key_until <= ?
    ORDER BY key_until LIMIT ?";

const SIZES: &str = "
    SELECT monitor, count(*), sum(rows), sum(size), min(taken_at) FROM journal GROUP BY monitor ORDER BY monitor";

/// Takes a batch, unless its key is known or the journal is full.
pub(super) fn take(transaction: &Transaction<'_>, batch: &Batch, most_bytes: u64) -> Result<Taken, Trouble> {
    let known: Option<([u8; 32], String)> = transaction
        .prepare_cached(KNOWN)?
        .query_row([&batch.monitor, &batch.key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        Some((sha256, answer)) if sha256 == batch.sha256 => return Ok(Taken::Replayed { answer }),
        Some(_) => return Ok(Taken::Conflict),
        None => {}
    }
    let bytes = counters::value(transaction, counters::JOURNAL)?;
    if bytes.saturating_add(batch.body.len() as u64) > most_bytes {
        return Ok(Taken::Full { bytes });
    }
    let rows = limits::count(batch.rows, || place(&batch.key, &batch.monitor))?;
    let frame = frames::pack(&batch.body, &["the batch", &batch.key, "of", &batch.monitor])?;
    transaction.prepare_cached(WRITE_KEY)?.execute(params![
        batch.monitor,
        batch.key,
        &batch.sha256[..],
        batch.answer,
        batch.key_until
    ])?;
    transaction.prepare_cached(WRITE)?.execute(params![
        batch.monitor,
        batch.key,
        rows,
        batch.taken_at,
        frame.size,
        frame.checksum,
        frame.bytes
    ])?;
    counters::add(transaction, counters::JOURNAL, "", "", frame.size)?;
    Ok(Taken::Taken)
}

/// Batches of a monitor in the order they came: one, and more as long as all are within `most_bytes`.
pub(super) fn waiting(transaction: &Transaction<'_>, monitor: &str, most_bytes: u64) -> Result<Vec<Batch>, Trouble> {
    let mut statement = transaction.prepare_cached(READ)?;
    let mut rows = statement.query([monitor])?;
    let (mut batches, mut bytes) = (Vec::new(), 0_u64);
    while let Some(row) = rows.next()? {
        let size: i64 = row.get(8)?;
        bytes = bytes.saturating_add(size.unsigned_abs());
        if bytes > most_bytes && !batches.is_empty() {
            break;
        }
        batches.push(read(row)?);
    }
    Ok(batches)
}

/// How much waits, by monitor.
pub(super) fn sizes(transaction: &Transaction<'_>) -> Result<Vec<JournalSize>, Trouble> {
    let mut statement = transaction.prepare_cached(SIZES)?;
    let mut rows = statement.query([])?;
    let mut sizes = Vec::new();
    while let Some(row) = rows.next()? {
        let monitor: String = row.get(0)?;
        let place = || format!("the journal of {monitor}");
        sizes.push(JournalSize {
            batches: limits::read_count(row.get(1)?, place)?,
            rows: limits::read_count(row.get(2)?, place)?,
            bytes: limits::read_count(row.get(3)?, place)?,
            oldest: row.get(4)?,
            monitor,
        });
    }
    Ok(sizes)
}

/// Writes what batches were folded into and forgets them; false: one of them was gone.
pub(super) fn fold(transaction: &Transaction<'_>, folding: &Folding) -> Result<bool, Trouble> {
    let mut size = transaction.prepare_cached("SELECT size FROM journal WHERE number = ? AND monitor = ?")?;
    let mut remove = transaction.prepare_cached("DELETE FROM journal WHERE number = ?")?;
    let mut sizes = Vec::with_capacity(folding.batches.len());
    for number in &folding.batches {
        let Ok(number) = i64::try_from(*number) else { return Ok(false) };
        let found: Option<i64> = size.query_row(params![number, folding.monitor], |row| row.get(0)).optional()?;
        let Some(found) = found else { return Ok(false) };
        sizes.push((number, found));
    }
    sizes.sort_unstable();
    sizes.dedup();
    for (number, size) in sizes {
        remove.execute([number])?;
        counters::subtract(transaction, counters::JOURNAL, size)?;
    }
    let (windows, states) = (folding.windows.clone(), folding.states.clone());
    let commit = Commit { windows, states, ..Commit::default() };
    write_commit(transaction, &commit)?;
    Ok(true)
}

/// Forgets batches whose keys ran out before an instant, as many as given at most; gives how many there were.
pub(super) fn forget(transaction: &Transaction<'_>, until: Millis, most: u64) -> Result<u64, Trouble> {
    let mut statement = transaction.prepare_cached(ABANDONED)?;
    let found = statement.query_map(params![until, most as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found = found.collect::<Result<Vec<(i64, i64)>, _>>()?;
    let mut remove = transaction.prepare_cached("DELETE FROM journal WHERE number = ?")?;
    for (number, size) in &found {
        remove.execute([number])?;
        counters::subtract(transaction, counters::JOURNAL, *size)?;
    }
    Ok(found.len() as u64)
}

/// Reads every batch once.
pub(super) fn verify(transaction: &Transaction<'_>) -> Result<(), Trouble> {
    sizes(transaction)?.into_iter().try_for_each(|size| waiting(transaction, &size.monitor, u64::MAX).map(drop))
}

fn read(row: &Row<'_>) -> Result<Batch, Trouble> {
    let [monitor, key]: [String; 2] = [row.get(1)?, row.get(2)?];
    let place = || place(&key, &monitor);
    let frame = Frame { size: row.get(8)?, checksum: row.get(9)?, bytes: row.get(10)? };
    Ok(Batch {
        number: limits::read_count(row.get(0)?, place)?,
        sha256: row.get(3)?,
        rows: limits::read_count(row.get(4)?, place)?,
        body: frames::unpack(&frame, &["the batch", &key, "of", &monitor])?,
        answer: row.get(5)?,
        taken_at: row.get(6)?,
        key_until: row.get(7)?,
        monitor,
        key,
    })
}

fn place(key: &str, monitor: &str) -> String {
    format!("the batch {key} of {monitor}")
}
