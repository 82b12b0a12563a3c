//! The whole daemon without HTTP: a real store, a workshop that pretends, a clock that runs fast.

mod corrected;
mod faults;
mod folding;
mod health;
mod incidents;
mod notices;
mod once;
mod order;
mod outages;
mod retrain;
mod senders;
mod stops;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assay_core::drift::monitor::Confirm;
use assay_core::drift::store::Store;
use assay_core::engine::{Cost, Watch};
use assay_core::ops::journal::{Batch, Folding};
use assay_core::ops::retention::Retention;
use assay_core::ops::runs::{Enqueue, Kind, Run, RunFilter, RunState};
use assay_core::ops::settings::{MetricsSettings, SchedulerSettings, ServerSettings};
use assay_core::ops::{Millis, Ops};
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::schedule::{Cron, Priority, Schedule};
use assay_core::verdict::{Dimension, Outcome, Severity, Verdict};
use assay_notify::receivers::Carrier;
use assay_notify::rules::{Destination, Rules};
use assay_store::SqliteStore;
use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use tokio::runtime::Runtime;

use crate::clock::{Clock, FastClock};
use crate::daemon::{Daemon, Phase};
use crate::queue::queued;
use crate::testing::carrier::{FakeCarrier, rules};
use crate::testing::flaky::Flaky;
use crate::work::{CheckInfo, Document, NotLoaded, NotObserved, ObservationFormat, Observed, Order, Project, Workshop};

/// Saturday, 21 November 2026, 12:00 UTC.
const NOON: Millis = 1_795_262_400_000;
const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;

/// How an execution of a document goes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Goes {
    /// At once, with this outcome.
    At(Outcome),
    /// So many milliseconds of the fast clock, unless it is told to stop.
    Takes(Millis),
    /// It does not hear that it is to stop, until the test lets go.
    Hangs,
    /// It panics.
    Panics,
}

/// Pretends to execute, and counts.
struct Pretender {
    clock: Arc<FastClock>,
    project: Mutex<Result<BTreeMap<String, Document>, NotLoaded>>,
    scheduler: Mutex<SchedulerSettings>,
    rules: Mutex<Arc<Rules>>,
    retrain: Mutex<BTreeMap<String, Arc<Destination>>>,
    goes: Mutex<BTreeMap<String, Goes>>,
    /// Executions as (document, planned, now), in the order of their beginning.
    executed: Mutex<Vec<(String, Millis, Millis)>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    let_go: AtomicUsize,
    folds: folding::Folds,
}

impl Pretender {
    fn goes(&self, document: &str, goes: Goes) {
        self.goes.lock().unwrap().insert(document.into(), goes);
    }

    fn executed(&self) -> Vec<(String, Millis, Millis)> {
        self.executed.lock().unwrap().clone()
    }

    fn executions_of(&self, document: &str) -> usize {
        self.executed().iter().filter(|(name, _, _)| name == document).count()
    }
}

impl Workshop for Pretender {
    fn load(&self) -> Result<Project, NotLoaded> {
        let documents = self.project.lock().unwrap().clone()?;
        let rules = Arc::clone(&self.rules.lock().unwrap());
        let digest = format!("{documents:?} {:?} {rules:?}", self.scheduler.lock().unwrap());
        Ok(Project {
            name: None,
            documents: documents.into_iter().map(|(name, document)| (name, Arc::new(document))).collect(),
            scheduler: self.scheduler.lock().unwrap().clone(),
            server: ServerSettings::default(),
            metrics: MetricsSettings::default(),
            retention: Retention::default(),
            rules,
            subjects: Arc::default(),
            retrain: self.retrain.lock().unwrap().clone(),
            digest,
            handle: Arc::new(()),
        })
    }

