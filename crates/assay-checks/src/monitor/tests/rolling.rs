//! Baselines made of the windows before.

use std::collections::BTreeMap;

use assay_core::drift::baseline::SAMPLE;
use assay_core::drift::live::{Measure, Windows};
use assay_core::drift::monitor::{BaselineSource, Monitor, Period, Window, WindowSize};
use assay_core::drift::store::WindowRow;
use assay_core::types::Type;
use assay_core::verdict::Outcome;
use assay_stats::drift::ColumnKind;
use chrono_tz::Tz;

use super::support::*;
use crate::monitor::{Grid, Merged, Stop, StoredSummary, Summary, baseline_of, judge, pin, plan_each, prepare};

fn rolling(windows: u32, gap_days: i64) -> Monitor {
    let mut monitor = monitor();
    monitor.baseline = BaselineSource::Rolling { windows, gap_seconds: gap_days * 86_400 };
    monitor
}

fn rows(n: usize, lo: f64) -> Rows {
    vec![
        ("km", spread(n, lo, lo + 10.0)),
        ("stars", numbers((0..n).map(|i| (i % 5) as f64))),
        ("city", texts(&[("DL", n / 2), ("WN", n - n / 2)])),
    ]
}

/// The summary of a window of these rows, through its bytes.
fn summary(monitor: &Monitor, rows: &Rows) -> StoredSummary {
    let of = Summary::new(monitor, &table_of(rows));
    let plan = plan_each(&[&prepare(monitor, &baseline(rows, None), &table_of(rows))], Windows::Whole, &of.live());
    let (_, further) = plan.split(0, count(&plan.spec, rows));
    StoredSummary::from_bytes(&of.to_bytes(&further)).expect("what was written is read")
}

fn evaluated(day: u32) -> WindowRow {
    let mut row = past(day, &[("drift.km", Outcome::Pass, &[])]);
    row.baseline = "rolling".into();
    row
}

fn summaries(monitor: &Monitor, days: &[u32], rows: &Rows) -> BTreeMap<String, StoredSummary> {
    let one = summary(monitor, rows);
    days.iter().map(|day| (window(*day).name, one.clone())).collect()
}

fn of(monitor: &Monitor, day: u32, history: &[WindowRow], days: &[u32]) -> Result<Merged, Stop> {
    let stored = summaries(monitor, days, &rows(1_000, 0.0));
    baseline_of(monitor, &window(day), None, history, &stored)
}

fn days(found: &Merged) -> Vec<&str> {
    found.windows.iter().map(|name| &name[8..10]).collect()
}

#[test]
fn the_last_windows_before_the_gap_are_merged() {
    let history: Vec<WindowRow> = (1..=9).map(evaluated).collect();
    let all: Vec<u32> = (1..=9).collect();
    let found = of(&rolling(4, 0), 10, &history, &all).expect("a baseline");
    assert_eq!(days(&found), ["06", "07", "08", "09"]);
    assert_eq!(found.baseline.header.rows, 4_000);
    let found = of(&rolling(4, 2), 10, &history, &all).expect("a baseline");
    assert_eq!(days(&found), ["04", "05", "06", "07"]);
}

#[test]
fn windows_with_a_confirmed_fail_stay_out_until_accepted() {
    let mut history: Vec<WindowRow> = (1..=9).map(evaluated).collect();
    for row in &mut history[6..8] {
        row.checks[0].outcome = Outcome::Fail;
    }
    let all: Vec<u32> = (1..=9).collect();
    let found = of(&rolling(4, 0), 10, &history, &all).expect("a baseline");
    assert_eq!(days(&found), ["06", "09"], "they are not replaced by older ones");
    history[6].accepted = true;
    assert_eq!(days(&of(&rolling(4, 0), 10, &history, &all).expect("a baseline")), ["06", "07", "09"]);
}

#[test]
fn with_fewer_than_half_of_the_windows_there_is_no_baseline_yet() {
    let history: Vec<WindowRow> = (1..=3).map(evaluated).collect();
    assert!(of(&rolling(6, 0), 4, &history, &[1, 2, 3]).is_ok());
    let stop = of(&rolling(7, 0), 4, &history, &[1, 2, 3]).expect_err("too few");
    assert_eq!((stop.outcome, stop.reason.code.as_str()), (Outcome::Skipped, "no_baseline_yet"));
    assert_eq!(stop.reason.text, "no baseline yet: 3 of 7 windows, 4 are needed");
    assert!(of(&rolling(6, 0), 4, &history, &[1, 2]).is_err(), "a window without a summary is none");
    assert!(of(&rolling(1, 0), 1, &[], &[]).is_err());
}

