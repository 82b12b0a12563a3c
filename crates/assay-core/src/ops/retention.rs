//! How long what is kept.

use super::Millis;

const DAY: Millis = 86_400_000;

/// For how many milliseconds what is kept, counted from when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Runs with their records, and points of history.
    pub runs: Millis,
    /// The hourly roll-up of runs.
    pub rollup: Millis,
    /// Windows, their states and summaries.
    pub windows: Millis,
    /// The newest windows of a monitor that are kept whatever their age.
    pub windows_at_least: u64,
    /// Samples of failing rows.
    pub samples: Millis,
    /// Resolved incidents, events and ended silences.
    pub incidents: Millis,
    /// Messages that were delivered.
    pub delivered: Millis,
    /// Messages that were given up.
    pub dead: Millis,
    /// Runs that were missed or skipped.
    pub missed: Millis,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            runs: 90 * DAY,
            rollup: 730 * DAY,
            windows: 400 * DAY,
            windows_at_least: 60,
            samples: 14 * DAY,
            incidents: 730 * DAY,
            delivered: 7 * DAY,
            dead: 30 * DAY,
            missed: 30 * DAY,
        }
    }
}

/// What one step of pruning removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Rows.
    pub rows: u64,
    /// Whether there is more to remove.
    pub more: bool,
}
