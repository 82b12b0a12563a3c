//! What monitors add to `assay.result/v1`: the window, what it was compared with, and every figure of every test.
//!
//! Figures are numbers, NaN and infinities strings. A p-value below 1e-300 is left to its decimal logarithm.

use schemars::JsonSchema;

use super::{Datum, Entries, Outcome, Reason};

/// One window of a monitor.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Monitor {
    /// Its window; absent where none was evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// What it was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The model that is watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// Columns by their contribution, largest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranking: Vec<Ranked>,
    /// What was decided on training the model again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrain: Option<Retrain>,
    /// Things worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A window of live rows.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Window {
    /// What names it on the command line: its start, `rows 0`, or the snapshot's fingerprint.
    pub name: String,
    /// The first instant in it, RFC 3339 with the offset of the monitor's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The first instant after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Evaluations of this window, from 1.
    pub revision: u32,
    /// Live rows in it.
    pub rows: u64,
    /// Rows that came after it was evaluated.
    pub late_rows: u64,
    /// Live rows without a time, in the whole snapshot.
    pub rows_without_time: u64,
    /// Whether its labels are not all due yet.
    pub partial: bool,
}

/// What a window was compared with.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Baseline {
    pub name: String,
    /// Of its content, hex.
    pub sha256: String,
    pub rows: u64,
    /// When it was made, where it is a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Version of the formulas of all tests.
    pub formula_version: u32,
    /// The windows it is the merge of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<String>,
}

/// A model.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Model {
    pub name: String,
    pub version: String,
}

/// A column's place among those that moved.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Ranked {
    pub column: String,
    pub outcome: Outcome,
    /// Share of the whole movement.
    pub contribution: Number,
    /// What moved.
    pub moved: String,
}

/// What was decided on training the model again.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Retrain {
    /// Of the proposal.
    pub id: String,
    /// `proposed`, `approved`, `sent`, `done`, `expired`, `rejected`, `cooldown`.
    pub state: String,
    /// A hash of model, window, baseline and rule.
    pub idempotency_key: String,
    pub message: String,
}

/// A number; NaN and infinities are strings.
#[derive(serde::Serialize, JsonSchema)]
#[serde(untagged)]
pub(in super::super) enum Number {
    Finite(f64),
    Other(String),
}

/// What the check of a monitor adds to a check. The figures are those of the deciding test with the worst outcome.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Drift {
    /// What the column was tested as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested_as: Option<TestedAs>,
    /// The test that the figures beside this are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    #[serde(flatten)]
    pub figures: Option<Figures>,
    /// Rows by bin on both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bins: Option<Bins>,
    /// What moved, in the column's own unit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// All tests, deciding ones first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Test>,
    /// Parts of the rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<Segments>,
    /// The window since which it is bad without a good one in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Present while it is bad but not for enough windows to be confirmed, and does not change the exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// Share of the whole movement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contribution: Option<Number>,
}

/// What a column is tested as.
#[derive(serde::Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum TestedAs {
    Numeric,
    Categorical,
}

/// The figures of a test.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Figures {
    /// The test's statistic; the lower end, where it is an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistic: Option<Number>,
    /// The upper end, where it is an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistic_high: Option<Number>,
    /// The p-value, from 1e-300 up, or 0 where it is exactly that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The decimal logarithm of a p-value below 1e-300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_log10: Option<f64>,
    /// Where the p-value comes from: `exact`, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_from: Option<String>,
    /// The p-value adjusted for the window's family of tests, from 1e-300 up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusted_p: Option<f64>,
    /// The decimal logarithm of an adjusted p-value below 1e-300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjusted_p_log10: Option<f64>,
    /// The size of the change, which is compared with the limit; the lower end, where it is an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Number>,
    /// The upper end, where it is an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect_high: Option<Number>,
    /// The effect from which the check warns and fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The 95th percentile without drift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub null_p95: Option<Number>,
    /// The 99th percentile without drift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub null_p99: Option<Number>,
    /// Degrees of freedom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub df: Option<Number>,
    /// Baseline rows used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Live rows used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub m: Option<u64>,
}

/// Limits of an effect.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Limit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail: Option<Number>,
}

/// Rows by bin: three lists of one length.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Bins {
    pub labels: Vec<String>,
    pub baseline: Vec<u64>,
    pub live: Vec<u64>,
}

/// A figure on both sides.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Moved {
    /// `mean`, `median`, ...
    pub figure: String,
    pub baseline: Number,
    pub live: Number,
}

/// One test.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Test {
    pub test: String,
    /// Whether it decides: it has a limit.
    pub deciding: bool,
    pub outcome: Outcome,
    #[serde(flatten)]
    pub figures: Figures,
    /// Other figures, which decide nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Entries<Number>>,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Things worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Parts of the rows.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Segments {
    /// The columns that rows are divided by.
    pub by: Vec<String>,
    /// How many segments there are.
    pub total: u64,
    /// How many of them are here.
    pub shown: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<u64>,
    pub items: Vec<Segment>,
}

/// A part of the rows.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Segment {
    /// The columns with their values; `__other__` where it holds all other values.
    pub segment: Entries<Datum>,
    pub outcome: Outcome,
    /// Live rows that the deciding test with the worst outcome used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested: Option<u64>,
    /// Its effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<Number>,
    /// The deciding tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Test>,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Bad, but not confirmed.
#[derive(serde::Serialize, JsonSchema)]
pub(in super::super) struct Pending {
    /// Bad windows so far.
    pub windows: u32,
    /// How many it takes.
    pub of: u32,
}
