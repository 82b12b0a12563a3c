//! Segments: a movement that the whole hides, too few rows, segments the baseline does not have.

use assay_core::drift::monitor::{Monitor, Segments};
use assay_core::verdict::Outcome;

use super::support::*;
use crate::monitor::Judged;

/// Rows of three cities; `shift` moves the numbers of the smallest.
fn rows(shift: f64) -> Rows {
    let city = texts(&[("DL", 6_000), ("WN", 3_000), ("AA", 1_000)]);
    let Data::Numbers(mut cells) = spread(10_000, 0.0, 10.0) else { unreachable!("numbers") };
    cells[9_000..].iter_mut().for_each(|cell| *cell = cell.map(|x| x + shift));
    vec![("km", Data::Numbers(cells)), ("city", city)]
}

fn by_city(top: u32, min_rows: u64) -> Monitor {
    let mut monitor = monitor();
    monitor.segments = vec![Segments { by: vec!["city".into()], top, min_rows, at: place() }];
    monitor
}

fn judged_by_city(monitor: &Monitor, live: &Rows) -> Judged {
    judged_after(monitor, &baseline(&rows(0.0), Some("city")), live, &[])
}

fn names(judged: &Judged) -> Vec<(String, Outcome)> {
    let drift = check(judged, "drift.km").drift.as_ref().expect("figures");
    let name = |segment: &assay_core::drift::record::SegmentRecord| {
        segment.segment[0].1.clone().unwrap_or_else(|| "null".into())
    };
    drift.segments.iter().map(|segment| (name(segment), segment.outcome)).collect()
}

#[test]
fn a_segment_that_moved_makes_the_column_bad() {
    let found = judged_by_city(&by_city(20, 1_000), &rows(5.0));
    let km = check(&found, "drift.km");
    let whole = km.drift.as_ref().expect("figures").tests.iter().filter(|t| t.deciding).map(|t| t.outcome).max();
    assert_eq!(whole, Some(Outcome::Pass), "the whole hides it");
    assert_eq!(km.verdict.outcome, Outcome::Fail);
    let text = &km.verdict.message;
    assert!(text.starts_with("in city=AA: PSI ") && text.contains("(limit 0.25), p "), "{text}");
    assert_eq!(names(&found)[2], ("AA".into(), Outcome::Fail));
    let psi = found.rows[0].effects.iter().find(|(test, _)| test == "psi@city=AA");
    assert!(psi.is_some_and(|(_, effect)| *effect > 0.25), "history keeps effects of segments: {:?}", found.rows[0]);
}

#[test]
fn all_segments_are_in_one_family() {
    let found = judged_by_city(&by_city(20, 1_000), &rows(0.0));
    // km: whole and three segments of psi and missing; city: its own three tests
    assert!(message(&found, "drift.km").ends_with("of 11 tests"), "{}", message(&found, "drift.km"));
    let city = check(&found, "drift.city").drift.as_ref().expect("figures");
    let of_city: Vec<_> = city.segments.iter().filter_map(|segment| segment.segment[0].1.as_deref()).collect();
    assert_eq!(of_city, ["__other__"], "a column is constant in the segments it makes");
}

#[test]
fn a_segment_with_too_few_rows_is_skipped_and_makes_nothing_worse() {
    let found = judged_by_city(&by_city(20, 1_001), &rows(5.0));
    assert_eq!(outcome(&found, "drift.km"), Outcome::Pass);
    let drift = check(&found, "drift.km").drift.as_ref().expect("figures");
    let small = &drift.segments[2];
    assert_eq!(small.outcome, Outcome::Skipped);
    assert_eq!(small.reason.as_ref().expect("a reason").text, "too few rows: 1000 of 1001 live rows");
    assert!(message(&found, "drift.km").ends_with("of 9 tests"), "{}", message(&found, "drift.km"));
}

#[test]
fn only_the_largest_segments_are_judged_and_other_only_where_none_is_left_out() {
    let found = judged_by_city(&by_city(2, 1_000), &rows(0.0));
    let of: Vec<String> = names(&found).into_iter().map(|(name, _)| name).collect();
    assert_eq!(of, ["DL", "WN"]);
    let found = judged_by_city(&by_city(3, 1_000), &rows(0.0));
    let of: Vec<String> = names(&found).into_iter().map(|(name, _)| name).collect();
    assert_eq!(of, ["DL", "WN", "AA", "__other__"]);
}

#[test]
fn segments_the_baseline_does_not_have_are_an_error_of_their_own() {
    let found = judged_after(&by_city(20, 1_000), &baseline(&rows(0.0), None), &rows(0.0), &[]);
    assert_eq!(outcome(&found, "segments.city"), Outcome::Error);
    assert!(message(&found, "segments.city").contains("not segmented by city"));
    assert_eq!(outcome(&found, "drift.km"), Outcome::Pass);
    // without the column there are no segments, and it fails alone
    let live = vec![rows(0.0).remove(0)];
    let found = judged_by_city(&by_city(20, 1_000), &live);
    assert_eq!(outcome(&found, "segments.city"), Outcome::Skipped);
    assert_eq!(outcome(&found, "drift.city"), Outcome::Fail);
    assert_eq!(outcome(&found, "drift.km"), Outcome::Pass);
}
