//! Proposals to train a model again.

use ::postgres::Row;
use assay_core::drift::store::Proposal;

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text, maybe};
use crate::limits;

const WRITE: &str = "
    INSERT INTO proposals (id, monitor, window_name, idempotency_key, state, proposed_at, changed_at, note, payload)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (idempotency_key) DO NOTHING";

const READ: &str = "
    SELECT id, monitor, window_name, idempotency_key, state, proposed_at, changed_at, note, payload
    FROM proposals WHERE $1::TEXT IS NULL OR monitor = $1 ORDER BY proposed_at DESC, number DESC";

const READ_ONE: &str = "
    SELECT id, monitor, window_name, idempotency_key, state, proposed_at, changed_at, note, payload
    FROM proposals WHERE id = $1 FOR UPDATE";

/// Writes a proposal, unless its idempotency key is known.
pub(super) fn write(tx: &mut Tx<'_>, proposal: &Proposal) -> Result<(), Problem> {
    let (id, key) = (Text(&proposal.id), Text(&proposal.idempotency_key));
    if tx.row("SELECT 1 FROM proposals WHERE id = $1 AND idempotency_key <> $2", &[&id, &key])?.is_some() {
        return Err(limits::id_taken(&proposal.id).into());
    }
    tx.run(
        WRITE,
        &[
            &id,
            &Text(&proposal.monitor),
            &Text(&proposal.window),
            &key,
            &Text(&proposal.state),
            &proposal.proposed_at,
            &proposal.changed_at,
            &maybe(proposal.note.as_ref()),
            &Text(&proposal.payload),
        ],
    )?;
    Ok(())
}

/// Proposals, newest first.
pub(super) fn of(tx: &mut Tx<'_>, monitor: Option<&str>) -> Result<Vec<Proposal>, Problem> {
    tx.rows(READ, &[&monitor.map(Text)])?.iter().map(read).collect()
}

/// Moves a proposal where it is in one of the states `from`.
pub(super) fn move_to(
    tx: &mut Tx<'_>,
    id: &str,
    from: &[&str],
    to: &str,
    now: i64,
    note: Option<&str>,
) -> Result<Option<(Proposal, bool)>, Problem> {
    let Some(row) = tx.row(READ_ONE, &[&Text(id)])? else { return Ok(None) };
    let proposal = read(&row)?;
    if !from.contains(&proposal.state.as_str()) {
        return Ok(Some((proposal, false)));
    }
    let change = "UPDATE proposals SET state = $1, changed_at = $2, note = $3 WHERE id = $4";
    tx.run(change, &[&Text(to), &now, &note.map(Text), &Text(id)])?;
    Ok(Some((Proposal { state: to.into(), changed_at: now, note: note.map(str::to_string), ..proposal }, true)))
}

fn read(row: &Row) -> Result<Proposal, Problem> {
    let mut cells = Cells::of(row, "the proposal");
    Ok(Proposal {
        id: cells.text()?,
        monitor: cells.text()?,
        window: cells.text()?,
        idempotency_key: cells.text()?,
        state: cells.text()?,
        proposed_at: cells.get()?,
        changed_at: cells.get()?,
        note: cells.maybe_text()?,
        payload: cells.text()?,
    })
}
