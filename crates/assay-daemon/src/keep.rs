//! Housekeeping: runs of daemons that died, what retention no longer keeps, observations that wait to be folded,
//! incidents of checks that are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::Millis;
use assay_core::ops::incidents::{IncidentFilter, IncidentState};
use assay_core::ops::runs::Kind;
use assay_notify::health;
use tracing::{error, info, warn};

use crate::alone::Held;
use crate::daemon::{Daemon, Phase};
use crate::dispatch;
use crate::work::{CheckInfo, Document, Project};

/// How often is looked for runs whose lease ran out.
const RECOVERY: Duration = Duration::from_secs(5);
/// How often is pruned.
const PRUNING: Duration = Duration::from_secs(3600);
/// Nothing is pruned so soon after the start, or after the clock was set forwards: it may be wrong.
const SETTLING: Duration = Duration::from_secs(600);
/// A clock that gained so many milliseconds was set forwards.
const SET_FORWARDS: Millis = 60_000;
/// Between two steps of pruning: others want to write, too.
const BREATH: Duration = Duration::from_millis(50);
/// How often the journal is folded.
const FOLDING: Duration = Duration::from_secs(30);
/// How often is looked whether the journal holds so much that it is folded at once.
const LOOK: Duration = Duration::from_secs(1);
/// Bytes of one monitor's batches that are folded together.
const FOLDED_AT_ONCE: u64 = 64 << 20;

/// Gives runs back whose daemon died.
pub async fn recover(daemon: Arc<Daemon>) {
    loop {
        daemon.clock.sleep(RECOVERY).await;
        if daemon.phase() == Phase::Stopping {
            continue;
        }
        let (holder, own) = (daemon.holder.clone(), daemon.running.ids());
        // This process lives and executes its own, however long it stood still: they are renewed before anybody is
        // looked for whose lease ran out.
        let recovered = daemon.ask(move |store| {
            if !own.is_empty() {
                store.renew(&holder, &own, dispatch::LEASE)?;
            }
            store.recover(None)
        });
        match recovered.await {
            Ok(runs) if runs.is_empty() => {}
            Ok(runs) => {
                warn!(runs = runs.len(), "took back runs whose daemon is gone");
                daemon.work_queued.notify_one();
            }
            Err(why) => error!(%why, "cannot look for runs whose daemon is gone"),
        }
    }
}

/// Removes what retention no longer keeps: never by a clock that was just set, which may be a year ahead until somebody
/// corrects it.
pub async fn prune(daemon: Arc<Daemon>) {
    loop {
        let gained = daemon.now() - daemon.clock.elapsed();
        daemon.clock.sleep(SETTLING).await;
        if daemon.now() - daemon.clock.elapsed() > gained + SET_FORWARDS {
            continue;
        }
        let retention = daemon.project().retention;
        let now = daemon.now();
        let mut rows = 0;
        loop {
            match daemon.ask(move |store| store.prune(&retention, now)).await {
                Ok(pruned) => {
                    rows += pruned.rows;
                    if !pruned.more {
                        break;
                    }
                }
                Err(why) => {
                    error!(%why, "cannot prune the store");
                    break;
                }
            }
            daemon.clock.sleep(BREATH).await;
        }
        if rows > 0 {
            info!(rows, "pruned the store");
        }
        daemon.clock.sleep(PRUNING).await;
    }
}