#[test]
fn the_same_day_of_the_week_is_taken_from_the_weeks_before() {
    let mut monitor = monitor();
    monitor.baseline = BaselineSource::Same { period: Period::DayOfWeek, weeks: 2 };
    let history: Vec<WindowRow> = (1..=20).map(evaluated).collect();
    let stored = summaries(&monitor, &(1..=20).collect::<Vec<_>>(), &rows(1_000, 0.0));
    let grid = Grid::new(&monitor.window, Tz::UTC).expect("windows of time");
    let found = baseline_of(&monitor, &window(21), Some(&grid), &history, &stored).expect("a baseline");
    assert_eq!(days(&found), ["07", "14"]);
    assert_eq!(pin(&monitor.baseline).as_deref(), Some("same day_of_week 2"));
}

#[test]
fn the_same_hour_follows_the_wall_clock() {
    let zone = Tz::Europe__Berlin;
    let size = Window { size: WindowSize::Hours(1), lateness_seconds: 0, min_rows: 1 };
    let grid = Grid::new(&size, zone).expect("windows of time");
    let mut monitor = monitor();
    monitor.window = size;
    // clocks went back on the 25th
    let hours = [
        "2026-10-19T08:00:00+02:00",
        "2026-10-24T08:00:00+02:00",
        "2026-10-26T08:00:00+01:00",
        "2026-10-26T09:00:00+01:00",
    ];
    let history: Vec<WindowRow> = hours
        .iter()
        .map(|name| {
            let found = grid.named(name).expect("a window");
            WindowRow { window: found.name, start: found.start, end: found.end, ..evaluated(1) }
        })
        .collect();
    let one = summary(&monitor, &rows(1_000, 0.0));
    let stored: BTreeMap<String, StoredSummary> = hours.iter().map(|name| ((*name).to_owned(), one.clone())).collect();
    let now = grid.named("2026-10-27T08:00:00+01:00").expect("a window");
    let of = |period, weeks| {
        let monitor = Monitor { baseline: BaselineSource::Same { period, weeks }, ..monitor.clone() };
        baseline_of(&monitor, &now, Some(&grid), &history, &stored)
    };
    let stop = of(Period::HourOfDay, 1).expect_err("2 of 7");
    assert_eq!(stop.reason.text, "no baseline yet: 2 of 7 windows, 4 are needed");
    assert!(of(Period::HourOfWeek, 1).is_err(), "no Tuesday before");
    let monday = grid.named("2026-10-26T08:00:00+01:00").expect("a window");
    let weekly = Monitor { baseline: BaselineSource::Same { period: Period::HourOfWeek, weeks: 1 }, ..monitor.clone() };
    let found = baseline_of(&weekly, &monday, Some(&grid), &history, &stored).expect("the Monday before");
    assert_eq!(found.windows, ["2026-10-19T08:00:00+02:00"]);
}

#[test]
fn a_merge_is_judged_like_any_baseline() {
    let monitor = rolling(2, 0);
    let history: Vec<WindowRow> = (1..=2).map(evaluated).collect();
    let Merged { baseline, .. } = of(&monitor, 3, &history, &[1, 2]).expect("a baseline");
    let column = |name: &str| baseline.column(name).expect("a column");
    assert_eq!(column("km").role, ColumnKind::Numeric);
    assert_eq!(column("stars").role, ColumnKind::Categorical, "few values, all of them counted");
    assert_eq!(column("stars").categories.as_ref().expect("categories").counts, [400; 5]);
    assert_eq!(column("city").cells.rows, 2_000);
    let live = rows(2_000, 4.0);
    let prepared = prepare(&monitor, &baseline, &table_of(&live));
    let window = window(3);
    let found = judge(&prepared, &state(&prepared, &live), &input(&window, &history));
    assert_eq!(outcome(&found, "drift.km"), Outcome::Fail);
    assert_eq!(outcome(&found, "drift.city"), Outcome::Pass);
    assert_eq!(outcome(&found, "drift.stars"), Outcome::Pass);
}

#[test]
fn a_number_that_the_monitor_calls_a_category_is_merged_by_category() {
    let mut monitor = rolling(2, 0);
    monitor.columns = vec![column("city_id")];
    monitor.columns[0].kind = Some(ColumnKind::Categorical);
    let ids: Rows = vec![("city_id", numbers((0..3_000).map(|i| f64::from(i % 300))))];
    let stored = summaries(&monitor, &[1, 2], &ids);
    let history: Vec<WindowRow> = (1..=2).map(evaluated).collect();
    let Merged { baseline, .. } = baseline_of(&monitor, &window(3), None, &history, &stored).expect("a baseline");
    assert_eq!(baseline.column("city_id").expect("ids").categories.as_ref().expect("categories").distinct, 300);
    let prepared = prepare(&monitor, &baseline, &table_of(&ids));
    let window = window(3);
    let found = judge(&prepared, &state(&prepared, &ids), &input(&window, &history));
    assert_eq!(outcome(&found, "drift.city_id"), Outcome::Pass);
}

