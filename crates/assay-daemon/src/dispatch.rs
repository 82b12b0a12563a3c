//! The dispatcher: takes runs that are due from the store, as many as may run at once, and has each executed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_core::ops::Millis;
use assay_core::ops::runs::{Claim, Claimed};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tracing::{error, warn};

use crate::daemon::{Daemon, Phase};
use crate::execute;
use crate::running::Stop;
use crate::work::Project;

/// A run belongs to its daemon for so long, counted from the last renewal.
pub const LEASE: Millis = 60_000;
/// After so long a lease is renewed.
const RENEWAL: Millis = 20_000;
/// How often is looked.
const LOOK_AT_LEASES: Duration = Duration::from_secs(1);
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
    let known = Arc::clone(&project);
    let is_known = move |name: &str| known.documents.contains_key(name);
    let claimed = match daemon.ask(move |store| store.claim_known(&claim, &is_known)).await {
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
    let token = daemon.running.begin(&claimed.run, daemon.clock.elapsed());
    tokio::spawn(async move {
        let run = claimed.run.clone();
        // a panic in here must not cost the slot
        let executed = tokio::spawn(execute::execute(Arc::clone(&daemon), project, claimed, token)).await;
        if let Err(broken) = executed {
            error!(run = run.id, %broken, "executing a run broke off; it is executed again when its lease ran out");
            daemon.running.end(&run);
        }
        daemon.gauges.in_progress.fetch_sub(1, Ordering::Relaxed);
        slots.taken.fetch_sub(1, Ordering::AcqRel);
        slots.freed.notify_one();
        daemon.work_queued.notify_one();
    });
}

/// Renews the leases of what runs, until the daemon has stopped. Looked at every second: a run whose lease could not be
/// renewed for too long is stopped, also while the store does not answer at all.
pub async fn renew(daemon: Arc<Daemon>) {
    let mut asking: Option<JoinHandle<()>> = None;
    loop {
        daemon.clock.sleep(LOOK_AT_LEASES).await;
        let now = daemon.clock.elapsed();
        if daemon.store.is_shared() {
            for id in daemon.running.renewed_before(now - UNSURE_AFTER) {
                warn!(run = id, "the lease of a run could not be renewed in time; it is stopped");
                daemon.running.stop(&id, &Stop::Lost);
            }
        }
        let due = daemon.running.renewed_before(now - RENEWAL);
        if !due.is_empty() && asking.as_ref().is_none_or(JoinHandle::is_finished) {
            asking = Some(tokio::spawn(renew_these(Arc::clone(&daemon), due)));
        }
    }
}

async fn renew_these(daemon: Arc<Daemon>, due: Vec<String>) {
    let now = daemon.clock.elapsed();
    let (holder, asked) = (daemon.holder.clone(), due.clone());
    match daemon.change(move |store| store.renew(&holder, &asked, LEASE)).await {
        Ok(lost) => {
            daemon.running.renewed(&due, now);
            for id in lost {
                // one that has just ended has no lease any more, and nobody to stop
                if daemon.running.stop(&id, &Stop::Lost) {
                    warn!(run = id, "the lease of a run was lost: another daemon has it, or it has just ended");
                }
            }
        }
        Err(why) => error!(%why, "cannot renew the leases of runs"),
    }
}
