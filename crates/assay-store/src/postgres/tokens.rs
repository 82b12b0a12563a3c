//! Tokens of the API, without their secrets.

use ::postgres::Row;
use assay_core::ops::Millis;
use assay_core::ops::tokens::{Scope, Token};

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};
use crate::error::Trouble;

const WRITE: &str = "
    INSERT INTO tokens (id, name, scopes, sha256, created_at, expires_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";

const READ: &str = "
    SELECT id, name, scopes, sha256, created_at, expires_at, revoked_at
    FROM tokens ORDER BY created_at DESC, number DESC";

/// Adds a token.
pub(super) fn add(tx: &mut Tx<'_>, token: &Token) -> Result<(), Problem> {
    let unfit = |why: &str| Trouble::Unfit { what: format!("the token {}", token.id), why: why.into() };
    if token.scopes.is_empty() {
        return Err(unfit("it would allow nothing").into());
    }
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
    let written = tx.run(
        WRITE,
        &[
            &Text(&token.id),
            &Text(&token.name),
            &scopes.join(","),
            &&token.sha256[..],
            &token.created_at,
            &token.expires_at,
            &token.revoked_at,
        ],
    )?;
    if written == 0 { Err(unfit("another one has its id").into()) } else { Ok(()) }
}

/// Revokes a token; false: there is none of this id, or it was revoked.
pub(super) fn revoke(tx: &mut Tx<'_>, id: &str, now: Millis) -> Result<bool, Problem> {
    let revoke = "UPDATE tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    Ok(tx.run(revoke, &[&now, &Text(id)])? > 0)
}

/// All tokens, newest first.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<Vec<Token>, Problem> {
    tx.rows(READ, &[])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Token, Problem> {
    let mut cells = Cells::of(row, "the token");
    Ok(Token {
        id: cells.text()?,
        name: cells.text()?,
        scopes: cells.word(|scopes| scopes.split(',').map(Scope::named).collect())?,
        sha256: cells.hash()?,
        created_at: cells.get()?,
        expires_at: cells.get()?,
        revoked_at: cells.get()?,
    })
}
