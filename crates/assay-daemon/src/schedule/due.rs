//! What is to be done about the instants of a schedule now.
//!
//! Every instant gets exactly one state: decided ones are at or before the cursor, and the cursor only goes forward.
//! - **On time**: less than the shorter of its interval and ten minutes ago. So only the newest one can be.
//! - **Missed**: all others. Of these are run nevertheless, where they are within the window: the newest (`latest`), or
//!   the newest hundred in the order of their instants (`all`). One that is on time stands for the newest under
//!   `latest`: a document is run once after an outage. What is caught up begins spread over the shorter of half the
//!   interval and five minutes; so does one on time with missed ones before it, as all documents have that at once.
//! - **Disabled** documents: skipped.
//!
//! A clock that was set back finds the cursor ahead of it: nothing is due until it gets there, or the cursor is set back,
//! too (`scheduler/corrected.rs`). One that was set forward
//! finds an outage. Instants older than what is kept of missed ones are passed over.

use assay_core::ops::Millis;
use assay_core::ops::runs::{RunState, Trigger};
use assay_core::ops::settings::Catchup;
use assay_core::verdict::Reason;
use sha2::{Digest, Sha256};

use super::instants::Timetable;

/// Decided in one go at most; the rest the next time.
pub const MOST_DUE: usize = 1_000;
/// Caught up of one document at most.
pub const MOST_CAUGHT_UP: usize = 100;
/// How late an instant may be and still be on time, where the next one is not due before.
const GRACE: Millis = 10 * 60_000;
/// Over how long the runs after an outage are spread at most.
const SPREAD: Millis = 5 * 60_000;

/// A document with a schedule, and how far it was dealt with.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its name.
    pub document: &'a str,
    /// Its instants.
    pub timetable: &'a Timetable,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// By how many milliseconds its runs are spread at most; never by more than half of its interval.
    pub jitter: Millis,
    /// The last instant that was dealt with: what the last decision gave. `None`: it is new; it begins with `since`, or
    /// now.
    pub cursor: Option<Millis>,
    /// When this process learnt of the schedule as it is now; what was due before is not this schedule's. `None`: the
    /// schedule was in force all the time (as after a start, where nobody can tell).
    pub since: Option<Millis>,
}

/// What is done after an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Which missed instants are run.
    pub catchup: Catchup,
    /// How old they may be, in milliseconds.
    pub window: Millis,
    /// For how many milliseconds missed and skipped ones are kept: older ones are not worth writing.
    pub kept: Millis,
}

/// An instant, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The schedule's instant.
    pub planned: Millis,
    /// Queued, skipped or missed.
    pub state: RunState,
    /// Its schedule, or catching up.
    pub trigger: Trigger,
    /// Not to be executed before.
    pub not_before: Millis,
    /// Why it is skipped or missed.
    pub reason: Option<Reason>,
    /// Whether it may wait beside another one of its document: all that was missed is run.
    pub overlaps: bool,
}

/// What to write, and when to look again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// Instants upwards, at most [`MOST_DUE`].
    pub due: Vec<Due>,
    /// The cursor after these: keep it, also where nothing is due (a new document begins with it).
    pub cursor: Millis,
    /// Whether more is due: decide again, with the new cursor.
    pub more: bool,
    /// When something is due next; `None`: never.
    pub next: Option<Millis>,
    /// The old cursor, where instants after it were passed over because nothing is kept for so long.
    pub passed_over_from: Option<Millis>,
}

