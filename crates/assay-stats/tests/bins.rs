//! Bins: edges from integers, counting against them, labels, and the bins of categories.

#[path = "golden/categories.rs"]
mod golden;

use assay_stats::drift::bins::{MISSING, OTHER, QuantileBins, UNSEEN, number, top_categories};
use assay_stats::drift::{Bins, Categories, Missing, Ranks};
use golden::{close, count, counts, golden, numbers, on_bins};
use proptest::prelude::*;

/// A baseline by its distinct values, with live rows counted against them.
struct Sides {
    values: Vec<f64>,
    below: Vec<u64>,
    up_to: Vec<u64>,
    n: u64,
    gap: Vec<u64>,
    eq: Vec<u64>,
    m: u64,
}

impl Sides {
    fn of(base: &[f64], live: &[f64]) -> Self {
        let mut values = base.to_vec();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let rows = |side: &[f64], test: &dyn Fn(f64) -> bool| side.iter().filter(|&&x| test(x)).count() as u64;
        let inside = |low: Option<&f64>, high: Option<&f64>| {
            rows(live, &|x| low.is_none_or(|&low| x > low) && high.is_none_or(|&high| x < high))
        };
        Sides {
            below: values.iter().map(|&v| rows(base, &|x| x < v)).collect(),
            up_to: values.iter().map(|&v| rows(base, &|x| x <= v)).collect(),
            n: base.len() as u64,
            gap: (0..=values.len()).map(|i| inside(i.checked_sub(1).map(|i| &values[i]), values.get(i))).collect(),
            eq: values.iter().map(|&v| rows(live, &|x| x == v)).collect(),
            m: live.len() as u64,
            values,
        }
    }

    fn bins(&self, n_bins: u32) -> QuantileBins {
        QuantileBins::new(&self.values, &self.below, &self.up_to, self.n, n_bins)
    }

    fn count(&self, bins: &QuantileBins, missing: &Missing) -> Bins {
        let ranks = Ranks {
            values: &self.values,
            base_below: &self.below,
            base_up_to: &self.up_to,
            n: self.n,
            gap: &self.gap,
            eq: &self.eq,
            m: self.m,
            sums: None,
        };
        bins.count(&ranks, missing)
    }
}

const NONE_MISSING: Missing = Missing { n: 0, base: 0, m: 0, live: 0 };

#[track_caller]
fn check(base: &[f64], live: &[f64], expected: &[(&str, u64, u64)]) {
    let sides = Sides::of(base, live);
    let bins = sides.count(&sides.bins(10), &NONE_MISSING);
    let rows = bins.labels.iter().zip(bins.base.iter().zip(&bins.live));
    let found: Vec<(&str, u64, u64)> =
        rows.map(|(label, (&base, &live))| (label.as_str(), base, live)).filter(|row| row.0 != MISSING).collect();
    assert_eq!(found, expected);
}

#[test]
fn deciles_are_closed_on_the_right_and_open_at_the_ends() {
    let base: Vec<f64> = (1..=20).map(f64::from).collect();
    check(
        &base,
        &[-100.0, 2.0, 2.5, 18.0, 18.5, 1e4],
        &[
            ("(-inf, 2]", 2, 2),
            ("(2, 4]", 2, 1),
            ("(4, 6]", 2, 0),
            ("(6, 8]", 2, 0),
            ("(8, 10]", 2, 0),
            ("(10, 12]", 2, 0),
            ("(12, 14]", 2, 0),
            ("(14, 16]", 2, 0),
            ("(16, 18]", 2, 1),
            ("(18, inf)", 2, 2),
        ],
    );
}

