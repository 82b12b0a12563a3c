//! Who is told in the place of a receiver that cannot be reached.

use std::sync::Arc;

use assay_core::drift::store::StoreError;
use assay_core::ops::outbox::{Message, MessageFilter, MessageState};
use assay_notify::notification::{Notification, Reason};
use assay_notify::plan;
use tracing::error;

use super::trying::destination;
use crate::daemon::Daemon;
use crate::ids;
use crate::notifier;

/// Messages that are given up together and told in one.
const MOST: usize = 100;

/// The messages to the fallback of a message's receiver. Where that receiver wants nothing any more (`is_gone`), they
/// tell of what waits for it, too. All targets of one notification have the same, which is told once.
pub(super) async fn of(
    daemon: &Arc<Daemon>,
    message: &Message,
    why: &str,
    is_gone: bool,
) -> Result<Vec<Message>, StoreError> {
    let project = daemon.project();
    let name = destination(&project, &message.receiver).and_then(|known| known.fallback.clone());
    let Some(fallback) = name.as_ref().and_then(|name| project.rules.receivers.get(name)) else {
        return Ok(Vec::new());
    };
    let mut given_up = vec![message.clone()];
    if is_gone {
        let filter = MessageFilter {
            states: vec![MessageState::Waiting],
            receiver: Some(message.receiver.clone()),
            most: MOST,
            ..MessageFilter::default()
        };
        let waiting = daemon.ask(move |store| store.messages(&filter)).await?;
        given_up.extend(waiting.into_iter().filter(|other| other.id != message.id && is_passed_on(other)));
    }
    let lost: Vec<Notification> = given_up.iter().filter_map(|one| serde_json::from_str(&one.body).ok()).collect();
    if lost.is_empty() {
        error!(
            message = message.id,
            receiver = fallback.name,
            "the fallback cannot be told: the message cannot be read"
        );
        return Ok(Vec::new());
    }
    let told = format!("{}\n{}\n{}\n{}", message.receiver, message.group, message.created_at, message.reason);
    let notification = Notification {
        id: format!("fb-{:016x}", ids::hash(told.as_bytes())),
        ..plan::fallback(&lost, &fallback.name, why, daemon.now())
    };
    Ok(notifier::messages::to(fallback, &notification, Reason::Fallback.name()))
}

/// Whether a message is told to somebody else where its receiver cannot be reached: what is such a message itself, a
/// trial, or a call to train a model is not.
pub(super) fn is_passed_on(message: &Message) -> bool {
    !["fallback", "test", "retrain"].contains(&message.reason.as_str())
}