    fn execute(&self, _: &Project, order: Order<'_>, store: &dyn Store, watch: &dyn Watch) -> RunRecord {
        self.folds.judge(order.document, store);
        self.executed.lock().unwrap().push((order.document.into(), order.planned, order.now));
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        let goes = self.goes.lock().unwrap().get(order.document).copied().unwrap_or(Goes::At(Outcome::Pass));
        let until = self.clock.elapsed();
        let outcome = match goes {
            Goes::At(outcome) => outcome,
            Goes::Takes(time) => {
                while self.clock.elapsed() < until + time && !watch.cancelled() {
                    std::thread::park_timeout(Duration::from_micros(200));
                }
                Outcome::Pass
            }
            Goes::Hangs => {
                while self.let_go.load(Ordering::SeqCst) == 0 {
                    std::thread::park_timeout(Duration::from_millis(1));
                }
                Outcome::Pass
            }
            Goes::Panics => {
                self.at_once.fetch_sub(1, Ordering::SeqCst);
                panic!("a fault of the program")
            }
        };
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        record(order.document, outcome, order.now)
    }

    fn observe(
        &self,
        _: &Project,
        _: &str,
        _: ObservationFormat,
        _: &[u8],
        _: &dyn Store,
        _: Millis,
    ) -> Result<Observed, NotObserved> {
        Err(NotObserved::Unavailable("no observations here".into()))
    }

    fn fold(
        &self,
        _: &Project,
        monitor: &str,
        batches: &[Batch],
        store: &dyn Store,
        _: Millis,
    ) -> Result<Folding, String> {
        self.folds.fold(monitor, batches, store)
    }
}

/// A record with one check.
fn record(document: &str, outcome: Outcome, now: Millis) -> RunRecord {
    let at = DateTime::from_timestamp_millis(now).unwrap_or_default();
    RunRecord {
        id: crate::ids::of_nothing(document, now),
        as_of: at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        vars: Vec::new(),
        notes: Vec::new(),
        tables: vec![TableRecord {
            table: document.into(),
            layer: None,
            owner: None,
            contract_path: format!("checks/{document}.yaml"),
            contract_sha256: "00".into(),
            snapshot: None,
            reason: None,
            cost: Cost::default(),
            monitor: None,
            checks: vec![CheckRecord {
                id: "row_count".into(),
                check: "row_count".into(),
                column: None,
                dimension: Dimension::Volume,
                severity: Severity::Fail,
                at: Place { path: format!("checks/{document}.yaml").into(), line: 1, column: 1 },
                why: None,
                tags: Vec::new(),
                verdict: Verdict::new(outcome, "what was found"),
                samples: None,
                drift: None,
            }],
        }],
    }
}

/// A document that is due by this expression.
fn document(name: &str, cron: Option<&str>) -> Document {
    let schedule = cron.map(|text| Schedule {
        text: text.into(),
        cron: Cron::parse(text).unwrap(),
        timezone: None,
        jitter_seconds: Some(0),
        priority: Priority::Normal,
        timeout_seconds: None,
    });
    Document {
        name: name.into(),
        kind: Kind::Contract,
        path: format!("checks/{name}.yaml"),
        sha256: "00".into(),
        layer: None,
        owner: None,
        tags: Vec::new(),
        description: None,
        schedule,
        timezone: Tz::UTC,
        enabled: true,
        depends_on: Vec::new(),
        source: None,
        checks: vec![CheckInfo {
            id: "row_count".into(),
            check: "row_count".into(),
            column: None,
            dimension: assay_core::verdict::Dimension::Volume,
            severity: "fail",
            tags: Vec::new(),
        }],
        takes_observations: false,
        model: None,
        confirm: Confirm::default(),
    }
}

/// Everything that outlives a daemon, and the daemon.
struct House {
    folder: tempfile::TempDir,
    clock: Arc<FastClock>,
    workshop: Arc<Pretender>,
    carrier: Arc<FakeCarrier>,
    /// The store itself: answers even where [`House::flaky`] does not.
    store: Arc<SqliteStore>,
    /// The same, as daemons have it.
    flaky: Arc<Flaky>,
}

/// A daemon at work.
struct AtWork {
    daemon: Arc<Daemon>,
    runtime: Runtime,
    ended: tokio::task::JoinHandle<()>,
}

