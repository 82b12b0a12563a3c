//! Table sources: one file per format, listed in `registry`.
//!
//! A source opens files, tells their columns, and feeds blocks of rows. Feeding is split in two so that every format
//! can be read in parallel: [`Feed::next`] is called under a lock and does only what must happen in order (find the
//! next row group, cut the next 8 MiB of text at a record's end, inflate), [`Work::run`] does the rest on any thread.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use assay_core::engine::{ObservedColumn, OpenRequest};
use assay_core::measurement::MetricError;

use crate::block::Block;

pub mod csv;
mod decompress;
pub mod ipc;
pub mod jsonl;
pub mod parquet;
pub mod registry;
mod text_blocks;
mod text_columns;
#[cfg(test)]
mod text_fixture;
pub(crate) mod whole;

/// A file of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Where.
    pub path: PathBuf,
    /// As shown to people: the path as the contract's `path` reaches it.
    pub shown: String,
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970-01-01T00:00:00Z.
    pub modified_nanos: i64,
    /// Values of `key=value` folders, in order.
    pub partitions: Vec<(String, Option<String>)>,
}

/// A file format.
pub trait FileFormat: Send + Sync {
    /// Reads what must be known before scanning: headers or footers of all files, without partition columns.
    /// `files` is not empty. Fails for unreadable, truncated or wrong-format files, naming the path.
    fn open(&self, files: &[FileEntry], request: &OpenRequest) -> Result<Arc<dyn OpenTable>, MetricError>;
}

/// An opened table: what later calls read is fixed.
pub trait OpenTable: Send + Sync {
    /// Columns in the table's order with their Arrow types as blocks have them (strings: `Utf8`, whatever the
    /// encoding of a block).
    fn schema(&self) -> SchemaRef;
    /// The same columns as checks see them.
    fn columns(&self) -> Vec<ObservedColumn>;
    /// Rows, where known without reading them.
    fn rows(&self) -> Option<u64>;
    /// Bytes that mark the contents of each file, in file order, for the fingerprint (footer bytes, or for text
    /// files a hash of the contents' first and last 64 KiB with the size).
    fn marks(&self) -> Vec<Vec<u8>>;
    /// Notes on opening: columns that some files lack.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    /// Starts reading the given columns (indices into [`OpenTable::schema`]); `raw`: blocks of text sources also hold
    /// the text before parsing. An empty list still yields blocks with the right number of rows.
    fn feed(&self, columns: &[usize], raw: bool) -> Result<Box<dyn Feed>, MetricError>;
    /// The footers, for formats that have them.
    fn footers(&self) -> Option<&dyn Footers> {
        None
    }
}

/// Hands out work in file order.
pub trait Feed: Send {
    /// The next piece of work; `None` at the end. Called under a lock.
    fn next(&mut self) -> Option<Result<Box<dyn Work>, MetricError>>;
}

/// A piece of work: consecutive rows of one file.
pub trait Work: Send {
    /// Index of the file in the list the table was opened with.
    fn file(&self) -> usize;
    /// Bytes of storage it stands for, for progress and cost.
    fn bytes(&self) -> u64;
    /// Reads the rows, in order, in blocks of at most about 64 Ki rows. An error of `sink` ends it.
    fn run(self: Box<Self>, sink: &mut dyn FnMut(Block) -> Result<(), MetricError>) -> Result<(), MetricError>;
}

/// What footers know of row groups. Row groups are numbered across files in file order; they are also the work items
/// of [`Feed`], in the same order.
pub trait Footers: Send + Sync {
    /// Number of row groups.
    fn groups(&self) -> usize;
    /// Rows of a group.
    fn rows(&self, group: usize) -> u64;
    /// What is known of a column (index into the schema) in a group.
    fn column(&self, group: usize, column: usize) -> ColumnStats;
    /// Like [`OpenTable::feed`], for the groups in this order only.
    fn feed_groups(&self, columns: &[usize], groups: Vec<usize>) -> Result<Box<dyn Feed>, MetricError>;
}

/// What a footer says of one column in one row group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColumnStats {
    /// Number of nulls, where recorded.
    pub nulls: Option<u64>,
    /// Smallest and largest value, where recorded, exact, of an ordered kind, and not of a float.
    pub range: Option<(assay_core::value::Value, assay_core::value::Value)>,
}
