//! The runs that this process executes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// Why a run is stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked for it: who.
    Asked(String),
    /// Its lease was lost: another daemon has it.
    Lost,
    /// The daemon stops: it is executed again later.
    Shutdown,
}

/// The runs that this process executes, by id.
#[derive(Debug, Default)]
pub struct Running {
    begun: Mutex<BTreeMap<String, Entry>>,
    /// Runs that wait for their turn and are to be stopped as soon as they begin.
    waiting: Mutex<BTreeMap<String, Stop>>,
}

/// Runs to be stopped as soon as they begin, at most.
const WAITING: usize = 10_000;

#[derive(Debug)]
struct Entry {
    document: String,
    token: CancellationToken,
    stop: Option<Stop>,
}

impl Running {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run begins; the token tells it when to stop.
    pub fn begin(&self, run: &str, document: &str) -> CancellationToken {
        let token = CancellationToken::new();
        let stop = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(run);
        if stop.is_some() {
            token.cancel();
        }
        let entry = Entry { document: document.into(), token: token.clone(), stop };
        self.entries().insert(run.into(), entry);
        token
    }

    /// A run ended; gives why it was stopped, if it was.
    pub fn end(&self, run: &str) -> Option<Stop> {
        self.entries().remove(run)?.stop
    }

    /// Why a run is to stop, if it is.
    pub fn why(&self, run: &str) -> Option<Stop> {
        self.entries().get(run)?.stop.clone()
    }

    /// Stops a run; the first reason counts. False: this process does not execute it.
    pub fn stop(&self, run: &str, why: Stop) -> bool {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(run) else { return false };
        entry.stop.get_or_insert(why);
        entry.token.cancel();
        true
    }

    /// Stops a run that waits for its turn as soon as this process begins it. False: there are too many such already.
    pub fn stop_when_begun(&self, run: &str, why: Stop) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING && !waiting.contains_key(run) {
            return false;
        }
        waiting.entry(run.into()).or_insert(why);
        true
    }

    /// Stops all.
    pub fn stop_all(&self, why: &Stop) {
        for entry in self.entries().values_mut() {
            entry.stop.get_or_insert_with(|| why.clone());
            entry.token.cancel();
        }
    }

    /// The ids.
    pub fn ids(&self) -> Vec<String> {
        self.entries().keys().cloned().collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a run of this document is among them.
    pub fn has_document(&self, document: &str) -> bool {
        self.entries().values().any(|entry| entry.document == document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_waits_is_stopped_when_it_begins_and_only_that_one() {
        let running = Running::default();
        assert!(!running.stop("run-1", Stop::Lost));
        assert!(running.stop_when_begun("run-1", Stop::Asked("anna".into())));
        assert!(running.begin("run-1", "a").is_cancelled());
        assert!(!running.begin("run-2", "b").is_cancelled());
        assert_eq!(running.end("run-1"), Some(Stop::Asked("anna".into())));
        assert!(!running.begin("run-1", "a").is_cancelled());
    }
}
