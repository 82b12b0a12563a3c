//! Correlations, the covariance, the share of drifted columns.

use assay_core::drift::baseline::{Baseline, BaselinePair, Covariance};
use assay_core::drift::monitor::{self, Components, Correlations, Dataset, Monitor, Pairs};
use assay_core::verdict::Outcome;
use assay_stats::comoments::{CoMoments, Scale};
use assay_stats::drift::Limits;

use super::support::*;

const FAIL_ONLY: Limits = Limits { warn: None, fail: Some(0.15) };

fn scale(hi: f64) -> Scale {
    Scale::new(0.0, hi).expect("an interval")
}

/// `b` follows `a` as far as `share` says, and is noise for the rest.
fn rows(share: f64, n: usize) -> Rows {
    let (Data::Numbers(a), Data::Numbers(noise)) = (spread(n, 0.0, 1.0), texts_noise(n)) else {
        unreachable!("numbers")
    };
    let b =
        a.iter().zip(&noise).map(|(a, noise)| Some(share * a.unwrap_or(0.0) + (1.0 - share) * noise.unwrap_or(0.0)));
    vec![("a", Data::Numbers(a.clone())), ("b", Data::Numbers(b.collect())), ("c", Data::Numbers(noise.clone()))]
}

/// Numbers that have nothing to do with [`spread`].
fn texts_noise(n: usize) -> Data {
    numbers((0..n).map(|i| ((i * 104_729 + 13) % 5_003) as f64 / 5_003.0))
}

fn with_pairs(rows: &Rows) -> Baseline {
    let mut baseline = baseline(rows, None);
    for (x, y) in [(0, 1), (0, 2), (1, 2)] {
        let units = |at: usize| match &rows[at].1 {
            Data::Numbers(cells) => cells.iter().map(|c| c.and_then(|x| scale(1.0).unit(x))).collect::<Vec<_>>(),
            Data::Texts(_) => Vec::new(),
        };
        let mut moments = CoMoments::default();
        for (x, y) in units(x).into_iter().zip(units(y)) {
            if let (Some(x), Some(y)) = (x, y) {
                moments.add(x, y);
            }
        }
        baseline.pairs.push(BaselinePair {
            x: (rows[x].0.to_owned(), scale(1.0)),
            y: (rows[y].0.to_owned(), scale(1.0)),
            moments,
        });
    }
    baseline
}

fn correlated(pairs: Pairs) -> Monitor {
    let mut monitor = monitor();
    monitor.correlations = Some(Correlations { pairs, limits: FAIL_ONLY, at: place() });
    monitor
}

#[test]
fn the_strongest_pairs_are_watched() {
    let base = with_pairs(&rows(0.8, 4_000));
    let found = judged_after(&correlated(Pairs::Top(1)), &base, &rows(0.8, 4_000), &[]);
    assert_eq!(outcome(&found, "correlation.a+b"), Outcome::Pass);
    assert_eq!(found.checks.iter().filter(|check| check.check == "correlation").count(), 1);
    let found = judged_after(&correlated(Pairs::Top(1)), &base, &rows(0.4, 4_000), &[]);
    assert_eq!(outcome(&found, "correlation.a+b"), Outcome::Fail);
    let text = message(&found, "correlation.a+b");
    assert!(text.starts_with("r 0.97 -> 0.554, change 0.416 (limit 0.15), log10 p -"), "{text}");
    let drift = check(&found, "correlation.a+b").drift.as_ref().expect("figures");
    assert_eq!(drift.pair, Some(("a".to_owned(), "b".to_owned())));
    let names: Vec<&str> = drift.tests[0].shown.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["r_base", "r_live"]);
}

#[test]
fn named_pairs_are_found_either_way_round_and_missing_ones_are_errors() {
    let named = |a: &str, b: &str| Pairs::Named(vec![(a.to_owned(), b.to_owned())]);
    let base = with_pairs(&rows(0.8, 4_000));
    let live = rows(0.8, 4_000);
    assert_eq!(
        outcome(&judged_after(&correlated(named("b", "a")), &base, &live, &[]), "correlation.b+a"),
        Outcome::Pass
    );
    let found = judged_after(&correlated(named("a", "z")), &base, &live, &[]);
    assert_eq!(outcome(&found, "correlation.a+z"), Outcome::Error);
    let gone = vec![live[0].clone(), live[2].clone()];
    let found = judged_after(&correlated(named("a", "b")), &base, &gone, &[]);
    assert_eq!(outcome(&found, "correlation.a+b"), Outcome::Skipped, "the missing column fails alone");
    assert_eq!(outcome(&found, "drift.b"), Outcome::Fail);
}

