//! The store in a PostgreSQL database, which several daemons share.
//!
//! Transactions are READ COMMITTED and short. Rows are locked in one order ([`locks`]), and what still comes into each
//! other's way is tried again. Leases go by the database's clock. All that several daemons must not do at once is
//! either a row that they lock or an advisory lock of the transaction:
//!
//! | what | by what |
//! | --- | --- |
//! | planning, triggering, ending runs of a document, writing its windows and points | its row of `documents` |
//! | claiming, with its limit of runs per source | an advisory lock; rows that others end meanwhile are skipped |
//! | scheduling and notifying | a row of `leases`, whose epoch every write of the role locks and compares |
//! | numbers of incidents, events and batches | a row of `numbers`, so that they become visible in their order |
//! | migrations | an advisory lock |

mod baselines;
mod claims;
mod counters;
mod endings;
mod error;
mod executions;
mod incidents;
mod journal;
mod leases;
mod locks;
mod migrations;
mod notices;
mod ops;
mod outbox;
mod planning;
mod points;
mod pool;
mod proposals;
mod prune;
mod records;
mod rewind;
mod silences;
mod states;
mod tls;
mod tokens;
mod url;
mod values;
mod windows;

use std::collections::BTreeSet;
use std::fmt;
use std::thread;
use std::time::Duration;

use ::postgres::IsolationLevel;
use assay_core::drift::store::{BaselineRow, Commit, Proposal, RunRow, StateRow, Store, StoreError, WindowRow};
use assay_core::history::Point;

use crate::{limits, text};
use error::Problem;
use pool::{Pool, Session, Tx};
use values::Text;

/// Tries of a transaction that others come into the way of.
const TRIES: u32 = 5;
/// The pause before the second try; the next are twice as long each.
const PAUSE: Duration = Duration::from_millis(10);

/// The store in a PostgreSQL database.
///
/// Up to six connections are made as they are needed. What they set holds for a session: a pooler in between has to give
/// each its own server connection (PgBouncer: `pool_mode = session`).
///
/// Calls block, and drive the connection with a runtime of their own: make them from a thread that may block and that
/// does not run async tasks itself (`spawn_blocking` of tokio, or a plain thread). From within an async task they
/// panic.
pub struct PostgresStore {
    pool: Pool,
}

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// All its statements see one and the same state of the store.
    Read,
    /// Each of its statements sees what was committed before it.
    Write,
}

impl PostgresStore {
    /// Connects to the database of a url (`postgresql://user:password@host:5432/database?sslmode=verify-full`) and makes
    /// the store's tables there, or brings them to this version. They are in the schema `assay`, or the first of the
    /// search path that the url's `options` set.
    ///
    /// `sslmode` is disable, prefer, require, verify-ca or verify-full, as PostgreSQL's own programs mean it;
    /// `sslrootcert` names a file of trusted authorities in place of the system's.
    ///
    /// # Errors
    /// `store_newer`, `store_unreadable` (no such url, server or database, not let in, a schema of another program),
    /// `store_unwritable` (a standby, no right to make the tables), `store_locked`.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        let store = PostgresStore { pool: Pool::new(url::parse(url)?) };
        let schema = store.pool.target().schema.clone();
        store.write(|tx| migrations::migrate(&mut tx.transaction, &schema))?;
        Ok(store)
    }

    /// Reads within one transaction, so that several statements see one and the same state of the store.
    fn read<T>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, Problem>) -> Result<T, StoreError> {
        self.within(Access::Read, work)
    }

    /// Writes all of it or nothing. The work is done again where others came into its way.
    fn write<T>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, Problem>) -> Result<T, StoreError> {
        self.within(Access::Write, work)
    }

    fn within<T>(
        &self,
        access: Access,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.once(access, &mut work) {
                Err(problem) if problem.is_conflict() => thread::park_timeout(pause),
                outcome => return self.named(outcome),
            }
            pause *= 2;
        }
        self.named(self.once(access, &mut work))
    }

    /// One try, on a connection that works: one that was idle may have been closed meanwhile, and nothing was done yet.
    fn once<T>(&self, access: Access, work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, Problem>) -> Result<T, Problem> {
        loop {
            let (mut session, was_idle) = self.pool.take()?;
            let outcome = session.begin(access).map(|tx| finish(tx, work));
            match outcome {
                Err(_) if was_idle => {
                    drop(session);
                    self.pool.forget();
                }
                outcome => {
                    self.pool.give_back(session);
                    return outcome?;
                }
            }
        }
    }

    fn named<T>(&self, outcome: Result<T, Problem>) -> Result<T, StoreError> {
        outcome.map_err(|problem| problem.of(&self.pool.target().name))
    }
}

