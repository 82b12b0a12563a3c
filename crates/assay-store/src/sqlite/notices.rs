//! What the notifier knows, and writing what a pass of it gave.

use assay_core::ops::NOTIFIER;
use assay_core::ops::notices::{LogEntry, Notified, NotifierLog};
use rusqlite::{Transaction, params};

use super::{leases, outbox};
use crate::error::Trouble;
use crate::limits;

const WRITE: &str = "
    INSERT INTO notifier_log (key, receiver, changed_at, body) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET
        receiver = excluded.receiver, changed_at = excluded.changed_at, body = excluded.body";

/// What the notifier knew when it last wrote.
pub(super) fn log(transaction: &Transaction<'_>) -> Result<NotifierLog, Trouble> {
    let cursor = transaction.prepare_cached("SELECT event FROM notifier_cursor")?.query_row([], |row| row.get(0))?;
    let mut statement = transaction.prepare_cached("SELECT key, receiver, body, changed_at FROM notifier_log")?;
    let rows = statement.query_map([], |row| {
        Ok(LogEntry { key: row.get(0)?, receiver: row.get(1)?, body: row.get(2)?, changed_at: row.get(3)? })
    })?;
    let mut entries = rows.collect::<Result<Vec<LogEntry>, _>>()?;
    entries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    Ok(NotifierLog { cursor: limits::read_count(cursor, cursor_of_it)?, entries })
}

/// Writes what a pass gave; false: somebody else notifies now.
pub(super) fn notify(transaction: &Transaction<'_>, epoch: i64, notified: &Notified) -> Result<bool, Trouble> {
    if leases::is_stale(transaction, NOTIFIER, epoch)? {
        return Ok(false);
    }
    let mut write = transaction.prepare_cached(WRITE)?;
    for entry in &notified.entries {
        write.execute(params![entry.key, entry.receiver, entry.changed_at, entry.body])?;
    }
    let mut forget = transaction.prepare_cached("DELETE FROM notifier_log WHERE key = ?")?;
    for key in &notified.forgotten {
        forget.execute([key])?;
    }
    outbox::write(transaction, &notified.messages)?;
    let cursor = limits::count(notified.cursor, cursor_of_it)?;
    transaction.prepare_cached("UPDATE notifier_cursor SET event = max(event, ?)")?.execute([cursor])?;
    Ok(true)
}

fn cursor_of_it() -> String {
    "the notifier's last event".into()
}
