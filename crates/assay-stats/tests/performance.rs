//! Performance metrics against published formulas (`golden/performance.py`), and what has no value.

use assay_stats::performance::{
    Better, CLASSIFICATION, Classification, Confusion, Metric, REGRESSION, Regression, SCORE_BINS, Scores, find,
};
use proptest::prelude::*;
use serde_json::Value;

fn golden(section: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("golden/performance.json")).expect("JSON");
    all[section].as_array().expect("a list of cases").clone()
}

fn doubles(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|bits| f64::from_bits(bits.as_u64().expect("64 bits"))).collect()
}

/// Compares every metric of a case with its expected value, or its reason for having none, and with scikit-learn.
/// Tolerances are relative; an expected 0 is exact.
fn check<S>(case: &Value, metrics: &'static [Metric<S>], state: &S, tolerance: f64) {
    let name = &case["name"];
    let near = |metric: &str, found: f64, expected: f64, tolerance: f64| {
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{name} {metric}: {found:e} {expected:e}");
    };
    for (metric, expected) in case["expected"].as_object().expect("metrics") {
        let found = (find(metrics, metric).expect("a metric").compute)(state);
        match expected {
            Value::String(code) => assert_eq!(found.expect_err("no value").code, code, "{name} {metric}"),
            number => {
                let found = found.unwrap_or_else(|why| panic!("{name} {metric}: {why:?}"));
                near(metric, found, number.as_f64().expect("a number"), tolerance);
                if let Some(sklearn) = case["sklearn"][metric].as_f64() {
                    near(metric, found, sklearn, 1e-9);
                }
            }
        }
    }
}

fn regression(prediction: &[f64], label: &[f64]) -> Regression {
    let mut state = Regression::default();
    prediction.iter().zip(label).for_each(|(prediction, label)| state.add(*prediction, *label));
    state
}

fn scores(rows: &[(f64, bool)]) -> Scores {
    let mut state = Scores::default();
    rows.iter().for_each(|(score, is_positive)| state.add(*score, *is_positive));
    state
}

#[test]
fn regression_metrics_are_the_published_ones() {
    for case in golden("regression") {
        let state = regression(&doubles(&case["prediction"]), &doubles(&case["label"]));
        check(&case, REGRESSION, &state, 1e-12);
    }
}

#[test]
fn confusion_metrics_are_the_published_ones() {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text").to_string()).collect()
    };
    for case in golden("confusion") {
        let mut state = Classification::new(case["positive"].as_str().map(str::to_string));
        for (label, prediction) in texts(&case["label"]).iter().zip(texts(&case["prediction"])) {
            state.confusion.add(label, &prediction, 1);
        }
        check(&case, CLASSIFICATION, &state, 1e-14);
    }
}

#[test]
fn score_metrics_are_the_published_ones_and_the_bracket_holds_the_exact_auc() {
    let mut brackets = 0;
    for mut case in golden("scores") {
        let labels = case["label"].as_array().expect("a list").iter().map(|label| label == 1);
        let mut state = Classification::default();
        state.scores = scores(&doubles(&case["score"]).into_iter().zip(labels).collect::<Vec<_>>());
        if let (Ok(auc), Some(exact)) = (state.scores.auc(), case["expected"]["auc"].as_f64()) {
            assert!(auc.low <= exact + 1e-15 && exact <= auc.high + 1e-15, "{}: {auc:?} {exact}", case["name"]);
            assert!((auc.value - (auc.low + auc.high) / 2.0).abs() < 1e-15, "{}: {auc:?}", case["name"]);
            brackets += 1;
            if case["grid"] == false && auc.low < auc.high {
                // binned: only the bracket is promised
                case["expected"].as_object_mut().expect("metrics").remove("auc");
            }
        }
        check(&case, CLASSIFICATION, &state, 1e-12);
    }
    assert!(brackets >= 15);
}

#[test]
fn every_metric_is_found_by_its_name_and_knows_its_direction() {
    let names = |better| -> Vec<&str> {
        let of_classes = CLASSIFICATION.iter().filter(|metric| metric.better == better).map(|metric| metric.name);
        let of_numbers = REGRESSION.iter().filter(|metric| metric.better == better).map(|metric| metric.name);
        of_classes.chain(of_numbers).collect()
    };
    assert_eq!(names(Better::Larger), ["accuracy", "precision", "recall", "f1", "auc", "r2"]);
    assert_eq!(names(Better::Smaller), ["log_loss", "brier", "calibration", "rmse", "mae", "mape"]);
    assert_eq!(names(Better::NearerZero), ["bias"]);
    assert!(find(REGRESSION, "r2").expect("r2").larger_is_better());
    assert!(!find(REGRESSION, "bias").expect("bias").larger_is_better());
    assert!(find(REGRESSION, "auc").is_none());
}

#[test]
fn rows_without_a_number_are_counted_and_left_out() {
    let state = regression(&[1.0, f64::NAN, 3.0], &[2.0, 2.0, f64::NAN]);
    assert_eq!((state.n, state.missing), (1, 2));
    assert_eq!(state.bias(), Ok(-1.0));
    let state = scores(&[(f64::NAN, true), (0.25, false), (0.75, true)]);
    assert_eq!((state.n(), state.missing), (2, 1));
    assert_eq!(state.auc().expect("both classes").value, 1.0);
}

#[test]
fn infinite_predictions_give_no_number() {
    let state = regression(&[1.0, f64::INFINITY], &[2.0, 2.5]);
    for metric in REGRESSION {
        assert_eq!((metric.compute)(&state).expect_err(metric.name).code, "infinite");
    }
}

