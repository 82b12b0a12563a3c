//! What the person who runs the engine decides.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Options of a local engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Worker threads; 0: one per core.
    pub threads: usize,
    /// Bytes that holistic measures (uniqueness, quantiles) may hold before they spill to temporary files.
    pub memory: usize,
    /// The folder for those files, which are removed with the run.
    pub spill: PathBuf,
    /// Whether file footers may answer.
    pub footers: bool,
    /// Compare what footers answered with a scan; a difference is an error.
    pub verify_footers: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        EngineOptions {
            threads: 0,
            memory: 192 << 20,
            spill: std::env::temp_dir(),
            footers: true,
            verify_footers: false,
        }
    }
}

/// Bytes that may still be held; shared by everything that can spill.
#[derive(Debug, Clone)]
pub struct Budget {
    limit: usize,
    used: Arc<AtomicUsize>,
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(limit: usize) -> Self {
        Budget { limit, used: Arc::default() }
    }

    /// Takes `bytes`; false (and nothing taken) where that would exceed the budget: spill, then ask again.
    #[must_use]
    pub fn take(&self, bytes: usize) -> bool {
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|sum| *sum <= self.limit)
            })
            .is_ok()
    }

    /// Gives bytes back.
    pub fn give(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}
