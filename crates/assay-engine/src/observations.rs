//! Live observations: the body of a request as rows of declared columns, in a form that can be kept and counted.
//!
//! Values are read as those of JSON lines are, whichever format they came in: what a value is must not depend on who
//! sends it.

use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use assay_core::contract::{ColumnSpec, Source};
use assay_core::value::Value;

use crate::arrow_types::value_at;
use crate::sources::whole::{self, NotRead, Rows};

#[cfg(test)]
mod tests;

/// Rows of a body, at most.
pub const MOST_ROWS: u64 = whole::MOST_ROWS;
/// Rows that are named with the reason why they were not accepted, at most.
pub const MOST_NAMED: usize = 100;

const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// How observations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// One JSON object a line.
    Ndjson,
    /// An Arrow IPC stream, not compressed.
    ArrowStream,
}

/// What was read of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The accepted rows as an Arrow IPC file.
    pub bytes: Vec<u8>,
    /// How many.
    pub rows: u64,
    /// Rows that were not accepted: their numbers from 0, and why; at most [`MOST_NAMED`].
    pub rejected: Vec<(u64, String)>,
    /// How many were not accepted.
    pub n_rejected: u64,
}

/// Why nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The body as a whole is not what it says.
    #[error("{0}")]
    Body(String),
    /// There is more of it than may be.
    #[error("{0}")]
    TooMuch(String),
    /// It is not the body's fault: no body can be read to these columns.
    #[error("{0}")]
    Columns(String),
}

impl From<NotRead> for Refused {
    fn from(why: NotRead) -> Self {
        match why {
            NotRead::Broken(text) => Refused::Body(text),
            NotRead::TooMuch(text) => Refused::TooMuch(text),
            NotRead::Columns(text) => Refused::Columns(text),
        }
    }
}

/// Reads a body to these columns; a field of another name is nobody's, a column that a row has no field for is null.
/// `place` is asked about the time of each row in the column `time` (nanoseconds since 1970-01-01T00:00:00 of the
/// column's clock) and may refuse it.
///
/// # Errors
/// Nothing of the body is taken.
pub fn read(
    written: Written,
    body: &[u8],
    columns: &[ColumnSpec],
    source: &Source,
    time: &str,
    place: &mut dyn FnMut(i128) -> Result<(), String>,
) -> Result<Accepted, Refused> {
    let Some(time) = columns.iter().position(|column| column.name == time) else {
        return Err(Refused::Columns(format!("there is no column `{time}` to tell a row's time")));
    };
    let parts = match written {
        Written::Ndjson => whole::read_json(body, columns, source)?,
        Written::ArrowStream => whole::read_ipc(body, columns, source)?,
    };
    let mut sorting = Sorting { columns, time, place, number: 0, named: Vec::new(), n_rejected: 0 };
    let kept: Vec<RecordBatch> = parts.iter().map(|part| sorting.part(part)).collect::<Result<_, _>>()?;
    let rows = kept.iter().map(|batch| batch.num_rows() as u64).sum();
    let bytes = write(&kept).map_err(engine)?;
    Ok(Accepted { bytes, rows, rejected: sorting.named, n_rejected: sorting.n_rejected })
}

/// Gives accepted rows the columns that are declared by now: null where a row was accepted without. `None`: they have
/// them already.
///
/// # Errors
/// One sentence: the bytes are not those of [`Accepted`].
pub fn conform(bytes: &[u8], columns: &[ColumnSpec], source: &Source) -> Result<Option<Vec<u8>>, Refused> {
    // an empty batch has no columns to speak of
    Ok(if bytes.is_empty() { None } else { whole::conform(bytes, columns, source)? })
}

/// Tells rows that are accepted from those that are not.
struct Sorting<'a> {
    columns: &'a [ColumnSpec],
    time: usize,
    place: &'a mut dyn FnMut(i128) -> Result<(), String>,
    /// Of the next row.
    number: u64,
    named: Vec<(u64, String)>,
    n_rejected: u64,
}

impl Sorting<'_> {
    /// The accepted rows of a part.
    fn part(&mut self, part: &Rows) -> Result<RecordBatch, Refused> {
        let rows = 0..part.batch.num_rows();
        let accepted: BooleanArray = rows.map(|row| Some(self.accepts(part, row))).collect();
        filter_record_batch(&part.batch, &accepted).map_err(engine)
    }

    fn accepts(&mut self, part: &Rows, row: usize) -> bool {
        let number = self.number;
        self.number += 1;
        let Err(why) = self.judge(part, row) else { return true };
        self.n_rejected += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push((number, why));
        }
        false
    }

    fn judge(&mut self, part: &Rows, row: usize) -> Result<(), String> {
        if let Some(column) = part.bad.get(&row) {
            return Err(self.unfit(*column));
        }
        let name = &self.columns[self.time].name;
        match time_at(part.batch.column(self.time), row) {
            Some(time) => (self.place)(time).map_err(|why| format!("`{name}` {why}")),
            None => Err(format!("`{name}`, the time of the row, is missing")),
        }
    }

    fn unfit(&self, column: usize) -> String {
        let ColumnSpec { name, ty, .. } = &self.columns[column];
        match ty {
            Some(ty) => format!("`{name}` is no {ty}"),
            None => format!("`{name}` does not parse"),
        }
    }
}

fn time_at(array: &dyn Array, row: usize) -> Option<i128> {
    match value_at(array, row)? {
        Value::Instant(nanos) | Value::Naive(nanos) => Some(nanos),
        Value::Date(days) => Some(i128::from(days) * NANOS_PER_DAY),
        _ => None,
    }
}

fn write(batches: &[RecordBatch]) -> Result<Vec<u8>, ArrowError> {
    let Some(first) = batches.first() else { return Ok(Vec::new()) };
    let mut writer = FileWriter::try_new(Vec::new(), &first.schema())?;
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        writer.write(batch)?;
    }
    writer.into_inner()
}

fn engine(error: ArrowError) -> Refused {
    Refused::Columns(error.to_string())
}
