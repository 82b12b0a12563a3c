//! What tests of the daemon's parts share: a workshop without engines, clocks that are turned by hand, a store in a
//! folder of its own.

pub(crate) mod carrier;
pub(crate) mod flaky;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assay_core::drift::monitor::Confirm;
use assay_core::drift::store::{Commit, Store};
use assay_core::engine::{BoxFuture, Watch};
use assay_core::ops::incidents::{Decided, Incident, IncidentKey, IncidentKind, IncidentState};
use assay_core::ops::journal::{Batch, Folding};
use assay_core::ops::retention::Retention;
use assay_core::ops::runs::{Claim, Ending, Enqueue, Finished, Kind, Run, RunState, Trigger};
use assay_core::ops::settings::{MetricsSettings, SchedulerSettings, ServerSettings};
use assay_core::ops::tokens::{Scope, Token};
use assay_core::ops::{Millis, Ops};
use assay_core::run::RunRecord;
use assay_core::verdict::Outcome;
use assay_store::SqliteStore;
use carrier::FakeCarrier;
use flaky::Flaky;

use crate::clock::Clock;
use crate::daemon::{Daemon, Phase};
use crate::http::tokens::new_token;
use crate::work::{CheckInfo, Document, NotLoaded, NotObserved, ObservationFormat, Observed, Order, Project, Workshop};

/// 2026-03-01T12:00:00Z.
pub(crate) const NOON: Millis = 1_772_366_400_000;

/// Clocks that are turned by hand.
#[derive(Debug)]
pub(crate) struct TestClock {
    now: AtomicI64,
    elapsed: AtomicI64,
}

impl TestClock {
    /// Time goes by, on both clocks.
    pub fn advance(&self, by: Millis) {
        self.now.fetch_add(by, Ordering::SeqCst);
        self.elapsed.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        self.now.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> Millis {
        self.elapsed.load(Ordering::SeqCst)
    }

    /// Real time: who turns the clocks does not wait for sleepers.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A workshop without engines. It loads what [`FakeWorkshop::next`] holds, and reads observations as lines: an object
/// with the key `bad` is rejected, one with the key `late` counts as late, and what is no object breaks the batch.
pub(crate) struct FakeWorkshop {
    /// What the next load gives.
    pub next: Mutex<Result<ProjectOf, NotLoaded>>,
}

/// What a project is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProjectOf {
    pub documents: Vec<Document>,
    pub server: ServerSettings,
    /// Names of receivers; the first is told of everything.
    pub receivers: Vec<String>,
}

impl ProjectOf {
    /// The project.
    pub fn made(&self) -> Project {
        let documents = self.documents.iter().map(|document| (document.name.clone(), Arc::new(document.clone())));
        Project {
            name: Some("shop".into()),
            documents: documents.collect::<BTreeMap<_, _>>(),
            scheduler: SchedulerSettings::default(),
            server: self.server.clone(),
            metrics: MetricsSettings::default(),
            retention: Retention::default(),
            rules: Arc::new(carrier::rules(self.receivers.iter().map(|name| carrier::destination(name)).collect())),
            subjects: std::sync::Arc::default(),
            retrain: std::collections::BTreeMap::new(),
            digest: format!("{self:?}"),
            handle: Arc::new(()),
        }
    }
}

impl Workshop for FakeWorkshop {
    fn load(&self) -> Result<Project, NotLoaded> {
        self.next.lock().unwrap().as_ref().map(ProjectOf::made).map_err(Clone::clone)
    }

    fn execute(&self, _: &Project, order: Order<'_>, _: &dyn Store, _: &dyn Watch) -> RunRecord {
        let as_of = crate::http::time::rfc3339(order.now);
        RunRecord { id: "r-0000000000000000".into(), as_of, vars: Vec::new(), notes: Vec::new(), tables: Vec::new() }
    }

    fn observe(
        &self,
        _: &Project,
        _: &str,
        _: ObservationFormat,
        body: &[u8],
        _: &dyn Store,
        now: Millis,
    ) -> Result<Observed, NotObserved> {
        let text = std::str::from_utf8(body).map_err(|error| NotObserved::Unreadable(error.to_string()))?;
        let mut observed = Observed {
            body: body.to_vec(),
            rows: 0,
            rejected: Vec::new(),
            n_rejected: 0,
            late: 0,
            last_closes: Some(now),
        };
        let broken = |row: u64| NotObserved::Unreadable(format!("line {} is no object", row + 1));
        for (row, line) in (0..).zip(text.lines().filter(|line| !line.trim().is_empty())) {
            let value: serde_json::Value = serde_json::from_str(line).map_err(|_| broken(row))?;
            let value = value.as_object().ok_or_else(|| broken(row))?;
            if value.contains_key("bad") {
                observed.rejected.push((row, "`bad` is no number".into()));
                observed.n_rejected += 1;
            } else {
                observed.rows += 1;
            }
            observed.late += u64::from(value.contains_key("late"));
        }
        Ok(observed)
    }

