//! What is remembered between runs: windows and their states, verdicts, proposals to retrain, the registry of
//! baselines. The trait is all that the rest of Assay knows of a store.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::history::Point;
use crate::verdict::Outcome;

/// Why the store gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// Stable and machine-readable: `store_unreadable`, `store_unwritable`, `store_unfit` (what was to be kept cannot be), `store_newer`, `store_locked`,
    /// `store_corrupt`; `baseline_unknown` of an alias.
    pub code: &'static str,
    /// One sentence that names the store.
    pub text: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for StoreError {}

/// A window that was evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowRow {
    /// The monitor.
    pub monitor: String,
    /// What pins the window: the baseline's hash, or for rolling ones a word and its parameters; then the windows' size.
    pub baseline: String,
    /// The window's name (see `WindowRecord::name`).
    pub window: String,
    /// Start in nanoseconds since 1970-01-01T00:00:00Z; for windows of rows the first row; 0 for whole snapshots.
    pub start: i128,
    /// End likewise.
    pub end: i128,
    /// Evaluations, from 1.
    pub revision: u32,
    /// Live rows.
    pub rows: u64,
    /// Rows that came later.
    pub late_rows: u64,
    /// The run that evaluated it last.
    pub run: String,
    /// The worst outcome.
    pub outcome: Outcome,
    /// Whether its labels were evaluated completely.
    pub labels_closed: bool,
    /// Whether somebody accepted its drift as the new normal.
    pub accepted: bool,
    /// Each check's outcome and largest effect, in order.
    pub checks: Vec<WindowCheck>,
}

/// A check of a window that was evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowCheck {
    /// Its id: `drift.city_id`, `dataset`, `performance.rmse`.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The effects of its tests, by test.
    pub effects: Vec<(String, f64)>,
}

/// Counted rows of a window, as bytes that only the one who wrote them reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRow {
    /// The monitor.
    pub monitor: String,
    /// What they were counted against: the digest of the measures.
    pub measures: String,
    /// The window's name.
    pub window: String,
    /// Start, as in [`WindowRow`].
    pub start: i128,
    /// End likewise.
    pub end: i128,
    /// The counted rows.
    pub state: Vec<u8>,
}

/// A proposal to train a model again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Short, unique: `rt-` and 12 hex digits of the idempotency key.
    pub id: String,
    /// The monitor.
    pub monitor: String,
    /// The window that caused it.
    pub window: String,
    /// hash(model, window, baseline, rule), hex.
    pub idempotency_key: String,
    /// `proposed`, `approved`, `sent`, `done`, `expired`, `rejected`.
    pub state: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub proposed_at: i64,
    /// When the state last changed.
    pub changed_at: i64,
    /// Who changed it, and why, where somebody did.
    pub note: Option<String>,
    /// The body of the call, JSON.
    pub payload: String,
}

/// A baseline that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineRow {
    /// Its name.
    pub name: String,
    /// Its content's hash.
    pub sha256: String,
    /// Its file, relative to the project.
    pub path: String,
    /// RFC 3339.
    pub created_at: String,
    /// Its rows.
    pub rows: u64,
    /// Its aliases (`champion`), sorted.
    pub aliases: Vec<String>,
}

/// A run, for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// Its clock, seconds since 1970-01-01T00:00:00Z.
    pub as_of: i64,
    /// Its worst outcome.
    pub outcome: Outcome,
    /// How many contracts and monitors.
    pub documents: u64,
}

/// What a run concluded of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct PointRow {
    /// The table.
    pub document: String,
    /// The run's planned instant, nanoseconds since 1970-01-01T00:00:00Z: of runs with the same one the newest counts.
    pub planned: i128,
    /// The run.
    pub run: String,
    /// What it concluded.
    pub point: Point,
}

/// Everything one run writes, in one transaction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Commit {
    /// The run; `None` only where nothing but windows changes.
    pub run: Option<RunRow>,
    /// Windows, new or again (same monitor, baseline and window: replaced, but what was accepted stays accepted, because
    /// somebody may accept a window while a run evaluates it again).
    pub windows: Vec<WindowRow>,
    /// States, new or again (same monitor, measures and window: replaced).
    pub states: Vec<StateRow>,
    /// What it concluded of tables; same table and planned instant: replaced.
    pub points: Vec<PointRow>,
    /// New proposals; one whose idempotency key is known is left as it was.
    pub proposals: Vec<Proposal>,
}

/// A store. Calls block; give them a thread that may.
pub trait Store: Send + Sync {
    /// The monitors with evaluated windows, by name.
    fn monitors(&self) -> Result<Vec<String>, StoreError>;

    /// The windows of a monitor, oldest first.
    fn windows(&self, monitor: &str) -> Result<Vec<WindowRow>, StoreError>;

    /// The states of a monitor that were counted against these measures and lie in `[start, end)`, oldest first.
    fn states(&self, monitor: &str, measures: &str, start: i128, end: i128) -> Result<Vec<StateRow>, StoreError>;

    /// The last points of a table planned before an instant (in nanoseconds), at most so many, oldest first.
    fn points(&self, document: &str, before: i128, most: usize) -> Result<Vec<Point>, StoreError>;

    /// Writes all of it or nothing.
    fn commit(&self, commit: &Commit) -> Result<(), StoreError>;

    /// Marks a window's drift as accepted. False: there is no such window.
    fn accept(&self, monitor: &str, window: &str) -> Result<bool, StoreError>;

    /// Proposals, newest first; of one monitor where it is named.
    fn proposals(&self, monitor: Option<&str>) -> Result<Vec<Proposal>, StoreError>;

    /// Moves a proposal from one of the states `from` to `to`. `None`: no proposal has this id; else the proposal as
    /// it is now, and whether it moved.
    fn move_proposal(
        &self,
        id: &str,
        from: &[&str],
        to: &str,
        now: i64,
        note: Option<&str>,
    ) -> Result<Option<(Proposal, bool)>, StoreError>;

    /// Registers a baseline with its aliases; the same name and hash again changes only its path.
    fn add_baseline(&self, row: &BaselineRow) -> Result<(), StoreError>;

    /// The registered baselines, by name, newest first.
    fn baselines(&self) -> Result<Vec<BaselineRow>, StoreError>;

    /// Gives the alias to the baseline of this name and hash, taking it from any other of the name.
    fn set_alias(&self, name: &str, sha256: &str, alias: &str) -> Result<(), StoreError>;
}
