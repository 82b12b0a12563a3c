//! What a try to deliver means for its message, pure: delivered, tried again later, or given up; and which message of a
//! lane is tried next.
//!
//! A lane (one target of a receiver) keeps its order: only its oldest message is tried. While that one fails, the others
//! wait behind it; when it arrives, or is given up, they follow.

use assay_core::ops::Millis;
use assay_core::ops::outbox::{Delivery, Message, MessageState};
use sha2::{Digest, Sha256};

use crate::receivers::Tried;

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;

/// How long after a try that failed the next one is due, jitter aside: 75 h 35 min 5 s in all.
pub const DELAYS: [Millis; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/// Tries that a message gets.
pub const MOST_TRIES: u32 = DELAYS.len() as u32 + 1;
/// A receiver that wants to be left alone for longer is tried after this.
pub const LONGEST_AFTER: Millis = 24 * HOUR;
/// Delays are changed by up to this share, in percent, so that what failed together is not tried again together.
const JITTER: Millis = 10;

/// Given up: it never will arrive.
pub const PERMANENT: &str = "permanent";
/// Given up: the receiver wants nothing any more.
pub const GONE: &str = "gone";
/// Given up after the last try.
pub const EXPIRED: &str = "expired";
/// Given up because somebody said so.
pub const DROPPED: &str = "dropped";
/// Given up: the rules no longer have the receiver, or the receiver the target.
pub const UNKNOWN_RECEIVER: &str = "unknown_receiver";
/// All words for why a message was given up.
pub const REASONS: [&str; 5] = [DROPPED, EXPIRED, GONE, PERMANENT, UNKNOWN_RECEIVER];

/// What a try means for its message. `now` is the end of the try.
pub fn after(message: &Message, tried: Tried, now: Millis) -> Delivery {
    let dead = |reason: &str, error| Delivery::Dead { at: now, reason: reason.into(), error };
    match tried {
        Tried::Delivered => Delivery::Delivered { at: now },
        Tried::Permanent { error } => dead(PERMANENT, error),
        Tried::Gone { error } => dead(GONE, error),
        Tried::Retry { error, after } => match delay(&message.id, message.attempts.saturating_add(1)) {
            None => dead(EXPIRED, format!("{error}; given up after {MOST_TRIES} tries")),
            Some(delay) => {
                let asked = after.unwrap_or(0).min(LONGEST_AFTER);
                Delivery::Retry { at: now, next_at: now.saturating_add(delay.max(asked)), error }
            }
        },
    }
}

/// How long to wait after so many tries that failed; `None`: there is no further one. The same for the same message.
pub fn delay(message: &str, tries: u32) -> Option<Millis> {
    let usual = *DELAYS.get(usize::try_from(tries.checked_sub(1)?).ok()?)?;
    let mut hash = Sha256::new();
    hash.update(message);
    hash.update(tries.to_le_bytes());
    let hash = hash.finalize().iter().take(4).fold(0, |number: Millis, byte| number << 8 | Millis::from(*byte));
    let most = usual * JITTER / 100;
    Some(usual - most + hash % (2 * most + 1))
}

/// What is next in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next<'a> {
    /// This message is tried now.
    Try(&'a Message),
    /// The oldest is not due before this.
    Wait(Millis),
    /// Nothing waits.
    Nothing,
}

/// What is next of a lane's messages, oldest first.
pub fn next(messages: &[Message], now: Millis) -> Next<'_> {
    match messages.iter().find(|message| message.state == MessageState::Waiting) {
        None => Next::Nothing,
        Some(oldest) if oldest.next_at > now => Next::Wait(oldest.next_at),
        Some(oldest) => Next::Try(oldest),
    }
}

/// Whether somebody wants this message to be tried although its receiver wanted nothing any more at `disabled_at`: it
/// was made due again later than it was written, and was not tried since. That is what a person's retry leaves.
pub fn is_wanted(message: &Message, disabled_at: Millis) -> bool {
    message.attempts == 0 && message.next_at > message.created_at && message.next_at > disabled_at
}
