//! A baseline: what the columns of training data looked like, in numbers that live windows are compared with.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};
use assay_stats::drift::ColumnKind;

use crate::drift::category::Category;
use crate::drift::knots::Knots;
use crate::drift::live::CategorySet;
use crate::drift::monitor::Monitor;
use crate::drift::state::Cells;
use crate::engine::{BoxFuture, Watch};
use crate::verdict::Reason;

/// The version of the baseline file that this program writes: major and minor. A newer major is refused.
pub const FORMAT_VERSION: (u32, u32) = (1, 0);
/// Non-missing rows up to which a numeric column keeps its full ECDF.
pub const FULL_ECDF_ROWS: u64 = 100_000;
/// Knots of a larger one.
pub const KNOTS: usize = 4_096;
/// Values of the seeded sample.
pub const SAMPLE: usize = 10_000;
/// Categories kept by name.
pub const NAMED_CATEGORIES: usize = 10_000;
/// Hashes of further categories.
pub const TAIL_HASHES: usize = 1_000_000;
/// Distinct values up to which a number is tested as categories.
pub const FEW_VALUES: usize = 20;

/// A baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// What it is and where it comes from.
    pub header: Header,
    /// One for each column and segment; the whole (no segment) of every column first, in table order.
    pub columns: Vec<BaselineColumn>,
    /// Pairs of numeric columns with their co-moments; each pair once, in table order.
    pub pairs: Vec<BaselinePair>,
    /// What the covariance test needs; `None` where it was not asked for.
    pub covariance: Option<Covariance>,
    /// Performance at training, by metric.
    pub performance: BTreeMap<String, f64>,
    /// What was predicted, where a target column was named.
    pub target: Option<Target>,
}

/// What a baseline is and where it comes from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Version of the file format.
    pub format_version: (u32, u32),
    /// Version of the formulas.
    pub formula_version: u32,
    /// RFC 3339, UTC. Not part of `sha256`.
    pub created_at: String,
    /// Rows it was made of.
    pub rows: u64,
    /// Of the source before sampling, where it was sampled.
    pub rows_before_sampling: Option<u64>,
    /// The rows' smallest and largest time, where a time column was named.
    pub time_range: Option<(String, String)>,
    /// The zone of naive times.
    pub timezone: Option<String>,
    /// SHA-256 over names and types of the columns, hex.
    pub schema_hash: String,
    /// SHA-256 over everything but `created_at`, hex: what the baseline is known by.
    pub sha256: String,
    /// Seed of the sampler.
    pub seed: u64,
    /// Whether samples of values were kept (`sample: none` leaves them out).
    pub sampled_values: bool,
    /// Categories and values of fewer rows are left out by name, for privacy; 0 or 1: none.
    pub min_bin_count: u64,
    /// Where the rows came from, by name: `source`, `where`, `fingerprint`, `git_commit`, `mlflow_run`,
    /// `model_name`, `model_version`, `training_data`, `dvc_md5`, `feast_feature_view`, ...
    pub lineage: BTreeMap<String, String>,
    /// Columns by which it is segmented, with the segments, in order.
    pub segmentations: Vec<BaselineSegmentation>,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

/// A division of the baseline's rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BaselineSegmentation {
    /// The columns.
    pub by: Vec<String>,
    /// The segments by rows descending; rows of other values are in a last one, `__other__`.
    pub segments: Vec<Vec<Option<Category>>>,
}

/// Which rows of a baseline or window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId {
    /// The segmentation, an index.
    pub segmentation: usize,
    /// The segment in it; the number of its segments stands for `__other__`.
    pub segment: usize,
}

/// A column of a baseline, over all rows or a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineColumn {
    /// Its name.
    pub name: String,
    /// `None`: all rows.
    pub segment: Option<SegmentId>,
    /// What it is tested as, unless the monitor says otherwise.
    pub role: ColumnKind,
    /// Its type, as contracts write types.
    pub dtype: String,
    /// Its cells.
    pub cells: Cells,
    /// By order: every numeric column, also where it is tested as categories.
    pub numeric: Option<NumericProfile>,
    /// By category: every column tested as categories.
    pub categories: Option<CategoryProfile>,
    /// Labels by the bins of this feature, where a target column was named.
    pub target: Option<TargetProfile>,
}

/// A numeric column.
#[derive(Debug, Clone, PartialEq)]
pub struct NumericProfile {
    /// Smallest and largest finite value; `None` without one.
    pub range: Option<(f64, f64)>,
    /// Mean of the finite values.
    pub mean: f64,
    /// Sum of squared deviations of the finite values from their mean.
    pub m2: f64,
    /// Its values, or knots.
    pub knots: Arc<Knots>,
    /// A seeded sample with the rows of each value, ascending; empty where none is kept or the ECDF is full.
    pub sample: Vec<(f64, u64)>,
}

/// A categorical column.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryProfile {
    /// What live rows are counted against.
    pub set: Arc<CategorySet>,
    /// Rows of each category kept by name, in the order of the set.
    pub counts: Vec<u64>,
    /// Rows of all other categories.
    pub tail_rows: u64,
    /// Distinct categories.
    pub distinct: u64,
    /// Categories of exactly one row.
    pub singletons: u64,
}

/// Two numeric columns together.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselinePair {
    /// The first, with the scale it was clipped to.
    pub x: (String, Scale),
    /// The second.
    pub y: (String, Scale),
    /// Over rows where both are present.
    pub moments: CoMoments,
}

/// What the covariance test compares with.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    /// The columns with their scales.
    pub columns: Vec<(String, Scale)>,
    /// Moments of the rows that components are fitted on.
    pub fit: MomentMatrix,
    /// Moments of 20 chunks of the other rows.
    pub chunks: Vec<MomentMatrix>,
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Its column in the training data.
    pub column: String,
    /// Whether it is a class.
    pub classes: bool,
    /// The positive class, of two.
    pub positive: Option<Category>,
    /// The 1%..99% of a numeric target.
    pub scale: Option<Scale>,
    /// Its standard deviation (clipped), in its own unit; of a binary target sqrt(p(1-p)).
    pub sd: f64,
}

/// Labels by the bins of a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetProfile {
    /// The bins.
    pub bins: Arc<crate::drift::live::LabelBins>,
    /// Labels by bin.
    pub sums: Vec<crate::drift::state::LabelSums>,
    /// The feature and the target together, where both are numbers.
    pub moments: Option<CoMoments>,
}

impl Baseline {
    /// The profile of a column over all rows, by its name.
    pub fn column(&self, name: &str) -> Option<&BaselineColumn> {
        self.columns.iter().find(|column| column.segment.is_none() && column.name == name)
    }

    /// The profile of a column in a segment.
    pub fn column_of(&self, name: &str, segment: Option<SegmentId>) -> Option<&BaselineColumn> {
        self.columns.iter().find(|column| column.segment == segment && column.name == name)
    }

    /// The columns over all rows.
    pub fn whole(&self) -> impl Iterator<Item = &BaselineColumn> {
        self.columns.iter().filter(|column| column.segment.is_none())
    }
}

/// Gives monitors their baselines: reads files, asks the registry, or profiles rows.
pub trait Baselines: Send + Sync {
    /// The baseline of a monitor whose source is `profile` or `from`. Why there is none is the outcome of that monitor
    /// alone.
    fn load<'a>(
        &'a self,
        monitor: &'a Monitor,
        now: DateTime<Utc>,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Arc<Baseline>, Reason>>;
}
