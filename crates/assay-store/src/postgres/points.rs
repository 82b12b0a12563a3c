//! What runs concluded of tables, and their checks.

use std::collections::HashMap;

use assay_core::drift::store::PointRow;
use assay_core::history::{Point, PointCheck};

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};
use crate::{limits, text};

const WRITE: &str = "
    INSERT INTO points (document, planned, at, run, outcome, rows) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (document, planned) DO UPDATE SET
        at = excluded.at, run = excluded.run, outcome = excluded.outcome, rows = excluded.rows
    RETURNING number";

const WRITE_CHECKS: &str = "
    INSERT INTO point_checks (point, position, id, outcome, figures)
    SELECT $1, position, id, outcome, figures
    FROM unnest($2::TEXT[], $3::TEXT[], $4::TEXT[]) WITH ORDINALITY AS given (id, outcome, figures, position)";

const READ: &str = "
    SELECT number, at, outcome, rows FROM points WHERE document = $1 AND planned < $2 ORDER BY planned DESC LIMIT $3";

const READ_CHECKS: &str = "
    SELECT point, id, outcome, figures FROM point_checks WHERE point = ANY ($1) ORDER BY point, position";

/// Writes a point, or that of a newer run in its place.
pub(super) fn write(tx: &mut Tx<'_>, row: &PointRow) -> Result<(), Problem> {
    let PointRow { document, planned, run, point } = row;
    let what = || format!("the point {} of {document}", point.at);
    let planned = limits::instant(*planned, what)?;
    let rows = point.rows.map(|rows| limits::count(rows, what)).transpose()?;
    let outcome = text::outcome(point.outcome);
    let number = tx.value(WRITE, &[&Text(document), &planned, &Text(&point.at), &Text(run), &outcome, &rows])?;
    tx.run("DELETE FROM point_checks WHERE point = $1", &[&number])?;
    let ids: Vec<Text<'_>> = point.checks.iter().map(|check| Text(&check.id)).collect();
    let outcomes: Vec<&str> = point.checks.iter().map(|check| text::outcome(check.outcome)).collect();
    let figures: Vec<String> = point.checks.iter().map(|check| text::effects(&check.figures)).collect();
    let figures: Vec<Text<'_>> = figures.iter().map(|figures| Text(figures)).collect();
    tx.run(WRITE_CHECKS, &[&number, &ids, &outcomes, &figures])?;
    Ok(())
}

/// The last points of a table before an instant, oldest first.
pub(super) fn before(tx: &mut Tx<'_>, document: &str, planned: i128, most: usize) -> Result<Vec<Point>, Problem> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = tx.rows(READ, &[&Text(document), &limits::nearest_instant(planned), &most])?;
    let numbers = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    let mut checks = checks(tx, &numbers)?;
    let mut points = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        let mut cells = Cells::of(row, "the point");
        let number: i64 = cells.get()?;
        let (at, outcome) = (cells.text()?, cells.outcome()?);
        let rows: Option<i64> = cells.get()?;
        let rows = rows.map(|kept| limits::read_count(kept, || format!("the point {number}"))).transpose()?;
        points.push(Point { at, outcome, rows, checks: checks.remove(&number).unwrap_or_default() });
    }
    Ok(points)
}

/// The checks of points, by the point's number.
fn checks(tx: &mut Tx<'_>, points: &[i64]) -> Result<HashMap<i64, Vec<PointCheck>>, Problem> {
    // A text that thousands of checks have is kept once while it is read.
    let mut parsed: HashMap<String, Vec<(String, f64)>> = HashMap::new();
    let mut checks: HashMap<i64, Vec<PointCheck>> = HashMap::new();
    for row in &tx.rows(READ_CHECKS, &[&points])? {
        let mut cells = Cells::of(row, "a check of the point");
        let (number, id, outcome, kept) = (cells.get()?, cells.text()?, cells.outcome()?, cells.text()?);
        let figures = match parsed.get(&kept) {
            Some(figures) => figures.clone(),
            None => {
                let figures = text::read_effects(&kept)
                    .ok_or_else(|| cells.damaged(&format!("the figures of {id} are no list of names and numbers")))?;
                parsed.insert(kept, figures.clone());
                figures
            }
        };
        checks.entry(number).or_default().push(PointCheck { id, outcome, figures });
    }
    Ok(checks)
}
