//! What people ask of the outbox, by the API or a page: a message is tried again, or given up; and how it stands with
//! receivers.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::drift::store::StoreError;
use assay_core::ops::outbox::{Delivery, Lane, Message, MessageFilter, MessageState};
use assay_core::ops::{Millis, Ops};
use assay_notify::delivery::DROPPED;
use assay_notify::rules::Destination;

use super::auth::caller::Caller;
use super::problem::{Answer, Problem};
use super::state::Http;
use crate::notifier;
use crate::senders::receivers::State;
use crate::work::Project;

/// How it stands with a receiver. Nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub name: String,
    pub integration: &'static str,
    pub targets: Vec<String>,
    /// Who is told where it cannot be reached.
    pub fallback: Option<String>,
    /// Messages that wait for it.
    pub waiting: u64,
    /// When the oldest of these was written.
    pub oldest: Option<Millis>,
    /// Since when it wants nothing any more, and what it answered.
    pub disabled: Option<(Millis, String)>,
}

impl Http {
    /// Has a message tried again that was given up, or now one that waits for its next try.
    ///
    /// # Errors
    /// 404 of an unknown message, 409 of a delivered one.
    pub async fn retry_message(&self, id: &str, caller: &Caller) -> Answer<Message> {
        let (ids, now) = (vec![id.to_string()], self.daemon.now());
        let retried = self.daemon.answer(move |store| store.retry(&ids, now)).await?;
        let message = self.message(id).await?;
        if retried == 0 {
            return Err(Problem::conflict("message_delivered", "the message was delivered; it is not sent again"));
        }
        tracing::info!(message = id, by = %caller.name, "a message is tried again");
        self.daemon.metrics.outbox_changed();
        self.daemon.notices.due.notify_one();
        Ok(message)
    }

    /// Gives a message up that waits.
    ///
    /// # Errors
    /// 404 of an unknown message, 409 of one that does not wait.
    pub async fn drop_message(&self, id: &str, caller: &Caller) -> Answer<Message> {
        let error = format!("dropped by {}", caller.name);
        let delivery = Delivery::Dead { at: self.daemon.now(), reason: DROPPED.into(), error };
        let asked = id.to_string();
        let is_dropped = self.daemon.answer(move |store| store.delivered(&asked, &delivery, &[])).await?;
        let message = self.message(id).await?;
        if !is_dropped {
            let detail = format!("the message is {}; only one that waits is dropped", message.state.name());
            return Err(Problem::conflict("message_not_waiting", detail));
        }
        tracing::info!(message = id, by = %caller.name, "a message was dropped");
        self.daemon.metrics.outbox_changed();
        self.daemon.notices.due.notify_one();
        Ok(message)
    }

    async fn message(&self, id: &str) -> Answer<Message> {
        let filter = MessageFilter { id: Some(id.to_string()), brief: true, most: 1, ..MessageFilter::default() };
        let found = self.daemon.answer(move |store| store.messages(&filter)).await?;
        let shown = || id.chars().take(100).collect::<String>();
        found.into_iter().next().ok_or_else(|| Problem::not_found("message", &shown()))
    }
}

/// How it stands with all receivers of a project, by name: those of the rules, then those that monitors call.
pub(crate) fn standings(store: &dyn Ops, project: &Project) -> Result<Vec<Standing>, StoreError> {
    let lanes = store.lanes()?;
    let log = store.notifier_log()?;
    let known: BTreeMap<String, State> = log.entries.iter().filter_map(State::of).collect();
    let of = |name: String, destination: &Arc<Destination>| {
        let own = || lanes.iter().filter(|lane: &&Lane| lane.receiver == name);
        let disabled = known.get(&name).and_then(|state| state.disabled.as_ref());
        // with other settings it is told again
        let disabled = disabled.filter(|disabled| disabled.fingerprint == destination.fingerprint);
        Standing {
            integration: destination.receiver.integration(),
            targets: destination.receiver.targets().into_iter().filter(|target| !target.is_empty()).collect(),
            fallback: destination.fallback.clone(),
            waiting: own().map(|lane| lane.waiting).sum(),
            oldest: own().map(|lane| lane.oldest).min(),
            disabled: disabled.map(|disabled| (disabled.at, disabled.error.clone())),
            name,
        }
    };
    let of_rules = project.rules.receivers.iter().map(|(name, destination)| of(name.clone(), destination));
    let called = project.retrain.iter().map(|(monitor, one)| of(notifier::retrain_receiver(monitor), one));
    Ok(of_rules.chain(called).collect())
}

/// The state of this name, as lists ask for it.
pub(crate) fn states() -> [&'static str; 3] {
    [MessageState::Waiting, MessageState::Delivered, MessageState::Dead].map(MessageState::name)
}
