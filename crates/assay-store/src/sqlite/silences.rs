//! Silences: what nobody wants to hear of for a while.

use assay_core::ops::Millis;
use assay_core::ops::silences::Silence;
use rusqlite::{Row, Transaction, params};

use crate::error::Trouble;

const WRITE: &str = "
    INSERT INTO silences (id, matchers, starts_at, ends_at, created_by, created_at, comment, ended_by)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";

const READ: &str = "
    SELECT id, matchers, starts_at, ends_at, created_by, created_at, comment, ended_by
    FROM silences WHERE ends_at > ? ORDER BY created_at DESC, number DESC";

/// Adds a silence.
pub(super) fn add(transaction: &Transaction<'_>, silence: &Silence) -> Result<(), Trouble> {
    let unfit = |why: &str| Trouble::Unfit { what: format!("the silence {}", silence.id), why: why.into() };
    if silence.matchers.is_empty() {
        return Err(unfit("without a matcher it would silence everything"));
    }
    let matchers = serde_json::to_string(&silence.matchers).map_err(|why| unfit(&why.to_string()))?;
    let written = transaction.prepare_cached(WRITE)?.execute(params![
        silence.id,
        matchers,
        silence.starts_at,
        silence.ends_at,
        silence.created_by,
        silence.created_at,
        silence.comment,
        silence.ended_by,
    ])?;
    if written == 0 { Err(unfit("another one has its id")) } else { Ok(()) }
}

/// Ends a silence now; false: there is none of this id, or it had ended.
pub(super) fn end(transaction: &Transaction<'_>, id: &str, by: &str, now: Millis) -> Result<bool, Trouble> {
    let changed = transaction
        .prepare_cached("UPDATE silences SET ends_at = ?, ended_by = ? WHERE id = ? AND ends_at > ?")?
        .execute(params![now, by, id, now])?;
    Ok(changed > 0)
}

/// Silences that end after an instant, newest first.
pub(super) fn after(transaction: &Transaction<'_>, at: Option<Millis>) -> Result<Vec<Silence>, Trouble> {
    let mut statement = transaction.prepare_cached(READ)?;
    let mut rows = statement.query([at.unwrap_or(Millis::MIN)])?;
    let mut silences = Vec::new();
    while let Some(row) = rows.next()? {
        silences.push(read(row)?);
    }
    Ok(silences)
}

fn read(row: &Row<'_>) -> Result<Silence, Trouble> {
    let [id, matchers]: [String; 2] = [row.get(0)?, row.get(1)?];
    let matchers = serde_json::from_str(&matchers).map_err(|_| Trouble::Damaged {
        place: format!("the silence {id}"),
        why: "its matchers are no list of matchers".into(),
    })?;
    Ok(Silence {
        id,
        matchers,
        starts_at: row.get(2)?,
        ends_at: row.get(3)?,
        created_by: row.get(4)?,
        created_at: row.get(5)?,
        comment: row.get(6)?,
        ended_by: row.get(7)?,
    })
}
