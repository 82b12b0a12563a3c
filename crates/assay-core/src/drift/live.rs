//! What to count of live rows: which windows, which segments, which columns against which knots.
//!
//! One spec is one metric: everything in it is counted in one pass.

use std::cmp::Ordering;
use std::sync::Arc;

use assay_stats::comoments::Scale;
use sha2::{Digest, Sha256};

use crate::drift::category::Category;
use crate::drift::knots::Knots;
use crate::metric::{Column, TableId};

/// What to count of live rows. Compared and ordered by its digest.
#[derive(Debug, Clone)]
pub struct LiveSpec {
    /// The windows.
    pub windows: Windows,
    /// The segmentations. A row is in the whole of its window and in one segment of each segmentation.
    pub segmentations: Vec<Segmentation>,
    /// The columns, each counted in one way; a column that is counted in two ways is here twice.
    pub columns: Vec<LiveColumn>,
    /// Pairs of columns whose co-moments are wanted, over the whole of each window only.
    pub pairs: Vec<Pair>,
    /// Columns whose matrix of moments is wanted, over the whole of each window, rows complete in all of them.
    pub matrix: Vec<(Column, Scale)>,
    /// Labels that are joined to the rows; with them, only rows that have a label are counted in `columns`.
    pub labels: Option<LabelSpec>,
    digest: String,
}

/// How rows are assigned to windows.
#[derive(Debug, Clone, PartialEq)]
pub enum Windows {
    /// All rows are one window.
    Whole,
    /// By a time column.
    Time {
        /// A timestamp or date column.
        column: Column,
        /// The windows, ascending and disjoint. Rows outside all of them are counted as unplaced.
        spans: Vec<TimeSpan>,
    },
    /// By the position of rows in file order: window `w` holds rows `(first + w) * size` up to the next window's.
    Rows {
        /// Rows of a window.
        size: u64,
        /// Number of the first window wanted.
        first: u64,
        /// Number of windows.
        count: usize,
    },
}

/// A half-open window of time `[start, end)` in nanoseconds of the column's own clock: since 1970-01-01T00:00:00Z for
/// instants, of wall-clock time since 1970-01-01T00:00:00 for naive timestamps and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    /// The first instant inside.
    pub start: i128,
    /// The first instant after it.
    pub end: i128,
    /// Whether only its rows are wanted, to find late ones; its columns are not counted.
    pub rows_only: bool,
}

/// A division of rows by the values of some columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segmentation {
    /// The columns.
    pub by: Vec<Column>,
    /// The segments: one value for each column, `None` for null. Rows of other values are in a last segment,
    /// `__other__`.
    pub segments: Vec<Vec<Option<Category>>>,
}

/// One column and how it is counted.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveColumn {
    /// The column in the source.
    pub column: Column,
    /// How: by segment (see [`LiveSpec::n_segments`]), or by window and segment, window by window.
    pub measures: Vec<Measure>,
}

/// How the values of a column are counted.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// Not at all.
    Nothing,
    /// Missing cells only.
    Cells,
    /// Against the knots of a baseline.
    Ranks(Arc<Knots>),
    /// Against the categories of a baseline.
    Categories(Arc<CategorySet>),
    /// By itself, for baselines made of windows: a bottom-k sample of numbers.
    Sample {
        /// Values kept at most.
        keep: usize,
        /// Seed of the sampler.
        seed: u64,
    },
    /// By itself, for baselines made of windows: rows by category, the `keep` categories of smallest hash exactly.
    Values {
        /// Categories kept at most.
        keep: usize,
    },
    /// Labels by the bins of this feature (target relation). Needs [`LiveSpec::labels`].
    LabelsBy(Arc<LabelBins>),
}

/// The categories of a baseline column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CategorySet {
    /// Those kept by name, in the baseline's order (rows descending, ties by kind and bytes).
    pub names: Vec<Category>,
    /// Hashes of the others, ascending; see [`Category::hash64`].
    pub tail: Vec<u64>,
    /// Whether there were more than `tail` could hold, so that unseen cannot be told.
    pub too_many: bool,
    /// SHA-256 over the above, hex.
    pub digest: String,
}

/// Two columns whose co-moments are wanted, each with its scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The first.
    pub x: (Column, Scale),
    /// The second.
    pub y: (Column, Scale),
}

/// Where labels come from and what is measured with them.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelSpec {
    /// Where they are.
    pub source: LabelSource,
    /// The prediction's column in the live table; `None`: labels are only summed by bins.
    pub prediction: Option<Column>,
    /// What is predicted.
    pub task: LabelTask,
}

/// Where labels are.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelSource {
    /// In the same row: training data.
    Column(Column),
    /// In another table, joined by id.
    Joined {
        /// The column of the live table that names a prediction.
        id: Column,
        /// The table of labels.
        table: TableId,
        /// Its column that names a prediction.
        key: Column,
        /// Its column with the label.
        label: Column,
    },
}

