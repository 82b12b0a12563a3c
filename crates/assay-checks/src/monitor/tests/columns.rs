//! Columns: every outcome, and what is said of it.

use assay_core::drift::live::Windows;
use assay_core::types::Type;
use assay_core::verdict::{Dimension, Outcome, Severity};
use assay_stats::drift::{ColumnKind, Limits};

use super::support::*;
use crate::monitor::prepare;

/// A baseline of a number and a category.
fn base() -> Rows {
    vec![("distance_km", spread(4_000, 0.0, 10.0)), ("city", texts(&[("DL", 2_000), ("WN", 1_000), ("AA", 1_000)]))]
}

#[test]
fn nothing_moved_is_a_pass_that_shows_every_test() {
    let found = judged(&monitor(), &base(), &base());
    assert_eq!(found.outcome, Outcome::Pass);
    let distance = check(&found, "drift.distance_km");
    assert_eq!(distance.dimension, Dimension::Drift);
    assert_eq!(distance.verdict.tested, Some(4_000));
    assert!(
        distance.verdict.message.starts_with("stable: PSI 0 (limit 0.1), p 1 of 5 tests"),
        "{}",
        distance.verdict.message
    );
    assert_eq!(distance.verdict.expected.as_deref(), Some("PSI below 0.25 (warn 0.1), missing below 5% (warn 1%)"));
    let drift = distance.drift.as_ref().expect("figures");
    assert_eq!(drift.kind, Some(ColumnKind::Numeric));
    let deciding: Vec<&str> = drift.tests.iter().filter(|t| t.deciding).map(|t| t.test.as_str()).collect();
    assert_eq!(deciding, ["psi", "missing"]);
    assert!(drift.tests.iter().any(|test| test.test == "ks" && !test.deciding && test.limits.is_none()));
    assert!(drift.tests.iter().all(|test| test.test != "chi_square"));
    assert_eq!(drift.bins.as_ref().expect("a bin table").labels.last().map(String::as_str), Some("__missing__"));
    assert_eq!((drift.since.clone(), drift.pending), (None, None));
}

#[test]
fn a_shifted_number_says_from_where_to_where() {
    let live = vec![("distance_km", spread(4_000, 2.0, 12.0)), base().remove(1)];
    let found = judged(&monitor(), &base(), &live);
    assert_eq!(outcome(&found, "drift.distance_km"), Outcome::Fail);
    let text = message(&found, "drift.distance_km");
    assert!(text.starts_with("shifted up: median 5 -> 7"), "{text}");
    assert!(text.contains("(limit 0.25), p ") && text.ends_with(" of 5 tests"), "{text}");
    assert_eq!(outcome(&found, "drift.city"), Outcome::Pass);
    assert_eq!(found.record.ranking[0].column, "distance_km");
    assert!(found.record.ranking[0].contribution > 0.9);
    let figures = &check(&found, "drift.distance_km").drift.as_ref().expect("figures").figures;
    let mean = figures.iter().find(|(name, _, _)| *name == "mean").expect("a mean");
    assert!((mean.1 - 5.0).abs() < 0.02 && (mean.2 - 7.0).abs() < 0.02, "{mean:?}");
}

#[test]
fn a_plot_has_the_bins_ends_and_both_curves() {
    let live = vec![("distance_km", spread(4_000, 2.0, 12.0)), base().remove(1)];
    let found = judged(&monitor(), &base(), &live);
    let drift = check(&found, "drift.distance_km").drift.as_ref().expect("figures");
    let bins = drift.bins.as_ref().expect("a bin table");
    assert_eq!(drift.spans.len() + 1, bins.labels.len(), "all but missing");
    let curves = drift.curves.as_ref().expect("curves");
    let (at, base, live) = curves.widest.expect("a value");
    let ks = drift.tests.iter().find(|test| test.test == "ks").expect("ks");
    assert!(((live - base).abs() - ks.statistic.expect("D")).abs() < 1e-12, "{at} {base} {live} {ks:?}");
    let city = check(&found, "drift.city").drift.as_ref().expect("figures");
    assert_eq!((city.spans.len(), &city.curves), (0, &None));
}

