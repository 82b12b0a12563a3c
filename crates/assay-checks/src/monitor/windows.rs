//! Windows of live rows: hours, days and weeks of civil time, runs of rows, whole snapshots.
//!
//! Boundaries are wall-clock times of one zone (multiples of the size from midnight, of days from 1970-01-01, of weeks
//! from a Monday), so a day is 23 or 25 hours long where clocks are turned. A boundary that is skipped by the clocks
//! is the first instant after the gap, one that occurs twice is its first occurrence; a window without any instant (a
//! day that a zone left out) is none, and its wall-clock time belongs to the next. So windows tile the time line of
//! instants and that of wall-clock times alike.

use std::collections::BTreeSet;

use assay_core::drift::live::TimeSpan;
use assay_core::drift::monitor::{Window, WindowSize};
use assay_core::types::Type;
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, Offset, SecondsFormat, TimeZone};
use chrono_tz::{GapInfo, Tz};

/// Windows that one run evaluates.
pub const MOST_WINDOWS: usize = 24;

const SECOND: i128 = 1_000_000_000;
const HOUR: i128 = 3_600 * SECOND;
const DAY: i128 = 24 * HOUR;
/// 1970-01-05, the first Monday: weeks count from it.
const MONDAY: i128 = 4 * DAY;
/// 0001-01-02 and 9999-12-30: every boundary between them has an RFC 3339 form in every zone.
const EARLIEST: i128 = -719_161 * DAY;
const LATEST: i128 = 2_932_895 * DAY;
/// Days of a window at most, some 1,000 years.
const LONGEST: i128 = 366_000;

/// A window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveWindow {
    /// What names it: its start as RFC 3339 with the zone's offset, `rows 0`, or the snapshot's fingerprint.
    pub name: String,
    /// Start in nanoseconds since 1970-01-01T00:00:00Z; the first row of windows of rows; 0 for whole snapshots.
    pub start: i128,
    /// The first instant (or row) after it; 0 for whole snapshots.
    pub end: i128,
    /// Only of windows of time.
    pub civil: Option<Civil>,
}

/// What windows of time have beside their instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Civil {
    /// Start in nanoseconds of wall-clock time since 1970-01-01T00:00:00, for naive timestamps and dates.
    pub local_start: i128,
    /// End likewise.
    pub local_end: i128,
    /// The first instant after the window as RFC 3339 with the zone's offset.
    pub end_text: String,
}

/// What the times of a column are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Instants: nanoseconds since 1970-01-01T00:00:00Z.
    Instant,
    /// Wall-clock time of the monitor's zone (naive timestamps, dates): nanoseconds since 1970-01-01T00:00:00.
    Local,
}

impl Clock {
    /// The clock of a column of this type; `None`: it holds no times.
    pub fn of(ty: &Type) -> Option<Clock> {
        match ty {
            Type::TimestampZoned(_) => Some(Clock::Instant),
            Type::Timestamp | Type::Date => Some(Clock::Local),
            _ => None,
        }
    }
}

/// Windows to evaluate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    /// The oldest, at most [`MOST_WINDOWS`].
    pub windows: Vec<LiveWindow>,
    /// Closed windows left for the next run.
    pub left: u64,
}

/// The windows of civil time of one size in one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    zone: Tz,
    origin: i128,
    step: i128,
    lateness: i128,
}

impl LiveWindow {
    /// All rows of a snapshot.
    pub fn whole(fingerprint: &str) -> Self {
        LiveWindow { name: fingerprint.to_owned(), start: 0, end: 0, civil: None }
    }

    /// Window number `index` of `size` rows each.
    pub fn of_rows(index: u64, size: u64) -> Self {
        let start = i128::from(index) * i128::from(size);
        LiveWindow { name: format!("rows {start}"), start, end: start + i128::from(size), civil: None }
    }

    /// Whether it is a window of time.
    pub fn is_of_time(&self) -> bool {
        self.civil.is_some()
    }

