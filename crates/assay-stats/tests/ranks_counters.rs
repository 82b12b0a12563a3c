//! Rank tests on counters: they agree with the rows they were counted from, and their intervals hold the truth.

#[path = "golden/ranks.rs"]
mod golden;

use assay_stats::drift::{Drift, GapSums, Ranks, anderson_darling, cramer_von_mises, ks, kuiper, wasserstein};
use golden::{Counted, case, cases, compare, distinct};
use proptest::prelude::*;

fn shown(drift: &Drift, name: &str) -> f64 {
    drift.shown.iter().find(|(shown, _)| *shown == name).expect(name).1
}

fn holds(low: f64, high: Option<f64>, truth: f64, slack: f64) -> bool {
    low <= truth + slack && truth <= high.unwrap_or(low) + slack
}

#[test]
fn counters_give_the_golden_numbers() {
    for case in cases() {
        let counted = Counted::full(&case.base, &case.live);
        let of_rows = ks::two_sample(&case.base, &case.live).expect(&case.name);
        let found = compare("ks", counted.ranks()).expect(&case.name);
        assert_eq!((found.n, found.m), (case.base.len() as u64, case.live.len() as u64));
        assert_eq!(found.statistic_high, None, "{}", case.name);
        assert!((found.statistic - case.figure("d").expect("D")).abs() <= 1e-12, "{}", case.name);
        assert_eq!(found.p.expect("p"), ks::p_value(of_rows.n, of_rows.m, of_rows.excess).0, "{}", case.name);
        let kuiper = compare("kuiper", counted.ranks()).expect(&case.name);
        assert!((kuiper.statistic - kuiper::two_sample(&case.base, &case.live).expect("rows").0).abs() <= 1e-12);
        if let Some(w1) = case.figure("w1") {
            let interval = wasserstein::from_counters(&counted.ranks()).expect(&case.name);
            assert!(holds(interval.low, Some(interval.high), w1, 1e-12 * w1), "{}: {interval:?} {w1}", case.name);
        }
        if let Some(t) = case.figure("t") {
            let found = compare("cramer_von_mises", counted.ranks()).expect(&case.name);
            let slack = 1e-10 * t.abs() + 1e-13 * found.n.max(found.m) as f64;
            assert!(holds(found.statistic, found.statistic_high, t, slack), "{}: {found:?} {t}", case.name);
        }
    }
}

#[test]
fn the_published_formula_holds_through_counters_at_both_resolutions() {
    let case = case("published formula");
    let full = compare("ks", Counted::full(&case.base, &case.live).ranks()).expect("rows");
    assert!((full.statistic - 0.035).abs() < 1e-12);
    let p = full.p.expect("p").value();
    assert!((p / 5.628_915e-4 - 1.0).abs() < 1e-6, "{p}");
    // every 10th of 10,000 values as a knot
    let knots: Vec<f64> = distinct(&case.base).into_iter().step_by(10).collect();
    let counted = Counted::against(knots, &case.base, &case.live);
    let by_knots = compare("ks", counted.ranks()).expect("rows");
    assert!(holds(by_knots.statistic, by_knots.statistic_high, 0.035, 1e-12), "{by_knots:?}");
    assert!(by_knots.statistic_high.expect("an interval") - by_knots.statistic <= 0.001 + 1e-12);
    assert!(by_knots.p.expect("p").ln() >= full.p.expect("p").ln(), "never smaller than the true p");
    let w1 = wasserstein::from_counters(&counted.ranks()).expect("rows");
    let truth = 0.023_717_653_458_191_386;
    assert!(holds(w1.low, Some(w1.high), truth, 1e-12) && w1.high - w1.low < 0.02 * truth, "{w1:?}");
}

#[test]
fn untied_live_rows_give_exact_statistics_of_order() {
    // 40 baseline values, 1,000 live rows that differ from each other: runs longer than the one-by-one sums
    let base: Vec<f64> = (0..40).map(f64::from).collect();
    let live: Vec<f64> = (0..1_000).map(|i| f64::from(i) * 0.041 - 0.5 + 1e-7 * f64::from(i * i)).collect();
    let counted = Counted::full(&base, &live);
    let a2 = anderson_darling::two_sample(&base, &live).expect("rows").a2;
    let found = compare("anderson_darling", counted.ranks()).expect("rows");
    assert!((found.statistic / a2 - 1.0).abs() < 1e-7, "{} {a2}", found.statistic);
    assert_eq!(found.notes.len(), 1);
    let t = cramer_von_mises::two_sample(&base, &live).expect("rows").t;
    let found = compare("cramer_von_mises", counted.ranks()).expect("rows");
    assert!((found.statistic / t - 1.0).abs() < 1e-9, "{} {t}", found.statistic);
}