/// Decides what becomes of the instants up to now.
pub fn decide(subject: &Subject<'_>, policy: &Policy, now: Millis) -> Decision {
    let known = begin(subject, now);
    let start = known.max(now.saturating_sub(policy.kept));
    let passed_over = subject.timetable.next_after(known).is_some_and(|first| first <= start);
    let mut instants: Vec<Millis> = subject.timetable.between(start, now).take(MOST_DUE + 1).collect();
    let more = instants.len() > MOST_DUE;
    if more {
        // enough is left for the next time to know that none of these is caught up or on time
        instants.truncate(MOST_DUE - MOST_CAUGHT_UP - 1);
    }
    let cursor = instants.last().copied().unwrap_or(start);
    let due = match (subject.enabled, more) {
        (false, _) => instants.into_iter().map(disabled).collect(),
        (true, true) => instants.into_iter().map(missed).collect(),
        (true, false) => settle(subject, policy, instants, now),
    };
    Decision {
        due,
        cursor,
        more,
        next: if more { Some(now) } else { subject.timetable.next_after(cursor.max(now)) },
        passed_over_from: passed_over.then_some(known),
    }
}

/// From where instants are this schedule's and not dealt with. Nothing was learnt after now: a clock was set back.
fn begin(subject: &Subject<'_>, now: Millis) -> Millis {
    let since = subject.since.map(|since| since.min(now));
    match (subject.cursor, since) {
        (Some(cursor), Some(since)) => cursor.max(since),
        (Some(cursor), None) => cursor,
        (None, since) => since.unwrap_or(now),
    }
}

/// The states of all instants up to now.
fn settle(subject: &Subject<'_>, policy: &Policy, mut instants: Vec<Millis>, now: Millis) -> Vec<Due> {
    let Some(newest) = instants.last().copied() else { return Vec::new() };
    let interval = subject.timetable.interval(newest).unwrap_or(Millis::MAX);
    // its interval is not over, or there were a newer one
    let is_on_time = now - newest < GRACE;
    if is_on_time {
        instants.pop();
    }
    let may_run = match policy.catchup {
        Catchup::None => 0,
        Catchup::Latest => usize::from(!is_on_time),
        Catchup::All => MOST_CAUGHT_UP,
    };
    let caught_up = instants.iter().rev().take(may_run).take_while(|planned| now - **planned <= policy.window).count();
    let spread = now.saturating_add(share(subject.document, SPREAD.min(interval / 2)));
    let overlaps = policy.catchup == Catchup::All && caught_up > 0;
    let queued = |planned: Millis, trigger: Trigger, not_before: Millis| Due {
        planned,
        state: RunState::Queued,
        trigger,
        not_before,
        reason: None,
        overlaps,
    };
    let after_outage = !instants.is_empty();
    let first_caught_up = instants.len() - caught_up;
    let mut due: Vec<Due> = Vec::with_capacity(instants.len() + 1);
    due.extend(instants[..first_caught_up].iter().copied().map(missed));
    due.extend(instants[first_caught_up..].iter().map(|planned| queued(*planned, Trigger::CatchUp, spread)));
    if is_on_time {
        let jittered = newest.saturating_add(share(subject.document, subject.jitter.min(interval / 2)));
        let not_before = if after_outage { jittered.max(spread) } else { jittered };
        due.push(queued(newest, Trigger::Schedule, not_before));
    }
    due
}

fn missed(planned: Millis) -> Due {
    let text = "no daemon was there to queue it within its interval, or ten minutes";
    not_run(planned, RunState::Missed, Reason { code: "missed".into(), text: text.into() })
}

fn disabled(planned: Millis) -> Due {
    let text = "the document is disabled";
    not_run(planned, RunState::Skipped, Reason { code: "disabled".into(), text: text.into() })
}

fn not_run(planned: Millis, state: RunState, reason: Reason) -> Due {
    let trigger = Trigger::Schedule;
    Due { planned, state, trigger, not_before: planned, reason: Some(reason), overlaps: false }
}

/// A document's place within a span of milliseconds: always the same, and of many documents evenly spread.
fn share(document: &str, span: Millis) -> Millis {
    let digest = Sha256::digest(document.as_bytes());
    let number = digest.iter().take(6).fold(0, |number: i64, byte| number << 8 | i64::from(*byte));
    number % span.max(0).saturating_add(1)
}
