//! A store that reads from the real one and keeps what a run writes, so that it is written together with the run's end.

use std::sync::{Mutex, PoisonError};

use assay_core::drift::store::{BaselineRow, Commit, Proposal, StateRow, Store, StoreError, WindowRow};
use assay_core::history::Point;

/// Reads from the store, keeps the commit.
pub struct Captured<'a> {
    store: &'a dyn Store,
    commit: Mutex<Commit>,
}

impl<'a> Captured<'a> {
    /// In front of a store.
    pub fn new(store: &'a dyn Store) -> Self {
        Captured { store, commit: Mutex::default() }
    }

    /// What was to be written.
    pub fn into_commit(self) -> Commit {
        self.commit.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Captured<'_> {
    fn monitors(&self) -> Result<Vec<String>, StoreError> {
        self.store.monitors()
    }

    fn windows(&self, monitor: &str) -> Result<Vec<WindowRow>, StoreError> {
        self.store.windows(monitor)
    }

    fn states(&self, monitor: &str, measures: &str, start: i128, end: i128) -> Result<Vec<StateRow>, StoreError> {
        self.store.states(monitor, measures, start, end)
    }

    fn points(&self, document: &str, before: i128, most: usize) -> Result<Vec<Point>, StoreError> {
        self.store.points(document, before, most)
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut kept = self.commit.lock().unwrap_or_else(PoisonError::into_inner);
        if commit.run.is_some() {
            kept.run.clone_from(&commit.run);
        }
        kept.windows.extend(commit.windows.iter().cloned());
        kept.states.extend(commit.states.iter().cloned());
        kept.points.extend(commit.points.iter().cloned());
        kept.proposals.extend(commit.proposals.iter().cloned());
        Ok(())
    }

    fn accept(&self, monitor: &str, window: &str) -> Result<bool, StoreError> {
        self.store.accept(monitor, window)
    }

    fn proposals(&self, monitor: Option<&str>) -> Result<Vec<Proposal>, StoreError> {
        self.store.proposals(monitor)
    }

    fn move_proposal(
        &self,
        id: &str,
        from: &[&str],
        to: &str,
        now: i64,
        note: Option<&str>,
    ) -> Result<Option<(Proposal, bool)>, StoreError> {
        self.store.move_proposal(id, from, to, now, note)
    }

    fn add_baseline(&self, row: &BaselineRow) -> Result<(), StoreError> {
        self.store.add_baseline(row)
    }

    fn baselines(&self) -> Result<Vec<BaselineRow>, StoreError> {
        self.store.baselines()
    }

    fn set_alias(&self, name: &str, sha256: &str, alias: &str) -> Result<(), StoreError> {
        self.store.set_alias(name, sha256, alias)
    }
}
