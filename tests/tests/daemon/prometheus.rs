//! A real Prometheus scrapes a daemon that is made to fail in every way that there is an alert for; each alert fires, and
//! is over once what it tells of is mended. Then every expression of the dashboards has data.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use assay_core::drift::store::Commit;
use assay_core::engine::Cost;
use assay_core::ops::incidents::Decided;
use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Delivery, Message, MessageState};
use assay_core::ops::runs::{Claim, Ending, Enqueue, Finished, Kind, Run, RunState, Trigger};
use assay_core::ops::{Millis, NOTIFIER, Ops, SCHEDULER};
use assay_core::run::{RunRecord, TableRecord};
use assay_core::stored;
use assay_core::verdict::Outcome;
use assay_store::SqliteStore;
use assay_tests::daemon::prometheus::{Prometheus, deploy};
use assay_tests::daemon::tools::Locked;
use assay_tests::daemon::{Client, Daemon, Project, Signal, wait};
use chrono::{TimeDelta, Utc};

const HOUR: Millis = 3_600_000;
const SOON: Duration = Duration::from_secs(30);
/// Every document that is run once before it is looked at, and again when it is mended.
const DOCUMENTS: [&str; 5] = ["silver.broken", "silver.warns", "silver.gone", "silver.old", "fare_eta"];
/// What fires while data are bad.
const OF_DATA: [&str; 6] = [
    "AssayCheckFailing silver.broken",
    "AssayCheckWarning silver.warns",
    "AssayCheckError silver.gone",
    "AssayDatasetStale silver.old",
    "AssayContractStale silver.late",
    "AssayDriftDetected fare_eta",
];

#[test]
fn each_alert_fires_and_resolves_and_each_expression_has_data() {
    let project = project();
    let token = project.token("admin");
    run_of_hours_ago(&project.store(), "silver.late");
    let daemon = Daemon::started(project.root());
    let listen = daemon.address.clone();
    let client = daemon.client(&token);
    let prometheus = Prometheus::start(&listen, &token, &deploy().join("prometheus/assay.rules.yml"));
    run_all(&client);
    prometheus.fires(&OF_DATA);
    told_what_is_wrong(&project, &client, &prometheus);

    assert_eq!(daemon.end(Signal::Term).code, Some(0));
    prometheus.fires(&["AssayDown"]);
    let message = undelivered(&project.store());
    nobody_was_there(&project.store(), "silver.often");
    project.table("silver.often", 50, "schedule: \"* * * * *\"\n");
    mend(&project);

    let daemon = Daemon::start(project.root(), &["--listen", &listen], &[]).expect("it starts");
    prometheus.fires(&["AssayRunsMissed", "AssayNotificationsFailing", "AssayOutboxStuck"]);
    run_all(&client);
    client.ended(&client.ask_for(&["silver.late"])[0]);
    let at = Utc::now().timestamp_millis();
    assert!(project.store().delivered(&message, &Delivery::Delivered { at }, &[]).expect("it can be noted"));
    prometheus.resolves(&OF_DATA);
    prometheus.resolves(&["AssayDown", "AssayOutboxStuck", "AssayRunsMissed", "AssayNotificationsFailing"]);

    let locked = Locked::on(&project.path(".assay/state.db"));
    // who cannot renew the role looks for nothing that is due
    prometheus.fires(&["AssayStoreDown", "AssaySchedulerStalled"]);
    locked.release();
    prometheus.resolves(&["AssayStoreDown", "AssaySchedulerStalled"]);
    assert_eq!(prometheus.firing(), Vec::<String>::new());

    every_family_is_there(&prometheus);
    every_expression_has_data(&prometheus);
    daemon.end(Signal::Term);
    assert_eq!(prometheus.log(), "", "Prometheus took everything as it was");
}

fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    (0..).scan(seed, |state: &mut u64, _: u64| {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        Some(*state)
    })
}

/// Trips with a distance from this one on, and what a model thought of them.
fn trips(project: &Project, name: &str, from: u64, seed: u64) {
    let rows = numbers(seed).take(800).enumerate();
    let row = |(id, number): (usize, u64)| {
        format!("{id},{}.5,{},{}.5\n", from + number % 20, ["a", "b", "c"][(number / 20 % 3) as usize], 20 + number % 9)
    };
    project.write(
        &format!("data/{name}.csv"),
        &format!("id,distance,city,predicted\n{}", rows.map(row).collect::<String>()),
    );
}

fn events(project: &Project, days_ago: i64) {
    let newest = (Utc::now() - TimeDelta::days(days_ago)).format("%Y-%m-%dT%H:%M:%SZ");
    project.write("data/silver_old.csv", &format!("id,amount,at\n1,5,{newest}\n"));
}