#[test]
fn a_baseline_without_pairs_is_an_error_where_correlations_are_asked_for() {
    let found = judged(&correlated(Pairs::Top(5)), &rows(0.8, 1_000), &rows(0.8, 1_000));
    assert_eq!(outcome(&found, "correlation"), Outcome::Error);
}

#[test]
fn correlations_need_enough_rows_with_both_values() {
    let base = with_pairs(&rows(0.8, 4_000));
    let mut live = rows(0.4, 4_000);
    live[1].1 = live[1].1.clone().with_nulls(|i| i >= 1_999);
    let message_with = |min_rows: u64| {
        let mut monitor = correlated(Pairs::Top(1));
        monitor.window.min_rows = min_rows;
        let found = judged_after(&monitor, &base, &live, &[]);
        assert_eq!(outcome(&found, "correlation.a+b"), Outcome::Skipped);
        message(&found, "correlation.a+b").to_owned()
    };
    assert_eq!(message_with(500), "too few rows: 1999 of 2000 live rows (the least for `correlation`)");
    assert_eq!(message_with(3_000), "too few rows: 1999 of 3000 live rows");
}

fn with_covariance(rows: &Rows) -> Baseline {
    let mut baseline = baseline(rows, None);
    let of = |from: usize, to: usize| {
        let part: Vec<Data> = rows
            .iter()
            .map(|(_, data)| match data {
                Data::Numbers(cells) => Data::Numbers(cells[from..to].to_vec()),
                Data::Texts(cells) => Data::Texts(cells[from..to].to_vec()),
            })
            .collect();
        moments(&part.iter().map(|data| (data, scale(1.0))).collect::<Vec<_>>())
    };
    let chunks = (0..20).map(|at| of(4_000 + at * 200, 4_200 + at * 200)).collect();
    let columns = rows.iter().map(|(name, _)| ((*name).to_owned(), scale(1.0))).collect();
    baseline.covariance = Some(Covariance { columns, fit: of(0, 4_000), chunks });
    baseline
}

fn covariant() -> Monitor {
    let mut monitor = monitor();
    let limits = Limits { warn: None, fail: Some(3.0) };
    monitor.covariance = Some(monitor::Covariance { components: Components::Count(2), limits, at: place() });
    monitor
}

#[test]
fn the_covariance_decides_by_its_limit_and_says_that_there_is_no_p_value() {
    let base = with_covariance(&rows(0.8, 8_000));
    let found = judged_after(&covariant(), &base, &rows(0.8, 4_000), &[]);
    assert_eq!(outcome(&found, "covariance"), Outcome::Pass);
    assert!(message(&found, "covariance").ends_with("(limit 3), no p-value"), "{}", message(&found, "covariance"));
    let found = judged_after(&covariant(), &base, &rows(0.3, 4_000), &[]);
    assert_eq!(outcome(&found, "covariance"), Outcome::Fail);
    // it is in no family: three columns of two tests each
    assert!(message(&found, "drift.a").ends_with("of 6 tests"), "{}", message(&found, "drift.a"));
}

#[test]
fn a_covariance_that_cannot_be_compared_is_told() {
    let without = baseline(&rows(0.8, 4_000), None);
    let found = judged_after(&covariant(), &without, &rows(0.8, 4_000), &[]);
    assert_eq!(outcome(&found, "covariance"), Outcome::Error);
    assert!(message(&found, "covariance").contains("--covariance"));
    let base = with_covariance(&rows(0.8, 8_000));
    let live = rows(0.8, 4_000)[..2].to_vec();
    let found = judged_after(&covariant(), &base, &live, &[]);
    assert_eq!(outcome(&found, "covariance"), Outcome::Skipped);
}

