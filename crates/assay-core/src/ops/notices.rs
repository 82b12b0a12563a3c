//! What the notifier knows between its passes: who was told what. Its content is the notifier's own; a store keeps it
//! with the messages that it led to, in one transaction.

use super::Millis;
use super::outbox::Message;

/// An entry of the notifier's log: a group of incidents and what its receiver was told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its key, unique.
    pub key: String,
    /// The receiver's name.
    pub receiver: String,
    /// What was told, JSON with a version.
    pub body: String,
    /// When it changed.
    pub changed_at: Millis,
}

/// The notifier's log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotifierLog {
    /// The number of the last alert event that was taken up.
    pub cursor: u64,
    /// The entries, by key.
    pub entries: Vec<LogEntry>,
}

/// What a pass of the notifier writes, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notified {
    /// The number of the last alert event that was taken up; the store's only goes forward.
    pub cursor: u64,
    /// Entries that are new or changed.
    pub entries: Vec<LogEntry>,
    /// Keys of entries that are forgotten.
    pub forgotten: Vec<String>,
    /// Messages for the outbox; one whose id is known is left as it was.
    pub messages: Vec<Message>,
}
