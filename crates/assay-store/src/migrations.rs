//! The versions of the store's tables: one file each under `migrations/`, applied in order and never changed
//! afterwards. There is no way back; a store newer than this program is refused.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::Trouble;

/// What each version adds; the first makes version 1.
static MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_monitors.sql"),
    include_str!("migrations/0002_points.sql"),
    include_str!("migrations/0003_daemon.sql"),
    include_str!("migrations/0004_notifier.sql"),
];

/// Marks a SQLite file as a store of Assay: "Asay" as a number.
const APPLICATION_ID: i64 = 0x4173_6179;

/// The version that this program reads and writes.
pub(crate) fn current() -> i64 {
    MIGRATIONS.len() as i64
}

/// What a file is, before anything is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A database without anything in it.
    Empty,
    /// A store of this version, 1 or more.
    Version(i64),
}

/// Reads whose database this is, and of which version: in one snapshot, because another process may be making it.
pub(crate) fn found(connection: &Connection) -> Result<Found, Trouble> {
    // dropped, which ends it: nothing was written
    let _snapshot = if connection.is_autocommit() { Some(connection.unchecked_transaction()?) } else { None };
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let version = pragma("user_version")?;
    if pragma("application_id")? == APPLICATION_ID && version > 0 {
        return if version > current() { Err(Trouble::Newer(version)) } else { Ok(Found::Version(version)) };
    }
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if objects == 0 && version == 0 { Ok(Found::Empty) } else { Err(Trouble::Foreign) }
}

/// Brings a store to the current version, all steps in one transaction. Several processes may do so at once.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Trouble> {
    if found(connection)? == Found::Version(current()) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Looked at again under the lock: another process may have been faster.
    let from = match found(&transaction)? {
        Found::Empty => 0,
        Found::Version(version) => version,
    };
    apply(&transaction, from, current())?;
    Ok(transaction.commit()?)
}

/// Brings the tables from one version to another.
pub(crate) fn apply(connection: &Connection, from: i64, to: i64) -> Result<(), Trouble> {
    for migration in MIGRATIONS.iter().take(to as usize).skip(from as usize) {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(connection.pragma_update(None, "user_version", to)?)
}
