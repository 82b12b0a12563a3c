//! What Assay asks of an engine: open a table once, measure metrics on it, fetch a few failing rows.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::check::{RowSelector, Tables};
use crate::contract::{ColumnSpec, Source};
use crate::measurement::{Measurements, MetricError};
use crate::metric::{Metric, Sql, TableId};
use crate::types::Type;

/// A boxed future: the core needs no async runtime.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An engine.
pub trait Engine: Send + Sync {
    /// Resolves the table's files, reads their footers or headers, and fixes what every later call reads.
    fn open<'a>(&'a self, request: &'a OpenRequest) -> BoxFuture<'a, Result<Snapshot, MetricError>>;

    /// Measures every metric of the plan, each table in as few passes as its metrics allow.
    fn measure<'a>(
        &'a self,
        plan: &'a MetricPlan,
        tables: &'a Tables,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, MeasureReport>;

    /// Fetches the first failing rows in key order, one answer per request in order. One pass per table at most.
    fn failing_rows<'a>(
        &'a self,
        requests: &'a [RowRequest],
        tables: &'a Tables,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, SampleReport>;
}

/// What is asked when a table is opened.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    /// The contract's name for it, for messages.
    pub table: String,
    /// Where it is.
    pub source: Source,
    /// Declared columns: names, types and how cells are read.
    pub columns: Vec<ColumnSpec>,
    /// The filter on every check, from which partitions are pruned; `None` also where some check reads all rows.
    pub rows: Option<Sql>,
    /// The project's zone, for `current_date` in SQL.
    pub timezone: String,
    /// The run's clock, for `now()` in SQL: nanoseconds since 1970-01-01T00:00:00Z.
    pub now_nanos: i64,
}

/// A table as it was when it was opened.
#[derive(Clone)]
pub struct Snapshot {
    /// `parquet`, `csv`, ...
    pub format: &'static str,
    /// The path as the contract has it.
    pub path: String,
    /// Files found and kept after pruning.
    pub files: u64,
    /// Files left out because their partition values exclude every selected row.
    pub files_pruned: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Rows, where footers tell without reading (pruned files not counted).
    pub rows: Option<u64>,
    /// Hash over names, sizes and contents' marks (footers; times are not part of it), hex.
    pub fingerprint: String,
    /// Columns in the table's order, partition columns last.
    pub columns: Vec<ObservedColumn>,
    /// Things worth knowing.
    pub notes: Vec<String>,
    /// The newest file's modification time, nanoseconds since 1970-01-01T00:00:00Z.
    pub newest_file_nanos: Option<i64>,
    /// The engine's own state.
    pub handle: Arc<dyn Any + Send + Sync>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("path", &self.path).field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// A column of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedColumn {
    /// The name in the source.
    pub name: String,
    /// The type checks see: the source's own, or for text sources the declared one (`string` without).
    pub ty: Type,
    /// Whether the source's schema allows nulls; `None` where it does not say (text).
    pub nullable: Option<bool>,
    /// Whether its values come from the folder names.
    pub partition: bool,
}

/// Metrics to measure, each once.
#[derive(Debug, Clone, Default)]
pub struct MetricPlan {
    /// The metrics.
    pub metrics: BTreeSet<Metric>,
}

/// What measuring gave.
#[derive(Debug, Default)]
pub struct MeasureReport {
    /// An answer for every metric of the plan.
    pub measurements: Measurements,
    /// What it took, by table.
    pub costs: BTreeMap<TableId, Cost>,
}

/// What it took to read a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Passes over (some of) the rows.
    pub passes: u64,
    /// Further passes to fetch failing rows.
    pub sample_passes: u64,
    /// Bytes of column chunks or text read from storage.
    pub bytes_read: u64,
    /// Row groups read at least in part (Parquet).
    pub row_groups_read: u64,
    /// Row groups whose footer answered everything (Parquet).
    pub row_groups_proven: u64,
    /// Rows scanned; progress speaks of them.
    pub rows_scanned: u64,
}

/// A request for failing rows.
#[derive(Debug, Clone)]
pub struct RowRequest {
    /// Which rows.
    pub selector: RowSelector,
    /// The key's columns that name the rows, in order; empty: rows are named by file and row number.
    pub key: Vec<crate::metric::Column>,
    /// How many at most.
    pub keep: u32,
}

/// What fetching failing rows gave.
#[derive(Debug, Default)]
pub struct SampleReport {
    /// For each request, its rows or why there are none.
    pub samples: Vec<Result<Vec<SampleRow>, MetricError>>,
    /// What it took, by table.
    pub costs: BTreeMap<TableId, Cost>,
}

/// A failing row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// What names it.
    pub name: RowName,
    /// The columns at fault with their values.
    pub values: Vec<(String, Cell)>,
}

/// What names a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowName {
    /// Its key.
    Key(Vec<(String, Cell)>),
    /// Its place.
    Place {
        /// The file, as a path relative to the source's where it can be.
        file: String,
        /// The row in it, from 0.
        row: u64,
    },
}

/// A value as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// Null.
    Null,
    /// Truth.
    Bool(bool),
    /// A float.
    Float(#[serde(with = "assay_stats::exact")] f64),
    /// Anything else, as text.
    Text(String),
}

/// Somebody who watches a run: told of progress, asked whether to stop. Called from worker threads.
pub trait Watch: Send + Sync {
    /// A pass over a table begins; `rows` where the number is known, `bytes` of the files always.
    fn begin(&self, table: &str, rows: Option<u64>, bytes: u64) {
        let _ = (table, rows, bytes);
    }
    /// So many more rows and bytes were read.
    fn advance(&self, rows: u64, bytes: u64) {
        let _ = (rows, bytes);
    }
    /// The pass ended.
    fn end(&self) {}
    /// Whether to stop now.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}
