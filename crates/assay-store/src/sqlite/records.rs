//! Records of runs and their samples: compressed, and told apart from damage.

use assay_core::ops::runs::{Finished, StoredRecord};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::executions;
use crate::error::Trouble;
use crate::frames::{self, Frame};

const WRITE: &str = "
    INSERT INTO execution_records (execution, size, checksum, frame)
    VALUES ((SELECT number FROM executions WHERE id = ?), ?, ?, ?)";

const WRITE_SAMPLES: &str = "
    INSERT INTO execution_samples (execution, ended_at, size, checksum, frame)
    VALUES ((SELECT number FROM executions WHERE id = ?), ?, ?, ?, ?)";

const READ: &str = "
    SELECT size, checksum, frame FROM execution_records
    WHERE execution = (SELECT number FROM executions WHERE id = ?)";

const READ_SAMPLES: &str = "
    SELECT size, checksum, frame FROM execution_samples
    WHERE execution = (SELECT number FROM executions WHERE id = ?)";

const READ_ALL: &str = "
    SELECT size, checksum, frame, id, 'the record of the run' FROM execution_records
        JOIN executions ON number = execution
    UNION ALL
    SELECT size, checksum, frame, id, 'the samples of the run' FROM execution_samples
        JOIN executions ON number = execution";

const RECORD: &str = "the record of the run";
const SAMPLES: &str = "the samples of the run";

/// Writes what a run recorded.
pub(super) fn write(transaction: &Transaction<'_>, finished: &Finished) -> Result<(), Trouble> {
    let id = &finished.run;
    match (&finished.record, &finished.samples) {
        (None, None) => return Ok(()),
        (None, Some(_)) => return Err(executions::unfit(id, "it has samples, but no record that they belong to")),
        (Some(record), _) => {
            let frame = frames::pack(record, &[RECORD, id])?;
            transaction.prepare_cached(WRITE)?.execute(params![id, frame.size, frame.checksum, frame.bytes])?;
        }
    }
    if let Some(samples) = &finished.samples {
        let frame = frames::pack(samples, &[SAMPLES, id])?;
        transaction.prepare_cached(WRITE_SAMPLES)?.execute(params![
            id,
            finished.ended_at,
            frame.size,
            frame.checksum,
            frame.bytes
        ])?;
    }
    Ok(())
}

/// What a run recorded, as far as it is kept.
pub(super) fn of(transaction: &Transaction<'_>, id: &str) -> Result<Option<StoredRecord>, Trouble> {
    let frame = |sql, what| {
        let frame = transaction.prepare_cached(sql)?.query_row([id], read).optional()?;
        frame.map(|frame| frames::unpack(&frame, &[what, id])).transpose()
    };
    let Some(record) = frame(READ, RECORD)? else { return Ok(None) };
    Ok(Some(StoredRecord { record, samples: frame(READ_SAMPLES, SAMPLES)? }))
}

/// Reads everything once.
pub(super) fn verify(transaction: &Transaction<'_>) -> Result<(), Trouble> {
    let mut statement = transaction.prepare(READ_ALL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let [id, what]: [String; 2] = [row.get(3)?, row.get(4)?];
        frames::unpack(&read(row)?, &[&what, &id])?;
    }
    Ok(())
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Frame> {
    Ok(Frame { size: row.get(0)?, checksum: row.get(1)?, bytes: row.get(2)? })
}
