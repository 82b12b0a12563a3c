//! One at a time, by document: folding its observations and running it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// Held while nobody else may fold or run the document.
pub type Held = OwnedMutexGuard<()>;

/// Locks by document.
#[derive(Debug, Default)]
pub struct Alone(Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Alone {
    /// Waits until nobody else is at the document.
    pub async fn with(&self, document: &str) -> Held {
        self.of(document).lock_owned().await
    }

    /// `None`: somebody is at it now.
    pub fn try_with(&self, document: &str) -> Option<Held> {
        self.of(document).try_lock_owned().ok()
    }

    fn of(&self, document: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(document.to_string()).or_default())
    }
}
