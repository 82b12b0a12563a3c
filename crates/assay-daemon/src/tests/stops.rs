//! Ends in good order, and the other kind.

use super::*;

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

#[test]
fn a_run_whose_daemon_was_killed_three_times_is_an_error() {
    let house = House::new(60, vec![document("a", None)]);
    house.workshop.goes("a", Goes::Hangs);
    house.ask_for("a");
    for attempt in 1..=3 {
        let daemon = house.start("one");
        house.until("it runs", || house.workshop.executions_of("a") == attempt);
        daemon.kill();
    }
    let daemon = house.start("one");
    house.until("the end", || house.states_of("a") == [RunState::Finished]);
    let run = &house.runs_of("a")[0];
    assert_eq!((run.outcome, run.attempt), (Some(Outcome::Error), 3));
    assert_eq!(house.workshop.executions_of("a"), 3);
    house.workshop.let_go.store(1, Ordering::SeqCst);
    daemon.stop();
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
