//! A contract, loaded and validated: all that a run needs to know of one table.

use std::sync::Arc;

use crate::check::PlacedCheck;
use crate::metric::Sql;
use crate::paths::PathPattern;
use crate::problem::Place;
use crate::schedule::{self, Schedule};
use crate::text::TextOptions;
use crate::types::Type;
use crate::verdict::Severity;

/// Reads the files a contract names (`extends`, `in: {file: ..}`): the core itself touches no file system.
pub trait Files: std::fmt::Debug {
    /// The bytes of `path`, which is relative to the folder of the file `from`. The error is one sentence.
    fn read(&self, path: &str, from: &str) -> Result<Vec<u8>, String>;
}

/// A validated contract.
#[derive(Debug)]
pub struct Contract {
    /// The file as shown to people.
    pub path: Arc<str>,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// The table's name: `silver.orders`.
    pub table: String,
    /// `bronze`, `silver`, `gold`, `models`, or another name.
    pub layer: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// What the table is, in the contract's words.
    pub description: Option<String>,
    /// Labels to select by.
    pub tags: Vec<String>,
    /// When it is due: a daemon runs it then.
    pub schedule: Option<Schedule>,
    /// Whether it is evaluated (`enabled: false`: everything is skipped and nothing read).
    pub enabled: bool,
    /// The code that makes the table.
    pub produced_by: Vec<PathPattern>,
    /// The contracts and monitors that run before it.
    pub depends_on: Vec<Dependency>,
    /// Where its data are.
    pub source: Source,
    /// Declared columns, in order.
    pub columns: Vec<ColumnSpec>,
    /// The filter on every check.
    pub rows: Option<Sql>,
    /// The key's columns, as written.
    pub key: Vec<String>,
    /// Samples of failing rows.
    pub failed_rows: FailedRows,
    /// The contract's own severity, after layer and defaults.
    pub severity: Severity,
    /// The checks, implicit ones after their column.
    pub checks: Vec<PlacedCheck>,
    /// The variables it used, by name, with their values; secrets (`${env:}`, `${file:}`) are not among them.
    pub vars: Vec<(String, String)>,
}

/// A document that runs before the one that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The contract's table or the monitor's name.
    pub name: String,
    /// Where it is named.
    pub at: Place,
}

impl Contract {
    /// The zone of its schedule: the schedule's own, else the project's.
    pub fn schedule_zone(&self, project: &str) -> chrono_tz::Tz {
        schedule::zone(self.schedule.as_ref(), None, project)
    }
}

/// Samples of failing rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRows {
    /// How many, at most. 0 switches the second pass off.
    pub keep: u32,
    /// Columns whose values are masked.
    pub mask: Vec<String>,
}

/// A declared column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name as written.
    pub name: String,
    /// Its declared type.
    pub ty: Option<Type>,
    /// Whether it may be missing.
    pub optional: bool,
    /// How its cells are read.
    pub read: ReadOptions,
}

/// How the cells of a column are read, before any check sees them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Texts (read by the column's type) that become null for every check of the column.
    pub missing: Vec<String>,
    /// NaN becomes null.
    pub nan_is_null: bool,
    /// `nan: allow`: NaN is not tested by the column's numeric checks. Nothing changes while reading.
    pub nan_allowed: bool,
    /// How text is parsed.
    pub text: TextOptions,
    /// The zone of a naive timestamp or of dates.
    pub timezone: Option<String>,
}

/// File formats, and what stands in the place of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Format {
    Parquet,
    Csv,
    JsonLines,
    ArrowIpc,
    /// No files: rows that a daemon takes and counts as they come. Of monitors alone.
    Observations,
}

impl Format {
    /// The name in contracts and results.
    pub fn name(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
            Format::ArrowIpc => "arrow",
            Format::Observations => "observations",
        }
    }

    /// Whether cells are text that is parsed to declared types.
    pub fn is_text(self) -> bool {
        matches!(self, Format::Csv | Format::JsonLines | Format::Observations)
    }
}

/// Where a table's data are: a file, a folder or a glob, on local disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The format.
    pub format: Format,
    /// The path as written, after substitution; shown to people.
    pub path: String,
    /// The path resolved against the project's folder.
    pub resolved: std::path::PathBuf,
    /// Cells that mean null while reading text; CSV default `[""]`.
    pub null_values: Vec<String>,
    /// The zone of naive timestamps, unless the column says another.
    pub timezone: Option<String>,
    /// How CSV is written.
    pub csv: CsvOptions,
    /// Whether `key=value` folders are columns.
    pub hive: bool,
}

/// How CSV is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    /// Between cells.
    pub delimiter: u8,
    /// Around cells; `None`: no quoting.
    pub quote: Option<u8>,
    /// Before a quote inside quotes; `None`: the quote is doubled.
    pub escape: Option<u8>,
    /// Whether the first line holds names. Without, the declared columns are taken in order.
    pub header: bool,
    /// Lines that start with this are left out.
    pub comment: Option<u8>,
    /// Lines to leave out at the start of each file.
    pub skip_rows: u64,
    /// An encoding label of the WHATWG list; `None`: UTF-8, checked.
    pub encoding: Option<String>,
    /// A line with too many or too few cells is a failing row of `parse` instead of an error.
    pub ragged_fails: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        CsvOptions {
            delimiter: b',',
            quote: Some(b'"'),
            escape: None,
            header: true,
            comment: None,
            skip_rows: 0,
            encoding: None,
            ragged_fails: false,
        }
    }
}
