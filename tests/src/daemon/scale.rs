//! A daemon with very many contracts: how long it takes to start, what it holds in memory, how late runs begin, how
//! fast it answers.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use assay_core::ops::Ops;
use assay_core::ops::runs::{RunFilter, RunState};

use super::{Client, Daemon, Project, Signal, wait};

/// Tables that the contracts share.
const TABLES: usize = 50;

/// What a trial measured. Times in milliseconds.
#[derive(Debug, Default)]
pub struct Measured {
    /// Contracts.
    pub contracts: usize,
    /// From the start of the process until it was ready.
    pub ready_after: u128,
    /// Reading the project anew.
    pub reload: u128,
    /// Most memory, MiB.
    pub resident: u64,
    /// Runs that began during the trial.
    pub runs: usize,
    /// By how much 50, 99 and 100 of 100 runs began late.
    pub lag: [i64; 3],
    /// The list page: the median and the slowest of ten.
    pub list: [u128; 2],
    /// `/metrics`: the median and the slowest of ten.
    pub metrics: [u128; 2],
    /// Series that it told.
    pub series: usize,
}

/// Contracts that are due once an hour, spread over its minutes.
pub fn project(contracts: usize, settings: &str) -> Project {
    let project = Project::new(settings);
    for nth in 0..TABLES {
        let rows: String = (0..40).map(|row| format!("{row},{}\n", row * 7 % 100)).collect();
        project.write(&format!("data/t{nth}.csv"), &format!("id,amount\n{rows}"));
    }
    for nth in 0..contracts {
        let (minute, table, layer) = (nth % 60, nth % TABLES, ["bronze", "silver", "gold"][nth % 3]);
        project.write(
            &format!("checks/{layer}/t{nth:05}.yaml"),
            &format!(
                "assay: 1\ntable: {layer}.t{nth:05}\nowner: team{}@shop.example\n\
                 source: {{format: csv, path: data/t{table}.csv}}\nschedule: \"{minute} * * * *\"\ncolumns:\n  \
                 id: {{type: int64, required: true}}\n  amount: {{type: int64, range: [0, 1000]}}\n",
                nth % 20
            ),
        );
    }
    project
}

/// Lets a daemon work for so long and measures.
pub fn trial(contracts: usize, minutes: u64, mut tell: impl FnMut(&str)) -> Measured {
    let project = project(contracts, "scheduler: {concurrency: 4, per_connection: 4, jitter: 30s}\n");
    let token = project.token("admin");
    tell("made the project");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    let mut measured = Measured { contracts, ready_after: daemon.ready_after.as_millis(), ..Measured::default() };
    let begun = Instant::now();
    let from = chrono::Utc::now().timestamp_millis();
    while begun.elapsed() < Duration::from_secs(minutes * 60) {
        wait::pause(Duration::from_secs(5));
        measured.resident = measured.resident.max(daemon.usage().0 >> 20);
        tell(&format!("{} s of {}", begun.elapsed().as_secs(), minutes * 60));
    }
    measured.list = times(&client, "/");
    measured.metrics = times(&client, "/metrics");
    measured.series = client.get("/metrics").body.lines().filter(|line| !line.starts_with('#')).count();
    let reloading = Instant::now();
    assert!(client.send("/-/reload", "text/plain", &[], b"").status < 300, "it reloads");
    measured.reload = reloading.elapsed().as_millis();
    measured.resident = measured.resident.max(daemon.usage().0 >> 20);
    daemon.end(Signal::Term);
    let filter = RunFilter { states: vec![RunState::Finished], most: usize::MAX, ..RunFilter::default() };
    let runs = project.store().runs(&filter).expect("runs");
    let late = |run: &assay_core::ops::runs::Run| Some(run.started_at? - run.not_before.max(from));
    let mut lags: Vec<i64> = runs.iter().filter_map(late).collect();
    lags.sort_unstable();
    measured.runs = lags.len();
    let part = |share: usize| lags.get((lags.len() * share / 100).min(lags.len().saturating_sub(1))).copied();
    measured.lag = [50, 99, 100].map(|share| part(share).unwrap_or_default());
    measured
}

fn times(client: &Client, path: &str) -> [u128; 2] {
    let mut times: Vec<u128> = (0..10)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(client.get(path).status, 200, "{path}");
            begun.elapsed().as_millis()
        })
        .collect();
    times.sort_unstable();
    [times[5], times[9]]
}

/// Scrapes as often as it can be asked, from several sides, for so long: requests a second, and in milliseconds within
/// what time 50, 99 and 100 of 100 were answered.
pub fn scrapes(client: &Client, sides: usize, rate: u64, time: Duration) -> (f64, [f64; 3]) {
    let all: Mutex<Vec<f64>> = Mutex::default();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for side in 0..sides {
            let (all, client) = (&all, client.clone());
            scope.spawn(move || {
                let mut mine = Vec::new();
                let gap = Duration::from_secs_f64(sides as f64 / rate as f64);
                let mut next = begun + gap * side as u32 / sides as u32;
                while begun.elapsed() < time {
                    wait::pause(next.saturating_duration_since(Instant::now()));
                    // from when it was due, so that a server that stalls is not spared
                    assert_eq!(client.get("/metrics").status, 200);
                    mine.push(next.elapsed().as_secs_f64() * 1000.0);
                    next += gap;
                }
                all.lock().expect("nobody panicked").extend(mine);
            });
        }
    });
    let mut times = all.into_inner().expect("nobody panicked");
    times.sort_by(f64::total_cmp);
    let part = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied();
    (times.len() as f64 / time.as_secs_f64(), [50, 99, 100].map(|share| part(share).unwrap_or_default()))
}
