//! What was counted of live rows. Every state merges in any order and grouping to identical bytes: counters are
//! integers, sums of floats are exact, samples keep the smallest hashes.

use std::collections::BTreeMap;

use assay_stats::comoments::{CoMoments, MomentMatrix};
use assay_stats::exact_sum::ExactSum;
use assay_stats::performance::{Classification as ClassificationState, Regression as RegressionState};
use serde::{Deserialize, Serialize};

use crate::drift::category::Category;

/// The answer to a [`LiveSpec`](super::live::LiveSpec).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveState {
    /// One for each window.
    pub windows: Vec<WindowState>,
    /// Rows in no window.
    pub unplaced: Unplaced,
}

/// Rows in no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unplaced {
    /// Their time is null (or did not parse).
    pub without_time: u64,
    /// Before the first window, between windows, or after the last.
    pub outside: u64,
}

/// One window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowState {
    /// One for each segment, the whole first.
    pub segments: Vec<SegmentState>,
    /// One for each pair of the spec.
    pub pairs: Vec<CoMoments>,
    /// The matrix of moments; `None` where the spec wants none.
    pub matrix: Option<MomentMatrix>,
    /// Predictions joined with labels; `None` where the spec wants none.
    pub labelled: Option<LabelledState>,
}

/// A segment of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentState {
    /// Its rows.
    pub rows: u64,
    /// One for each column of the spec.
    pub columns: Vec<ColumnState>,
}

/// A column of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ColumnState {
    /// Not counted.
    Nothing,
    /// Missing cells only.
    Cells(Cells),
    /// Against knots.
    Ranks(Box<RankState>),
    /// Against categories.
    Categories(Box<CategoryState>),
    /// A sample of numbers.
    Sample(Box<SampleState>),
    /// Rows by category.
    Values(Box<ValuesState>),
    /// Labels by bin.
    LabelsBy(Vec<LabelSums>),
}

/// Cells of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cells {
    /// All rows.
    pub rows: u64,
    /// Null, and text that did not parse.
    pub nulls: u64,
    /// NaN.
    pub nan: u64,
    /// Minus infinity.
    pub minus_infinity: u64,
    /// Plus infinity.
    pub plus_infinity: u64,
}

/// Counters of a numeric column against k knots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankState {
    /// Its cells.
    pub cells: Cells,
    /// Rows strictly between neighbours, k + 1.
    pub gap: Vec<u64>,
    /// Rows equal to each value, k.
    pub eq: Vec<u64>,
    /// Sums of [`fraction`](super::knots::fraction) by inner gap, k - 1 (empty where k < 2).
    pub gap_sums: Vec<u128>,
    /// Over finite rows below the first value: its distance to them.
    pub below: ExactSum,
    /// Over finite rows above the last value: their distance to it.
    pub above: ExactSum,
    /// Smallest and largest value, infinities included; `None` without rows.
    pub range: Option<(f64, f64)>,
}

/// Rows by the categories of a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryState {
    /// Its cells.
    pub cells: Cells,
    /// Rows of each category kept by name.
    pub counts: Vec<u64>,
    /// Rows of categories in the tail.
    pub tail: u64,
    /// Distinct... rows of categories the baseline does not hold (of all but `counts`, where its tail overflowed).
    pub unseen: u64,
    /// Of those, the categories of smallest hash with their rows, at most [`KEPT_UNSEEN`].
    pub unseen_names: BTreeMap<u64, (Category, u64)>,
}

/// Unseen categories that are kept by name.
pub const KEPT_UNSEEN: usize = 1_000;

/// A bottom-k sample of the numbers of a column: those of the smallest hashes of (file, row).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleState {
    /// Its cells.
    pub cells: Cells,
    /// Values kept at most.
    pub keep: usize,
    /// Hash and value, ascending by hash, then by the value's bits.
    pub values: Vec<(u64, f64)>,
}

/// Rows by category, the categories of smallest hash exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValuesState {
    /// Its cells.
    pub cells: Cells,
    /// Categories kept at most.
    pub keep: usize,
    /// By hash: the category and its rows.
    pub values: BTreeMap<u64, (Category, u64)>,
    /// Whether some were dropped.
    pub dropped: bool,
}

/// Labels of the rows of one bin; numbers are scaled to integers (see `assay_stats::comoments::Scale`), the positive
/// class is 1, others 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LabelSums {
    /// Labelled rows.
    pub n: u64,
    /// Sum.
    pub sum: i128,
    /// Sum of squares.
    pub squares: i128,
    /// Sums of the feature where it is a number, scaled as [`LabelBins`](super::live::LabelBins) says: by itself, squared,
    /// and times the label. Baselines keep these as co-moments instead.
    pub feature: i128,
    /// See `feature`.
    pub feature_squares: i128,
    /// See `feature`.
    pub products: i128,
}

/// Predictions of a window joined with their labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelledState {
    /// Predictions with an id.
    pub predictions: u64,
    /// Of those with a usable label.
    pub labelled: u64,
    /// Predictions whose id is null.
    pub without_id: u64,
    /// Predictions whose label rows contradict each other; not labelled.
    pub conflicting: u64,
    /// Predictions whose label is null or NaN; not labelled.
    pub null_labels: u64,
    /// Labelled predictions that are themselves null or NaN; in no figure.
    pub null_predictions: u64,
    /// The figures.
    pub figures: Figures,
}

/// What performance is computed from.
#[expect(clippy::large_enum_variant, reason = "there is one for each window, not for each row")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Figures {
    /// Of numbers.
    Regression(RegressionState),
    /// Of classes.
    Classification(ClassificationState),
}

/// Two states that were not counted by the same spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the two states were not counted by the same spec")]
pub struct NotAlike;

mod bytes;
mod merge;
#[cfg(test)]
mod tests;

pub use bytes::BadBytes;
pub use merge::keep_smallest;
