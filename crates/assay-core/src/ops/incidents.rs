//! Incidents: one for each check that is broken, from when it broke until it held again.

use serde::{Deserialize, Serialize};

use super::Millis;
use crate::verdict::Outcome;

/// What an incident is about; one is open at a time for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IncidentKey {
    /// The contract's table or the monitor's name.
    pub document: String,
    /// The check's id; of monitors `drift` (whatever the test), `dataset`, `performance.rmse`, ...
    pub check: String,
    /// The column, where it has one.
    pub column: Option<String>,
    /// The segment, where it has one.
    pub segment: Option<String>,
    /// Broken, or could not be evaluated.
    pub kind: IncidentKind,
}

/// Broken, or could not be evaluated: the two are told apart, and one does not resolve the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentKind {
    /// The data broke the check.
    Verdict,
    /// The check could not be evaluated.
    Error,
}

/// How it stands with an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentState {
    /// Bad, but fewer times in a row than it takes; seen, not notified.
    Pending,
    /// Bad.
    Open,
    /// Bad, and somebody looks after it: no repeats.
    Acknowledged,
    /// Over.
    Resolved,
}

/// An incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Its number, from 1; 0: the store gives it one.
    pub number: u64,
    /// What it is about.
    pub key: IncidentKey,
    /// How it stands.
    pub state: IncidentState,
    /// Warn, fail or error: the severity now.
    pub severity: Outcome,
    /// The document's layer.
    pub layer: Option<String>,
    /// The document's owner.
    pub owner: Option<String>,
    /// The check's labels.
    pub tags: Vec<String>,
    /// What was found when it was bad last, one sentence.
    pub message: String,
    /// Bad runs in a row.
    pub bad: u32,
    /// Good runs in a row since.
    pub good: u32,
    /// When it was first bad.
    pub since: Millis,
    /// When it was opened last; `None`: it never was.
    pub opened_at: Option<Millis>,
    /// When anything of it changed.
    pub changed_at: Millis,
    /// When it was resolved.
    pub resolved_at: Option<Millis>,
    /// Why it was resolved: `recovered`, `removed`; or `never_confirmed` of a pending one.
    pub resolved_why: Option<String>,
    /// How often it was opened again under its number.
    pub reopened: u32,
    /// The planned instant of the newest run that was judged.
    pub planned: Millis,
    /// That run's id.
    pub run: String,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// What they said.
    pub note: Option<String>,
}

/// What happened to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// It was opened.
    Opened,
    /// It was opened again under its number.
    Reopened,
    /// Its severity rose.
    Worsened,
    /// Its severity fell; recorded, not notified.
    Eased,
    /// Somebody acknowledged it.
    Acknowledged,
    /// It was resolved.
    Resolved,
}

/// Something that happened to an incident, for those who notify.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertEvent {
    /// Its number in the order of commits; 0: the store gives it one.
    pub number: u64,
    /// The incident's number; 0: that of the incident it is handed over with.
    pub incident: u64,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Millis,
    /// The severity from then on.
    pub severity: Outcome,
    /// What was found, one sentence.
    pub message: String,
    /// The run, where one caused it.
    pub run: Option<String>,
}

/// An incident as it shall be, with the events of that.
pub type Change = (Incident, Vec<AlertEvent>);

/// What a run changes: incidents, each with its events. A new incident has the number 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decided {
    /// Incidents, new and changed.
    pub changes: Vec<Change>,
}

/// Which incidents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncidentFilter {
    /// Of this document only.
    pub document: Option<String>,
    /// In one of these states; empty: any.
    pub states: Vec<IncidentState>,
    /// Only this number.
    pub number: Option<u64>,
    /// Only these numbers; empty: any.
    pub numbers: Vec<u64>,
    /// How many at most.
    pub most: usize,
}

impl IncidentState {
    /// The name in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            IncidentState::Pending => "pending",
            IncidentState::Open => "open",
            IncidentState::Acknowledged => "acknowledged",
            IncidentState::Resolved => "resolved",
        }
    }

    /// All states.
    pub const ALL: &'static [IncidentState] =
        &[IncidentState::Pending, IncidentState::Open, IncidentState::Acknowledged, IncidentState::Resolved];

    /// The state of this name.
    pub fn named(name: &str) -> Option<IncidentState> {
        IncidentState::ALL.iter().copied().find(|state| state.name() == name)
    }
}

impl IncidentKind {
    /// The name in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            IncidentKind::Verdict => "verdict",
            IncidentKind::Error => "error",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<IncidentKind> {
        [IncidentKind::Verdict, IncidentKind::Error].into_iter().find(|kind| kind.name() == name)
    }
}

impl EventKind {
    /// The name in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Opened => "opened",
            EventKind::Reopened => "reopened",
            EventKind::Worsened => "worsened",
            EventKind::Eased => "eased",
            EventKind::Acknowledged => "acknowledged",
            EventKind::Resolved => "resolved",
        }
    }

    /// All kinds.
    pub const ALL: &'static [EventKind] = &[
        EventKind::Opened,
        EventKind::Reopened,
        EventKind::Worsened,
        EventKind::Eased,
        EventKind::Acknowledged,
        EventKind::Resolved,
    ];

    /// The kind of this name.
    pub fn named(name: &str) -> Option<EventKind> {
        EventKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