/// Resolves incidents of documents and checks that the project no longer has. Of monitors a run itself does, because
/// only data say which checks there are.
pub async fn retire(daemon: &Arc<Daemon>, project: &Project) {
    let mut known: BTreeMap<String, Vec<String>> =
        project.documents.values().map(|document| (document.name.clone(), checks_of(document))).collect();
    let monitors: BTreeSet<String> = (project.documents.values())
        .filter(|document| document.kind == Kind::Monitor)
        .map(|document| document.name.clone())
        .collect();
    // nobody writes the daemon's own checks in a file
    known.insert(health::DOCUMENT.into(), health::CHECKS.map(String::from).to_vec());
    let now = daemon.now();
    let retired = daemon.ask(move |store| {
        let states = vec![IncidentState::Pending, IncidentState::Open, IncidentState::Acknowledged];
        let open = store.incidents(&IncidentFilter { states, most: usize::MAX, ..IncidentFilter::default() })?;
        for incident in open.into_iter().filter(|incident| monitors.contains(&incident.key.document)) {
            known.entry(incident.key.document).or_default().push(incident.key.check);
        }
        store.retire_incidents(&known.into_iter().collect::<Vec<_>>(), now)
    });
    match retired.await {
        Ok(0) => {}
        Ok(incidents) => {
            info!(incidents, "resolved incidents of what the project no longer has");
            daemon.notices.changed.notify_one();
        }
        Err(why) => error!(%why, "cannot resolve incidents of what the project no longer has"),
    }
}

fn checks_of(document: &Document) -> Vec<String> {
    let of = |check: &CheckInfo| {
        assay_notify::key_check(document.kind, &check.check, &check.id, check.column.as_deref()).to_string()
    };
    document.checks.iter().map(of).chain([assay_notify::WHOLE.to_string()]).collect()
}

/// Folds live observations into their windows, every half minute, or as soon as there is much.
pub async fn fold(daemon: Arc<Daemon>) {
    let mut folded_at = daemon.clock.elapsed();
    loop {
        daemon.clock.sleep(LOOK).await;
        let due = daemon.clock.elapsed() - folded_at >= FOLDING.as_millis() as i64;
        let sizes = match daemon.ask(|store| store.journal()).await {
            Ok(sizes) => sizes,
            Err(why) => {
                error!(%why, "cannot look into the journal of observations");
                continue;
            }
        };
        if due {
            folded_at = daemon.clock.elapsed();
        }
        for size in sizes.into_iter().filter(|size| due || size.bytes >= FOLDED_AT_ONCE) {
            fold_monitor(&daemon, &size.monitor).await;
        }
    }
}

/// Folds all that waits of one monitor, unless it runs: a run has folded before it began.
async fn fold_monitor(daemon: &Arc<Daemon>, monitor: &str) {
    let Some(alone) = daemon.alone.try_with(monitor) else { return };
    if let Err(why) = fold_waiting(daemon, monitor, &alone).await {
        error!(monitor, why, "cannot fold observations; they stay in the journal");
    }
}

/// Folds all that waits of one monitor, of which nobody else folds or judges windows meanwhile.
///
/// # Errors
/// One sentence; what was not folded stays.
pub async fn fold_waiting(daemon: &Arc<Daemon>, monitor: &str, _: &Held) -> Result<(), String> {
    loop {
        let (inner, name) = (Arc::clone(daemon), monitor.to_string());
        let folded = tokio::task::spawn_blocking(move || fold_some(&inner, &name)).await;
        match folded {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Ok(()),
            Ok(Err(why)) => return Err(why),
            Err(broken) => return Err(format!("folding broke off: {broken}")),
        }
    }
}

/// Folds as many batches as go together. True: there were some.
///
/// Daemons that share a store may do so at the same time. No batch is counted twice, because the batches are read
/// before the states they are added to, and all take the oldest that wait: whoever writes later has, among its batches,
/// one that the other removed, and the store then writes nothing of it. One that finds the other's batches gone when it
/// begins reads states that have them.
fn fold_some(daemon: &Daemon, monitor: &str) -> Result<bool, String> {
    let in_words = |error: StoreError| error.text;
    let batches = daemon.store.batches(monitor, FOLDED_AT_ONCE).map_err(in_words)?;
    if batches.is_empty() {
        return Ok(false);
    }
    let project = daemon.project();
    let folding = daemon.workshop.fold(&project, monitor, &batches, &*daemon.store, daemon.now())?;
    if !daemon.store.fold(&folding).map_err(in_words)? {
        info!(monitor, "another daemon folded the same observations; looking again");
    }
    Ok(true)
}
