//! Executing one run: on a thread of its own, within its time, and written with all that it concluded in one
//! transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assay_core::drift::store::Commit;
use assay_core::engine::{Cost, Watch};
use assay_core::ops::Millis;
use assay_core::ops::runs::{Claimed, Ended, Ending, Enqueue, Finished, INTERRUPTED, Run, RunState, Trigger};
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::stored;
use assay_core::verdict::{Outcome, Reason, Severity, Verdict};
use chrono::{DateTime, SecondsFormat, Utc};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::capture::Captured;
use crate::daemon::{Daemon, Phase};
use crate::metrics::Ran;
use crate::running::Stop;
use crate::work::{CheckInfo, Document, Order, Project};
use crate::{alerts, ids, keep};

/// Executions that a run gets: one whose process ended so often before it did is not executed again.
pub const MOST_ATTEMPTS: u32 = 3;
/// How long a run that was told to stop may take to do so, before it is left behind.
pub const STOPPING: Duration = Duration::from_secs(5);
/// Between tries to write the end of a run, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Tells the engine to stop.
#[derive(Debug, Default)]
struct StopWatch(AtomicBool);

impl Watch for StopWatch {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What an execution gave.
enum Executed {
    /// A record, and what is remembered with it.
    Done(Box<RunRecord>, Commit),
    /// Its time was up, or somebody stopped it.
    Cancelled(Reason),
    /// It is not for this daemon to end: handed back, or lost.
    Left(Stop),
    /// Nothing was evaluated: observations were taken that could not be folded.
    Waiting(String),
    /// A fault of the program.
    Broken(String),
    /// It was not executed again: its processes ended before it did.
    GivenUp(Reason),
}

/// Executes a run and writes what came of it.
pub async fn execute(daemon: Arc<Daemon>, project: Arc<Project>, claimed: Claimed, token: CancellationToken) {
    let given_up = given_up(&claimed);
    let run = claimed.run;
    let begun = daemon.clock.elapsed();
    let Some(document) = project.documents.get(&run.document).cloned() else {
        // only what the project has is claimed with it; others may have the document
        daemon.running.end(&run);
        let reason = Reason { code: "removed".into(), text: "this daemon does not have the document".into() };
        return hand_over(&daemon, &run, RunState::Interrupted, reason).await;
    };
    // until the end is written, so that no row is added to a window that is being judged
    let mut alone = None;
    if document.takes_observations {
        alone = Some(daemon.alone.with(&document.name).await);
    }
    let folded = match &alone {
        Some(alone) if given_up.is_none() => keep::fold_waiting(&daemon, &document.name, alone).await,
        Some(_) | None => Ok(()),
    };
    let executed = match (given_up, folded) {
        (Some(reason), _) => Executed::GivenUp(reason),
        (None, Ok(())) => within_time(&daemon, &project, &document, &run, &token).await,
        // a window is judged with all its rows or not yet
        (None, Err(why)) => Executed::Waiting(why),
    };
    let duration = daemon.clock.elapsed() - begun;
    let finished = match executed {
        Executed::Done(record, commit) => finished(&daemon, &project, &document, &run, &record, commit, None),
        Executed::Cancelled(reason) => {
            let record = unevaluated(&daemon, &document, reason.clone());
            finished(&daemon, &project, &document, &run, &record, Commit::default(), Some(reason))
        }
        Executed::Waiting(why) => {
            let text = format!("observations wait that cannot be counted: {why}");
            let reason = Reason { code: "observations_waiting".into(), text };
            let record = unevaluated(&daemon, &document, reason);
            finished(&daemon, &project, &document, &run, &record, Commit::default(), None)
        }
        Executed::Broken(why) => {
            let reason = Reason { code: "internal".into(), text: format!("the run broke off: {why}") };
            let record = unevaluated(&daemon, &document, reason);
            finished(&daemon, &project, &document, &run, &record, Commit::default(), None)
        }
        Executed::GivenUp(reason) => {
            warn!(document = document.name, run = run.id, attempts = run.attempt - 1, "a run is given up");
            let record = unevaluated(&daemon, &document, reason.clone());
            let (ended, record) = finished(&daemon, &project, &document, &run, &record, Commit::default(), None);
            (Finished { reason: Some(reason), ..ended }, record)
        }
        Executed::Left(stop) => {
            daemon.running.end(&run);
            if stop == Stop::Shutdown {
                let reason = Reason { code: "shutdown".into(), text: "the daemon stopped".into() };
                hand_over(&daemon, &run, RunState::Interrupted, reason).await;
            }
            return;
        }
    };
    write(&daemon, &project, &document, &run, finished, duration).await;
    daemon.running.end(&run);
}

/// Why a run is not executed once more: it may be what ends the processes. One that was handed back in good order
/// last is.
fn given_up(claimed: &Claimed) -> Option<Reason> {
    let before = claimed.run.attempt.saturating_sub(1);
    let text = || format!("its process ended before it did, {before} times");
    (claimed.was_lost && before >= MOST_ATTEMPTS).then(|| Reason { code: INTERRUPTED.into(), text: text() })
}

/// Executes on a thread of its own; when the time is up, or somebody says so, it is told to stop and, if it does not,
/// left behind: nothing that it concludes later is taken.
async fn within_time(
    daemon: &Arc<Daemon>,
    project: &Arc<Project>,
    document: &Document,
    run: &Run,
    token: &CancellationToken,
) -> Executed {
    let Some(guard) = daemon.at_work.enter(&document.name) else {
        let text = "an earlier run of it was stopped and still hangs in its source".to_string();
        return Executed::Cancelled(Reason { code: "still_hanging".into(), text });
    };
    let limit = document.schedule.as_ref().and_then(|schedule| schedule.timeout_seconds);
    let limit = limit.map_or(project.scheduler.timeout, |seconds| seconds * 1000);
    let watch = Arc::new(StopWatch::default());
    let work = {
        let (daemon, project, watch) = (Arc::clone(daemon), Arc::clone(project), Arc::clone(&watch));
        let (name, planned) = (document.name.clone(), run.planned);
        move || {
            let _guard = guard;
            let captured = Captured::new(&*daemon.store);
            let order = Order { document: &name, planned, now: daemon.clock.now() };
            let record = daemon.workshop.execute(&project, order, &captured, &*watch);
            (record, captured.into_commit())
        }
    };
    let mut working = match on_a_thread(work) {
        Ok(working) => working,
        Err(why) => return Executed::Broken(why),
    };
    let cancelled = tokio::select! {
        done = &mut working => return match done.unwrap_or_else(|_| Err("its thread is gone".into())) {
            Ok((record, commit)) => Executed::Done(Box::new(record), commit),
            Err(why) => Executed::Broken(why),
        },
        () = daemon.clock.sleep(Duration::from_millis(limit.max(1).unsigned_abs())) => None,
        () = token.cancelled() => Some(daemon.running.why(run).unwrap_or(Stop::Lost)),
    };
    watch.0.store(true, Ordering::Relaxed);
    let ended = tokio::select! {
        _ = &mut working => true,
        () = daemon.clock.sleep(STOPPING) => false,
    };
    if !ended {
        warn!(document = document.name, run = run.id, "a run did not stop when told to; its thread is left behind");
    }
    match cancelled {
        None => Executed::Cancelled(Reason {
            code: "timeout".into(),
            text: format!("stopped after {} s, its limit", limit / 1000),
        }),
        Some(Stop::Asked(who)) => {
            Executed::Cancelled(Reason { code: "stopped".into(), text: format!("stopped by {who}") })
        }
        Some(stop @ (Stop::Lost | Stop::Shutdown)) => Executed::Left(stop),
    }
}

/// Does work on a thread of its own, which may hang without costing others theirs; a panic is an error.
fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<oneshot::Receiver<Result<T, String>>, String> {
    let (tell, told) = oneshot::channel();
    let runtime = Handle::current();
    let thread = move || {
        let _within = runtime.enter();
        let done = catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_else(|| "a panic".into())
        });
        // nobody waits any more where the run was left behind
        let _ = tell.send(done);
    };
    let started = std::thread::Builder::new().name("assay-run".into()).spawn(thread);
    started.map(|_| told).map_err(|why| format!("no thread to execute it: {why}"))
}

