//! One column as a baseline keeps it: over all rows, and over each segment.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use assay_core::drift::baseline::{BaselineColumn, CategoryProfile, FEW_VALUES, NumericProfile, SegmentId};
use assay_core::drift::state::Cells;
use assay_stats::drift::ColumnKind;
use polars::prelude::Float64Chunked;

use crate::categories::Count;
use crate::cells::{has_categories, plain_chunks, plain_type, receive};
use crate::error::ProfileError;
use crate::numbers::{Runs, runs};
use crate::sample::Sampler;
use crate::segments::{SegmentCodes, shape};

/// The smallest number of rows of a numeric bin where no values are kept and no number is given.
pub const PRIVATE_BIN: u64 = 10;

/// Which column, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name.
    pub name: String,
    /// Its type as contracts write types; frozen in the baseline.
    pub dtype: String,
    /// What it is tested as, where the user says so.
    pub kind: Option<ColumnKind>,
}

/// How columns are profiled.
///
/// What privacy hides, exactly:
/// - `keep_values: false` (`sample: none`): there is no sample, and no numeric column keeps every value. Its knots are
///   thinned so that every bin between them holds at least [`PRIVATE_BIN`] rows, or `min_bin_count` where that is more
///   than 1 (see the module `knots`). Smallest and largest value are those of the knots. Categories stay named.
/// - `min_bin_count` above 1: all of the above with that number, and categories of fewer rows are not named. They are
///   in the tail by their 64-bit hash, so `unseen` still works; whoever can guess a value can test the guess.
///
/// Means, standard deviations and numbers of rows are always kept, and knots are values of single rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Seed of the sampler.
    pub seed: u64,
    /// Whether samples of values and full ECDFs are kept.
    pub keep_values: bool,
    /// The smallest number of rows of what is named; 0 or 1 hides nothing.
    pub min_bin_count: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { seed: 0, keep_values: true, min_bin_count: 0 }
    }
}

impl Options {
    /// Whether samples of values are kept: what `sampled_values` of the header is.
    pub fn samples(&self) -> bool {
        self.keep_values && self.min_bin_count <= 1
    }

    /// The smallest number of rows of a numeric bin.
    fn numeric_bin(&self) -> u64 {
        match self.min_bin_count {
            0 | 1 if self.keep_values => 1,
            0 | 1 => PRIVATE_BIN,
            rows => rows,
        }
    }
}

/// Whether a column of this type can be profiled: everything but lists, structs, maps, unions and intervals.
pub fn is_profiled(ty: &DataType) -> bool {
    has_categories(plain_type(ty))
}

/// Rows of a column.
pub(crate) fn n_rows(chunks: &[ArrayRef]) -> usize {
    chunks.iter().map(|chunk| chunk.len()).sum()
}

/// Profiles a column, given in chunks of one type in file order; `segmentations` say where each of its rows belongs.
/// The result is the profile over all rows, then those of each segment of each segmentation, `__other__` last.
///
/// Numbers of at most [`FEW_VALUES`] distinct values are tested as categories, and so is all that is not a number,
/// unless `spec.kind` says otherwise; numbers keep their profile by order in any case. The role of the whole column is
/// that of its segments. Times with more values than can be named are categories too, with `too_many` set.
///
/// # Errors
/// A type without categories, a kind that the type does not have, chunks of different types, codes of another length.
pub fn profile_column(
    spec: &ColumnSpec,
    chunks: &[ArrayRef],
    segmentations: &[SegmentCodes],
    options: &Options,
) -> Result<Vec<BaselineColumn>, ProfileError> {
    let ty = common_type(spec, chunks)?;
    let rows = n_rows(chunks);
    if let Some(codes) = segmentations.iter().find(|codes| codes.n_rows() != rows) {
        return Err(shape(&spec.name, codes.n_rows(), rows));
    }
    let nested = || ProfileError::Nested { column: spec.name.clone(), dtype: spec.dtype.clone() };
    let plain = plain_chunks(chunks).map_err(|_| nested())?;
    let numbers = numeric_parts(spec, ty, &plain, segmentations, options)?;
    if spec.kind == Some(ColumnKind::Numeric) && numbers.is_none() {
        return Err(ProfileError::NotNumeric { column: spec.name.clone(), dtype: spec.dtype.clone() });
    }
    let few = |parts: &[NumericPart]| parts[0].distinct <= FEW_VALUES;
    let may_be_categories = spec.kind != Some(ColumnKind::Numeric)
        && (spec.kind == Some(ColumnKind::Categorical) || numbers.as_deref().is_none_or(few));
    let mut categories = if may_be_categories {
        let count = Count { segmentations, min_rows: options.min_bin_count };
        Some(receive(ty, &plain, count).ok_or_else(nested)?)
    } else {
        None
    };
    // integers beyond 2^53 may be several categories of one float
    if spec.kind.is_none()
        && numbers.is_some()
        && categories.as_ref().is_some_and(|c| c[0].distinct > FEW_VALUES as u64)
    {
        categories = None;
    }
    let role = if categories.is_some() { ColumnKind::Categorical } else { ColumnKind::Numeric };
    Ok(columns(spec, role, &plain, segmentations, numbers, categories))
}

/// Puts profiles of columns in the order of a baseline: the whole of every column in table order, then the segments.
pub fn arrange(profiles: Vec<Vec<BaselineColumn>>) -> Vec<BaselineColumn> {
    let (whole, segments): (Vec<_>, Vec<_>) =
        profiles.into_iter().flatten().partition(|column| column.segment.is_none());
    whole.into_iter().chain(segments).collect()
}