#[test]
fn moved_categories_name_the_one_that_moved_most() {
    let live = vec![base().remove(0), ("city", texts(&[("DL", 1_000), ("WN", 2_000), ("AA", 1_000)]))];
    let found = judged(&monitor(), &base(), &live);
    assert_eq!(outcome(&found, "drift.city"), Outcome::Fail);
    let text = message(&found, "drift.city");
    assert!(text.starts_with("moved: V 0.28"), "{text}");
    assert!(text.contains("(limit 0.2), p "), "{text}");
    assert!(text.contains(", mostly \"DL\" 50% -> 25%"), "{text}");
}

#[test]
fn fewer_missing_cells_are_drift_as_well() {
    let base: Rows = vec![("delay", spread(10_000, 0.0, 60.0).with_nulls(|i| i % 50 == 0))];
    let live: Rows = vec![("delay", spread(10_000, 0.0, 60.0).with_nulls(|i| i % 125 == 0))];
    let found = judged(&monitor(), &base, &live);
    assert_eq!(outcome(&found, "drift.delay"), Outcome::Warn);
    let text = message(&found, "drift.delay");
    assert!(text.starts_with("missing 2% -> 0.8% (1.2 points, limit 1), p "), "{text}");
}

#[test]
fn delays_that_are_recorded_more_often_warn() {
    // the shares of the flights data: 2.060% missing in the first half, 0.888% in the second
    let of =
        |missing: usize| -> Rows { vec![("DEPARTURE_DELAY", texts(&[("0", 100_000)]).with_nulls(|i| i < missing))] };
    let found = judged(&monitor(), &of(2_060), &of(888));
    assert_eq!(outcome(&found, "drift.DEPARTURE_DELAY"), Outcome::Warn);
    let text = message(&found, "drift.DEPARTURE_DELAY");
    assert!(text.starts_with("missing 2.06% -> 0.89% (1.17 points, limit 1), p "), "{text}");
}

#[test]
fn unseen_categories_are_named() {
    let live =
        vec![base().remove(0), ("city", texts(&[("DL", 1_950), ("WN", 1_000), ("AA", 1_000), ("ZZ", 40), ("Y", 10)]))];
    let found = judged(&monitor(), &base(), &live);
    assert_eq!(outcome(&found, "drift.city"), Outcome::Fail);
    let text = message(&found, "drift.city");
    assert!(text.starts_with("1.25% of rows are of unseen categories (limit 0.5%), p "), "{text}");
    assert!(text.contains(": \"ZZ\" 40, \"Y\" 10"), "{text}");
}

#[test]
fn a_tail_that_two_samples_share_moves_no_category_and_a_large_new_one_does() {
    // 400 rare cities, half of which the baseline and half of which live rows have
    let of = |offset: usize, new: usize| -> Rows {
        let rare = (0..200).map(|i| format!("rare {}", 2 * i + offset));
        let rows = ["DL", "WN"].into_iter().flat_map(|city| vec![city.to_owned(); 1_400]).chain(rare);
        vec![("city", Data::Texts(rows.chain(vec!["new".to_owned(); new]).map(Some).collect()))]
    };
    let chi_square = |live: &Rows| {
        let found = judged(&monitor(), &of(0, 0), live);
        let record = check(&found, "drift.city").drift.as_deref().expect("it was compared");
        let test = record.tests.iter().find(|test| test.test == "chi_square").expect("it decides");
        (test.outcome, test.df, test.effect.expect("V"))
    };
    assert_eq!(chi_square(&of(1, 0)), (Outcome::Pass, Some(2.0), 0.0));
    let (outcome, df, effect) = chi_square(&of(1, 600));
    assert_eq!((outcome, df), (Outcome::Fail, Some(3.0)));
    assert!(effect > 0.25, "{effect}");
}

