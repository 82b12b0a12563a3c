//! Clocks that were ahead, and were corrected.

use super::*;
use assay_core::ops::SCHEDULER;
use assay_core::ops::incidents::{Incident, IncidentFilter, IncidentState};

use crate::scheduler::corrected::{Corrected, Looked};
use crate::testing::Fixture;

const YEAR: Millis = 365 * 24 * HOUR;

fn incident_of(house: &House, document: &str) -> Incident {
    let filter = IncidentFilter { document: Some(document.into()), most: 9, ..IncidentFilter::default() };
    house.store.incidents(&filter).unwrap().remove(0)
}

fn once(house: &House, document: &str, goes: Goes) {
    house.workshop.goes(document, goes);
    let run = house.ask_for(document);
    house.until("the run", || house.store.run(&run.id).unwrap().is_some_and(|run| !run.state.is_open()));
}

/// Executions of a document at instants that were there.
fn executions_before(house: &House, document: &str, instant: Millis) -> usize {
    house.workshop.executed().iter().filter(|(name, planned, _)| name == document && *planned < instant).count()
}

#[test]
fn a_clock_that_was_a_year_ahead_is_recovered_from_by_itself() {
    let house = House::new(60, vec![document("a", Some("*/5 * * * *")), document("asked", None)]);
    let daemon = house.start("one");
    house.until("a run", || house.workshop.executions_of("a") == 1);
    house.workshop.goes("a", Goes::At(Outcome::Fail));
    house.clock.jump(YEAR);
    house.until("runs a year ahead", || house.workshop.executions_of("a") == 3);
    once(&house, "asked", Goes::At(Outcome::Fail));
    assert!(incident_of(&house, "a").planned > NOON + YEAR && incident_of(&house, "asked").planned > NOON + YEAR);

    house.clock.jump(-YEAR);
    let corrected_at = house.clock.elapsed();
    house.workshop.goes("a", Goes::At(Outcome::Pass));
    let soon = NOON + 2 * HOUR;
    house.until("schedules go on", || executions_before(&house, "a", soon) == 2);
    // two minutes until it is sure, five until the next instant
    let took = house.clock.elapsed() - corrected_at;
    assert!(took < 12 * MINUTE, "{} s", took / SECOND);
    house.until("what was open is over", || incident_of(&house, "a").state == IncidentState::Resolved);
    assert!(incident_of(&house, "a").resolved_at.unwrap() < soon);
    once(&house, "asked", Goes::At(Outcome::Pass));
    assert_eq!(incident_of(&house, "asked").state, IncidentState::Resolved);
    once(&house, "asked", Goes::At(Outcome::Fail));
    assert_eq!(incident_of(&house, "asked").state, IncidentState::Open);
    let newest = house.store.newest_runs().unwrap();
    assert!(newest.iter().all(|run| run.planned < soon), "{newest:#?}");
    daemon.stop();
    let runs = house.runs();
    assert!(is_once_each(&runs));
    // instants to come are nobody's yet, but those that were executed
    let to_come = runs.iter().filter(|run| run.planned > soon);
    assert!(to_come.clone().count() >= 2 && to_come.clone().all(|run| run.state == RunState::Finished), "{runs:#?}");
}

#[test]
fn what_a_daemon_held_that_died_while_its_clock_was_ahead_is_not_lost() {
    let house = House::new(60, vec![document("a", Some("*/5 * * * *")), document("held", None), document("b", None)]);
    house.clock.jump(YEAR);
    house.workshop.goes("held", Goes::Hangs);
    let daemon = house.start("one");
    house.until("it schedules", || house.store.cursors().unwrap().len() == 1);
    let held = house.ask_for("held");
    house.until("it runs", || house.workshop.executions_of("held") == 1);
    daemon.kill();
    let waiting = house.ask_for("b");
    house.clock.jump(-YEAR);
    house.workshop.goes("held", Goes::At(Outcome::Pass));

    // its leases have a year to go
    let daemon = house.start("two");
    house.until("another has the role and runs", || executions_before(&house, "a", NOON + HOUR) > 0);
    house.until("what it held is over", || {
        house.runs().iter().filter(|run| run.planned > NOON + HOUR).all(|run| !run.state.is_open())
    });
    for run in [&waiting, &held] {
        let run = house.store.run(&run.id).unwrap().unwrap();
        let reason = run.reason.as_ref().map(|reason| &*reason.code);
        assert_eq!((run.state, reason), (RunState::Skipped, Some("clock_corrected")), "{run:#?}");
    }
    once(&house, "b", Goes::At(Outcome::Pass));
    house.workshop.let_go.store(1, Ordering::SeqCst);
    daemon.stop();
    assert_eq!(house.workshop.executions_of("b"), 1);
}