/// A numeric column over all rows or a segment.
struct NumericPart {
    cells: Cells,
    profile: NumericProfile,
    distinct: usize,
}

fn common_type<'a>(spec: &ColumnSpec, chunks: &'a [ArrayRef]) -> Result<&'a DataType, ProfileError> {
    let ty = chunks.first().map_or(&DataType::Null, |chunk| plain_type(chunk.data_type()));
    match chunks.iter().map(|chunk| plain_type(chunk.data_type())).find(|other| *other != ty) {
        None => Ok(ty),
        Some(other) => Err(ProfileError::Shape {
            column: spec.name.clone(),
            expected: format!("{ty} values throughout"),
            got: format!("{other} values in between"),
        }),
    }
}

/// The profiles by order of the whole and of all segments; `None` for columns that are no numbers.
fn numeric_parts(
    spec: &ColumnSpec,
    ty: &DataType,
    chunks: &[ArrayRef],
    segmentations: &[SegmentCodes],
    options: &Options,
) -> Result<Option<Vec<NumericPart>>, ProfileError> {
    let Some(column) = crate::arrow::floats(ty, chunks) else { return Ok(None) };
    let column = column.map_err(|error| ProfileError::Sort { column: spec.name.clone(), why: error.to_string() })?;
    let mut parts = vec![numeric_part(&column, |_| true, options)];
    for codes in segmentations {
        let mut values: Vec<Vec<f64>> = vec![vec![]; codes.n_segments()];
        let mut nulls = vec![0; codes.n_segments()];
        for (row, value) in column.iter().enumerate() {
            match value {
                Some(value) => values[codes.segment(row)].push(value),
                None => nulls[codes.segment(row)] += 1,
            }
        }
        for (segment, values) in values.into_iter().enumerate() {
            let (mut cells, sorted) = runs(&Float64Chunked::from_vec("".into(), values));
            cells.rows += nulls[segment];
            cells.nulls += nulls[segment];
            parts.push(part(cells, sorted, &column, |row| codes.segment(row) == segment, options));
        }
    }
    Ok(Some(parts))
}

fn numeric_part(column: &Float64Chunked, has: impl Fn(usize) -> bool, options: &Options) -> NumericPart {
    let (cells, sorted) = runs(column);
    part(cells, sorted, column, has, options)
}

fn part(
    cells: Cells,
    sorted: Runs,
    column: &Float64Chunked,
    has: impl Fn(usize) -> bool,
    options: &Options,
) -> NumericPart {
    let bin = options.numeric_bin();
    let knots = crate::knots::knots(&sorted, bin);
    let finite = || knots.values.iter().copied().filter(|value| value.is_finite());
    let range = if bin > 1 { finite().next().zip(finite().next_back()) } else { sorted.range() };
    let sample = if options.samples() && !knots.full { sample(column, has, options.seed) } else { vec![] };
    let (mean, m2) = sorted.moments();
    let distinct = sorted.values.len();
    let profile = NumericProfile { range, mean, m2, knots: Arc::new(knots), sample };
    NumericPart { cells, profile, distinct }
}

fn sample(column: &Float64Chunked, has: impl Fn(usize) -> bool, seed: u64) -> Vec<(f64, u64)> {
    let mut sampler = Sampler::new(seed);
    for (row, value) in column.iter().enumerate() {
        if let Some(value) = value.filter(|value| !value.is_nan() && has(row)) {
            sampler.offer(row as u64, value);
        }
    }
    sampler.finish()
}

fn columns(
    spec: &ColumnSpec,
    role: ColumnKind,
    chunks: &[ArrayRef],
    segmentations: &[SegmentCodes],
    numbers: Option<Vec<NumericPart>>,
    categories: Option<Vec<CategoryProfile>>,
) -> Vec<BaselineColumn> {
    let mut segments = vec![None];
    for (segmentation, codes) in segmentations.iter().enumerate() {
        segments.extend((0..codes.n_segments()).map(|segment| Some(SegmentId { segmentation, segment })));
    }
    let cells: Vec<Cells> = match &numbers {
        Some(parts) => parts.iter().map(|part| part.cells).collect(),
        None => cells_of(chunks, segmentations),
    };
    let mut numbers = numbers.into_iter().flatten().map(|part| part.profile);
    let mut categories = categories.into_iter().flatten();
    segments
        .into_iter()
        .zip(cells)
        .map(|(segment, cells)| BaselineColumn {
            name: spec.name.clone(),
            segment,
            role,
            dtype: spec.dtype.clone(),
            cells,
            numeric: numbers.next(),
            categories: categories.next(),
            target: None,
        })
        .collect()
}

/// Rows and nulls of a column that is not a number.
fn cells_of(chunks: &[ArrayRef], segmentations: &[SegmentCodes]) -> Vec<Cells> {
    let mut all = vec![Cells { rows: n_rows(chunks) as u64, ..Cells::default() }];
    // an array of nulls only has no bits that say so
    let masks: Vec<_> = chunks.iter().map(|chunk| chunk.logical_nulls()).collect();
    all[0].nulls = masks.iter().flatten().map(|nulls| nulls.null_count() as u64).sum();
    for codes in segmentations {
        let mut cells = vec![Cells::default(); codes.n_segments()];
        let mut row = 0;
        for (chunk, nulls) in chunks.iter().zip(&masks) {
            for at in 0..chunk.len() {
                let cells = &mut cells[codes.segment(row)];
                cells.rows += 1;
                cells.nulls += u64::from(nulls.as_ref().is_some_and(|nulls| nulls.is_null(at)));
                row += 1;
            }
        }
        all.extend(cells);
    }
    all
}
