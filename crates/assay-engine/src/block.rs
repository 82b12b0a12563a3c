//! A block of rows in columns, as sources hand them to measures.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::BooleanBuffer;

/// Some consecutive rows of one file. Strings may come plain, as views or as dictionaries; every other column has
/// the table's own Arrow type.
#[derive(Debug, Clone)]
pub struct Block {
    /// The columns asked for, in the order asked.
    pub batch: RecordBatch,
    /// For each column, the rows whose text did not parse (null in `batch`); `None`: all parsed.
    pub unparsed: Vec<Option<BooleanBuffer>>,
    /// For each column, the text before parsing, where it was asked for.
    pub raw: Vec<Option<ArrayRef>>,
}

impl Block {
    /// A block of a typed source: nothing to parse.
    pub fn typed(batch: RecordBatch) -> Self {
        let n = batch.num_columns();
        Block { batch, unparsed: vec![None; n], raw: vec![None; n] }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }
}