/// The record of a document of which nothing was evaluated.
fn unevaluated(daemon: &Daemon, document: &Document, reason: Reason) -> RunRecord {
    let now = DateTime::<Utc>::from_timestamp_millis(daemon.now()).unwrap_or_default();
    RunRecord {
        id: ids::of_nothing(&document.name, daemon.now()),
        as_of: now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        vars: Vec::new(),
        notes: Vec::new(),
        tables: vec![TableRecord {
            table: document.name.clone(),
            layer: document.layer.clone(),
            owner: document.owner.clone(),
            contract_path: document.path.clone(),
            contract_sha256: document.sha256.clone(),
            snapshot: None,
            reason: Some(reason.clone()),
            cost: Cost::default(),
            monitor: None,
            checks: document.checks.iter().map(|check| unevaluated_check(document, check, &reason)).collect(),
        }],
    }
}

fn unevaluated_check(document: &Document, check: &CheckInfo, reason: &Reason) -> CheckRecord {
    CheckRecord {
        id: check.id.clone(),
        check: check.check.clone(),
        column: check.column.clone(),
        dimension: check.dimension,
        severity: if check.severity == "warn" { Severity::Warn } else { Severity::Fail },
        at: Place { path: document.path.as_str().into(), line: 1, column: 1 },
        why: None,
        tags: check.tags.clone(),
        verdict: Verdict { reason: Some(reason.clone()), ..Verdict::new(Outcome::Error, reason.text.clone()) },
        samples: None,
        drift: None,
    }
}

