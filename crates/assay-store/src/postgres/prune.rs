//! Removing what retention no longer keeps, a limited number of rows at a time.
//!
//! One kind after the other, oldest first: samples; runs that were missed or skipped; runs with their records; points;
//! the record of who ran; windows; states without a window; incidents with their events; silences; messages; batches of
//! observations that nobody takes; keys of observations; hours. Of incidents only resolved ones, of messages only those that came to their end.

use ::postgres::types::ToSql;
use assay_core::ops::Millis;
use assay_core::ops::retention::{Pruned, Retention};

use super::error::Problem;
use super::locks;
use super::pool::Tx;
use crate::limits::ABANDONED;

/// Rows that one transaction removes at most. Where a single thing has more of them, it goes alone.
const MOST: i64 = 1_000;

/// Something that is removed by age.
struct Kind {
    /// For how long it is kept.
    keep: fn(&Retention) -> Millis,
    /// Gives what goes, oldest first: a key as text, and of how many rows it is with those that belong to it. `$1` is
    /// the instant up to which it goes, `$2` how many rows there is room for, `$3` how many of the newest stay. Rows are
    /// locked, so that one that changes meanwhile is looked at again or left for the next time.
    find: &'static str,
    /// Removes those with the keys of `$1`.
    remove: &'static str,
}

static KINDS: &[Kind] = &[
    Kind {
        keep: |retention| retention.samples,
        find: "SELECT execution, 1::BIGINT FROM execution_samples WHERE ended_at <= $1
               ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM execution_samples WHERE execution = ANY ($1)",
    },
    Kind {
        keep: |retention| retention.missed,
        find: "SELECT id, 1 + (SELECT count(*) FROM execution_records WHERE execution = id)
                   + (SELECT count(*) FROM execution_samples WHERE execution = id)
               FROM executions
               WHERE state IN ('skipped', 'missed') AND coalesce(ended_at, queued_at) <= $1
               ORDER BY coalesce(ended_at, queued_at) LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM executions WHERE id = ANY ($1)",
    },
    Kind {
        keep: |retention| retention.runs,
        find: "SELECT id, 1 + (SELECT count(*) FROM execution_records WHERE execution = id)
                   + (SELECT count(*) FROM execution_samples WHERE execution = id)
               FROM executions WHERE state IN ('finished', 'cancelled') AND ended_at <= $1
               ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM executions WHERE id = ANY ($1)",
    },
    Kind {
        keep: |retention| retention.runs,
        find: "SELECT number::TEXT, 1 + (SELECT count(*) FROM point_checks WHERE point = number)
               FROM points WHERE planned::NUMERIC <= $1::BIGINT::NUMERIC * 1000000
               ORDER BY planned LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM points WHERE number = ANY ($1::TEXT[]::BIGINT[])",
    },
    Kind {
        keep: |retention| retention.runs,
        find: "SELECT id, 1::BIGINT FROM runs WHERE as_of <= $1::BIGINT / 1000 ORDER BY as_of LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM runs WHERE id = ANY ($1)",
    },
    // Windows are old by when they were written last: those of snapshots and rows have no other instant, and one that
    // was evaluated late is not removed before anybody saw it.
    Kind {
        keep: |retention| retention.windows,
        find: "SELECT number::TEXT, 1 + (SELECT count(*) FROM window_checks WHERE in_window = number)
               FROM windows WHERE written_at <= $1 AND number IN (
                   SELECT number FROM (
                       SELECT number, row_number() OVER (PARTITION BY monitor ORDER BY starts_at DESC, number DESC)
                           AS place
                       FROM windows WHERE monitor IN (SELECT monitor FROM windows WHERE written_at <= $1)
                   ) AS placed WHERE place > $3
               ) ORDER BY written_at, number LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM windows WHERE number = ANY ($1::TEXT[]::BIGINT[])",
    },
    Kind {
        keep: |retention| retention.windows,
        find: "SELECT number::TEXT, 1::BIGINT FROM states
               WHERE written_at <= $1 AND NOT EXISTS (
                   SELECT FROM windows WHERE windows.monitor = states.monitor AND windows.name = states.window_name)
               ORDER BY written_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM states WHERE number = ANY ($1::TEXT[]::BIGINT[])",
    },
    Kind {
        keep: |retention| retention.incidents,
        find: "SELECT number::TEXT, 1 + (SELECT count(*) FROM alert_events WHERE incident = incidents.number)
               FROM incidents WHERE state = 'resolved' AND resolved_at <= $1 ORDER BY resolved_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM incidents WHERE state = 'resolved' AND number = ANY ($1::TEXT[]::BIGINT[])",
    },
    Kind {
        keep: |retention| retention.incidents,
        find: "SELECT number::TEXT, 1::BIGINT FROM silences WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM silences WHERE number = ANY ($1::TEXT[]::BIGINT[])",
    },
    Kind {
        keep: |retention| retention.delivered,
        find: "SELECT number::TEXT, 1 + (SELECT count(*) FROM message_incidents WHERE message = number)
               FROM messages WHERE state <> 'waiting' AND state = 'delivered' AND ended_at <= $1
               ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM messages WHERE number = ANY ($1::TEXT[]::BIGINT[])",
    },
    Kind {
        keep: |retention| retention.dead,
        find: "SELECT number::TEXT, 1 + (SELECT count(*) FROM message_incidents WHERE message = number)
               FROM messages WHERE state <> 'waiting' AND state = 'dead' AND ended_at <= $1
               ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM messages WHERE number = ANY ($1::TEXT[]::BIGINT[])",
    },
    // Their keys say until when they were expected to be sent again.
    Kind {
        keep: |_| ABANDONED,
        find: "SELECT number::TEXT, 1::BIGINT FROM observation_keys JOIN journal USING (monitor, key)
               WHERE key_until <= $1 ORDER BY key_until LIMIT $2 FOR UPDATE OF journal SKIP LOCKED",
        remove: "WITH gone AS (DELETE FROM journal WHERE number = ANY ($1::TEXT[]::BIGINT[]) RETURNING size)
                 UPDATE counters SET value = greatest(value - (SELECT coalesce(sum(size), 0) FROM gone)::BIGINT, 0)
                 WHERE name = 'journal_bytes' AND label = '' AND detail = ''",
    },
    // They say themselves until when.
    Kind {
        keep: |_| 0,
        find: "SELECT ctid::TEXT, 1::BIGINT FROM observation_keys AS known
               WHERE key_until <= $1 AND NOT EXISTS (
                   SELECT FROM journal WHERE journal.monitor = known.monitor AND journal.key = known.key)
               ORDER BY key_until LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM observation_keys WHERE ctid = ANY ($1::TEXT[]::TID[])",
    },
    Kind {
        keep: |retention| retention.rollup,
        find: "SELECT ctid::TEXT, 1::BIGINT FROM execution_hours WHERE hour <= $1 ORDER BY hour LIMIT $2 FOR UPDATE SKIP LOCKED",
        remove: "DELETE FROM execution_hours WHERE ctid = ANY ($1::TEXT[]::TID[])",
    },
];

