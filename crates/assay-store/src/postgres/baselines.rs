//! The registry of baselines: which files there are, and which of them an alias means.

use std::collections::HashMap;

use assay_core::drift::store::BaselineRow;

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};
use crate::error::Trouble;
use crate::limits;

/// Registers a baseline, or notes where it lies now.
pub(super) fn add(tx: &mut Tx<'_>, row: &BaselineRow) -> Result<(), Problem> {
    let rows = limits::count(row.rows, || format!("the baseline {}", row.name))?;
    let key = (Text(&row.name), Text(&row.sha256));
    let added = tx.run(
        "INSERT INTO baselines (name, sha256, path, created_at, rows) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name, sha256) DO NOTHING",
        &[&key.0, &key.1, &Text(&row.path), &Text(&row.created_at), &rows],
    )?;
    if added == 0 {
        let moved = "UPDATE baselines SET path = $1 WHERE name = $2 AND sha256 = $3";
        tx.run(moved, &[&Text(&row.path), &key.0, &key.1])?;
        return Ok(());
    }
    row.aliases.iter().try_for_each(|alias| set_alias(tx, &row.name, &row.sha256, alias))
}

/// All baselines, by name, newest first.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<Vec<BaselineRow>, Problem> {
    let mut aliases = aliases(tx)?;
    let rows = tx.rows(
        "SELECT name, sha256, path, created_at, rows FROM baselines ORDER BY name, created_at DESC, number DESC",
        &[],
    )?;
    let mut baselines = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut cells = Cells::of(row, "the baseline");
        let key = (cells.text()?, cells.text()?);
        let aliases = aliases.remove(&key).unwrap_or_default();
        let (name, sha256) = key;
        let (path, created_at, rows) = (cells.text()?, cells.text()?, cells.count()?);
        baselines.push(BaselineRow { name, sha256, path, created_at, rows, aliases });
    }
    Ok(baselines)
}

/// Aliases, sorted, by name and hash.
fn aliases(tx: &mut Tx<'_>) -> Result<HashMap<(String, String), Vec<String>>, Problem> {
    let mut aliases: HashMap<_, Vec<String>> = HashMap::new();
    for row in &tx.rows("SELECT name, sha256, alias FROM baseline_aliases ORDER BY name, alias", &[])? {
        let mut cells = Cells::of(row, "an alias of the baseline");
        aliases.entry((cells.text()?, cells.text()?)).or_default().push(cells.text()?);
    }
    Ok(aliases)
}

/// Gives an alias to a baseline, taking it from any other of the name.
pub(super) fn set_alias(tx: &mut Tx<'_>, name: &str, sha256: &str, alias: &str) -> Result<(), Problem> {
    let known = "SELECT 1 FROM baselines WHERE name = $1 AND sha256 = $2";
    if tx.row(known, &[&Text(name), &Text(sha256)])?.is_none() {
        return Err(Trouble::NoBaseline { name: name.into(), sha256: sha256.into() }.into());
    }
    tx.run(
        "INSERT INTO baseline_aliases (name, alias, sha256) VALUES ($1, $2, $3)
         ON CONFLICT (name, alias) DO UPDATE SET sha256 = excluded.sha256",
        &[&Text(name), &Text(alias), &Text(sha256)],
    )?;
    Ok(())
}
