//! Columns counted as a monitor counts them: the baseline keeps knots and categories, live rows are counted against
//! them. Sides are sorted here, so counting is a merge.

use std::sync::Arc;

use assay_core::drift::baseline::{FULL_ECDF_ROWS, KNOTS, NAMED_CATEGORIES};
use assay_core::drift::category::mix;
use assay_core::drift::knots::{Knots, fraction};
use assay_core::drift::state::{Cells, KEPT_UNSEEN, RankState};
use assay_stats::drift::bins::{MISSING, QuantileBins, top_categories};
use assay_stats::drift::{Bins, Categories, ColumnKind, Comparison, GapSums, Missing, Ranks};
use assay_stats::exact_sum::ExactSum;

use crate::numbers::Sample;

/// Quantile bins of PSI.
pub const PSI_BINS: u32 = 10;

/// Both sides of a column of numbers.
pub struct Numeric {
    knots: Arc<Knots>,
    live: RankState,
    live_below: f64,
    live_above: f64,
    bins: Bins,
    missing: Missing,
}

/// Both sides of a column of categories.
pub struct Categorical {
    categories: Categories,
    bins: Bins,
    missing: Missing,
}

impl Numeric {
    /// Counts the live sample against the knots of the baseline's.
    pub fn new(base: &Sample, live: &Sample) -> Self {
        let knots = knots(&base.values);
        let cells = cells(live);
        let live = count(&knots, live);
        let missing = Missing { n: knots.n + base.missing, base: base.missing, m: cells.rows, live: cells.nulls };
        let bins = QuantileBins::new(&knots.values, &knots.below, &knots.up_to, knots.n, PSI_BINS);
        let (live_below, live_above) = (live.below.value(), live.above.value());
        let mut numeric = Numeric {
            knots: Arc::new(knots),
            live,
            live_below,
            live_above,
            bins: Bins { labels: vec![], base: vec![], live: vec![] },
            missing,
        };
        numeric.bins = bins.count(&numeric.ranks(), &missing);
        numeric
    }

    fn ranks(&self) -> Ranks<'_> {
        let knots = &self.knots;
        Ranks {
            values: &knots.values,
            base_below: &knots.below,
            base_up_to: &knots.up_to,
            n: knots.n,
            gap: &self.live.gap,
            eq: &self.live.eq,
            m: self.missing.m - self.missing.live,
            sums: Some(GapSums {
                live: &self.live.gap_sums,
                base: &knots.gap_sums,
                live_below: self.live_below,
                live_above: self.live_above,
                base_below: knots.sum_below,
                base_above: knots.sum_above,
                live_infinite: 0,
            }),
        }
    }

    /// As the tests take it.
    pub fn comparison(&self) -> Comparison<'_> {
        Comparison {
            kind: ColumnKind::Numeric,
            ranks: Some(self.ranks()),
            bins: &self.bins,
            categories: None,
            missing: self.missing,
        }
    }
}

impl Categorical {
    /// Rows of the same categories on both sides, and missing ones.
    pub fn new(base: &[u64], live: &[u64], missing: (u64, u64)) -> Self {
        let n: u64 = base.iter().sum();
        let m: u64 = live.iter().sum();
        let (mut held, mut new): (Vec<usize>, Vec<usize>) =
            (0..base.len()).filter(|&i| base[i] + live[i] > 0).partition(|&i| base[i] > 0);
        let of = |counts: &[u64], at: &[usize]| at.iter().map(|&i| counts[i]).sum::<u64>();
        let unseen = of(live, &new);
        let twice = held.iter().filter(|&&i| base[i] == 2).count() as u64;
        let once = held.iter().filter(|&&i| base[i] == 1).count() as u64;
        held.sort_by_key(|&i| (std::cmp::Reverse(base[i]), i));
        let tail = held.split_off(held.len().min(NAMED_CATEGORIES));
        // as a hash chooses
        new.sort_by_key(|&i| mix(i as u64 + 1));
        let rest = new.split_off(new.len().min(KEPT_UNSEEN));
        let named = || held.iter().chain(&new);
        let mut categories = Categories {
            labels: named().map(|i| format!("c{i:05}")).collect(),
            base: named().map(|&i| base[i]).collect(),
            live: named().map(|&i| live[i]).collect(),
            lumped: (of(base, &tail), of(live, &tail) + of(live, &rest)),
            unseen: Some(unseen),
            singletons: once,
            doubletons: if tail.is_empty() { twice } else { most_doubletons(base, &held, &tail) },
            n,
            m,
        };
        if missing != (0, 0) {
            categories.labels.push(MISSING.to_owned());
            categories.base.push(missing.0);
            categories.live.push(missing.1);
        }
        let missing = Missing { n: n + missing.0, base: missing.0, m: m + missing.1, live: missing.1 };
        Categorical { bins: top_categories(&categories, &missing), categories, missing }
    }

    /// As the tests take it.
    pub fn comparison(&self) -> Comparison<'_> {
        Comparison {
            kind: ColumnKind::Categorical,
            ranks: None,
            bins: &self.bins,
            categories: Some(&self.categories),
            missing: self.missing,
        }
    }
}

