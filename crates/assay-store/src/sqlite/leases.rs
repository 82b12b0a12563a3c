//! Leases on roles: who schedules, who notifies.

use assay_core::ops::{LONGEST_LEASE, Lease, Millis};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::error::Trouble;

const READ: &str = "SELECT role, holder, epoch, held_until FROM leases WHERE role = ?";

const WRITE: &str = "
    INSERT INTO leases (role, holder, epoch, held_until) VALUES (?, ?, ?, ?)
    ON CONFLICT (role) DO UPDATE SET
        holder = excluded.holder, epoch = excluded.epoch, held_until = excluded.held_until";

/// Takes or renews a role; `None`: somebody else holds it.
pub(super) fn lead(
    transaction: &Transaction<'_>,
    role: &str,
    holder: &str,
    ttl: Millis,
    now: Millis,
) -> Result<Option<Lease>, Trouble> {
    let held = transaction.prepare_cached(READ)?.query_row([role], read).optional()?;
    let epoch = match &held {
        None => 1,
        Some(lease) if lease.until <= now => lease.epoch + 1,
        Some(lease) if lease.holder == holder => lease.epoch,
        // taken by a clock that was ahead
        Some(lease) if lease.until.saturating_sub(now) > ttl.max(LONGEST_LEASE) => lease.epoch + 1,
        Some(_) => return Ok(None),
    };
    let lease = Lease { role: role.into(), holder: holder.into(), epoch, until: now.saturating_add(ttl) };
    transaction.prepare_cached(WRITE)?.execute(params![lease.role, lease.holder, lease.epoch, lease.until])?;
    Ok(Some(lease))
}

/// Gives a role back. The row stays: epochs only go up.
pub(super) fn resign(transaction: &Transaction<'_>, role: &str, holder: &str, now: Millis) -> Result<(), Trouble> {
    transaction
        .prepare_cached("UPDATE leases SET held_until = min(held_until, ?) WHERE role = ? AND holder = ?")?
        .execute(params![now, role, holder])?;
    Ok(())
}

/// Whether somebody else took the role since this epoch.
pub(super) fn is_stale(transaction: &Transaction<'_>, role: &str, epoch: i64) -> Result<bool, Trouble> {
    let held = transaction.prepare_cached(READ)?.query_row([role], read).optional()?;
    Ok(held.is_some_and(|lease| epoch < lease.epoch))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Lease> {
    Ok(Lease { role: row.get(0)?, holder: row.get(1)?, epoch: row.get(2)?, until: row.get(3)? })
}
