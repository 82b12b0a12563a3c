//! A store that fails while the daemon works: it says so, everything else goes on, and so does the store's part as soon
//! as the store does.

use std::time::Duration;

use assay_core::ops::Ops;
use assay_core::ops::runs::{RunFilter, RunState};
use assay_tests::daemon::held::Held;
use assay_tests::daemon::tools::{self, Locked};
use assay_tests::daemon::{Client, Daemon, Project, Signal, wait};
use serde_json::json;

const SOON: Duration = Duration::from_secs(30);

fn project() -> (Project, String) {
    let project = Project::new("scheduler: {concurrency: 4, per_connection: 4}\n");
    for name in ["silver.a", "silver.b", "silver.c"] {
        project.table(name, 50, "");
    }
    let token = project.token("run");
    (project, token)
}

/// Not ready, for the store's sake, and says what is wrong with it; who only looks is served all the same.
fn fails(client: &Client, says: &str) {
    wait::until(&format!("/-/ready says `{says}`"), SOON, || {
        let ready = client.get("/-/ready");
        (ready.status == 503 && ready.json()["code"] == "store" && ready.body.contains(says)).then_some(())
    });
    assert_eq!(client.get("/-/healthy").status, 200);
    assert_eq!(client.get("/metrics").status, 200);
    assert_eq!(client.get("/api/v1/runs").status, 200, "what can be read is shown");
    assert_eq!(client.get("/").status, 200);
    assert_eq!(client.metric("assay_store_up"), Some(0.0));
}

fn recovers(client: &Client) {
    wait::holds("/-/ready says that all is well", SOON, || client.get("/-/ready").status == 200);
    wait::holds("the metric says so", SOON, || client.metric("assay_store_up") == Some(1.0));
    assert!(client.metric("assay_store_errors_total") > Some(0.0));
}

/// Every run that was asked for was executed to an end, once.
fn assert_whole(project: &Project, ids: &[String]) {
    let store = project.store();
    store.verify().expect("a sound store");
    let runs = store.runs(&RunFilter { most: 1000, ..RunFilter::default() }).expect("runs");
    for id in ids {
        let found: Vec<_> = runs.iter().filter(|run| run.id == *id).collect();
        assert_eq!(found.len(), 1, "{id}");
        assert_eq!((found[0].state, found[0].attempt), (RunState::Finished, 1), "{:?}", found[0]);
        assert!(store.record(id).expect("readable").is_some(), "{id} has its record");
    }
    assert_eq!(runs.len(), ids.len(), "{runs:?}");
}

#[test]
fn a_store_that_another_process_locks() {
    let (project, token) = project();
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    let mut ids = client.ask_for(&["silver.a"]);
    client.ended(&ids[0]);

    // one run is under way when the lock is taken, and ends meanwhile
    let held = Held::all(&[project.path("data/silver_b.csv")]);
    ids.extend(client.ask_for(&["silver.b"]));
    wait::holds("the run begins", SOON, || client.run(&ids[1])["state"] == "running");
    let locked = Locked::on(&project.path(".assay/state.db"));
    held.release();
    fails(&client, "locked");
    let refused = client.post("/api/v1/runs", &json!({"documents": ["silver.c"]}));
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(client.run(&ids[1])["state"], "running", "its end waits to be written");

    locked.release();
    recovers(&client);
    assert_eq!(client.ended(&ids[1])["outcome"], "pass");
    ids.extend(client.ask_for(&["silver.c"]));
    assert_eq!(client.ended(&ids[2])["outcome"], "pass");
    daemon.end(Signal::Term);
    assert_whole(&project, &ids);
}

#[test]
fn a_disk_without_room() {
    let (project, token) = project();
    let daemon = Daemon::through(&tools::BOUND_IN_SIZE, project.root(), &[], &[]).expect("it starts");
    let client = daemon.client(&token);
    let mut ids = client.ask_for(&["silver.a"]);
    client.ended(&ids[0]);

    let held = Held::all(&[project.path("data/silver_b.csv")]);
    ids.extend(client.ask_for(&["silver.b"]));
    wait::holds("the run begins", SOON, || client.run(&ids[1])["state"] == "running");
    tools::limit_files(daemon.pid(), "0");
    held.release();
    fails(&client, "the store");
    let refused = client.post("/api/v1/runs", &json!({"documents": ["silver.c"]}));
    assert_eq!(refused.status, 503, "{refused:?}");

    tools::limit_files(daemon.pid(), "unlimited");
    recovers(&client);
    assert_eq!(client.ended(&ids[1])["outcome"], "pass");
    ids.extend(client.ask_for(&["silver.c"]));
    assert_eq!(client.ended(&ids[2])["outcome"], "pass");
    daemon.end(Signal::Term);
    assert_whole(&project, &ids);
}

#[test]
fn a_disk_that_has_no_room_when_the_daemon_starts() {
    let (project, _) = project();
    let full = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];
    let ended = Daemon::refused(&full, project.root(), &[], &[]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.log.contains("state.db") && !ended.log.contains("panicked"), "{ended:?}");
    Daemon::started(project.root()).end(Signal::Term);
}
