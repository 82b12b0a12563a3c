//! One try: the receiver is told, within a bounded time, and what came of it is decided.

use std::sync::Arc;
use std::time::Duration;

use assay_core::ops::Millis;
use assay_core::ops::outbox::{Delivery, Message};
use assay_notify::delivery;
use assay_notify::notification::Notification;
use assay_notify::receivers::{Tried, tell};
use assay_notify::rules::Destination;
use tokio::task::JoinSet;
use tracing::error;

use super::fallback::is_passed_on;
use crate::daemon::Daemon;
use crate::work::Project;

/// How long a try may take, whatever the receiver does.
const LONGEST: Duration = Duration::from_secs(60);

/// What came of a try.
pub(super) struct Came {
    pub delivery: Delivery,
    /// For how many milliseconds it wants to be left alone.
    pub asked: Millis,
    /// The settings of a receiver that wants nothing any more.
    pub gone: Option<String>,
    /// Whether the receiver's fallback is told.
    pub tells_fallback: bool,
    /// Whether there is such a receiver.
    pub is_known: bool,
}

impl Came {
    fn unknown(error: String, now: Millis) -> Self {
        let delivery = Delivery::Dead { at: now, reason: delivery::UNKNOWN_RECEIVER.into(), error };
        Came { delivery, asked: 0, gone: None, tells_fallback: false, is_known: false }
    }

    /// Why it did not arrive.
    pub fn error(&self) -> String {
        match &self.delivery {
            Delivery::Delivered { .. } => String::new(),
            Delivery::Retry { error, .. } | Delivery::Dead { error, .. } => error.clone(),
        }
    }
}

/// The receiver of this name: of the rules, or the one that a monitor calls.
pub(super) fn destination(project: &Project, receiver: &str) -> Option<Arc<Destination>> {
    let of_monitor = || project.retrain.get(receiver.strip_prefix("retrain/")?);
    project.rules.receivers.get(receiver).or_else(of_monitor).cloned()
}

/// Tries once. `None`: this daemon no longer has the role.
pub(super) async fn once(daemon: &Arc<Daemon>, epoch: i64, message: &Message) -> Option<Came> {
    let project = daemon.project();
    let now = daemon.now();
    let Some(destination) = destination(&project, &message.receiver) else {
        let error = format!("the rules have no receiver `{}` any more", message.receiver);
        return Some(Came::unknown(error, now));
    };
    if !destination.receiver.targets().contains(&message.target) {
        let error = format!("`{}` is no longer told to {}", message.receiver, message.target);
        return Some(Came::unknown(error, now));
    }
    let mut state = daemon.notices.receivers.of(&message.receiver);
    let wants_nothing = state.disabled.take().filter(|disabled| {
        disabled.fingerprint == destination.fingerprint && !delivery::is_wanted(message, disabled.at)
    });
    let tried = match (&wants_nothing, serde_json::from_str::<Notification>(&message.body)) {
        (Some(disabled), _) => Tried::Gone {
            error: format!("{}; it is told nothing until its settings change or a retry is asked for", disabled.error),
        },
        (None, Err(why)) => Tried::Permanent { error: format!("the message cannot be read: {why}") },
        (None, Ok(notification)) => {
            if !daemon.notices.receivers.enable(daemon, epoch, &message.receiver).await {
                return None;
            }
            carried(daemon, &project, &destination, notification, message, now).await
        }
    };
    let is_new = wants_nothing.is_none();
    let gone = matches!(tried, Tried::Gone { .. }).then(|| destination.fingerprint.clone()).filter(|_| is_new);
    let asked = if let Tried::Retry { after, .. } = &tried { after.unwrap_or(0) } else { 0 };
    let delivery = delivery::after(message, tried, daemon.now());
    // one message until it works again: the first that is given up, also where its end could not be written at once
    let told = state.told.get(&message.target);
    let tells_fallback = matches!(delivery, Delivery::Dead { .. })
        && destination.fallback.is_some()
        && is_passed_on(message)
        && told.is_none_or(|told| *told == message.id);
    Some(Came { delivery, asked, gone, tells_fallback, is_known: true })
}

/// Tells the receiver, on a task of its own: a fault in what makes the request is a try that failed.
async fn carried(
    daemon: &Arc<Daemon>,
    project: &Arc<Project>,
    destination: &Arc<Destination>,
    notification: Notification,
    message: &Message,
    now: Millis,
) -> Tried {
    let mut trying = JoinSet::new();
    let (project, destination) = (Arc::clone(project), Arc::clone(destination));
    let (carrier, target) = (Arc::clone(&daemon.carrier), message.target.clone());
    trying.spawn(async move {
        tell(&destination, &notification, &target, now, &*carrier, &project.rules.allow_private).await
    });
    tokio::select! {
        tried = trying.join_next() => match tried {
            Some(Ok(tried)) => tried,
            broken => {
                let is_panic = matches!(&broken, Some(Err(broken)) if broken.is_panic());
                error!(message = message.id, receiver = message.receiver, is_panic, "a try to tell a receiver broke off");
                Tried::Retry { error: "the try broke off: a fault of Assay, which its log tells of".into(), after: None }
            }
        },
        () = daemon.clock.sleep(LONGEST) => {
            Tried::Retry { error: format!("no end within {} s", LONGEST.as_secs()), after: None }
        }
    }
}