#[test]
fn the_effect_of_w1_has_neither_unit_nor_chance() {
    // baseline 0..99: quartiles 24 and 74, every live row 20 higher
    let base: Vec<f64> = (0..100).map(f64::from).collect();
    let live: Vec<f64> = base.iter().map(|x| x + 20.0).collect();
    let found = compare("wasserstein", Counted::full(&base, &live).ranks()).expect("rows");
    let chance: f64 = (1..100).map(|i| (f64::from(i) / 100.0 * (1.0 - f64::from(i) / 100.0)).sqrt()).sum();
    let null_mean = (2.0 / std::f64::consts::PI).sqrt() * (0.02_f64).sqrt() * chance;
    let expected = (20.0 - null_mean) / (50.0 / 1.349);
    assert!((found.statistic - 20.0).abs() < 1e-12 && (found.effect - expected).abs() < 1e-12, "{found:?}");
    assert!((shown(&found, "null_mean") - null_mean).abs() < 1e-12);
    // the unit does not matter
    let thousandfold = |side: &[f64]| -> Vec<f64> { side.iter().map(|x| x * 1_000.0).collect() };
    let scaled =
        compare("wasserstein", Counted::full(&thousandfold(&base), &thousandfold(&live)).ranks()).expect("rows");
    assert!((scaled.effect / found.effect - 1.0).abs() < 1e-12);
    assert_eq!(found.p, compare("ks", Counted::full(&base, &live).ranks()).expect("rows").p);
}

#[test]
fn the_effect_of_w1_falls_back_where_the_baseline_hardly_varies() {
    // IQR 0: standard deviation 0.3 (9 of 10 rows are 5, one is 6)
    let mut base = vec![5.0; 90];
    base.extend([6.0; 10]);
    let live = vec![5.5; 50];
    let found = compare("wasserstein", Counted::full(&base, &live).ranks()).expect("rows");
    assert!((shown(&found, "scale") - 0.3).abs() < 1e-12, "{found:?}");
    // F crosses G between 5 and 6: 0.45 on one side, 0.05 on the other, of which only the difference is certain
    assert!((found.statistic - 0.4).abs() < 1e-12);
    assert!(found.statistic_high.is_some_and(|high| (high - 0.5).abs() < 1e-12), "{found:?}");
    assert!((found.effect - (0.4 - shown(&found, "null_mean")) / 0.3).abs() < 1e-12);
    // constant: the share of live rows that differ
    let found = compare("wasserstein", Counted::full(&[5.0; 40], &[5.0, 5.0, 7.0, 4.0, 5.0]).ranks()).expect("rows");
    assert!((found.effect - 0.4).abs() < 1e-15 && (found.statistic - 0.6).abs() < 1e-12, "{found:?}");
}

#[test]
fn infinities_outside_the_values_make_w1_infinite_and_say_so() {
    let base = [1.0, 2.0, 3.0, 4.0];
    let found = compare("wasserstein", Counted::full(&base, &[1.0, f64::INFINITY]).ranks()).expect("rows");
    assert_eq!((found.statistic, found.effect), (f64::INFINITY, f64::INFINITY));
    assert_eq!(found.notes, ["infinite: the sides have different shares at an infinity"]);
    // an infinity of the baseline with the same share in live costs nothing
    let base = [1.0, 2.0, 3.0, f64::INFINITY];
    let found = compare("wasserstein", Counted::full(&base, &[1.0, 1.0, 3.0, f64::INFINITY]).ranks()).expect("rows");
    assert!((found.statistic - 0.25).abs() < 1e-15, "{found:?}");
    // live rows beside it lie at a distance that was not counted
    let found = compare("wasserstein", Counted::full(&base, &[1.0, 1.0, 9.0, f64::INFINITY]).ranks()).expect("rows");
    assert_eq!(found.statistic_high, Some(f64::INFINITY));
    assert!(found.statistic.is_finite());
}

#[test]
fn tests_without_rows_or_order_are_not_computed() {
    for test in ["ks", "wasserstein", "anderson_darling", "cramer_von_mises", "kuiper"] {
        for (base, live) in [(&[][..], &[1.0][..]), (&[1.0][..], &[][..]), (&[][..], &[][..])] {
            let refused = compare(test, Counted::full(base, live).ranks()).expect_err(test);
            assert_eq!(refused.code, "no_rows", "{test}");
        }
    }
    let counted = Counted::full(&[1.0, 2.0], &[1.5]);
    let without_sums = Ranks { sums: None, ..counted.ranks() };
    assert_eq!(compare("wasserstein", without_sums).expect_err("no sums").code, "no_gap_sums");
    let on_values = Counted::full(&[1.0, 2.0], &[2.0]);
    let without_sums = Ranks { sums: None, ..on_values.ranks() };
    assert_eq!(compare("wasserstein", without_sums).expect("no row lies between values").statistic, 0.5);
}