#[test]
fn too_few_rows_are_skipped_and_never_a_pass() {
    for rows in [0, 1, 499] {
        let live = vec![("distance_km", spread(rows, 50.0, 60.0)), ("city", texts(&[("ZZ", rows)]))];
        let found = judged(&monitor(), &base(), &live);
        for id in ["drift.distance_km", "drift.city"] {
            assert_eq!(outcome(&found, id), Outcome::Skipped, "{id} of {rows} rows");
            assert_eq!(message(&found, id), format!("too few rows: {rows} of 500 live rows"));
            assert_eq!(check(&found, id).verdict.reason.as_ref().expect("a reason").code, "too_few_rows");
        }
        assert_eq!(found.outcome, Outcome::Skipped);
        assert!(found.rows.iter().all(|row| row.effects.is_empty()), "skipped effects teach nothing");
    }
}

#[test]
fn value_tests_need_rows_that_are_not_missing() {
    let mut monitor = monitor();
    monitor.defaults.numeric = vec![test("ks", limits(0.1, 0.2))];
    let live = vec![("distance_km", spread(4_000, 0.0, 10.0).with_nulls(|i| i % 10 != 0)), base().remove(1)];
    let found = judged(&monitor, &base(), &live);
    let drift = check(&found, "drift.distance_km").drift.as_ref().expect("figures");
    assert_eq!(drift.tests[0].reason.as_ref().expect("a reason").text, "too few rows: 400 of 500 live rows");
    // missing went from 0 to 90%, which is tested on all rows
    assert_eq!(outcome(&found, "drift.distance_km"), Outcome::Fail);
    assert!(message(&found, "drift.distance_km").starts_with("missing 0% -> 90% (90 points, limit 5)"));
}

#[test]
fn all_null_and_constant_columns_have_clear_outcomes() {
    let nulls = |n| Data::Numbers(vec![None; n]);
    let base: Rows =
        vec![("empty", nulls(1_000)), ("constant", numbers(vec![3.0; 1_000])), ("gone", spread(1_000, 0.0, 1.0))];
    let live: Rows = vec![("empty", nulls(1_000)), ("constant", numbers(vec![3.0; 1_000])), ("gone", nulls(1_000))];
    let found = judged(&monitor(), &base, &live);
    assert_ne!(outcome(&found, "drift.empty"), Outcome::Fail);
    assert_eq!(outcome(&found, "drift.gone"), Outcome::Fail);
    assert_ne!(outcome(&found, "drift.constant"), Outcome::Fail);
    for check in &found.checks {
        assert!(!check.verdict.message.is_empty(), "{}", check.id);
    }
}

#[test]
fn a_missing_column_fails_alone_and_an_optional_one_is_skipped() {
    let mut monitor = monitor();
    monitor.columns = vec![column("distance_km"), column("city")];
    let live: Rows = vec![("distance_km", spread(4_000, 0.0, 10.0))];
    let found = judged(&monitor, &base(), &live);
    assert_eq!(outcome(&found, "drift.city"), Outcome::Fail);
    assert_eq!(check(&found, "drift.city").verdict.reason.as_ref().expect("a reason").code, "column_missing");
    assert_eq!(outcome(&found, "drift.distance_km"), Outcome::Pass);
    monitor.columns[1].optional = true;
    assert_eq!(outcome(&judged(&monitor, &base(), &live), "drift.city"), Outcome::Skipped);
}

#[test]
fn a_changed_type_is_an_error_of_that_column() {
    let live = vec![("distance_km", texts(&[("3", 4_000)])), base().remove(1)];
    let found = judged(&monitor(), &base(), &live);
    assert_eq!(outcome(&found, "drift.distance_km"), Outcome::Error);
    let text = "type changed: `distance_km` was float64 in the baseline and is string now";
    assert_eq!(message(&found, "drift.distance_km"), text);
    assert_eq!(outcome(&found, "drift.city"), Outcome::Pass);
    let live = vec![base().remove(0), ("city", spread(4_000, 0.0, 1.0))];
    assert_eq!(outcome(&judged(&monitor(), &base(), &live), "drift.city"), Outcome::Error);
}

