//! The whole daemon: everything that runs at once, from the start to the orderly end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use crate::daemon::{Daemon, Phase};
use crate::{dispatch, health, keep, notifier, scheduler};

/// How long runs may go on after the daemon was told to stop.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Works until somebody calls [`Daemon::enter`] with [`Phase::Stopping`].
///
/// # Errors
/// Where the store cannot be asked at the start.
pub async fn run(daemon: Arc<Daemon>, patience: Duration) -> Result<(), StoreError> {
    take_back(&daemon).await?;
    let mut always = JoinSet::new();
    always.spawn(dispatch::renew(Arc::clone(&daemon)));
    always.spawn(keep::recover(Arc::clone(&daemon)));
    always.spawn(keep::prune(Arc::clone(&daemon)));
    always.spawn(keep::fold(Arc::clone(&daemon)));
    always.spawn(health::watch(Arc::clone(&daemon)));
    let scheduling = tokio::spawn(scheduler::schedule(Arc::clone(&daemon)));
    let mut notifying = tokio::spawn(notifier::notify(Arc::clone(&daemon), patience));
    let mut has_notified = false;
    daemon.enter(Phase::Ready);
    info!(documents = daemon.project().documents.len(), "ready");
    let mut dispatching = pin!(dispatch::dispatch(Arc::clone(&daemon), patience));
    tokio::select! {
        () = &mut dispatching => {}
        Some(ended) = always.join_next() => {
            // none of them ends by itself
            error!(?ended, "a part of the daemon broke off: it stops, so that it is started anew");
            daemon.enter(Phase::Stopping);
            dispatching.await;
        }
        ended = &mut notifying => {
            // it ends by itself only when the daemon stops
            if let Err(broken) = &ended {
                error!(%broken, "the notifier broke off: the daemon stops, so that it is started anew");
                daemon.enter(Phase::Stopping);
            }
            has_notified = true;
            dispatching.await;
        }
    }
    if !has_notified && let Err(broken) = notifying.await {
        error!(%broken, "the notifier broke off");
    }
    if let Err(broken) = scheduling.await {
        error!(%broken, "the scheduler broke off");
    }
    always.shutdown().await;
    Ok(())
}

/// Runs that this daemon had when it ended last are executed again.
async fn take_back(daemon: &Arc<Daemon>) -> Result<(), StoreError> {
    let holder = daemon.holder.clone();
    let runs = daemon.ask(move |store| store.recover(Some(&holder))).await?;
    if !runs.is_empty() {
        warn!(runs = runs.len(), "runs were interrupted when the daemon ended last; they are executed again");
    }
    Ok(())
}
