//! Notifications as messages of the outbox: one for each target of the receiver.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::drift::store::StoreError;
use assay_core::ops::outbox::{Lane, Message, MessageState};
use assay_core::ops::{Millis, Ops};
use assay_core::verdict::Outcome;
use assay_notify::notification::{Notification, Reason};
use assay_notify::rules::Destination;
use tracing::error;

use crate::work::Project;

/// Outcomes of a document that are told with its incidents.
const STRIP: usize = 30;

/// The messages of what is to be told.
pub(super) fn of(
    store: &dyn Ops,
    project: &Project,
    mut notifications: Vec<Notification>,
) -> Result<Vec<Message>, StoreError> {
    fill(store, &mut notifications)?;
    let mut messages = Vec::new();
    let mut lanes: Option<Vec<Lane>> = None;
    for notification in notifications {
        match project.rules.receivers.get(&notification.receiver) {
            Some(destination) => {
                let mut written = to(destination, &notification, notification.reason.name());
                if let (Reason::Repeat, Some(every)) = (notification.reason, destination.receiver.resend_every()) {
                    let lanes = match &mut lanes {
                        Some(lanes) => lanes,
                        None => lanes.insert(store.lanes()?),
                    };
                    written.retain(|message| !is_held_up(message, lanes, every));
                }
                messages.extend(written);
            }
            // routes name known receivers only: the rules were checked when they were read
            None => error!(receiver = notification.receiver, "there is no such receiver; nobody is told"),
        }
    }
    Ok(messages)
}

/// Whether other messages wait for the same place for longer than until the next of this kind. A receiver that forgets is
/// told again every few minutes: while it cannot be reached, these would pile up and say nothing that the next one does
/// not say.
fn is_held_up(message: &Message, lanes: &[Lane], every: Millis) -> bool {
    let own = lanes.iter().find(|lane| lane.receiver == message.receiver && lane.target == message.target);
    own.is_some_and(|lane| message.created_at.saturating_sub(lane.oldest) >= every)
}

/// The messages of one notification, due at once.
pub(crate) fn to(destination: &Destination, notification: &Notification, reason: &str) -> Vec<Message> {
    let targets = destination.receiver.targets();
    let count = targets.len();
    let message = |(nth, target): (usize, String)| {
        let id = if count > 1 { format!("{}.{}", notification.id, nth + 1) } else { notification.id.clone() };
        let body = Notification { id: id.clone(), ..notification.clone() };
        Message {
            group: notification.group.clone(),
            receiver: destination.name.clone(),
            target,
            integration: destination.receiver.integration().into(),
            reason: reason.into(),
            body: serde_json::to_string(&body).expect("texts and numbers"),
            incidents: notification.incidents.iter().map(|item| item.number).collect(),
            created_at: notification.at,
            state: MessageState::Waiting,
            attempts: 0,
            next_at: notification.at,
            last_error: None,
            ended_at: None,
            id,
        }
    };
    targets.into_iter().enumerate().map(message).collect()
}

/// Adds what the documents' last runs came to.
fn fill(store: &dyn Ops, notifications: &mut [Notification]) -> Result<(), StoreError> {
    let items = || notifications.iter().flat_map(|notification| &notification.incidents);
    let documents: BTreeSet<&str> = items().map(|item| item.document.as_str()).collect();
    let documents: Vec<String> = documents.into_iter().map(Into::into).collect();
    if documents.is_empty() {
        return Ok(());
    }
    let mut strips: BTreeMap<String, Vec<Outcome>> = BTreeMap::new();
    // newest first
    for run in store.last_runs(&documents, STRIP)? {
        strips.entry(run.document).or_default().extend(run.outcome);
    }
    strips.values_mut().for_each(|strip| strip.reverse());
    for item in notifications.iter_mut().flat_map(|notification| &mut notification.incidents) {
        item.strip = strips.get(&item.document).cloned().unwrap_or_default();
    }
    Ok(())
}
