//! A monitor, loaded and validated: what is watched of a model, against what, and by which limits.

use std::sync::Arc;

use assay_stats::corrections::Correction;
use assay_stats::drift::{ColumnKind, Limits};

use crate::check::TableRef;
use crate::contract::{ColumnSpec, Dependency, Source};
use crate::drift::category::Category;
pub use crate::drift::retrain::{Retrain, RetrainRule, Webhook};
use crate::metric::Sql;
use crate::paths::PathPattern;
use crate::problem::Place;
use crate::schedule::{self, Schedule};
use crate::types::Type;

/// A monitor.
#[derive(Debug, Clone)]
pub struct Monitor {
    /// The file as shown to people.
    pub path: Arc<str>,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// Its name: `fare_eta`.
    pub name: String,
    /// `models`, or another name.
    pub layer: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// What it watches, in its own words.
    pub description: Option<String>,
    /// Labels to select by.
    pub tags: Vec<String>,
    /// The model: name and version.
    pub model: Option<(String, String)>,
    /// When it is due: a daemon runs it then.
    pub schedule: Option<Schedule>,
    /// Whether it is evaluated (`enabled: false`: everything is skipped and nothing read).
    pub enabled: bool,
    /// The code that makes the live rows.
    pub produced_by: Vec<PathPattern>,
    /// The contracts and monitors that run before it.
    pub depends_on: Vec<Dependency>,
    /// Where live rows are.
    pub source: Source,
    /// How cells are read where the monitor says so (`type:` of a column).
    pub read: Vec<ColumnSpec>,
    /// The filter on live rows.
    pub rows: Option<Sql>,
    /// The time of a row.
    pub timestamp: Option<Timestamp>,
    /// The column that names a prediction.
    pub id: Option<String>,
    /// What live rows are compared with.
    pub baseline: BaselineSource,
    /// Where the baseline is named.
    pub baseline_at: Place,
    /// The windows.
    pub window: Window,
    /// The columns that are named, in order.
    pub columns: Vec<MonitoredColumn>,
    /// Whether columns of the baseline that are not named are watched, too (they are, unless `columns_only: true`).
    pub watch_all: bool,
    /// Columns that are not watched.
    pub exclude: Vec<String>,
    /// The prediction.
    pub prediction: Option<Prediction>,
    /// What holds for columns without tests of their own.
    pub defaults: Defaults,
    /// When many tests are significant.
    pub significance: Significance,
    /// Segments.
    pub segments: Vec<Segments>,
    /// The share of drifted columns.
    pub dataset: Option<Dataset>,
    /// Correlations between columns.
    pub correlations: Option<Correlations>,
    /// The covariance of numeric columns.
    pub covariance: Option<Covariance>,
    /// Labels, which come late.
    pub labels: Option<Labels>,
    /// Whether features still mean the same for the target.
    pub concept: Option<Concept>,
    /// Limits on the model's performance.
    pub performance: Vec<PerformanceLimit>,
    /// How many windows in a row it takes.
    pub confirm: Confirm,
    /// Limits learnt from history.
    pub calibrate: Option<Calibrate>,
    /// When the model is to be trained again.
    pub retrain: Option<Retrain>,
    /// The variables it used, by name, with their values; secrets are not among them.
    pub vars: Vec<(String, String)>,
    /// Where the monitor begins in its file.
    pub at: Place,
}

impl Monitor {
    /// The zone of its schedule: the schedule's own, else that of the rows' times, else the project's.
    pub fn schedule_zone(&self, project: &str) -> chrono_tz::Tz {
        let of_rows = self.timestamp.as_ref().and_then(|timestamp| timestamp.timezone.as_deref());
        schedule::zone(self.schedule.as_ref(), of_rows, project)
    }
}

/// The time of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// Its column.
    pub column: String,
    /// The zone of windows' civil days, and of naive times; an IANA name.
    pub timezone: Option<String>,
    /// Where it is written.
    pub at: Place,
}

/// What live rows are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum BaselineSource {
    /// A stored baseline: a file relative to the project, or `name@alias` and `name@hash` of the registry.
    Profile(String),
    /// Rows, profiled in the run.
    From {
        /// Where.
        source: Source,
        /// Which of them.
        filter: Option<Sql>,
    },
    /// The windows before this one.
    Rolling {
        /// How many.
        windows: u32,
        /// Between the last of them and this one, in seconds.
        gap_seconds: i64,
    },
    /// The same hour or day in the weeks before.
    Same {
        /// Which.
        period: Period,
        /// How many weeks back.
        weeks: u32,
    },
}

/// What repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// The same hour of every day.
    HourOfDay,
    /// The same day of the week.
    DayOfWeek,
    /// The same hour of the same day of the week.
    HourOfWeek,
}

/// The windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How long or how many rows.
    pub size: WindowSize,
    /// How long after its end a window closes.
    pub lateness_seconds: i64,
    /// Rows that a test needs on both sides.
    pub min_rows: u64,
}

/// The size of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowSize {
    /// All rows of the snapshot are one window (no `timestamp`, or `size: all`).
    Whole,
    /// So many civil hours (a divisor of 24), aligned to the civil day.
    Hours(u32),
    /// So many civil days, aligned to 1970-01-01; whole weeks (multiples of 7) to Monday, 1970-01-05.
    Days(u32),
    /// So many rows in file order.
    Rows(u64),
}

