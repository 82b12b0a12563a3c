//! Both distribution functions of a number at a few values, for a plot.
//!
//! A value is kept where the two functions together have risen by one more step since the last one kept, so that a
//! steep stretch of either has its points; between two of them both rise by less than a step.
//!
//! A baseline may hold 100,000 values, and a window hundreds of columns. So the counters are added up by blocks, and
//! only blocks in which something can be found are looked into: functions that rise are known within a block by its
//! ends.

use std::ops::Range;

use assay_core::drift::record::{CURVE_POINTS, Curves};
use assay_stats::drift::Ranks;

/// Values that are kept whatever the functions do: the first, the last, where they are furthest apart and the one
/// before it.
const ALWAYS: usize = 4;
/// Values of a block.
const BLOCK: usize = 64;

/// Rows of both sides at or below, or just below, the value `at`.
#[derive(Debug, Clone, Copy)]
struct Rows {
    at: usize,
    base: u64,
    live: u64,
}

/// Both functions at no more than [`CURVE_POINTS`] values; `None` where a side has no rows, or the baseline no finite
/// value.
pub(super) fn curves(ranks: &Ranks<'_>) -> Option<Curves> {
    let values = ranks.values;
    // infinities are first and last, and a plot has no place for them
    let first = usize::from(values.first() == Some(&f64::NEG_INFINITY));
    let last = values.len().checked_sub(1 + usize::from(values.last() == Some(&f64::INFINITY)))?;
    if ranks.n == 0 || ranks.m == 0 || first > last {
        return None;
    }
    let blocks = Blocks::new(ranks);
    let widest = blocks.widest().filter(|rows| (first..=last).contains(&rows.at));
    let mut kept: Vec<usize> = if values.len() <= CURVE_POINTS { (first..=last).collect() } else { blocks.steps() };
    kept.extend([first, last]);
    kept.extend(widest.map(|rows| rows.at));
    kept.extend(widest.and_then(|rows| rows.at.checked_sub(1)));
    kept.retain(|at| (first..=last).contains(at));
    kept.sort_unstable();
    kept.dedup();

    let share = |rows: Rows| (rows.base as f64 / ranks.n as f64, rows.live as f64 / ranks.m as f64);
    let (base, live) = kept.iter().map(|at| share(blocks.up_to(*at))).unzip();
    let widest = widest.map(|rows| (values[rows.at], share(rows).0, share(rows).1));
    Some(Curves { values: kept.iter().map(|at| values[*at]).collect(), base, live, widest })
}

/// The counters with live rows added up block by block.
struct Blocks<'a> {
    ranks: &'a Ranks<'a>,
    /// Live rows before each block, and all at or below the last value.
    live: Vec<u64>,
}

impl<'a> Blocks<'a> {
    fn new(ranks: &'a Ranks<'a>) -> Self {
        let mut live = vec![0];
        let mut sum = 0;
        for (gap, eq) in ranks.gap[..ranks.values.len()].chunks(BLOCK).zip(ranks.eq.chunks(BLOCK)) {
            sum += gap.iter().sum::<u64>() + eq.iter().sum::<u64>();
            live.push(sum);
        }
        Blocks { ranks, live }
    }

    /// Rows before a block, or after the last one.
    fn before(&self, block: usize) -> Rows {
        let at = (block * BLOCK).min(self.ranks.values.len());
        let base = at.checked_sub(1).map_or(0, |last| self.ranks.base_up_to[last]);
        Rows { at, base, live: self.live[block] }
    }

    /// Rows just below, and at or below, each value of a block.
    fn within(&self, block: usize) -> impl Iterator<Item = (Rows, Rows)> {
        let Ranks { base_below, base_up_to, gap, eq, .. } = *self.ranks;
        let places: Range<usize> = self.before(block).at..self.before(block + 1).at;
        let mut live = self.live[block];
        places.map(move |at| {
            let below = Rows { at, base: base_below[at], live: live + gap[at] };
            live = below.live + eq[at];
            (below, Rows { at, base: base_up_to[at], live })
        })
    }

    /// Rows at or below a value.
    fn up_to(&self, at: usize) -> Rows {
        let found = self.within(at / BLOCK).nth(at % BLOCK);
        found.map_or(Rows { at, base: 0, live: 0 }, |(_, here)| here)
    }

    /// Blocks by the rows before and after them.
    fn ends(&self) -> impl Iterator<Item = (usize, Rows, Rows)> {
        (0..self.live.len() - 1).map(|block| (block, self.before(block), self.before(block + 1)))
    }

    /// The share of live rows less that of the baseline, times n m.
    fn excess(&self, live: u64, base: u64) -> f64 {
        live as f64 * self.ranks.n as f64 - base as f64 * self.ranks.m as f64
    }

    /// Where the functions are furthest apart: at a value, or just below it.
    fn widest(&self) -> Option<Rows> {
        let gap = |rows: Rows| self.excess(rows.live, rows.base).abs();
        let known = self.ends().map(|(.., after)| gap(after)).fold(0.0, f64::max);
        // at most all of a block's live rows before its baseline rows, or the reverse
        let can_be = |before: Rows, after: Rows| {
            self.excess(after.live, before.base).max(-self.excess(before.live, after.base)) >= known
        };
        let mut best: Option<(f64, Rows)> = None;
        for (block, ..) in self.ends().filter(|(_, before, after)| can_be(*before, *after)) {
            for (below, here) in self.within(block) {
                for rows in [below, here] {
                    let gap = gap(rows);
                    if best.is_none_or(|(best, _)| gap > best) {
                        best = Some((gap, rows));
                    }
                }
            }
        }
        best.map(|(_, rows)| rows)
    }

