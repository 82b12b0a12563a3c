//! Silences: what nobody wants to hear of for a while.

use ::postgres::Row;
use assay_core::ops::Millis;
use assay_core::ops::silences::Silence;

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text, json, maybe};
use crate::error::Trouble;

const WRITE: &str = "
    INSERT INTO silences (id, matchers, starts_at, ends_at, created_by, created_at, comment, ended_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";

const READ: &str = "
    SELECT id, matchers, starts_at, ends_at, created_by, created_at, comment, ended_by
    FROM silences WHERE ends_at > $1 ORDER BY created_at DESC, number DESC";

/// Adds a silence.
pub(super) fn add(tx: &mut Tx<'_>, silence: &Silence) -> Result<(), Problem> {
    let unfit = |why: &str| Trouble::Unfit { what: format!("the silence {}", silence.id), why: why.into() };
    if silence.matchers.is_empty() {
        return Err(unfit("without a matcher it would silence everything").into());
    }
    let written = tx.run(
        WRITE,
        &[
            &Text(&silence.id),
            &Text(&json(&silence.matchers)),
            &silence.starts_at,
            &silence.ends_at,
            &Text(&silence.created_by),
            &silence.created_at,
            &Text(&silence.comment),
            &maybe(silence.ended_by.as_ref()),
        ],
    )?;
    if written == 0 { Err(unfit("another one has its id").into()) } else { Ok(()) }
}

/// Ends a silence now; false: there is none of this id, or it had ended.
pub(super) fn end(tx: &mut Tx<'_>, id: &str, by: &str, now: Millis) -> Result<bool, Problem> {
    let end = "UPDATE silences SET ends_at = $1, ended_by = $2 WHERE id = $3 AND ends_at > $1";
    Ok(tx.run(end, &[&now, &Text(by), &Text(id)])? > 0)
}

/// Silences that end after an instant, newest first.
pub(super) fn after(tx: &mut Tx<'_>, at: Option<Millis>) -> Result<Vec<Silence>, Problem> {
    tx.rows(READ, &[&at.unwrap_or(Millis::MIN)])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Silence, Problem> {
    let mut cells = Cells::of(row, "the silence");
    Ok(Silence {
        id: cells.text()?,
        matchers: cells.json()?,
        starts_at: cells.get()?,
        ends_at: cells.get()?,
        created_by: cells.text()?,
        created_at: cells.get()?,
        comment: cells.text()?,
        ended_by: cells.maybe_text()?,
    })
}
