//! Windows of monitors: what is pending, late labels, segments, what is no longer watched.

use assay_core::ops::incidents::EventKind::{Opened, Resolved};
use assay_core::ops::incidents::{IncidentKind, IncidentState};
use assay_core::verdict::{NotRun, Outcome, Verdict};
use chrono::DateTime;

use super::support::{Kept, check, drift, key, performance, segmented, start, window};
use crate::{Policy, REMOVED, WHOLE};

fn fare() -> assay_core::ops::incidents::IncidentKey {
    key("drift", Some("fare"), None, IncidentKind::Verdict)
}

fn millis(day: u32) -> i64 {
    DateTime::parse_from_rfc3339(&start(day)).expect("a time").timestamp_millis()
}

#[test]
fn what_is_pending_is_pending_and_counted_once() {
    let mut kept = Kept::with(Policy { fail: 2, ..Policy::default() });
    let bad = |day, pending| vec![window(day, false, vec![drift("fare", Outcome::Fail, Some(3), pending)])];
    assert_eq!(kept.run(1, bad(3, Some((1, 2)))), []);
    assert_eq!((kept.incidents[0].state, kept.incidents[0].bad), (IncidentState::Pending, 1));
    assert_eq!(kept.incidents[0].key, fare(), "whatever the test");
    assert_eq!(kept.incidents[0].since, millis(3), "since the window, not since the run");
    assert_eq!(kept.run(2, bad(4, None)), [Opened]);
    assert_eq!((kept.incidents[0].state, kept.incidents[0].bad), (IncidentState::Open, 2));
}

#[test]
fn what_was_confirmed_before_anybody_looked_is_open_at_once() {
    let mut kept = Kept::with(Policy { fail: 3, ..Policy::default() });
    let bad = vec![window(9, false, vec![drift("fare", Outcome::Warn, Some(5), None)])];
    assert_eq!(kept.run(1, bad), [Opened]);
    assert_eq!((kept.incidents[0].bad, kept.incidents[0].since), (3, millis(5)));
}

#[test]
fn the_windows_of_a_run_are_steps_oldest_first() {
    let mut kept = Kept::with(Policy { recover: 2, ..Policy::default() });
    let day = |day, outcome| window(day, false, vec![drift("fare", outcome, Some(day), None)]);
    let windows = vec![day(7, Outcome::Pass), day(5, Outcome::Fail), day(6, Outcome::Pass), day(8, Outcome::Fail)];
    assert_eq!(kept.run(1, windows).len(), 3);
    assert_eq!(kept.incidents.len(), 1);
    assert_eq!((kept.incidents[0].state, kept.incidents[0].reopened), (IncidentState::Open, 1));
    assert_eq!(kept.events.iter().filter(|event| event.kind == Resolved).count(), 1);
}

#[test]
fn a_window_that_is_evaluated_again_moves_nothing() {
    let mut kept = Kept::default();
    kept.run(1, vec![window(3, false, vec![drift("fare", Outcome::Fail, Some(3), None)])]);
    let mut again = window(3, false, vec![drift("fare", Outcome::Pass, None, None)]);
    let record = again.monitor.as_mut().and_then(|monitor| monitor.window.as_mut()).expect("a window");
    record.revision = 2;
    let before = kept.incidents.clone();
    assert_eq!(kept.run(2, vec![again]), []);
    assert_eq!(kept.incidents, before);
}

#[test]
fn labels_that_came_so_far_can_alarm_but_not_reassure() {
    let mut kept = Kept::default();
    let all = |day, partial, outcome, since| {
        let checks = vec![drift("fare", Outcome::Pass, None, None), performance(outcome, since)];
        window(day, partial, checks)
    };
    assert_eq!(kept.run(1, vec![all(5, true, Outcome::Fail, Some(5))]), [Opened]);
    assert_eq!(kept.incidents[0].key.check, "performance.rmse");
    assert_eq!(kept.run(2, vec![all(6, true, Outcome::Pass, None)]), [], "its labels are not all there");
    let late = window(4, false, vec![performance(Outcome::Pass, None)]);
    assert_eq!(kept.run(3, vec![late]), [], "that was before it began");
    let late = window(5, false, vec![performance(Outcome::Pass, None)]);
    assert_eq!(kept.run(4, vec![late]), [Resolved]);
}