    /// Whether windows have an order: all but whole snapshots.
    pub fn is_ordered(&self) -> bool {
        self.end > self.start
    }

    /// Its start as text, for windows of time.
    pub fn start_text(&self) -> Option<&str> {
        self.is_of_time().then_some(self.name.as_str())
    }

    /// Its rows by a column of this clock; `rows_only` where only late rows are looked for. `None`: not of time.
    pub fn span(&self, clock: Clock, rows_only: bool) -> Option<TimeSpan> {
        let civil = self.civil.as_ref()?;
        let (start, end) = match clock {
            Clock::Instant => (self.start, self.end),
            Clock::Local => (civil.local_start, civil.local_end),
        };
        Some(TimeSpan { start, end, rows_only })
    }
}

impl Grid {
    /// The windows of a monitor; `None` where they are not of time.
    pub fn new(window: &Window, zone: Tz) -> Option<Self> {
        let (origin, step) = match window.size {
            WindowSize::Whole | WindowSize::Rows(_) => return None,
            WindowSize::Hours(hours) => (0, i128::from(hours.max(1)) * HOUR),
            WindowSize::Days(days) if days % 7 == 0 && days > 0 => (MONDAY, i128::from(days).min(LONGEST) * DAY),
            WindowSize::Days(days) => (0, i128::from(days.max(1)).min(LONGEST) * DAY),
        };
        Some(Grid { zone, origin, step, lateness: i128::from(window.lateness_seconds) * SECOND })
    }

    /// The window that holds a time of `clock`.
    pub fn at(&self, clock: Clock, time: i128) -> Option<LiveWindow> {
        self.window(self.index_of(clock, time))
    }

