//! Counted states: compressed, and told apart from damage by a checksum.

use ::postgres::Row;
use assay_core::drift::store::StateRow;

use super::error::Problem;
use super::pool::Tx;
use super::values::{Cells, Text};
use crate::error::Trouble;
use crate::{frames, limits};

const WRITE: &str = "
    INSERT INTO states (monitor, measures, window_name, starts_at, ends_at, size, checksum, frame, written_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_millis())
    ON CONFLICT (monitor, measures, window_name) DO UPDATE SET
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, size = excluded.size,
        checksum = excluded.checksum, frame = excluded.frame, written_at = excluded.written_at";

const READ: &str = "
    SELECT number, monitor, measures, window_name, starts_at, ends_at, size, checksum, frame
    FROM states WHERE monitor = $1 AND measures = $2 AND starts_at >= $3 AND ends_at <= $4 ORDER BY starts_at, number";

/// Writes a state, or replaces it.
pub(super) fn write(tx: &mut Tx<'_>, row: &StateRow) -> Result<(), Problem> {
    let what = || format!("the state of the window {} of {}", row.window, row.monitor);
    let frame = frames::compressed(&row.state).map_err(|why| Trouble::Unfit { what: what(), why: why.to_string() })?;
    let (start, end) = (limits::instant(row.start, what)?, limits::instant(row.end, what)?);
    let size = limits::count(row.state.len() as u64, what)?;
    let checksum = frames::checksum(&[&row.monitor, &row.measures, &row.window], &[start, end, size], &frame);
    tx.run(
        WRITE,
        &[&Text(&row.monitor), &Text(&row.measures), &Text(&row.window), &start, &end, &size, &&checksum[..], &frame],
    )?;
    Ok(())
}

/// The states that lie in `[start, end)`, oldest first.
pub(super) fn within(
    tx: &mut Tx<'_>,
    monitor: &str,
    measures: &str,
    start: i128,
    end: i128,
) -> Result<Vec<StateRow>, Problem> {
    let [start, end] = [start, end].map(limits::nearest_instant);
    tx.rows(READ, &[&Text(monitor), &Text(measures), &start, &end])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<StateRow, Problem> {
    let mut cells = Cells::of(row, "the state");
    let _number: i64 = cells.get()?;
    let (monitor, measures, window) = (cells.text()?, cells.text()?, cells.text()?);
    let (start, end, size): (i64, i64, i64) = (cells.get()?, cells.get()?, cells.get()?);
    let (checksum, frame): (&[u8], &[u8]) = (cells.get()?, cells.get()?);
    let damaged = |why: &str| cells.damaged(&format!("of the window {window} of {monitor} {why}"));

    if frames::checksum(&[&monitor, &measures, &window], &[start, end, size], frame)[..] != checksum[..] {
        return Err(damaged("the checksum does not match"));
    }
    let state = frames::decompressed(frame, size).map_err(|why| damaged(&why.to_string()))?;
    Ok(StateRow { start: i128::from(start), end: i128::from(end), monitor, measures, window, state })
}
