//! The versions of the tables: one file each under `migrations/postgres/`, applied in order and never changed afterwards.
//! There is no way back; a store newer than this program is refused.

use ::postgres::{Client, Transaction};

use super::error::Problem;
use super::locks;

/// What each version adds; the first makes version 1.
static MIGRATIONS: &[&str] =
    &[include_str!("../migrations/postgres/0001_store.sql"), include_str!("../migrations/postgres/0002_notifier.sql")];

/// The program that a schema says it belongs to.
const PROGRAM: &str = "assay";
/// Server versions from which on this is tested.
const OLDEST_SERVER: i32 = 130_000;

/// Made before the first migration: which program's tables these are, and of which version.
const MARK: &str = "
    CREATE TABLE store (
        program TEXT NOT NULL,
        version BIGINT NOT NULL CHECK (version > 0),
        one_row BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY CHECK (one_row)
    )";

/// The version that this program reads and writes.
pub(super) fn current() -> i64 {
    MIGRATIONS.len() as i64
}

/// What a schema is, before anything is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Not there.
    Nothing,
    /// There, with nothing in it.
    Empty,
    /// A store of this version, 1 or more.
    Version(i64),
}

/// Refuses a server that cannot hold a store.
pub(super) fn suits(client: &mut Client) -> Result<(), Problem> {
    let row = client.query_one(
        "SELECT current_setting('server_version_num')::INTEGER, current_setting('server_version'),
                current_setting('server_encoding'), pg_is_in_recovery()",
        &[],
    )?;
    let (number, version, encoding): (i32, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if number < OLDEST_SERVER {
        return Err(Problem::Unsuited(format!("is on PostgreSQL {version}: it has to be 13 or later")));
    }
    if encoding != "UTF8" {
        return Err(Problem::Unsuited(format!(
            "has the encoding {encoding}, which has not every character: make a database with `createdb -E UTF8 -T \
             template0`"
        )));
    }
    if row.try_get(3)? { Err(Problem::Standby) } else { Ok(()) }
}

/// Brings a store to the current version, all steps in one transaction. Several processes may do so at once: they do it
/// one after the other.
pub(super) fn migrate(transaction: &mut Transaction<'_>, schema: &str) -> Result<(), Problem> {
    if found(transaction, schema)? == Found::Version(current()) {
        return Ok(());
    }
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&locks::key(schema, "migrate")])?;
    // Looked at again under the lock: another process may have been faster.
    let from = match found(transaction, schema)? {
        Found::Nothing => {
            transaction.batch_execute(&format!("CREATE SCHEMA \"{schema}\""))?;
            0
        }
        Found::Empty => 0,
        Found::Version(version) => version,
    };
    if from == 0 {
        transaction.batch_execute(MARK)?;
    }
    for migration in MIGRATIONS.iter().skip(from as usize) {
        transaction.batch_execute(migration)?;
    }
    transaction.execute(
        "INSERT INTO store (program, version) VALUES ($1, $2)
         ON CONFLICT (one_row) DO UPDATE SET version = excluded.version",
        &[&PROGRAM, &current()],
    )?;
    Ok(())
}

/// Reads whose schema this is, and of which version.
fn found(transaction: &mut Transaction<'_>, schema: &str) -> Result<Found, Problem> {
    let foreign = || Problem::Foreign { schema: schema.to_owned() };
    let row = transaction.query_opt(
        "SELECT count(c.oid), count(c.oid) FILTER (
             WHERE c.relname = 'store' AND c.relkind = 'r' AND (
                 SELECT count(*) FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attname IN ('program', 'version', 'one_row')
             ) = 3
         )
         FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
         WHERE n.nspname = $1 GROUP BY n.oid",
        &[&schema],
    )?;
    let Some(row) = row else { return Ok(Found::Nothing) };
    match (row.try_get::<_, i64>(0)?, row.try_get::<_, i64>(1)?) {
        (0, _) => return Ok(Found::Empty),
        (_, 0) => return Err(foreign()),
        _ => {}
    }
    let mark = transaction.query_opt("SELECT program::TEXT, version::BIGINT FROM store", &[])?.ok_or_else(foreign)?;
    let (program, version): (String, i64) = (mark.try_get(0)?, mark.try_get(1)?);
    match version {
        _ if program != PROGRAM => Err(foreign()),
        newer if newer > current() => Err(Problem::Newer(newer)),
        version => Ok(Found::Version(version)),
    }
}
