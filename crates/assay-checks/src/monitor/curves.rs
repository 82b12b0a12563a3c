//! Both distribution functions of a number at a few values, for a plot.
//!
//! One walk over the counters: a value is kept where the two functions together have risen by one more step since the
//! last, so that a steep stretch of either has its points. Between two kept values both rise by less than a step.

use assay_core::drift::record::{CURVE_POINTS, Curves};
use assay_stats::drift::Ranks;

/// Values that are kept whatever the functions do: the first, the last, where they are furthest apart and the one
/// before it.
const ALWAYS: usize = 4;

/// Both functions at one value, as shares.
#[derive(Clone, Copy)]
struct Point {
    value: f64,
    base: f64,
    live: f64,
}

/// Where the functions are furthest apart.
struct Widest {
    gap: f64,
    at: Option<Point>,
    /// The finite values around it, which a plot needs.
    around: [Option<Point>; 2],
}

/// Both functions at no more than [`CURVE_POINTS`] values; `None` where a side has no rows, or the baseline no finite value.
pub(super) fn curves(ranks: &Ranks<'_>) -> Option<Curves> {
    if ranks.n == 0 || ranks.m == 0 {
        return None;
    }
    let (n, m) = (ranks.n as f64, ranks.m as f64);
    let steps = (CURVE_POINTS - ALWAYS - 1) as f64;
    let keep_all = ranks.values.len() <= CURVE_POINTS;
    let mut kept: Vec<Point> = Vec::with_capacity(CURVE_POINTS);
    let mut widest = Widest { gap: -1.0, at: None, around: [None; 2] };
    let mut live = 0;
    let mut next = 0.0;
    let mut before = None;
    for (i, &value) in ranks.values.iter().enumerate() {
        live += ranks.gap[i];
        let below = Point { value, base: ranks.base_below[i] as f64 / n, live: live as f64 / m };
        live += ranks.eq[i];
        let here = Point { value, base: ranks.base_up_to[i] as f64 / n, live: live as f64 / m };
        widest.see(below, here, before);
        widest.see(here, here, before);
        if !value.is_finite() {
            continue;
        }
        let risen = (here.base + here.live) / 2.0 * steps;
        if keep_all || before.is_none() || risen >= next {
            kept.push(here);
            next = risen.floor() + 1.0;
        }
        before = Some(here);
    }
    kept.extend(before);
    kept.extend(widest.around.into_iter().flatten());
    kept.sort_by(|a, b| a.value.total_cmp(&b.value));
    kept.dedup_by(|a, b| a.value == b.value);
    before.map(|_| Curves {
        values: kept.iter().map(|point| point.value).collect(),
        base: kept.iter().map(|point| point.base).collect(),
        live: kept.iter().map(|point| point.live).collect(),
        widest: widest.at.map(|at| (at.value, at.base, at.live)),
    })
}

impl Widest {
    /// Takes a look at the functions at, or just below, the value of `here`. A plot has no place for an infinite value:
    /// where they are furthest apart there, nothing is marked.
    fn see(&mut self, at: Point, here: Point, before: Option<Point>) {
        let gap = (at.live - at.base).abs();
        if gap > self.gap {
            let finite = at.value.is_finite();
            *self = Widest { gap, at: finite.then_some(at), around: [before, finite.then_some(here)] };
        }
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
        let rows = |side: &[f64], value: f64| side.iter().filter(|x| **x == value).count() as u64;
        let counts: Vec<u64> = values.iter().map(|value| rows(base, *value)).collect();
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
            base in prop::collection::vec(-1e6_f64..1e6, 1..2000),
            live in prop::collection::vec(-1e6_f64..1e6, 1..2000),
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
