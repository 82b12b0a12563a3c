//! A clock was ahead and was corrected: what it left beyond the present is taken back.

use assay_core::ops::runs::{CLOCK_CORRECTED, Rewound};
use assay_core::ops::{Millis, SCHEDULER};

use super::error::Problem;
use super::pool::Tx;
use super::values::Cells;
use super::{leases, planning};
use crate::rewinding::{LONGEST_BETWEEN_TRIES, clock_corrected};

const FURTHEST: &str = "
    SELECT max(at) FROM (
        SELECT max(greatest(cursor, judged)) AS at FROM documents
        UNION ALL SELECT max(planned) FROM incidents WHERE state <> 'resolved'
        UNION ALL SELECT max(planned) FROM executions WHERE state IN ('queued', 'interrupted')
    ) AS instants";

/// First of all, as those who plan and trigger do; whoever ends a run has locked that one before, which is none of those
/// that are changed here.
const LOCK: &str = "SELECT name FROM documents ORDER BY name FOR UPDATE";

const FORGET: &str = "
    DELETE FROM executions WHERE id IN (
        SELECT id FROM executions
        WHERE planned > $1 AND state IN ('missed', 'skipped') AND started_at IS NULL
            AND reason_code IS DISTINCT FROM $2
        ORDER BY id FOR UPDATE SKIP LOCKED
    )";

const TO_COME: &str = "SELECT id FROM executions WHERE planned > $1 AND state IN ('queued', 'interrupted')";

const HURRY: &str = "
    UPDATE executions SET not_before = $1 WHERE id IN (
        SELECT id FROM executions
        WHERE state IN ('queued', 'interrupted') AND planned <= $1 AND not_before > $1 AND queued_at > $1
        ORDER BY id FOR UPDATE SKIP LOCKED
    )";

/// `least` would make an instant of none.
const DOCUMENTS: &str = "
    UPDATE documents SET cursor = CASE WHEN cursor > $1 THEN $1 ELSE cursor END,
        judged = CASE WHEN judged > $1 THEN $1 ELSE judged END
    WHERE cursor > $1 OR judged > $1";

const INCIDENTS: &str = "
    UPDATE incidents SET planned = least(planned, $1), since = least(since, $1), changed_at = least(changed_at, $1),
        opened_at = CASE WHEN opened_at > $1 THEN $1 ELSE opened_at END,
        resolved_at = CASE WHEN resolved_at > $1 THEN $1 ELSE resolved_at END
    WHERE number IN (
        SELECT number FROM incidents
        WHERE planned > $1 OR since > $1 OR opened_at > $1 OR changed_at > $1 OR resolved_at > $1
        ORDER BY number FOR UPDATE
    )";

const MESSAGES: &str = "
    UPDATE messages SET created_at = least(created_at, $1), next_at = $1 WHERE number IN (
        SELECT number FROM messages WHERE state = 'waiting' AND (created_at > $1 OR next_at > $2)
        ORDER BY number FOR UPDATE
    )";

/// The furthest instant that anything was dealt with for, or waits for.
pub(super) fn furthest(tx: &mut Tx<'_>) -> Result<Option<Millis>, Problem> {
    let row = tx.row(FURTHEST, &[])?;
    row.map_or(Ok(None), |row| Ok(row.try_get(0)?))
}

/// Takes back what lies beyond an instant; `None`: somebody else schedules now.
pub(super) fn rewind(tx: &mut Tx<'_>, epoch: i64, to: Millis) -> Result<Option<Rewound>, Problem> {
    if leases::is_stale(tx, SCHEDULER, epoch)? {
        return Ok(None);
    }
    tx.rows(LOCK, &[])?;
    let forgotten = tx.run(FORGET, &[&to, &CLOCK_CORRECTED])?;
    let waiting = tx.rows(TO_COME, &[&to])?;
    let waiting = waiting.iter().map(|row| Cells::of(row, "the run").text()).collect::<Result<Vec<_>, _>>()?;
    tx.run(HURRY, &[&to])?;
    let documents = tx.run(DOCUMENTS, &[&to])?;
    let incidents = tx.run(INCIDENTS, &[&to])?;
    tx.run("UPDATE alert_events SET at = $1 WHERE at > $1", &[&to])?;
    tx.run(MESSAGES, &[&to, &to.saturating_add(LONGEST_BETWEEN_TRIES)])?;
    let skipped = planning::skip_waiting(tx, epoch, &waiting, &clock_corrected(), to)?.unwrap_or(0);
    Ok(Some(Rewound { documents, incidents, skipped, forgotten }))
}
