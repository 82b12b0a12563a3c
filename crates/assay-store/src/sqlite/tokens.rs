//! Tokens of the API, without their secrets.

use assay_core::ops::Millis;
use assay_core::ops::tokens::{Scope, Token};
use rusqlite::{Row, Transaction, params};

use crate::error::Trouble;

const WRITE: &str = "
    INSERT INTO tokens (id, name, scopes, sha256, created_at, expires_at, revoked_at)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";

const READ: &str = "
    SELECT id, name, scopes, sha256, created_at, expires_at, revoked_at
    FROM tokens ORDER BY created_at DESC, number DESC";

/// Adds a token.
pub(super) fn add(transaction: &Transaction<'_>, token: &Token) -> Result<(), Trouble> {
    let unfit = |why: &str| Trouble::Unfit { what: format!("the token {}", token.id), why: why.into() };
    if token.scopes.is_empty() {
        return Err(unfit("it would allow nothing"));
    }
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
    let written = transaction.prepare_cached(WRITE)?.execute(params![
        token.id,
        token.name,
        scopes.join(","),
        &token.sha256[..],
        token.created_at,
        token.expires_at,
        token.revoked_at,
    ])?;
    if written == 0 { Err(unfit("another one has its id")) } else { Ok(()) }
}

/// Revokes a token; false: there is none of this id, or it was revoked.
pub(super) fn revoke(transaction: &Transaction<'_>, id: &str, now: Millis) -> Result<bool, Trouble> {
    let changed = transaction
        .prepare_cached("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")?
        .execute(params![now, id])?;
    Ok(changed > 0)
}

/// All tokens, newest first.
pub(super) fn all(transaction: &Transaction<'_>) -> Result<Vec<Token>, Trouble> {
    let mut statement = transaction.prepare_cached(READ)?;
    let mut rows = statement.query([])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        tokens.push(read(row)?);
    }
    Ok(tokens)
}

fn read(row: &Row<'_>) -> Result<Token, Trouble> {
    let [id, name, scopes]: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
    let damaged = |why: String| Trouble::Damaged { place: format!("the token {id}"), why };
    let scope = |word| Scope::named(word).ok_or_else(|| damaged(format!("`{word}` is no scope")));
    let scopes = scopes.split(',').map(scope).collect::<Result<_, _>>()?;
    Ok(Token {
        scopes,
        name,
        sha256: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
        revoked_at: row.get(6)?,
        id,
    })
}