#[test]
fn a_clock_that_wavers_changes_nothing() {
    let house = House::new(30, vec![document("a", Some("*/5 * * * *"))]);
    let daemon = house.start("one");
    house.until("a run", || house.workshop.executions_of("a") == 1);
    let before = house.store.cursors().unwrap();
    for _ in 0..3 {
        house.clock.jump(-YEAR);
        house.pass(MINUTE);
        house.clock.jump(YEAR);
        house.pass(30 * SECOND);
    }
    assert!(house.store.cursors().unwrap() >= before);
    house.until("it goes on", || house.workshop.executions_of("a") >= 2);
    daemon.stop();
    let runs = house.runs();
    assert!(is_once_each(&runs) && runs.iter().all(|run| run.planned > NOON), "{runs:#?}");
}

#[test]
fn a_clock_set_back_by_hours_executes_no_instant_twice() {
    let house = House::new(60, vec![document("a", Some("*/5 * * * *"))]);
    let daemon = house.start("one");
    house.until("two runs", || house.workshop.executions_of("a") == 2);
    house.clock.jump(-2 * HOUR);
    // the time before noon was nobody's
    house.until("it goes on", || executions_before(&house, "a", NOON) == 1);
    house.clock.jump(NOON + 4 * MINUTE - house.clock.now());
    house.until("it is there again", || {
        executions_before(&house, "a", NOON + HOUR) > executions_before(&house, "a", NOON + 11 * MINUTE)
    });
    daemon.stop();
    let mut instants: Vec<Millis> = house.workshop.executed().iter().map(|(_, planned, _)| *planned).collect();
    instants.sort_unstable();
    let executed = instants.len();
    instants.dedup();
    assert_eq!(instants.len(), executed, "{:#?}", house.runs());
    assert!(instants.ends_with(&[5, 10, 15].map(|minute| NOON + minute * MINUTE)), "{instants:?}");
    assert!(is_once_each(&house.runs()));
}

#[test]
fn a_clock_that_is_ahead_for_a_while_makes_nothing_old() {
    let house = House::new(240, vec![document("a", None)]);
    let daemon = house.start("one");
    once(&house, "a", Goes::At(Outcome::Pass));
    daemon.stop();
    let kept = house.runs_of("a");
    // when it starts
    house.clock.jump(YEAR);
    let daemon = house.start("one");
    house.pass(5 * MINUTE);
    house.clock.jump(-YEAR);
    house.pass(9 * MINUTE);
    assert_eq!(house.runs_of("a"), kept);
    daemon.stop();
    // while it works
    let daemon = house.start("one");
    house.pass(5 * MINUTE);
    house.clock.jump(YEAR);
    house.pass(8 * MINUTE);
    assert_eq!(house.runs_of("a"), kept);
    // it stays so: a year has gone by
    house.until("it is old", || house.runs_of("a").is_empty());
    daemon.stop();
}

#[test]
fn a_machine_whose_clock_is_behind_that_of_the_store_takes_nothing_back() {
    let fixture = Fixture::new(Vec::new());
    let present = fixture.store.clock().unwrap();
    assert!(present > fixture.daemon.now() + 24 * HOUR);
    let epoch = fixture.store.lead(SCHEDULER, "d-1", 60_000).unwrap().unwrap().epoch;
    let runtime = Runtime::new().unwrap();
    let rewinds_with = |cursor: Millis| {
        assert!(fixture.store.advance(epoch, &[("a".into(), cursor)]).unwrap());
        let mut corrected = Corrected::default();
        (0..30).any(|_| {
            fixture.clock.advance(10 * SECOND);
            runtime.block_on(corrected.look(&fixture.daemon, epoch)).unwrap() == Looked::Rewound
        })
    };
    assert!(!rewinds_with(present - HOUR), "it is of another daemon, whose clock is right");
    assert_eq!(fixture.store.cursors().unwrap()[0].1, present - HOUR);
    assert!(!rewinds_with(present + HOUR - MINUTE), "it is waited for");
    assert!(rewinds_with(present + YEAR));
    let cursor = fixture.store.cursors().unwrap()[0].1;
    assert!((present..present + HOUR).contains(&cursor));
}
