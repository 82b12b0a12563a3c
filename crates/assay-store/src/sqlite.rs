//! The store in one SQLite file.
//!
//! Write-ahead logging lets others read while one writes, and `synchronous = FULL` makes a commit outlive the process
//! and the machine's power. Whoever writes takes the lock first (`BEGIN IMMEDIATE`) and waits for it, so that a
//! transaction never fails halfway because another process was there before. One connection writes; some others read
//! beside it, so that looking never waits for a long transaction of the same process.

mod backup;
mod baselines;
mod claims;
mod connections;
mod counters;
mod endings;
mod executions;
mod incidents;
mod journal;
mod leases;
mod notices;
mod open;
mod ops;
mod outbox;
mod planning;
mod points;
mod proposals;
mod prune;
mod records;
mod rewind;
mod silences;
mod states;
mod tokens;
mod windows;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::{BaselineRow, Commit, Proposal, RunRow, StateRow, Store, StoreError, WindowRow};
use assay_core::history::Point;
use assay_core::ops::Millis;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::error::Trouble;
use crate::sqlite::connections::Connections;
use crate::{limits, text};

/// How long one process waits for another to end its transaction. Transactions take milliseconds; a slow disk and
/// some dozens of processes together stay far below.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one that tries again by itself waits: what it cannot do soon is to be known soon, and holds up the rest.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);

/// The store in one SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    connections: Connections,
    /// Gives the present, by which leases are measured.
    clock: Arc<dyn Fn() -> Millis + Send + Sync>,
}

impl SqliteStore {
    /// Opens the store, making the file and its folder where there are none, and brings its tables to this version.
    ///
    /// # Errors
    /// `store_newer`, `store_corrupt` (damaged, or no database), `store_locked`, `store_unwritable` (write-protected,
    /// no room), `store_unreadable` (cannot be opened, or belongs to another program).
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_waiting(path, PATIENCE)
    }

    /// Opens the store as [`SqliteStore::open`] does, for one that tries again what failed: from then on it waits for
    /// other processes a few seconds only.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_for_daemon(path: &Path) -> Result<Self, StoreError> {
        let opened = open::read_write(path, PATIENCE).and_then(|connection| {
            connection.busy_timeout(SHORT_PATIENCE)?;
            Connections::new(connection, path, SHORT_PATIENCE)
        });
        let connections = opened.map_err(|trouble| trouble.at(path))?;
        Ok(SqliteStore { path: path.into(), connections, clock: Arc::new(now) })
    }

    /// Opens the store to look at it; nothing is made or changed. `None`: there is no store yet.
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; `store_unreadable` also for a store of an earlier version.
    pub fn open_read_only(path: &Path) -> Result<Option<Self>, StoreError> {
        let connection = open::read_only(path, PATIENCE).map_err(|trouble| trouble.at(path))?;
        Ok(connection.map(|connection| Self::alone(path, connection)))
    }

    /// Opens the store with another patience.
    pub(crate) fn open_waiting(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        let connection = open::read_write(path, patience).map_err(|trouble| trouble.at(path))?;
        let connections = Connections::new(connection, path, patience).map_err(|trouble| trouble.at(path))?;
        Ok(SqliteStore { path: path.into(), connections, clock: Arc::new(now) })
    }

    /// The same store, with another clock than the machine's.
    pub fn with_clock(self, clock: impl Fn() -> Millis + Send + Sync + 'static) -> Self {
        SqliteStore { clock: Arc::new(clock), ..self }
    }

    /// A store that does everything with one connection.
    fn alone(path: &Path, connection: Connection) -> Self {
        SqliteStore { path: path.into(), connections: Connections::one(connection), clock: Arc::new(now) }
    }

    /// Looks at every page, reference and state, which takes as long as reading the file.
    ///
    /// # Errors
    /// `store_corrupt` with the first thing that is wrong.
    pub fn verify(&self) -> Result<(), StoreError> {
        self.read(|transaction| {
            let found: String = transaction.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if found != "ok" {
                return Err(Trouble::Damaged { place: "a page".into(), why: found });
            }
            let dangling = transaction.prepare("PRAGMA foreign_key_check")?.exists([])?;
            if dangling {
                return Err(Trouble::Damaged { place: "a reference".into(), why: "its other end is gone".into() });
            }
            states::verify(transaction)?;
            records::verify(transaction)?;
            outbox::verify(transaction)?;
            journal::verify(transaction)
        })
    }

    /// Reads within one transaction, so that several statements see one and the same state of the store.
    fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, StoreError> {
        let within = |connection: &mut Connection| within(connection, TransactionBehavior::Deferred, work);
        self.connections.reading(within).map_err(|trouble| trouble.at(&self.path))
    }

    /// Writes all of it or nothing.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, StoreError> {
        let within = |connection: &mut Connection| within(connection, TransactionBehavior::Immediate, work);
        self.connections.writing(within).map_err(|trouble| trouble.at(&self.path))
    }

    /// The connection, for tests that damage or limit the store.
    #[cfg(test)]
    fn raw(&self, work: impl FnOnce(&Connection)) {
        self.connections.writing(|connection| work(connection));
    }
}

