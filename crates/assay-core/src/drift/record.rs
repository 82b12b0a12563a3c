//! What a monitor concluded of one window: enough to repeat every figure by hand.

use assay_stats::PValue;
use assay_stats::drift::{Bins, ColumnKind, Limits};
use serde::{Deserialize, Serialize};

use crate::verdict::{Outcome, Reason};

/// One window of a monitor, beside its checks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MonitorRecord {
    /// Its window; `None` where no window was evaluated.
    pub window: Option<WindowRecord>,
    /// What it was compared with; `None` where there was none.
    pub baseline: Option<BaselineRecord>,
    /// The model: name and version.
    pub model: Option<(String, String)>,
    /// Columns by their contribution, largest first.
    pub ranking: Vec<Ranked>,
    /// What was decided on training the model again.
    pub retrain: Option<RetrainRecord>,
    /// Things worth knowing: baselines not comparable, windows left for the next run.
    pub notes: Vec<String>,
}

/// A window.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowRecord {
    /// What names it in the store and on the command line: its start as RFC 3339 with offset, `rows 0`, or the
    /// snapshot's fingerprint where all rows are one window.
    pub name: String,
    /// RFC 3339 with the offset of the monitor's zone, for windows of time.
    pub start: Option<String>,
    /// First instant after it.
    pub end: Option<String>,
    /// Evaluations of this window, from 1.
    pub revision: u32,
    /// Its live rows.
    pub rows: u64,
    /// Rows that came after it was evaluated: counted, never folded.
    pub late_rows: u64,
    /// Live rows without a time, in the whole snapshot.
    pub rows_without_time: u64,
    /// Whether its labels are not all due yet.
    pub partial: bool,
}

/// What a window was compared with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BaselineRecord {
    /// Its name.
    pub name: String,
    /// Its content's hash.
    pub sha256: String,
    /// Its rows.
    pub rows: u64,
    /// When it was made, where it is a file.
    pub created_at: Option<String>,
    /// Version of the formulas.
    pub formula_version: u32,
    /// Of which windows it is the merge (rolling and seasonal ones).
    pub windows: Vec<String>,
}

/// A column's place in the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The column.
    pub column: String,
    /// Share of the whole movement, 0 to 1: importance times (effect over its fail limit, else warn limit).
    #[serde(with = "assay_stats::exact")]
    pub contribution: f64,
    /// The sentence that says what moved.
    pub moved: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// A check of a monitor, in figures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DriftRecord {
    /// What the column was tested as.
    pub kind: Option<ColumnKind>,
    /// All tests, deciding ones first.
    pub tests: Vec<TestRecord>,
    /// The bin table.
    pub bins: Option<Bins>,
    /// Of numbers: where each bin begins and ends, in the order of the bins, without the last one of missing cells. Open
    /// ends are infinite; a bin of one value begins and ends there. Empty of categories.
    #[serde(with = "assay_stats::exact")]
    pub spans: Vec<(f64, f64)>,
    /// Of numbers: both distribution functions, for a plot.
    pub curves: Option<Curves>,
    /// Of correlations: the two columns.
    pub pair: Option<(String, String)>,
    /// Beside it for numbers: what moved, in the column's unit.
    #[serde(with = "assay_stats::exact")]
    pub figures: Vec<(String, f64, f64)>,
    /// Segments, in the baseline's order.
    pub segments: Vec<SegmentRecord>,
    /// The window since which it is bad without a good one in between.
    pub since: Option<String>,
    /// `Some` while it is bad but not confirmed: windows seen, windows needed. It then does not change the exit code.
    pub pending: Option<(u32, u32)>,
    /// Share of the whole movement.
    #[serde(default, with = "assay_stats::exact")]
    pub contribution: Option<f64>,
}

/// Empirical distribution functions of both sides at the same few values, for a plot; no test is computed from it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Curves {
    /// Finite values of the baseline, ascending; at most [`CURVE_POINTS`].
    #[serde(with = "assay_stats::exact")]
    pub values: Vec<f64>,
    /// Share of the baseline's non-missing rows at or below each value, 0 to 1.
    #[serde(with = "assay_stats::exact")]
    pub base: Vec<f64>,
    /// Share of the live non-missing rows at or below each value.
    #[serde(with = "assay_stats::exact")]
    pub live: Vec<f64>,
    /// Where the two are furthest apart (D of Kolmogorov and Smirnov): the value, and both shares there. It is one of the
    /// values unless D lies just below one; then the shares are those of rows below it.
    #[serde(default, with = "assay_stats::exact")]
    pub widest: Option<(f64, f64, f64)>,
}

/// Values of [`Curves`], at most.
pub const CURVE_POINTS: usize = 64;

/// One test of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestRecord {
    /// Its name.
    pub test: String,
    /// Whether it decides (it has a limit here).
    pub deciding: bool,
    /// How it ended; tests that do not decide pass or are skipped.
    pub outcome: Outcome,
    /// The statistic.
    #[serde(default, with = "assay_stats::exact")]
    pub statistic: Option<f64>,
    /// Its upper end, where it is an interval.
    #[serde(default, with = "assay_stats::exact")]
    pub statistic_high: Option<f64>,
    /// The p-value.
    pub p_value: Option<PValue>,
    /// Where it comes from.
    pub p_from: Option<String>,
    /// Adjusted for the family.
    pub adjusted_p: Option<PValue>,
    /// The effect.
    #[serde(default, with = "assay_stats::exact")]
    pub effect: Option<f64>,
    /// Its upper end, where it is an interval.
    #[serde(default, with = "assay_stats::exact")]
    pub effect_high: Option<f64>,
    /// The limits.
    pub limits: Option<Limits>,
    /// 95th percentile without drift.
    #[serde(default, with = "assay_stats::exact")]
    pub null_p95: Option<f64>,
    /// 99th percentile without drift.
    #[serde(default, with = "assay_stats::exact")]
    pub null_p99: Option<f64>,
    /// Degrees of freedom.
    #[serde(default, with = "assay_stats::exact")]
    pub df: Option<f64>,
    /// Baseline rows used.
    pub n: Option<u64>,
    /// Live rows used.
    pub m: Option<u64>,
    /// Other figures that decide nothing.
    #[serde(with = "assay_stats::exact")]
    pub shown: Vec<(String, f64)>,
    /// Why it was skipped.
    pub reason: Option<Reason>,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

/// One segment of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// Its columns and values; `None` is null, and for all of them `__other__` stands alone.
    pub segment: Vec<(String, Option<String>)>,
    /// How it ended.
    pub outcome: Outcome,
    /// Its deciding tests.
    pub tests: Vec<TestRecord>,
    /// Why it was skipped.
    pub reason: Option<Reason>,
}

/// What was decided on training the model again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrainRecord {
    /// The proposal's id.
    pub id: String,
    /// `proposed`, `approved`, `sent`, `done`, `expired`, `rejected`; or `cooldown`: nothing new was proposed.
    pub state: String,
    /// hash(model, window, baseline, rule).
    pub idempotency_key: String,
    /// One sentence.
    pub text: String,
}