#[test]
fn p_values_from_a_sample_say_so() {
    let monitor = rolling(2, 0);
    let large = rows(8_000, 0.0);
    let stored = summaries(&monitor, &[1, 2], &large);
    let history: Vec<WindowRow> = (1..=2).map(evaluated).collect();
    let Merged { baseline, .. } = baseline_of(&monitor, &window(3), None, &history, &stored).expect("a baseline");
    assert_eq!(baseline.column("km").expect("km").numeric.as_ref().expect("numbers").knots.n, SAMPLE as u64);
    let live = rows(2_000, 0.0);
    let prepared = prepare(&monitor, &baseline, &table_of(&live));
    let window = window(3);
    let found = judge(&prepared, &state(&prepared, &live), &input(&window, &history));
    let drift = check(&found, "drift.km").drift.as_ref().expect("figures");
    let from = drift.tests[0].p_from.as_deref().expect("a source");
    assert!(from.ends_with(", n = 10,000 sampled of 16,000"), "{from}");
    let missing = drift.tests.iter().find(|test| test.test == "missing").expect("missing");
    assert_eq!(missing.n, Some(16_000), "missing cells were all counted");
}

#[test]
fn each_window_is_counted_against_its_own_baseline_in_one_scan() {
    let monitor = rolling(1, 0);
    let first = baseline(&rows(1_000, 0.0), None);
    let mut second = baseline(&rows(1_000, 5.0), None);
    second.columns.remove(0);
    let live = rows(1_000, 0.0);
    let table = table_of(&live);
    let (one, two) = (prepare(&monitor, &first, &table), prepare(&monitor, &second, &table));
    let spans = Windows::Rows { size: 500, first: 0, count: 2 };
    let plan = plan_each(&[&one, &two], spans, &Summary::new(&monitor, &table).live());
    let names: Vec<&str> = plan.spec.columns.iter().map(|column| column.column.0.as_str()).collect();
    assert_eq!(names, ["km", "stars", "city", "km", "km", "stars", "stars", "city"]);
    assert!(matches!(plan.spec.measure(0, 0, 0), Measure::Ranks(_)));
    assert_eq!(plan.spec.measure(0, 1, 0), &Measure::Nothing);
    assert!(matches!(plan.spec.measure(3, 1, 0), Measure::Sample { .. }));
    let counted = count(&plan.spec, &live);
    assert_eq!(plan.split(1, counted.clone()).0.segments[0].columns.len(), 2);
    let (own, further) = plan.split(0, counted);
    assert_eq!((own.segments[0].columns.len(), further.segments[0].columns.len()), (3, 5));
    let window = window(3);
    assert_eq!(judge(&one, &own, &input(&window, &[])).outcome, Outcome::Pass);
}

#[test]
fn a_column_that_comes_or_goes_changes_nothing_for_the_others() {
    let monitor = rolling(2, 0);
    let history: Vec<WindowRow> = (1..=2).map(evaluated).collect();
    let mut stored = summaries(&monitor, &[1], &rows(1_000, 0.0));
    let later: Rows = vec![("km", spread(1_000, 0.0, 10.0)), ("city", spread(1_000, 0.0, 1.0))];
    stored.insert(window(2).name, summary(&monitor, &later));
    let Merged { baseline, .. } = baseline_of(&monitor, &window(3), None, &history, &stored).expect("a baseline");
    assert_eq!(baseline.column("km").expect("km").cells.rows, 2_000);
    assert_eq!(baseline.column("stars").expect("stars").cells.rows, 1_000);
    let city = baseline.column("city").expect("city");
    assert_eq!((city.dtype.as_str(), city.cells.rows), ("float64", 1_000), "as the newest window has it");
}

#[test]
fn damaged_summaries_are_errors() {
    let monitor = rolling(2, 0);
    let rows = rows(100, 0.0);
    let of = Summary::new(&monitor, &table_of(&rows));
    let plan = plan_each(&[&prepare(&monitor, &baseline(&rows, None), &table_of(&rows))], Windows::Whole, &of.live());
    let bytes = of.to_bytes(&plan.split(0, count(&plan.spec, &rows)).1);
    for at in [0, 7, 8, 20, bytes.len() - 1] {
        assert!(StoredSummary::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
    }
    assert!(StoredSummary::from_bytes(&[0xff; 40]).is_err());
}

#[test]
fn nested_columns_are_summarised_by_their_cells_alone() {
    let table = table(&[("tags", Type::List(Box::new(Type::String))), ("id", Type::Int(64))]);
    let mut monitor = rolling(2, 0);
    monitor.id = Some("id".into());
    let live = Summary::new(&monitor, &table).live();
    assert_eq!(live.len(), 1);
    assert_eq!(live[0].measures, [Measure::Cells]);
}
