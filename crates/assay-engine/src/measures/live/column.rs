//! One column in all windows and segments: each block is split by group, and each group counts its rows.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use assay_core::drift::live::LabelBins;
use assay_core::drift::state::{Cells, ColumnState};
use assay_core::measurement::MetricError;

use super::coder::Coder;
use super::counter::{Counter, UnseenRows, bin_of_code, bin_of_number, sum_labels};
use super::grid::Grid;
use super::numbers::{Numbers, Picked, count_infinities, dense, integers, numbers};
use super::placed::{Groups, Here, Split};
use super::plan::{ColumnPlan, Kind};
use crate::rows::validity;

/// What is counted of a column.
pub(crate) struct ColumnCounter<'a> {
    plan: &'a ColumnPlan,
    /// For each layer (the whole, then each segmentation) the counters by window and segment; made when a first row
    /// comes.
    layers: Vec<Vec<Option<Counter>>>,
}

/// What counting needs beside the counters: grids, coders and memory that is used again and again.
pub(crate) struct Tools {
    grids: Vec<Grid>,
    coders: Vec<Coder>,
    groups: Groups,
    scratch: Scratch,
}

#[derive(Default)]
struct Scratch {
    numbers: Vec<f64>,
    dense: Vec<f64>,
    integers: Vec<i64>,
    dense_integers: Vec<i64>,
    codes: Vec<u32>,
    unseen: UnseenRows,
}

/// The column's values in a block, read at most once in each way.
struct Values<'a> {
    array: &'a ArrayRef,
    numbers: Option<Numbers<'a>>,
    integers: Option<&'a [i64]>,
}

impl Tools {
    /// For these columns, which share the memory. `fine`: cells of a grid for each knot.
    pub(crate) fn new(plan: &ColumnPlan, fine: usize) -> Self {
        Tools {
            grids: plan.knots.iter().map(|knots| Grid::new(&knots.values, fine)).collect(),
            coders: plan.sets.iter().map(|set| Coder::new(set)).collect(),
            groups: Groups::default(),
            scratch: Scratch::default(),
        }
    }
}

impl<'a> ColumnCounter<'a> {
    pub(crate) fn new(plan: &'a ColumnPlan) -> Self {
        let layers = plan.layers.iter().map(|layer| layer.kinds.iter().map(|_| None).collect()).collect();
        ColumnCounter { plan, layers }
    }

