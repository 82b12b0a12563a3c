//! Two daemons on one PostgreSQL: one dies in the middle of its work, the server is started anew.

use std::collections::BTreeSet;
use std::time::Duration;

use assay_core::ops::Ops;
use assay_core::ops::runs::{Run, RunFilter, RunState};
use assay_store::PostgresStore;
use assay_tests::daemon::held::Held;
use assay_tests::daemon::postgres::Server;
use assay_tests::daemon::{Client, Daemon, Project, Signal, wait};
use serde_json::json;

/// Tables that keep their readers waiting; as many as both daemons execute at once.
const HELD: usize = 8;
const SOON: Duration = Duration::from_secs(30);
/// A lease on a run and the look for those that ran out, on a machine that has other things to do.
const TAKEN_OVER: Duration = Duration::from_secs(60 + 5 + 20);
/// A lease on the role of the scheduler, likewise.
const LED: Duration = Duration::from_secs(15 + 1 + 5);

fn all(store: &PostgresStore) -> Vec<Run> {
    store.runs(&RunFilter { most: 10_000, ..RunFilter::default() }).expect("runs")
}

/// Of a process, among the names that daemons give themselves.
fn is_of(run: &Run, pid: u32) -> bool {
    run.holder.as_ref().is_some_and(|holder| holder.contains(&format!("-{pid}-")))
}

fn leader(server: &Server) -> String {
    server.value("SELECT holder FROM leases WHERE role = 'scheduler'")
}

#[test]
fn one_of_two_daemons_dies_and_the_server_is_started_anew() {
    let mut server = Server::start();
    let url = server.url();
    let project = Project::new(&format!(
        "state: {{url: \"{url}\"}}\nscheduler: {{concurrency: 4, per_connection: 16, jitter: 0s}}\n"
    ));
    let names: Vec<String> = (0..HELD).map(|nth| format!("silver.held{nth}")).collect();
    names.iter().for_each(|name| project.table(name, 50, ""));
    for nth in 0..4 {
        project.table(&format!("silver.often{nth}"), 50, "schedule: \"* * * * *\"\n");
    }
    let token = project.token("run");
    let store = PostgresStore::connect(&url).expect("a store");
    let first = Daemon::started(project.root());
    wait::holds("the first one schedules", SOON, || leader(&server).contains(&format!("-{}-", first.pid())));
    let second = Daemon::started(project.root());
    let clients = [&first, &second].map(|daemon| daemon.client(&token));

    // asked for through both, executed by both, none of them to its end
    let held = Held::all(
        &names.iter().map(|name| project.path(&format!("data/{}.csv", name.replace('.', "_")))).collect::<Vec<_>>(),
    );
    let ask = |(nth, name): (usize, &String)| clients[nth % 2].ask_for(&[name.as_str()]).remove(0);
    let asked: Vec<String> = names.iter().enumerate().map(ask).collect();
    let running = |pid: u32| all(&store).iter().filter(|run| run.state == RunState::Running && is_of(run, pid)).count();
    let both = || [&first, &second].map(|daemon| running(daemon.pid()));
    wait::holds("both are at work, on all of it", SOON, || both().iter().sum::<usize>() == HELD);
    assert!(both().iter().all(|runs| *runs > 0), "{:?}", both());
    let theirs: Vec<String> = all(&store)
        .into_iter()
        .filter(|run| is_of(run, first.pid()) && run.state == RunState::Running)
        .map(|run| run.id)
        .collect();

    first.end(Signal::Kill);
    let moved =
        wait::holds("the other one schedules", LED, || leader(&server).contains(&format!("-{}-", second.pid())));
    held.release();
    println!("the role moved after {moved:?}, {} runs to take over", theirs.len());
    let taken = wait::holds("its runs are executed by the other one", TAKEN_OVER, || {
        let runs = all(&store);
        theirs.iter().all(|id| {
            let run = runs.iter().find(|run| run.id == *id).expect("it is there");
            run.state == RunState::Finished
        })
    });
    println!("they were taken over after another {taken:?}");
    for run in all(&store).iter().filter(|run| theirs.contains(&run.id)) {
        assert!(is_of(run, second.pid()) && run.attempt == 2, "{run:?}");
    }
    for run in all(&store).iter().filter(|run| asked.contains(&run.id) && !theirs.contains(&run.id)) {
        assert_eq!((run.state, run.attempt), (RunState::Finished, 1), "{run:?}");
    }

    let third = Daemon::started(project.root());
    restart(&mut server, &[third.client(&token), second.client(&token)], &names);
    for daemon in [third, second] {
        assert_eq!(daemon.end(Signal::Term).code, Some(0));
    }
    look(&store, &asked);
}

/// Stops the server for as long as both need to notice, and starts it again.
fn restart(server: &mut Server, clients: &[Client; 2], names: &[String]) {
    server.stop();
    for client in clients {
        wait::holds("it is not ready", SOON, || client.get("/-/ready").json()["code"] == "store");
        assert_eq!(client.get("/-/healthy").status, 200);
    }
    server.resume();
    for client in clients {
        wait::holds("it is ready again", SOON, || client.get("/-/ready").status == 200);
    }
    for (client, name) in clients.iter().zip(names) {
        // tokens are read from the store anew every few seconds
        wait::holds("it takes orders again", SOON, || {
            client.post("/api/v1/runs", &json!({"documents": [name]})).status == 202
        });
        let run = client.ask_for(&[name]).remove(0);
        assert_eq!(client.ended(&run)["outcome"], "pass");
    }
}

/// What has to hold of all runs.
fn look(store: &PostgresStore, asked: &[String]) {
    let runs = all(store);
    let keys: BTreeSet<_> = runs.iter().map(|run| (&run.document, run.planned)).collect();
    assert_eq!(keys.len(), runs.len(), "no document has two runs of one instant");
    assert!(asked.iter().all(|id| runs.iter().any(|run| run.id == *id)));
    assert!(runs.iter().any(|run| run.document.starts_with("silver.often") && run.state == RunState::Finished));
    for run in &runs {
        assert!(!run.state.is_open(), "{run:?}");
        let has_record = store.record(&run.id).expect("readable").is_some();
        assert_eq!(has_record, run.state == RunState::Finished, "{run:?}");
    }
}