#[test]
fn a_column_is_found_under_other_case_and_one_the_baseline_lacks_is_an_error() {
    let mut monitor = monitor();
    monitor.columns = vec![column("CITY"), column("speed")];
    let live = vec![("distance_km", spread(4_000, 0.0, 10.0)), base().remove(1), ("speed", spread(4_000, 0.0, 1.0))];
    let found = judged(&monitor, &base(), &live);
    assert_eq!(outcome(&found, "drift.CITY"), Outcome::Pass);
    assert!(found.checks.iter().all(|check| check.id != "drift.city"), "watched once");
    assert_eq!(check(&found, "drift.CITY").verdict.notes, ["column `CITY` was found as `city`"]);
    assert_eq!(message(&found, "drift.speed"), "the baseline holds no column `speed`");
    assert_eq!(outcome(&found, "drift.speed"), Outcome::Error);
}

#[test]
fn new_columns_are_a_note() {
    let mut live = base();
    live.push(("speed", spread(4_000, 0.0, 1.0)));
    let found = judged(&monitor(), &base(), &live);
    assert_eq!(found.record.notes, ["columns that are not in the baseline are not watched (1): speed"]);
}

#[test]
fn what_a_column_is_tested_as_is_said_by_monitor_then_tests_then_baseline() {
    let base: Rows = vec![("stars", numbers((0..2_000).map(|i| f64::from(i % 5))))];
    let baseline = baseline(&base, None);
    let table = table_of(&base);
    let kind = |monitor: &assay_core::drift::monitor::Monitor| prepare(monitor, &baseline, &table).columns[0].kind;
    let mut monitor = monitor();
    assert_eq!(kind(&monitor), ColumnKind::Categorical);
    monitor.columns = vec![column("stars")];
    monitor.columns[0].tests = Some(vec![test("ks", limits(0.08, 0.15))]);
    assert_eq!(kind(&monitor), ColumnKind::Numeric);
    let prepared = prepare(&monitor, &baseline, &table);
    let tests: Vec<&str> = prepared.columns[0].tests.iter().map(|test| test.test).collect();
    assert_eq!(tests, ["ks", "missing"], "own tests replace the defaults, but for missing");
    monitor.columns[0].kind = Some(ColumnKind::Categorical);
    assert_eq!(kind(&monitor), ColumnKind::Categorical);
    let found = judged(&monitor, &base, &base);
    assert_eq!(outcome(&found, "drift.stars"), Outcome::Error);
    assert_eq!(message(&found, "drift.stars"), "`ks` does not apply to such a column");
}

#[test]
fn defaults_that_are_written_are_all_there_is_but_for_missing() {
    let mut monitor = monitor();
    monitor.defaults.categorical = vec![test("chi_square", limits(0.3, 0.5))];
    let rows = base();
    let baseline = baseline(&rows, None);
    let prepared = prepare(&monitor, &baseline, &table_of(&rows));
    let tests: Vec<&str> = prepared.columns[1].tests.iter().map(|test| test.test).collect();
    assert_eq!(tests, ["chi_square", "missing"]);
    monitor.defaults.missing = None;
    let prepared = prepare(&monitor, &baseline, &table_of(&rows));
    assert!(prepared.columns[0].tests.iter().all(|test| test.test != "missing"), "missing can be switched off");
}

#[test]
fn excluded_columns_time_and_id_are_not_watched() {
    let mut monitor = monitor();
    monitor.exclude = vec!["City".into()];
    monitor.id = Some("distance_km".into());
    assert!(judged(&monitor, &base(), &base()).checks.is_empty());
}

#[test]
fn a_test_with_a_warn_limit_alone_can_only_warn() {
    let mut monitor = monitor();
    monitor.columns = vec![column("distance_km")];
    let warn = Limits { warn: Some(0.05), fail: None };
    monitor.columns[0].tests = Some(vec![test("psi", warn)]);
    monitor.defaults.missing = None;
    let live = vec![("distance_km", spread(4_000, 8.0, 18.0)), base().remove(1)];
    let found = judged(&monitor, &base(), &live);
    assert_eq!(outcome(&found, "drift.distance_km"), Outcome::Warn);
    assert_eq!(check(&found, "drift.distance_km").severity, Severity::Warn);
}

