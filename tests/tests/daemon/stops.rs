//! Being told to end while there is something under way.

use std::time::Duration;

use assay_tests::daemon::held::Held;
use assay_tests::daemon::{Client, Daemon, Project, Signal, wait};

const SOON: Duration = Duration::from_secs(30);

/// A daemon with one run under way, on a table that keeps it waiting.
fn under_way(grace: &str) -> (Project, Daemon, Client, String, Held) {
    let project = Project::new("");
    project.table("silver.a", 50, "");
    let token = project.token("run");
    let daemon = Daemon::start(project.root(), &["--grace", grace], &[]).expect("it starts");
    let client = daemon.client(&token);
    let held = Held::all(&[project.path("data/silver_a.csv")]);
    let run = client.ask_for(&["silver.a"]).remove(0);
    wait::holds("the run begins", SOON, || client.run(&run)["state"] == "running");
    daemon.signal(Signal::Term);
    wait::holds("it is not ready any more", SOON, || client.get("/-/ready").json()["code"] == "stopping");
    (project, daemon, client, run, held)
}

#[test]
fn what_is_under_way_may_finish() {
    let (project, daemon, client, run, held) = under_way("30");
    // it still answers, and takes no new work
    assert_eq!(client.run(&run)["state"], "running");
    held.release();
    let ended = daemon.end(Signal::Cont);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let again = Daemon::started(project.root());
    let seen = again.client(&project.token("read")).run(&run);
    assert_eq!((&seen["state"], &seen["outcome"], &seen["attempt"]), (&"finished".into(), &"pass".into(), &1.into()));
    again.end(Signal::Term);
}

#[test]
fn what_does_not_finish_in_time_is_executed_again_under_its_id() {
    let (project, daemon, _, run, held) = under_way("1");
    let ended = daemon.end(Signal::Cont);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.log.contains("they are executed again"), "{}", ended.log);
    held.release();
    let again = Daemon::started(project.root());
    let seen = again.client(&project.token("read")).ended(&run);
    assert_eq!((&seen["state"], &seen["outcome"], &seen["attempt"]), (&"finished".into(), &"pass".into(), &2.into()));
    again.end(Signal::Term);
}

#[test]
fn told_twice_it_ends_at_once() {
    let (project, daemon, _, run, held) = under_way("30");
    let ended = daemon.end(Signal::Term);
    assert_eq!(ended.code, Some(130), "{ended:?}");
    held.release();
    let again = Daemon::started(project.root());
    let seen = again.client(&project.token("read")).ended(&run);
    assert_eq!((&seen["outcome"], &seen["attempt"]), (&"pass".into(), &2.into()), "{seen}");
    again.end(Signal::Term);
}
