//! The decision rule and its families.

use assay_core::drift::record::TestRecord;
use assay_core::verdict::Outcome;
use assay_stats::PValue;
use assay_stats::corrections::Correction;
use assay_stats::drift::{Drift, Limits, NotComputed};

use super::support::*;
use crate::monitor::decide::{Deciding, decide, record};

fn drift(effect: f64, p: Option<f64>) -> Result<Drift, NotComputed> {
    Ok(Drift {
        statistic: effect,
        statistic_high: None,
        p: p.map(PValue::new),
        p_from: "asymptotic",
        effect,
        effect_high: None,
        null_p95: None,
        null_p99: None,
        df: None,
        at: None,
        n: 1_000,
        m: 1_000,
        shown: Vec::new(),
        notes: Vec::new(),
    })
}

fn tested(found: Result<Drift, NotComputed>, limits: Limits) -> TestRecord {
    let deciding = Deciding { limits, notes: Vec::new() };
    record("psi", found, Some(&deciding), Some(((1_000, 1_000), 500)))
}

fn decided(records: &mut [TestRecord], correction: Correction) -> usize {
    decide(&mut records.iter_mut().collect::<Vec<_>>(), correction, 0.01)
}

#[test]
fn drift_needs_both_the_effect_and_the_p_value() {
    let of = |effect, p| {
        let mut one = [tested(drift(effect, Some(p)), limits(0.10, 0.25))];
        decided(&mut one, Correction::BenjaminiHochberg);
        one[0].outcome
    };
    assert_eq!(of(0.30, 1e-10), Outcome::Fail);
    assert_eq!(of(0.25, 1e-10), Outcome::Fail, "the limit itself is reached");
    assert_eq!(of(0.15, 1e-10), Outcome::Warn);
    assert_eq!(of(0.019, 1e-10), Outcome::Pass, "significant, and nothing");
    assert_eq!(of(0.30, 0.02), Outcome::Pass, "large, and chance");
    assert_eq!(of(0.30, 0.01), Outcome::Pass, "p must be below alpha");
}

#[test]
fn p_values_are_adjusted_together() {
    // the golden family of the correction
    let p = [0.01, 0.04, 0.03, 0.005, 0.2, 0.5];
    let mut family: Vec<TestRecord> = p.iter().map(|p| tested(drift(0.3, Some(*p)), limits(0.1, 0.25))).collect();
    assert_eq!(decided(&mut family, Correction::BenjaminiHochberg), 6);
    let adjusted: Vec<f64> = family.iter().map(|test| test.adjusted_p.expect("adjusted").value()).collect();
    for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.03, 0.24, 0.5]) {
        assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
    }
    assert!(family.iter().all(|test| test.outcome == Outcome::Pass), "0.005 alone would fail");
}

#[test]
fn skipped_and_limitless_tests_are_in_no_family() {
    let no_limits = Limits { warn: None, fail: None };
    let too_sparse = NotComputed { code: "too_sparse", text: "too sparse".into() };
    let deciding = Deciding { limits: limits(0.1, 0.25), notes: Vec::new() };
    let mut family = vec![
        tested(drift(0.3, Some(0.004)), limits(0.1, 0.25)),
        tested(drift(0.3, Some(0.5)), no_limits),
        tested(Err(too_sparse), limits(0.1, 0.25)),
        record("psi", drift(0.3, Some(0.5)), Some(&deciding), Some(((1_000, 499), 500))),
        record("ks", drift(0.3, Some(0.5)), None, Some(((1_000, 1_000), 500))),
    ];
    assert_eq!(decided(&mut family, Correction::Bonferroni), 1);
    assert_eq!(family[0].outcome, Outcome::Fail);
    let outcomes: Vec<Outcome> = family[1..].iter().map(|test| test.outcome).collect();
    assert_eq!(outcomes, [Outcome::Pass, Outcome::Skipped, Outcome::Skipped, Outcome::Pass]);
    assert!(family[1..].iter().all(|test| test.adjusted_p.is_none()));
    assert!(!family[1].deciding, "a test without a limit decides nothing");
}

#[test]
fn a_test_without_p_value_decides_by_its_limit_alone() {
    let mut one = [tested(drift(3.4, None), Limits { warn: None, fail: Some(3.0) })];
    assert_eq!(decided(&mut one, Correction::BenjaminiHochberg), 0);
    assert_eq!(one[0].outcome, Outcome::Fail);
}

#[test]
fn an_interval_is_judged_at_its_lower_end() {
    let found = drift(0.0998, Some(1e-9)).map(|drift| Drift { effect_high: Some(0.1003), ..drift });
    let mut one = [tested(found, limits(0.1, 0.2))];
    decided(&mut one, Correction::BenjaminiHochberg);
    assert_eq!(one[0].outcome, Outcome::Pass);
    assert_eq!(one[0].notes, ["the limit 0.1 lies within the interval 0.0998 to 0.1: judged at its lower end"]);
}

#[test]
fn an_undefined_effect_reaches_no_limit() {
    let mut one = [tested(drift(f64::NAN, Some(0.0)), limits(0.1, 0.2))];
    decided(&mut one, Correction::None);
    assert_eq!(one[0].outcome, Outcome::Pass);
}

#[test]
fn the_family_of_a_window_holds_all_columns() {
    let base: Rows = vec![("a", spread(2_000, 0.0, 1.0)), ("b", texts(&[("x", 1_000), ("y", 1_000)]))];
    let found = judged(&monitor(), &base, &base);
    // psi, missing; chi_square, unseen, missing
    assert!(message(&found, "drift.a").ends_with("of 5 tests"), "{}", message(&found, "drift.a"));
    let mut monitor = monitor();
    monitor.defaults.missing = None;
    let found = judged(&monitor, &base, &base);
    assert!(message(&found, "drift.a").ends_with("of 3 tests"));
}

#[test]
fn the_worst_of_the_deciding_tests_is_the_outcome() {
    let base: Rows = vec![("a", spread(4_000, 0.0, 1.0))];
    let live: Rows = vec![("a", spread(4_000, 0.0, 1.0).with_nulls(|i| i % 50 == 0))];
    let found = judged(&monitor(), &base, &live);
    let drift = check(&found, "drift.a").drift.as_ref().expect("figures");
    let outcomes: Vec<(&str, Outcome)> =
        drift.tests.iter().filter(|t| t.deciding).map(|t| (t.test.as_str(), t.outcome)).collect();
    assert_eq!(outcomes[1], ("missing", Outcome::Warn));
    assert_eq!(outcome(&found, "drift.a"), outcomes.iter().map(|(_, o)| *o).max().expect("two tests"));
}
