//! Windows of civil time.

use std::collections::BTreeSet;

use assay_core::drift::monitor::{Window, WindowSize};
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use proptest::prelude::*;

use crate::monitor::{Clock, Due, Grid, LiveWindow, MOST_WINDOWS, due_rows};

const HOUR: i128 = 3_600_000_000_000;
const DAY: i128 = 24 * HOUR;

/// Zones that turn clocks at 02:00, at midnight, by half an hour, by two hours, or not; one of them left out a day.
const ZONES: [Tz; 12] = [
    Tz::UTC,
    Tz::Asia__Dubai,
    Tz::Asia__Kathmandu,
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::America__Sao_Paulo,
    Tz::America__Havana,
    Tz::Asia__Beirut,
    Tz::Africa__Cairo,
    Tz::Australia__Lord_Howe,
    Tz::Antarctica__Troll,
    Tz::Pacific__Apia,
];

fn grid(size: WindowSize, zone: Tz, lateness_seconds: i64) -> Grid {
    Grid::new(&Window { size, lateness_seconds, min_rows: 500 }, zone).expect("windows of time")
}

fn at(text: &str) -> i128 {
    i128::from(DateTime::parse_from_rfc3339(text).expect("a time").timestamp()) * 1_000_000_000
}

fn day(year: i32, month: u32, day: u32) -> i128 {
    i128::from(NaiveDate::from_ymd_opt(year, month, day).expect("a day").to_epoch_days()) * DAY
}

fn between(grid: &Grid, from: &str, to: &str) -> Vec<LiveWindow> {
    grid.closed(Clock::Instant, at(from), at(to), at("2030-01-01T00:00:00Z")).collect()
}

fn tile(windows: &[LiveWindow]) {
    for pair in windows.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        assert!(a.start < a.end, "{} is empty", a.name);
        assert_eq!(a.end, b.start, "between {} and {}", a.name, b.name);
        let (a, b) = (a.civil.as_ref().expect("civil"), b.civil.as_ref().expect("civil"));
        assert_eq!(a.local_end, b.local_start);
        assert_eq!(a.end_text, pair[1].name);
    }
}

#[test]
fn days_and_weeks_tile_ten_years_in_every_zone() {
    for zone in ZONES {
        for size in [WindowSize::Days(1), WindowSize::Days(2), WindowSize::Days(7), WindowSize::Hours(6)] {
            let grid = grid(size, zone, 0);
            let windows = between(&grid, "2009-06-01T00:00:00Z", "2019-06-01T00:00:00Z");
            assert!(windows.len() > 500, "{zone} {size:?}");
            tile(&windows);
            let names: BTreeSet<&str> = windows.iter().map(|window| window.name.as_str()).collect();
            assert_eq!(names.len(), windows.len(), "{zone} {size:?}: names tell windows apart");
        }
    }
}

#[test]
fn hours_tile_a_year_in_every_zone() {
    for zone in ZONES {
        let windows = between(&grid(WindowSize::Hours(1), zone, 0), "2011-01-01T00:00:00Z", "2012-01-31T00:00:00Z");
        tile(&windows);
    }
}

#[test]
fn a_day_is_23_or_25_hours_long_where_clocks_are_turned() {
    let hours = |zone, from: &str| {
        let windows = between(&grid(WindowSize::Days(1), zone, 0), from, from);
        (windows[0].end - windows[0].start) / HOUR
    };
    assert_eq!(hours(Tz::Europe__Berlin, "2026-03-29T12:00:00Z"), 23);
    assert_eq!(hours(Tz::Europe__Berlin, "2026-10-25T12:00:00Z"), 25);
    assert_eq!(hours(Tz::Europe__Berlin, "2026-06-01T12:00:00Z"), 24);
    assert_eq!(hours(Tz::Asia__Dubai, "2026-03-29T12:00:00Z"), 24);
}

#[test]
fn a_day_whose_midnight_is_skipped_starts_after_the_gap() {
    // clocks in Sao Paulo went from 23:59:59 on the 3rd to 01:00 on the 4th
    let windows =
        between(&grid(WindowSize::Days(1), Tz::America__Sao_Paulo, 0), "2018-11-04T12:00:00Z", "2018-11-04T12:00:00Z");
    assert_eq!(windows[0].name, "2018-11-04T01:00:00-02:00");
    assert_eq!((windows[0].end - windows[0].start) / HOUR, 23);
    let civil = windows[0].civil.as_ref().expect("civil");
    assert_eq!((civil.local_start, civil.local_end), (day(2018, 11, 4), day(2018, 11, 5)));
}

#[test]
fn a_day_that_a_zone_left_out_belongs_to_the_next() {
    // Samoa went from the 29th to the 31st of December 2011
    let grid = grid(WindowSize::Days(1), Tz::Pacific__Apia, 0);
    let windows = between(&grid, "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z");
    let names: Vec<&str> = windows.iter().map(|window| window.name.as_str()).collect();
    assert_eq!(names, ["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"]);
    let civil = windows[1].civil.as_ref().expect("civil");
    assert_eq!((civil.local_start, civil.local_end), (day(2011, 12, 30), day(2012, 1, 1)));
}

#[test]
fn weeks_start_on_monday() {
    let windows =
        between(&grid(WindowSize::Days(7), Tz::Asia__Dubai, 0), "2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z");
    assert_eq!(windows[0].name, "2026-11-16T00:00:00+04:00");
    assert_eq!(windows[0].civil.as_ref().expect("civil").end_text, "2026-11-23T00:00:00+04:00");
}