    /// Values at which the functions together have risen by one more step.
    fn steps(&self) -> Vec<usize> {
        let (n, m) = (self.ranks.n as f64, self.ranks.m as f64);
        let step = 2.0 * n * m / (CURVE_POINTS - ALWAYS - 1) as f64;
        let risen = |rows: Rows| rows.live as f64 * n + rows.base as f64 * m;
        let mut steps = Vec::with_capacity(CURVE_POINTS);
        let mut next = step;
        for (block, _, after) in self.ends() {
            if risen(after) < next {
                continue;
            }
            for (_, here) in self.within(block) {
                if risen(here) >= next {
                    steps.push(here.at);
                    next = ((risen(here) / step).floor() + 1.0) * step;
                }
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use assay_core::drift::knots::Knots;
    use assay_stats::drift::ks;
    use proptest::prelude::*;

    use super::*;

    /// Both sides of raw rows, counted against the baseline's values.
    fn of(base: &[f64], live: &[f64]) -> Option<Curves> {
        let mut values = base.to_vec();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let mut counts = vec![0; values.len()];
        for x in base {
            counts[values.partition_point(|value| value < x)] += 1;
        }
        let knots = Knots::full(values, &counts);
        let mut gap = vec![0; knots.len() + 1];
        let mut eq = vec![0; knots.len()];
        for x in live {
            let at = knots.values.partition_point(|value| value < x);
            if knots.values.get(at) == Some(x) { eq[at] += 1 } else { gap[at] += 1 }
        }
        curves(&Ranks {
            values: &knots.values,
            base_below: &knots.below,
            base_up_to: &knots.up_to,
            n: knots.n,
            gap: &gap,
            eq: &eq,
            m: live.len() as u64,
            sums: None,
        })
    }

    fn share(side: &[f64], value: f64) -> f64 {
        side.iter().filter(|x| **x <= value).count() as f64 / side.len() as f64
    }

    #[test]
    fn few_values_are_all_kept() {
        let found = of(&[1.0, 2.0, 2.0, 4.0], &[0.0, 2.0]).expect("curves");
        assert_eq!(found.values, [1.0, 2.0, 4.0]);
        assert_eq!(found.base, [0.25, 0.75, 1.0]);
        assert_eq!(found.live, [0.5, 1.0, 1.0]);
        assert_eq!(found.widest, Some((1.0, 0.0, 0.5)), "the live row below the first value");
    }

    #[test]
    fn sides_without_rows_have_no_curves() {
        assert_eq!(of(&[], &[1.0]), None);
        assert_eq!(of(&[1.0], &[]), None);
        assert_eq!(of(&[f64::INFINITY], &[1.0]), None);
    }

    #[test]
    fn infinite_values_are_no_points() {
        let infinite = [f64::NEG_INFINITY, 1.0, 2.0, f64::INFINITY];
        let found = of(&infinite, &[1.5, f64::INFINITY]).expect("curves");
        assert_eq!(found.values, [1.0, 2.0]);
        assert_eq!(found.base, [0.5, 0.75], "rows at minus infinity are below every value");
        assert_eq!(of(&infinite[..2], &[f64::NEG_INFINITY, f64::NEG_INFINITY]).expect("curves").widest, None);
    }

    #[test]
    fn a_steep_stretch_of_the_live_side_has_its_points() {
        let base: Vec<f64> = (0..100_000).map(f64::from).collect();
        let live: Vec<f64> = (0..1000).map(|i| 50_000.0 + f64::from(i) / 2.0).collect();
        let found = of(&base, &live).expect("curves");
        let steep = found.values.iter().filter(|value| (50_000.0..=50_500.0).contains(*value)).count();
        assert!(steep > 20, "{steep} points");
        assert!(found.values.len() > 50, "{} points", found.values.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn widest_is_d(
            base in prop::collection::vec(-30_i32..30, 1..300),
            live in prop::collection::vec(-300_i32..300, 1..300),
        ) {
            let base: Vec<f64> = base.into_iter().map(f64::from).collect();
            let live: Vec<f64> = live.into_iter().map(|x| f64::from(x) / 8.0).collect();
            let d = ks::two_sample(&base, &live).expect("rows").d;
            let (_, b, l) = of(&base, &live).expect("curves").widest.expect("finite");
            prop_assert!(((l - b).abs() - d).abs() < 1e-12, "{b} {l} {d}");
        }

        #[test]
        fn points_are_few_true_and_close(
            base in prop::collection::vec(-1e6_f64..1e6, 1..400),
            live in prop::collection::vec(-1e6_f64..1e6, 1..400),
        ) {
            let found = of(&base, &live).expect("curves");
            prop_assert!(found.values.len() <= CURVE_POINTS);
            prop_assert!(found.values.is_sorted_by(|a, b| a < b));
            for (i, &value) in found.values.iter().enumerate() {
                prop_assert_eq!(found.base[i], share(&base, value));
                prop_assert_eq!(found.live[i], share(&live, value));
            }
            let (low, high) = (found.values[0], found.values[found.values.len() - 1]);
            prop_assert_eq!(low, base.iter().copied().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(high, base.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            let (at, ..) = found.widest.expect("finite");
            prop_assert!(found.values.contains(&at));
        }
    }
}
