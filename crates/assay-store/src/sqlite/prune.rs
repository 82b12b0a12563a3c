//! Removing what retention no longer keeps, a limited number of rows at a time.
//!
//! One kind after the other, oldest first: samples; runs that were missed or skipped; runs with their records; points;
//! the record of who ran; windows; states without a window; incidents with their events; silences; messages; batches of
//! observations that nobody takes; keys of observations; hours. Of incidents only resolved ones, of messages only those that came to their end.

use assay_core::ops::Millis;
use assay_core::ops::retention::{Pruned, Retention};
use rusqlite::{OptionalExtension, Transaction, params};

use super::journal;
use crate::error::Trouble;
use crate::limits::ABANDONED;

/// Rows that one transaction removes at most. Where a single thing has more of them, it goes alone.
const MOST: u64 = 1_000;

/// Something that is removed by age. `?1` is the instant up to which it goes, `?2` how many rows there is room for.
struct Kind {
    /// For how long it is kept.
    keep: fn(&Retention) -> Millis,
    what: What,
}

enum What {
    /// Rows without others that belong to them: the statement removes them.
    Rows(&'static str),
    /// Rows with others that belong to them and go along.
    Trees {
        /// Gives the number of each and of how many rows it is.
        find: &'static str,
        /// Removes one by its number.
        remove: &'static str,
    },
    /// Windows, of which some are kept whatever their age.
    Windows,
    /// Batches of observations, which are counted.
    Batches,
}

static KINDS: &[Kind] = &[
    Kind {
        keep: |retention| retention.samples,
        what: What::Rows(
            "DELETE FROM execution_samples WHERE execution IN (
                SELECT execution FROM execution_samples WHERE ended_at <= ?1 ORDER BY ended_at LIMIT ?2)",
        ),
    },
    Kind {
        keep: |retention| retention.missed,
        what: What::Trees {
            find: "
                SELECT number, 1 + EXISTS (SELECT 1 FROM execution_records WHERE execution = number)
                    + EXISTS (SELECT 1 FROM execution_samples WHERE execution = number)
                FROM executions
                WHERE state IN ('skipped', 'missed') AND ifnull(ended_at, queued_at) <= ?1
                ORDER BY ifnull(ended_at, queued_at) LIMIT ?2",
            remove: "DELETE FROM executions WHERE number = ?",
        },
    },
    Kind {
        keep: |retention| retention.runs,
        what: What::Trees {
            find: "
                SELECT number, 1 + EXISTS (SELECT 1 FROM execution_records WHERE execution = number)
                    + EXISTS (SELECT 1 FROM execution_samples WHERE execution = number)
                FROM executions
                WHERE state IN ('finished', 'cancelled') AND ended_at <= ?1 ORDER BY ended_at LIMIT ?2",
            remove: "DELETE FROM executions WHERE number = ?",
        },
    },
    Kind {
        keep: |retention| retention.runs,
        what: What::Trees {
            find: "
                SELECT number, 1 + (SELECT count(*) FROM point_checks WHERE point = number)
                FROM points WHERE planned <= ?1 * 1000000 ORDER BY planned LIMIT ?2",
            remove: "DELETE FROM points WHERE number = ?",
        },
    },
    Kind {
        keep: |retention| retention.runs,
        what: What::Rows(
            "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE as_of <= ?1 / 1000 ORDER BY as_of LIMIT ?2)",
        ),
    },
    Kind { keep: |retention| retention.windows, what: What::Windows },
    Kind {
        keep: |retention| retention.windows,
        what: What::Rows(
            "DELETE FROM states WHERE number IN (
                SELECT number FROM states
                WHERE written_at <= ?1 AND NOT EXISTS (
                    SELECT 1 FROM windows WHERE windows.monitor = states.monitor AND windows.name = states.window)
                ORDER BY written_at LIMIT ?2)",
        ),
    },
    Kind {
        keep: |retention| retention.incidents,
        what: What::Trees {
            find: "
                SELECT number, 1 + (SELECT count(*) FROM alert_events WHERE incident = incidents.number)
                FROM incidents WHERE state = 'resolved' AND resolved_at <= ?1 ORDER BY resolved_at LIMIT ?2",
            remove: "DELETE FROM incidents WHERE number = ?",
        },
    },
    Kind {
        keep: |retention| retention.incidents,
        what: What::Rows(
            "DELETE FROM silences WHERE number IN (
                SELECT number FROM silences WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2)",
        ),
    },
    Kind {
        keep: |retention| retention.delivered,
        what: What::Trees {
            find: "
                SELECT number, 1 + (SELECT count(*) FROM message_incidents WHERE message = number)
                FROM messages WHERE state <> 'waiting' AND state = 'delivered' AND ended_at <= ?1
                ORDER BY ended_at LIMIT ?2",
            remove: "DELETE FROM messages WHERE number = ?",
        },
    },
    Kind {
        keep: |retention| retention.dead,
        what: What::Trees {
            find: "
                SELECT number, 1 + (SELECT count(*) FROM message_incidents WHERE message = number)
                FROM messages WHERE state <> 'waiting' AND state = 'dead' AND ended_at <= ?1
                ORDER BY ended_at LIMIT ?2",
            remove: "DELETE FROM messages WHERE number = ?",
        },
    },
    // Their keys say until when they were expected to be sent again.
    Kind { keep: |_| ABANDONED, what: What::Batches },
    Kind {
        // They say themselves until when.
        keep: |_| 0,
        what: What::Rows(
            "DELETE FROM observation_keys WHERE (monitor, key) IN (
                SELECT monitor, key FROM observation_keys AS known
                WHERE key_until <= ?1 AND NOT EXISTS (
                    SELECT 1 FROM journal WHERE journal.monitor = known.monitor AND journal.key = known.key)
                ORDER BY key_until LIMIT ?2)",
        ),
    },
    Kind {
        keep: |retention| retention.rollup,
        what: What::Rows(
            "DELETE FROM execution_hours WHERE (hour, document, outcome) IN (
                SELECT hour, document, outcome FROM execution_hours WHERE hour <= ?1 ORDER BY hour LIMIT ?2)",
        ),
    },
];

