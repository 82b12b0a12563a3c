//! Signals of the system, and what its service manager is told.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use assay_daemon::daemon::{Daemon, Phase};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info, warn};

/// The scheduler looks every second; when it has not for so long, the service manager is no longer told that all is well.
const STALLED: i64 = 60_000;

/// Signals that are heard from now on.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    phase: watch::Receiver<Phase>,
}

impl Signals {
    /// Begins to hear.
    pub fn of(daemon: &Daemon) -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            phase: daemon.follow(),
        })
    }
}

/// Listens until the daemon ends.
pub(crate) async fn listen(daemon: Arc<Daemon>, signals: Signals) {
    let Signals { mut terminate, mut interrupt, mut hang_up, mut phase } = signals;
    let watchdog = sd_notify::watchdog_enabled().map(|every| every / 2);
    let mut alive = tokio::time::interval(watchdog.unwrap_or(Duration::from_secs(3600)));
    loop {
        tokio::select! {
            _ = terminate.recv() => stop(&daemon),
            _ = interrupt.recv() => stop(&daemon),
            // loading may hang: nothing else waits for it
            _ = hang_up.recv() => drop(tokio::spawn(reload(Arc::clone(&daemon)))),
            _ = alive.tick() => {
                let looked = daemon.gauges.looked_at.load(Ordering::Relaxed);
                if watchdog.is_some() && daemon.clock.elapsed() - looked < STALLED {
                    tell(&[NotifyState::Watchdog]);
                }
            }
            changed = phase.changed() => {
                if changed.is_ok() && daemon.phase() == Phase::Ready {
                    tell(&[NotifyState::Ready]);
                }
            }
        }
    }
}

fn stop(daemon: &Daemon) {
    if daemon.phase() == Phase::Stopping {
        warn!("told to stop a second time: ending at once; what runs is executed again");
        std::process::exit(130);
    }
    info!("stopping: runs may finish");
    tell(&[NotifyState::Stopping]);
    daemon.enter(Phase::Stopping);
}

async fn reload(daemon: Arc<Daemon>) {
    let begun = NotifyState::monotonic_usec_now();
    tell(&begun.map_or_else(|_| vec![NotifyState::Reloading], |now| vec![NotifyState::Reloading, now]));
    match daemon.reload().await {
        Ok(true) => info!(documents = daemon.project().documents.len(), "reloaded"),
        Ok(false) => info!("reloaded; nothing changed"),
        Err(why) => error!(%why, problems = ?why.problems, "not reloaded: the former configuration stays"),
    }
    tell(&[NotifyState::Ready]);
}

/// Without a service manager nobody hears it.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(why) = sd_notify::notify(states) {
        warn!(%why, "cannot tell the service manager");
    }
}