/// Four columns of which the first drifted.
fn dataset(importance: [Option<f64>; 4], by_importance: bool, live: impl Fn(usize) -> Data) -> crate::monitor::Judged {
    let names = ["w", "x", "y", "z"];
    let base: Rows = names.iter().map(|name| (*name, spread(2_000, 0.0, 1.0))).collect();
    let mut monitor = monitor();
    monitor.columns = names.iter().map(|name| column(name)).collect();
    for (column, importance) in monitor.columns.iter_mut().zip(importance) {
        column.importance = importance;
    }
    let limits = Limits { warn: Some(0.2), fail: Some(0.5) };
    monitor.dataset = Some(Dataset { limits, by_importance, at: place() });
    let live: Rows = names.iter().enumerate().map(|(at, name)| (*name, live(at))).collect();
    judged(&monitor, &base, &live)
}

fn first_drifts(at: usize) -> Data {
    if at == 0 { spread(2_000, 0.5, 1.5) } else { spread(2_000, 0.0, 1.0) }
}

#[test]
fn the_share_of_drifted_columns_weighs_by_importance() {
    let found = dataset([None; 4], false, first_drifts);
    assert_eq!(outcome(&found, "dataset"), Outcome::Warn);
    assert_eq!(message(&found, "dataset"), "1 of 4 columns drifted: 25% (limit 20%), no p-value");
    // the others share what is left to 1
    let found = dataset([Some(0.7), None, None, None], true, first_drifts);
    assert_eq!(outcome(&found, "dataset"), Outcome::Fail);
    assert_eq!(message(&found, "dataset"), "1 of 4 columns drifted: 70%, by importance (limit 50%), no p-value");
    let found = dataset([Some(0.1), None, None, None], true, first_drifts);
    assert_eq!(outcome(&found, "dataset"), Outcome::Pass);
}

#[test]
fn a_share_that_is_exactly_a_limit_reaches_it_whatever_the_weights() {
    // of importances that do not add up in doubles
    let found = dataset([Some(0.1), Some(0.2), Some(0.3), Some(0.4)], true, |at| {
        if at != 1 { spread(2_000, 0.0, 1.0) } else { spread(2_000, 0.5, 1.5) }
    });
    assert_eq!(message(&found, "dataset"), "1 of 4 columns drifted: 20%, by importance (limit 20%), no p-value");
    assert_eq!(outcome(&found, "dataset"), Outcome::Warn);
}

#[test]
fn skipped_columns_leave_the_denominator_and_too_many_skip_the_data_set() {
    let null = |at: usize| if at == 3 { Data::Numbers(vec![None; 2_000]) } else { first_drifts(at) };
    let mut found = dataset([None; 4], false, null);
    assert_eq!(
        message(&found, "dataset"),
        "2 of 4 columns drifted: 50% (limit 50%), no p-value",
        "all missing is drift"
    );
    // types that changed are errors, which leave the denominator as well
    let texts_from = |from: usize| move |at: usize| if at >= from { texts(&[("q", 2_000)]) } else { first_drifts(at) };
    found = dataset([None; 4], false, texts_from(2));
    assert_eq!(message(&found, "dataset"), "1 of 2 columns drifted: 50% (limit 50%), no p-value");
    found = dataset([None; 4], false, texts_from(1));
    assert_eq!(outcome(&found, "dataset"), Outcome::Skipped);
    assert_eq!(message(&found, "dataset"), "3 of 4 columns were not compared: too many to judge the data set");
}

#[test]
fn the_ranking_weighs_effects_by_importance() {
    let both = |at: usize| if at < 2 { spread(2_000, 0.5, 1.5) } else { spread(2_000, 0.0, 1.0) };
    let found = dataset([Some(0.1), Some(0.7), None, None], true, both);
    let ranked: Vec<(&str, f64)> =
        found.record.ranking.iter().map(|ranked| (ranked.column.as_str(), ranked.contribution)).collect();
    assert_eq!((ranked[0].0, ranked[1].0), ("x", "w"));
    assert!((ranked[0].1 / ranked[1].1 - 7.0).abs() < 1e-9, "{ranked:?}");
    assert!((ranked.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
    let shown = check(&found, "drift.x").drift.as_ref().expect("figures").contribution;
    assert_eq!(shown, Some(ranked[0].1));
}