#[test]
fn scores_that_are_no_probabilities_give_no_number() {
    let state = scores(&[(0.2, false), (1.5, true), (-3.0, false)]);
    assert_eq!(state.outside, 2);
    for why in [state.auc().map(|auc| auc.value), state.log_loss(), state.brier(), state.calibration()] {
        assert_eq!(why.expect_err("outside").code, "scores_outside");
    }
}

#[test]
fn a_certain_and_wrong_score_costs_what_the_clip_allows() {
    let state = scores(&[(0.0, true), (1.0, false)]);
    let loss = state.log_loss().expect("rows");
    assert!((loss - 34.5).abs() < 0.1, "{loss}");
    assert_eq!(state.brier(), Ok(1.0));
    assert_eq!(state.calibration(), Ok(1.0));
}

#[test]
fn scores_on_the_edge_of_a_bin_belong_to_the_upper_one() {
    let state = scores(&[(0.0, true), (1.0 / 1024.0, true), (1.0, true), (1023.0 / 1024.0, true)]);
    assert_eq!((state.positives[0], state.positives[1], state.positives[SCORE_BINS - 1]), (1, 1, 2));
}

#[test]
fn the_reliability_diagram_shows_mean_score_and_share() {
    let state = scores(&[(0.5, true), (0.53125, false), (0.515625, true)]);
    let bin = state.reliability()[8];
    assert_eq!((bin.rows, bin.mean_score, bin.positive_share), (3, 0.515625, 2.0 / 3.0));
    assert_eq!(state.reliability().iter().map(|bin| bin.rows).sum::<u64>(), 3);
}

#[test]
fn labels_far_from_zero_keep_their_variance() {
    // sums of squares in doubles lose all of it: 1e16 + 0.04 is 1e16
    let labels: Vec<f64> = (0..100).map(|i| 1e8 + f64::from(i % 2) * 0.25).collect();
    let predictions: Vec<f64> = labels.iter().map(|label| label + 0.0625).collect();
    assert_eq!(regression(&predictions, &labels).r2(), Ok(0.75));
}

/// Splits rows at a place, counts both parts apart and merges them in both orders.
fn merged<S: Clone + Default, R>(
    rows: &[R],
    at: usize,
    add: impl Fn(&mut S, &R),
    merge: impl Fn(&mut S, &S),
) -> [S; 2] {
    let (mut head, mut tail) = (S::default(), S::default());
    rows[..at].iter().for_each(|row| add(&mut head, row));
    rows[at..].iter().rev().for_each(|row| add(&mut tail, row));
    let (mut forward, mut backward) = (head.clone(), tail.clone());
    merge(&mut forward, &tail);
    merge(&mut backward, &head);
    [forward, backward]
}

proptest! {
    #[test]
    fn regression_states_do_not_depend_on_order_or_grouping(
        rows in prop::collection::vec((-1e6..1e6_f64, prop_oneof![Just(0.0), -1e6..1e6_f64]), 1..60),
        at in any::<prop::sample::Index>(),
    ) {
        let mut whole = Regression::default();
        rows.iter().for_each(|(p, y)| whole.add(*p, *y));
        for state in merged(&rows, at.index(rows.len()), |s: &mut Regression, (p, y)| s.add(*p, *y), Regression::merge) {
            prop_assert_eq!(&state, &whole);
        }
    }

    #[test]
    fn score_states_do_not_depend_on_order_or_grouping(
        rows in prop::collection::vec((-0.01..1.01_f64, any::<bool>()), 1..60),
        at in any::<prop::sample::Index>(),
    ) {
        let whole = scores(&rows);
        for state in merged(&rows, at.index(rows.len()), |s: &mut Scores, (p, y)| s.add(*p, *y), Scores::merge) {
            prop_assert_eq!(&state, &whole);
        }
    }

    #[test]
    fn confusion_tables_do_not_depend_on_order_or_grouping(
        rows in prop::collection::vec(("[abc]", "[abc]", 0..3_u64), 1..40),
        at in any::<prop::sample::Index>(),
    ) {
        let mut whole = Confusion::default();
        rows.iter().for_each(|(y, p, n)| whole.add(y, p, *n));
        let add = |s: &mut Confusion, (y, p, n): &(String, String, u64)| s.add(y, p, *n);
        for state in merged(&rows, at.index(rows.len()), add, Confusion::merge) {
            prop_assert_eq!(&state, &whole);
        }
    }

    #[test]
    fn the_bracket_of_auc_holds_the_exact_one(
        rows in prop::collection::vec((prop_oneof![0.0..=1.0_f64, 0.5..0.502_f64], any::<bool>()), 2..80),
    ) {
        let of = |class: bool| rows.iter().filter(move |row| row.1 == class).map(|row| row.0);
        let pairs = (of(true).count() * of(false).count()) as f64;
        let wins: f64 = of(true)
            .flat_map(|p| of(false).map(move |n| f64::from(u8::from(p > n)) + f64::from(u8::from(p == n)) / 2.0))
            .sum();
        match scores(&rows).auc() {
            Ok(auc) => {
                prop_assert!(auc.low <= wins / pairs && wins / pairs <= auc.high);
                prop_assert!(auc.low <= auc.value && auc.value <= auc.high);
            }
            Err(why) => prop_assert!(pairs == 0.0 && why.code == "one_class"),
        }
    }
}
