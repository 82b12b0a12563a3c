//! Whatever the rows are: nothing panics, and every verdict keeps the decision rule.

use assay_core::drift::record::TestRecord;
use assay_core::verdict::Outcome;
use assay_stats::drift::registry;
use proptest::prelude::*;

use super::support::*;
use crate::monitor::Judged;

const ALPHA: f64 = 0.01;
const MIN_ROWS: u64 = 20;

fn cell() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        6 => (-50_i32..50).prop_map(|x| Some(f64::from(x) / 4.0)),
        2 => any::<f64>().prop_map(Some),
        1 => Just(None),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MAX]).prop_map(Some),
    ]
}

fn numbers_of() -> impl Strategy<Value = Data> {
    prop_oneof![
        prop::collection::vec(cell(), 0..150).prop_map(Data::Numbers),
        (0_usize..150, -3.0..3.0).prop_map(|(n, lo)| spread(n, lo, lo + 1.0)),
    ]
}

fn texts_of() -> impl Strategy<Value = Data> {
    let text = prop::sample::select(vec![None, Some("a"), Some("b"), Some("c"), Some("__missing__"), Some("")]);
    prop::collection::vec(text, 0..150)
        .prop_map(|cells| Data::Texts(cells.into_iter().map(|c| c.map(String::from)).collect()))
}

/// A test that decided must have had every reason to.
fn keeps_the_rule(test: &TestRecord) -> Result<(), TestCaseError> {
    let limits = test.limits.expect("a deciding test has limits");
    let reached = |limit: Option<f64>| limit.is_some_and(|limit| test.effect.is_some_and(|effect| effect >= limit));
    let significant = test.adjusted_p.is_some_and(|p| p.value() < ALPHA);
    let rows = test.n.unwrap_or(0).min(test.m.unwrap_or(0));
    match test.outcome {
        Outcome::Fail => prop_assert!(reached(limits.fail) && significant && rows >= MIN_ROWS, "{test:?}"),
        Outcome::Warn => prop_assert!(reached(limits.warn) && !reached(limits.fail) && significant, "{test:?}"),
        Outcome::Pass => prop_assert!(!(significant && (reached(limits.warn) || reached(limits.fail))), "{test:?}"),
        Outcome::Skipped => prop_assert!(test.reason.is_some() && test.adjusted_p.is_none(), "{test:?}"),
        Outcome::Error => prop_assert!(false, "{test:?}"),
    }
    Ok(())
}

fn is_sound(found: &Judged) -> Result<(), TestCaseError> {
    for check in &found.checks {
        let drift = check.drift.as_ref().expect("figures");
        prop_assert!(!check.verdict.message.is_empty());
        for test in drift.tests.iter().filter(|test| test.deciding) {
            keeps_the_rule(test)?;
        }
        for test in drift.tests.iter().filter(|test| !test.deciding) {
            prop_assert!(matches!(test.outcome, Outcome::Pass | Outcome::Skipped));
            prop_assert_eq!(test.adjusted_p, None);
        }
        let worst = drift.tests.iter().filter(|test| test.deciding).map(|test| test.outcome).max();
        prop_assert_eq!(worst, Some(check.verdict.outcome));
    }
    let total: f64 = found.record.ranking.iter().map(|ranked| ranked.contribution).sum();
    prop_assert!(total.abs() < 1e-9 || (total - 1.0).abs() < 1e-9, "{}", total);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_verdict_keeps_the_rule(
        numeric in (numbers_of(), numbers_of()),
        categorical in (texts_of(), texts_of()),
    ) {
        let mut monitor = monitor();
        monitor.window.min_rows = MIN_ROWS;
        // every test decides, by limits that are reached now and then
        let all = |kind| {
            let applies = registry::TESTS.iter().filter(move |test| test.applies_to(kind) && test.name() != "missing");
            applies.map(|of| test(of.name(), limits(0.05, 0.2))).collect::<Vec<_>>()
        };
        monitor.defaults.numeric = all(assay_stats::drift::ColumnKind::Numeric);
        monitor.defaults.categorical = all(assay_stats::drift::ColumnKind::Categorical);
        for (base, live) in [numeric, categorical] {
            let (base, live): (Rows, Rows) = (vec![("x", base)], vec![("x", live)]);
            let found = judged(&monitor, &base, &live);
            is_sound(&found)?;
            prop_assert_eq!(format!("{found:?}"), format!("{:?}", judged(&monitor, &base, &live)));
        }
    }
}
