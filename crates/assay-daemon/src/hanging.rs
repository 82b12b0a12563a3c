//! Documents whose thread is at work: also those that were left behind because they did not stop when told to.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The documents whose thread is at work.
#[derive(Debug, Clone, Default)]
pub struct AtWork(Arc<Mutex<BTreeSet<String>>>);

/// A thread that is at work on a document; dropped when it ends, whatever became of its run.
#[derive(Debug)]
pub struct Guard {
    at_work: AtWork,
    document: String,
}

impl AtWork {
    /// A thread begins. `None`: an earlier one of this document has not ended.
    pub fn enter(&self, document: &str) -> Option<Guard> {
        let mut documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        documents.insert(document.into()).then(|| Guard { at_work: self.clone(), document: document.into() })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.at_work.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.document);
    }
}
