//! How it stands with runs and incidents: a sign and a word, colour only repeats them.

use std::collections::BTreeMap;

use assay_core::ops::incidents::IncidentState;
use assay_core::ops::outbox::{Message, MessageState};
use assay_core::ops::runs::{Run, RunState, Trigger};
use assay_core::verdict::Outcome;

use crate::formats::html::view::Badge;
use crate::formats::html::view::trend::{Mark, Strip};
use crate::formats::text::words::{count, plural};

/// A run as one sign in a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// How it stands.
    pub state: RunState,
    /// The worst outcome.
    pub outcome: Option<Outcome>,
}

impl From<&Run> for Past {
    fn from(run: &Run) -> Self {
        Past { state: run.state, outcome: run.outcome }
    }
}

const fn badge(class: &'static str, sign: &'static str, word: &'static str) -> Badge {
    Badge { class, sign, word }
}

/// A document that was never run.
pub(super) const NEVER: Badge = badge("never", "·", "NEVER RUN");

/// Of a run: its outcome, where it has one.
pub(super) fn of_run(past: Past) -> Badge {
    match (past.state, past.outcome) {
        (RunState::Finished, Some(outcome)) => outcome.into(),
        (RunState::Finished, None) => badge("skip", "-", "FINISHED"),
        (RunState::Queued, _) => badge("busy", "…", "QUEUED"),
        (RunState::Running, _) => badge("busy", "▸", "RUNNING"),
        (RunState::Interrupted, _) => badge("busy", "↻", "INTERRUPTED"),
        (RunState::Skipped, _) => badge("skip", "-", "SKIPPED"),
        (RunState::Missed, _) => badge("missed", "∅", "MISSED"),
        (RunState::Cancelled, _) => badge("error", "⊘", "CANCELLED"),
    }
}

/// Of an incident, beside its severity.
pub(super) fn of_incident(state: IncidentState) -> Badge {
    match state {
        IncidentState::Pending => badge("skip", "…", "NOT CONFIRMED"),
        IncidentState::Open => badge("fail", "●", "OPEN"),
        IncidentState::Acknowledged => badge("busy", "◐", "ACKNOWLEDGED"),
        IncidentState::Resolved => badge("pass", "✓", "RESOLVED"),
    }
}

/// Of a message to a receiver.
pub(super) fn of_message(message: &Message) -> Badge {
    match (message.state, message.attempts) {
        (MessageState::Waiting, 0) => badge("busy", "…", "WAITING"),
        (MessageState::Waiting, _) => badge("warn", "↻", "TRIED AGAIN"),
        (MessageState::Delivered, _) => badge("pass", "✓", "DELIVERED"),
        (MessageState::Dead, _) => badge("fail", "✗", "GIVEN UP"),
    }
}

/// Why a run was planned, in words.
pub(super) fn of_trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Schedule => "schedule",
        Trigger::CatchUp => "schedule, caught up",
        Trigger::Manual => "by hand",
        Trigger::Webhook => "webhook",
        Trigger::Upstream => "after what it depends on",
    }
}

/// One sign for each run, oldest first; `None` without any.
pub(super) fn strip(runs: &[Past]) -> Option<Strip> {
    if runs.is_empty() {
        return None;
    }
    let badges: Vec<Badge> = runs.iter().map(|run| of_run(*run)).collect();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    badges.iter().for_each(|badge| *counts.entry(badge.word).or_default() += 1);
    let counts: Vec<String> = counts.iter().map(|(word, n)| format!("{} {}", count(*n), word.to_lowercase())).collect();
    let label = format!("last {}", plural(badges.len(), "run"));
    let text = format!("{label}, oldest first: {}", counts.join(", "));
    let mark = |alike: &[Badge]| Mark { class: alike[0].class, signs: alike[0].sign.repeat(alike.len()) };
    Some(Strip { label, text, marks: badges.chunk_by(PartialEq::eq).map(mark).collect() })
}
