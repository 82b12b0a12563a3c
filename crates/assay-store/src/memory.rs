//! A store that lives as long as the process: for runs that keep nothing, and for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use assay_core::drift::store::{
    BaselineRow, Commit, PointRow, Proposal, RunRow, StateRow, Store, StoreError, WindowRow,
};

use assay_core::history::Point;

use crate::error::Trouble;
use crate::limits;

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

/// Rows in the order in which they were first written.
#[derive(Debug, Default)]
struct Tables {
    runs: BTreeMap<String, RunRow>,
    windows: Vec<WindowRow>,
    states: Vec<StateRow>,
    points: Vec<PointRow>,
    proposals: Vec<Proposal>,
    baselines: Vec<BaselineRow>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        MemoryStore::default()
    }

    /// The runs, by id.
    pub fn runs(&self) -> Vec<RunRow> {
        self.tables().runs.values().cloned().collect()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn monitors(&self) -> Result<Vec<String>, StoreError> {
        let names: BTreeSet<String> = self.tables().windows.iter().map(|row| row.monitor.clone()).collect();
        Ok(names.into_iter().collect())
    }

    fn windows(&self, monitor: &str) -> Result<Vec<WindowRow>, StoreError> {
        let mut windows: Vec<WindowRow> =
            self.tables().windows.iter().filter(|row| row.monitor == monitor).cloned().collect();
        windows.sort_by_key(|row| row.start);
        Ok(windows)
    }

    fn states(&self, monitor: &str, measures: &str, start: i128, end: i128) -> Result<Vec<StateRow>, StoreError> {
        let wanted = |row: &&StateRow| {
            row.monitor == monitor && row.measures == measures && row.start >= start && row.end <= end
        };
        let mut states: Vec<StateRow> = self.tables().states.iter().filter(wanted).cloned().collect();
        states.sort_by_key(|row| row.start);
        Ok(states)
    }

    fn points(&self, document: &str, before: i128, most: usize) -> Result<Vec<Point>, StoreError> {
        let tables = self.tables();
        let mut rows: Vec<&PointRow> =
            tables.points.iter().filter(|row| row.document == document && row.planned < before).collect();
        rows.sort_by_key(|row| row.planned);
        let beyond = rows.len().saturating_sub(most);
        Ok(rows[beyond..].iter().map(|row| row.point.clone()).collect())
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        limits::commit(commit).map_err(named)?;
        let mut tables = self.tables();
        let mut proposals = tables.proposals.clone();
        for proposal in &commit.proposals {
            if proposals.iter().any(|kept| kept.idempotency_key == proposal.idempotency_key) {
                continue;
            }
            if proposals.iter().any(|kept| kept.id == proposal.id) {
                return Err(named(limits::id_taken(&proposal.id)));
            }
            proposals.push(proposal.clone());
        }
        // Nothing can fail from here on.
        tables.proposals = proposals;
        tables.runs.extend(commit.run.iter().map(|run| (run.id.clone(), run.clone())));
        for row in &commit.windows {
            let key = |row: &WindowRow| (row.monitor.clone(), row.baseline.clone(), row.window.clone());
            match tables.windows.iter_mut().find(|kept| key(kept) == key(row)) {
                Some(kept) => *kept = WindowRow { accepted: kept.accepted || row.accepted, ..row.clone() },
                None => tables.windows.push(row.clone()),
            }
        }
        for row in &commit.points {
            match tables.points.iter_mut().find(|kept| (&kept.document, kept.planned) == (&row.document, row.planned)) {
                Some(kept) => *kept = row.clone(),
                None => tables.points.push(row.clone()),
            }
        }
        for row in &commit.states {
            let key = |row: &StateRow| (row.monitor.clone(), row.measures.clone(), row.window.clone());
            match tables.states.iter_mut().find(|kept| key(kept) == key(row)) {
                Some(kept) => *kept = row.clone(),
                None => tables.states.push(row.clone()),
            }
        }
        Ok(())
    }

    fn accept(&self, monitor: &str, window: &str) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let mut found = false;
        for row in tables.windows.iter_mut().filter(|row| row.monitor == monitor && row.window == window) {
            row.accepted = true;
            found = true;
        }
        Ok(found)
    }

    fn proposals(&self, monitor: Option<&str>) -> Result<Vec<Proposal>, StoreError> {
        let wanted = |row: &&Proposal| monitor.is_none_or(|monitor| row.monitor == monitor);
        let mut proposals: Vec<Proposal> = self.tables().proposals.iter().rev().filter(wanted).cloned().collect();
        proposals.sort_by_key(|row| std::cmp::Reverse(row.proposed_at));
        Ok(proposals)
    }

    fn move_proposal(
        &self,
        id: &str,
        from: &[&str],
        to: &str,
        now: i64,
        note: Option<&str>,
    ) -> Result<Option<(Proposal, bool)>, StoreError> {
        limits::proposal_state(to, id).map_err(named)?;
        let mut tables = self.tables();
        let Some(proposal) = tables.proposals.iter_mut().find(|row| row.id == id) else { return Ok(None) };
        let moves = from.contains(&proposal.state.as_str());
        if moves {
            let moved = Proposal { state: to.into(), changed_at: now, note: note.map(Into::into), ..proposal.clone() };
            *proposal = moved;
        }
        Ok(Some((proposal.clone(), moves)))
    }

    fn add_baseline(&self, row: &BaselineRow) -> Result<(), StoreError> {
        limits::count(row.rows, || format!("the baseline {}", row.name)).map_err(named)?;
        {
            let mut tables = self.tables();
            if let Some(kept) = tables.baselines.iter_mut().find(|kept| is(kept, &row.name, &row.sha256)) {
                kept.path.clone_from(&row.path);
                return Ok(());
            }
            tables.baselines.push(BaselineRow { aliases: Vec::new(), ..row.clone() });
        }
        row.aliases.iter().try_for_each(|alias| self.set_alias(&row.name, &row.sha256, alias))
    }

    fn baselines(&self) -> Result<Vec<BaselineRow>, StoreError> {
        let mut baselines: Vec<BaselineRow> = self.tables().baselines.iter().rev().cloned().collect();
        baselines.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| b.created_at.cmp(&a.created_at)));
        Ok(baselines)
    }

    fn set_alias(&self, name: &str, sha256: &str, alias: &str) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if !tables.baselines.iter().any(|row| is(row, name, sha256)) {
            return Err(named(Trouble::NoBaseline { name: name.into(), sha256: sha256.into() }));
        }
        for row in tables.baselines.iter_mut().filter(|row| row.name == name) {
            row.aliases.retain(|known| known != alias);
            if row.sha256 == sha256 {
                row.aliases.push(alias.into());
                row.aliases.sort();
            }
        }
        Ok(())
    }
}

fn is(row: &BaselineRow, name: &str, sha256: &str) -> bool {
    row.name == name && row.sha256 == sha256
}

fn named(trouble: Trouble) -> StoreError {
    trouble.at(Path::new("in memory"))
}

#[cfg(test)]
mod tests {
    crate::compliance::every_store!(|| Box::new(super::MemoryStore::new()) as Box<dyn assay_core::drift::store::Store>);
}
