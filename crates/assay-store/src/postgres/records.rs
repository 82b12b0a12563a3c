//! Records of runs and their samples: compressed, and told apart from damage.

use assay_core::ops::runs::{Finished, StoredRecord};

use super::error::Problem;
use super::executions;
use super::pool::Tx;
use super::values::{Cells, Text};
use crate::frames;

const RECORD: &str = "the record of the run";
const SAMPLES: &str = "the samples of the run";

/// Writes what a run recorded.
pub(super) fn write(tx: &mut Tx<'_>, finished: &Finished) -> Result<(), Problem> {
    let id = &finished.run;
    match (&finished.record, &finished.samples) {
        (None, None) => return Ok(()),
        (None, Some(_)) => return Err(executions::unfit(id, "it has samples, but no record that they belong to")),
        (Some(record), _) => {
            let frame = frames::pack(record, &[RECORD, id])?;
            tx.run(
                "INSERT INTO execution_records (execution, size, checksum, frame) VALUES ($1, $2, $3, $4)",
                &[&Text(id), &frame.size, &frame.checksum, &frame.bytes],
            )?;
        }
    }
    if let Some(samples) = &finished.samples {
        let frame = frames::pack(samples, &[SAMPLES, id])?;
        tx.run(
            "INSERT INTO execution_samples (execution, ended_at, size, checksum, frame) VALUES ($1, $2, $3, $4, $5)",
            &[&Text(id), &finished.ended_at, &frame.size, &frame.checksum, &frame.bytes],
        )?;
    }
    Ok(())
}

/// What a run recorded, as far as it is kept.
pub(super) fn of(tx: &mut Tx<'_>, id: &str) -> Result<Option<StoredRecord>, Problem> {
    let Some(record) =
        bytes(tx, "SELECT size, checksum, frame FROM execution_records WHERE execution = $1", RECORD, id)?
    else {
        return Ok(None);
    };
    let samples = bytes(tx, "SELECT size, checksum, frame FROM execution_samples WHERE execution = $1", SAMPLES, id)?;
    Ok(Some(StoredRecord { record, samples }))
}

fn bytes(tx: &mut Tx<'_>, sql: &str, what: &'static str, id: &str) -> Result<Option<Vec<u8>>, Problem> {
    let row = tx.row(sql, &[&Text(id)])?;
    row.map(|row| Cells::of(&row, what).unpacked(&[what, id])).transpose()
}
