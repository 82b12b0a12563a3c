//! A daemon that is killed again and again between what it finds and what it tells.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use assay_core::ops::Ops;
use assay_core::ops::incidents::{IncidentFilter, IncidentState};
use assay_core::ops::runs::{RunFilter, RunState};
use serde_json::json;

use super::{Sink, to_webhook};
use crate::daemon::{Daemon, Project, Signal, wait};

/// Tables that break before each kill.
const BROKEN: usize = 2;
/// How long the last daemon gets to tell what is left.
const REST: Duration = Duration::from_secs(120);

/// What a trial found.
#[derive(Debug, Default)]
pub struct Found {
    /// Kills.
    pub kills: usize,
    /// Runs that were killed three times and asked for once more at the end.
    pub given_up: usize,
    /// Incidents that were opened.
    pub incidents: usize,
    /// Requests that came.
    pub requests: usize,
    /// Requests that came again, under the id of an earlier one.
    pub again: usize,
    /// What is wrong; empty: nothing.
    pub wrong: Vec<String>,
}

/// A table whose contract its rows break.
fn broken(project: &Project, nth: usize) -> String {
    let name = format!("gold.t{nth:04}");
    project.table(&name, 20, "");
    project.write(&format!("data/gold_t{nth:04}.csv"), "id,amount\n1,5\n2,4711\n");
    name
}

/// Kills a daemon so many times at random moments after tables broke; then lets one tell what is left.
pub fn trial(kills: usize, mut seed: u64, mut tell: impl FnMut(usize)) -> Found {
    let sink = Sink::start();
    let project = Project::new("scheduler: {concurrency: 4, per_connection: 4}\n");
    project.write("rules/alerts.yaml", &to_webhook(&sink.url("/hook"), ""));
    let names: Vec<String> = (0..kills * BROKEN).map(|nth| broken(&project, nth)).collect();
    let token = project.token("run");
    let mut asked = BTreeSet::new();
    for (nth, tables) in names.chunks(BROKEN).enumerate() {
        let daemon = Daemon::started(project.root());
        let client = daemon.client(&token);
        for table in tables {
            if client.post("/api/v1/runs", &json!({"documents": [table]})).status == 202 {
                asked.insert(table.clone());
            }
        }
        // a cheap generator: the moments differ from kill to kill and are the same in every trial
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        wait::pause(Duration::from_millis(20 + (seed >> 33) % 900));
        daemon.end(Signal::Kill);
        tell(nth + 1);
    }
    let daemon = Daemon::started(project.root());
    let begun = Instant::now();
    let client = daemon.client(&token);
    let left = || project.store().runs(&waiting()).expect("runs").len();
    while left() > 0 && begun.elapsed() < REST {
        wait::pause(Duration::from_millis(200));
    }
    // a run that was killed three times was given up: it found nothing
    let given_up: Vec<&String> = {
        let known = open_incidents(&project);
        asked.iter().filter(|table| !known.contains(table.as_str())).collect()
    };
    for table in &given_up {
        client.ask_for(&[table.as_str()]);
    }
    let told = || told_of(&sink);
    while !asked.iter().all(|table| told().contains_key(table)) && begun.elapsed() < REST {
        wait::pause(Duration::from_millis(200));
    }
    daemon.end(Signal::Term);
    Found { given_up: given_up.len(), ..look(&project, &sink, kills, &asked) }
}

/// Runs that are still to come to their end.
fn waiting() -> RunFilter {
    let states = RunState::ALL.iter().copied().filter(|state| state.is_open()).collect();
    RunFilter { states, most: 10_000, ..RunFilter::default() }
}

/// The tables with an incident that is open.
fn open_incidents(project: &Project) -> BTreeSet<String> {
    let open = IncidentFilter { states: vec![IncidentState::Open], most: usize::MAX, ..IncidentFilter::default() };
    let incidents = project.store().incidents(&open).expect("incidents");
    incidents.into_iter().map(|incident| incident.key.document).collect()
}

/// The ids under which each table's opening was told.
fn told_of(sink: &Sink) -> BTreeMap<String, BTreeSet<String>> {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for received in sink.received() {
        let body = received.json();
        for item in body["data"]["incidents"].as_array().into_iter().flatten() {
            let table = item["document"].as_str().unwrap_or_default().to_owned();
            told.entry(table).or_default().insert(received.header("webhook-id").to_owned());
        }
    }
    told
}

/// What has to hold of the store and of what came.
fn look(project: &Project, sink: &Sink, kills: usize, asked: &BTreeSet<String>) -> Found {
    let received = sink.received();
    let ids: BTreeSet<&str> = received.iter().map(|one| one.header("webhook-id")).collect();
    let incidents = open_incidents(project);
    let mut found = Found {
        kills,
        incidents: incidents.len(),
        requests: received.len(),
        again: received.len() - ids.len(),
        ..Found::default()
    };
    if let Err(why) = project.store().verify() {
        found.wrong.push(why.to_string());
    }
    let told = told_of(sink);
    for table in asked {
        if !incidents.contains(table) {
            found.wrong.push(format!("{table}: it was run, and no incident is open"));
        }
        match told.get(table).map_or(0, BTreeSet::len) {
            0 => found.wrong.push(format!("{table}: nobody was told")),
            1 => {}
            more => found.wrong.push(format!("{table}: it was told under {more} ids")),
        }
    }
    if ids.contains("") {
        found.wrong.push("a request came without an id".into());
    }
    if found.again > kills {
        found.wrong.push(format!("{} requests came again after {kills} kills", found.again));
    }
    found
}