/// Removes what is too old, as much as one transaction may. Only one daemon does so at a time.
pub(super) fn step(tx: &mut Tx<'_>, schema: &str, retention: &Retention, now: Millis) -> Result<Pruned, Problem> {
    let mut pruned = Pruned::default();
    if !locks::is_alone(tx, schema, "prune")? {
        return Ok(pruned);
    }
    let mut left = MOST;
    let stays = i64::try_from(retention.windows_at_least).unwrap_or(i64::MAX);
    for kind in KINDS {
        let until = now.saturating_sub((kind.keep)(retention));
        let mut keys: Vec<String> = Vec::new();
        let parameters: [&(dyn ToSql + Sync); 3] = [&until, &left, &stays];
        let used = if kind.find.contains("$3") { 3 } else { 2 };
        for row in &tx.rows(kind.find, &parameters[..used])? {
            let rows: i64 = row.try_get(1)?;
            // The first goes at any rate where nothing was removed yet.
            if rows > left && left < MOST {
                pruned.more = true;
                break;
            }
            keys.push(row.try_get(0)?);
            left = (left - rows).max(0);
        }
        if !keys.is_empty() {
            tx.run(kind.remove, &[&keys])?;
        }
        pruned.more |= left == 0;
        if pruned.more {
            break;
        }
    }
    pruned.rows = (MOST - left).unsigned_abs();
    Ok(pruned)
}
