//! One pass of the notifier, pure: what is known of incidents, rules, silences and of what was told before gives the
//! messages to be written and the log to be kept.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, Incident};
use assay_core::ops::notices::{LogEntry, NotifierLog};
use assay_core::ops::silences::Silence;

use crate::notification::Notification;
use crate::rules::Rules;
use crate::subjects::Subjects;

/// All that a pass looks at.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The time of the pass.
    pub now: Millis,
    /// The rules.
    pub rules: &'a Rules,
    /// The project's documents.
    pub subjects: &'a Subjects,
    /// The project's name.
    pub project: Option<&'a str>,
    /// Incidents that are not over, those that the log names ([`named`]), and those of the events.
    pub incidents: &'a [Incident],
    /// Alert events after the log's cursor, in order.
    pub events: &'a [AlertEvent],
    /// Silences in force.
    pub silences: &'a [Silence],
    /// What was told before.
    pub log: &'a NotifierLog,
    /// Whether nobody is there to wait: groups are told at once (`assay check --notify`).
    pub at_once: bool,
}

/// What a pass gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pass {
    /// The number of the last event that was taken up.
    pub cursor: u64,
    /// Entries of the log that are new or changed.
    pub entries: Vec<LogEntry>,
    /// Keys of entries that are forgotten.
    pub forgotten: Vec<String>,
    /// What is told, in order.
    pub notifications: Vec<Notification>,
    /// When the next pass is due although nothing happens; `None`: only when something does.
    pub next_at: Option<Millis>,
}