#[test]
fn limits_are_those_of_the_formula_set() {
    let limits = |test| {
        let limits = assay_stats::drift::registry::find(test).expect(test).default_limits();
        limits.map(|limits| (limits.warn, limits.fail))
    };
    assert_eq!(limits("ks"), Some((Some(0.10), Some(0.20))));
    assert_eq!(limits("wasserstein"), Some((Some(0.25), Some(0.50))));
    for test in ["anderson_darling", "cramer_von_mises", "kuiper"] {
        assert_eq!(limits(test), None, "{test}");
    }
}

#[test]
fn null_percentiles_of_ks_are_those_of_its_law() {
    let base: Vec<f64> = (0..600).map(f64::from).collect();
    let found = compare("ks", Counted::full(&base, &base).ranks()).expect("rows");
    let (p95, p99) = (found.null_p95.expect("known"), found.null_p99.expect("known"));
    // 1.358 and 1.628 over the root of 300, less the finite-n correction
    assert!((p95 * 300_f64.sqrt() - 1.358).abs() < 0.02, "{p95}");
    assert!((p99 * 300_f64.sqrt() - 1.628).abs() < 0.02, "{p99}");
    assert_eq!((found.statistic, found.p.expect("p").value()), (0.0, 1.0));
}

#[test]
fn a_crossing_gap_is_bounded_as_the_formula_set_says() {
    // F rises from 0.2 to 0.7 past G = 0.5 with integral -0.1 over a gap of width 1: g = 0.3, h = 0.2,
    // x = (h - I) / (g + h) = 0.6, so at most g x + h (1 - x) = 0.26
    let flat = wasserstein::Rise { start: 0.5, end: 0.5, mean: 0.5 };
    let rising = wasserstein::Rise { start: 0.2, end: 0.7, mean: 0.4 };
    let (least, most) = wasserstein::gap_area(rising, flat);
    assert!((least - 0.1).abs() < 1e-15 && (most - 0.26).abs() < 1e-15, "{least} {most}");
    assert_eq!(wasserstein::gap_area(rising, flat), wasserstein::gap_area(flat, rising));
    // on one side of each other, even where both rise, the area is known
    let above = wasserstein::Rise { start: 0.7, end: 0.9, mean: 0.75 };
    let (least, most) = wasserstein::gap_area(above, rising);
    assert!((least - 0.35).abs() < 1e-15 && (most - least).abs() < 1e-15, "{least} {most}");
}

#[test]
fn ten_thousand_million_rows_a_side_lose_nothing() {
    // baseline halves at 0 and 1; of the live rows a half lies at 0, a tenth between and the rest above 1
    let n = 10_000_000_000_u64;
    let half: u128 = (u128::from(n) / 10) << 51;
    let ranks = Ranks {
        values: &[0.0, 1.0],
        base_below: &[0, n / 2],
        base_up_to: &[n / 2, n],
        n,
        gap: &[0, n / 10, 2 * n / 5],
        eq: &[n / 2, 0],
        m: n,
        sums: Some(GapSums {
            live: &[half],
            base: &[],
            live_below: 0.0,
            live_above: 0.5 * n as f64,
            base_below: 0.0,
            base_above: 0.0,
            live_infinite: 0,
        }),
    };
    let ks = compare("ks", ranks).expect("rows");
    assert_eq!((ks.statistic, ks.at), (0.4, Some(1.0)));
    // 2 n m / (n + m) D^2 and more, as a logarithm
    let ln = ks.p.expect("p").ln();
    assert!(ln < -1.6e9 && ln > -2e9, "{ln}");
    let w1 = wasserstein::from_counters(&ranks).expect("rows");
    assert!((w1.low - 0.55).abs() < 1e-12 && (w1.high - 0.55).abs() < 1e-12, "{w1:?}");
    // T N / (n m), by hand: half of int e^2 over the rows of both sides, e = F - G. Live runs take e from 0 to 0.1 and
    // from -0.4 to 0; at 1 the baseline's half takes it from 0.1 to -0.4, as a tie: its middle, and b^3 / 8 for midranks
    let runs = (0.1_f64.powi(3) + 0.4_f64.powi(3)) / 3.0 / 2.0;
    let tie = 0.15_f64.powi(2) * 0.5 / 2.0 + 0.5_f64.powi(3) / 8.0;
    let t = compare("cramer_von_mises", ranks).expect("rows").statistic / (n as f64 / 2.0);
    assert!((t - runs - tie).abs() < 1e-9, "{t} {runs} {tie}");
    for test in ["anderson_darling", "kuiper"] {
        let found = compare(test, ranks).expect("rows");
        assert!(found.statistic.is_finite() && found.p.expect("p").ln() < -1e8, "{found:?}");
    }
}

