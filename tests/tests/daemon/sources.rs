//! Tables that hang or are slow, and a project that is broken while the daemon works: others go on.

use std::fs;
use std::time::Duration;

use assay_tests::daemon::held::Held;
use assay_tests::daemon::{Daemon, Project, Signal, wait};

const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_table_that_hangs_costs_its_own_time_only() {
    let project = Project::new("scheduler: {timeout: 2s, concurrency: 2, per_connection: 2}\n");
    for name in ["silver.hangs", "silver.waits", "silver.other"] {
        let limit = if name == "silver.waits" { "schedule: {cron: \"0 3 1 1 *\", timeout: 20s}\n" } else { "" };
        project.table(name, 50, limit);
    }
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    let [hangs, waits] = ["hangs", "waits"].map(|name| project.path(&format!("data/silver_{name}.csv")));
    let (never, late) = (Held::all(&[hangs]), Held::all(&[waits]));

    let stuck = client.ask_for(&["silver.hangs"]).remove(0);
    let slow = client.ask_for(&["silver.waits"]).remove(0);
    wait::holds("both run", SOON, || [&stuck, &slow].iter().all(|id| client.run(id)["state"] == "running"));
    let seen = client.ended(&stuck);
    assert_eq!((&seen["state"], &seen["outcome"]), (&"cancelled".into(), &"error".into()), "{seen}");
    assert_eq!(seen["reason"]["code"], "timeout", "{seen}");
    assert_eq!(client.get("/-/ready").status, 200);

    // its slot is free again, its thread is not: what cannot be executed says so
    let other = client.ask_for(&["silver.other"]).remove(0);
    assert_eq!(client.ended(&other)["outcome"], "pass");
    let again = client.ask_for(&["silver.hangs"]).remove(0);
    let seen = client.ended(&again);
    assert_eq!((&seen["state"], &seen["reason"]["code"]), (&"cancelled".into(), &"still_hanging".into()), "{seen}");

    // slow is not stuck
    assert_eq!(client.run(&slow)["state"], "running");
    late.release();
    let seen = client.ended(&slow);
    assert_eq!((&seen["state"], &seen["outcome"]), (&"finished".into(), &"pass".into()), "{seen}");

    never.release();
    wait::holds("it is executed again once its source answers", SOON, || {
        let run = client.ask_for(&["silver.hangs"]).remove(0);
        client.ended(&run)["outcome"] == "pass"
    });
    let ended = daemon.end(Signal::Term);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_table_that_is_gone_is_an_error_of_its_own() {
    let project = Project::new("");
    project.table("silver.gone", 50, "");
    project.table("silver.there", 50, "");
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    fs::remove_file(project.path("data/silver_gone.csv")).expect("it was there");
    let ids = client.ask_for(&["silver.gone", "silver.there"]);
    assert_eq!(client.ended(&ids[0])["outcome"], "error");
    assert_eq!(client.ended(&ids[1])["outcome"], "pass");
    assert_eq!(client.get("/-/ready").status, 200);
}

#[test]
fn what_is_broken_is_not_applied() {
    let project = Project::new("");
    project.table("silver.a", 50, "");
    let token = project.token("admin");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    let (path, successful) = ("checks/silver/silver_a.yaml", "assay_config_last_reload_successful");
    let good = fs::read_to_string(project.path(path)).expect("a contract");
    let checks = |client: &assay_tests::daemon::Client| client.get("/api/v1/documents/silver.a").body;
    let before = checks(&client);
    assert_eq!(client.metric(successful), Some(1.0));

    project.write(path, &good.replace("required: true", "requird: true"));
    let answer = client.send("/-/reload", "text/plain", &[], b"");
    assert_eq!(answer.status, 422, "{answer:?}");
    for says in ["silver_a.yaml:", "requird", "required"] {
        assert!(answer.body.contains(says), "{answer:?}");
    }
    assert_eq!(client.metric(successful), Some(0.0));
    assert_eq!(checks(&client), before, "the former one stays");
    assert_eq!(client.get("/-/ready").status, 200);
    assert_eq!(client.ended(&client.ask_for(&["silver.a"])[0])["outcome"], "pass", "and is executed");

    project.write(path, &good);
    daemon.signal(Signal::Hup);
    wait::holds("a signal reads it anew", SOON, || client.metric(successful) == Some(1.0));
    project.write(path, "assay: 1\n\ttable: [");
    daemon.signal(Signal::Hup);
    wait::holds("and says what is wrong", SOON, || client.metric(successful) == Some(0.0));
    project.write(path, &good.replace("min: 1", "min: 500"));
    assert_eq!(client.send("/-/reload", "text/plain", &[], b"").status, 200);
    assert_eq!(client.metric(successful), Some(1.0));
    assert_eq!(client.ended(&client.ask_for(&["silver.a"])[0])["outcome"], "fail", "the new one counts");
    let ended = daemon.end(Signal::Term);
    assert!(ended.log.contains("not reloaded: the former configuration stays"), "{}", ended.log);
}
