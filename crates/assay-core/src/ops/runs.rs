//! Planned runs of documents: their states, and what one writes when it ends.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::incidents::{AlertEvent, Incident};
use crate::drift::store::Commit;
use crate::verdict::{Outcome, Reason};

/// What kind of document is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A contract of a table.
    Contract,
    /// A monitor of a model.
    Monitor,
}

/// Why a run was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its schedule.
    Schedule,
    /// Its schedule, after nobody was there at the time.
    CatchUp,
    /// A person: the web page, the API with a person's token, the command line.
    Manual,
    /// A call from another program.
    Webhook,
    /// A document that it depends on was run.
    Upstream,
}

/// How it stands with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Waits for its turn.
    Queued,
    /// Is being executed.
    Running,
    /// Its process ended before it did; waits to be executed again.
    Interrupted,
    /// Ended with an outcome.
    Finished,
    /// Not executed, with a reason: `overlap`, `no_closed_window`, `disabled`.
    Skipped,
    /// Nobody was there when it was due, and another one was caught up in its place.
    Missed,
    /// Stopped (its time was up, or somebody stopped it); the outcome is error.
    Cancelled,
}

/// A run of one document at one planned instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id, unique: `run-` and 20 characters that sort by time of planning.
    pub id: String,
    /// The contract's table or the monitor's name.
    pub document: String,
    /// Which of the two.
    pub kind: Kind,
    /// Why it was planned.
    pub trigger: Trigger,
    /// The schedule's instant, or when it was asked for. (document, planned) is unique.
    pub planned: Millis,
    /// Not to be executed before: the planned instant and its jitter.
    pub not_before: Millis,
    /// Higher goes first.
    pub priority: i32,
    /// What limits how many run at once: a connection, or the folder of a local table.
    pub source: Option<String>,
    /// How it stands.
    pub state: RunState,
    /// Why it was skipped, missed, cancelled or is an error.
    pub reason: Option<Reason>,
    /// Executions begun.
    pub attempt: u32,
    /// Who executes it, or did.
    pub holder: Option<String>,
    /// Until when the holder has it, by the store's clock.
    pub lease_until: Option<Millis>,
    /// When it was written to the store.
    pub queued_at: Millis,
    /// When it was executed, the last time.
    pub started_at: Option<Millis>,
    /// When it came to its end.
    pub ended_at: Option<Millis>,
    /// The worst outcome, of a run that ended with one.
    pub outcome: Option<Outcome>,
    /// The id of its record (`r-..`).
    pub result: Option<String>,
    /// The run that it overlapped with, or after which it was planned.
    pub related: Option<String>,
    /// Who asked for it: a token's name.
    pub requested_by: Option<String>,
}

/// A run to be written, and how far its document's cursor moves with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Enqueue {
    /// The run; its state is queued, skipped or missed.
    pub run: Run,
    /// The cursor of its document; `None` leaves it.
    pub cursor: Option<Millis>,
    /// Whether it may wait beside another one of its document (catching up on all that was missed).
    pub overlaps: bool,
}

/// A run as it stands in the store after writing.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The run.
    pub run: Run,
    /// Whether it was written now; false: it was there before.
    pub added: bool,
}

/// What somebody can execute.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Claim {
    /// Who.
    pub holder: String,
    /// Milliseconds of the lease.
    pub lease: Millis,
    /// How many at most.
    pub most: usize,
    /// How many runs of one source may be running at once, all holders together.
    pub per_source: usize,
    /// Documents that come after others: each with those.
    pub after: Vec<(String, Vec<String>)>,
}

/// A run that is now the holder's.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The run, running.
    pub run: Run,
    /// Milliseconds it waited beyond the instant it could have begun (`not_before`).
    pub waited: Millis,
    /// Whether its last attempt was taken back from a process that ended before it did ([`INTERRUPTED`]); false where it
    /// was handed back in good order.
    pub was_lost: bool,
}

/// The code of the reason of a run that was taken back from a process that ended before it did.
pub const INTERRUPTED: &str = "interrupted";

/// A run that came to its end with a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// The run's id.
    pub run: String,
    /// The attempt that ended.
    pub attempt: u32,
    /// Who executed it.
    pub holder: String,
    /// Finished; cancelled where its time was up; skipped where there was nothing to evaluate.
    pub state: RunState,
    /// Why, where it was cancelled or skipped.
    pub reason: Option<Reason>,
    /// The worst outcome.
    pub outcome: Outcome,
    /// The id of the record.
    pub result: String,
    /// When.
    pub ended_at: Millis,
    /// The record without samples, as `crate::stored` writes it; `None`: nothing to keep.
    pub record: Option<Vec<u8>>,
    /// Its samples of failing rows likewise; `None`: none.
    pub samples: Option<Vec<u8>>,
    /// What the run remembers of windows and points.
    pub commit: Commit,
    /// Runs of documents that come after this one.
    pub downstream: Vec<Enqueue>,
}

