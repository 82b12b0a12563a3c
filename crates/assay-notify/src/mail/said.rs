//! What a mail says of the whole: its subject, how it stands, how many.

use assay_core::ops::incidents::IncidentState;
use assay_core::verdict::Outcome;
use serde::Serialize;

use super::time;
use crate::notification::{Item, Notification, Reason};

/// A sign and a word; its colour only repeats them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Badge {
    /// Which colour.
    pub class: &'static str,
    /// A sign.
    pub sign: &'static str,
    /// A word.
    pub word: &'static str,
}

const fn badge(class: &'static str, sign: &'static str, word: &'static str) -> Badge {
    Badge { class, sign, word }
}

const RESOLVED: Badge = badge("pass", "✓", "RESOLVED");
const TEST: Badge = badge("skip", "-", "TEST");
const DIGEST: Badge = badge("skip", "-", "DIGEST");
const NOTICE: Badge = badge("skip", "-", "NOTICE");

/// Of an outcome.
pub(super) fn of_outcome(outcome: Outcome) -> Badge {
    match outcome {
        Outcome::Pass => badge("pass", "✓", "PASS"),
        Outcome::Skipped => badge("skip", "-", "SKIP"),
        Outcome::Warn => badge("warn", "!", "WARN"),
        Outcome::Fail => badge("fail", "✗", "FAIL"),
        Outcome::Error => badge("error", "?", "ERROR"),
    }
}

/// Of an incident.
pub(super) fn of_item(item: &Item) -> Badge {
    if is_over(item) { RESOLVED } else { of_outcome(item.severity) }
}

/// Of the whole: the worst that is open.
pub(super) fn of_all(notification: &Notification) -> Badge {
    if notification.reason == Reason::Test {
        return TEST;
    }
    if notification.period.is_some() {
        return DIGEST;
    }
    let open = notification.incidents.iter().filter(|item| !is_over(item));
    match open.map(|item| item.severity).max() {
        Some(worst) => of_outcome(worst),
        None if notification.is_open => of_outcome(Outcome::Fail),
        None if notification.resolved > 0 => RESOLVED,
        None => NOTICE,
    }
}

/// Whether an incident is over.
pub(super) fn is_over(item: &Item) -> bool {
    item.state == IncidentState::Resolved
}

/// What is in the list of a mailbox.
pub(super) fn subject(notification: &Notification, prefix: Option<&str>) -> String {
    let title = notification.title.trim();
    let title = if title.is_empty() { "Assay" } else { title };
    match prefix.map(str::trim).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix} {title}"),
        None => title.to_owned(),
    }
}

/// What nobody may overlook.
pub(super) fn banner(notification: &Notification) -> Option<&'static str> {
    match notification.reason {
        Reason::Test => Some("This is a test: somebody wants to see whether mails arrive. Nothing is wrong."),
        Reason::Escalated => Some("This was escalated: nobody acknowledged it in time."),
        Reason::Fallback => Some("Another receiver could not be reached, so this came here instead."),
        _ => None,
    }
}

/// How many there are, in one line.
pub(super) fn summary(notification: &Notification) -> Option<String> {
    if notification.reason == Reason::Test {
        return None;
    }
    if let Some(period) = notification.period {
        return Some(digest(notification, period));
    }
    let (open, resolved) = (notification.open, notification.resolved);
    let mut parts = Vec::new();
    if open > 0 {
        parts.push(format!("{} open{}", grouped(open), kinds(notification)));
    }
    if resolved > 0 {
        parts.push(format!("{} resolved", grouped(resolved)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `10,000`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// ` (3 fail, 1 warn)`; nothing where not all are listed, or all are alike.
fn kinds(notification: &Notification) -> String {
    let open: Vec<Outcome> =
        notification.incidents.iter().filter(|item| !is_over(item)).map(|item| item.severity).collect();
    if notification.left_out > 0 || open.len() < 2 {
        return String::new();
    }
    let words = [(Outcome::Error, "could not be evaluated"), (Outcome::Fail, "fail"), (Outcome::Warn, "warn")];
    let parts: Vec<String> = words
        .into_iter()
        .map(|(outcome, word)| (open.iter().filter(|found| **found == outcome).count(), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    format!(" ({})", parts.join(", "))
}

/// `2 opened, 1 still open, 3 resolved from .. to ..`.
fn digest(notification: &Notification, (from, to): (i64, i64)) -> String {
    let count = |stage: Stage| notification.incidents.iter().filter(|item| stage_of(item, from) == stage).count();
    let more = match notification.left_out {
        0 => String::new(),
        n => format!(", {} more not listed", grouped(n)),
    };
    format!(
        "{} opened, {} still open, {} resolved{more}, from {} to {}",
        count(Stage::Opened),
        count(Stage::StillOpen),
        count(Stage::Resolved),
        time::instant(from),
        time::instant(to)
    )
}

/// What became of an incident in the time that a digest covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It was opened in it, and is open.
    Opened,
    /// It was open before.
    StillOpen,
    /// It is over.
    Resolved,
}

/// Which of them, in a time that begins at `from`.
pub(super) fn stage_of(item: &Item, from: i64) -> Stage {
    if is_over(item) {
        Stage::Resolved
    } else if item.opened_at >= from {
        Stage::Opened
    } else {
        Stage::StillOpen
    }
}

impl Stage {
    /// As it is said.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Opened => "opened in this time",
            Stage::StillOpen => "still open",
            Stage::Resolved => "resolved in this time",
        }
    }
}

/// What is new about an incident, beside its badge.
pub(super) fn news(item: &Item) -> Option<&'static str> {
    match item.news? {
        Reason::Opened | Reason::NewMember => Some("new"),
        Reason::Worsened => Some("worse than before"),
        Reason::Reopened => Some("open again"),
        Reason::MuteEnded => Some("no longer muted"),
        Reason::Escalated => Some("nobody acknowledged it"),
        Reason::Resolved
        | Reason::PartlyResolved
        | Reason::Test
        | Reason::Repeat
        | Reason::Digest
        | Reason::Fallback => None,
    }
}
