//! A store in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use assay_core::drift::store::{BaselineRow, Commit, Proposal, StateRow, Store, StoreError, WindowRow};
use assay_core::history::Point;
use assay_core::ops::journal::Folding;

/// A store of windows and states.
#[derive(Default)]
pub struct Kept {
    pub windows: Mutex<Vec<WindowRow>>,
    pub states: Mutex<BTreeMap<(String, String), StateRow>>,
}

impl Kept {
    pub fn fold(&self, folding: &Folding) {
        self.write(&folding.states, &folding.windows);
    }

    fn write(&self, states: &[StateRow], windows: &[WindowRow]) {
        for row in states {
            let key = (row.measures.clone(), row.window.clone());
            self.states.lock().expect("no panic").insert(key, row.clone());
        }
        let mut kept = self.windows.lock().expect("no panic");
        for row in windows {
            kept.retain(|other| (&other.baseline, &other.window) != (&row.baseline, &row.window));
            kept.push(row.clone());
            kept.sort_by_key(|row| row.start);
        }
    }

    /// The rows of windows: (start, rows, late rows).
    pub fn judged(&self) -> Vec<(String, u64, u64)> {
        let rows = self.windows.lock().expect("no panic");
        rows.iter().map(|row| (row.window.clone(), row.rows, row.late_rows)).collect()
    }
}

impl Store for Kept {
    fn monitors(&self) -> Result<Vec<String>, StoreError> {
        Ok(vec!["eta".into()])
    }

    fn windows(&self, _: &str) -> Result<Vec<WindowRow>, StoreError> {
        Ok(self.windows.lock().expect("no panic").clone())
    }

    fn states(&self, _: &str, measures: &str, start: i128, end: i128) -> Result<Vec<StateRow>, StoreError> {
        let all = self.states.lock().expect("no panic");
        let inside = |row: &&StateRow| row.measures == measures && row.start >= start && row.end <= end;
        let mut found: Vec<StateRow> = all.values().filter(inside).cloned().collect();
        found.sort_by_key(|row| row.start);
        Ok(found)
    }

    fn points(&self, _: &str, _: i128, _: usize) -> Result<Vec<Point>, StoreError> {
        Ok(vec![])
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.write(&commit.states, &commit.windows);
        Ok(())
    }

    fn accept(&self, _: &str, _: &str) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn proposals(&self, _: Option<&str>) -> Result<Vec<Proposal>, StoreError> {
        Ok(vec![])
    }

    fn move_proposal(
        &self,
        _: &str,
        _: &[&str],
        _: &str,
        _: i64,
        _: Option<&str>,
    ) -> Result<Option<(Proposal, bool)>, StoreError> {
        Ok(None)
    }

    fn add_baseline(&self, _: &BaselineRow) -> Result<(), StoreError> {
        Ok(())
    }

    fn baselines(&self) -> Result<Vec<BaselineRow>, StoreError> {
        Ok(vec![])
    }

    fn set_alias(&self, _: &str, _: &str, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}
