//! Windows and their checks.

use std::collections::HashMap;

use ::postgres::Row;
use assay_core::drift::store::{WindowCheck, WindowRow};

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};
use crate::{limits, text};

const WRITE: &str = "
    INSERT INTO windows (monitor, baseline, name, starts_at, ends_at, revision, rows, late_rows, run, outcome,
                         labels_closed, accepted, written_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, clock_millis())
    ON CONFLICT (monitor, baseline, name) DO UPDATE SET
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, revision = excluded.revision,
        rows = excluded.rows, late_rows = excluded.late_rows, run = excluded.run, outcome = excluded.outcome,
        labels_closed = excluded.labels_closed, accepted = windows.accepted OR excluded.accepted,
        written_at = excluded.written_at
    RETURNING number";

const WRITE_CHECKS: &str = "
    INSERT INTO window_checks (in_window, position, id, outcome, effects)
    SELECT $1, position, id, outcome, effects
    FROM unnest($2::TEXT[], $3::TEXT[], $4::TEXT[]) WITH ORDINALITY AS given (id, outcome, effects, position)";

const READ: &str = "
    SELECT number, baseline, name, starts_at, ends_at, revision, rows, late_rows, run, outcome, labels_closed, accepted
    FROM windows WHERE monitor = $1 ORDER BY starts_at, number";

const READ_CHECKS: &str = "
    SELECT in_window, window_checks.id, window_checks.outcome, effects
    FROM window_checks JOIN windows ON windows.number = in_window
    WHERE monitor = $1 ORDER BY in_window, position";

/// Writes a window, or another revision of it.
pub(super) fn write(tx: &mut Tx<'_>, row: &WindowRow) -> Result<(), Problem> {
    let what = || format!("the window {} of {}", row.window, row.monitor);
    let number = tx.value(
        WRITE,
        &[
            &Text(&row.monitor),
            &Text(&row.baseline),
            &Text(&row.window),
            &limits::instant(row.start, what)?,
            &limits::instant(row.end, what)?,
            &i64::from(row.revision),
            &limits::count(row.rows, what)?,
            &limits::count(row.late_rows, what)?,
            &Text(&row.run),
            &text::outcome(row.outcome),
            &row.labels_closed,
            &row.accepted,
        ],
    )?;
    tx.run("DELETE FROM window_checks WHERE in_window = $1", &[&number])?;
    let ids: Vec<Text<'_>> = row.checks.iter().map(|check| Text(&check.id)).collect();
    let outcomes: Vec<&str> = row.checks.iter().map(|check| text::outcome(check.outcome)).collect();
    let effects: Vec<String> = row.checks.iter().map(|check| text::effects(&check.effects)).collect();
    let effects: Vec<Text<'_>> = effects.iter().map(|effects| Text(effects)).collect();
    tx.run(WRITE_CHECKS, &[&number, &ids, &outcomes, &effects])?;
    Ok(())
}

/// The monitors with windows, by name.
pub(super) fn monitors(tx: &mut Tx<'_>) -> Result<Vec<String>, Problem> {
    let rows = tx.rows("SELECT DISTINCT monitor FROM windows ORDER BY monitor", &[])?;
    rows.iter().map(|row| Cells::of(row, "the monitor").text()).collect()
}

/// The windows of a monitor, oldest first; windows of one start in the order in which they were first evaluated.
pub(super) fn of(tx: &mut Tx<'_>, monitor: &str) -> Result<Vec<WindowRow>, Problem> {
    let mut checks = checks(tx, monitor)?;
    let rows = tx.rows(READ, &[&Text(monitor)])?;
    rows.iter().map(|row| window(row, monitor, &mut checks)).collect()
}

fn window(row: &Row, monitor: &str, checks: &mut HashMap<i64, Vec<WindowCheck>>) -> Result<WindowRow, Problem> {
    let mut cells = Cells::of(row, "the window");
    let number: i64 = cells.get()?;
    Ok(WindowRow {
        monitor: monitor.into(),
        baseline: cells.text()?,
        window: cells.text()?,
        start: i128::from(cells.get::<i64>()?),
        end: i128::from(cells.get::<i64>()?),
        revision: cells.small()?,
        rows: cells.count()?,
        late_rows: cells.count()?,
        run: cells.text()?,
        outcome: cells.outcome()?,
        labels_closed: cells.get()?,
        accepted: cells.get()?,
        checks: checks.remove(&number).unwrap_or_default(),
    })
}

/// The checks of all windows of a monitor, by the window's number.
fn checks(tx: &mut Tx<'_>, monitor: &str) -> Result<HashMap<i64, Vec<WindowCheck>>, Problem> {
    let mut checks: HashMap<i64, Vec<WindowCheck>> = HashMap::new();
    for row in &tx.rows(READ_CHECKS, &[&Text(monitor)])? {
        let mut cells = Cells::of(row, "a check of the window");
        let (number, id, outcome, kept) = (cells.get()?, cells.text()?, cells.outcome()?, cells.text()?);
        let effects = text::read_effects(&kept)
            .ok_or_else(|| cells.damaged(&format!("the effects of {id} are no list of tests and numbers")))?;
        checks.entry(number).or_default().push(WindowCheck { id, outcome, effects });
    }
    Ok(checks)
}

/// Accepts a window under every baseline that it was compared with.
pub(super) fn accept(tx: &mut Tx<'_>, monitor: &str, window: &str) -> Result<bool, Problem> {
    let accept = "UPDATE windows SET accepted = TRUE WHERE monitor = $1 AND name = $2";
    Ok(tx.run(accept, &[&Text(monitor), &Text(window)])? > 0)
}
