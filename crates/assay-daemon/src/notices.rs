//! What those who tell receivers share: who of the daemons does it, and what wakes them.

use std::collections::HashSet;

use assay_core::ops::notices::{LogEntry, Notified, NotifierLog};
use tokio::sync::{Notify, watch};

use crate::senders::receivers::{KEY, Receivers};

/// What the notifier and the senders share.
#[derive(Debug)]
pub struct Notices {
    /// Wakes the notifier: incidents, silences or rules changed.
    pub changed: Notify,
    /// Wakes the senders: there may be a message that is due.
    pub due: Notify,
    /// Wakes the one who holds the role: the store refused an epoch.
    pub(crate) refused: Notify,
    /// What is remembered of receivers.
    pub(crate) receivers: Receivers,
    /// The lease's epoch, while this daemon has the role.
    epoch: watch::Sender<Option<i64>>,
}

impl Default for Notices {
    fn default() -> Self {
        Notices {
            changed: Notify::new(),
            due: Notify::new(),
            refused: Notify::new(),
            receivers: Receivers::default(),
            epoch: watch::Sender::new(None),
        }
    }
}

impl Notices {
    /// The epoch, while this daemon is the one who notifies.
    pub fn epoch(&self) -> Option<i64> {
        *self.epoch.borrow()
    }

    /// Follows who notifies.
    pub(crate) fn follow(&self) -> watch::Receiver<Option<i64>> {
        self.epoch.subscribe()
    }

    /// This daemon notifies from now on, or no longer does.
    pub(crate) fn lead(&self, epoch: Option<i64>) {
        self.epoch.send_if_modified(|now| std::mem::replace(now, epoch) != epoch);
    }

    /// The store said that another daemon has the role.
    pub(crate) fn lose(&self) {
        self.lead(None);
        self.refused.notify_one();
    }
}

/// Entries of the log that only say something of receivers.
pub(crate) fn is_of_receiver(entry: &LogEntry) -> bool {
    entry.key.starts_with(KEY)
}

/// Applies what was written to what is known.
pub(crate) fn apply(log: &mut NotifierLog, written: Notified) {
    let Notified { cursor, entries, forgotten, .. } = written;
    log.cursor = log.cursor.max(cursor);
    if entries.is_empty() && forgotten.is_empty() {
        return;
    }
    let replaced: HashSet<&str> =
        entries.iter().map(|entry| entry.key.as_str()).chain(forgotten.iter().map(String::as_str)).collect();
    log.entries.retain(|known| !replaced.contains(known.key.as_str()));
    log.entries.extend(entries);
    log.entries.sort_by(|a, b| a.key.cmp(&b.key));
}
