//! Confirming and recovering, calibrated limits.

use assay_core::drift::monitor::{Calibrate, Confirm};
use assay_core::drift::store::WindowRow;
use assay_core::verdict::Outcome;

use super::support::*;
use crate::monitor::history::{CheckState, before, has_confirmed_fail, in_incident, state_of};

use Outcome::{Error, Fail, Pass, Skipped, Warn};

const TWO: Confirm = Confirm { fail: 2, recover: 2 };

fn rows(outcomes: &[Outcome]) -> Vec<WindowRow> {
    let row = |(at, outcome): (usize, &Outcome)| past(at as u32 + 1, &[("drift.a", *outcome, &[("psi", 0.1)])]);
    outcomes.iter().enumerate().map(row).collect()
}

fn after(outcomes: &[Outcome], confirm: Confirm) -> CheckState {
    let rows = rows(outcomes);
    state_of("drift.a", &rows.iter().collect::<Vec<_>>(), confirm)
}

#[test]
fn it_opens_after_so_many_bad_windows_in_a_row() {
    assert_eq!(after(&[Fail], TWO).pending(TWO), Some((1, 2)));
    assert!(after(&[Fail, Warn], TWO).open, "warn is bad");
    assert_eq!(after(&[Fail, Warn], TWO).pending(TWO), None);
    assert!(!after(&[Fail, Pass, Fail], TWO).open);
    let one = Confirm { fail: 1, recover: 1 };
    assert!(after(&[Warn], one).open);
    assert!(!after(&[Warn, Pass], one).open);
}

#[test]
fn error_and_skipped_neither_open_nor_advance_nor_resolve() {
    assert_eq!(after(&[Fail, Skipped, Error], TWO).pending(TWO), Some((1, 2)));
    assert!(after(&[Fail, Skipped, Fail], TWO).open);
    assert!(after(&[Error, Error, Error], TWO) == CheckState::default());
    assert!(after(&[Fail, Fail, Pass, Skipped], TWO).open);
    assert!(!after(&[Fail, Fail, Pass, Skipped, Pass], TWO).open);
}

#[test]
fn it_is_over_after_so_many_good_windows_in_a_row() {
    assert!(after(&[Fail, Fail, Pass], TWO).open);
    assert!(!after(&[Fail, Fail, Pass, Pass], TWO).open);
    assert!(after(&[Fail, Fail, Pass, Fail, Pass], TWO).open, "one good window each time is not enough");
    assert_eq!(after(&[Fail, Fail, Pass, Fail], TWO).pending(TWO), None, "still open");
}

#[test]
fn since_is_the_first_bad_window_without_a_good_one_in_between() {
    assert_eq!(after(&[Pass, Fail, Skipped, Warn], TWO).since.as_deref(), Some("2026-11-02T00:00:00+00:00"));
    assert_eq!(after(&[Fail, Fail, Pass, Fail], TWO).since.as_deref(), Some("2026-11-04T00:00:00+00:00"));
    assert_eq!(after(&[Fail, Pass], TWO).since, None);
}

#[test]
fn an_incident_reaches_back_to_its_first_bad_window() {
    let rows = rows(&[Pass, Fail, Fail, Pass, Pass, Warn, Pass]);
    let rows: Vec<&WindowRow> = rows.iter().collect();
    assert_eq!(in_incident("drift.a", &rows, TWO), [false, true, true, true, false, false, false]);
    assert_eq!(has_confirmed_fail(&rows, TWO), [false, true, true, false, false, false, false]);
}

#[test]
fn accepted_drift_is_the_new_normal() {
    let mut rows = rows(&[Fail, Fail, Fail]);
    rows[1].accepted = true;
    let rows: Vec<&WindowRow> = rows.iter().collect();
    assert_eq!(has_confirmed_fail(&rows, TWO), [true, false, true]);
}

#[test]
fn a_window_is_judged_by_those_before_it() {
    let mut all = rows(&[Pass, Fail, Pass, Fail]);
    all.reverse();
    let names: Vec<&str> = before(&all, &window(3), "ba5e").iter().map(|row| row.window.as_str()).collect();
    assert_eq!(names, ["2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00"]);
    // the same window against an older baseline counts only where there is no other
    let mut older = past(2, &[("drift.a", Pass, &[])]);
    older.baseline = "01d".into();
    all.push(older);
    let found = before(&all, &window(4), "ba5e");
    assert_eq!(found.len(), 3);
    assert_eq!(found[1].baseline, "ba5e");
    assert_eq!(before(&all, &window(4), "01d")[1].baseline, "01d");
}

