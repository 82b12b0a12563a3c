//! What all parts of the daemon share.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use assay_core::drift::store::StoreError;
use assay_core::ops::{Millis, Ops};
use assay_notify::receivers::Carrier;
use tokio::sync::{Notify, Semaphore, watch};

use crate::alone::Alone;
use crate::clock::Clock;
use crate::hanging::AtWork;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::notices::Notices;
use crate::running::Running;
use crate::work::{NotLoaded, Project, Workshop};

/// Questions of pages and the API that the store answers at once.
const OUTSIDE: usize = 12;

/// Whether it is the store that failed, not what it was asked.
fn is_failure(error: &StoreError) -> bool {
    !["store_unfit", "baseline_unknown"].contains(&error.code)
}

/// What the daemon is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the project, opening the store.
    Starting,
    /// At work.
    Ready,
    /// Finishing what runs, beginning nothing.
    Stopping,
}

/// What all parts of the daemon share.
pub struct Daemon {
    /// What is kept.
    pub store: Arc<dyn Ops>,
    /// Loads and executes.
    pub workshop: Arc<dyn Workshop>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Carries what receivers are told out of the house.
    pub carrier: Arc<dyn Carrier>,
    /// The name of this daemon among those that share the store.
    pub holder: String,
    /// Wakes the scheduler: documents changed.
    pub schedule_changed: Notify,
    /// Wakes the dispatcher: something may be due.
    pub work_queued: Notify,
    /// Wakes those who tell receivers, and knows whether this daemon does.
    pub notices: Notices,
    /// What the daemon finds of itself.
    pub health: Health,
    /// Runs that this process executes, to stop them.
    pub running: Running,
    /// Documents whose thread is at work.
    pub at_work: AtWork,
    /// Held by document while its observations are folded, and while it runs.
    pub alone: Alone,
    /// Numbers of this process, for /metrics.
    pub gauges: Gauges,
    /// What Prometheus scrapes.
    pub metrics: Arc<Metrics>,
    /// Turns of those outside who ask the store.
    outside: Semaphore,
    reloading: tokio::sync::Mutex<()>,
    project: RwLock<Arc<Project>>,
    phase: watch::Sender<Phase>,
    reloads: watch::Sender<u64>,
}

/// Numbers of this process.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Runs being executed.
    pub in_progress: AtomicI64,
    /// 1: the last load of the project succeeded.
    pub reload_ok: AtomicI64,
    /// When the project was loaded last.
    pub reloaded_at: AtomicI64,
    /// When the scheduler last looked for what is due.
    pub scheduled_at: AtomicI64,
    /// The same in elapsed time, which a clock that is set does not change: the scheduler is alive.
    pub looked_at: AtomicI64,
    /// Calls that the store refused.
    pub store_errors: AtomicU64,
    /// The code of what a call to the store failed with, until the store has taken something since.
    store_trouble: Mutex<Option<&'static str>>,
}

