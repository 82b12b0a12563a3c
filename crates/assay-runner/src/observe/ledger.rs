//! The ledger of observations: a line for each window that rows came for.

use std::collections::BTreeMap;

use assay_checks::monitor::LiveWindow;
use assay_core::drift::state::WindowState;
use assay_core::drift::store::{StateRow, Store, StoreError};
use assay_core::verdict::Reason;
use sha2::{Digest, Sha256};

use crate::monitors::counted::state_name;

/// What lines are stored under, as `StateRow::measures`.
const MEASURES: &str = "observations/1";

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Entry {
    /// The hash of the baseline that pins the window.
    pub baseline: String,
    /// Rows by the measures they were counted by, in the order in which these came.
    pub counted: Vec<(String, u64)>,
    /// Rows that came too late.
    pub late: u64,
}

/// The lines of a monitor, by the windows' starts and ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    lines: BTreeMap<(i128, i128), Entry>,
}

impl Ledger {
    /// Those of windows that lie in `[start, end)`.
    pub fn read(store: &dyn Store, monitor: &str, start: i128, end: i128) -> Result<Self, Reason> {
        let mut lines = BTreeMap::new();
        for row in store.states(monitor, MEASURES, start, end).map_err(reason)? {
            let entry = Entry::from_bytes(&row.state).ok_or_else(|| Reason {
                code: "store_corrupt".into(),
                text: format!("what is kept of the observations of {monitor} in the window {} is damaged", row.window),
            })?;
            lines.insert((row.start, row.end), entry);
        }
        Ok(Ledger { lines })
    }

    /// The line of a window.
    pub fn get(&self, window: &LiveWindow) -> Option<&Entry> {
        self.lines.get(&(window.start, window.end))
    }

    /// The line of a window; a new one is pinned to this baseline.
    pub fn line(&mut self, window: &LiveWindow, baseline: &str) -> &mut Entry {
        let new = || Entry { baseline: baseline.to_owned(), ..Entry::default() };
        self.lines.entry((window.start, window.end)).or_insert_with(new)
    }

    /// Starts and ends of the windows with rows, oldest first.
    pub fn with_rows(&self) -> impl Iterator<Item = (i128, i128)> + '_ {
        self.lines.iter().filter(|(_, entry)| entry.rows() > 0).map(|(span, _)| *span)
    }

    /// What tells this ledger from another: the snapshot's fingerprint.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for ((start, end), entry) in &self.lines {
            hash.update(start.to_le_bytes());
            hash.update(end.to_le_bytes());
            hash.update(entry.to_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Entry {
    /// Rows that were counted.
    pub fn rows(&self) -> u64 {
        self.counted.iter().map(|(_, rows)| rows).sum()
    }

    /// Rows that were counted by these measures.
    pub fn rows_by(&self, measures: &str) -> u64 {
        self.counted.iter().filter(|(by, _)| by == measures).map(|(_, rows)| rows).sum()
    }

    /// More rows were counted.
    pub fn add(&mut self, measures: &str, rows: u64) {
        match self.counted.iter_mut().find(|(by, _)| by == measures) {
            Some((_, sum)) => *sum += rows,
            None => self.counted.push((measures.to_owned(), rows)),
        }
    }

    /// The line of a window as it is stored.
    pub fn row(&self, monitor: &str, window: &LiveWindow) -> StateRow {
        StateRow {
            monitor: monitor.to_owned(),
            measures: MEASURES.to_owned(),
            window: state_name(window),
            start: window.start,
            end: window.end,
            state: self.to_bytes(),
        }
    }

    /// Hashes are hex and measures have no blanks: words and lines are enough.
    fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {}\n", self.baseline, self.late);
        for (measures, rows) in &self.counted {
            text.push_str(&format!("{measures} {rows}\n"));
        }
        text.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let pair = |line: &str| {
            let (word, number) = line.split_once(' ')?;
            Some((word.to_owned(), number.parse::<u64>().ok()?))
        };
        let mut lines = text.split('\n').map(pair);
        let (baseline, late) = lines.next()??;
        Some(Entry { baseline, late, counted: lines.collect::<Option<_>>()? })
    }
}

/// The stored state of a window, counted by these measures.
pub(crate) fn stored_state(
    store: &dyn Store,
    monitor: &str,
    measures: &str,
    window: &LiveWindow,
) -> Result<Option<WindowState>, Reason> {
    let name = state_name(window);
    let rows = store.states(monitor, measures, window.start, window.end).map_err(reason)?;
    let Some(row) = rows.iter().find(|row| row.window == name) else { return Ok(None) };
    // rows that are gone cannot be counted again: a state that cannot be read is not passed over
    let damaged = |why: assay_core::drift::state::BadBytes| Reason {
        code: "store_corrupt".into(),
        text: format!("what was counted of the observations of {monitor} in the window {}: {why}", window.name),
    };
    WindowState::from_bytes(&row.state).map(Some).map_err(damaged)
}

/// A failure of the store as the reason of a verdict.
pub(crate) fn reason(error: StoreError) -> Reason {
    Reason { code: error.code.into(), text: error.text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let mut entry = Entry { baseline: "ab12".into(), late: 7, ..Entry::default() };
        for _ in 0..3 {
            assert_eq!(Entry::from_bytes(&entry.to_bytes()), Some(entry.clone()));
            entry.add("m1", 5);
            entry.add("m2", 1);
        }
        assert_eq!((entry.rows(), entry.rows_by("m1"), entry.rows_by("m3")), (18, 15, 0));
        for damaged in ["", "\n", "ab12 7", "ab12\n", "ab12 x\n", "ab12 7\nm1\n", "ab12 7\n\n"] {
            assert_eq!(Entry::from_bytes(damaged.as_bytes()), None, "{damaged:?}");
        }
        assert_eq!(Entry::from_bytes(&[0xff, b'\n']), None);
    }
}