/// The statements that look for what is too old.
#[cfg(test)]
pub(super) fn finding() -> Vec<&'static str> {
    let sql = |kind: &Kind| match kind.what {
        What::Rows(sql) => sql,
        What::Trees { find, .. } => find,
        What::Windows => OLD_WINDOWS,
        What::Batches => journal::ABANDONED,
    };
    KINDS.iter().map(sql).chain([NEXT_MONITOR, IS_OLD, FIRST_KEPT]).collect()
}

/// Removes what is too old, as much as one transaction may.
pub(super) fn step(transaction: &Transaction<'_>, retention: &Retention, now: Millis) -> Result<Pruned, Trouble> {
    let mut room = Room { left: MOST, is_full: false };
    for kind in KINDS {
        let until = now.saturating_sub((kind.keep)(retention));
        match kind.what {
            What::Rows(sql) => room.rows(transaction, sql, until)?,
            What::Trees { find, remove } => {
                let found = trees(transaction, find, until, room.left)?;
                room.remove(transaction, remove, &found)?;
            }
            What::Windows => {
                windows(transaction, until, retention.windows_at_least, &mut room)?;
            }
            What::Batches => room.took(journal::forget(transaction, until, room.left)?),
        }
        if room.is_full {
            break;
        }
    }
    Ok(Pruned { rows: MOST.saturating_sub(room.left), more: room.is_full })
}

/// How many rows the transaction may still remove.
struct Room {
    left: u64,
    is_full: bool,
}

impl Room {
    fn rows(&mut self, transaction: &Transaction<'_>, sql: &str, until: Millis) -> Result<(), Trouble> {
        let removed = transaction.prepare_cached(sql)?.execute(params![until, self.left as i64])?;
        self.took(removed as u64);
        Ok(())
    }