#[test]
fn the_same_window_and_baseline_give_the_same_bytes() {
    let live = vec![("distance_km", spread(3_000, 1.0, 14.0)), ("city", texts(&[("DL", 1_000), ("Q", 2_000)]))];
    let once = judged(&monitor(), &base(), &live);
    let again = judged(&monitor(), &base(), &live);
    assert_eq!(format!("{once:?}"), format!("{again:?}"));
}

#[test]
fn infinities_are_counted_and_do_no_harm() {
    let with = |at: usize, value: f64| {
        let Data::Numbers(mut cells) = spread(2_000, 0.0, 1.0) else { unreachable!("numbers") };
        cells[at] = Some(value);
        Data::Numbers(cells)
    };
    let base: Rows = vec![("x", with(0, f64::NEG_INFINITY))];
    let live: Rows = vec![("x", with(7, f64::INFINITY))];
    let found = judged(&monitor(), &base, &live);
    assert_eq!(outcome(&found, "drift.x"), Outcome::Pass);
    let drift = check(&found, "drift.x").drift.as_ref().expect("figures");
    assert!(drift.figures.iter().all(|(_, base, live)| base.is_finite() && live.is_finite()), "{:?}", drift.figures);
}

#[test]
fn measures_tell_states_apart_by_what_they_were_counted_against() {
    let rows = base();
    let table = table_of(&rows);
    let monitor = monitor();
    let (one, other) =
        (baseline(&rows, None), baseline(&vec![("distance_km", spread(4_000, 0.0, 9.0)), base().remove(1)], None));
    let digest = |baseline| prepare(&monitor, baseline, &table).measures();
    assert_eq!(digest(&one), digest(&one));
    assert_ne!(digest(&one), digest(&other));
    // limits are no part of what is counted
    let mut strict = self::monitor();
    strict.defaults.numeric = vec![test("psi", limits(0.01, 0.02))];
    assert_eq!(prepare(&strict, &one, &table).measures(), digest(&one));
}

#[test]
fn a_null_typed_column_is_all_missing_not_another_type() {
    let rows = base();
    let baseline = baseline(&rows, None);
    let monitor = monitor();
    let table = table(&[("distance_km", Type::Null), ("city", Type::String)]);
    let prepared = prepare(&monitor, &baseline, &table);
    assert!(prepared.columns[0].stop.is_none());
    let live = vec![("distance_km", Data::Numbers(vec![None; 4_000])), base().remove(1)];
    let plan = prepared.plan(Windows::Whole, &[]);
    assert_eq!(plan.spec.columns.len(), 2);
    let window = window(20);
    let found = crate::monitor::judge(&prepared, &state(&prepared, &live), &input(&window, &[]));
    assert_eq!(outcome(&found, "drift.distance_km"), Outcome::Fail);
}

#[test]
fn columns_without_order_and_categories_are_compared_by_their_missing_cells() {
    let rows: Rows = vec![("tags", texts(&[("a", 4_000)]))];
    let mut baseline = baseline(&rows, None);
    baseline.columns[0].categories = None;
    baseline.columns[0].dtype = "list<string>".into();
    let live: Rows = vec![("tags", texts(&[("a", 4_000)]).with_nulls(|i| i % 10 == 0))];
    let found = judged_after(&monitor(), &baseline, &live, &[]);
    assert_eq!(outcome(&found, "drift.tags"), Outcome::Fail);
    assert!(message(&found, "drift.tags").starts_with("missing 0% -> 10% (10 points, limit 5), p "));
    let drift = check(&found, "drift.tags").drift.as_ref().expect("figures");
    assert_eq!(drift.tests.len(), 1);
    let mut monitor = monitor();
    monitor.columns = vec![column("tags")];
    monitor.columns[0].tests = Some(vec![test("psi", limits(0.1, 0.2))]);
    assert_eq!(outcome(&judged_after(&monitor, &baseline, &live, &[]), "drift.tags"), Outcome::Error);
}
