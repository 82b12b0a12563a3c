//! The connections of a store: one that writes, and some that only read beside it.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::open;
use crate::error::Trouble;

/// Readings at once; one more waits for one of these to end.
const READERS: usize = 3;
/// Statements that a connection keeps prepared: all that are asked again and again.
const STATEMENTS: usize = 128;

/// The connections of a store.
pub(super) struct Connections {
    // Dropped first: the last connection to be closed takes the log along, which one that only reads cannot.
    readers: Option<Readers>,
    writer: Mutex<Connection>,
}

/// A connection on loan: given back also where the work with it panics.
struct Lent<'a> {
    connection: Option<Connection>,
    readers: &'a Readers,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.give_back(connection);
        }
    }
}

/// Connections that only read, opened when they are needed first.
struct Readers {
    path: PathBuf,
    patience: Duration,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    opened: usize,
}

impl Connections {
    /// The connections of a store that this one writes to. Without write-ahead logging readers and writers wait for
    /// each other anyway, and one connection does both.
    pub(super) fn new(writer: Connection, path: &Path, patience: Duration) -> Result<Self, Trouble> {
        let mode: String = writer.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        let readers = (mode == "wal").then(|| Readers {
            path: path.into(),
            patience,
            pool: Mutex::default(),
            returned: Condvar::new(),
        });
        Ok(Connections { readers, ..Connections::one(writer) })
    }

    /// One connection for everything.
    pub(super) fn one(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Connections { readers: None, writer: Mutex::new(connection) }
    }

    /// Does something with the connection that writes, alone.
    pub(super) fn writing<T>(&self, work: impl FnOnce(&mut Connection) -> T) -> T {
        // A thread that panicked left no transaction behind: dropping one rolls it back.
        work(&mut self.writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does something with a connection that reads.
    pub(super) fn reading<T>(&self, work: impl FnOnce(&mut Connection) -> T) -> T {
        let Some(readers) = &self.readers else { return self.writing(work) };
        match readers.take() {
            Some(connection) => {
                let mut lent = Lent { connection: Some(connection), readers };
                // Taken out only when it is given back.
                let Some(connection) = lent.connection.as_mut() else { return self.writing(work) };
                work(connection)
            }
            // There may be no room for another open file: the one that writes is there.
            None => self.writing(work),
        }
    }
}

impl Readers {
    /// An idle connection, or a new one; `None`: none can be opened.
    fn take(&self) -> Option<Connection> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = pool.idle.pop() {
                return Some(connection);
            }
            if pool.opened < READERS {
                pool.opened += 1;
                break;
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
        drop(pool);
        match open::looking(&self.path, self.patience) {
            Ok(connection) => {
                connection.set_prepared_statement_cache_capacity(STATEMENTS);
                Some(connection)
            }
            Err(_) => {
                self.pool.lock().unwrap_or_else(PoisonError::into_inner).opened -= 1;
                self.returned.notify_one();
                None
            }
        }
    }

    fn give_back(&self, connection: Connection) {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).idle.push(connection);
        self.returned.notify_one();
    }
}
