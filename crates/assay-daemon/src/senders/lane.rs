//! One lane: its messages in order, each tried, and what came of it written, before the next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use assay_core::ops::{Millis, Ops};
use assay_notify::delivery::{self, Next};
use tracing::{error, info, warn};

use super::receivers::State;
use super::trying::{self, Came};
use super::{Place, fallback};
use crate::daemon::{Daemon, Phase};

/// Messages that are in memory at once: each may tell of some hundred incidents.
const LOADED: usize = 20;
/// After the store failed, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));

/// A try that failed, which left the lane waiting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed {
    /// For how many milliseconds the receiver wants to be left alone.
    pub asked: Millis,
}

/// Delivers what waits in a lane, until the oldest message has to wait, nothing is left, or this daemon no longer has the
/// role. `hurry`: the oldest is tried although it has to wait.
pub(super) async fn deliver(
    daemon: Arc<Daemon>,
    epoch: i64,
    (receiver, target): Place,
    mut hurry: bool,
) -> Option<Failed> {
    loop {
        let filter = MessageFilter {
            states: vec![MessageState::Waiting],
            receiver: Some(receiver.clone()),
            target: Some(target.clone()),
            most: LOADED,
            ..MessageFilter::default()
        };
        let mut messages = match daemon.ask(move |store| store.messages(&filter)).await {
            Ok(messages) if messages.is_empty() => return None,
            Ok(messages) => VecDeque::from(messages),
            Err(why) => {
                error!(receiver, %why, "cannot read messages to be sent; trying again");
                daemon.clock.sleep(Duration::from_secs(1)).await;
                return None;
            }
        };
        loop {
            if !goes_on(&daemon, epoch) {
                return None;
            }
            match delivery::next(messages.make_contiguous(), daemon.now()) {
                Next::Nothing => break,
                Next::Wait(_) if !hurry => return None,
                Next::Wait(_) | Next::Try(_) => hurry = false,
            }
            let Some(message) = messages.pop_front() else { break };
            let Some(came) = trying::once(&daemon, epoch, &message).await else {
                daemon.clock.sleep(PAUSES.0).await;
                return None;
            };
            if !write(&daemon, epoch, &message, &came).await {
                return None;
            }
            if matches!(came.delivery, Delivery::Retry { .. }) {
                return Some(Failed { asked: came.asked });
            }
        }
    }
}

/// Whether this daemon may go on sending.
fn goes_on(daemon: &Daemon, epoch: i64) -> bool {
    daemon.phase() != Phase::Stopping && daemon.notices.epoch() == Some(epoch)
}

/// Writes what came of a try; where the store fails, until it is written: what arrived is not to be sent again. False:
/// this daemon no longer has the role.
async fn write(daemon: &Arc<Daemon>, epoch: i64, message: &Message, came: &Came) -> bool {
    let mut pause = PAUSES.0;
    loop {
        match written(daemon, epoch, message, came).await {
            Ok(goes_on) => return goes_on,
            Err(why) => error!(message = message.id, %why, "cannot write what came of sending a message; trying again"),
        }
        if daemon.notices.epoch() != Some(epoch) {
            return false;
        }
        daemon.clock.sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn written(daemon: &Arc<Daemon>, epoch: i64, message: &Message, came: &Came) -> Result<bool, StoreError> {
    let receivers = &daemon.notices.receivers;
    // Written before the message's own end: a fallback that is told twice, or a receiver that is asked after it wanted
    // nothing, would be worse than what is remembered although that end was not written.
    let changed = |state: &mut State| match &came.delivery {
        Delivery::Delivered { .. } => state.works(&message.target),
        Delivery::Retry { .. } => {}
        Delivery::Dead { at, .. } => {
            if let Some(fingerprint) = &came.gone {
                state.disable(fingerprint, *at, &came.error());
            }
            if came.tells_fallback {
                state.fallback_told(&message.target, &message.id);
            }
        }
    };
    if !receivers.change(daemon, epoch, &message.receiver, changed).await? {
        return Ok(false);
    }
    let instead = match &came.delivery {
        Delivery::Dead { .. } if came.tells_fallback => {
            fallback::of(daemon, message, &came.error(), came.gone.is_some()).await?
        }
        _ => Vec::new(),
    };
    let has_fallback = !instead.is_empty();
    let (id, delivery) = (message.id.clone(), came.delivery.clone());
    let is_waiting = daemon.change(move |store: &dyn Ops| store.delivered(&id, &delivery, &instead)).await?;
    if has_fallback {
        daemon.notices.due.notify_one();
    }
    daemon.metrics.outbox_changed();
    if !is_waiting {
        info!(message = message.id, "the message was dropped, or ended by another daemon, while it was sent");
        return Ok(true);
    }
    tell(daemon, message, came);
    Ok(true)
}

/// Says what came of it: in the log, and to the daemon's own health.
fn tell(daemon: &Daemon, message: &Message, came: &Came) {
    let Message { id, receiver, target, reason, .. } = message;
    match &came.delivery {
        Delivery::Delivered { .. } => {
            info!(message = id, receiver, target, reason, tries = message.attempts + 1, "told");
            daemon.health.reached(receiver);
        }
        Delivery::Retry { next_at, error, .. } => {
            let seconds = (next_at - daemon.now()).max(0) / 1_000;
            warn!(
                message = id,
                receiver,
                target,
                error,
                tries = message.attempts + 1,
                seconds,
                "not told; tried again"
            );
        }
        Delivery::Dead { reason: why, error, .. } => {
            error!(message = id, receiver, target, error, why, "not told, and given up");
            if came.is_known {
                daemon.health.given_up(receiver, why, error);
            }
        }
    }
    if message.reason == "retrain" && !matches!(came.delivery, Delivery::Retry { .. }) {
        // the proposal follows its message
        daemon.notices.changed.notify_one();
    }
}