/// What labels are compared by.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelTask {
    /// Numbers; labels are clipped to this scale where they are summed by bins.
    Regression {
        /// The baseline's 1%..99% of the target.
        scale: Scale,
    },
    /// Classes; `score` is a column with the probability of `positive`, for two classes.
    Classification {
        /// The positive class.
        positive: Option<Category>,
        /// The probability of the positive class.
        score: Option<Column>,
    },
}

/// The bins of a feature by which labels are summed.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelBins {
    /// Right-closed bins of a number: bin `i` holds `edges[i-1] < x <= edges[i]`, the outer ones are open. A last bin,
    /// number `edges.len() + 1`, holds missing.
    Edges(Vec<f64>, Scale),
    /// Categories by name; then others in bin `len`, missing in bin `len + 1`.
    Categories(Vec<Category>),
}

impl CategorySet {
    /// A set with its digest computed.
    pub fn new(names: Vec<Category>, tail: Vec<u64>, too_many: bool) -> Self {
        let mut hash = Sha256::new();
        hash.update([u8::from(too_many)]);
        for name in &names {
            hash.update([name.kind as u8]);
            hash.update((name.text.len() as u64).to_le_bytes());
            hash.update(&name.text);
        }
        hash.update(b"tail");
        for value in &tail {
            hash.update(value.to_le_bytes());
        }
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        CategorySet { names, tail, too_many, digest }
    }
}

impl LabelBins {
    /// Number of bins.
    pub fn len(&self) -> usize {
        match self {
            LabelBins::Edges(edges, _) => edges.len() + 2,
            LabelBins::Categories(names) => names.len() + 2,
        }
    }

    /// Never: there is always a bin for missing.
    pub fn is_empty(&self) -> bool {
        false
    }
}

impl LiveSpec {
    /// A spec with its digest computed.
    pub fn new(
        windows: Windows,
        segmentations: Vec<Segmentation>,
        columns: Vec<LiveColumn>,
        pairs: Vec<Pair>,
        matrix: Vec<(Column, Scale)>,
        labels: Option<LabelSpec>,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(format!("{windows:?}{segmentations:?}{pairs:?}{matrix:?}{labels:?}"));
        for column in &columns {
            hash.update(format!("{:?}", column.column));
            for measure in &column.measures {
                hash.update(measure.identity());
            }
        }
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        LiveSpec { windows, segmentations, columns, pairs, matrix, labels, digest }
    }

    /// SHA-256 over all of it, hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Windows that rows are assigned to.
    pub fn n_windows(&self) -> usize {
        match &self.windows {
            Windows::Whole => 1,
            Windows::Time { spans, .. } => spans.len(),
            Windows::Rows { count, .. } => *count,
        }
    }

    /// Segments of a window: the whole first, then those of each segmentation in order, each with `__other__` last.
    pub fn n_segments(&self) -> usize {
        1 + self.segmentations.iter().map(|division| division.segments.len() + 1).sum::<usize>()
    }

    /// The columns of the live table that are read, each once.
    pub fn reads(&self) -> Vec<&Column> {
        let mut columns: Vec<&Column> = self.columns.iter().map(|column| &column.column).collect();
        if let Windows::Time { column, .. } = &self.windows {
            columns.push(column);
        }
        columns.extend(self.segmentations.iter().flat_map(|division| &division.by));
        columns.extend(self.pairs.iter().flat_map(|pair| [&pair.x.0, &pair.y.0]));
        columns.extend(self.matrix.iter().map(|(column, _)| column));
        if let Some(labels) = &self.labels {
            columns.push(match &labels.source {
                LabelSource::Column(column) | LabelSource::Joined { id: column, .. } => column,
            });
            columns.extend(&labels.prediction);
            if let LabelTask::Classification { score, .. } = &labels.task {
                columns.extend(score);
            }
        }
        columns.sort();
        columns.dedup();
        columns
    }

    /// How a column is counted in a window's segment.
    pub fn measure(&self, column: usize, window: usize, segment: usize) -> &Measure {
        let measures = &self.columns[column].measures;
        let at = if measures.len() == self.n_segments() { segment } else { window * self.n_segments() + segment };
        &measures[at]
    }
}

impl Measure {
    /// What tells two measures apart, in a few bytes.
    pub fn identity(&self) -> String {
        match self {
            Measure::Ranks(knots) => format!("ranks:{}", knots.digest),
            Measure::Categories(set) => format!("categories:{}", set.digest),
            Measure::Nothing
            | Measure::Cells
            | Measure::Sample { .. }
            | Measure::Values { .. }
            | Measure::LabelsBy(_) => format!("{self:?}"),
        }
    }
}

impl PartialEq for LiveSpec {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for LiveSpec {}

impl PartialOrd for LiveSpec {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for LiveSpec {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digest.cmp(&other.digest)
    }
}
