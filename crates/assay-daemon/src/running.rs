//! The runs that this process executes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use assay_core::ops::Millis;
use assay_core::ops::runs::Run;
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

/// The runs that this process executes, by id. An attempt that was lost may still be ending while the next one runs.
#[derive(Debug, Default)]
pub struct Running(Mutex<BTreeMap<(String, u32), Entry>>);

#[derive(Debug)]
struct Entry {
    token: CancellationToken,
    stop: Option<Stop>,
    /// Elapsed time from which its lease counts.
    renewed: Millis,
}

impl Running {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<(String, u32), Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run begins, claimed at this elapsed time; the token tells it when to stop.
    pub fn begin(&self, run: &Run, now: Millis) -> CancellationToken {
        let token = CancellationToken::new();
        let entry = Entry { token: token.clone(), stop: None, renewed: now };
        self.entries().insert((run.id.clone(), run.attempt), entry);
        token
    }

    /// An attempt ended; gives why it was stopped, if it was.
    pub fn end(&self, run: &Run) -> Option<Stop> {
        self.entries().remove(&(run.id.clone(), run.attempt))?.stop
    }

    /// Why an attempt is to stop, if it is.
    pub fn why(&self, run: &Run) -> Option<Stop> {
        self.entries().get(&(run.id.clone(), run.attempt))?.stop.clone()
    }

    /// Stops a run; the first reason counts. False: this process does not execute it.
    pub fn stop(&self, run: &str, why: &Stop) -> bool {
        let mut entries = self.entries();
        let mut of_run = entries.iter_mut().filter(|((id, _), _)| id == run).map(|(_, entry)| entry).peekable();
        let is_known = of_run.peek().is_some();
        of_run.for_each(|entry| entry.stop(why));
        is_known
    }

    /// Stops all.
    pub fn stop_all(&self, why: &Stop) {
        self.entries().values_mut().for_each(|entry| entry.stop(why));
    }

    /// The ids.
    pub fn ids(&self) -> Vec<String> {
        self.entries().keys().map(|(id, _)| id.clone()).collect()
    }

    /// The leases of these were renewed at this elapsed time.
    pub fn renewed(&self, ids: &[String], now: Millis) {
        for (_, entry) in self.entries().iter_mut().filter(|((id, _), _)| ids.contains(id)) {
            entry.renewed = now;
        }
    }

    /// Those whose lease was renewed before this elapsed time.
    pub fn renewed_before(&self, then: Millis) -> Vec<String> {
        let entries = self.entries();
        let old = entries.iter().filter(|(_, entry)| entry.renewed <= then && entry.stop != Some(Stop::Lost));
        old.map(|((id, _), _)| id.clone()).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Entry {
    fn stop(&mut self, why: &Stop) {
        self.stop.get_or_insert_with(|| why.clone());
        self.token.cancel();
    }
}
