//! Sources that hang, programs that break, configurations that are wrong, stores that fail.

use super::*;

fn code(run: &Run) -> Option<&str> {
    run.reason.as_ref().map(|reason| &*reason.code)
}

#[test]
fn a_run_that_takes_too_long_is_cancelled_and_is_an_error() {
    let house = House::new(60, vec![document("slow", None), document("quick", Some("*/5 * * * *"))]);
    house.settings(|scheduler| scheduler.timeout = 2 * MINUTE);
    house.workshop.goes("slow", Goes::Takes(HOUR));
    let daemon = house.start("one");
    house.ask_for("slow");
    house.until("the end", || house.states_of("slow") == [RunState::Cancelled]);
    let run = &house.runs_of("slow")[0];
    assert_eq!((run.outcome, code(run)), (Some(Outcome::Error), Some("timeout")));
    // it could not be evaluated, and everybody who asks what the document was last hears so
    assert!(house.store.record(&run.id).unwrap().is_some());
    assert_eq!(house.store.newest_runs().unwrap()[0].id, run.id);
    let (_, told) = daemon.runtime.block_on(daemon.daemon.metrics.render(&daemon.daemon));
    let told = String::from_utf8(told.to_vec()).unwrap();
    assert!(told.contains("assay_check_error{contract=\"slow\",check=\"row_count\",severity=\"fail\"} 1"), "{told}");
    assert!(!told.contains("assay_check_success{contract=\"slow\""), "{told}");
    house.until("others", || house.workshop.executions_of("quick") > 0);
    daemon.stop();
}

#[test]
fn a_source_that_hangs_costs_one_thread_and_no_others() {
    let house = House::new(60, vec![document("hung", None), document("quick", Some("*/5 * * * *"))]);
    house.settings(|scheduler| (scheduler.timeout, scheduler.concurrency) = (MINUTE, 1));
    house.workshop.goes("hung", Goes::Hangs);
    let daemon = house.start("one");
    house.ask_for("hung");
    house.until("the end", || house.states_of("hung") == [RunState::Cancelled]);
    house.until("others", || house.workshop.executions_of("quick") > 1);
    // while the thread hangs there is no second one
    house.ask_for("hung");
    house.until("the second", || house.states_of("hung") == [RunState::Cancelled; 2]);
    assert_eq!(code(&house.runs_of("hung")[1]), Some("still_hanging"));
    assert_eq!(house.workshop.executions_of("hung"), 1);
    // once it ended, the document runs again
    house.workshop.let_go.store(1, Ordering::SeqCst);
    house.until("the thread", || daemon.daemon.at_work.is_empty());
    house.ask_for("hung");
    house.until("the third", || house.states_of("hung").last() == Some(&RunState::Finished));
    daemon.stop();
}

#[test]
fn a_run_that_breaks_off_is_an_error_and_others_go_on() {
    let house = House::new(60, vec![document("broken", None), document("quick", None)]);
    house.workshop.goes("broken", Goes::Panics);
    let daemon = house.start("one");
    house.ask_for("broken");
    house.ask_for("quick");
    house.until("both", || house.runs().iter().all(|run| run.state == RunState::Finished) && house.runs().len() == 2);
    assert_eq!(house.runs_of("broken")[0].outcome, Some(Outcome::Error));
    assert_eq!(house.runs_of("quick")[0].outcome, Some(Outcome::Pass));
    daemon.stop();
}

#[test]
fn a_bad_configuration_is_never_applied() {
    let house = House::new(60, vec![document("a", Some("*/5 * * * *"))]);
    let daemon = house.start("one");
    let good = house.workshop.project.lock().unwrap().clone();
    let bad = NotLoaded { summary: "1 problem".into(), problems: vec!["checks/a.yaml:3:1: what".into()] };
    *house.workshop.project.lock().unwrap() = Err(bad.clone());
    assert_eq!(daemon.runtime.block_on(daemon.daemon.reload()), Err(bad));
    assert_eq!(daemon.daemon.gauges.reload_ok.load(Ordering::Relaxed), 0);
    house.until("the old one goes on", || house.workshop.executions_of("a") > 0);
    // and a good one is
    let mut documents = good.unwrap();
    documents.insert("b".into(), document("b", Some("*/5 * * * *")));
    *house.workshop.project.lock().unwrap() = Ok(documents);
    assert_eq!(daemon.runtime.block_on(daemon.daemon.reload()), Ok(true));
    assert_eq!(daemon.runtime.block_on(daemon.daemon.reload()), Ok(false));
    house.until("the new one", || house.workshop.executions_of("b") > 0);
    daemon.stop();
}

#[test]
fn a_store_that_is_locked_for_a_while_costs_time_and_nothing_else() {
    let house = House::new(60, vec![document("a", Some("* * * * *"))]);
    let daemon = house.start("one");
    house.until("a run", || house.states_of("a").contains(&RunState::Finished));
    let locker = house.lock_store();
    let before = house.workshop.executions_of("a");
    house.pass(5 * MINUTE);
    drop(locker);
    house.until("it goes on", || house.workshop.executions_of("a") >= before + 2);
    daemon.stop();
    let runs = house.runs();
    assert!(is_once_each(&runs) && runs.iter().all(|run| !run.state.is_open()), "{runs:#?}");
}