    fn fold(&self, _: &Project, monitor: &str, batches: &[Batch], _: &dyn Store, _: Millis) -> Result<Folding, String> {
        let batches = batches.iter().map(|batch| batch.number).collect();
        Ok(Folding { monitor: monitor.into(), batches, ..Folding::default() })
    }
}

/// A daemon that is ready, and what a test turns of it.
pub(crate) struct Fixture {
    pub daemon: Arc<Daemon>,
    pub clock: Arc<TestClock>,
    pub workshop: Arc<FakeWorkshop>,
    /// The store itself: answers even where [`Fixture::flaky`] does not.
    pub store: Arc<SqliteStore>,
    pub flaky: Arc<Flaky>,
    /// Where the store is, as long as the test takes.
    _folder: tempfile::TempDir,
}

impl Fixture {
    /// With these documents, at [`NOON`].
    pub fn new(documents: Vec<Document>) -> Self {
        Fixture::with(ProjectOf {
            documents,
            server: ServerSettings { listen: "127.0.0.1:0".into(), ..ServerSettings::default() },
            receivers: vec!["ops".into()],
        })
    }

    /// Of a project.
    pub fn with(project: ProjectOf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&folder.path().join("state.db")).unwrap());
        let flaky = Arc::new(Flaky::new(store.clone()));
        let clock = Arc::new(TestClock { now: NOON.into(), elapsed: 1_000_000.into() });
        let made = project.made();
        let workshop = Arc::new(FakeWorkshop { next: Mutex::new(Ok(project)) });
        let carrier = Arc::new(FakeCarrier::new(clock.clone()));
        let daemon = Daemon::new(flaky.clone(), workshop.clone(), clock.clone(), carrier, "d-1".into(), made);
        daemon.looked();
        daemon.enter(Phase::Ready);
        Fixture { daemon, clock, workshop, store, flaky, _folder: folder }
    }

    /// Adds a token; gives its text.
    pub fn token(&self, name: &str, scope: Scope) -> String {
        self.token_until(name, scope, None).0
    }

    /// Adds a token that ends.
    pub fn token_until(&self, name: &str, scope: Scope, expires_at: Option<Millis>) -> (String, Token) {
        let (text, token) = new_token(name, &[scope], expires_at, self.daemon.now()).unwrap();
        self.store.add_token(&token).unwrap();
        (text, token)
    }
}

impl Fixture {
    /// A run of a document that was planned then and ended with an outcome, with its record and what it `decides`.
    pub fn ran(&self, document: &str, planned: Millis, outcome: Outcome, decides: Vec<Incident>) -> String {
        let id = format!("run-{document}-{planned}");
        let run = Run {
            id: id.clone(),
            document: document.into(),
            kind: Kind::Contract,
            trigger: Trigger::Schedule,
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
        assert!(self.store.trigger(&Enqueue { run, cursor: None, overlaps: false }).unwrap().added);
        let claim = Claim { holder: "d-1".into(), lease: 60_000, most: 1, per_source: 1, after: Vec::new() };
        assert_eq!(self.store.claim(&claim).unwrap()[0].run.id, id);
        let order = Order { document, planned, now: planned };
        let record = self.workshop.execute(&self.daemon.project(), order, &*self.store, &Unwatched);
        let (record, samples) = assay_core::stored::write(&record);
        let finished = Finished {
            run: id.clone(),
            attempt: 1,
            holder: "d-1".into(),
            state: RunState::Finished,
            reason: None,
            outcome,
            result: "r-0000000000000000".into(),
            ended_at: planned + 1_000,
            record: Some(record),
            samples,
            commit: Commit::default(),
            downstream: Vec::new(),
        };
        let changes: Vec<_> = decides.into_iter().map(|incident| (incident, Vec::new())).collect();
        let ending = self.store.finish(&finished, &mut |_| Decided { changes: changes.clone() }).unwrap();
        assert!(matches!(ending, Ending::Written { .. }));
        id
    }
}

/// An open incident of a contract's check, new.
pub(crate) fn incident(document: &str, check: &str) -> Incident {
    Incident {
        number: 0,
        key: IncidentKey {
            document: document.into(),
            check: check.into(),
            column: Some("id".into()),
            segment: None,
            kind: IncidentKind::Verdict,
        },
        state: IncidentState::Open,
        severity: Outcome::Fail,
        layer: Some("silver".into()),
        owner: None,
        tags: Vec::new(),
        message: "3 of 100 rows fail".into(),
        bad: 1,
        good: 0,
        since: NOON,
        opened_at: Some(NOON),
        changed_at: NOON,
        resolved_at: None,
        resolved_why: None,
        reopened: 0,
        planned: NOON,
        run: "run-1".into(),
        acknowledged_by: None,
        note: None,
    }
}

struct Unwatched;

impl Watch for Unwatched {}

/// A contract with one check.
pub(crate) fn contract(name: &str) -> Document {
    Document {
        name: name.into(),
        kind: Kind::Contract,
        path: format!("checks/{name}.yaml"),
        sha256: "0".repeat(64),
        layer: name.split('.').next().map(str::to_string),
        owner: Some("data@shop.example".into()),
        tags: vec!["pii".into()],
        description: Some(format!("What {name} is")),
        schedule: None,
        timezone: chrono_tz::Tz::UTC,
        enabled: true,
        depends_on: Vec::new(),
        source: None,
        checks: vec![CheckInfo {
            id: "id.not_null".into(),
            check: "not_null".into(),
            column: Some("id".into()),
            dimension: assay_core::verdict::Dimension::Volume,
            severity: "fail",
            tags: Vec::new(),
        }],
        takes_observations: false,
        model: None,
        confirm: Confirm::default(),
    }
}

/// A monitor that takes observations.
pub(crate) fn monitor(name: &str) -> Document {
    Document { kind: Kind::Monitor, takes_observations: true, checks: Vec::new(), ..contract(name) }
}
