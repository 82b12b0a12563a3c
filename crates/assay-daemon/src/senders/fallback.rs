//! Who is told in the place of a receiver that cannot be reached.

use assay_core::ops::outbox::Message;
use assay_notify::notification::{Notification, Reason};
use tracing::error;

use super::trying::destination;
use crate::daemon::Daemon;
use crate::ids;
use crate::notifier;

/// The messages to the fallback of a message's receiver. All targets of one notification have the same: it is told once.
pub(super) fn of(daemon: &Daemon, message: &Message, why: &str) -> Vec<Message> {
    let project = daemon.project();
    let Some(name) = destination(&project, &message.receiver).and_then(|known| known.fallback.clone()) else {
        return Vec::new();
    };
    let (Some(fallback), Ok(lost)) =
        (project.rules.receivers.get(&name), serde_json::from_str::<Notification>(&message.body))
    else {
        error!(message = message.id, receiver = name, "the fallback cannot be told");
        return Vec::new();
    };
    let told = format!("{}\n{}\n{}\n{}", message.receiver, message.group, message.created_at, message.reason);
    let notification = Notification {
        id: format!("fb-{:016x}", ids::hash(told.as_bytes())),
        receiver: name,
        reason: Reason::Fallback,
        why: format!("`{}` could not be told ({why}); it was to be told because {}", message.receiver, lost.why),
        at: daemon.now(),
        ..lost
    };
    notifier::messages::to(fallback, &notification, Reason::Fallback.name())
}