impl Session {
    fn begin(&mut self, access: Access) -> Result<Tx<'_>, Problem> {
        let level = match access {
            Access::Read => IsolationLevel::RepeatableRead,
            Access::Write => IsolationLevel::ReadCommitted,
        };
        let builder = self.client.build_transaction().isolation_level(level).read_only(access == Access::Read);
        Ok(Tx { transaction: builder.start()?, statements: &mut self.statements })
    }
}

fn finish<T>(mut tx: Tx<'_>, work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, Problem>) -> Result<T, Problem> {
    let value = work(&mut tx)?;
    tx.transaction.commit().map_err(|error| {
        if error.code().is_none() && error::is_lost(&error) {
            Problem::Uncertain(error)
        } else {
            Problem::Server(error)
        }
    })?;
    Ok(value)
}

impl Store for PostgresStore {
    fn monitors(&self) -> Result<Vec<String>, StoreError> {
        self.read(windows::monitors)
    }

    fn windows(&self, monitor: &str) -> Result<Vec<WindowRow>, StoreError> {
        self.read(|tx| windows::of(tx, monitor))
    }

    fn states(&self, monitor: &str, measures: &str, start: i128, end: i128) -> Result<Vec<StateRow>, StoreError> {
        self.read(|tx| states::within(tx, monitor, measures, start, end))
    }

    fn points(&self, document: &str, before: i128, most: usize) -> Result<Vec<Point>, StoreError> {
        self.read(|tx| points::before(tx, document, before, most))
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.write(|tx| {
            locks::documents(tx, &documents_of(commit))?;
            write_commit(tx, commit)
        })
    }

    fn accept(&self, monitor: &str, window: &str) -> Result<bool, StoreError> {
        self.write(|tx| windows::accept(tx, monitor, window))
    }

    fn proposals(&self, monitor: Option<&str>) -> Result<Vec<Proposal>, StoreError> {
        self.read(|tx| proposals::of(tx, monitor))
    }

    fn move_proposal(
        &self,
        id: &str,
        from: &[&str],
        to: &str,
        now: i64,
        note: Option<&str>,
    ) -> Result<Option<(Proposal, bool)>, StoreError> {
        self.write(|tx| {
            limits::proposal_state(to, id)?;
            proposals::move_to(tx, id, from, to, now, note)
        })
    }

    fn add_baseline(&self, row: &BaselineRow) -> Result<(), StoreError> {
        self.write(|tx| baselines::add(tx, row))
    }

    fn baselines(&self) -> Result<Vec<BaselineRow>, StoreError> {
        self.read(baselines::all)
    }

    fn set_alias(&self, name: &str, sha256: &str, alias: &str) -> Result<(), StoreError> {
        self.write(|tx| baselines::set_alias(tx, name, sha256, alias))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("name", &self.pool.target().name).finish_non_exhaustive()
    }
}

/// The tables and monitors of which a commit writes something, in any order: their rows of `documents` are locked before.
fn documents_of(commit: &Commit) -> BTreeSet<&str> {
    let windows = commit.windows.iter().map(|row| row.monitor.as_str());
    let states = commit.states.iter().map(|row| row.monitor.as_str());
    windows.chain(states).chain(commit.points.iter().map(|row| row.document.as_str())).collect()
}

/// What a run remembers.
fn write_commit(tx: &mut Tx<'_>, commit: &Commit) -> Result<(), Problem> {
    limits::commit(commit)?;
    commit.run.iter().try_for_each(|run| write_run(tx, run))?;
    commit.windows.iter().try_for_each(|row| windows::write(tx, row))?;
    commit.points.iter().try_for_each(|row| points::write(tx, row))?;
    commit.states.iter().try_for_each(|row| states::write(tx, row))?;
    commit.proposals.iter().try_for_each(|proposal| proposals::write(tx, proposal))
}

fn write_run(tx: &mut Tx<'_>, run: &RunRow) -> Result<(), Problem> {
    let documents = limits::count(run.documents, || format!("the run {}", run.id))?;
    // The same run again (its id is a hash of what went in) is the same row.
    tx.run(
        "INSERT INTO runs (id, as_of, outcome, documents) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET
             as_of = excluded.as_of, outcome = excluded.outcome, documents = excluded.documents",
        &[&Text(&run.id), &run.as_of, &text::outcome(run.outcome), &documents],
    )?;
    Ok(())
}

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;