fn within<T>(
    connection: &mut Connection,
    behavior: TransactionBehavior,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let transaction = connection.transaction_with_behavior(behavior)?;
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

/// The clock of this machine, in milliseconds since 1970: what leases in a file are measured by.
fn now() -> Millis {
    chrono::Utc::now().timestamp_millis()
}

impl Store for SqliteStore {
    fn monitors(&self) -> Result<Vec<String>, StoreError> {
        self.read(windows::monitors)
    }

    fn windows(&self, monitor: &str) -> Result<Vec<WindowRow>, StoreError> {
        self.read(|transaction| windows::of(transaction, monitor))
    }

    fn states(&self, monitor: &str, measures: &str, start: i128, end: i128) -> Result<Vec<StateRow>, StoreError> {
        self.read(|transaction| states::within(transaction, monitor, measures, start, end))
    }

    fn points(&self, document: &str, before: i128, most: usize) -> Result<Vec<Point>, StoreError> {
        self.read(|transaction| points::before(transaction, document, before, most))
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.write(|transaction| write_commit(transaction, commit))
    }

    fn accept(&self, monitor: &str, window: &str) -> Result<bool, StoreError> {
        self.write(|transaction| windows::accept(transaction, monitor, window))
    }

    fn proposals(&self, monitor: Option<&str>) -> Result<Vec<Proposal>, StoreError> {
        self.read(|transaction| proposals::of(transaction, monitor))
    }

    fn move_proposal(
        &self,
        id: &str,
        from: &[&str],
        to: &str,
        now: i64,
        note: Option<&str>,
    ) -> Result<Option<(Proposal, bool)>, StoreError> {
        self.write(|transaction| {
            limits::proposal_state(to, id)?;
            proposals::move_to(transaction, id, from, to, now, note)
        })
    }

    fn add_baseline(&self, row: &BaselineRow) -> Result<(), StoreError> {
        self.write(|transaction| baselines::add(transaction, row))
    }

    fn baselines(&self) -> Result<Vec<BaselineRow>, StoreError> {
        self.read(baselines::all)
    }

    fn set_alias(&self, name: &str, sha256: &str, alias: &str) -> Result<(), StoreError> {
        self.write(|transaction| baselines::set_alias(transaction, name, sha256, alias))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Writes what one run remembers.
fn write_commit(transaction: &Transaction<'_>, commit: &Commit) -> Result<(), Trouble> {
    limits::commit(commit)?;
    commit.run.iter().try_for_each(|run| write_run(transaction, run))?;
    commit.windows.iter().try_for_each(|row| windows::write(transaction, row))?;
    commit.points.iter().try_for_each(|row| points::write(transaction, row))?;
    commit.states.iter().try_for_each(|row| states::write(transaction, row))?;
    commit.proposals.iter().try_for_each(|proposal| proposals::write(transaction, proposal))
}

fn write_run(transaction: &Transaction<'_>, run: &RunRow) -> Result<(), Trouble> {
    let documents = limits::count(run.documents, || format!("the run {}", run.id))?;
    // The same run again (its id is a hash of what went in) is the same row.
    transaction
        .prepare_cached("INSERT OR REPLACE INTO runs (id, as_of, outcome, documents) VALUES (?, ?, ?, ?)")?
        .execute(params![run.id, run.as_of, text::outcome(run.outcome), documents])?;
    Ok(())
}

#[cfg(test)]
mod tests;
