//! The outbox: messages that are to reach a receiver, and what became of each try.

use super::Millis;

/// A message to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, the same on every try.
    pub id: String,
    /// The key of the group it tells of.
    pub group: String,
    /// The receiver's name.
    pub receiver: String,
    /// Whom of the receiver it goes to, such as one address of several; empty where it has one place only. Order holds
    /// within (receiver, target).
    pub target: String,
    /// The receiver's kind: `email`, `webhook`, ...
    pub integration: String,
    /// Why it is sent: `opened`, `repeat`, `resolved`, ...
    pub reason: String,
    /// What is sent, JSON.
    pub body: String,
    /// The numbers of the incidents it tells of.
    pub incidents: Vec<u64>,
    /// When it was written.
    pub created_at: Millis,
    /// How it stands.
    pub state: MessageState,
    /// Tries so far.
    pub attempts: u32,
    /// When the next try is due.
    pub next_at: Millis,
    /// What the last try gave, one sentence.
    pub last_error: Option<String>,
    /// When it came to its end.
    pub ended_at: Option<Millis>,
}

/// How it stands with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageState {
    /// To be delivered.
    Waiting,
    /// Delivered.
    Delivered,
    /// Given up.
    Dead,
}

/// What a try to deliver gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It arrived.
    Delivered {
        /// When.
        at: Millis,
    },
    /// It did not; another try is due at `next_at`.
    Retry {
        /// When it was tried.
        at: Millis,
        /// When the next try is due.
        next_at: Millis,
        /// Why, one sentence.
        error: String,
    },
    /// It did not, and will not be tried again.
    Dead {
        /// When it was tried.
        at: Millis,
        /// A word for metrics: `permanent`, `gone`, `expired`, `dropped`, `unknown_receiver`.
        reason: String,
        /// Why, one sentence.
        error: String,
    },
}

/// Which messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// In one of these states; empty: any.
    pub states: Vec<MessageState>,
    /// This message only.
    pub id: Option<String>,
    /// To this receiver only.
    pub receiver: Option<String>,
    /// To this target only.
    pub target: Option<String>,
    /// Those that tell of this incident.
    pub incident: Option<u64>,
    /// Newest first, not oldest first.
    pub newest: bool,
    /// Without what is sent: `body` is empty.
    pub brief: bool,
    /// How many at most.
    pub most: usize,
}

/// A place that messages wait for: one target of a receiver. Its messages are delivered one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The receiver's name.
    pub receiver: String,
    /// The target.
    pub target: String,
    /// How many messages wait.
    pub waiting: u64,
    /// When the oldest of them was written.
    pub oldest: Millis,
    /// When the oldest of them is due.
    pub next_at: Millis,
}

/// What waits, and what there was since the store began.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutboxSize {
    /// Messages to be delivered.
    pub waiting: u64,
    /// When the oldest of them was written.
    pub oldest: Option<Millis>,
    /// Messages that were given up and are still kept.
    pub dead: u64,
    /// Delivered ones by integration.
    pub delivered: Vec<(String, u64)>,
    /// Given up ones by integration and reason.
    pub failed: Vec<(String, String, u64)>,
}

impl MessageState {
    /// The name in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            MessageState::Waiting => "waiting",
            MessageState::Delivered => "delivered",
            MessageState::Dead => "dead",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<MessageState> {
        [MessageState::Waiting, MessageState::Delivered, MessageState::Dead]
            .into_iter()
            .find(|state| state.name() == name)
    }
}
