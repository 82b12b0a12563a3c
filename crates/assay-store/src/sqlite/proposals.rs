//! Proposals to train a model again.

use assay_core::drift::store::Proposal;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::error::Trouble;
use crate::limits;

const WRITE: &str = "
    INSERT INTO proposals (id, monitor, window, idempotency_key, state, proposed_at, changed_at, note, payload)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (idempotency_key) DO NOTHING";

const READ: &str = "
    SELECT id, monitor, window, idempotency_key, state, proposed_at, changed_at, note, payload
    FROM proposals WHERE ?1 IS NULL OR monitor = ?1 ORDER BY proposed_at DESC, number DESC";

const READ_ONE: &str = "
    SELECT id, monitor, window, idempotency_key, state, proposed_at, changed_at, note, payload
    FROM proposals WHERE id = ?";

/// Writes a proposal, unless its idempotency key is known.
pub(super) fn write(transaction: &Transaction<'_>, proposal: &Proposal) -> Result<(), Trouble> {
    let is_taken = transaction
        .prepare_cached("SELECT 1 FROM proposals WHERE id = ? AND idempotency_key <> ?")?
        .exists([&proposal.id, &proposal.idempotency_key])?;
    if is_taken {
        return Err(limits::id_taken(&proposal.id));
    }
    transaction.prepare_cached(WRITE)?.execute(params![
        proposal.id,
        proposal.monitor,
        proposal.window,
        proposal.idempotency_key,
        proposal.state,
        proposal.proposed_at,
        proposal.changed_at,
        proposal.note,
        proposal.payload,
    ])?;
    Ok(())
}

/// Proposals, newest first.
pub(super) fn of(transaction: &Transaction<'_>, monitor: Option<&str>) -> Result<Vec<Proposal>, Trouble> {
    let mut statement = transaction.prepare_cached(READ)?;
    let proposals = statement.query_map([monitor], read)?.collect::<Result<_, _>>()?;
    Ok(proposals)
}

/// Moves a proposal where it is in one of the states `from`.
pub(super) fn move_to(
    transaction: &Transaction<'_>,
    id: &str,
    from: &[&str],
    to: &str,
    now: i64,
    note: Option<&str>,
) -> Result<Option<(Proposal, bool)>, Trouble> {
    let Some(proposal) = transaction.prepare_cached(READ_ONE)?.query_row([id], read).optional()? else {
        return Ok(None);
    };
    if !from.contains(&proposal.state.as_str()) {
        return Ok(Some((proposal, false)));
    }
    let note = note.map(str::to_string);
    transaction
        .prepare_cached("UPDATE proposals SET state = ?, changed_at = ?, note = ? WHERE id = ?")?
        .execute(params![to, now, note, id])?;
    Ok(Some((Proposal { state: to.into(), changed_at: now, note, ..proposal }, true)))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Proposal> {
    Ok(Proposal {
        id: row.get(0)?,
        monitor: row.get(1)?,
        window: row.get(2)?,
        idempotency_key: row.get(3)?,
        state: row.get(4)?,
        proposed_at: row.get(5)?,
        changed_at: row.get(6)?,
        note: row.get(7)?,
        payload: row.get(8)?,
    })
}
