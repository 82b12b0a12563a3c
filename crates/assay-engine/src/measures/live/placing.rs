//! Puts rows into windows and segments.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::*;
use assay_core::drift::category::Category;
use assay_core::drift::live::{CategorySet, LiveSpec, Segmentation, TimeSpan, Windows};
use assay_core::drift::state::Unplaced;
use assay_core::measurement::MetricError;
use assay_core::metric::Filter;
use hashbrown::HashMap;

use super::coder::{Coder, NAN, NULL};
use super::column::is_category;
use super::numbers::Picked;
use super::placed::{NOWHERE, Placed};
use super::plan::changed;
use crate::arrow_types::nanos_per;
use crate::block::Block;
use crate::error::unsupported;
use crate::rows::{Projection, RowFilter};
use crate::table::OpenedTable;

/// How rows are placed.
pub(crate) struct Placing {
    windows: PlacedWindows,
    n_windows: usize,
    filter: Option<RowFilter>,
    segmentations: Vec<Division>,
}

enum PlacedWindows {
    Whole,
    /// Place of the column; ascending `[start, end)` in its own unit.
    Time {
        at: usize,
        spans: Vec<(i64, i64)>,
    },
    Rows {
        size: u64,
        first: u64,
        count: u64,
    },
}

/// A segmentation by codes.
struct Division {
    /// Place of each column, and the categories that its segments name.
    by: Vec<(usize, CategorySet)>,
    /// The segment of each combination of codes, see [`combined`].
    segments: HashMap<u64, u16>,
    /// The last one, of all others.
    other: u16,
}

/// What a worker needs to place rows, and what it counts by the way.
pub(crate) struct Placer<'a> {
    placing: &'a Placing,
    coders: Vec<Vec<Coder>>,
    pub(crate) unplaced: Unplaced,
    /// Rows by window and segment, for the whole and each segmentation.
    pub(crate) rows: Vec<Vec<u64>>,
    codes: Vec<u32>,
    combined: Vec<u64>,
}

impl Placing {
    pub(crate) fn plan(
        table: &OpenedTable,
        spec: &LiveSpec,
        filter: &Filter,
        projection: &mut Projection,
    ) -> Result<Self, MetricError> {
        let windows = match &spec.windows {
            Windows::Whole => PlacedWindows::Whole,
            Windows::Time { column, spans } => {
                let index = table.index(&column.0)?;
                let ty = table.schema.field(index).data_type();
                let unit = nanos_per_value(ty).ok_or_else(|| changed(column, ty, "times"))?;
                let spans = spans.iter().map(|span| in_unit(span, unit)).collect();
                PlacedWindows::Time { at: projection.place(index), spans }
            }
            Windows::Rows { size, first, count } => {
                PlacedWindows::Rows { size: (*size).max(1), first: *first, count: *count as u64 }
            }
        };
        let filter = if filter.0.is_empty() { None } else { Some(RowFilter::plan(table, filter, projection)?) };
        let divisions = spec.segmentations.iter().map(|division| Division::plan(table, division, projection));
        Ok(Placing {
            windows,
            n_windows: spec.n_windows(),
            filter,
            segmentations: divisions.collect::<Result<_, _>>()?,
        })
    }

    /// Whether all rows are in one window and no segment.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.windows, PlacedWindows::Whole) && self.filter.is_none() && self.segmentations.is_empty()
    }

    /// Bytes in which the places of a row are held.
    pub(crate) fn bytes_per_row(&self) -> usize {
        2 * (1 + self.segmentations.len())
    }

    pub(crate) fn placer(&self) -> Placer<'_> {
        let widths = std::iter::once(1).chain(self.segmentations.iter().map(Division::width));
        Placer {
            placing: self,
            coders: self.segmentations.iter().map(|d| d.by.iter().map(|(_, set)| Coder::new(set)).collect()).collect(),
            unplaced: Unplaced::default(),
            rows: widths.map(|width| vec![0; self.n_windows * width]).collect(),
            codes: Vec::new(),
            combined: Vec::new(),
        }
    }
}

