//! The journal of live observations: batches that wait to be folded, and the keys they came with.

use ::postgres::Row;
use assay_core::drift::store::Commit;
use assay_core::ops::journal::{Batch, Folding, JournalSize, Taken};

use super::counters::{self, Tally};
use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};
use super::{documents_of, locks, write_commit};
use crate::{frames, limits};

const KNOWN: &str = "SELECT sha256, answer FROM observation_keys WHERE monitor = $1 AND key = $2";

const WRITE_KEY: &str = "
    INSERT INTO observation_keys (monitor, key, sha256, answer, key_until) VALUES ($1, $2, $3, $4, $5)";

const WRITE: &str = "
    INSERT INTO journal (number, monitor, key, rows, taken_at, size, checksum, frame)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// One at least, and more as long as all are within the limit.
const READ: &str = "
    SELECT number, journal.monitor, journal.key, sha256, rows, answer, taken_at, key_until, size, checksum, frame
    FROM journal JOIN observation_keys USING (monitor, key)
    WHERE number IN (
        SELECT number FROM (
            SELECT number, sum(size) OVER (ORDER BY number) AS bytes, row_number() OVER (ORDER BY number) AS place
            FROM journal WHERE monitor = $1
        ) AS adding WHERE bytes <= $2::BIGINT OR place = 1
    ) ORDER BY number";

const SIZES: &str = "
    SELECT monitor, count(*), sum(rows)::BIGINT, sum(size)::BIGINT, min(taken_at)
    FROM journal GROUP BY monitor ORDER BY monitor";

/// Takes a batch, unless its key is known or the journal is full.
pub(super) fn take(tx: &mut Tx<'_>, batch: &Batch, most_bytes: u64) -> Result<Taken, Problem> {
    // The number first: it makes those who take batches wait for each other, so that the limit holds.
    let number = locks::numbers(tx, "batch", 1)?;
    if let Some(row) = tx.row(KNOWN, &[&Text(&batch.monitor), &Text(&batch.key)])? {
        let mut cells = Cells::of(&row, "a key of observations");
        let (sha256, answer) = (cells.hash()?, cells.text()?);
        return Ok(if sha256 == batch.sha256 { Taken::Replayed { answer } } else { Taken::Conflict });
    }
    let bytes = counters::value(tx, counters::JOURNAL)?;
    if bytes.saturating_add(batch.body.len() as u64) > most_bytes {
        return Ok(Taken::Full { bytes });
    }
    let rows = limits::count(batch.rows, || format!("the batch {} of {}", batch.key, batch.monitor))?;
    let frame = frames::pack(&batch.body, &["the batch", &batch.key, "of", &batch.monitor])?;
    let (monitor, key) = (Text(&batch.monitor), Text(&batch.key));
    tx.run(WRITE_KEY, &[&monitor, &key, &&batch.sha256[..], &Text(&batch.answer), &batch.key_until])?;
    tx.run(WRITE, &[&number, &monitor, &key, &rows, &batch.taken_at, &frame.size, &frame.checksum, &frame.bytes])?;
    let mut tally = Tally::default();
    tally.add(counters::JOURNAL, "", "", frame.size);
    tally.write(tx)?;
    Ok(Taken::Taken)
}

/// Batches of a monitor in the order they came: one, and more as long as all are within `most_bytes`.
pub(super) fn waiting(tx: &mut Tx<'_>, monitor: &str, most_bytes: u64) -> Result<Vec<Batch>, Problem> {
    let most = i64::try_from(most_bytes).unwrap_or(i64::MAX);
    tx.rows(READ, &[&Text(monitor), &most])?.iter().map(read).collect()
}

/// How much waits, by monitor.
pub(super) fn sizes(tx: &mut Tx<'_>) -> Result<Vec<JournalSize>, Problem> {
    let read = |row| {
        let mut cells = Cells::of(row, "the journal of");
        Ok(JournalSize {
            monitor: cells.text()?,
            batches: cells.count()?,
            rows: cells.count()?,
            bytes: cells.count()?,
            oldest: cells.get()?,
        })
    };
    tx.rows(SIZES, &[])?.iter().map(read).collect()
}

/// Writes what batches were folded into and forgets them; false: one of them was gone.
pub(super) fn fold(tx: &mut Tx<'_>, folding: &Folding) -> Result<bool, Problem> {
    let mut numbers = Vec::with_capacity(folding.batches.len());
    for number in &folding.batches {
        let Ok(number) = i64::try_from(*number) else { return Ok(false) };
        numbers.push(number);
    }
    numbers.sort_unstable();
    numbers.dedup();
    let (windows, states) = (folding.windows.clone(), folding.states.clone());
    let commit = Commit { windows, states, ..Commit::default() };
    locks::documents(tx, &documents_of(&commit))?;
    let rows = tx.rows(
        "SELECT size FROM journal WHERE number = ANY ($1) AND monitor = $2 ORDER BY number FOR UPDATE",
        &[&numbers, &Text(&folding.monitor)],
    )?;
    if rows.len() != numbers.len() {
        return Ok(false);
    }
    tx.run("DELETE FROM journal WHERE number = ANY ($1)", &[&numbers])?;
    write_commit(tx, &commit)?;
    let mut tally = Tally::default();
    for row in &rows {
        tally.add(counters::JOURNAL, "", "", -row.try_get::<_, i64>(0)?);
    }
    tally.write(tx)?;
    Ok(true)
}

fn read(row: &Row) -> Result<Batch, Problem> {
    let mut cells = Cells::of(row, "the batch");
    let number = cells.count()?;
    let (monitor, key) = (cells.text()?, cells.text()?);
    Ok(Batch {
        number,
        sha256: cells.hash()?,
        rows: cells.count()?,
        answer: cells.text()?,
        taken_at: cells.get()?,
        key_until: cells.get()?,
        body: cells.unpacked(&["the batch", &key, "of", &monitor])?,
        monitor,
        key,
    })
}
