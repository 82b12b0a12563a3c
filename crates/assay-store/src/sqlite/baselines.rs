//! The registry of baselines: which files there are, and which of them an alias means.

use std::collections::HashMap;

use assay_core::drift::store::BaselineRow;
use rusqlite::{Transaction, params};

use crate::error::Trouble;
use crate::limits;

/// Registers a baseline, or notes where it lies now.
pub(super) fn add(transaction: &Transaction<'_>, row: &BaselineRow) -> Result<(), Trouble> {
    let rows = limits::count(row.rows, || format!("the baseline {}", row.name))?;
    let moved = transaction
        .prepare_cached("UPDATE baselines SET path = ? WHERE name = ? AND sha256 = ?")?
        .execute([&row.path, &row.name, &row.sha256])?;
    if moved > 0 {
        return Ok(());
    }
    transaction
        .prepare_cached("INSERT INTO baselines (name, sha256, path, created_at, rows) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![row.name, row.sha256, row.path, row.created_at, rows])?;
    row.aliases.iter().try_for_each(|alias| set_alias(transaction, &row.name, &row.sha256, alias))
}

/// All baselines, by name, newest first.
pub(super) fn all(transaction: &Transaction<'_>) -> Result<Vec<BaselineRow>, Trouble> {
    let mut aliases = aliases(transaction)?;
    let mut statement = transaction.prepare_cached(
        "SELECT name, sha256, path, created_at, rows FROM baselines ORDER BY name, created_at DESC, number DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut baselines = Vec::new();
    while let Some(row) = rows.next()? {
        let key = (row.get(0)?, row.get(1)?);
        let aliases = aliases.remove(&key).unwrap_or_default();
        let (name, sha256) = key;
        let count = limits::read_count(row.get(4)?, || format!("the baseline {name}"))?;
        baselines.push(BaselineRow { name, sha256, path: row.get(2)?, created_at: row.get(3)?, rows: count, aliases });
    }
    Ok(baselines)
}

/// Aliases, sorted, by name and hash.
fn aliases(transaction: &Transaction<'_>) -> Result<HashMap<(String, String), Vec<String>>, Trouble> {
    let mut statement =
        transaction.prepare_cached("SELECT name, sha256, alias FROM baseline_aliases ORDER BY name, alias")?;
    let mut rows = statement.query([])?;
    let mut aliases: HashMap<_, Vec<String>> = HashMap::new();
    while let Some(row) = rows.next()? {
        aliases.entry((row.get(0)?, row.get(1)?)).or_default().push(row.get(2)?);
    }
    Ok(aliases)
}

/// Gives an alias to a baseline, taking it from any other of the name.
pub(super) fn set_alias(transaction: &Transaction<'_>, name: &str, sha256: &str, alias: &str) -> Result<(), Trouble> {
    let known =
        transaction.prepare_cached("SELECT 1 FROM baselines WHERE name = ? AND sha256 = ?")?.exists([name, sha256])?;
    if !known {
        return Err(Trouble::NoBaseline { name: name.into(), sha256: sha256.into() });
    }
    transaction
        .prepare_cached("INSERT OR REPLACE INTO baseline_aliases (name, alias, sha256) VALUES (?, ?, ?)")?
        .execute([name, alias, sha256])?;
    Ok(())
}
