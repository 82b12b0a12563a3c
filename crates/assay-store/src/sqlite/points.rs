//! What runs concluded of tables, and their checks.

use std::collections::HashMap;

use assay_core::drift::store::PointRow;
use assay_core::history::{Point, PointCheck};
use rusqlite::{Transaction, params};

use crate::error::Trouble;
use crate::sqlite::windows::outcome;
use crate::{limits, text};

const WRITE: &str = "
    INSERT INTO points (document, planned, at, run, outcome, rows) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (document, planned) DO UPDATE SET
        at = excluded.at, run = excluded.run, outcome = excluded.outcome, rows = excluded.rows
    RETURNING number";

const READ: &str = "
    SELECT number, at, outcome, rows FROM points WHERE document = ? AND planned < ? ORDER BY planned DESC LIMIT ?";

const READ_CHECKS: &str = "SELECT id, outcome, figures FROM point_checks WHERE point = ? ORDER BY position";

/// Writes a point, or that of a newer run in its place.
pub(super) fn write(transaction: &Transaction<'_>, row: &PointRow) -> Result<(), Trouble> {
    let PointRow { document, planned, run, point } = row;
    let what = || format!("the point {} of {document}", point.at);
    let planned = limits::instant(*planned, what)?;
    let rows = point.rows.map(|rows| limits::count(rows, what)).transpose()?;
    let number: i64 = transaction
        .prepare_cached(WRITE)?
        .query_row(params![document, planned, point.at, run, text::outcome(point.outcome), rows], |row| row.get(0))?;
    transaction.prepare_cached("DELETE FROM point_checks WHERE point = ?")?.execute([number])?;
    let mut insert = transaction
        .prepare_cached("INSERT INTO point_checks (point, position, id, outcome, figures) VALUES (?, ?, ?, ?, ?)")?;
    for (position, check) in point.checks.iter().enumerate() {
        let figures = text::effects(&check.figures);
        insert.execute(params![number, position as i64, check.id, text::outcome(check.outcome), figures])?;
    }
    Ok(())
}

/// The last points of a table before an instant, oldest first.
pub(super) fn before(
    transaction: &Transaction<'_>,
    document: &str,
    planned: i128,
    most: usize,
) -> Result<Vec<Point>, Trouble> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = transaction.prepare_cached(READ)?;
    let mut rows = statement.query(params![document, limits::nearest_instant(planned), most])?;
    let mut points = Vec::new();
    // a text that thousands of checks have is kept once while it is read
    let mut parsed = HashMap::new();
    while let Some(row) = rows.next()? {
        let at: String = row.get(1)?;
        let place = || format!("the point {at} of {document}");
        let counted = row.get::<_, Option<i64>>(3)?;
        points.push(Point {
            outcome: outcome(&row.get::<_, String>(2)?, place)?,
            rows: counted.map(|kept| limits::read_count(kept, place)).transpose()?,
            checks: checks(transaction, row.get(0)?, document, &mut parsed)?,
            at,
        });
    }
    points.reverse();
    Ok(points)
}

fn checks(
    transaction: &Transaction<'_>,
    point: i64,
    document: &str,
    parsed: &mut HashMap<String, Vec<(String, f64)>>,
) -> Result<Vec<PointCheck>, Trouble> {
    let mut statement = transaction.prepare_cached(READ_CHECKS)?;
    let mut rows = statement.query([point])?;
    let mut checks = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let place = || format!("the check {id} of {document}");
        let written: String = row.get(2)?;
        let figures = match parsed.get(&written) {
            Some(figures) => figures.clone(),
            None => {
                let figures = text::read_effects(&written).ok_or_else(|| Trouble::Damaged {
                    place: place(),
                    why: "its figures are no list of names and numbers".into(),
                })?;
                parsed.insert(written, figures.clone());
                figures
            }
        };
        checks.push(PointCheck { outcome: outcome(&row.get::<_, String>(1)?, place)?, id, figures });
    }
    Ok(checks)
}