    /// Counts a block of the column.
    pub(crate) fn block(&mut self, tools: &mut Tools, array: &ArrayRef, here: &Here<'_>) -> Result<(), MetricError> {
        let named = |error: MetricError| MetricError {
            code: error.code,
            text: format!("column `{}`: {}", self.plan.name, error.text),
        };
        tools.coders.iter_mut().for_each(Coder::forget);
        let Tools { grids, coders, groups, scratch } = tools;
        let Scratch { numbers: number_buffer, integers: integer_buffer, dense, dense_integers, codes, unseen } =
            scratch;
        let read_numbers = match array.data_type() {
            // floats tell NaN and infinities, of all kinds of counters
            ty if ty.is_floating() => true,
            _ => self.plan.numeric,
        };
        let integers = if self.plan.ranked { integers(array, integer_buffer) } else { None };
        let values = Values {
            array,
            // integers are turned to floats where they turn out to lie far apart
            numbers: if read_numbers && (integers.is_none() || self.plan.floats) {
                Some(numbers(array, number_buffer).map_err(named)?)
            } else {
                None
            },
            integers,
        };
        let mut work = Work { grids, coders, dense, dense_integers, codes, unseen, here };
        for (at, (layer, counters)) in self.plan.layers.iter().zip(&mut self.layers).enumerate() {
            if layer.is_empty {
                continue;
            }
            let windows = here.windows;
            let window = |row: usize| match windows {
                None => Some(0),
                Some(windows) => Some(usize::from(windows[row])).filter(|window| *window < layer.windows),
            };
            let split = match at {
                0 => match here.one_window() {
                    Some(one) if one < layer.windows => Split::One(one),
                    Some(_) => continue,
                    None => groups.split(here.rows, layer.kinds.len(), window),
                },
                _ => {
                    let segments = here.segments[at - 1];
                    let group = |row: usize| Some(window(row)? * layer.width + usize::from(segments[row]));
                    groups.split(here.rows, layer.kinds.len(), group)
                }
            };
            let mut count = |group: usize, picked: Picked<'_>| {
                let kind = &layer.kinds[group];
                let counter = counters[group].get_or_insert_with(|| Counter::new(kind, self.plan));
                work.count(kind, counter, &values, picked)
            };
            match split {
                Split::One(group) => count(group, Picked::All(here.rows)).map_err(named)?,
                Split::Several => {
                    for (group, rows) in groups.each() {
                        count(group, Picked::Rows(rows)).map_err(named)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Places what waits to be placed.
    pub(crate) fn rest(&mut self, tools: &Tools) {
        for (layer, counters) in self.plan.layers.iter().zip(&mut self.layers) {
            for (kind, counter) in layer.kinds.iter().zip(counters) {
                if let (Kind::Ranks(at), Some(Counter::Ranks(counter))) = (kind, counter) {
                    counter.rest(&tools.grids[*at]);
                }
            }
        }
    }

    /// Adds what another counter of the same column has counted; both are at rest.
    pub(crate) fn merge(&mut self, other: ColumnCounter<'a>) {
        for (counters, more) in self.layers.iter_mut().zip(other.layers) {
            for (counter, more) in counters.iter_mut().zip(more) {
                match (counter.as_mut(), more) {
                    (Some(counter), Some(more)) => counter.merge(&more),
                    (None, Some(more)) => *counter = Some(more),
                    (_, None) => {}
                }
            }
        }
    }

    /// The state of each group: by layer, then by window and segment.
    pub(crate) fn finish(self) -> Vec<Vec<ColumnState>> {
        let plan = self.plan;
        let finish = |(kind, counter): (&Kind, Option<Counter>)| {
            counter.unwrap_or_else(|| Counter::new(kind, plan)).finish(kind, plan)
        };
        let layers = plan.layers.iter().zip(self.layers);
        layers.map(|(layer, counters)| layer.kinds.iter().zip(counters).map(finish).collect()).collect()
    }
}

/// The tools as one group uses them.
struct Work<'a> {
    grids: &'a [Grid],
    coders: &'a mut [Coder],
    dense: &'a mut Vec<f64>,
    dense_integers: &'a mut Vec<i64>,
    codes: &'a mut Vec<u32>,
    unseen: &'a mut UnseenRows,
    here: &'a Here<'a>,
}

impl Work<'_> {
    fn count(
        &mut self,
        kind: &Kind,
        counter: &mut Counter,
        values: &Values<'_>,
        picked: Picked<'_>,
    ) -> Result<(), MetricError> {
        match (kind, counter) {
            (_, Counter::Cells(cells)) => {
                self.cells(cells, values, picked);
            }
            (Kind::Ranks(at), Counter::Ranks(counter)) => {
                let grid = &self.grids[*at];
                if let Some(integers) = values.integers {
                    let valid = validity(values.array);
                    let (some, cells) =
                        dense(integers, valid.as_ref(), None::<fn(i64) -> bool>, picked, self.dense_integers);
                    // a table by value pays off where a group has whole blocks
                    let whole = matches!(picked, Picked::All(_));
                    if !(whole && counter.count_integers(grid, some, &cells)) {
                        self.dense.clear();
                        self.dense.extend(some.iter().map(|x| *x as f64));
                        counter.count(grid, self.dense, &cells);
                    }
                } else if let Some(numbers) = &values.numbers {
                    let (some, cells) = numbers.dense(picked, self.dense);
                    counter.count(grid, some, &cells);
                }
            }
            (Kind::Categories(at), Counter::Categories(counter)) => {
                self.infinities(&mut counter.cells, values, picked);
                let coder = self.code(*at, values.array, picked)?;
                counter.count(&self.coders[coder], self.codes, self.unseen);
            }
            (Kind::Values { set, .. }, Counter::Values(counter)) => {
                self.infinities(&mut counter.cells, values, picked);
                let coder = self.code(*set, values.array, picked)?;
                counter.count(&self.coders[coder], self.codes, self.unseen);
            }
            (_, Counter::Sample(counter)) => {
                self.cells(&mut counter.state.cells, values, picked);
                if let Some(numbers) = &values.numbers {
                    counter.offer(self.here, picked, |row| numbers.get(row));
                }
            }
            (Kind::LabelsBy { bins, set }, Counter::LabelsBy(sums)) => {
                let Some(labels) = self.here.labels else { return Ok(()) };
                match (&**bins, set, &values.numbers) {
                    (LabelBins::Edges(edges, scale), _, Some(numbers)) => {
                        sum_labels(sums, labels, picked, |_, row| {
                            let x = numbers.get(row);
                            (bin_of_number(edges, x), x.and_then(|x| scale.unit(x)))
                        });
                    }
                    (LabelBins::Categories(_), Some(set), _) => {
                        self.code(*set, values.array, picked)?;
                        let codes = &*self.codes;
                        sum_labels(sums, labels, picked, |place, _| (bin_of_code(bins, codes[place]), None));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn code(&mut self, at: usize, array: &ArrayRef, picked: Picked<'_>) -> Result<usize, MetricError> {
        self.codes.clear();
        self.coders[at].code(array, picked, self.codes)?;
        Ok(at)
    }

    /// All cells of some rows.
    fn cells(&mut self, cells: &mut Cells, values: &Values<'_>, picked: Picked<'_>) {
        if let Some(numbers) = &values.numbers {
            let (some, mut more) = numbers.dense(picked, self.dense);
            if values.array.data_type().is_floating() {
                count_infinities(some, &mut more);
            }
            return cells.merge(&more);
        }
        cells.rows += picked.len() as u64;
        if let Some(valid) = validity(values.array) {
            cells.nulls += match picked {
                Picked::All(rows) => (rows - valid.count_set_bits()) as u64,
                Picked::Rows(rows) => rows.iter().filter(|row| !valid.value(**row as usize)).count() as u64,
            };
        }
    }

    /// The infinities of some rows, where the column has any.
    fn infinities(&mut self, cells: &mut Cells, values: &Values<'_>, picked: Picked<'_>) {
        if let (Some(numbers), true) = (&values.numbers, values.array.data_type().is_floating()) {
            let (some, _) = numbers.dense(picked, self.dense);
            count_infinities(some, cells);
        }
    }
}

/// Whether a column of this type can be told apart as categories.
pub(crate) fn is_category(ty: &DataType) -> bool {
    match ty {
        DataType::Dictionary(_, value) => is_category(value),
        DataType::RunEndEncoded(_, value) => is_category(value.data_type()),
        ty => !ty.is_nested() && !matches!(ty, DataType::Interval(_) | DataType::Union(..)),
    }
}