#[test]
fn a_window_closes_at_its_end_and_lateness() {
    let grid = grid(WindowSize::Days(1), Tz::UTC, 7_200);
    let names = |now: &str| -> Vec<String> {
        let windows = grid.closed(Clock::Instant, at("2026-11-18T05:00:00Z"), at("2026-11-21T00:00:00Z"), at(now));
        windows.map(|window| window.name).collect()
    };
    assert_eq!(names("2026-11-20T01:59:59Z"), ["2026-11-18T00:00:00+00:00"]);
    assert_eq!(names("2026-11-20T02:00:00Z"), ["2026-11-18T00:00:00+00:00", "2026-11-19T00:00:00+00:00"]);
    assert_eq!(names("2026-11-18T02:00:00Z"), Vec::<String>::new());
}

#[test]
fn naive_times_fall_into_the_same_windows() {
    let grid = grid(WindowSize::Days(1), Tz::Europe__Berlin, 0);
    let local = day(2026, 10, 25) + 2 * HOUR + HOUR / 2;
    let windows: Vec<_> = grid.closed(Clock::Local, local, local, at("2027-01-01T00:00:00Z")).collect();
    assert_eq!(windows.len(), 1);
    assert_eq!(windows[0].name, "2026-10-25T00:00:00+02:00");
    let span = windows[0].span(Clock::Local, false).expect("of time");
    assert_eq!((span.start, span.end), (day(2026, 10, 25), day(2026, 10, 26)));
    let span = windows[0].span(Clock::Instant, true).expect("of time");
    assert_eq!((span.end - span.start) / HOUR, 25);
    assert!(span.rows_only);
}

#[test]
fn a_run_takes_the_oldest_24_windows_and_says_how_many_are_left() {
    let grid = grid(WindowSize::Days(1), Tz::UTC, 0);
    let done = BTreeSet::from(["2026-01-02T00:00:00+00:00"]);
    let now = at("2026-02-10T00:00:00Z");
    let Due { windows, left } = grid.due(Clock::Instant, at("2026-01-01T08:00:00Z"), now, now, &done);
    assert_eq!(windows.len(), MOST_WINDOWS);
    assert_eq!(windows[0].name, "2026-01-01T00:00:00+00:00");
    assert_eq!(windows[1].name, "2026-01-03T00:00:00+00:00");
    // 40 days are closed
    assert_eq!(left, 40 - 1 - MOST_WINDOWS as u64);
}

#[test]
fn a_window_is_found_by_its_name_alone() {
    let grid = grid(WindowSize::Days(1), Tz::Asia__Dubai, 0);
    assert_eq!(grid.named("2026-11-20T00:00:00+04:00").expect("a window").start, at("2026-11-19T20:00:00Z"));
    assert_eq!(grid.named("2026-11-19T20:00:00Z").expect("the same").name, "2026-11-20T00:00:00+04:00");
    assert_eq!(grid.named("2026-11-20").expect("the same").name, "2026-11-20T00:00:00+04:00");
    for wrong in ["2026-11-20T00:00:00Z", "yesterday", ""] {
        assert!(grid.named(wrong).is_err_and(|text| text.contains(wrong)));
    }
}

#[test]
fn absurd_times_do_no_harm() {
    let grid = grid(WindowSize::Days(u32::MAX), Tz::America__New_York, i64::MAX / 4);
    assert_eq!(grid.closed(Clock::Instant, i128::MIN, i128::MAX, i128::MAX).count(), 0);
    let grid = self::grid(WindowSize::Days(u32::MAX), Tz::America__New_York, 0);
    assert!(grid.closed(Clock::Local, i128::MIN, i128::MAX, i128::MAX).count() < 12);
}

#[test]
fn windows_of_rows_are_evaluated_once_they_are_full() {
    let Due { windows, left } = due_rows(1_000, 2_999, &BTreeSet::from(["rows 0"]));
    assert_eq!(windows, [LiveWindow::of_rows(1, 1_000)]);
    assert_eq!((windows[0].name.as_str(), windows[0].start, windows[0].end, left), ("rows 1000", 1_000, 2_000, 0));
    assert_eq!(due_rows(0, 10, &BTreeSet::new()), Due::default());
}

proptest! {
    #[test]
    fn every_instant_is_in_exactly_the_window_that_holds_it(
        zone in 0..ZONES.len(),
        seconds in 0_i64..2_000_000_000,
        hours in prop::sample::select(vec![1_u32, 2, 3, 4, 6, 8, 12]),
    ) {
        let grid = grid(WindowSize::Hours(hours), ZONES[zone], 0);
        let time = i128::from(seconds) * 1_000_000_000;
        let windows: Vec<_> = grid.closed(Clock::Instant, time, time, at("2200-01-01T00:00:00Z")).collect();
        prop_assert_eq!(windows.len(), 1);
        prop_assert!(windows[0].start <= time && time < windows[0].end);
        prop_assert_eq!(grid.named(&windows[0].name), Ok(windows[0].clone()));
    }

    #[test]
    fn every_wall_clock_time_is_in_one_window(zone in 0..ZONES.len(), seconds in 0_i64..2_000_000_000) {
        let grid = grid(WindowSize::Hours(1), ZONES[zone], 0);
        let time = i128::from(seconds) * 1_000_000_000;
        let windows: Vec<_> = grid.closed(Clock::Local, time, time, at("2200-01-01T00:00:00Z")).collect();
        prop_assert_eq!(windows.len(), 1);
        let civil = windows[0].civil.as_ref().expect("civil");
        prop_assert!(civil.local_start <= time && time < civil.local_end);
    }
}
