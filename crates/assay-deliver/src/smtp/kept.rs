//! Connections that wait for the next mail.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use assay_notify::receivers::Relay;
use assay_notify::rules::Network;
use tokio::time::Instant;

use super::session::Session;

/// How long one is kept.
const IDLE: Duration = Duration::from_secs(10);
/// How many are kept.
const MOST: usize = 4;
/// Mails of one connection: some relays do not take more.
const MOST_MAILS: u32 = 50;

/// What a connection was made for: it is of use for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// The relay, with its login.
    pub relay: Relay,
    /// Which addresses it may have.
    pub allow: Vec<Network>,
}

/// Connections, the longest unused first.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Vec<(Key, Session, Instant)>>);

impl Kept {
    /// One for this use; those that nobody wanted are given up.
    pub fn take(&self, key: &Key) -> Option<Session> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(_, _, since)| since.elapsed() < IDLE);
        let at = kept.iter().rposition(|(known, _, _)| known == key)?;
        Some(kept.remove(at).1)
    }

    /// Keeps one, where it is of further use.
    pub fn put(&self, key: Key, session: Session) {
        if session.mails() >= MOST_MAILS {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MOST {
            kept.remove(0);
        }
        kept.push((key, session, Instant::now()));
    }
}
