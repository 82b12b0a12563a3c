//! Bodies of requests: rows that are at hand whole, read to declared columns and nothing else.
//!
//! Who sends them is not trusted: what they unpack to is bounded before anything is held.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};
use assay_core::contract::{ColumnSpec, Source};
use assay_core::measurement::MetricError;

use super::jsonl::{Takes, takes};
use super::text_columns::TextColumn;
use crate::error::arrow;

pub(crate) use super::ipc::whole::{conform, read as read_ipc};
pub(crate) use super::jsonl::whole::read as read_json;

/// What bodies are called in messages.
pub(super) const BODY: &str = "the body";
/// Rows of a body, at most.
pub(crate) const MOST_ROWS: u64 = 50_000;
/// Values of a body, with those that are missing: 200 columns of as many rows as there may be.
const MOST_CELLS: u64 = 200 * MOST_ROWS;

/// Some rows of a body.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The declared columns; null where a value is missing or does not parse.
    pub batch: RecordBatch,
    /// Rows with a value that does not parse, with the first such column.
    pub bad: BTreeMap<usize, usize>,
}

/// Why a body was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotRead {
    /// It is not what it says it is.
    Broken(String),
    /// There is too much of it.
    TooMuch(String),
    /// The declared columns are none that could be read.
    Columns(String),
}

impl From<MetricError> for NotRead {
    fn from(error: MetricError) -> Self {
        NotRead::Broken(error.text)
    }
}

/// A declared column.
pub(super) struct Declared {
    /// How its texts are read.
    pub text: TextColumn,
    /// Which kinds of values it takes.
    pub takes: Takes,
}

impl Declared {
    /// These columns, under their own names.
    pub fn all(columns: &[ColumnSpec], source: &Source) -> Result<Vec<Declared>, NotRead> {
        let one = |spec: &ColumnSpec| {
            let text = TextColumn::new(&spec.name, Some(spec), source);
            text.map(|text| Declared { text, takes: takes(spec) }).map_err(|error| NotRead::Columns(error.text))
        };
        columns.iter().map(one).collect()
    }
}

/// A batch of these columns.
pub(super) fn batch(declared: &[Declared], arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, MetricError> {
    let fields: Vec<Field> = declared.iter().map(|column| column.text.field()).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(arrow)
}

/// Whether so many rows of so many columns may be held.
pub(super) fn few(rows: u64, columns: usize) -> Result<(), NotRead> {
    if rows > MOST_ROWS {
        return Err(NotRead::TooMuch(format!("a batch has at most {MOST_ROWS} rows, and this one has {rows}")));
    }
    let cells = rows.saturating_mul(columns as u64);
    if cells > MOST_CELLS {
        let most = MOST_CELLS / columns as u64;
        return Err(NotRead::TooMuch(format!("a batch of {columns} columns has at most {most} rows, not {rows}")));
    }
    Ok(())
}