/// Nanoseconds of one unit of a time column.
fn nanos_per_value(ty: &DataType) -> Option<i128> {
    match ty {
        DataType::Timestamp(unit, _) => Some(nanos_per(unit)),
        DataType::Date32 => Some(86_400_000_000_000),
        DataType::Date64 => Some(1_000_000),
        _ => None,
    }
}

/// The span in a column's unit: the first value inside and the first one after.
fn in_unit(span: &TimeSpan, unit: i128) -> (i64, i64) {
    let first_from = |nanos: i128| -> i64 {
        let value = nanos.div_euclid(unit) + i128::from(nanos.rem_euclid(unit) > 0);
        value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    };
    (first_from(span.start), first_from(span.end))
}

impl Division {
    fn plan(table: &OpenedTable, spec: &Segmentation, projection: &mut Projection) -> Result<Self, MetricError> {
        let mut by = Vec::new();
        for (at, column) in spec.by.iter().enumerate() {
            let index = table.index(&column.0)?;
            let ty = table.schema.field(index).data_type();
            if !is_category(ty) {
                return Err(changed(column, ty, "categories"));
            }
            let mut names: Vec<Category> =
                spec.segments.iter().filter_map(|segment| segment.get(at).cloned().flatten()).collect();
            names.sort();
            names.dedup();
            by.push((projection.place(index), CategorySet { names, ..CategorySet::default() }));
        }
        let combinations = by.iter().try_fold(1u64, |all, (_, set)| all.checked_mul(set.names.len() as u64 + 2));
        if combinations.is_none() {
            return Err(unsupported("segments by so many columns of so many values: use fewer columns"));
        }
        let mut segments = HashMap::new();
        for (number, segment) in spec.segments.iter().enumerate() {
            let codes = segment.iter().zip(&by).map(|(value, (_, set))| match value {
                Some(value) => set.names.binary_search(value).map_or(NULL, |code| code as u32),
                None => NULL,
            });
            let key = codes.zip(&by).fold(0, |key, (code, (_, set))| combined(key, code, set.names.len()));
            // of two equal segments the first one holds the rows
            segments.entry(key).or_insert(number as u16);
        }
        Ok(Division { by, segments, other: spec.segments.len() as u16 })
    }

    fn width(&self) -> usize {
        usize::from(self.other) + 1
    }
}

/// Joins the code of one more column: its name, null (and NaN), or any other value.
fn combined(key: u64, code: u32, names: usize) -> u64 {
    let digit = match code {
        NULL | NAN => names as u64 + 1,
        code => u64::from(code).min(names as u64),
    };
    key * (names as u64 + 2) + digit
}

