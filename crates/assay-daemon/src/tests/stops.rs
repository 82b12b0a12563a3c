//! Ends in good order, and the other kind.

use super::*;
use assay_core::ops::incidents::{IncidentFilter, IncidentKind, IncidentState};

#[test]
fn a_run_under_way_may_finish_when_the_daemon_stops() {
    let house = House::new(60, vec![document("a", None)]);
    house.workshop.goes("a", Goes::Takes(20 * SECOND));
    let daemon = house.start("one");
    house.ask_for("a");
    house.until("it runs", || house.workshop.executions_of("a") == 1);
    daemon.stop();
    assert_eq!(house.states_of("a"), [RunState::Finished]);
}

#[test]
fn a_run_that_does_not_finish_in_time_is_interrupted_and_executed_again_under_its_id() {
    let house = House::new(60, vec![document("a", None)]);
    house.workshop.goes("a", Goes::Takes(HOUR));
    let daemon = house.start("one");
    let asked = house.ask_for("a");
    house.until("it runs", || house.workshop.executions_of("a") == 1);
    daemon.stop();
    assert_eq!(house.states_of("a"), [RunState::Interrupted]);
    house.workshop.goes("a", Goes::At(Outcome::Pass));
    let daemon = house.start("one");
    house.until("again", || house.states_of("a") == [RunState::Finished]);
    daemon.stop();
    let run = &house.runs_of("a")[0];
    assert_eq!((&run.id, run.attempt), (&asked.id, 2));
}

/// A run of `a` that is asked for, and whose process dies each time that it is executed; the daemon after that.
fn killed_three_times(house: &House) -> AtWork {
    let before = house.workshop.executions_of("a");
    let asked = house.ask_for("a");
    for attempt in 1..=3 {
        let daemon = house.start("one");
        house.until("it runs", || house.workshop.executions_of("a") == before + attempt);
        daemon.kill();
    }
    let daemon = house.start("one");
    house.until("the end", || house.store.run(&asked.id).unwrap().is_some_and(|run| !run.state.is_open()));
    assert_eq!(house.workshop.executions_of("a"), before + 3);
    let run = house.store.run(&asked.id).unwrap().unwrap();
    assert_eq!((run.state, run.outcome, run.attempt), (RunState::Finished, Some(Outcome::Error), 4));
    let reason = run.reason.unwrap();
    assert_eq!((&*reason.code, &*reason.text), ("interrupted", "its process ended before it did, 3 times"));
    daemon
}

#[test]
fn a_run_whose_process_died_three_times_ends_as_an_error_like_any_other() {
    let after = Document { depends_on: vec!["a".into()], ..document("b", None) };
    let house = House::new(60, vec![document("a", None), after]);
    house.workshop.goes("a", Goes::Hangs);
    let open = || house.store.incidents(&IncidentFilter { most: 9, ..IncidentFilter::default() }).unwrap();
    killed_three_times(&house).stop();
    assert_eq!(open().iter().map(|incident| incident.state).collect::<Vec<_>>(), [IncidentState::Pending]);
    let daemon = killed_three_times(&house);
    // two errors in a row
    let incidents = open();
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    let incident = &incidents[0];
    assert_eq!((incident.state, incident.key.kind), (IncidentState::Open, IncidentKind::Error));
    assert!(incident.message.contains("3 times"), "{}", incident.message);
    // what comes after it ran, it has a record, and /metrics tells of it
    house.until("what depends on it", || house.states_of("b") == [RunState::Finished; 2]);
    let runs = house.runs_of("a");
    assert!(runs.iter().all(|run| house.store.record(&run.id).unwrap().is_some()));
    let (_, told) = daemon.runtime.block_on(daemon.daemon.metrics.render(&daemon.daemon));
    let told = String::from_utf8(told.to_vec()).unwrap();
    assert!(told.contains("assay_check_error{contract=\"a\",check=\"row_count\",severity=\"fail\"} 1"), "{told}");
    house.workshop.let_go.store(1, Ordering::SeqCst);
    daemon.stop();
}

#[test]
fn a_run_that_was_handed_back_in_good_order_is_executed_however_often() {
    let house = House::new(20, vec![document("a", None)]);
    house.workshop.goes("a", Goes::Takes(HOUR));
    house.ask_for("a");
    for attempt in 1..=4 {
        let daemon = house.start("one");
        house.until("it runs", || house.workshop.executions_of("a") == attempt);
        daemon.stop();
        assert_eq!(house.states_of("a"), [RunState::Interrupted]);
    }
    house.workshop.goes("a", Goes::At(Outcome::Pass));
    let daemon = house.start("one");
    house.until("again", || house.states_of("a") == [RunState::Finished]);
    daemon.stop();
    assert_eq!((house.runs_of("a")[0].outcome, house.runs_of("a")[0].attempt), (Some(Outcome::Pass), 5));
}

#[test]
fn the_work_of_a_daemon_that_dies_is_done_by_another_and_nothing_runs_twice_within_an_interval() {
    let names: Vec<String> = (0..12).map(|nth| format!("t{nth:02}")).collect();
    let house = House::new(60, names.iter().map(|name| document(name, Some("*/5 * * * *"))).collect());
    for name in &names {
        house.workshop.goes(name, Goes::Takes(30 * SECOND));
    }
    let [one, two] = [house.start("one"), house.start("two")];
    let held_by = |holder: &str, state: RunState| {
        house.runs().iter().any(|run| run.holder.as_deref() == Some(holder) && run.state == state)
    };
    house.until("both work", || held_by("one", RunState::Running) && held_by("two", RunState::Running));
    one.kill();
    let killed_at = house.clock.now();
    let later = |run: &&Run| run.planned > killed_at;
    house.until("two goes on", || {
        let runs = house.runs();
        let done = runs.iter().filter(later).filter(|run| run.state == RunState::Finished).count() >= names.len();
        done && runs.iter().filter(|run| run.planned <= killed_at).all(|run| !run.state.is_open())
    });
    two.stop();
    let runs = house.runs();
    assert!(is_once_each(&runs));
    assert!(runs.iter().filter(later).all(|run| run.holder.as_deref() != Some("one")), "{runs:#?}");
    // what the dead one had begun was executed once more, under the same id
    assert!(runs.iter().any(|run| run.planned <= killed_at && run.attempt == 2 && run.state == RunState::Finished));
}
