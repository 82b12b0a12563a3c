//! The daemon's own health as incidents: a reload that failed, runs that nobody was there for, messages that were given
//! up. They are told like incidents of data.
//!
//! What is found is kept here until the store has taken it, so that none is lost while the store fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::Millis;
use assay_core::ops::incidents::{Incident, IncidentFilter, IncidentState};
use assay_core::verdict::Outcome;
use assay_notify::health::{DOCUMENT, Found, MISSED_RUNS, NOTIFICATIONS, RELOAD, health};
use tokio::sync::Notify;
use tracing::error;

use crate::daemon::Daemon;
use crate::senders;
use crate::work::NotLoaded;

/// How often is looked what is over.
const LOOK: Duration = Duration::from_secs(60);
/// After the store failed.
const PAUSE: Duration = Duration::from_secs(1);
/// So long after runs were missed it is good again.
const MISSED_FOR: Millis = 3_600_000;

/// Check and segment.
type Key = (&'static str, Option<String>);

/// What was found and is not yet written.
#[derive(Debug, Default)]
pub struct Health {
    found: Mutex<BTreeMap<Key, Found>>,
    /// Receivers with an incident that is not over.
    unreached: Mutex<BTreeSet<String>>,
    changed: Notify,
}

impl Health {
    /// The project was loaded anew, or could not be.
    pub fn reloaded(&self, loaded: Result<(), &NotLoaded>) {
        let found = match loaded {
            Ok(()) => Found::Good,
            Err(why) => {
                Found::Bad(Outcome::Fail, format!("the project could not be reloaded, the old one stays: {why}"))
            }
        };
        self.say((RELOAD, None), found);
    }

    /// Planned runs were missed; the first of them is of this document.
    pub fn missed(&self, runs: usize, document: &str) {
        let what = if runs == 1 { "1 planned run was".into() } else { format!("{runs} planned runs were") };
        let message = format!("{what} missed because nobody was there in time, of `{document}` among others");
        let message = if runs == 1 { message.replace(" among others", "") } else { message };
        self.say((MISSED_RUNS, None), Found::Bad(Outcome::Warn, message));
    }

    /// A message to a receiver was given up.
    pub fn given_up(&self, receiver: &str, reason: &str, error: &str) {
        self.unreached().insert(receiver.to_owned());
        let message = format!("a message to the receiver `{receiver}` was given up ({reason}): {error}");
        self.say((NOTIFICATIONS, Some(receiver.to_owned())), Found::Bad(Outcome::Fail, message));
    }

    /// A message reached a receiver.
    pub fn reached(&self, receiver: &str) {
        if self.unreached().remove(receiver) {
            self.say((NOTIFICATIONS, Some(receiver.to_owned())), Found::Good);
        }
    }

    fn say(&self, key: Key, found: Found) {
        self.found().insert(key, found);
        self.changed.notify_one();
    }

    /// Says it unless something else was found meanwhile.
    fn also(&self, key: Key, found: Found) {
        self.found().entry(key).or_insert(found);
    }

    fn next(&self) -> Option<(Key, Found)> {
        self.found().pop_first()
    }

    fn found(&self) -> MutexGuard<'_, BTreeMap<Key, Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreached(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.unreached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what is found of the daemon's health, for as long as it lives.
pub async fn watch(daemon: Arc<Daemon>) {
    // whoever begins has loaded the project; who reads it anew meanwhile knows better
    daemon.health.also((RELOAD, None), Found::Good);
    let mut looked_at: Option<Millis> = None;
    loop {
        let now = daemon.clock.elapsed();
        let is_due = looked_at.is_none_or(|at| now - at >= LOOK.as_millis() as Millis);
        let looked = if is_due { look(&daemon).await } else { Ok(()) };
        if looked.is_ok() && is_due {
            looked_at = Some(now);
        }
        if let Err(why) = looked.and(write(&daemon).await) {
            error!(%why, "cannot write incidents of the daemon itself; trying again");
            daemon.clock.sleep(PAUSE).await;
            continue;
        }
        tokio::select! {
            () = daemon.health.changed.notified() => {}
            () = daemon.clock.sleep(LOOK) => {}
        }
    }
}

/// Finds what is over without anybody saying so.
pub(crate) async fn look(daemon: &Arc<Daemon>) -> Result<(), StoreError> {
    let states = vec![IncidentState::Pending, IncidentState::Open, IncidentState::Acknowledged];
    let filter =
        IncidentFilter { document: Some(DOCUMENT.into()), states, most: usize::MAX, ..IncidentFilter::default() };
    let open = daemon.ask(move |store| store.incidents(&filter)).await?;
    let (project, now) = (daemon.project(), daemon.now());
    for incident in open {
        match (incident.key.check.as_str(), incident.key.segment) {
            (MISSED_RUNS, _) if now - incident.changed_at >= MISSED_FOR => {
                daemon.health.also((MISSED_RUNS, None), Found::Good);
            }
            (NOTIFICATIONS, Some(receiver)) if !senders::is_known(&project, &receiver) => {
                daemon.health.also((NOTIFICATIONS, Some(receiver)), Found::Removed);
            }
            (NOTIFICATIONS, Some(receiver)) => {
                daemon.health.unreached().insert(receiver);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes what was found.
pub(crate) async fn write(daemon: &Arc<Daemon>) -> Result<(), StoreError> {
    while let Some(((check, segment), found)) = daemon.health.next() {
        let (now, of, what) = (daemon.now(), segment.clone(), found.clone());
        let written = daemon.ask(move |store| {
            let mut decide = |known: &[Incident]| health(known, check, of.as_deref(), &what, now);
            store.judge(DOCUMENT, &mut decide)
        });
        match written.await {
            Ok(0) => {}
            Ok(_) => daemon.notices.changed.notify_one(),
            Err(why) => {
                // what was found since is newer
                daemon.health.also((check, segment), found);
                return Err(why);
            }
        }
    }
    Ok(())
}