/// A project in which something is wrong with everything.
fn project() -> Project {
    let project = Project::new("");
    project.table("silver.broken", 50, "");
    project.write("data/silver_broken.csv", "id,amount\n1,5\n1,5000\n");
    project.table("silver.warns", 50, "");
    let warns = fs::read_to_string(project.path("checks/silver/silver_warns.yaml")).expect("a contract");
    project.write("checks/silver/silver_warns.yaml", &warns.replace("min: 1}", "min: 100, severity: warn}"));
    project.table("silver.gone", 50, "");
    fs::remove_file(project.path("data/silver_gone.csv")).expect("it was there");

    project.table("silver.old", 50, "schedule: \"0 3 1 1 *\"\n");
    let old = fs::read_to_string(project.path("checks/silver/silver_old.yaml")).expect("a contract");
    let checks = "columns:\n  at: {type: \"timestamp[UTC]\"}\n";
    let fresh = format!("{}  - freshness: {{column: at, max_age: 30d}}\n", old.replace("columns:\n", checks));
    project.write("checks/silver/silver_old.yaml", &fresh);
    events(&project, 3);
    // due two hours ago, and a day after that
    let due = Utc::now() - TimeDelta::hours(2);
    project.table("silver.late", 50, &format!("schedule: \"{} * * *\"\n", due.format("%-M %-H")));

    trips(&project, "train", 0, 0x1234_5678_9abc_def1);
    trips(&project, "live", 15, 0x2234_5678_9abc_def1);
    let actual: String = (0..800).map(|id| format!("{id},{}.0\n", 20 + id % 9)).collect();
    project.write("data/actual.csv", &format!("id,minutes\n{actual}"));
    project.write(
        "checks/silver/actual.yaml",
        "assay: 1\ntable: silver.actual\nsource: {format: csv, path: data/actual.csv}\ncolumns:\n  \
         id: {type: int64}\n  minutes: {type: float64}\n",
    );
    project.write(
        "checks/models/fare_eta.yaml",
        "assay: 1\nmonitor: fare_eta\nowner: ml@shop.example\nsource: {format: csv, path: data/live.csv}\nid: id\n\
         baseline: {from: {format: csv, path: data/train.csv}}\nschedule: \"0 3 1 1 *\"\ncolumns:\n  \
         id: {type: int64}\n  distance: numeric\n  city: categorical\n\
         prediction: {column: predicted, task: regression}\n\
         labels: {table: silver.actual, key: id, column: minutes}\nperformance: [{metric: rmse, max: 100}]\n",
    );
    project
}

fn run_all(client: &Client) {
    for id in client.ask_for(&DOCUMENTS) {
        let run = client.ended(&id);
        assert_eq!(run["state"], "finished", "{run}");
    }
}

/// Mends all that `project` made wrong.
fn mend(project: &Project) {
    for name in ["broken", "gone"] {
        project.write(&format!("data/silver_{name}.csv"), "id,amount\n1,5\n2,6\n");
    }
    let rows: String = (0..200).map(|id| format!("{id},5\n")).collect();
    project.write("data/silver_warns.csv", &format!("id,amount\n{rows}"));
    events(project, 0);
    trips(project, "live", 0, 0x2234_5678_9abc_def1);
}

/// Too many series; then files that cannot be loaded.
fn told_what_is_wrong(project: &Project, client: &Client, prometheus: &Prometheus) {
    let reload = || client.send("/-/reload", "text/plain", &[], b"").status;
    let settings = fs::read_to_string(project.path("assay.yaml")).expect("settings");
    project.write("assay.yaml", &format!("{settings}metrics: {{max_series: 100}}\n"));
    assert_eq!(reload(), 200);
    prometheus.fires(&["AssaySeriesDropped"]);
    project.write("assay.yaml", &format!("{settings}metrics: {{max_series: none}}\n"));
    assert_eq!(reload(), 422);
    prometheus.fires(&["AssayConfigReloadFailed"]);
    project.write("assay.yaml", &settings);
    assert_eq!(reload(), 200);
    prometheus.resolves(&["AssaySeriesDropped", "AssayConfigReloadFailed"]);
}