    /// The windows that hold times from `first` to `last` (of `clock`), closed or not, oldest first.
    pub fn between(&self, clock: Clock, first: i128, last: i128) -> impl Iterator<Item = LiveWindow> + '_ {
        (self.index_of(clock, first)..=self.index_of(clock, last)).filter_map(|index| self.window(index))
    }

    /// The windows that hold times from `first` to `last` (of `clock`) and are closed: end + lateness <= `now`, in
    /// nanoseconds since 1970-01-01T00:00:00Z. Oldest first.
    pub fn closed(&self, clock: Clock, first: i128, last: i128, now: i128) -> impl Iterator<Item = LiveWindow> + '_ {
        let from = self.index_of(clock, first);
        let to = self.last_closed(clock, last, now);
        (from..=to).filter_map(|index| self.window(index))
    }

    /// The closed windows whose names are not in `done`: the oldest [`MOST_WINDOWS`], and how many are left.
    pub fn due(&self, clock: Clock, first: i128, last: i128, now: i128, done: &BTreeSet<&str>) -> Due {
        let mut due = Due::default();
        for window in self.closed(clock, first, last, now).filter(|window| !done.contains(window.name.as_str())) {
            if due.windows.len() < MOST_WINDOWS {
                due.windows.push(window);
            } else {
                due.left += 1;
            }
        }
        due
    }

    /// The window of this name, as `--window` gives it: its start as RFC 3339, or a day where windows are of days.
    /// The error is one sentence.
    pub fn named(&self, name: &str) -> Result<LiveWindow, String> {
        let not_one = || {
            format!("no window starts at `{name}`: write its start as it is shown, as in `2026-11-20T00:00:00+04:00`")
        };
        let start = match (DateTime::parse_from_rfc3339(name), name.parse::<NaiveDate>()) {
            (Ok(start), _) => i128::from(start.timestamp()) * SECOND + i128::from(start.timestamp_subsec_nanos()),
            (Err(_), Ok(day)) => self.instant(i128::from(day.to_epoch_days()) * DAY),
            (Err(_), Err(_)) => return Err(not_one()),
        };
        self.window(self.index_of(Clock::Instant, start)).filter(|window| window.start == start).ok_or_else(not_one)
    }

    /// Wall-clock time of an instant, in nanoseconds since 1970-01-01T00:00:00.
    pub fn local(&self, instant: i128) -> i128 {
        let instant = instant.clamp(EARLIEST, LATEST);
        let at = self.date_time(instant);
        instant + i128::from(at.offset().fix().local_minus_utc()) * SECOND
    }

    /// The number of the last window that is closed and begins no later than `last`.
    fn last_closed(&self, clock: Clock, last: i128, now: i128) -> i128 {
        let known = now.clamp(EARLIEST, LATEST) - self.lateness;
        let closing = self.index_of(Clock::Instant, known);
        // the window that holds `known` ends after it
        (closing - 1).min(self.index_of(clock, last))
    }

    fn index_of(&self, clock: Clock, time: i128) -> i128 {
        let time = time.clamp(EARLIEST, LATEST);
        let guess = |local: i128| (local - self.origin).div_euclid(self.step);
        match clock {
            Clock::Local => {
                // a wall-clock time that no instant has belongs to the window after the gap
                let mut index = guess(time);
                while self.window(index).is_none() {
                    index += 1;
                }
                index
            }
            Clock::Instant => {
                // where clocks go back by more than a window, wall-clock time alone does not tell
                let mut index = guess(self.local(time));
                while self.start(index) > time {
                    index -= 1;
                }
                while self.start(index + 1) <= time {
                    index += 1;
                }
                index
            }
        }
    }

    fn local_start(&self, index: i128) -> i128 {
        self.origin + index * self.step
    }

    fn start(&self, index: i128) -> i128 {
        self.instant(self.local_start(index))
    }

    /// Window number `index`; `None` where no instant is in it.
    fn window(&self, index: i128) -> Option<LiveWindow> {
        let (start, end) = (self.start(index), self.start(index + 1));
        if start >= end {
            return None;
        }
        let mut first = index;
        while self.start(first - 1) >= start {
            first -= 1;
        }
        Some(LiveWindow {
            name: self.show(start),
            start,
            end,
            civil: Some(Civil {
                local_start: self.local_start(first),
                local_end: self.local_start(index + 1),
                end_text: self.show(end),
            }),
        })
    }

    /// The instant of a wall-clock time.
    fn instant(&self, local: i128) -> i128 {
        let naive = naive(local);
        let at = match self.zone.from_local_datetime(&naive) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at,
            // a gap ends, but for the last one a table knows: read as UTC then
            LocalResult::None => GapInfo::new(&naive, &self.zone)
                .and_then(|gap| gap.end)
                .unwrap_or_else(|| self.zone.from_utc_datetime(&naive)),
        };
        i128::from(at.timestamp()) * SECOND + i128::from(at.timestamp_subsec_nanos())
    }

    fn date_time(&self, instant: i128) -> DateTime<Tz> {
        self.zone.from_utc_datetime(&naive(instant))
    }

    fn show(&self, instant: i128) -> String {
        self.date_time(instant).to_rfc3339_opts(SecondsFormat::AutoSi, false)
    }
}

/// Nanoseconds since 1970-01-01T00:00:00 as chrono has them.
fn naive(nanos: i128) -> NaiveDateTime {
    // a boundary is at most one window beyond the clamp
    let nanos = nanos.clamp(EARLIEST - LONGEST * DAY, LATEST + LONGEST * DAY);
    let seconds = nanos.div_euclid(SECOND) as i64;
    let at = DateTime::from_timestamp(seconds, nanos.rem_euclid(SECOND) as u32);
    at.expect("within chrono's 262,000 years").naive_utc()
}

/// Windows of `size` rows that are full, of `total` rows, and not in `done`.
pub fn due_rows(size: u64, total: u64, done: &BTreeSet<&str>) -> Due {
    let mut due = Due::default();
    let full = total.checked_div(size).unwrap_or(0);
    for window in (0..full).map(|index| LiveWindow::of_rows(index, size)).filter(|w| !done.contains(w.name.as_str())) {
        if due.windows.len() < MOST_WINDOWS {
            due.windows.push(window);
        } else {
            due.left += 1;
        }
    }
    due
}