/// Categories of two rows, as many as there can be in a tail whose rows, categories and singletons are known.
fn most_doubletons(base: &[u64], named: &[usize], tail: &[usize]) -> u64 {
    let named = named.iter().filter(|&&i| base[i] == 2).count() as u64;
    let once = tail.iter().filter(|&&i| base[i] == 1).count() as u64;
    let rows: u64 = tail.iter().map(|&i| base[i]).sum();
    named + ((rows - once) / 2).min(tail.len() as u64 - once)
}

/// Cells of a side.
pub fn cells(sample: &Sample) -> Cells {
    let rows = sample.values.len() as u64 + sample.missing;
    Cells { rows, nulls: sample.missing, ..Cells::default() }
}

/// What a baseline keeps of sorted values: all of them up to 100,000 rows, else those at i/4,096 and i/100 and the
/// ends.
/// The digest is left empty: nothing here tells knots apart by it.
pub fn knots(sorted: &[f64]) -> Knots {
    let n = sorted.len() as u64;
    let full = n <= FULL_ECDF_ROWS;
    let passes = |parts: u64, below: u64, up_to: u64| up_to * parts / n > below * parts / n;
    let mut knots = Knots { n, full, ..Knots::empty() };
    let mut between: Option<(f64, Vec<f64>)> = None;
    let mut below = 0;
    for run in sorted.chunk_by(|a, b| a == b) {
        let (value, up_to) = (run[0], below + run.len() as u64);
        let is_end = below == 0 || up_to == n;
        if full || is_end || passes(KNOTS as u64, below, up_to) || passes(100, below, up_to) {
            if let Some((a, rows)) = between.take() {
                knots.gap_sums.push(rows.iter().map(|&x| u128::from(fraction(x, a, value))).sum());
            }
            knots.values.push(value);
            knots.below.push(below);
            knots.up_to.push(up_to);
            between = (!full).then(|| (value, Vec::new()));
        } else if let Some((_, rows)) = &mut between {
            rows.extend(run);
        }
        below = up_to;
    }
    knots
}

/// Counts sorted live values against knots.
pub fn count(knots: &Knots, live: &Sample) -> RankState {
    let (values, k) = (&knots.values, knots.len());
    let (mut gap, mut eq) = (vec![0; k + 1], vec![0; k]);
    let mut gap_sums = vec![0_u128; k.saturating_sub(1)];
    let (mut below, mut above) = (ExactSum::new(), ExactSum::new());
    let mut i = 0;
    for &x in &live.values {
        while i < k && values[i] < x {
            i += 1;
        }
        if i < k && values[i] == x {
            eq[i] += 1;
            continue;
        }
        gap[i] += 1;
        if k == 0 {
            continue;
        }
        match i {
            0 => below.add(values[0] - x),
            i if i == k => above.add(x - values[k - 1]),
            i => gap_sums[i - 1] += u128::from(fraction(x, values[i - 1], values[i])),
        }
    }
    let range = live.values.first().copied().zip(live.values.last().copied());
    RankState { cells: cells(live), gap, eq, gap_sums, below, above, range }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{Law, Shift, sample};
    use crate::random::Rng;

    #[test]
    fn counters_are_those_of_the_definition() {
        let mut rng = Rng::of(3, "counters", 0);
        for (law, rows) in [(Law::Normal, 3_000), (Law::Rounded, 3_000), (Law::Poisson20, 120_000)] {
            let base = sample(&mut rng, law, rows, 0.0, Shift::None);
            let live = sample(&mut rng, law, 2_000, 0.1, Shift::Mean(0.3));
            let knots = knots(&base.values);
            let state = count(&knots, &live);
            let within = |low: f64, high: f64| live.values.iter().filter(|x| low < **x && **x < high).count() as u64;
            for i in 0..=knots.len() {
                let low = if i == 0 { f64::NEG_INFINITY } else { knots.values[i - 1] };
                let high = knots.values.get(i).copied().unwrap_or(f64::INFINITY);
                assert_eq!(state.gap[i], within(low, high), "{law:?}: gap {i}");
            }
            assert_eq!(state.gap.iter().chain(&state.eq).sum::<u64>(), live.values.len() as u64);
            assert_eq!(knots.up_to.last(), Some(&rows));
            assert_eq!(state.cells.rows, 2_000);
        }
    }

    #[test]
    fn categories_of_the_live_side_alone_are_unseen() {
        let column = Categorical::new(&[5, 1, 0, 0], &[4, 0, 3, 0], (1, 2));
        let categories = &column.categories;
        assert_eq!((categories.unseen, categories.singletons, categories.n, categories.m), (Some(3), 1, 6, 7));
        assert_eq!(categories.labels, ["c00000", "c00001", "c00002", MISSING]);
        assert_eq!((categories.lumped, categories.doubletons), ((0, 0), 0));
        assert_eq!(column.missing, Missing { n: 7, base: 1, m: 9, live: 2 });
    }
}
