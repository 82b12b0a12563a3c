//! Both distribution functions of a number at a few values, for a plot.
//!
//! One walk over the counters: a value is kept where the two functions together have risen by one more step since the
//! last, so that a steep stretch of either has its points. Between two kept values both rise by less than a step.

use assay_core::drift::record::{CURVE_POINTS, Curves};
use assay_stats::drift::Ranks;

/// Values that are kept whatever the functions do: the first, the last, where they are furthest apart and the one
/// before it.
const ALWAYS: usize = 4;

/// Rows of both sides at or below, or just below, the value `at`.
#[derive(Clone, Copy)]
struct Rows {
    at: usize,
    base: u64,
    live: u64,
}

/// Where the functions are furthest apart.
struct Widest {
    gap: f64,
    rows: Rows,
    /// The last finite value before it.
    before: Option<Rows>,
    /// The value itself.
    here: Rows,
}

/// Both functions at no more than [`CURVE_POINTS`] values; `None` where a side has no rows, or the baseline no finite
/// value.
pub(super) fn curves(ranks: &Ranks<'_>) -> Option<Curves> {
    if ranks.n == 0 || ranks.m == 0 {
        return None;
    }
    // shares times n m: the walk is over every value of a baseline, and divides for none
    let (n, m) = (ranks.n as f64, ranks.m as f64);
    let apart = |rows: Rows| (rows.live as f64 * n - rows.base as f64 * m).abs();
    let step = 2.0 * n * m / (CURVE_POINTS - ALWAYS - 1) as f64;
    let keep_all = ranks.values.len() <= CURVE_POINTS;
    let mut kept: Vec<Rows> = Vec::with_capacity(CURVE_POINTS);
    let mut widest: Option<Widest> = None;
    let mut before: Option<Rows> = None;
    let mut live = 0;
    let mut next = 0.0;
    for at in 0..ranks.values.len() {
        live += ranks.gap[at];
        let below = Rows { at, base: ranks.base_below[at], live };
        live += ranks.eq[at];
        let here = Rows { at, base: ranks.base_up_to[at], live };
        for rows in [below, here] {
            let gap = apart(rows);
            if widest.as_ref().is_none_or(|widest| gap > widest.gap) {
                widest = Some(Widest { gap, rows, before, here });
            }
        }
        if !ranks.values[at].is_finite() {
            continue;
        }
        let risen = here.base as f64 * m + here.live as f64 * n;
        if keep_all || before.is_none() || risen >= next {
            kept.push(here);
            next = ((risen / step).floor() + 1.0) * step;
        }
        before = Some(here);
    }
    kept.push(before?);
    // a plot has no place for an infinite value: where they are furthest apart there, nothing is marked
    let widest = widest.filter(|widest| ranks.values[widest.rows.at].is_finite());
    if let Some(widest) = &widest {
        kept.extend(widest.before);
        kept.push(widest.here);
    }
    kept.sort_by_key(|rows| rows.at);
    kept.dedup_by_key(|rows| rows.at);
    let shares = |rows: Rows| (ranks.values[rows.at], rows.base as f64 / n, rows.live as f64 / m);
    Some(Curves {
        values: kept.iter().map(|rows| shares(*rows).0).collect(),
        base: kept.iter().map(|rows| shares(*rows).1).collect(),
        live: kept.iter().map(|rows| shares(*rows).2).collect(),
        widest: widest.map(|widest| shares(widest.rows)),
    })
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
