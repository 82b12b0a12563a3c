//! A numeric column sorted: its distinct values with the rows of each, and its moments.

use assay_core::drift::state::Cells;
use assay_stats::exact_sum::ExactSum;
use polars::prelude::{ChunkSort, Float64Chunked, SortOptions};

/// Distinct values that are not missing, ascending, infinities included, with the rows of each. -0.0 is 0.0.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Runs {
    pub values: Vec<f64>,
    pub counts: Vec<u64>,
}

/// Sorts a column by Polars and counts its equal neighbours.
pub(crate) fn runs(column: &Float64Chunked) -> (Cells, Runs) {
    let order = SortOptions { nulls_last: true, multithreaded: true, ..SortOptions::default() };
    let sorted = column.sort_with(order);
    let nulls = sorted.null_count();
    let mut runs = Runs::default();
    let mut left = sorted.len() - nulls;
    let mut nan = 0;
    for chunk in sorted.downcast_iter() {
        let values = chunk.values().as_slice();
        let values = &values[..values.len().min(left)];
        left -= values.len();
        for &value in values {
            if value.is_nan() {
                nan += 1;
                continue;
            }
            match runs.values.last() {
                Some(last) if *last == value => *runs.counts.last_mut().expect("a count for each value") += 1,
                _ => {
                    // adding 0 turns -0 into 0
                    runs.values.push(value + 0.0);
                    runs.counts.push(1);
                }
            }
        }
    }
    let rows_at = |at: Option<usize>, value: f64| match at {
        Some(at) if runs.values[at] == value => runs.counts[at],
        _ => 0,
    };
    let last = runs.values.len().checked_sub(1);
    let cells = Cells {
        rows: sorted.len() as u64,
        nulls: nulls as u64,
        nan,
        minus_infinity: rows_at(last.and(Some(0)), f64::NEG_INFINITY),
        plus_infinity: rows_at(last, f64::INFINITY),
    };
    (cells, runs)
}

impl Runs {
    /// Rows in all.
    pub fn rows(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The indexes of the finite values.
    pub fn finite(&self) -> std::ops::Range<usize> {
        let start = usize::from(self.values.first() == Some(&f64::NEG_INFINITY));
        let end = self.values.len() - usize::from(self.values.last() == Some(&f64::INFINITY));
        start..end.max(start)
    }

    /// Smallest and largest finite value.
    pub fn range(&self) -> Option<(f64, f64)> {
        let finite = self.finite();
        (!finite.is_empty()).then(|| (self.values[finite.start], self.values[finite.end - 1]))
    }

    /// Mean and sum of squared deviations from it, of the finite values; 0 and 0 without one. In two passes: the mean
    /// is the exact sum, divided; the squares are summed exactly, too, so both depend on the values alone. Where the
    /// squares pass the largest float the second is infinite.
    pub fn moments(&self) -> (f64, f64) {
        let finite = self.finite();
        let pairs = || finite.clone().map(|i| (self.values[i], self.counts[i] as f64));
        let n: f64 = pairs().map(|(_, count)| count).sum();
        if n == 0.0 {
            return (0.0, 0.0);
        }
        let mut sum = ExactSum::new();
        pairs().for_each(|(value, count)| sum.add_product(value, count));
        let mean = match sum.value() {
            sum if sum.is_finite() => sum / n,
            // the sum of numbers near the largest float passes it, their mean does not
            _ => {
                let mut sum = ExactSum::new();
                pairs().for_each(|(value, count)| sum.add(value / n * count));
                sum.value()
            }
        };
        let mut squares = ExactSum::new();
        for (value, count) in pairs() {
            let deviation = value - mean;
            squares.add_product(deviation * deviation, count);
        }
        (mean, squares.value())
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    fn of(cells: &[Option<f64>]) -> (Cells, Runs) {
        runs(&Float64Chunked::from_slice_options("".into(), cells))
    }

    #[test]
    fn nulls_nan_and_infinities_are_told_apart() {
        let inf = f64::INFINITY;
        let cells = [Some(2.0), None, Some(f64::NAN), Some(inf), Some(-0.0), Some(0.0), Some(-inf), Some(inf), None];
        let (cells, runs) = of(&cells);
        assert_eq!(cells, Cells { rows: 9, nulls: 2, nan: 1, minus_infinity: 1, plus_infinity: 2 });
        assert_eq!((&runs.values[..], &runs.counts[..]), (&[-inf, 0.0, 2.0, inf][..], &[1, 2, 1, 2][..]));
        assert!(runs.values[1].is_sign_positive());
        assert_eq!(runs.range(), Some((0.0, 2.0)));
    }

    #[test]
    fn empty_and_missing_columns_have_no_values() {
        for cells in [&[][..], &[None, Some(f64::NAN)]] {
            let (counted, runs) = of(cells);
            assert_eq!((counted.rows, runs.rows()), (cells.len() as u64, 0));
            assert_eq!((runs.range(), runs.moments()), (None, (0.0, 0.0)));
        }
    }

    #[test]
    fn moments_take_two_passes_and_do_not_cancel() {
        let (_, runs) = of(&[Some(1e9 + 1.0), Some(1e9 + 2.0), Some(1e9 + 3.0), Some(f64::INFINITY)]);
        assert_eq!(runs.moments(), (1e9 + 2.0, 2.0));
        let (_, runs) = of(&[Some(f64::MAX), Some(f64::MAX)]);
        assert_eq!(runs.moments(), (f64::MAX, 0.0));
    }
}