impl Gauges {
    /// What the store failed with.
    pub fn trouble(&self) -> MutexGuard<'_, Option<&'static str>> {
        self.store_trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Daemon {
    /// A daemon that is starting.
    pub fn new(
        store: Arc<dyn Ops>,
        workshop: Arc<dyn Workshop>,
        clock: Arc<dyn Clock>,
        carrier: Arc<dyn Carrier>,
        holder: String,
        project: Project,
    ) -> Arc<Self> {
        let gauges = Gauges::default();
        gauges.reload_ok.store(1, Ordering::Relaxed);
        gauges.reloaded_at.store(clock.now(), Ordering::Relaxed);
        Arc::new(Daemon {
            store,
            workshop,
            clock,
            carrier,
            holder,
            schedule_changed: Notify::new(),
            work_queued: Notify::new(),
            notices: Notices::default(),
            health: Health::default(),
            running: Running::default(),
            at_work: AtWork::default(),
            alone: Alone::default(),
            gauges,
            metrics: Arc::new(Metrics::new()),
            outside: Semaphore::new(OUTSIDE),
            reloading: tokio::sync::Mutex::default(),
            project: RwLock::new(Arc::new(project)),
            phase: watch::Sender::new(Phase::Starting),
            reloads: watch::Sender::new(0),
        })
    }

    /// The project as it is now: keep it as long as one piece of work takes.
    pub fn project(&self) -> Arc<Project> {
        Arc::clone(&self.project.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the daemon is doing.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Follows what the daemon is doing.
    pub fn follow(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Says what the daemon is doing now; stopping is for good.
    pub fn enter(&self, phase: Phase) {
        self.phase.send_if_modified(|now| {
            let changes = *now != Phase::Stopping && *now != phase;
            if changes {
                *now = phase;
            }
            changes
        });
    }

    /// Asks the store, on a thread that may block.
    ///
    /// # Errors
    /// As the store has them.
    pub async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&dyn Ops) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        let answer = tokio::task::spawn_blocking(move || question(&*store)).await;
        let answer = answer.unwrap_or_else(|broken| {
            Err(StoreError { code: "store_unreadable", text: format!("a call to the store broke off: {broken}") })
        });
        match &answer {
            Err(why) if is_failure(why) => {
                self.gauges.store_errors.fetch_add(1, Ordering::Relaxed);
                *self.gauges.trouble() = Some(why.code);
            }
            _ => {}
        }
        answer
    }

    /// Asks the store for something that changes it in any case. That it answers is not enough to know that it works: one
    /// on a full disk, or one that another process has locked, can still be read.
    ///
    /// # Errors
    /// As the store has them.
    pub async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        change: impl FnOnce(&dyn Ops) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = self.ask(change).await;
        if answer.is_ok() {
            self.store_works();
        }
        answer
    }

    /// Asks the store for somebody outside: only so many of them at once, so that the daemon's own work goes on.
    ///
    /// # Errors
    /// As the store has them.
    pub async fn answer<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&dyn Ops) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _turn = self.outside.acquire().await;
        self.ask(question).await
    }

    /// The store took something that was written.
    pub fn store_works(&self) {
        *self.gauges.trouble() = None;
    }

    /// What the store failed with, unless it has taken something since.
    pub fn store_trouble(&self) -> Option<&'static str> {
        *self.gauges.trouble()
    }

    /// Reads the project anew. Where anything in it is wrong, the old one stays. True: something changed.
    ///
    /// # Errors
    /// What is wrong with the new one.
    pub async fn reload(self: &Arc<Self>) -> Result<bool, NotLoaded> {
        // the one that began last is applied last
        let _alone = self.reloading.lock().await;
        let workshop = Arc::clone(&self.workshop);
        let loaded = tokio::task::spawn_blocking(move || workshop.load()).await;
        let loaded = loaded.unwrap_or_else(|broken| {
            Err(NotLoaded { summary: format!("loading broke off: {broken}"), problems: Vec::new() })
        });
        self.gauges.reload_ok.store(i64::from(loaded.is_ok()), Ordering::Relaxed);
        self.metrics.changed();
        self.health.reloaded(loaded.as_ref().map(drop));
        let new = loaded?;
        self.gauges.reloaded_at.store(self.clock.now(), Ordering::Relaxed);
        let changed = new.digest != self.project().digest;
        if changed {
            *self.project.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
            self.schedule_changed.notify_one();
            self.work_queued.notify_one();
            self.notices.changed.notify_one();
            self.notices.due.notify_one();
        }
        self.reloads.send_modify(|count| *count += 1);
        Ok(changed)
    }

    /// The scheduler has looked for what is due.
    pub fn looked(&self) {
        self.gauges.scheduled_at.store(self.clock.now(), Ordering::Relaxed);
        self.gauges.looked_at.store(self.clock.elapsed(), Ordering::Relaxed);
    }

    /// Follows successful reloads, also those that found nothing changed: certificates may have been.
    pub fn reloads(&self) -> watch::Receiver<u64> {
        self.reloads.subscribe()
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }
}
