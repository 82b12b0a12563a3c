//! What is remembered of receivers: which want nothing any more, and whose fallback was told. Kept in the notifier's log,
//! so that the next daemon knows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::drift::store::StoreError;
use assay_core::ops::Millis;
use assay_core::ops::notices::{LogEntry, Notified};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex as Turn;
use tracing::{error, info, warn};

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::daemon::Daemon;

/// With what the keys of their entries begin.
pub(crate) const KEY: &str = "receiver:";
/// The version of their form.
const SCHEMA: &str = "assay.receiver/v1";

/// What is remembered of a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct State {
    #[serde(default)]
    schema: String,
    /// It wants nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
    /// Targets that have not worked since the fallback was told, with the message that was given up then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<String, String>,
}

/// A receiver that wants nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Disabled {
    /// Of which settings: with others it is told again.
    pub fingerprint: String,
    /// Since when.
    pub at: Millis,
    /// What it answered.
    pub error: String,
}

impl State {
    /// It wants nothing any more; the first answer of that kind counts.
    pub fn disable(&mut self, fingerprint: &str, at: Millis, error: &str) {
        if self.disabled.as_ref().is_none_or(|known| known.fingerprint != fingerprint) {
            self.disabled = Some(Disabled { fingerprint: fingerprint.into(), at, error: error.into() });
        }
    }

    /// The fallback is told of this message.
    pub fn fallback_told(&mut self, target: &str, message: &str) {
        self.told.entry(target.into()).or_insert_with(|| message.into());
    }

    /// Something arrived.
    pub fn works(&mut self, target: &str) {
        self.disabled = None;
        self.told.remove(target);
    }

    fn is_nothing(&self) -> bool {
        self.disabled.is_none() && self.told.is_empty()
    }

    /// Reads an entry; `None`: it is of something else, or cannot be read.
    pub fn of(entry: &LogEntry) -> Option<(String, State)> {
        let name = entry.key.strip_prefix(KEY)?;
        match serde_json::from_str(&entry.body) {
            Ok(state) => Some((name.to_owned(), state)),
            Err(why) => {
                warn!(receiver = name, %why, "what is remembered of a receiver cannot be read; it is taken as new");
                None
            }
        }
    }
}

/// What is remembered of all receivers, while this daemon has the role.
#[derive(Debug, Default)]
pub(crate) struct Receivers {
    known: Mutex<Known>,
    /// One writes at a time.
    writing: Turn<()>,
}

#[derive(Debug, Default)]
struct Known {
    epoch: Option<i64>,
    states: BTreeMap<String, State>,
}

impl Receivers {
    /// Reads what the store remembers, once for each epoch.
    pub async fn read(&self, daemon: &Arc<Daemon>, epoch: i64) -> Result<(), StoreError> {
        let _turn = self.writing.lock().await;
        if self.known().epoch == Some(epoch) {
            return Ok(());
        }
        let log = daemon.ask(|store| store.notifier_log()).await?;
        let states = log.entries.iter().filter_map(State::of).collect();
        *self.known() = Known { epoch: Some(epoch), states };
        Ok(())
    }

    /// What is remembered of one.
    pub fn of(&self, receiver: &str) -> State {
        self.known().states.get(receiver).cloned().unwrap_or_default()
    }

    /// Changes what is remembered, in the store first. False: this daemon no longer has the role.
    pub async fn change(
        &self,
        daemon: &Arc<Daemon>,
        epoch: i64,
        receiver: &str,
        change: impl FnOnce(&mut State),
    ) -> Result<bool, StoreError> {
        let _turn = self.writing.lock().await;
        let before = self.of(receiver);
        let mut state = before.clone();
        change(&mut state);
        if state == before {
            return Ok(true);
        }
        state.schema = SCHEMA.into();
        let mut notified = Notified::default();
        let key = format!("{KEY}{receiver}");
        if state.is_nothing() {
            notified.forgotten.push(key);
        } else {
            let body = serde_json::to_string(&state).expect("texts and numbers");
            notified.entries.push(LogEntry { key, receiver: receiver.into(), body, changed_at: daemon.now() });
        }
        if !daemon.change(move |store| store.notify(epoch, &notified)).await? {
            daemon.notices.lose();
            return Ok(false);
        }
        match (&before.disabled, &state.disabled) {
            (None, Some(disabled)) => warn!(
                receiver,
                error = disabled.error,
                "the receiver wants nothing any more; it is told nothing until its settings change or a retry is asked for"
            ),
            (Some(_), None) => info!(receiver, "the receiver is told again"),
            _ => {}
        }
        let mut known = self.known();
        if state.is_nothing() {
            known.states.remove(receiver);
        } else {
            known.states.insert(receiver.to_owned(), state);
        }
        Ok(true)
    }

    /// It is told again, if it was not. False: that cannot be written now.
    pub async fn enable(&self, daemon: &Arc<Daemon>, epoch: i64, receiver: &str) -> bool {
        let enabled = self.change(daemon, epoch, receiver, |state| state.disabled = None).await;
        enabled.unwrap_or_else(|why| {
            error!(receiver, %why, "cannot write that a receiver is told again; trying again");
            false
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
