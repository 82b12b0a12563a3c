//! Pairs of columns and matrices of columns, over the rows of each window.
//!
//! Columns become integers by their scales, 0 where a value is missing, so that products need no mask; how often and
//! how much of a column counts beside another is a sum over the other's present rows.

use arrow::array::ArrayRef;
use assay_core::drift::live::LiveSpec;
use assay_core::measurement::MetricError;
use assay_core::metric::Column;
use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};

use super::numbers::{Picked, is_number, numbers};
use super::placed::{Groups, NOWHERE, Placed, Split};
use super::plan::{changed, rows_only};
use crate::block::Block;
use crate::error::unsupported;
use crate::rows::Projection;
use crate::table::OpenedTable;

/// What is measured of several columns.
pub(crate) struct MomentsPlan {
    /// Place and scale of each column, each once.
    units: Vec<(usize, Scale)>,
    /// Two of `units` each.
    pairs: Vec<(usize, usize)>,
    /// Some of `units`; empty: no matrix.
    matrix: Vec<usize>,
    /// For each window whether it is measured.
    windows: Vec<bool>,
}

/// What was measured, by window.
pub(crate) struct Moments<'a> {
    plan: &'a MomentsPlan,
    pub(crate) pairs: Vec<Vec<CoMoments>>,
    pub(crate) matrices: Vec<Option<MomentMatrix>>,
    groups: Groups,
    buffer: Vec<f64>,
}

/// A column of a block as integers.
struct Units {
    /// 0 where missing.
    units: Vec<i32>,
    /// 1 where there is a value, else 0; empty: all rows have one.
    present: Vec<i32>,
    /// Rows with a value, their sum and sum of squares.
    n: u64,
    sum: i128,
    squares: i128,
}

impl MomentsPlan {
    pub(crate) fn new(
        table: &OpenedTable,
        spec: &LiveSpec,
        projection: &mut Projection,
    ) -> Result<Option<Self>, MetricError> {
        if spec.pairs.is_empty() && spec.matrix.is_empty() {
            return Ok(None);
        }
        let mut units: Vec<(usize, Scale)> = Vec::new();
        let mut unit = |(column, scale): &(Column, Scale)| -> Result<usize, MetricError> {
            let index = table.index(&column.0)?;
            let ty = table.schema.field(index).data_type();
            if !is_number(ty) {
                return Err(changed(column, ty, "numbers"));
            }
            let wanted = (projection.place(index), *scale);
            Ok(units.iter().position(|known| *known == wanted).unwrap_or_else(|| {
                units.push(wanted);
                units.len() - 1
            }))
        };
        let pairs =
            spec.pairs.iter().map(|pair| Ok((unit(&pair.x)?, unit(&pair.y)?))).collect::<Result<_, MetricError>>()?;
        let matrix = spec.matrix.iter().map(&mut unit).collect::<Result<_, _>>()?;
        let windows = (0..spec.n_windows()).map(|window| !rows_only(spec, window)).collect();
        Ok(Some(MomentsPlan { units, pairs, matrix, windows }))
    }

    pub(crate) fn start(&self) -> Moments<'_> {
        let matrix = || (!self.matrix.is_empty()).then(|| MomentMatrix::new(self.matrix.len()));
        Moments {
            plan: self,
            pairs: self.windows.iter().map(|_| vec![CoMoments::default(); self.pairs.len()]).collect(),
            matrices: self.windows.iter().map(|_| matrix()).collect(),
            groups: Groups::default(),
            buffer: Vec::new(),
        }
    }
}