/// Values with many ties, values with none, and far ones.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-6_i32..7).prop_map(|x| f64::from(x) * 0.5),
        4 => (-1_000_i32..1_000).prop_map(|x| f64::from(x) / 137.0),
        1 => -1e6..1e6_f64,
        1 => Just(-0.0),
    ]
}

fn sides() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (prop::collection::vec(value(), 1..60), prop::collection::vec(value(), 1..90))
}

/// The truth of W1 is itself rounded, and positions inside gaps are floored.
fn slack(base: &[f64], live: &[f64], w1: f64) -> f64 {
    let all = || base.iter().chain(live).copied();
    let width = all().fold(f64::MIN, f64::max) - all().fold(f64::MAX, f64::min);
    1e-12 * w1 + 1e-14 * width
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn distances_of_counters_are_those_of_the_rows((base, live) in sides()) {
        let counted = Counted::full(&base, &live);
        let of_rows = ks::two_sample(&base, &live).expect("rows");
        let found = compare("ks", counted.ranks()).expect("rows");
        prop_assert!((found.statistic - of_rows.d).abs() <= 1e-12);
        prop_assert_eq!(found.statistic_high, None);
        prop_assert!((shown(&found, "d_plus") - of_rows.d_plus).abs() <= 1e-12);
        prop_assert!((shown(&found, "d_minus") - of_rows.d_minus).abs() <= 1e-12);
        let kuiper = compare("kuiper", counted.ranks()).expect("rows");
        prop_assert!((kuiper.statistic - of_rows.d_plus - of_rows.d_minus).abs() <= 1e-12);
    }

    #[test]
    fn areas_of_counters_hold_that_of_the_rows((base, live) in sides()) {
        let w1 = wasserstein::two_sample(&base, &live).expect("rows");
        let interval = wasserstein::from_counters(&Counted::full(&base, &live).ranks()).expect("rows");
        prop_assert!(holds(interval.low, Some(interval.high), w1, slack(&base, &live, w1)), "{:?} {}", interval, w1);
    }

    #[test]
    fn knots_hold_distances_and_areas_of_the_rows((base, live) in sides(), first in 0_usize..4, step in 1_usize..9) {
        let values = distinct(&base);
        let first = first.min(values.len() - 1);
        let counted = Counted::against(values.into_iter().skip(first).step_by(step).collect(), &base, &live);
        let of_rows = ks::two_sample(&base, &live).expect("rows");
        let found = compare("ks", counted.ranks()).expect("rows");
        prop_assert!(holds(found.statistic, found.statistic_high, of_rows.d, 1e-12), "{:?} {}", found, of_rows.d);
        let kuiper = compare("kuiper", counted.ranks()).expect("rows");
        prop_assert!(holds(kuiper.statistic, kuiper.statistic_high, of_rows.d_plus + of_rows.d_minus, 1e-12));
        let w1 = wasserstein::two_sample(&base, &live).expect("rows");
        let interval = wasserstein::from_counters(&counted.ranks()).expect("rows");
        prop_assert!(holds(interval.low, Some(interval.high), w1, slack(&base, &live, w1)), "{:?} {}", interval, w1);
    }

    #[test]
    fn statistics_of_order_hold_those_of_the_rows((base, live) in sides()) {
        let counted = Counted::full(&base, &live);
        let t = cramer_von_mises::two_sample(&base, &live).expect("rows").t;
        let found = compare("cramer_von_mises", counted.ranks()).expect("rows");
        prop_assert!(holds(found.statistic, found.statistic_high, t, 1e-10), "{:?} {}", found, t);
        let a2 = anderson_darling::two_sample(&base, &live).expect("rows").a2;
        let found = compare("anderson_darling", counted.ranks()).expect("rows");
        let mut apart = live.clone();
        apart.retain(|x| !base.contains(x));
        if distinct(&apart).len() == apart.len() {
            prop_assert!((found.statistic - a2).abs() <= 1e-8 * a2.max(1.0), "{} {}", found.statistic, a2);
        }
    }
}
