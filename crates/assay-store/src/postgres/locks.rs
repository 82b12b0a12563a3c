//! What transactions of several daemons wait for each other by.
//!
//! Rows are always locked in this order, so that no two transactions wait for each other in a circle: the execution
//! that ends, documents by name, what is of one document (windows, states, points), batches by number, incidents by
//! number, numbers (incident before event), the notifier's cursor, counters by name.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::error::Problem;
use super::pool::Tx;
use super::values::{Text, texts};

/// The key of an advisory lock of a schema: locks belong to a whole database, and others may use them as well.
pub(super) fn key(schema: &str, purpose: &str) -> i64 {
    let hash = Sha256::digest(format!("assay {purpose} {schema}"));
    i64::from_le_bytes(hash[..8].try_into().expect("a hash has 32 bytes"))
}

/// Waits until nobody else does this, and keeps others from it until the transaction ends.
pub(super) fn alone(tx: &mut Tx<'_>, schema: &str, purpose: &str) -> Result<(), Problem> {
    tx.rows("SELECT pg_advisory_xact_lock($1)", &[&key(schema, purpose)])?;
    Ok(())
}

/// Locks the rows of documents, which are made where there are none.
pub(super) fn documents(tx: &mut Tx<'_>, names: &BTreeSet<&str>) -> Result<(), Problem> {
    if names.is_empty() {
        return Ok(());
    }
    let names = texts(names.iter().copied());
    tx.run(
        "INSERT INTO documents (name) SELECT name FROM unnest($1::TEXT[]) AS given (name)
         WHERE NOT EXISTS (SELECT FROM documents WHERE documents.name = given.name)
         ORDER BY name COLLATE \"C\" ON CONFLICT DO NOTHING",
        &[&names],
    )?;
    tx.rows("SELECT name FROM documents WHERE name = ANY ($1) ORDER BY name FOR UPDATE", &[&names])?;
    Ok(())
}

/// The first of so many numbers that nobody had before, given out in the order in which transactions commit.
pub(super) fn numbers(tx: &mut Tx<'_>, name: &str, many: usize) -> Result<i64, Problem> {
    let many = many as i64;
    let last = tx.value("UPDATE numbers SET last = last + $2 WHERE name = $1 RETURNING last", &[&Text(name), &many])?;
    Ok(last - many + 1)
}

/// Whether nobody else does this; then others are kept from it until the transaction ends.
pub(super) fn is_alone(tx: &mut Tx<'_>, schema: &str, purpose: &str) -> Result<bool, Problem> {
    let row = tx.row("SELECT pg_try_advisory_xact_lock($1)", &[&key(schema, purpose)])?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}
