//! The dispatcher: takes runs that are due from the store, as many as may run at once, and has each executed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_core::ops::Millis;
use assay_core::ops::runs::{Claim, Claimed};
use tokio::sync::Notify;
use tracing::{error, warn};

use crate::daemon::{Daemon, Phase};
use crate::execute;
use crate::running::Stop;
use crate::work::Project;

/// A run belongs to its daemon for so long, counted from the last renewal.
pub const LEASE: Millis = 60_000;
/// How often leases are renewed.
const RENEWAL: Duration = Duration::from_secs(20);
/// A run whose lease could not be renewed for so long is cancelled: another daemon may soon take it.
const UNSURE_AFTER: Millis = 40_000;
/// How often is looked for runs that became due, or that another daemon queued.
const LOOK: Duration = Duration::from_millis(250);
/// After the store failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How many runs are being executed, and the signal that one ended.
#[derive(Default)]
struct Slots {
    taken: AtomicUsize,
    freed: Notify,
}

/// Takes and executes runs until the daemon stops; then waits for what runs, as long as it may.
pub async fn dispatch(daemon: Arc<Daemon>, patience: Duration) {
    let slots = Arc::new(Slots::default());
    let mut phase = daemon.follow();
    while daemon.phase() != Phase::Stopping {
        let more = fill(&daemon, &slots).await;
        if more {
            continue;
        }
        tokio::select! {
            () = daemon.work_queued.notified() => {}
            () = slots.freed.notified() => {}
            _ = phase.changed() => {}
            () = daemon.clock.sleep(LOOK) => {}
        }
    }
    if !within(&daemon, patience, emptied(&daemon, &slots)).await {
        warn!(runs = daemon.running.len(), "stopping runs that did not finish in time; they are executed again");
        daemon.running.stop_all(&Stop::Shutdown);
        within(&daemon, execute::STOPPING + Duration::from_secs(2), emptied(&daemon, &slots)).await;
    }
}

/// Whether something is done before its time is up.
async fn within(daemon: &Daemon, time: Duration, done: impl Future<Output = ()>) -> bool {
    tokio::select! {
        () = done => true,
        () = daemon.clock.sleep(time) => false,
    }
}

async fn emptied(daemon: &Daemon, slots: &Slots) {
    while slots.taken.load(Ordering::Acquire) > 0 {
        within(daemon, LOOK, slots.freed.notified()).await;
    }
}

/// Takes what is due into free slots. True: there may be more.
async fn fill(daemon: &Arc<Daemon>, slots: &Arc<Slots>) -> bool {
    let project = daemon.project();
    let taken = slots.taken.load(Ordering::Acquire);
    let free = project.scheduler.concurrency.saturating_sub(taken);
    if free == 0 {
        return false;
    }
    let claim = Claim {
        holder: daemon.holder.clone(),
        lease: LEASE,
        most: free,
        per_source: project.scheduler.per_connection,
        after: after(&project),
    };
    let claimed = match daemon.ask(move |store| store.claim(&claim)).await {
        Ok(claimed) => claimed,
        Err(why) => {
            error!(%why, "cannot look for runs that are due");
            daemon.clock.sleep(PAUSE).await;
            return false;
        }
    };
    let full = claimed.len() == free;
    for claimed in claimed {
        begin(daemon, slots, &project, claimed);
    }
    // a full house is looked at again when a slot is freed
    full && slots.taken.load(Ordering::Acquire) < project.scheduler.concurrency
}

fn after(project: &Project) -> Vec<(String, Vec<String>)> {
    let documents = project.documents.values().filter(|document| !document.depends_on.is_empty());
    documents.map(|document| (document.name.clone(), document.depends_on.clone())).collect()
}

fn begin(daemon: &Arc<Daemon>, slots: &Arc<Slots>, project: &Arc<Project>, claimed: Claimed) {
    slots.taken.fetch_add(1, Ordering::AcqRel);
    daemon.gauges.in_progress.fetch_add(1, Ordering::Relaxed);
    daemon.metrics.began(claimed.waited);
    let (daemon, slots, project) = (Arc::clone(daemon), Arc::clone(slots), Arc::clone(project));
    let token = daemon.running.begin(&claimed.run.id, &claimed.run.document);
    tokio::spawn(async move {
        let id = claimed.run.id.clone();
        // a panic in here must not cost the slot
        let executed = tokio::spawn(execute::execute(Arc::clone(&daemon), project, claimed, token)).await;
        if let Err(broken) = executed {
            error!(run = id, %broken, "executing a run broke off; it is executed again when its lease ran out");
            daemon.running.end(&id);
        }
        daemon.gauges.in_progress.fetch_sub(1, Ordering::Relaxed);
        slots.taken.fetch_sub(1, Ordering::AcqRel);
        slots.freed.notify_one();
        daemon.work_queued.notify_one();
    });
}

/// Renews the leases of what runs, until the daemon has stopped.
pub async fn renew(daemon: Arc<Daemon>) {
    // when each run's lease was renewed last, in elapsed time
    let mut renewed: BTreeMap<String, Millis> = BTreeMap::new();
    loop {
        daemon.clock.sleep(RENEWAL).await;
        let ids = daemon.running.ids();
        let now = daemon.clock.elapsed();
        renewed.retain(|id, _| ids.contains(id));
        for id in &ids {
            renewed.entry(id.clone()).or_insert(now);
        }
        if ids.is_empty() {
            continue;
        }
        let (holder, asked) = (daemon.holder.clone(), ids.clone());
        match daemon.ask(move |store| store.renew(&holder, &asked, LEASE)).await {
            Ok(lost) => {
                renewed.values_mut().for_each(|at| *at = daemon.clock.elapsed());
                for id in lost {
                    warn!(run = id, "the lease of a run was lost; another daemon has it");
                    daemon.running.stop(&id, Stop::Lost);
                }
            }
            Err(why) => {
                error!(%why, "cannot renew the leases of runs");
                let now = daemon.clock.elapsed();
                for (id, _) in renewed.iter().filter(|(_, at)| now - **at >= UNSURE_AFTER) {
                    daemon.running.stop(id, Stop::Lost);
                }
            }
        }
    }
}
