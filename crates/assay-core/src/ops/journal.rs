//! The journal of live observations: batches that were taken and wait to be folded into windows.

use super::Millis;
use crate::drift::store::{StateRow, WindowRow};

/// A batch of observations of one monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number in the order of taking; 0: the store gives it one.
    pub number: u64,
    /// The monitor.
    pub monitor: String,
    /// The sender's key, unique per monitor.
    pub key: String,
    /// SHA-256 of the body as sent.
    pub sha256: [u8; 32],
    /// Rows that were accepted.
    pub rows: u64,
    /// The accepted rows, Arrow IPC.
    pub body: Vec<u8>,
    /// The answer that was given, JSON: given again for the same key.
    pub answer: String,
    /// When it was taken.
    pub taken_at: Millis,
    /// Until when the key is known.
    pub key_until: Millis,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is in the journal.
    Taken,
    /// The key and the body are known; this was the answer.
    Replayed {
        /// JSON.
        answer: String,
    },
    /// The key is known, with another body.
    Conflict,
    /// The journal is full.
    Full {
        /// Bytes in it.
        bytes: u64,
    },
}

/// How much of a monitor waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalSize {
    /// The monitor.
    pub monitor: String,
    /// Batches.
    pub batches: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// When the oldest was taken.
    pub oldest: Millis,
}

/// Batches that were folded, and the states they went into.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Folding {
    /// The monitor.
    pub monitor: String,
    /// The batches' numbers.
    pub batches: Vec<u64>,
    /// The states, each replaced.
    pub states: Vec<StateRow>,
    /// Windows whose rows or late rows changed, each replaced.
    pub windows: Vec<WindowRow>,
}
