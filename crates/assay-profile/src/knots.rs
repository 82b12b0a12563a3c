//! The values of a numeric column that live rows are counted against.
//!
//! Up to [`FULL_ECDF_ROWS`] rows, and up to [`KNOTS`] distinct values of any number of rows, every distinct value is
//! one (the full ECDF: every distance to it is exact). Above, these are: the inverse ECDF at
//! i/4096 (so that fewer than one row in 4,096 lies strictly between neighbours, and a value with at least that share
//! is itself a knot), at i/100 (so that the edges of 10 and 20 PSI bins and the 1% and 99% of a scale are exact), and
//! the smallest and largest value, finite and infinite. Rows between knots are known by number and by exact sums.
//!
//! With a smallest number of rows for a bin (privacy) knots are thinned: from below, a value stays when at least that
//! many rows lie above the last one kept, up to and including itself; at the top, knots go until none or at least that
//! many rows lie beyond. The extremes are then no knots. Where fewer rows lie strictly between two knots, their sum of
//! positions is that of the middle of the gap, and beyond the ends it is 0, so that no single row can be read back.

use assay_core::drift::baseline::{FULL_ECDF_ROWS, KNOTS};
use assay_core::drift::knots::{Knots, fraction};
use assay_stats::exact_sum::ExactSum;

use crate::numbers::Runs;

/// Half of the unit of [`fraction`].
const MIDDLE: u128 = 1 << 51;

/// Makes knots of sorted values. `bin` is the smallest number of rows of a bin; 0 and 1 hide nothing.
pub(crate) fn knots(runs: &Runs, bin: u64) -> Knots {
    let n = runs.rows();
    let all = n <= FULL_ECDF_ROWS || runs.values.len() <= KNOTS;
    if bin <= 1 && all {
        return Knots::full(runs.values.clone(), &runs.counts);
    }
    let up_to: Vec<u64> = runs
        .counts
        .iter()
        .scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
        .collect();
    let mut chosen = if all { (0..up_to.len()).collect() } else { quantiles(runs, &up_to, n) };
    if bin > 1 {
        chosen = thinned(&chosen, &up_to, n, bin);
    }
    between(runs, &chosen, &up_to, n, bin)
}

/// Indexes of the values that are knots.
fn quantiles(runs: &Runs, up_to: &[u64], n: u64) -> Vec<usize> {
    let finite = runs.finite();
    let ends = [0, runs.values.len() - 1, finite.start, finite.end.saturating_sub(1)];
    // the value holds i/parts of the rows for some i when that share is passed between the rows below it and up to it
    let passes = |parts: u128, below: u64, up_to: u64| {
        u128::from(up_to) * parts / u128::from(n) > u128::from(below) * parts / u128::from(n)
    };
    (0..runs.values.len())
        .filter(|&i| {
            let below = up_to[i] - runs.counts[i];
            ends.contains(&i) || passes(KNOTS as u128, below, up_to[i]) || passes(100, below, up_to[i])
        })
        .collect()
}

fn thinned(candidates: &[usize], up_to: &[u64], n: u64, bin: u64) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    let mut last = 0;
    for &i in candidates {
        if up_to[i] - last >= bin {
            kept.push(i);
            last = up_to[i];
        }
    }
    let too_few = |i: &usize| (1..bin).contains(&(n - up_to[*i]));
    while kept.last().is_some_and(too_few) {
        kept.pop();
    }
    kept
}

