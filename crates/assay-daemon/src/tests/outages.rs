//! Nobody was there, and then somebody is.

use super::*;
use assay_core::ops::runs::Trigger;

#[test]
fn after_six_hours_each_of_a_hundred_documents_runs_once_and_the_rest_is_missed() {
    let names: Vec<String> = (0..100).map(|nth| format!("silver.table_{nth:03}")).collect();
    let house = House::new(60, names.iter().map(|name| document(name, Some("*/5 * * * *"))).collect());
    let daemon = house.start("one");
    house.pass(7 * MINUTE);
    house.until("the first runs", || house.runs().iter().filter(|run| run.state == RunState::Finished).count() == 100);
    daemon.stop();
    let before = house.runs().len();

    house.clock.jump(6 * HOUR);
    let back_at = house.clock.now();
    let daemon = house.start("one");
    let late = |run: &&Run| run.planned > NOON + 5 * MINUTE && run.planned <= back_at;
    let done = || house.runs().iter().filter(late).filter(|run| run.state == RunState::Finished).count();
    house.until("one run of each", || done() == 100);
    daemon.stop();

    let runs = house.runs();
    assert!(is_once_each(&runs));
    for name in &names {
        let of: Vec<&Run> = runs.iter().filter(|run| run.document == *name).filter(late).collect();
        let caught_up: Vec<&&Run> = of.iter().filter(|run| run.state == RunState::Finished).collect();
        let missed = of.iter().filter(|run| run.state == RunState::Missed).count();
        assert_eq!(caught_up.len(), 1, "{name}: {of:#?}");
        assert!((70..=73).contains(&missed), "{name}: {missed}");
        // the newest of those that were due
        assert_eq!(caught_up[0].planned, of.last().expect("some").planned);
    }
    // no stampede: they begin over half an interval, never more at once than may be
    let begins: Vec<Millis> = runs.iter().filter(late).filter_map(|run| run.started_at).collect();
    let spread = begins.iter().max().unwrap() - begins.iter().min().unwrap();
    assert!(spread > 2 * MINUTE, "{spread} ms");
    assert!(house.workshop.most_at_once.load(Ordering::SeqCst) <= SchedulerSettings::default().concurrency);
    assert_eq!(before, 100);
    assert_eq!(
        house.store.counted().unwrap().missed as usize,
        runs.iter().filter(|run| run.state == RunState::Missed).count()
    );
}

#[test]
fn what_was_missed_is_recorded_although_the_document_never_ran() {
    let house = House::new(60, vec![document("a", Some("0 * * * *"))]);
    let daemon = house.start("one");
    house.until("a cursor", || house.store.cursors().unwrap().len() == 1);
    daemon.kill();
    house.clock.jump(3 * HOUR);
    let daemon = house.start("one");
    house.until("three instants", || house.runs().len() >= 3 && house.runs().iter().all(|run| !run.state.is_open()));
    daemon.stop();
    assert_eq!(house.states_of("a"), [RunState::Missed, RunState::Missed, RunState::Finished]);
    assert_eq!(house.runs_of("a")[2].trigger, Trigger::Schedule);
}

#[test]
fn a_clock_that_is_set_back_runs_nothing_twice() {
    let house = House::new(60, vec![document("a", Some("*/5 * * * *"))]);
    let daemon = house.start("one");
    house.until("two runs", || house.workshop.executions_of("a") == 2);
    house.clock.jump(-HOUR);
    house.pass(10 * MINUTE);
    assert_eq!(house.workshop.executions_of("a"), 2);
    house.clock.jump(HOUR);
    house.until("it goes on", || house.workshop.executions_of("a") >= 3);
    daemon.stop();
    assert!(is_once_each(&house.runs()));
}

#[test]
fn a_clock_that_is_set_forwards_is_an_outage() {
    let house = House::new(60, vec![document("a", Some("*/5 * * * *"))]);
    let daemon = house.start("one");
    house.until("a run", || house.workshop.executions_of("a") == 1);
    house.clock.jump(2 * HOUR);
    house.until("another", || house.workshop.executions_of("a") == 2);
    daemon.stop();
    let missed = house.states_of("a").iter().filter(|state| **state == RunState::Missed).count();
    assert!((22..=25).contains(&missed), "{missed}");
}

#[test]
fn a_schedule_that_was_changed_before_a_restart_has_missed_nothing() {
    let house = House::new(60, vec![document("a", Some("0 0 * * *"))]);
    let daemon = house.start("one");
    house.until("a cursor", || house.store.cursors().unwrap().len() == 1);
    daemon.kill();
    house.clock.jump(10 * HOUR);
    let daemon = house.start("one");
    house.pass(5 * SECOND);
    house.workshop.project.lock().unwrap().as_mut().unwrap().insert("a".into(), document("a", Some("*/5 * * * *")));
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    house.until("it begins now", || house.store.cursors().unwrap()[0].1 > NOON + 9 * HOUR);
    daemon.kill();
    let daemon = house.start("one");
    house.until("a run", || house.workshop.executions_of("a") >= 1);
    daemon.stop();
    assert!(!house.states_of("a").contains(&RunState::Missed), "{:#?}", house.runs());
}
