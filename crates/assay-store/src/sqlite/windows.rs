//! Windows and their checks.

use std::collections::HashMap;

use assay_core::drift::store::{WindowCheck, WindowRow};
use assay_core::verdict::Outcome;
use rusqlite::{Row, Transaction, params};

use crate::error::Trouble;
use crate::{limits, text};

const WRITE: &str = "
    INSERT INTO windows (monitor, baseline, name, starts_at, ends_at, revision, rows, late_rows, run, outcome,
                         labels_closed, accepted, written_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (monitor, baseline, name) DO UPDATE SET
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, revision = excluded.revision,
        rows = excluded.rows, late_rows = excluded.late_rows, run = excluded.run, outcome = excluded.outcome,
        labels_closed = excluded.labels_closed, accepted = max(accepted, excluded.accepted),
        written_at = excluded.written_at
    RETURNING number";

const READ: &str = "
    SELECT number, baseline, name, starts_at, ends_at, revision, rows, late_rows, run, outcome, labels_closed, accepted
    FROM windows WHERE monitor = ? ORDER BY starts_at, number";

const READ_CHECKS: &str = "
    SELECT window, window_checks.id, window_checks.outcome, effects
    FROM window_checks JOIN windows ON windows.number = window
    WHERE monitor = ? ORDER BY window, position";

/// Writes a window, or another revision of it.
pub(super) fn write(transaction: &Transaction<'_>, row: &WindowRow) -> Result<(), Trouble> {
    let what = || format!("the window {} of {}", row.window, row.monitor);
    let number: i64 = transaction.prepare_cached(WRITE)?.query_row(
        params![
            row.monitor,
            row.baseline,
            row.window,
            limits::instant(row.start, what)?,
            limits::instant(row.end, what)?,
            row.revision,
            limits::count(row.rows, what)?,
            limits::count(row.late_rows, what)?,
            row.run,
            text::outcome(row.outcome),
            row.labels_closed,
            row.accepted,
            super::now(),
        ],
        |row| row.get(0),
    )?;
    transaction.prepare_cached("DELETE FROM window_checks WHERE window = ?")?.execute([number])?;
    let mut insert = transaction
        .prepare_cached("INSERT INTO window_checks (window, position, id, outcome, effects) VALUES (?, ?, ?, ?, ?)")?;
    for (position, check) in row.checks.iter().enumerate() {
        let effects = text::effects(&check.effects);
        insert.execute(params![number, position as i64, check.id, text::outcome(check.outcome), effects])?;
    }
    Ok(())
}

/// The monitors with windows, by name.
pub(super) fn monitors(transaction: &Transaction<'_>) -> Result<Vec<String>, Trouble> {
    let mut statement = transaction.prepare_cached("SELECT DISTINCT monitor FROM windows ORDER BY monitor")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The windows of a monitor, oldest first; windows of one start in the order in which they were first evaluated.
pub(super) fn of(transaction: &Transaction<'_>, monitor: &str) -> Result<Vec<WindowRow>, Trouble> {
    let mut checks = checks(transaction, monitor)?;
    let mut statement = transaction.prepare_cached(READ)?;
    let mut rows = statement.query([monitor])?;
    let mut windows = Vec::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        windows.push(window(row, monitor, checks.remove(&number).unwrap_or_default())?);
    }
    Ok(windows)
}

fn window(row: &Row<'_>, monitor: &str, checks: Vec<WindowCheck>) -> Result<WindowRow, Trouble> {
    let name: String = row.get(2)?;
    let place = || format!("the window {name} of {monitor}");
    let outcome = outcome(&row.get::<_, String>(9)?, place)?;
    let rows = limits::read_count(row.get(6)?, place)?;
    let late_rows = limits::read_count(row.get(7)?, place)?;
    Ok(WindowRow {
        monitor: monitor.into(),
        baseline: row.get(1)?,
        window: name,
        start: i128::from(row.get::<_, i64>(3)?),
        end: i128::from(row.get::<_, i64>(4)?),
        revision: row.get(5)?,
        rows,
        late_rows,
        run: row.get(8)?,
        outcome,
        labels_closed: row.get(10)?,
        accepted: row.get(11)?,
        checks,
    })
}

/// The checks of all windows of a monitor, by the window's number.
fn checks(transaction: &Transaction<'_>, monitor: &str) -> Result<HashMap<i64, Vec<WindowCheck>>, Trouble> {
    let mut statement = transaction.prepare_cached(READ_CHECKS)?;
    let mut rows = statement.query([monitor])?;
    let mut checks: HashMap<i64, Vec<WindowCheck>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(1)?;
        let place = || format!("the check {id} of {monitor}");
        let outcome = outcome(&row.get::<_, String>(2)?, place)?;
        let effects = text::read_effects(&row.get::<_, String>(3)?).ok_or_else(|| Trouble::Damaged {
            place: place(),
            why: "its effects are no list of tests and numbers".into(),
        })?;
        checks.entry(row.get(0)?).or_default().push(WindowCheck { id, outcome, effects });
    }
    Ok(checks)
}

/// The outcome that stands in a table as a word.
pub(super) fn outcome(word: &str, place: impl Fn() -> String) -> Result<Outcome, Trouble> {
    text::read_outcome(word).ok_or_else(|| Trouble::Damaged { place: place(), why: format!("`{word}` is no outcome") })
}

/// Accepts a window under every baseline that it was compared with.
pub(super) fn accept(transaction: &Transaction<'_>, monitor: &str, window: &str) -> Result<bool, Trouble> {
    let changed = transaction
        .prepare_cached("UPDATE windows SET accepted = 1 WHERE monitor = ? AND name = ?")?
        .execute([monitor, window])?;
    Ok(changed > 0)
}
