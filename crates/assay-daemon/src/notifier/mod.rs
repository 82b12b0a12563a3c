//! The notifier: turns what happens to incidents into messages, and has them sent, on the one daemon that has the role.
//!
//! Three things go on beside each other. One holds the role, so that a pass or a receiver that takes long does not cost
//! it. One makes passes (`passes.rs`): what is known gives messages, written with the log of what was told. One sends
//! what is in the outbox (`crate::senders`), and knows nothing but that.

pub(crate) mod messages;
mod once;
mod passes;
mod retrain;

use std::sync::Arc;
use std::time::Duration;

use assay_core::ops::NOTIFIER;
use tokio_util::sync::CancellationToken;

use crate::daemon::Daemon;
use crate::leader::{Hold, PAUSE, Role};
use crate::senders;

pub use once::once;
pub use retrain::receiver as retrain_receiver;

/// Notifies until the daemon stops; what is being sent then gets so much time.
pub async fn notify(daemon: Arc<Daemon>, patience: Duration) {
    let is_over = CancellationToken::new();
    let sending = async {
        senders::send(&daemon, patience).await;
        is_over.cancel();
    };
    // the role is kept until nothing is being sent: nobody else may send the same meanwhile
    tokio::join!(keep(&daemon, Role::new(NOTIFIER), &is_over), passes::make(&daemon), sending);
}

/// Takes and renews the role.
async fn keep(daemon: &Arc<Daemon>, mut role: Role, is_over: &CancellationToken) {
    while !is_over.is_cancelled() {
        daemon.notices.lead(match role.hold(daemon).await {
            Hold::Held { epoch, .. } => Some(epoch),
            Hold::Elsewhere | Hold::Unknown => None,
        });
        tokio::select! {
            () = daemon.clock.sleep(PAUSE) => {}
            () = daemon.notices.refused.notified() => role.lose(),
            () = is_over.cancelled() => {}
        }
    }
    daemon.notices.lead(None);
    role.resign(daemon).await;
}