impl Moments<'_> {
    pub(crate) fn block(&mut self, block: &Block, placed: &Placed) -> Result<(), MetricError> {
        let rows = placed.rows;
        let plan = self.plan;
        let Some(windows) = &placed.windows else {
            return self.window(0, block, None);
        };
        let wanted = |row: usize| {
            let window = usize::from(windows[row]);
            (windows[row] != NOWHERE && plan.windows[window]).then_some(window)
        };
        let mut groups = std::mem::take(&mut self.groups);
        let done = match groups.split(rows, plan.windows.len(), wanted) {
            Split::One(window) => self.window(window, block, None),
            Split::Several => groups.each().try_for_each(|(window, rows)| self.window(window, block, Some(rows))),
        };
        self.groups = groups;
        done
    }

    fn window(&mut self, window: usize, block: &Block, rows: Option<&[u32]>) -> Result<(), MetricError> {
        let plan = self.plan;
        let columns = plan
            .units
            .iter()
            .map(|(place, scale)| units(block.batch.column(*place), scale, rows, &mut self.buffer))
            .collect::<Result<Vec<_>, _>>()?;
        for (sums, (x, y)) in self.pairs[window].iter_mut().zip(&plan.pairs) {
            add_pair(sums, &columns[*x], &columns[*y]);
        }
        if let Some(matrix) = &mut self.matrices[window] {
            add_complete(matrix, &plan.matrix.iter().map(|at| &columns[*at]).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Adds what another worker measured.
    pub(crate) fn merge(&mut self, other: Moments<'_>) {
        for (sums, more) in self.pairs.iter_mut().flatten().zip(other.pairs.iter().flatten()) {
            sums.merge(more);
        }
        for (matrix, more) in self.matrices.iter_mut().zip(&other.matrices) {
            if let (Some(matrix), Some(more)) = (matrix, more) {
                matrix.merge(more).expect("both are of the plan's columns");
            }
        }
    }
}

fn units(array: &ArrayRef, scale: &Scale, rows: Option<&[u32]>, buffer: &mut Vec<f64>) -> Result<Units, MetricError> {
    let numbers = numbers(array, buffer)?;
    let (mut units, mut present) = (Vec::with_capacity(array.len()), Vec::with_capacity(array.len()));
    let picked = rows.map_or(Picked::All(array.len()), Picked::Rows);
    picked.each(|row| {
        let unit = numbers.get(row).and_then(|x| scale.unit(x));
        units.push(unit.unwrap_or(0));
        present.push(i32::from(unit.is_some()));
    });
    let n = present.iter().map(|present| *present as u64).sum();
    if n == units.len() as u64 {
        present.clear();
    }
    Ok(Units { n, sum: sum(&units), squares: product(&units, &units), units, present })
}

fn add_pair(sums: &mut CoMoments, x: &Units, y: &Units) {
    let (n, sx, sxx) = beside(x, y);
    let (_, sy, syy) = beside(y, x);
    sums.merge(&CoMoments { n, sx, sy, sxx, syy, sxy: product(&x.units, &y.units) });
}

/// Over the rows in which both have a value: their number, and the sum and sum of squares of the first.
fn beside(x: &Units, other: &Units) -> (u64, i128, i128) {
    if other.present.is_empty() {
        return (x.n, x.sum, x.squares);
    }
    let masked: Vec<i32> = x.units.iter().zip(&other.present).map(|(x, present)| x * present).collect();
    let both = |x: &Units| x.present.iter().zip(&other.present).map(|(a, b)| (a & b) as u64).sum();
    let n = if x.present.is_empty() { other.n } else { both(x) };
    (n, sum(&masked), product(&masked, &masked))
}

fn sum(x: &[i32]) -> i128 {
    x.iter().map(|x| i64::from(*x)).sum::<i64>().into()
}

/// Sum of products of units, each below 2^60 in size: halves of 32 bits are summed apart.
fn product(x: &[i32], y: &[i32]) -> i128 {
    let (mut low, mut high) = (0i64, 0i64);
    for (x, y) in x.iter().zip(y) {
        let product = i64::from(*x) * i64::from(*y);
        low += product & 0xffff_ffff;
        high += product >> 32;
    }
    (i128::from(high) << 32) + i128::from(low)
}

/// Adds the rows in which all columns have a value.
fn add_complete(matrix: &mut MomentMatrix, columns: &[&Units]) -> Result<(), MetricError> {
    let bad = |why: assay_stats::comoments::BadMatrix| unsupported(why.to_string());
    if columns.iter().all(|column| column.present.is_empty()) {
        let all: Vec<&[i32]> = columns.iter().map(|column| &column.units[..]).collect();
        return matrix.add_block(&all).map_err(bad);
    }
    let rows = columns.first().map_or(0, |column| column.units.len());
    let complete: Vec<usize> = (0..rows)
        .filter(|row| columns.iter().all(|column| column.present.get(*row).is_none_or(|present| *present == 1)))
        .collect();
    let kept: Vec<Vec<i32>> =
        columns.iter().map(|column| complete.iter().map(|row| column.units[*row]).collect()).collect();
    matrix.add_block(&kept.iter().map(Vec::as_slice).collect::<Vec<_>>()).map_err(bad)
}
