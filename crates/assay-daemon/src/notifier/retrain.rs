//! Calls to train a model again: each proposal that was approved becomes one message, and is sent once that arrived.
//!
//! What stands in the store says where a proposal is: approved without a message, it is to be posted; with one that was
//! delivered, it is `sent`; with one that was given up, it stays approved with a note that says so, so that it is not
//! posted again by itself. Who has the message tried again (`assay outbox retry`) sends it after all.

use std::collections::BTreeMap;

use assay_core::drift::store::{Proposal, StoreError};
use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Message, MessageFilter, MessageState};
use assay_core::ops::{Millis, Ops};
use assay_notify::notification::{Notification, Reason, SCHEMA};
use assay_notify::rules::Destination;
use serde_json::Value;
use tracing::{error, info, warn};

use super::messages;
use crate::work::Project;

/// The reason of its messages.
const REASON: &str = "retrain";
/// In the note of a proposal whose call was given up.
const NOT_SENT: &str = "not sent: ";

/// The receiver's name of the calls of a monitor.
pub fn receiver(monitor: &str) -> String {
    format!("retrain/{monitor}")
}

/// Posts what is to be posted and notes what became of what was; gives how many messages were written. `None`: another
/// daemon has the role.
pub(super) fn post(store: &dyn Ops, project: &Project, epoch: i64, now: Millis) -> Result<Option<usize>, StoreError> {
    if project.retrain.is_empty() {
        return Ok(Some(0));
    }
    let mut posted = Vec::new();
    // oldest first
    for proposal in store.proposals(None)?.into_iter().rev().filter(|proposal| proposal.state == "approved") {
        let Some(destination) = project.retrain.get(&proposal.monitor) else { continue };
        let id = message_id(&proposal);
        let known = store.messages(&MessageFilter { id: Some(id.clone()), most: 1, ..MessageFilter::default() })?;
        let is_noted = proposal.note.as_deref().is_some_and(|note| note.contains(NOT_SENT));
        match known.first() {
            Some(message) => came_of(store, &proposal, message, is_noted, now)?,
            None if is_noted => {}
            None => posted.extend(call(project, destination, &proposal, id, now)),
        }
    }
    let count = posted.len();
    let notified = Notified { messages: posted, ..Notified::default() };
    Ok((count == 0 || store.notify(epoch, &notified)?).then_some(count))
}

/// The same for the same model, window, baseline and rule.
fn message_id(proposal: &Proposal) -> String {
    format!("retrain-{}", proposal.idempotency_key)
}

fn came_of(
    store: &dyn Ops,
    proposal: &Proposal,
    message: &Message,
    is_noted: bool,
    now: Millis,
) -> Result<(), StoreError> {
    let seconds = now / 1_000;
    match message.state {
        MessageState::Waiting => {}
        MessageState::Delivered => {
            store.move_proposal(&proposal.id, &["approved"], "sent", seconds, proposal.note.as_deref())?;
            info!(proposal = proposal.id, monitor = proposal.monitor, "called to train the model again");
        }
        MessageState::Dead if is_noted => {}
        MessageState::Dead => {
            let why = message.last_error.as_deref().unwrap_or("the call was given up");
            let before = proposal.note.as_deref().map_or(String::new(), |note| format!("{note}; "));
            let note = format!("{before}{NOT_SENT}{why}");
            store.move_proposal(&proposal.id, &["approved"], "approved", seconds, Some(&note))?;
            warn!(
                proposal = proposal.id,
                monitor = proposal.monitor,
                why,
                "the call to train a model again was given up"
            );
        }
    }
    Ok(())
}

fn call(project: &Project, destination: &Destination, proposal: &Proposal, id: String, now: Millis) -> Vec<Message> {
    let Ok(payload) = serde_json::from_str::<Value>(&proposal.payload) else {
        error!(proposal = proposal.id, "the body of a call to train a model again is no JSON; it is not sent");
        return Vec::new();
    };
    let rule = payload.get("rule").and_then(Value::as_str).unwrap_or("its rule holds").to_owned();
    let labels = [("monitor".to_owned(), proposal.monitor.clone()), ("window".to_owned(), proposal.window.clone())];
    let notification = Notification {
        schema: SCHEMA.into(),
        id,
        receiver: receiver(&proposal.monitor),
        group: receiver(&proposal.monitor),
        labels: BTreeMap::from(labels),
        route: String::new(),
        reason: Reason::Opened,
        why: format!("because {rule}"),
        at: now,
        is_open: true,
        title: format!("Train the model of {} again: {rule} in window {}", proposal.monitor, proposal.window),
        external_url: project.rules.external_url.clone(),
        project: project.name.clone(),
        incidents: Vec::new(),
        left_out: 0,
        open: 0,
        resolved: 0,
        period: None,
        retrain: Some(payload),
    };
    let mut posted = messages::to(destination, &notification, REASON);
    posted.iter_mut().for_each(|message| message.receiver = receiver(&proposal.monitor));
    posted
}