#[test]
fn a_value_that_fills_a_bin_is_cut_off_on_both_sides() {
    let mut base = vec![0.0; 50];
    base.extend((1..=50).map(|i| f64::from(i) - 20.5));
    // half of the rows are 0: of the deciles only -10.5, -0.5, 0, 9.5 and 19.5 differ
    check(
        &base,
        &[-0.25, 0.0, 0.0, 0.25],
        &[
            ("(-inf, -10.5]", 10, 0),
            ("(-10.5, -0.5]", 10, 0),
            ("(-0.5, 0)", 0, 1),
            ("0", 50, 2),
            ("(0, 9.5]", 10, 1),
            ("(9.5, 19.5]", 10, 0),
            ("(19.5, inf)", 10, 0),
        ],
    );
}

#[test]
fn a_constant_is_its_own_bin_between_two_open_ones() {
    check(&[7.0; 30], &[6.0, 7.0, 7.0, 8.0, 9.0], &[("(-inf, 7)", 0, 1), ("7", 30, 2), ("(7, inf)", 0, 2)]);
}

#[test]
fn a_value_with_exactly_one_bin_of_rows_is_cut_off_and_one_row_less_is_not() {
    let mut base: Vec<f64> = (0..100).map(f64::from).collect();
    base[41..50].fill(41.0);
    let with_nine = Sides::of(&base, &[]);
    assert!(!with_nine.bins(10).labels(&with_nine.values).contains(&"41".to_owned()));
    base[50] = 41.0;
    let with_ten = Sides::of(&base, &[]);
    assert!(with_ten.bins(10).labels(&with_ten.values).contains(&"41".to_owned()));
}

#[test]
fn infinite_values_have_no_bins_beyond_them() {
    let infinite = [f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0, f64::INFINITY, f64::INFINITY];
    check(
        &infinite,
        &[f64::NEG_INFINITY, 0.0, 1.0, 2.0, f64::INFINITY],
        &[("-inf", 2, 1), ("(-inf, 1)", 0, 1), ("1", 1, 1), ("(1, inf)", 0, 1), ("inf", 2, 1)],
    );
    check(&[f64::INFINITY; 3], &[0.0, f64::INFINITY], &[("(-inf, inf)", 0, 1), ("inf", 3, 1)]);
    check(&[f64::NEG_INFINITY; 3], &[0.0, f64::NEG_INFINITY], &[("-inf", 3, 1), ("(-inf, inf)", 0, 1)]);
}

#[test]
fn spans_are_where_bins_begin_and_end() {
    const INF: f64 = f64::INFINITY;
    let spans = |base: &[f64]| {
        let sides = Sides::of(base, &[]);
        sides.bins(10).spans(&sides.values)
    };
    assert_eq!(spans(&[]), [(-INF, INF)]);
    assert_eq!(spans(&[7.0; 30]), [(-INF, 7.0), (7.0, 7.0), (7.0, INF)]);
    assert_eq!(spans(&[-INF, -INF, 1.0, INF]), [(-INF, -INF), (-INF, 1.0), (1.0, 1.0), (1.0, INF), (INF, INF)]);
    let deciles: Vec<f64> = (1..=20).map(f64::from).collect();
    let found = spans(&deciles);
    assert_eq!((found[0], found[1], found[9]), ((-INF, 2.0), (2.0, 4.0), (18.0, INF)));
}

#[test]
fn a_baseline_without_values_has_one_bin() {
    check(&[], &[1.0, 2.0], &[("(-inf, inf)", 0, 2)]);
}

#[test]
fn missing_rows_are_the_last_bin() {
    let sides = Sides::of(&[1.0], &[1.0]);
    let bins = sides.count(&sides.bins(10), &Missing { n: 5, base: 4, m: 3, live: 2 });
    assert_eq!(bins.labels.last().map(String::as_str), Some(MISSING));
    assert_eq!((bins.base.last(), bins.live.last()), (Some(&4), Some(&2)));
}