impl House {
    /// At noon, with a clock that runs so many times faster.
    fn new(factor: u32, documents: Vec<Document>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FastClock::new(NOON, factor));
        let documents = documents.into_iter().map(|document| (document.name.clone(), document)).collect();
        let workshop = Arc::new(Pretender {
            clock: Arc::clone(&clock),
            project: Mutex::new(Ok(documents)),
            scheduler: Mutex::new(SchedulerSettings { jitter: 0, ..SchedulerSettings::default() }),
            rules: Mutex::default(),
            retrain: Mutex::default(),
            goes: Mutex::default(),
            executed: Mutex::default(),
            at_once: AtomicUsize::default(),
            most_at_once: AtomicUsize::default(),
            let_go: AtomicUsize::default(),
            folds: folding::Folds::default(),
        });
        let of_store = Arc::clone(&clock);
        let store = SqliteStore::open(&folder.path().join("state.db")).unwrap().with_clock(move || of_store.now());
        let store = Arc::new(store);
        let flaky = Arc::new(Flaky::new(Arc::clone(&store)));
        let carrier = Arc::new(FakeCarrier::new(Arc::clone(&clock) as Arc<dyn Clock>));
        House { folder, clock, workshop, carrier, store, flaky }
    }

    /// From the next load on, these receivers; the first is told of everything.
    fn receivers(&self, receivers: Vec<Destination>) {
        *self.workshop.rules.lock().unwrap() = Arc::new(rules(receivers));
    }

    fn settings(&self, change: impl FnOnce(&mut SchedulerSettings)) {
        change(&mut self.workshop.scheduler.lock().unwrap());
    }

    /// Starts a daemon.
    fn start(&self, holder: &str) -> AtWork {
        let project = self.workshop.load().unwrap();
        let daemon = Daemon::new(
            Arc::clone(&self.flaky) as Arc<dyn Ops>,
            Arc::clone(&self.workshop) as Arc<dyn Workshop>,
            Arc::clone(&self.clock) as Arc<dyn Clock>,
            Arc::clone(&self.carrier) as Arc<dyn Carrier>,
            holder.into(),
            project,
        );
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let working = Arc::clone(&daemon);
        let ended = runtime.spawn(async move { crate::run::run(working, crate::run::PATIENCE).await.unwrap() });
        AtWork { daemon, runtime, ended }
    }

    /// All runs that the store holds, oldest planned first.
    fn runs(&self) -> Vec<Run> {
        let mut runs = self.store.runs(&RunFilter { most: 1_000_000, ..RunFilter::default() }).unwrap();
        runs.sort_by(|a, b| (a.planned, &a.document).cmp(&(b.planned, &b.document)));
        runs
    }

    fn runs_of(&self, document: &str) -> Vec<Run> {
        self.runs().into_iter().filter(|run| run.document == document).collect()
    }

    fn states_of(&self, document: &str) -> Vec<RunState> {
        self.runs_of(document).iter().map(|run| run.state).collect()
    }

    /// Somebody asks for a run now.
    fn ask_for(&self, document: &str) -> Run {
        let documents = self.workshop.project.lock().unwrap().clone().unwrap();
        let run = queued(&documents[document], self.clock.now());
        self.store.trigger(&Enqueue { run, cursor: None, overlaps: false }).unwrap().run
    }

    /// Waits until something holds; a minute of real time is too long.
    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {:#?}", self.runs());
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Locks the store for writing until it is dropped, as another process may.
    fn lock_store(&self) -> Locker {
        let lock = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30); \
                    c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()";
        let mut process = Command::new("python3")
            .args(["-c", lock])
            .arg(self.folder.path().join("state.db"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 runs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("it locks");
        assert_eq!(line.trim(), "locked");
        Locker(process)
    }

    /// Lets time pass on the fast clock.
    fn pass(&self, time: Millis) {
        let end = self.clock.elapsed() + time;
        while self.clock.elapsed() < end {
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
}

impl AtWork {
    /// Ends in good order.
    fn stop(self) {
        self.daemon.enter(Phase::Stopping);
        self.runtime.block_on(self.ended).unwrap();
        self.runtime.shutdown_background();
    }

    /// Ends as a process does that is killed: nothing more is written.
    fn kill(self) {
        self.runtime.shutdown_background();
    }
}

/// A process that holds the store's lock.
struct Locker(Child);

impl Drop for Locker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Every (document, planned) once.
fn is_once_each(runs: &[Run]) -> bool {
    let keys: BTreeSet<(&str, Millis)> = runs.iter().map(|run| (run.document.as_str(), run.planned)).collect();
    keys.len() == runs.len()
}