impl Placer<'_> {
    /// Places the rows of a block, whose first is number `row` of the table.
    pub(crate) fn place(&mut self, block: &Block, row: u64) -> Result<Placed, MetricError> {
        let rows = block.rows();
        let selected = match &self.placing.filter {
            Some(filter) => filter.select(block)?,
            None => None,
        };
        let mut placed = Placed { rows, ..Placed::default() };
        placed.windows = self.windows(block, row, selected.as_ref());
        for at in 0..self.placing.segmentations.len() {
            placed.segments.push(self.segments(at, block)?);
        }
        self.count(&placed);
        Ok(placed)
    }

    fn windows(&mut self, block: &Block, row: u64, selected: Option<&BooleanBuffer>) -> Option<Vec<u16>> {
        let is_selected = |row: usize| selected.is_none_or(|selected| selected.value(row));
        let rows = block.rows();
        match &self.placing.windows {
            PlacedWindows::Whole => {
                selected.map(|selected| selected.iter().map(|is| if is { 0 } else { NOWHERE }).collect())
            }
            PlacedWindows::Rows { size, first, count } => {
                let window = |at: usize| {
                    let window = ((row + at as u64) / size).checked_sub(*first).filter(|window| window < count);
                    window.map_or(NOWHERE, |window| window as u16)
                };
                let mut windows: Vec<u16> = (0..rows).map(window).collect();
                for (at, window) in windows.iter_mut().enumerate() {
                    if !is_selected(at) {
                        *window = NOWHERE;
                    } else if *window == NOWHERE {
                        self.unplaced.outside += 1;
                    }
                }
                Some(windows)
            }
            PlacedWindows::Time { at, spans } => {
                let array = block.batch.column(*at);
                let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
                let times = times(array);
                let mut windows = Vec::with_capacity(rows);
                // rows of one time are mostly together: the span of the row before is tried first
                let mut last = 0;
                for row in 0..rows {
                    let window = if !is_selected(row) {
                        NOWHERE
                    } else if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                        self.unplaced.without_time += 1;
                        NOWHERE
                    } else {
                        let window = span_of(spans, times.get(row), &mut last);
                        self.unplaced.outside += u64::from(window == NOWHERE);
                        window
                    };
                    windows.push(window);
                }
                Some(windows)
            }
        }
    }

    fn segments(&mut self, at: usize, block: &Block) -> Result<Vec<u16>, MetricError> {
        let division = &self.placing.segmentations[at];
        let rows = block.rows();
        self.combined.clear();
        self.combined.resize(rows, 0);
        for ((place, set), coder) in division.by.iter().zip(&mut self.coders[at]) {
            coder.forget();
            self.codes.clear();
            coder.code(block.batch.column(*place), Picked::All(rows), &mut self.codes)?;
            for (key, code) in self.combined.iter_mut().zip(&self.codes) {
                *key = combined(*key, *code, set.names.len());
            }
        }
        let mut known = (u64::MAX, division.other);
        let segment = |key: &u64| {
            if *key != known.0 {
                known = (*key, division.segments.get(key).copied().unwrap_or(division.other));
            }
            known.1
        };
        Ok(self.combined.iter().map(segment).collect())
    }

    /// Counts rows by window and segment.
    fn count(&mut self, placed: &Placed) {
        let window = |row: usize| placed.windows.as_ref().map_or(0, |windows| windows[row]);
        match &placed.windows {
            None => self.rows[0][0] += placed.rows as u64,
            Some(windows) => {
                for window in windows.iter().filter(|window| **window != NOWHERE) {
                    self.rows[0][usize::from(*window)] += 1;
                }
            }
        }
        let layers = self.rows[1..].iter_mut().zip(&self.placing.segmentations).zip(&placed.segments);
        for ((rows, division), segments) in layers {
            for (row, segment) in segments.iter().enumerate().filter(|(row, _)| window(*row) != NOWHERE) {
                rows[usize::from(window(row)) * division.width() + usize::from(*segment)] += 1;
            }
        }
    }
}

/// The values of a time column.
enum Times<'a> {
    Days(&'a [i32]),
    Units(&'a [i64]),
}

impl Times<'_> {
    #[inline]
    fn get(&self, row: usize) -> i64 {
        match self {
            Times::Days(days) => days[row].into(),
            Times::Units(units) => units[row],
        }
    }
}

fn times(array: &ArrayRef) -> Times<'_> {
    match array.data_type() {
        DataType::Date32 => Times::Days(array.as_primitive::<Date32Type>().values()),
        DataType::Date64 => Times::Units(array.as_primitive::<Date64Type>().values()),
        DataType::Timestamp(TimeUnit::Second, _) => Times::Units(array.as_primitive::<TimestampSecondType>().values()),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            Times::Units(array.as_primitive::<TimestampMillisecondType>().values())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Times::Units(array.as_primitive::<TimestampMicrosecondType>().values())
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            Times::Units(array.as_primitive::<TimestampNanosecondType>().values())
        }
        other => unreachable!("blocks have the table's types, and planning refused {other}"),
    }
}

/// The span that holds a time. Spans ascend and do not overlap.
#[inline]
fn span_of(spans: &[(i64, i64)], time: i64, last: &mut usize) -> u16 {
    let inside = |at: usize| spans.get(at).is_some_and(|(start, end)| *start <= time && time < *end);
    if !inside(*last) {
        *last = spans.partition_point(|(_, end)| *end <= time);
        if !inside(*last) {
            *last = 0;
            return NOWHERE;
        }
    }
    *last as u16
}