/// What became of the end of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// Written, with these incidents and events as they stand now.
    Written {
        /// Incidents that changed.
        incidents: Vec<Incident>,
        /// Their events, numbered.
        events: Vec<AlertEvent>,
    },
    /// The run is no longer this holder's; nothing was written.
    TakenOver,
}

/// A run that came to its end, or was handed back, without a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The run's id.
    pub run: String,
    /// The attempt.
    pub attempt: u32,
    /// Who executed it.
    pub holder: String,
    /// Cancelled or finished (both are errors), skipped, or interrupted.
    pub state: RunState,
    /// Why.
    pub reason: Reason,
    /// When.
    pub at: Millis,
}

/// Which runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunFilter {
    /// Of this document only.
    pub document: Option<String>,
    /// In one of these states; empty: any.
    pub states: Vec<RunState>,
    /// With one of these outcomes; empty: any, or none.
    pub outcomes: Vec<Outcome>,
    /// Planned before this.
    pub before: Option<Millis>,
    /// How many at most.
    pub most: usize,
}

/// What a run recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    /// The record without samples.
    pub record: Vec<u8>,
    /// Its samples, where they are still kept.
    pub samples: Option<Vec<u8>>,
}

/// How many runs there were, since the store began.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// Runs that were executed to an end, by trigger.
    pub runs: Vec<(Trigger, u64)>,
    /// Those among them with the outcome error.
    pub errors: u64,
    /// Planned instants that were missed.
    pub missed: u64,
    /// Planned instants that were skipped.
    pub skipped: u64,
}

/// The code of the reason of a run that was planned for an instant to come, by a clock that was ahead.
pub const CLOCK_CORRECTED: &str = "clock_corrected";

/// What was taken back after a clock was ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewound {
    /// Documents that were dealt with or judged for instants to come.
    pub documents: u64,
    /// Incidents with times to come.
    pub incidents: u64,
    /// Runs that waited for instants to come: they are skipped.
    pub skipped: u64,
    /// Missed and skipped instants to come: they are forgotten.
    pub forgotten: u64,
}

impl Run {
    /// Whether its instant may be planned again: it was skipped because a clock was ahead, and the instant is still to come.
    pub fn gives_way(&self) -> bool {
        let corrected = self.reason.as_ref().is_some_and(|reason| reason.code == CLOCK_CORRECTED);
        self.state == RunState::Skipped && corrected
    }
}

impl RunState {
    /// The name in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            RunState::Queued => "queued",
            RunState::Running => "running",
            RunState::Interrupted => "interrupted",
            RunState::Finished => "finished",
            RunState::Skipped => "skipped",
            RunState::Missed => "missed",
            RunState::Cancelled => "cancelled",
        }
    }

    /// All states.
    pub const ALL: &'static [RunState] = &[
        RunState::Queued,
        RunState::Running,
        RunState::Interrupted,
        RunState::Finished,
        RunState::Skipped,
        RunState::Missed,
        RunState::Cancelled,
    ];

    /// The state of this name.
    pub fn named(name: &str) -> Option<RunState> {
        RunState::ALL.iter().copied().find(|state| state.name() == name)
    }

    /// Whether the run is still to come to its end.
    pub fn is_open(self) -> bool {
        matches!(self, RunState::Queued | RunState::Running | RunState::Interrupted)
    }
}

impl Trigger {
    /// The name in the store, the API and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Trigger::Schedule => "schedule",
            Trigger::CatchUp => "catch_up",
            Trigger::Manual => "manual",
            Trigger::Webhook => "webhook",
            Trigger::Upstream => "upstream",
        }
    }

    /// All triggers.
    pub const ALL: &'static [Trigger] =
        &[Trigger::Schedule, Trigger::CatchUp, Trigger::Manual, Trigger::Webhook, Trigger::Upstream];

    /// The trigger of this name.
    pub fn named(name: &str) -> Option<Trigger> {
        Trigger::ALL.iter().copied().find(|trigger| trigger.name() == name)
    }
}

impl Kind {
    /// The name in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Contract => "contract",
            Kind::Monitor => "monitor",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Kind> {
        [Kind::Contract, Kind::Monitor].into_iter().find(|kind| kind.name() == name)
    }
}