/// A run of a document that was planned three hours ago, as the only one that there was.
fn run_of_hours_ago(store: &SqliteStore, document: &str) {
    let planned = Utc::now().timestamp_millis() - 3 * HOUR;
    let run = Run {
        id: "run-00000000000000000000".into(),
        document: document.into(),
        kind: Kind::Contract,
        trigger: Trigger::Manual,
        planned,
        not_before: planned,
        priority: 0,
        source: None,
        state: RunState::Queued,
        reason: None,
        attempt: 0,
        holder: None,
        lease_until: None,
        queued_at: planned,
        started_at: None,
        ended_at: None,
        outcome: None,
        result: None,
        related: None,
        requested_by: None,
    };
    store.trigger(&Enqueue { run, cursor: None, overlaps: false }).expect("it can be queued");
    let claim = Claim { holder: "test".into(), lease: 60_000, most: 1, per_source: 1, after: Vec::new() };
    let claimed = store.claim(&claim).expect("it can be taken").remove(0).run;
    let table = TableRecord {
        table: document.into(),
        layer: None,
        owner: None,
        contract_path: String::new(),
        contract_sha256: String::new(),
        snapshot: None,
        reason: None,
        cost: Cost::default(),
        monitor: None,
        checks: Vec::new(),
    };
    let record = RunRecord {
        id: "r-0000000000000000".into(),
        as_of: "2026-01-01T00:00:00Z".into(),
        vars: Vec::new(),
        notes: Vec::new(),
        tables: vec![table],
    };
    let finished = Finished {
        run: claimed.id,
        attempt: claimed.attempt,
        holder: "test".into(),
        state: RunState::Finished,
        reason: None,
        outcome: Outcome::Pass,
        result: record.id.clone(),
        ended_at: planned,
        record: Some(stored::write(&record).0),
        samples: None,
        commit: Commit::default(),
        downstream: Vec::new(),
    };
    let ending = store.finish(&finished, &mut |_| Decided::default()).expect("it can be written");
    assert!(matches!(ending, Ending::Written { .. }), "{ending:?}");
}

/// Messages that were given up, and one that waits for an hour: gives its id.
fn undelivered(store: &SqliteStore) -> String {
    let now = Utc::now().timestamp_millis();
    let message = |id: &str, created_at: Millis| Message {
        id: id.into(),
        group: "g".into(),
        receiver: "team".into(),
        target: String::new(),
        integration: "webhook".into(),
        reason: "opened".into(),
        body: "{}".into(),
        incidents: vec![],
        created_at,
        state: MessageState::Waiting,
        attempts: 1,
        next_at: now + HOUR,
        last_error: None,
        ended_at: None,
    };
    let lease = store.lead(NOTIFIER, "test", 5_000).expect("a lease").expect("nobody has it");
    let messages = vec![message("msg_dead", now), message("msg_waits", now - HOUR)];
    let notified = Notified { messages, ..Notified::default() };
    assert!(store.notify(lease.epoch, &notified).expect("they can be written"));
    let given_up = Delivery::Dead { at: now, reason: "permanent".into(), error: "the receiver answered 404".into() };
    assert!(store.delivered("msg_dead", &given_up, &[]).expect("it can be noted"));
    store.resign(NOTIFIER, "test").expect("it can be given back");
    "msg_waits".into()
}

/// A document was dealt with five minutes ago, and nobody was there since.
fn nobody_was_there(store: &SqliteStore, document: &str) {
    let lease = store.lead(SCHEDULER, "test", 5_000).expect("a lease").expect("nobody has it");
    let cursor = (document.to_owned(), Utc::now().timestamp_millis() - 5 * 60_000);
    assert!(store.advance(lease.epoch, &[cursor]).expect("it can be written"));
    store.resign(SCHEDULER, "test").expect("it can be given back");
}

/// All families of docs/metrics.md: every kind of thing that there are series of was there.
fn every_family_is_there(prometheus: &Prometheus) {
    let page = fs::read_to_string(deploy().join("../docs/metrics.md")).expect("the page");
    let told = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let told = told.filter(|(name, rest)| {
        let is_family = name.starts_with("assay_") || name.starts_with("process_");
        is_family && rest.matches('|').count() == 4
    });
    let taken: BTreeSet<String> = prometheus.families().into_iter().collect();
    let is_taken = |name: &str| taken.contains(name) || taken.contains(&format!("{name}_bucket"));
    let told: Vec<&str> = told.map(|(name, _)| name).collect();
    assert!(told.len() > 35, "{told:?}");
    let missing: Vec<&&str> = told.iter().filter(|name| !is_taken(name)).collect();
    assert!(missing.is_empty(), "{missing:?} of {told:?}");
}

fn every_expression_has_data(prometheus: &Prometheus) {
    let mut said = String::new();
    wait::until_none("have no data", SOON, || {
        let ran = Command::new("python3")
            .arg(deploy().join("grafana/expressions.py"))
            .args([&prometheus.url(), "--set", "contract=silver.old"])
            .output()
            .expect("python3 is needed: apt-get install python3");
        said = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        if ran.status.success() { Vec::new() } else { said.lines().map(str::to_owned).collect() }
    });
    println!("{said}");
    assert_eq!(said.matches(" 0 wrong").count(), 4, "{said}");
}