#[test]
fn each_segment_has_an_incident_of_its_own() {
    let mut kept = Kept::with(Policy { fail: 2, ..Policy::default() });
    let of = |city| key("drift", Some("fare"), Some(city), IncidentKind::Verdict);
    let day = |day, seven, nine| {
        let segments = [("7", seven), ("9", nine)];
        vec![window(day, false, vec![segmented("fare", Outcome::Pass, &segments)])]
    };
    kept.run(1, day(3, Outcome::Fail, Outcome::Pass));
    kept.run(2, day(4, Outcome::Pass, Outcome::Fail));
    assert_eq!(kept.newest(&of("city_id=7")).state, IncidentState::Resolved, "one window each is not two in a row");
    assert_eq!(kept.newest(&of("city_id=9")).state, IncidentState::Pending);
    assert_eq!(kept.run(3, day(5, Outcome::Skipped, Outcome::Fail)), [Opened]);
    let incident = kept.newest(&of("city_id=9"));
    assert_eq!(incident.message, "psi 0.3125 (limit 0.25), 1203 live rows");
    assert!(!kept.incidents.iter().any(|incident| incident.key == fare()), "the column as a whole passed");
}

#[test]
fn what_is_no_longer_watched_is_over() {
    let mut kept = Kept::default();
    let columns = vec![
        drift("fare", Outcome::Fail, Some(3), None),
        drift("tip", Outcome::Fail, Some(3), None),
        segmented("distance", Outcome::Pass, &[("7", Outcome::Fail), ("9", Outcome::Fail)]),
    ];
    assert_eq!(kept.run(1, vec![window(3, false, columns)]), [Opened; 4]);

    let mut stopped = drift("distance", Outcome::Skipped, None, None);
    stopped.drift.as_mut().expect("a monitor's check").tests.clear();
    let stopped_and_same = vec![window(4, false, vec![drift("fare", Outcome::Fail, Some(3), None), stopped])];
    assert_eq!(kept.run(2, stopped_and_same), [Resolved], "`tip` is gone; what was not compared says nothing");

    let columns = vec![
        drift("fare", Outcome::Fail, Some(3), None),
        segmented("distance", Outcome::Pass, &[("7", Outcome::Fail)]),
    ];
    assert_eq!(kept.run(3, vec![window(5, false, columns)]), [Resolved]);
    let over = kept.incidents.iter().filter(|incident| incident.state == IncidentState::Resolved);
    let over: Vec<_> = over.map(|incident| (incident.key.column.as_deref(), incident.key.segment.as_deref())).collect();
    assert_eq!(over.len(), 2);
    assert!(over.contains(&(Some("tip"), None)) && over.contains(&(Some("distance"), Some("city_id=9"))));
    assert!(kept.incidents.iter().all(|incident| {
        incident.state != IncidentState::Resolved || incident.resolved_why.as_deref() == Some(REMOVED)
    }));

    let labels_alone = vec![window(4, false, vec![performance(Outcome::Pass, None)])];
    assert_eq!(kept.run(4, labels_alone), [], "late labels say nothing of columns");
}

#[test]
fn a_monitor_that_cannot_be_evaluated_is_one_incident() {
    let mut kept = Kept::default();
    let broken = || {
        let mut alone = check("monitor", None, Outcome::Error);
        alone.verdict = Verdict::not_run(NotRun::error("baseline_unknown", "no baseline `champion`"));
        let mut record = window(3, false, vec![alone]);
        record.monitor = Some(Box::default());
        record.snapshot = None;
        vec![record]
    };
    kept.run(1, broken());
    assert_eq!(kept.run(2, broken()), [Opened]);
    assert_eq!(kept.newest(&key(WHOLE, None, None, IncidentKind::Error)).message, "no baseline `champion`");

    let mut idle = window(3, false, vec![check("window", None, Outcome::Skipped)]);
    idle.monitor = Some(Box::default());
    assert_eq!(kept.run(3, vec![idle]), [Resolved], "no window was due, but it could be read");
}