fn drifting() -> (Rows, Rows) {
    (vec![("a", spread(4_000, 0.0, 10.0))], vec![("a", spread(4_000, 3.0, 13.0))])
}

#[test]
fn a_bad_window_is_pending_until_it_is_confirmed() {
    let (base, live) = drifting();
    let baseline = baseline(&base, None);
    let found = judged_after(&monitor(), &baseline, &live, &rows(&[Pass, Pass]));
    let a = check(&found, "drift.a");
    assert_eq!(a.verdict.outcome, Fail);
    assert!(a.is_pending());
    assert_eq!(a.drift.as_ref().expect("figures").pending, Some((1, 2)));
    let told = format!("a: {}", a.verdict.message);
    assert_eq!(found.record.ranking[0].moved, told);
    let found = judged_after(&monitor(), &baseline, &live, &rows(&[Pass, Warn]));
    let a = check(&found, "drift.a");
    assert_eq!(found.record.ranking[0].moved, format!("{told}, since 2026-11-02T00:00:00+00:00"));
    assert!(!a.is_pending());
    assert_eq!(a.drift.as_ref().expect("figures").since.as_deref(), Some("2026-11-02T00:00:00+00:00"));
}

fn quiet(days: u32, effect: f64) -> Vec<WindowRow> {
    (1..=days).map(|day| past(day, &[("drift.a", Pass, &[("psi", effect), ("missing", 0.0)])])).collect()
}

fn after_quiet(history: Vec<WindowRow>) -> crate::monitor::Judged {
    let (base, live) = drifting();
    let baseline = baseline(&base, None);
    let mut monitor = monitor();
    monitor.calibrate = Some(Calibrate { windows: 28 });
    let prepared = crate::monitor::prepare(&monitor, &baseline, &table_of(&live));
    let window = window(29);
    crate::monitor::judge(&prepared, &state(&prepared, &live), &input(&window, &history))
}

#[test]
fn a_limit_is_raised_to_the_largest_effect_of_quiet_windows() {
    let mut history = quiet(28, 0.2);
    history[9].checks[0].effects[0].1 = 50.0;
    let found = after_quiet(history.clone());
    let a = check(&found, "drift.a");
    assert_eq!(a.verdict.outcome, Pass, "as large before, in quiet times");
    let psi = &a.drift.as_ref().expect("figures").tests[0];
    assert_eq!(psi.limits, Some(limits(50.0, 50.0)));
    let note =
        "limit calibrated from 0.1 to 50, the largest of 28 quiet windows: exceeded by chance in 1 of 29 windows";
    assert_eq!(psi.notes[0], note);
    // missing never left its limit
    let missing = &a.drift.as_ref().expect("figures").tests[1];
    assert_eq!((missing.limits, missing.notes.len()), (Some(limits(0.01, 0.05)), 0));
}

#[test]
fn with_too_few_quiet_windows_the_limit_stays_and_says_so() {
    let found = after_quiet(quiet(27, 50.0));
    let a = check(&found, "drift.a");
    assert_eq!(a.verdict.outcome, Fail);
    let note = "not calibrated yet: 27 of 28 windows without an incident";
    assert_eq!(a.drift.as_ref().expect("figures").tests[0].notes[0], note);
}

#[test]
fn windows_of_an_incident_and_of_another_baseline_teach_no_limit() {
    let mut history = quiet(28, 0.2);
    for row in &mut history[4..6] {
        row.checks[0].outcome = Fail;
        row.checks[0].effects[0].1 = 50.0;
    }
    let found = after_quiet(history);
    // two windows of the incident, and the first good one after it
    let note = "not calibrated yet: 25 of 28 windows without an incident";
    assert_eq!(check(&found, "drift.a").drift.as_ref().expect("figures").tests[0].notes[0], note);
    let mut history = quiet(28, 0.2);
    history[3].baseline = "01d".into();
    let note = "not calibrated yet: 27 of 28 windows without an incident";
    assert_eq!(check(&after_quiet(history), "drift.a").drift.as_ref().expect("figures").tests[0].notes[0], note);
}
