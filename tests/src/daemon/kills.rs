//! A daemon that is killed again and again while it has much to do, and what its store holds afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use assay_core::ops::Ops;
use assay_core::ops::runs::{INTERRUPTED, Run, RunFilter, RunState};
use assay_core::verdict::Outcome;
use serde_json::json;

use super::{Daemon, Project, Signal, wait};

/// Tables of the project; the last two come after others.
const TABLES: usize = 16;
/// Executions that a run gets; the attempt after them only writes that it was given up.
const MOST_ATTEMPTS: u32 = 3;

/// What a trial found.
#[derive(Debug, Default)]
pub struct Found {
    /// Kills.
    pub kills: usize,
    /// The longest time from the start of a process until it was ready, in milliseconds; the first start aside.
    pub slowest_start: u128,
    /// The time within which 95 of 100 starts were ready.
    pub p95_start: u128,
    /// Runs by state.
    pub runs: BTreeMap<&'static str, usize>,
    /// Runs that took more than one execution.
    pub again: usize,
    /// Runs that were asked for and answered with an id.
    pub asked: u64,
    /// What is wrong; empty: nothing.
    pub wrong: Vec<String>,
}

/// A number between two, from a seed that goes on.
fn between(seed: &mut u64, from: u64, to: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    from + *seed % (to - from)
}

/// The project of the trial.
pub fn project() -> Project {
    let project = Project::new("scheduler: {concurrency: 4, per_connection: 4, jitter: 2s}\n");
    for nth in 0..TABLES {
        let after = match nth {
            n if n >= TABLES - 2 => format!("depends_on: [silver.t{:02}]\n", n - 2),
            _ => String::new(),
        };
        let schedule = if nth == TABLES - 1 { "" } else { "schedule: \"* * * * *\"\n" };
        project.table(&format!("silver.t{nth:02}"), 200 + nth * 400, &format!("{schedule}{after}"));
    }
    project
}

/// Kills a daemon so many times at random moments; then lets one finish everything, and looks at the store.
pub fn trial(kills: usize, mut seed: u64, mut tell: impl FnMut(usize)) -> Found {
    let project = project();
    let token = project.token("run");
    let mut found = Found { kills, ..Found::default() };
    let first = Daemon::started(project.root());
    let began = chrono::Utc::now().timestamp_millis();
    first.end(Signal::Kill);
    let mut starts = Vec::new();
    for nth in 0..kills {
        let daemon = Daemon::started(project.root());
        starts.push(daemon.ready_after.as_millis());
        found.asked += under_load(&daemon, &token, Duration::from_millis(between(&mut seed, 20, 900)));
        daemon.end(Signal::Kill);
        if let Err(why) = project.store().verify() {
            found.wrong.push(format!("after kill {nth}: {why}"));
        }
        tell(nth + 1);
    }
    starts.sort_unstable();
    found.slowest_start = starts.last().copied().unwrap_or(0);
    found.p95_start = starts.get(starts.len() * 95 / 100).copied().unwrap_or(0);

    let daemon = Daemon::started(project.root());
    let begun = Instant::now();
    let open = || project.store().runs(&RunFilter { states: open_states(), most: 10_000, ..RunFilter::default() });
    while !open().expect("runs").is_empty() && begun.elapsed() < Duration::from_secs(120) {
        wait::pause(Duration::from_millis(200));
    }
    let ended = chrono::Utc::now().timestamp_millis();
    daemon.end(Signal::Term);
    look(&project, began, ended, &mut found);
    found
}

fn open_states() -> Vec<RunState> {
    RunState::ALL.iter().copied().filter(|state| state.is_open()).collect()
}

/// Asks for runs from two sides until the time is up; gives how many were answered with an id.
fn under_load(daemon: &Daemon, token: &str, time: Duration) -> u64 {
    let (over, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    std::thread::scope(|scope| {
        for side in 0..2 {
            let client = daemon.client(token);
            let (over, asked) = (Arc::clone(&over), Arc::clone(&asked));
            scope.spawn(move || {
                for nth in (side..TABLES).cycle().step_by(2) {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let answer = client.post("/api/v1/runs", &json!({"documents": [format!("silver.t{nth:02}")]}));
                    asked.fetch_add(u64::from(answer.status == 202), Ordering::Relaxed);
                }
            });
        }
        wait::pause(time);
        daemon.signal(Signal::Kill);
        over.store(true, Ordering::Relaxed);
    });
    asked.load(Ordering::Relaxed)
}

/// What has to hold of the store.
fn look(project: &Project, began: i64, ended: i64, found: &mut Found) {
    let store = project.store();
    if let Err(why) = store.verify() {
        found.wrong.push(why.to_string());
    }
    let runs = store.runs(&RunFilter { most: usize::MAX, ..RunFilter::default() }).expect("runs");
    for run in &runs {
        *found.runs.entry(run.state.name()).or_default() += 1;
        found.again += usize::from(run.attempt > 1);
        found.wrong.extend(wrong(&store, run));
    }
    let keys: BTreeSet<(&str, i64)> = runs.iter().map(|run| (run.document.as_str(), run.planned)).collect();
    if keys.len() != runs.len() {
        found.wrong.push("some document has two runs of one instant".into());
    }
    // every minute of every document with a schedule: run, skipped or missed
    for nth in 0..TABLES - 1 {
        let name = format!("silver.t{nth:02}");
        let first = (began / 60_000 + 1) * 60_000;
        for minute in (first..ended - 5_000).step_by(60_000) {
            if !keys.contains(&(name.as_str(), minute)) {
                found.wrong.push(format!("{name}: nothing is known of the instant {minute}"));
            }
        }
    }
}

/// What is wrong with one run.
fn wrong(store: &impl Ops, run: &Run) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{} of {} ({}): {what}", run.id, run.document, run.state.name()));
        }
    };
    check(!run.state.is_open(), "it never came to its end");
    let given_up = run.reason.as_ref().is_some_and(|reason| reason.code == INTERRUPTED);
    check(given_up == (run.attempt > MOST_ATTEMPTS), "it was executed too often, or given up too soon");
    let record = store.record(&run.id).expect("a record that can be read");
    match run.state {
        RunState::Finished => {
            check(run.outcome.is_some(), "it has no outcome");
            check(!given_up || run.outcome == Some(Outcome::Error), "it was given up and is no error");
            check(record.is_some(), "its record is not there");
        }
        RunState::Skipped | RunState::Missed => {
            check(run.reason.is_some(), "nobody knows why");
            check(record.is_none(), "it has a record");
        }
        _ => {}
    }
    if let Some(kept) = record {
        check(assay_core::stored::read(&kept.record, kept.samples.as_deref()).is_ok(), "its record cannot be read");
    }
    wrong
}
