//! What the notifier knows, and writing what a pass of it gave.

use std::collections::BTreeMap;

use ::postgres::Row;
use assay_core::ops::NOTIFIER;
use assay_core::ops::notices::{LogEntry, Notified, NotifierLog};
use sha2::{Digest, Sha256};

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};
use super::{leases, outbox};
use crate::limits;

const WRITE: &str = "
    INSERT INTO notifier_log (key_hash, key, receiver, changed_at, body)
    SELECT * FROM unnest($1::BYTEA[], $2::TEXT[], $3::TEXT[], $4::BIGINT[], $5::TEXT[])
    ON CONFLICT (key_hash) DO UPDATE SET
        receiver = excluded.receiver, changed_at = excluded.changed_at, body = excluded.body";

/// What the notifier knew when it last wrote.
pub(super) fn log(tx: &mut Tx<'_>) -> Result<NotifierLog, Problem> {
    let cursor = tx.value("SELECT event FROM notifier_cursor", &[])?;
    let rows = tx.rows("SELECT key, receiver, body, changed_at FROM notifier_log", &[])?;
    let mut entries = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    entries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    Ok(NotifierLog { cursor: limits::read_count(cursor, cursor_of_it)?, entries })
}

/// Writes what a pass gave; false: somebody else notifies now.
pub(super) fn notify(tx: &mut Tx<'_>, epoch: i64, notified: &Notified) -> Result<bool, Problem> {
    if leases::is_stale(tx, NOTIFIER, epoch)? {
        return Ok(false);
    }
    // Before all else, so that passes of one notifier wait for each other here and not in a circle.
    let cursor = limits::count(notified.cursor, cursor_of_it)?;
    tx.run("UPDATE notifier_cursor SET event = greatest(event, $1)", &[&cursor])?;
    write(tx, &notified.entries)?;
    if !notified.forgotten.is_empty() {
        let keys: Vec<Vec<u8>> = notified.forgotten.iter().map(|key| hash(key)).collect();
        tx.run("DELETE FROM notifier_log WHERE key_hash = ANY ($1)", &[&keys])?;
    }
    outbox::write(tx, &notified.messages)?;
    Ok(true)
}

/// Writes entries; of several with one key the last.
fn write(tx: &mut Tx<'_>, entries: &[LogEntry]) -> Result<(), Problem> {
    if entries.is_empty() {
        return Ok(());
    }
    let entries: BTreeMap<&str, &LogEntry> = entries.iter().map(|entry| (entry.key.as_str(), entry)).collect();
    tx.run(
        WRITE,
        &[
            &entries.keys().map(|key| hash(key)).collect::<Vec<_>>(),
            &entries.keys().map(|key| Text(key)).collect::<Vec<_>>(),
            &entries.values().map(|entry| Text(&entry.receiver)).collect::<Vec<_>>(),
            &entries.values().map(|entry| entry.changed_at).collect::<Vec<_>>(),
            &entries.values().map(|entry| Text(&entry.body)).collect::<Vec<_>>(),
        ],
    )?;
    Ok(())
}

fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key).to_vec()
}

fn read(row: &Row) -> Result<LogEntry, Problem> {
    let mut cells = Cells::of(row, "the notifier's log of");
    Ok(LogEntry { key: cells.text()?, receiver: cells.text()?, body: cells.text()?, changed_at: cells.get()? })
}

fn cursor_of_it() -> String {
    "the notifier's last event".into()
}