/// A column of the monitor.
#[derive(Debug, Clone)]
pub struct MonitoredColumn {
    /// Its name.
    pub name: String,
    /// What it is tested as; `None`: as the baseline says.
    pub kind: Option<ColumnKind>,
    /// How it is read from text, where declared.
    pub ty: Option<Type>,
    /// Its weight.
    pub importance: Option<f64>,
    /// Its own tests, which replace the defaults (except `missing`).
    pub tests: Option<Vec<TestLimits>>,
    /// Whether its absence is no error.
    pub optional: bool,
    /// Where it is written.
    pub at: Place,
}

/// A deciding test with its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct TestLimits {
    /// The test's name in `assay_stats::drift::registry`.
    pub test: &'static str,
    /// Its limits as numbers: shares as fractions of 1.
    pub limits: Limits,
    /// The limits as written (`5%`), warn and fail.
    pub written: (Option<String>, Option<String>),
    /// Where they are written; `None`: built in.
    pub at: Option<Place>,
}

/// The prediction.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Its column.
    pub column: String,
    /// What is predicted.
    pub task: Task,
    /// Its own tests.
    pub tests: Option<Vec<TestLimits>>,
    /// Where it is written.
    pub at: Place,
}

/// What a model predicts.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// A number.
    Regression,
    /// A class.
    Classification {
        /// The column with the probability of the positive class.
        score: Option<String>,
        /// The positive class, of two.
        positive: Option<Category>,
    },
}

/// Tests of columns without tests of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// Of numeric columns.
    pub numeric: Vec<TestLimits>,
    /// Of categorical columns.
    pub categorical: Vec<TestLimits>,
    /// Of every column; `None`: `missing` is switched off.
    pub missing: Option<TestLimits>,
    /// Quantile bins of PSI: 10 or 20.
    pub psi_bins: u32,
}

/// When a p-value counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Significance {
    /// Below this, adjusted.
    pub alpha: f64,
    /// How it is adjusted.
    pub correction: Correction,
}

/// Segments.
#[derive(Debug, Clone, PartialEq)]
pub struct Segments {
    /// By these columns.
    pub by: Vec<String>,
    /// So many of the baseline's, by rows.
    pub top: u32,
    /// Rows that a segment needs on both sides.
    pub min_rows: u64,
    /// Where they are written.
    pub at: Place,
}

/// The share of drifted columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Its limits, fractions of 1.
    pub limits: Limits,
    /// Whether columns weigh by importance.
    pub by_importance: bool,
    /// Where it is written.
    pub at: Place,
}

/// Which pairs of columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Pairs {
    /// Those of largest correlation in the baseline.
    Top(u32),
    /// These.
    Named(Vec<(String, String)>),
}

/// Correlations between columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlations {
    /// Which.
    pub pairs: Pairs,
    /// Limits of the change.
    pub limits: Limits,
    /// Where it is written.
    pub at: Place,
}

/// How many principal components.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Components {
    /// As many as explain this share of the variance.
    Share(f64),
    /// So many.
    Count(u32),
}

/// The covariance of numeric columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    /// Components that rows are reconstructed from.
    pub components: Components,
    /// Limits in standard deviations of the baseline's own error.
    pub limits: Limits,
    /// Where it is written.
    pub at: Place,
}

/// Labels.
#[derive(Debug, Clone)]
pub struct Labels {
    /// The table.
    pub table: TableRef,
    /// Its column that names a prediction.
    pub key: String,
    /// Its column with the label.
    pub column: String,
    /// How long after a window's end its labels are looked for, in seconds.
    pub lag_seconds: i64,
    /// Share of predictions that must have a label, a fraction of 1.
    pub min_coverage: f64,
    /// Where they are written.
    pub at: Place,
}

/// Whether features still mean the same for the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Concept {
    /// So many features, by importance, then by their relation in the baseline.
    pub top: Option<u32>,
    /// These features.
    pub features: Vec<String>,
    /// Limits.
    pub limits: Limits,
    /// Where it is written.
    pub at: Place,
}

/// Limits of one performance metric.
#[derive(Debug, Clone, PartialEq)]
pub struct PerformanceLimit {
    /// The metric's name in `assay_stats::performance`.
    pub metric: &'static str,
    /// Warn beyond this.
    pub warn: Option<PerformanceBound>,
    /// Fail beyond this.
    pub fail: Option<PerformanceBound>,
    /// Where it is written.
    pub at: Place,
}

/// How good is good enough.
#[derive(Debug, Clone, PartialEq)]
pub struct PerformanceBound {
    /// Whether the metric must be at least this (else at most).
    pub at_least: bool,
    /// The number.
    pub value: f64,
    /// Whether the number is a factor of the baseline's own value (`1.15x baseline`).
    pub of_baseline: bool,
    /// As written.
    pub text: String,
}

/// How many windows in a row it takes to open and to resolve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirm {
    /// Bad windows until it counts.
    pub fail: u32,
    /// Good windows until it is over.
    pub recover: u32,
}

impl Default for Confirm {
    /// The first counts, both ways.
    fn default() -> Self {
        Confirm { fail: 1, recover: 1 }
    }
}

/// Limits learnt from history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibrate {
    /// Windows to learn from, at least 28.
    pub windows: u32,
}
