//! What is counted: how often a rule spoke, how often it raised an alarm, how often its p-value alone would have.

use std::collections::BTreeMap;

use crate::interval;
use crate::rules::{ALPHA, Said};

/// The rows a test needs on both sides: a monitor's default, and far below it.
pub const MIN_ROWS: [u64; 2] = [500, 50];

/// One-sided, so that a bound holds in 95 of 100 studies.
pub const TAIL: f64 = 0.05;

/// Where something was counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// `null`, `power`, ...
    pub part: &'static str,
    /// The test.
    pub test: String,
    /// The law, or the shift.
    pub law: String,
    /// Size of the shift in thousandths; 0 without.
    pub amount: u64,
    /// Baseline rows.
    pub n: u64,
    /// Live rows.
    pub m: u64,
}

/// Windows that were judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    /// Judged windows.
    pub windows: u64,
    /// Effect and p: the rule.
    pub alarms: u64,
    /// p alone.
    pub significant: u64,
}

/// What was counted in a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Windows the test had no answer for.
    pub unanswered: u64,
    /// Windows with too few rows, and those that were judged, at each of [`MIN_ROWS`].
    pub too_few: [u64; 2],
    /// See `too_few`.
    pub judged: [Rate; 2],
}

/// All that was counted.
pub type Tally = BTreeMap<Cell, Counts>;

impl Rate {
    /// Adds others.
    pub fn add(&mut self, other: Rate) {
        self.windows += other.windows;
        self.alarms += other.alarms;
        self.significant += other.significant;
    }

    /// Share of windows in which the rule raised an alarm; `None` without windows.
    pub fn rule(&self) -> Option<f64> {
        (self.windows > 0).then(|| self.alarms as f64 / self.windows as f64)
    }

    /// The same of p alone.
    pub fn p_only(&self) -> Option<f64> {
        (self.windows > 0).then(|| self.significant as f64 / self.windows as f64)
    }

    /// Whether so many alarms are not to be had at a rate of alpha, unless one is unlucky once in `1 / tail` studies.
    pub fn breaks_alpha(&self, tail: f64) -> bool {
        interval::lower(self.alarms, self.windows, tail) > ALPHA
    }
}

impl Counts {
    /// Counts one window.
    pub fn record(&mut self, said: Option<Said>) {
        let Some(said) = said else {
            self.unanswered += 1;
            return;
        };
        for (at, needed) in MIN_ROWS.iter().enumerate() {
            if said.rows < *needed {
                self.too_few[at] += 1;
            } else {
                self.judged[at].add(Rate {
                    windows: 1,
                    alarms: u64::from(said.alarm),
                    significant: u64::from(said.significant),
                });
            }
        }
    }

    /// Adds those of another thread.
    pub fn merge(&mut self, other: &Counts) {
        self.unanswered += other.unanswered;
        for at in 0..MIN_ROWS.len() {
            self.too_few[at] += other.too_few[at];
            self.judged[at].add(other.judged[at]);
        }
    }
}
