//! A clock was ahead and was corrected: what it left beyond the present is taken back.

use assay_core::ops::runs::{CLOCK_CORRECTED, Rewound};
use assay_core::ops::{Millis, SCHEDULER};
use rusqlite::{Transaction, params};

use super::{leases, planning};
use crate::error::Trouble;
use crate::rewinding::{LONGEST_BETWEEN_TRIES, clock_corrected};

const FURTHEST: &str = "
    SELECT max(at) FROM (
        SELECT max(cursor) AS at FROM documents
        UNION ALL SELECT max(newest) FROM documents
        UNION ALL SELECT max(judged) FROM documents
        UNION ALL SELECT max(planned) FROM incidents WHERE state <> 'resolved'
        UNION ALL SELECT max(planned) FROM executions WHERE state IN ('queued', 'interrupted')
    )";

const FORGET: &str = "
    DELETE FROM executions
    WHERE planned > ? AND state IN ('missed', 'skipped') AND started_at IS NULL AND reason_code IS NOT ?";

const TO_COME: &str = "SELECT id FROM executions WHERE planned > ? AND state IN ('queued', 'interrupted')";

const HURRY: &str = "
    UPDATE executions SET not_before = ?1
    WHERE state IN ('queued', 'interrupted') AND planned <= ?1 AND not_before > ?1 AND queued_at > ?1";

const DOCUMENTS: &str = "
    UPDATE documents SET cursor = min(cursor, ?1), judged = min(judged, ?1), newest = (
        SELECT max(planned) FROM executions
        WHERE document = name AND state IN ('finished', 'cancelled') AND planned <= ?1
    ) WHERE cursor > ?1 OR judged > ?1 OR newest > ?1";

const INCIDENTS: &str = "
    UPDATE incidents SET planned = min(planned, ?1), since = min(since, ?1), opened_at = min(opened_at, ?1),
        changed_at = min(changed_at, ?1), resolved_at = min(resolved_at, ?1)
    WHERE planned > ?1 OR since > ?1 OR opened_at > ?1 OR changed_at > ?1 OR resolved_at > ?1";

const MESSAGES: &str = "
    UPDATE messages SET created_at = min(created_at, ?1), next_at = ?1
    WHERE state = 'waiting' AND (created_at > ?1 OR next_at > ?2)";

/// The furthest instant that anything was dealt with for, or waits for.
pub(super) fn furthest(transaction: &Transaction<'_>) -> Result<Option<Millis>, Trouble> {
    Ok(transaction.prepare_cached(FURTHEST)?.query_row([], |row| row.get(0))?)
}

/// Takes back what lies beyond an instant; `None`: somebody else schedules now.
pub(super) fn rewind(transaction: &Transaction<'_>, epoch: i64, to: Millis) -> Result<Option<Rewound>, Trouble> {
    if leases::is_stale(transaction, SCHEDULER, epoch)? {
        return Ok(None);
    }
    let forgotten = transaction.prepare_cached(FORGET)?.execute(params![to, CLOCK_CORRECTED])? as u64;
    let waiting: Vec<String> = {
        let mut statement = transaction.prepare_cached(TO_COME)?;
        statement.query_map([to], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    let reason = clock_corrected();
    let skipped = planning::skip_waiting(transaction, epoch, &waiting, &reason, to)?.unwrap_or(0);
    transaction.prepare_cached(HURRY)?.execute([to])?;
    let documents = transaction.prepare_cached(DOCUMENTS)?.execute([to])? as u64;
    let incidents = transaction.prepare_cached(INCIDENTS)?.execute([to])? as u64;
    transaction.prepare_cached("UPDATE alert_events SET at = ?1 WHERE at > ?1")?.execute([to])?;
    let latest_try = to.saturating_add(LONGEST_BETWEEN_TRIES);
    transaction.prepare_cached(MESSAGES)?.execute([to, latest_try])?;
    Ok(Some(Rewound { documents, incidents, skipped, forgotten }))
}
