//! The record of a run: what was checked, on what, with which outcome. Holds nothing measured by a clock.

use serde::{Deserialize, Serialize};

use crate::drift::record::{DriftRecord, MonitorRecord};
use crate::engine::{Cost, SampleRow};
use crate::problem::Place;
use crate::verdict::{Dimension, Outcome, Reason, Severity, Verdict};

/// A run over some contracts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {
    /// `r-` and 16 hex digits: a hash of contracts, variables, as-of and snapshots.
    pub id: String,
    /// The run's clock, RFC 3339 in UTC.
    pub as_of: String,
    /// The variables that contracts used, by name.
    pub vars: Vec<(String, String)>,
    /// Things worth knowing of the run as a whole, that change nothing.
    pub notes: Vec<String>,
    /// The tables, by name.
    pub tables: Vec<TableRecord>,
}

/// What was found of one table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TableRecord {
    /// The table's name.
    pub table: String,
    /// Its layer.
    pub layer: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// The contract's file as shown to people.
    pub contract_path: String,
    /// SHA-256 of the contract's bytes, hex.
    pub contract_sha256: String,
    /// What was read; `None` where the table could not be opened.
    pub snapshot: Option<SnapshotRecord>,
    /// Why the table as a whole could not be read.
    pub reason: Option<Reason>,
    /// What it took.
    pub cost: Cost,
    /// What only monitors have: a monitor is one record for each window it evaluated.
    pub monitor: Option<Box<MonitorRecord>>,
    /// The checks in contract order.
    pub checks: Vec<CheckRecord>,
}

/// What was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SnapshotRecord {
    /// `parquet`, ...
    pub format: String,
    /// As the contract has it.
    pub path: String,
    /// Files read.
    pub files: u64,
    /// Files left out by partition.
    pub files_pruned: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Hex.
    pub fingerprint: String,
    /// Rows of the files read.
    pub rows_total: Option<u64>,
    /// Rows the contract's `rows` selected.
    pub rows_selected: Option<u64>,
    /// The contract's `rows`.
    pub filter: Option<String>,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

/// One check and its verdict.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckRecord {
    /// Its id.
    pub id: String,
    /// Its name in the language.
    pub check: String,
    /// Its column, as written.
    pub column: Option<String>,
    /// What it looks after.
    pub dimension: Dimension,
    /// What breaking it amounts to.
    pub severity: Severity,
    /// Where it is written.
    pub at: Place,
    /// The contract's reason for it.
    pub why: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// What it concluded.
    pub verdict: Verdict,
    /// Failing rows, where they were fetched.
    pub samples: Option<Samples>,
    /// What only checks of monitors have.
    pub drift: Option<Box<DriftRecord>>,
}

/// Failing rows of a check.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Samples {
    /// The rows, or why there are none: they could not be fetched, or are no longer kept.
    #[serde(with = "crate::stored::rows")]
    pub rows: Result<Vec<SampleRow>, String>,
    /// How many rows fail in all.
    pub of: u64,
}

impl CheckRecord {
    /// Whether it is bad, but for fewer windows than it takes to count.
    pub fn is_pending(&self) -> bool {
        self.drift.as_ref().is_some_and(|drift| drift.pending.is_some())
    }
}

impl TableRecord {
    /// The worst outcome of its checks; an error where it could not be read.
    pub fn outcome(&self) -> Outcome {
        let read = if self.reason.is_some() { Outcome::Error } else { Outcome::Pass };
        self.checks.iter().map(|c| c.verdict.outcome).max().unwrap_or(Outcome::Skipped).max(read)
    }
}

impl RunRecord {
    /// The worst outcome of its tables; skipped where there is none.
    pub fn outcome(&self) -> Outcome {
        self.tables.iter().map(TableRecord::outcome).max().unwrap_or(Outcome::Skipped)
    }

    /// 3: something could not be evaluated, or nothing was; 1: a contract is broken (`fail_on_warn`: warnings break,
    /// too); 0: all kept.
    pub fn exit_code(&self, fail_on_warn: bool) -> u8 {
        let checks = || self.tables.iter().flat_map(|t| &t.checks);
        let evaluated = checks().any(|c| matches!(c.verdict.outcome, Outcome::Pass | Outcome::Warn | Outcome::Fail));
        if !evaluated || self.outcome() == Outcome::Error {
            return 3;
        }
        let breaks = |o: Outcome| o == Outcome::Fail || (fail_on_warn && o == Outcome::Warn);
        u8::from(checks().any(|c| !c.is_pending() && breaks(c.verdict.outcome)))
    }
}
