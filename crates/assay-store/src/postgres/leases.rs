//! Leases on roles: who schedules, who notifies.

use assay_core::ops::{LONGEST_LEASE, Lease, Millis};

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};

/// Takes or renews a role; `None`: somebody else holds it.
pub(super) fn lead(tx: &mut Tx<'_>, role: &str, holder: &str, ttl: Millis) -> Result<Option<Lease>, Problem> {
    // A role that nobody ever had: its row is there to be locked, with a lease that ran out.
    tx.run(
        "INSERT INTO leases (role, holder, epoch, held_until) VALUES ($1, $2, 0, 0) ON CONFLICT (role) DO NOTHING",
        &[&Text(role), &Text(holder)],
    )?;
    let row =
        tx.row("SELECT role, holder, epoch, held_until FROM leases WHERE role = $1 FOR UPDATE", &[&Text(role)])?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::of(&row, "the lease of the");
    let (_role, held_by, epoch, until): (_, _, i64, Millis) =
        (cells.text()?, cells.text()?, cells.get()?, cells.get()?);
    // The clock is read under the lock: waiting for it takes nothing from the lease.
    let now = tx.clock()?;
    let epoch = match until <= now {
        true => epoch + 1,
        false if held_by == holder => epoch,
        // taken by a clock that was ahead
        false if until.saturating_sub(now) > ttl.max(LONGEST_LEASE) => epoch + 1,
        false => return Ok(None),
    };
    let lease = Lease { role: role.into(), holder: holder.into(), epoch, until: now.saturating_add(ttl) };
    tx.run(
        "UPDATE leases SET holder = $2, epoch = $3, held_until = $4 WHERE role = $1",
        &[&Text(role), &Text(holder), &lease.epoch, &lease.until],
    )?;
    Ok(Some(lease))
}

/// Gives a role back. The row stays: epochs only go up.
pub(super) fn resign(tx: &mut Tx<'_>, role: &str, holder: &str) -> Result<(), Problem> {
    tx.run(
        "UPDATE leases SET held_until = least(held_until, clock_millis()) WHERE role = $1 AND holder = $2",
        &[&Text(role), &Text(holder)],
    )?;
    Ok(())
}

/// Whether somebody else took the role since this epoch. Nobody takes it until the transaction ends.
pub(super) fn is_stale(tx: &mut Tx<'_>, role: &str, epoch: i64) -> Result<bool, Problem> {
    let row = tx.row("SELECT epoch FROM leases WHERE role = $1 FOR SHARE", &[&Text(role)])?;
    let newest: Option<i64> = row.map(|row| row.try_get(0)).transpose()?;
    Ok(newest.is_some_and(|newest| epoch < newest))
}