fn finished(
    daemon: &Daemon,
    project: &Project,
    document: &Document,
    run: &Run,
    record: &RunRecord,
    commit: Commit,
    cancelled: Option<Reason>,
) -> (Finished, RunRecord) {
    let (kept, samples) = stored::write(record);
    let outcome = if cancelled.is_some() { Outcome::Error } else { record.outcome() };
    let skipped = skipped_for(record).filter(|_| cancelled.is_none());
    let state = match (&cancelled, &skipped) {
        (Some(_), _) => RunState::Cancelled,
        (None, Some(_)) => RunState::Skipped,
        (None, None) => RunState::Finished,
    };
    let finished = Finished {
        run: run.id.clone(),
        attempt: run.attempt,
        holder: daemon.holder.clone(),
        state,
        reason: cancelled.or(skipped),
        outcome,
        result: record.id.clone(),
        ended_at: daemon.now(),
        record: Some(kept),
        samples,
        commit,
        downstream: downstream(daemon, project, document, run),
    };
    (finished, record.clone())
}

/// Why nothing at all was to be evaluated: the document is disabled, or there is no window that closed.
fn skipped_for(record: &RunRecord) -> Option<Reason> {
    let tables = || record.tables.iter();
    let whole = tables().all(|table| table.reason.is_none() && !table.checks.is_empty());
    let mut reasons = tables().flat_map(|table| &table.checks).map(|check| {
        let skipped = check.verdict.outcome == Outcome::Skipped;
        check
            .verdict
            .reason
            .as_ref()
            .filter(|reason| skipped && ["disabled", "no_closed_window"].contains(&&*reason.code))
    });
    let first = reasons.next()??.clone();
    (whole && reasons.all(|reason| reason.is_some())).then_some(first)
}

/// Runs of documents without a schedule that come after this one: at its planned instant.
fn downstream(daemon: &Daemon, project: &Project, document: &Document, run: &Run) -> Vec<Enqueue> {
    let now = daemon.now();
    let comes_after =
        |other: &&Arc<Document>| other.enabled && other.schedule.is_none() && other.depends_on.contains(&document.name);
    let documents = project.documents.values().filter(comes_after);
    documents
        .map(|document| Enqueue {
            run: Run {
                trigger: Trigger::Upstream,
                planned: run.planned,
                not_before: now,
                related: Some(run.id.clone()),
                ..crate::queue::queued(document, now)
            },
            cursor: None,
            overlaps: false,
        })
        .collect()
}

/// Writes the end of a run; where the store fails it is tried again until it is written or the run is lost.
async fn write(
    daemon: &Arc<Daemon>,
    project: &Arc<Project>,
    document: &Arc<Document>,
    run: &Run,
    (finished, record): (Finished, RunRecord),
    duration: Millis,
) {
    let finished = Arc::new(finished);
    let record = Arc::new(record);
    let mut pause = Duration::from_millis(200);
    loop {
        let (to_write, judged, about) = (Arc::clone(&finished), Arc::clone(&record), Arc::clone(document));
        let (planned, rules) = (run.planned, Arc::clone(&project.rules));
        let written = daemon
            .change(move |store| {
                store.finish(&to_write, &mut |known| alerts::decide(known, &about, &rules, &judged, &to_write, planned))
            })
            .await;
        match written {
            Ok(Ending::Written { incidents, events }) => {
                info!(
                    run = run.id, document = document.name, outcome = ?finished.outcome, milliseconds = duration,
                    incidents = incidents.len(), "run finished"
                );
                let found = (finished.state != RunState::Skipped).then_some(&*record);
                daemon.metrics.ran(daemon, &ran(run, &finished, found));
                daemon.work_queued.notify_one();
                if !events.is_empty() {
                    daemon.notices.changed.notify_one();
                }
                return;
            }
            Ok(Ending::TakenOver) => {
                warn!(run = run.id, document = document.name, "another daemon took the run over; nothing was written");
                return;
            }
            Err(why) if why.code == "store_unfit" => {
                error!(run = run.id, document = document.name, %why, "what a run concluded cannot be kept");
                let reason = Reason { code: why.code.into(), text: why.text };
                return hand_over(daemon, run, RunState::Finished, reason).await;
            }
            Err(why) => error!(run = run.id, %why, "cannot write the end of a run; trying again"),
        }
        let is_lost = matches!(daemon.running.why(run), Some(Stop::Lost | Stop::Shutdown));
        if is_lost || (daemon.phase() == Phase::Stopping && pause > Duration::from_secs(2)) {
            return;
        }
        daemon.clock.sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What /metrics is told.
fn ran<'a>(run: &'a Run, finished: &Finished, record: Option<&'a RunRecord>) -> Ran<'a> {
    Ran {
        document: &run.document,
        planned: run.planned,
        started: run.started_at.unwrap_or(finished.ended_at),
        ended: finished.ended_at,
        record,
    }
}

/// Ends a run without a record.
async fn hand_over(daemon: &Arc<Daemon>, run: &Run, state: RunState, reason: Reason) {
    let ended = Ended {
        run: run.id.clone(),
        attempt: run.attempt,
        holder: daemon.holder.clone(),
        state,
        reason,
        at: daemon.now(),
    };
    if let Err(why) = daemon.change(move |store| store.end(&ended)).await {
        error!(run = run.id, %why, "cannot write the end of a run; it is executed again when its lease ran out");
    }
}