    fn took(&mut self, rows: u64) {
        self.left = self.left.saturating_sub(rows);
        self.is_full = self.left == 0;
    }

    /// Removes what there is room for: the first at any rate where nothing was removed yet.
    fn remove(&mut self, transaction: &Transaction<'_>, sql: &str, found: &[(i64, u64)]) -> Result<(), Trouble> {
        let mut statement = transaction.prepare_cached(sql)?;
        for (number, rows) in found {
            if *rows > self.left && self.left < MOST {
                self.is_full = true;
                return Ok(());
            }
            statement.execute([number])?;
            self.left = self.left.saturating_sub(*rows);
        }
        self.is_full = self.left == 0;
        Ok(())
    }
}

/// What goes: each by its number and of how many rows it is.
fn trees(transaction: &Transaction<'_>, sql: &str, until: Millis, most: u64) -> Result<Vec<(i64, u64)>, Trouble> {
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map(params![until, most as i64], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
    Ok(found.map(|row| row.map(|(number, rows)| (number, rows.unsigned_abs()))).collect::<Result<_, _>>()?)
}

const NEXT_MONITOR: &str = "SELECT monitor FROM windows WHERE monitor > ? ORDER BY monitor LIMIT 1";

const IS_OLD: &str = "SELECT 1 FROM windows WHERE monitor = ? AND written_at <= ? LIMIT 1";

const FIRST_KEPT: &str = "
    SELECT starts_at, number FROM windows WHERE monitor = ? ORDER BY starts_at DESC, number DESC LIMIT 1 OFFSET ?";

const OLD_WINDOWS: &str = "
    SELECT number, 1 + (SELECT count(*) FROM window_checks WHERE window = number)
    FROM windows WHERE monitor = ?1 AND written_at <= ?2 AND (starts_at, number) < (?3, ?4)
    ORDER BY written_at, number LIMIT ?5";

/// Windows are old by when they were written last: those of snapshots and rows have no other instant, and one that was
/// evaluated late is not removed before anybody saw it. The newest of a monitor stay.
fn windows(transaction: &Transaction<'_>, until: Millis, at_least: u64, room: &mut Room) -> Result<(), Trouble> {
    let mut next = transaction.prepare_cached(NEXT_MONITOR)?;
    let mut old = transaction.prepare_cached(IS_OLD)?;
    let mut monitor = next.query_row([""], |row| row.get::<_, String>(0)).optional()?;
    // the empty name sorts before all others, and nothing is greater than itself
    if old.exists(params!["", until])? {
        of_monitor(transaction, "", until, at_least, room)?;
    }
    while let Some(name) = monitor.filter(|_| !room.is_full) {
        if old.exists(params![name, until])? {
            of_monitor(transaction, &name, until, at_least, room)?;
        }
        monitor = next.query_row([&name], |row| row.get(0)).optional()?;
    }
    Ok(())
}

fn of_monitor(
    transaction: &Transaction<'_>,
    monitor: &str,
    until: Millis,
    at_least: u64,
    room: &mut Room,
) -> Result<(), Trouble> {
    // With nothing to keep the newest one goes, too: everything lies before an instant that no window has.
    let boundary: Option<(i64, i64)> = match at_least.checked_sub(1) {
        None => Some((i64::MAX, i64::MAX)),
        Some(newer) => transaction
            .prepare_cached(FIRST_KEPT)?
            .query_row(params![monitor, i64::try_from(newer).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?,
    };
    let Some((start, number)) = boundary else { return Ok(()) };
    let found = {
        let mut statement = transaction.prepare_cached(OLD_WINDOWS)?;
        let values = params![monitor, until, start, number, room.left as i64];
        let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        rows.collect::<Result<Vec<(i64, u64)>, _>>()?
    };
    room.remove(transaction, "DELETE FROM windows WHERE number = ?", &found)
}
