//! What a batch of observations has to be, and where its rows go.

use std::collections::BTreeSet;

use assay_checks::monitor::{Clock, Grid, LiveWindow};
use assay_core::contract::ColumnSpec;
use assay_core::drift::baseline::Baseline;
use assay_core::drift::monitor::Monitor;
use assay_core::metric::Column;
use assay_core::ops::Millis;
use assay_core::types::Type;
use assay_core::verdict::Reason;

use crate::monitors::opened;
use crate::monitors::planned::{self, MOST_WINDOWS_BACK};

const NANOS_PER_MILLI: i128 = 1_000_000;
/// How far a window may begin after the clock: those who send have clocks of their own.
const MOST_AHEAD: i128 = 86_400 * 1_000_000_000;

/// The observations of a monitor, beside the baseline it has now.
#[derive(Debug, Clone)]
pub struct Intake {
    columns: Vec<ColumnSpec>,
    time: Column,
    clock: Clock,
    grid: Grid,
    /// Nanoseconds of a window, but for clocks that are turned.
    size: i128,
    /// Nanoseconds from a window's end to its closing.
    lateness: i128,
}

/// Where a row goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// Into a window that is open; its end, in nanoseconds since 1970-01-01T00:00:00Z.
    Open {
        /// See above.
        end: i128,
    },
    /// Its window is closed: it is counted as late.
    Late {
        /// The window's end.
        end: i128,
    },
    /// So long ago that it is a mistake.
    TooOld,
    /// So far in the future that it is a mistake.
    TooNew,
}

impl Intake {
    /// `timezone` is the project's.
    ///
    /// # Errors
    /// The monitor has no windows of time that its rows could be placed into.
    pub fn new(monitor: &Monitor, baseline: &Baseline, timezone: &str) -> Result<Self, Reason> {
        let columns = columns(monitor, baseline);
        let table = super::table(monitor, &columns, String::new());
        let (time, clock, grid) = planned::grid_of(monitor, &table, timezone)?;
        let size = planned::seconds(monitor.window.size) * 1_000_000_000;
        let lateness = i128::from(monitor.window.lateness_seconds) * 1_000_000_000;
        Ok(Intake { columns, time, clock, grid, size, lateness })
    }

    /// The columns of a batch with their types. Every batch has all of them, null where a row has no such field; other
    /// fields are nobody's.
    pub fn columns(&self) -> &[ColumnSpec] {
        &self.columns
    }

    /// The column that says when a row was observed, and what its times are counted in.
    pub fn time(&self) -> (&Column, Clock) {
        (&self.time, self.clock)
    }

    /// Where a row goes that was observed at `time` (nanoseconds of the column's clock) and taken at `taken_at`.
    pub fn place(&self, time: i128, taken_at: Millis) -> Placed {
        match self.grid.at(self.clock, time) {
            Some(window) => self.place_window(&window, taken_at),
            None => Placed::TooOld,
        }
    }

    /// The same of all rows of a window.
    pub(crate) fn place_window(&self, window: &LiveWindow, taken_at: Millis) -> Placed {
        let taken = i128::from(taken_at) * NANOS_PER_MILLI;
        let end = window.end;
        if window.start > taken + MOST_AHEAD {
            Placed::TooNew
        } else if end < taken - MOST_WINDOWS_BACK * self.size {
            Placed::TooOld
        } else if end + self.lateness <= taken {
            Placed::Late { end }
        } else {
            Placed::Open { end }
        }
    }

    /// Puts batches (their numbers and when they were taken) into groups that can be folded as one: of the batches of a
    /// group the same windows are closed. In the order given; batches of one group follow each other.
    pub fn groups(&self, taken: &[(u64, Millis)]) -> Vec<Vec<u64>> {
        // windows close one after the other, so what is closed is told by the one that is next
        let next = |taken_at: Millis| {
            let known = i128::from(taken_at) * NANOS_PER_MILLI - self.lateness;
            self.grid.at(Clock::Instant, known).map(|window| window.start)
        };
        let mut groups: Vec<(Option<i128>, Vec<u64>)> = Vec::new();
        for (number, taken_at) in taken {
            let next = next(*taken_at);
            match groups.last_mut() {
                Some((of, group)) if *of == next => group.push(*number),
                _ => groups.push((next, vec![*number])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// The windows.
    pub(crate) fn grid(&self) -> Grid {
        self.grid
    }

    /// Whether a window is closed at an instant, in nanoseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn is_closed(&self, window: &LiveWindow, now: i128) -> bool {
        window.end + self.lateness <= now
    }

    /// The windows that rows from `first` to `last` (of the column's clock) may be in when they were taken at
    /// `taken_at`.
    pub(crate) fn windows(&self, first: i128, last: i128, taken_at: Millis) -> Vec<LiveWindow> {
        // wall-clock time and the clock differ by less than a day
        const DAY: i128 = 86_400 * 1_000_000_000;
        let taken = i128::from(taken_at) * NANOS_PER_MILLI;
        let first = first.max(taken - (MOST_WINDOWS_BACK + 1) * self.size - DAY);
        let last = last.min(taken + MOST_AHEAD + self.size + DAY);
        let is_taken =
            |window: &LiveWindow| !matches!(self.place_window(window, taken_at), Placed::TooOld | Placed::TooNew);
        self.grid.between(self.clock, first, last).filter(is_taken).collect()
    }
}

/// The columns that observations have beside a baseline: those that the monitor reads, then those of the baseline that
/// it does not leave out, then those that rows are segmented by.
pub(crate) fn columns(monitor: &Monitor, baseline: &Baseline) -> Vec<ColumnSpec> {
    let target = baseline.target.as_ref().map(|target| target.column.as_str());
    let own: BTreeSet<&str> = monitor.read.iter().map(|column| column.name.as_str()).collect();
    let by: BTreeSet<&str> = monitor.segments.iter().flat_map(|of| &of.by).map(String::as_str).collect();
    let is_out = |name: &str| Some(name) == target || monitor.exclude.iter().any(|excluded| excluded == name);
    let mut columns = opened::types(monitor, Some(baseline));
    columns.retain(|column| {
        let name = column.name.as_str();
        own.contains(name) || by.contains(name) || !is_out(name)
    });
    for name in by {
        if !columns.iter().any(|column| column.name == name) {
            columns.push(opened::spec(monitor, name.to_owned(), Type::String));
        }
    }
    columns
}