#[test]
fn numbers_in_labels_are_the_shortest_that_read_back() {
    for (value, text) in [
        (0.1, "0.1"),
        (-0.0, "0"),
        (5.0, "5"),
        (-2.5, "-2.5"),
        (1e15, "1000000000000000"),
        (1e300, "1e300"),
        (1e-7, "1e-7"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        assert_eq!(number(value), text);
    }
}

#[test]
fn edges_and_psi_of_the_flights_pair_are_as_published() {
    let flights = &golden()["flights"];
    for (column, edges, k, psi) in [
        ("departure_delay", &[-7.0, -5.0, -4.0, -3.0, -1.0, 0.0, 5.0, 15.0, 38.0], 11.0, 0.019603150508768444),
        ("taxi_out", &[9.0, 10.0, 11.0, 13.0, 14.0, 15.0, 17.0, 20.0, 26.0], 11.0, 0.01156530845813741),
        ("distance", &[224.0, 326.0, 419.0, 541.0, 646.0, 813.0, 978.0, 1185.0, 1670.0], 10.0, 0.001539571162403352),
    ] {
        let golden = &flights[column];
        let [below, up_to, gap, eq] = ["below", "up_to", "gap", "eq"].map(|key| counts(&golden[key]));
        let sides = Sides {
            values: numbers(&golden["values"]),
            below,
            up_to,
            n: count(&golden["n"]),
            gap,
            eq,
            m: count(&golden["m"]),
        };
        let bins = sides.bins(10);
        let found: Vec<f64> = bins.edges().into_iter().map(|i| sides.values[i]).collect();
        assert_eq!(found, edges, "{column}");
        let missing = counts(&golden["missing"]);
        let missing = Missing { n: missing[0], base: missing[1], m: missing[2], live: missing[3] };
        let counted = sides.count(&bins, &missing);
        let drift = on_bins("psi", &counted.base, &counted.live).expect("a result");
        close(column, drift.effect, psi, 1e-10);
        assert_eq!(drift.df, Some(k - 1.0), "{column}");
        assert_eq!((drift.n, drift.m), (missing.n, missing.m), "{column}");
    }
}

#[test]
fn airlines_of_the_flights_pair_have_a_bin_each() {
    let airline = &golden()["flights"]["airline"];
    let labels = airline["labels"].as_array().expect("names");
    let rows: Vec<(&str, u64, u64)> = labels
        .iter()
        .zip(counts(&airline["base"]).into_iter().zip(counts(&airline["live"])))
        .map(|(label, (base, live))| (label.as_str().expect("a name"), base, live))
        .collect();
    let bins = top_categories(&of_categories(&rows, Some(0)), &NONE_MISSING);
    assert_eq!(bins.labels.len(), 14 + 3);
    let drift = on_bins("psi", &bins.base, &bins.live).expect("a result");
    close("PSI", drift.effect, 0.6443039514686575, 1e-10);
    assert_eq!(drift.df, Some(13.0));
}

fn of_categories(counts: &[(&str, u64, u64)], unseen: Option<u64>) -> Categories {
    let rows = |side: fn(&(&str, u64, u64)) -> u64| -> u64 {
        counts.iter().filter(|count| count.0 != MISSING).map(side).sum()
    };
    Categories {
        labels: counts.iter().map(|count| count.0.to_owned()).collect(),
        base: counts.iter().map(|count| count.1).collect(),
        live: counts.iter().map(|count| count.2).collect(),
        unseen,
        singletons: 0,
        doubletons: 0,
        lumped: (0, 0),
        n: rows(|count| count.1),
        m: rows(|count| count.2),
    }
}

#[test]
fn categories_are_binned_by_baseline_count_then_name_with_the_rest_behind() {
    let counted = of_categories(
        &[("b", 400, 10), ("rare", 0, 5), ("a", 400, 20), ("c", 1199, 30), ("r", 1, 7), (MISSING, 9, 8)],
        Some(5),
    );
    let bins = top_categories(&counted, &Missing { n: 2009, base: 9, m: 80, live: 8 });
    // `r` has 1 of 2,000 rows: less than 0.1%
    assert_eq!(bins.labels, ["c", "a", "b", OTHER, UNSEEN, MISSING]);
    assert_eq!(bins.base, [1199, 400, 400, 1, 0, 9]);
    assert_eq!(bins.live, [30, 20, 10, 7, 5, 8]);
}

#[test]
fn only_fifty_categories_have_bins_and_a_thousandth_of_the_rows_is_enough() {
    let names: Vec<String> = (0..60).map(|i| format!("{i:02}")).collect();
    let counted: Vec<(&str, u64, u64)> = names.iter().map(|name| (name.as_str(), 10, 1)).collect();
    let bins = top_categories(&of_categories(&counted, Some(0)), &NONE_MISSING);
    assert_eq!(bins.labels.len(), 53);
    assert_eq!((bins.base[50], bins.live[50]), (100, 10));

    let bins = top_categories(&of_categories(&[("a", 999, 0), ("b", 1, 0)], Some(0)), &NONE_MISSING);
    assert_eq!(bins.labels[..2], ["a", "b"]);
}

#[test]
fn rows_of_categories_that_cannot_be_told_are_other() {
    let mut counted = of_categories(&[("a", 900, 50), ("b", 100, 10)], None);
    counted.m = 100;
    let bins = top_categories(&counted, &NONE_MISSING);
    assert_eq!(bins.live, [50, 10, 40, 0, 0]);
}

proptest! {
    #[test]
    fn spans_follow_one_another(base in prop::collection::vec(-9_i32..9, 0..200)) {
        let base: Vec<f64> = base.into_iter().map(f64::from).collect();
        let sides = Sides::of(&base, &[]);
        let bins = sides.bins(10);
        let spans = bins.spans(&sides.values);
        prop_assert_eq!(spans.len(), bins.slots().len());
        prop_assert_eq!((spans[0].0, spans[spans.len() - 1].1), (f64::NEG_INFINITY, f64::INFINITY));
        prop_assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0), "{:?}", spans);
    }
    #[test]
    fn edges_are_the_inverse_of_the_ecdf(
        base in prop::collection::vec(-20_i32..20, 1..200),
        n_bins in prop_oneof![Just(10_u32), Just(20)],
    ) {
        let base: Vec<f64> = base.into_iter().map(f64::from).collect();
        let sides = Sides::of(&base, &[]);
        let mut expected: Vec<f64> = Vec::new();
        let up_to = |v: f64| base.iter().filter(|&&x| x <= v).count() as u32;
        for i in 1..n_bins {
            expected.extend(sides.values.iter().find(|&&v| up_to(v) * n_bins >= i * sides.n as u32));
        }
        let heavy = |v: &f64| base.iter().filter(|&x| x == v).count() as u32 * n_bins >= sides.n as u32;
        expected.extend(sides.values.iter().filter(|v| heavy(v)));
        expected.sort_by(f64::total_cmp);
        expected.dedup();
        let mut found: Vec<f64> = sides.bins(n_bins).edges().into_iter().map(|i| sides.values[i]).collect();
        found.dedup();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn every_row_of_both_sides_is_in_one_bin(
        base in prop::collection::vec(-20_i32..20, 0..200),
        live in prop::collection::vec(-60_i32..60, 0..200),
    ) {
        let base: Vec<f64> = base.into_iter().map(f64::from).collect();
        let live: Vec<f64> = live.into_iter().map(|x| f64::from(x) / 2.0).collect();
        let sides = Sides::of(&base, &live);
        let bins = sides.bins(10);
        let counted = sides.count(&bins, &NONE_MISSING);
        prop_assert_eq!(counted.base.iter().sum::<u64>(), base.len() as u64);
        prop_assert_eq!(counted.live.iter().sum::<u64>(), live.len() as u64);
        // each row, found by comparing with the edges, is counted where it belongs
        let mut by_row = vec![0; bins.slots().len() + 1];
        for x in live {
            let slot = match sides.values.iter().position(|&v| v == x) {
                Some(i) => 2 * i + 1,
                None => 2 * sides.values.iter().filter(|&&v| v < x).count(),
            };
            by_row[bins.slots().iter().position(|bin| bin.contains(&slot)).expect("a bin")] += 1;
        }
        prop_assert_eq!(counted.live, by_row);
    }
}
