//! The versioned types of `assay.result/v1`. Within v1 keys may be added; none is renamed or dropped, and their order
//! is the order of the fields. Absent means not applicable.

pub(super) mod drift;
mod values;

use schemars::JsonSchema;

pub(super) use values::{Datum, Entries};

use super::changes::Changes;

/// The result of `assay check`.
///
/// Keys always come in this order; an absent key means not applicable. Counts are numbers. Data values are strings,
/// except floats and bools; NaN and infinities are strings.
#[derive(serde::Serialize, JsonSchema)]
#[schemars(rename = "assay.result/v1")]
pub(super) struct ResultV1 {
    /// The version of this format.
    #[schemars(extend("const" = "assay.result/v1"))]
    pub schema: &'static str,
    /// The version of the program.
    pub assay: &'static str,
    /// A hash of contracts, variables, clock and data: the same input has the same id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^r-[0-9a-f]{16}$"))]
    pub id: Option<String>,
    /// The run's clock, RFC 3339 in UTC. `--as-of` with this value repeats the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub as_of: Option<String>,
    /// The variables that contracts used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vars: Option<Entries<String>>,
    /// The worst outcome, in the order error, fail, warn, skipped, pass; `invalid` where a file was invalid and no
    /// data were read.
    pub outcome: Outcome,
    /// The exit code of the process.
    pub exit_code: u8,
    /// How many checks ended how.
    pub summary: Summary,
    /// What is wrong with contracts and project file; not empty exactly when the outcome is `invalid`.
    pub problems: Vec<Problem>,
    /// Things worth knowing of the run as a whole, that change nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub notes: Vec<String>,
    /// What differs between two versions of contracts, of a gate (`assay gate`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// The tables, by name.
    pub tables: Vec<Table>,
}

/// How something ended.
#[derive(serde::Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// The data keep the contract.
    Pass,
    /// Broken at the level that does not block.
    Warn,
    /// Broken.
    Fail,
    /// Could not be evaluated.
    Error,
    /// Not evaluated, for a reason that is given.
    Skipped,
    /// A contract or the project file is invalid; no data were read.
    Invalid,
}

/// What breaking a check amounts to.
#[derive(serde::Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// Reported, does not block.
    Warn,
    /// Blocks.
    Fail,
}

/// What a check looks after.
#[derive(serde::Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Dimension {
    Completeness,
    Uniqueness,
    Validity,
    Timeliness,
    Consistency,
    Volume,
    Schema,
    Drift,
    Performance,
}

/// Numbers of checks by outcome.
#[derive(serde::Serialize, JsonSchema, Default)]
pub(super) struct Summary {
    pub pass: u64,
    pub warn: u64,
    pub fail: u64,
    pub error: u64,
    pub skipped: u64,
}

/// Something wrong with a file.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Problem {
    /// Where, where some text is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A place in a file; line and column count from 1.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Place {
    pub path: String,
    pub line: u32,
    pub column: u32,
}

/// One table and its checks.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Table {
    /// Its name; a monitor's, where `kind` says so. A monitor is one item for each window that it evaluated.
    pub table: String,
    /// What was evaluated on it.
    pub kind: Kind,
    /// `bronze`, `silver`, `gold` or another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Who looks after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The worst outcome of its checks.
    pub outcome: Outcome,
    /// The contract or monitor.
    pub contract: Contract,
    /// What was read; absent where the table could not be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
    /// How many rows there are and how many the contract's `rows` selected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
    /// What reading took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Why the table as a whole could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What only monitors have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor: Option<drift::Monitor>,
    /// The checks in contract order, implicit ones after their column.
    pub checks: Vec<Check>,
}

/// What was evaluated on a table.
#[derive(serde::Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Contract,
    Monitor,
}

/// A contract's file.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Contract {
    /// Relative to the project where it can be.
    pub path: String,
    /// Of its bytes, hex.
    pub sha256: String,
}

/// What was read, resolved once for all checks.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Snapshot {
    /// `parquet`, `csv`, `jsonl`, `arrow`.
    pub format: String,
    /// As the contract has it, variables filled in.
    pub path: String,
    /// Files read.
    pub files: u64,
    /// Files left out because their partition values exclude every selected row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_pruned: Option<u64>,
    /// Size of the files read.
    pub bytes: u64,
    /// A hash over what the files are, hex.
    pub fingerprint: String,
    /// Things worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Numbers of rows.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Rows {
    /// Of the files read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Those that the contract's `rows` selects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected: Option<u64>,
    /// The contract's `rows`, variables filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

/// What reading took.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Cost {
    /// Passes over (some of) the rows.
    pub passes: u64,
    /// Further passes to fetch failing rows.
    pub sample_passes: u64,
    /// Bytes of column chunks or text read.
    pub bytes_read: u64,
    /// Only where files have row groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_groups: Option<RowGroups>,
}

/// Row groups of Parquet files.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct RowGroups {
    /// Read at least in part.
    pub read: u64,
    /// Answered by their footer alone.
    pub proven: u64,
}

/// Why something was not evaluated.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Reason {
    /// Stable: `column_missing`, `unreadable`, `bad_sql`, ...
    pub code: String,
    /// For people.
    pub text: String,
}

/// A check and its verdict.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Check {
    /// Unique in the contract: `email.completeness`, `key`.
    pub id: String,
    /// The check's name in the contract language.
    pub check: String,
    /// The column it stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub dimension: Dimension,
    pub outcome: Outcome,
    pub severity: Severity,
    /// Where it is written; for an implicit check, what implies it.
    pub at: Place,
    /// Rows decided on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested: Option<u64>,
    /// Of those, rows that break it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing: Option<u64>,
    /// Rows not tested: the value is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls: Option<u64>,
    /// Rows not tested: the SQL predicate is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<u64>,
    /// Rows not tested: the value is NaN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nan: Option<u64>,
    /// Duplicated groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<u64>,
    /// Rows too many in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surplus: Option<u64>,
    /// How much may fail, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerate: Option<String>,
    /// The limits as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// What was expected, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<Datum>,
    /// Observed and expected in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What answered: file footers alone, or a scan of rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<From>,
    /// The contract's reason for the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Things worth knowing that change nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why it was skipped or could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Failing rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<Samples>,
    /// What only checks of monitors have.
    #[serde(flatten)]
    pub drift: Option<drift::Drift>,
}

/// What answered a check.
#[derive(serde::Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum From {
    Footer,
    Scan,
}

/// Limits by level, as written.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn: Option<Entries<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail: Option<Entries<String>>,
}

/// The first failing rows, in key order.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct Samples {
    /// How many are here.
    pub kept: u64,
    /// How many fail in all.
    pub of: u64,
    /// What names a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_by: Option<NamedBy>,
    pub rows: Vec<SampleRow>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What names a row.
#[derive(serde::Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum NamedBy {
    /// The contract's key.
    Key,
    /// Its place in a file.
    Place,
}

/// A failing row.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct SampleRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Entries<Datum>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<RowPlace>,
    /// The columns at fault.
    pub values: Entries<Datum>,
}

/// A row's place.
#[derive(serde::Serialize, JsonSchema)]
pub(super) struct RowPlace {
    pub file: String,
    /// From 0.
    pub row: u64,
}