/// Knots at the chosen values, with the sums of the rows between them.
fn between(runs: &Runs, chosen: &[usize], up_to: &[u64], n: u64, bin: u64) -> Knots {
    let below = |i: usize| up_to[i] - runs.counts[i];
    let hidden = |rows: u64| rows < bin && bin > 1;
    let gap = |pair: &[usize]| -> u128 {
        let (from, to) = (pair[0], pair[1]);
        let (a, b) = (runs.values[from], runs.values[to]);
        if a.is_infinite() || b.is_infinite() {
            return 0;
        }
        let rows = below(to) - up_to[from];
        if hidden(rows) {
            return u128::from(rows) * MIDDLE;
        }
        (from + 1..to).map(|i| u128::from(runs.counts[i]) * u128::from(fraction(runs.values[i], a, b))).sum()
    };
    let finite = runs.finite();
    let distance = |rows: std::ops::Range<usize>, knot: usize| -> f64 {
        let outside = rows.start.max(finite.start)..rows.end.min(finite.end);
        if runs.values[knot].is_infinite() || hidden(outside.clone().map(|i| runs.counts[i]).sum()) {
            return 0.0;
        }
        let mut sum = ExactSum::new();
        for i in outside {
            sum.add_product((runs.values[i] - runs.values[knot]).abs(), runs.counts[i] as f64);
        }
        sum.value()
    };
    let (first, last) = (chosen.first().copied(), chosen.last().copied());
    Knots {
        values: chosen.iter().map(|&i| runs.values[i]).collect(),
        below: chosen.iter().map(|&i| below(i)).collect(),
        up_to: chosen.iter().map(|&i| up_to[i]).collect(),
        n,
        full: false,
        gap_sums: chosen.windows(2).map(gap).collect(),
        sum_below: first.map_or(0.0, |knot| distance(0..knot, knot)),
        sum_above: last.map_or(0.0, |knot| distance(knot + 1..runs.values.len(), knot)),
        digest: String::new(),
    }
    .sealed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: impl IntoIterator<Item = (f64, u64)>) -> Runs {
        let (values, counts) = pairs.into_iter().unzip();
        Runs { values, counts }
    }

    /// One row for each of 200,000 values but the value 7, which has a thousand.
    fn large() -> Runs {
        of((0..200_000).map(|i| (f64::from(i) / 4.0, if i == 28 { 1_000 } else { 1 })))
    }

    #[test]
    fn small_columns_keep_every_value() {
        let runs = of([(1.0, 2), (3.0, 1)]);
        assert_eq!(knots(&runs, 0), Knots::full(vec![1.0, 3.0], &[2, 1]));
        assert_eq!(knots(&Runs::default(), 1).n, 0);
    }

    #[test]
    fn few_values_of_many_rows_are_all_kept() {
        let knots = knots(&of([(1.0, 900_000), (2.0, 1), (3.0, 100_000)]), 1);
        assert!(knots.full && knots.values == [1.0, 2.0, 3.0]);
    }

    #[test]
    fn no_gap_holds_one_row_in_4096_and_ends_and_percentiles_are_exact() {
        let runs = large();
        let knots = knots(&runs, 1);
        let n = knots.n;
        assert!(!knots.full && knots.len() <= KNOTS + 102, "{}", knots.len());
        assert_eq!((knots.values[0], knots.up_to[knots.len() - 1]), (0.0, n));
        assert!((1..knots.len()).all(|i| (knots.below[i] - knots.up_to[i - 1]) * (KNOTS as u64) < n));
        assert!(knots.values.contains(&7.0));
        let all = Knots::full(runs.values.clone(), &runs.counts);
        for i in 1..100 {
            assert_eq!(knots.quantile(i, 100), all.quantile(i, 100), "{i}%");
        }
        assert_eq!((knots.sum_below, knots.sum_above), (0.0, 0.0));
        let rows: u64 = (1..knots.len()).map(|i| knots.below[i] - knots.up_to[i - 1]).sum::<u64>();
        assert_eq!(rows + (0..knots.len()).map(|i| knots.at(i)).sum::<u64>(), n);
        let expected: u128 = runs
            .values
            .iter()
            .filter(|v| **v > knots.values[0] && **v < knots.values[1])
            .map(|v| u128::from(fraction(*v, knots.values[0], knots.values[1])))
            .sum();
        assert_eq!(knots.gap_sums[0], expected);
    }

    #[test]
    fn infinities_are_knots_and_so_are_the_finite_ends_beside_them() {
        let mut runs = large();
        runs.values.insert(0, f64::NEG_INFINITY);
        runs.counts.insert(0, 3);
        let knots = knots(&runs, 1);
        assert_eq!(knots.values[..2], [f64::NEG_INFINITY, 0.0]);
        assert_eq!((knots.below[1], knots.up_to[0], knots.gap_sums[0]), (3, 3, 0));
    }

    #[test]
    fn no_bin_of_a_private_column_holds_fewer_rows() {
        let runs = of((0..1_000_u32).map(|i| (f64::from(i), u64::from(i % 3) + 1)));
        for bin in [2, 7, 50, 1_500] {
            let knots = knots(&runs, bin);
            let mut last = 0;
            for up_to in knots.up_to.iter().chain((knots.up_to.last() != Some(&knots.n)).then_some(&knots.n)) {
                assert!(up_to - last >= bin, "{bin}: {last}..{up_to}");
                last = *up_to;
            }
        }
        assert!(knots(&of([(1.0, 2)]), 5).is_empty());
        let few = knots(&of([(1.0, 1), (2.0, 9), (3.0, 1), (4.0, 9)]), 10);
        assert_eq!((&few.values[..], &few.gap_sums[..], few.sum_below), (&[2.0, 4.0][..], &[MIDDLE][..], 0.0));
    }
}
