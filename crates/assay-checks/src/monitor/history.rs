//! What the windows before say: whether a check is bad for long enough to count, and since when.
//!
//! Nothing is remembered but the windows' outcomes: the state of a check is replayed from them, oldest first. Warn and
//! fail are bad; error and skipped neither open, advance nor resolve. A window that is evaluated again replaces its
//! outcome, and is itself judged by the windows before it alone, so it moves no later one.

use std::collections::BTreeMap;

use assay_core::drift::monitor::Confirm;
use assay_core::drift::store::{WindowCheck, WindowRow};
use assay_core::verdict::Outcome;

use crate::monitor::windows::LiveWindow;

/// A check after some windows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckState {
    /// Bad windows in a row; skipped and error ones do not interrupt.
    pub bad: u32,
    /// Good windows in a row since it opened.
    pub good: u32,
    /// Whether it was bad for long enough to count, and not yet good for long enough to be over.
    pub open: bool,
    /// The window since which it is bad without a good one in between.
    pub since: Option<String>,
}

impl CheckState {
    /// The state after one more window.
    #[must_use]
    pub fn after(mut self, window: &str, outcome: Outcome, confirm: Confirm) -> Self {
        match outcome {
            Outcome::Warn | Outcome::Fail => {
                self.bad = self.bad.saturating_add(1);
                self.good = 0;
                self.since.get_or_insert_with(|| window.to_owned());
                self.open |= self.bad >= confirm.fail;
            }
            Outcome::Pass => {
                self.bad = 0;
                self.since = None;
                self.good = if self.open { self.good.saturating_add(1) } else { 0 };
                if self.good >= confirm.recover {
                    self = CheckState::default();
                }
            }
            Outcome::Skipped | Outcome::Error => {}
        }
        self
    }

    /// Windows seen and needed, while it is bad and does not count yet.
    pub fn pending(&self, confirm: Confirm) -> Option<(u32, u32)> {
        (self.bad > 0 && !self.open).then_some((self.bad, confirm.fail))
    }
}

/// The windows of a monitor before one, oldest first, each once: a window that was evaluated against several baselines
/// counts as it was against `baseline`, else as last stored.
pub fn before<'r>(rows: &'r [WindowRow], window: &LiveWindow, baseline: &str) -> Vec<&'r WindowRow> {
    let is_before = |row: &&WindowRow| row.window != window.name && (row.start < window.start || !window.is_ordered());
    let mut chosen: Vec<&WindowRow> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(is_before) {
        match places.get(row.window.as_str()) {
            Some(&place) if chosen[place].baseline == baseline && row.baseline != baseline => {}
            Some(&place) => chosen[place] = row,
            None => {
                places.insert(&row.window, chosen.len());
                chosen.push(row);
            }
        }
    }
    // stable: snapshots have no start and stay as they were stored
    chosen.sort_by_key(|row| row.start);
    chosen
}

/// The state of a check after these windows. A window that does not have it changes nothing.
pub fn state_of(check: &str, rows: &[&WindowRow], confirm: Confirm) -> CheckState {
    let found = rows.iter().zip(found_in(check, rows)).filter_map(|(row, found)| Some((row, found?)));
    found.fold(CheckState::default(), |state, (row, found)| state.after(&row.window, found.outcome, confirm))
}

/// A check in each of these windows. It mostly stands at one place.
pub(super) fn found_in<'r>(check: &str, rows: &[&'r WindowRow]) -> Vec<Option<&'r WindowCheck>> {
    let mut usual = 0;
    let mut find = |row: &'r WindowRow| {
        if row.checks.get(usual).is_none_or(|found| found.id != check) {
            usual = row.checks.iter().position(|found| found.id == check)?;
        }
        row.checks.get(usual)
    };
    rows.iter().map(|row| find(row)).collect()
}

/// Whether each of these windows belongs to an incident of the check: from the first bad window of a confirmed run of
/// them until it is over.
pub fn in_incident(check: &str, rows: &[&WindowRow], confirm: Confirm) -> Vec<bool> {
    let mut state = CheckState::default();
    let mut inside = Vec::with_capacity(rows.len());
    let mut bad_from = 0;
    for (at, (row, found)) in rows.iter().zip(found_in(check, rows)).enumerate() {
        let (was_bad, was_open) = (state.bad > 0, state.open);
        if let Some(found) = found {
            state = state.after(&row.window, found.outcome, confirm);
        }
        if !was_bad {
            bad_from = at;
        }
        inside.push(state.open);
        if state.open && !was_open {
            inside[bad_from..].fill(true);
        }
    }
    inside
}

/// Whether each of these windows has a confirmed fail that nobody accepted: they are no part of later baselines.
pub fn has_confirmed_fail(rows: &[&WindowRow], confirm: Confirm) -> Vec<bool> {
    let mut confirmed = vec![false; rows.len()];
    let mut checks: Vec<&str> = rows
        .iter()
        .flat_map(|row| &row.checks)
        .filter(|check| check.outcome == Outcome::Fail)
        .map(|check| check.id.as_str())
        .collect();
    checks.sort_unstable();
    checks.dedup();
    for check in checks {
        for (at, inside) in in_incident(check, rows, confirm).into_iter().enumerate() {
            let failed = || rows[at].checks.iter().any(|found| found.id == check && found.outcome == Outcome::Fail);
            confirmed[at] |= inside && failed();
        }
    }
    for (confirmed, row) in confirmed.iter_mut().zip(rows) {
        *confirmed &= !row.accepted;
    }
    confirmed
}
