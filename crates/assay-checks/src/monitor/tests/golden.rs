//! Published numbers, through everything: a baseline's ECDF, a window's counters, the tests, the record.

use assay_core::drift::record::TestRecord;
use assay_core::verdict::Outcome;

use super::support::*;
use crate::monitor::Judged;

fn of<'j>(found: &'j Judged, id: &str, test: &str) -> &'j TestRecord {
    let drift = check(found, id).drift.as_ref().expect("figures");
    drift.tests.iter().find(|record| record.test == test).expect("a test")
}

fn near(found: f64, expected: f64, relative: f64) {
    assert!((found / expected - 1.0).abs() < relative, "{found} is not {expected}");
}

#[test]
fn distances_of_two_samples_are_those_of_scipy() {
    let base = (1..=10_000_u64).map(|i| (7_919 * i % 10_007) as f64 / 10_007.0);
    let live = (1..=5_000_u64).map(|j| ((104_729 * j % 5_003) as f64 / 5_003.0).powf(1.1));
    let found = judged(&monitor(), &vec![("x", numbers(base))], &vec![("x", numbers(live))]);
    let ks = of(&found, "drift.x", "ks");
    near(ks.statistic.expect("D"), 0.035, 1e-12);
    near(ks.p_value.expect("p").value(), 5.628_915e-4, 1e-6);
    let w1 = of(&found, "drift.x", "wasserstein");
    let (low, high) = (w1.statistic.expect("W1"), w1.statistic_high.or(w1.statistic).expect("W1"));
    let exact = 0.023_717_653_458_191_386;
    assert!(low <= exact * (1.0 + 1e-10) && exact <= high * (1.0 + 1e-10), "{low} to {high}");
    let figures = &check(&found, "drift.x").drift.as_ref().expect("figures").figures;
    let mean = figures.iter().find(|(name, _, _)| *name == "mean").expect("means");
    // 1/2, and 1/2.1
    near(mean.1, 0.5, 1e-3);
    near(mean.2, 1.0 / 2.1, 1e-3);
}

#[test]
fn a_contingency_table_is_that_of_scipy() {
    let base: Rows = vec![("x", texts(&[("a", 130), ("b", 370)]))];
    let live: Rows = vec![("x", texts(&[("a", 240), ("b", 260)]))];
    let found = judged(&monitor(), &base, &live);
    let chi_square = of(&found, "drift.x", "chi_square");
    near(chi_square.statistic.expect("chi-square"), 51.909_051_909_051_904, 1e-12);
    near(chi_square.p_value.expect("p").value(), 5.813_180_472_899_873e-13, 1e-9);
    // three tests decide: the smallest p of three is multiplied by 3
    near(chi_square.adjusted_p.expect("p").value(), 3.0 * 5.813_180_472_899_873e-13, 1e-9);
    assert_eq!(chi_square.df, Some(1.0));
    assert_eq!(outcome(&found, "drift.x"), Outcome::Fail);
}

#[test]
fn significant_and_nothing_is_no_drift() {
    // as SCHL of the US Census, with made categories: p far below alpha, V below every limit
    let base: Rows = vec![("schl", texts(&[("low", 34_000), ("high", 34_785)]))];
    let live: Rows = vec![("schl", texts(&[("low", 36_000), ("high", 32_785)]))];
    let found = judged(&monitor(), &base, &live);
    let test = of(&found, "drift.schl", "chi_square");
    assert!(test.p_value.expect("p").value() < 1e-9 && test.effect.expect("V") < 0.05);
    assert_eq!(outcome(&found, "drift.schl"), Outcome::Pass);
}

#[test]
fn an_infinite_distance_says_so_and_ranks_as_a_number() {
    let mut monitor = monitor();
    monitor.defaults.numeric = vec![test("wasserstein", limits(0.25, 0.5))];
    let base: Rows = vec![("x", spread(1_000, 0.0, 1.0))];
    let live: Rows = vec![("x", numbers((0..1_000).map(|i| if i < 300 { f64::INFINITY } else { 0.5 })))];
    let found = judged(&monitor, &base, &live);
    let share = found.record.ranking[0].contribution;
    assert!(share.is_finite() && (0.0..=1.0).contains(&share), "{share}");
    assert_ne!(outcome(&found, "drift.x"), Outcome::Pass, "{}", message(&found, "drift.x"));
}
