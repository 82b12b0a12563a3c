//! Counted states: compressed, and told apart from damage by a checksum.

use assay_core::drift::store::StateRow;
use rusqlite::{Row, Transaction, params};

use crate::error::Trouble;
use crate::{frames, limits};

const WRITE: &str = "
    INSERT INTO states (monitor, measures, window, starts_at, ends_at, size, checksum, frame, written_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (monitor, measures, window) DO UPDATE SET
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, size = excluded.size,
        checksum = excluded.checksum, frame = excluded.frame,
        written_at = excluded.written_at";

const READ: &str = "
    SELECT monitor, measures, window, starts_at, ends_at, size, checksum, frame
    FROM states WHERE monitor = ? AND measures = ? AND starts_at >= ? AND ends_at <= ? ORDER BY starts_at, number";

const READ_ALL: &str = "SELECT monitor, measures, window, starts_at, ends_at, size, checksum, frame FROM states";

/// Writes a state, or replaces it.
pub(super) fn write(transaction: &Transaction<'_>, row: &StateRow) -> Result<(), Trouble> {
    let what = || format!("the state of the window {} of {}", row.window, row.monitor);
    let unfit = |why: std::io::Error| Trouble::Unfit { what: what(), why: why.to_string() };
    let kept = Kept {
        monitor: &row.monitor,
        measures: &row.measures,
        window: &row.window,
        start: limits::instant(row.start, what)?,
        end: limits::instant(row.end, what)?,
        size: limits::count(row.state.len() as u64, what)?,
        frame: &frames::compressed(&row.state).map_err(unfit)?,
    };
    transaction.prepare_cached(WRITE)?.execute(params![
        kept.monitor,
        kept.measures,
        kept.window,
        kept.start,
        kept.end,
        kept.size,
        &kept.checksum()[..],
        kept.frame,
        super::now(),
    ])?;
    Ok(())
}

/// The states that lie in `[start, end)`, oldest first.
pub(super) fn within(
    transaction: &Transaction<'_>,
    monitor: &str,
    measures: &str,
    start: i128,
    end: i128,
) -> Result<Vec<StateRow>, Trouble> {
    let mut statement = transaction.prepare_cached(READ)?;
    let [start, end] = [start, end].map(limits::nearest_instant);
    let mut rows = statement.query(params![monitor, measures, start, end])?;
    let mut states = Vec::new();
    while let Some(row) = rows.next()? {
        states.push(read(row)?);
    }
    Ok(states)
}

/// Reads every state once.
pub(super) fn verify(transaction: &Transaction<'_>) -> Result<(), Trouble> {
    let mut statement = transaction.prepare(READ_ALL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        read(row)?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<StateRow, Trouble> {
    let [monitor, measures, window]: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
    let (start, end, size) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let (checksum, frame): (Vec<u8>, Vec<u8>) = (row.get(6)?, row.get(7)?);
    let damaged =
        |why: String| Trouble::Damaged { place: format!("the state of the window {window} of {monitor}"), why };

    let kept = Kept { monitor: &monitor, measures: &measures, window: &window, start, end, size, frame: &frame };
    if kept.checksum()[..] != checksum[..] {
        return Err(damaged("its checksum does not match".into()));
    }
    let state = frames::decompressed(&frame, size).map_err(|why| damaged(why.to_string()))?;
    Ok(StateRow { start: i128::from(start), end: i128::from(end), monitor, measures, window, state })
}

/// A state as it stands in the table.
struct Kept<'a> {
    monitor: &'a str,
    measures: &'a str,
    window: &'a str,
    start: i64,
    end: i64,
    size: i64,
    frame: &'a [u8],
}

impl Kept<'_> {
    /// SHA-256 over everything.
    fn checksum(&self) -> [u8; 32] {
        let texts = [self.monitor, self.measures, self.window];
        frames::checksum(&texts, &[self.start, self.end, self.size], self.frame)
    }
}
