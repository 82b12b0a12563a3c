//! Which windows a run evaluates.

use std::collections::BTreeSet;

use assay_checks::monitor::{Clock, Due, Grid, LiveWindow, due_rows};
use assay_core::check::Table;
use assay_core::drift::monitor::{BaselineSource, Monitor, WindowSize};
use assay_core::drift::store::WindowRow;
use assay_core::engine::MetricPlan;
use assay_core::measurement::Measurement;
use assay_core::metric::{Column, Filter, Metric, MetricKind};
use assay_core::types::Type;
use assay_core::value::Value;
use assay_core::verdict::Reason;

use super::One;
use super::opened::Opened;

/// How far back windows are looked for.
pub(crate) const MOST_WINDOWS_BACK: i128 = 1_000;

/// Seconds of a window of time.
pub(crate) fn seconds(size: WindowSize) -> i128 {
    match size {
        WindowSize::Whole | WindowSize::Rows(_) => 0,
        WindowSize::Hours(hours) => i128::from(hours) * 3_600,
        WindowSize::Days(days) => i128::from(days) * 86_400,
    }
}

/// What pins windows: the baseline, and how long windows are, because a day and a week may start alike.
pub(crate) fn pinned(baseline: &str, size: WindowSize) -> String {
    format!("{baseline}{}", suffix(size))
}

/// What [`pinned`] ends with.
pub(crate) fn suffix(size: WindowSize) -> String {
    match size {
        WindowSize::Whole => String::new(),
        WindowSize::Hours(hours) => format!(" {hours}h"),
        WindowSize::Days(days) => format!(" {days}d"),
        WindowSize::Rows(rows) => format!(" {rows} rows"),
    }
}

/// The windows of a run.
pub(crate) struct Planned {
    /// Those to evaluate, oldest first.
    pub due: Vec<LiveWindow>,
    /// Closed ones left for the next run.
    pub left: u64,
    /// How rows are assigned to them.
    pub by: By,
}

/// How rows are assigned to windows.
pub(crate) enum By {
    /// All rows.
    Whole,
    /// A time column.
    Time {
        /// The column.
        column: Column,
        /// What its times are counted in.
        clock: Clock,
        /// The windows.
        grid: Grid,
    },
    /// Their position.
    Rows(u64),
}

impl By {
    /// The window of a row of history; `None` where windows are another size now.
    pub fn again(&self, row: &WindowRow) -> Option<LiveWindow> {
        let window = match self {
            By::Whole => return None,
            By::Time { grid, .. } => grid.named(&row.window).ok()?,
            By::Rows(size) => LiveWindow::of_rows(u64::try_from(row.start).ok()? / size, *size),
        };
        (window.name == row.window && window.start == row.start && window.end == row.end).then_some(window)
    }
}

/// Plans: every closed window that was not evaluated with what `pinned` names, or the one that was asked for.
pub(crate) async fn plan(one: One<'_>, opened: &Opened, pinned: &str) -> Result<Planned, Reason> {
    // A window keeps the baseline it was first evaluated with when an alias moves on; a baseline that is named itself
    // is another question, and every window is asked anew.
    let by_alias = matches!(&one.monitor.baseline, BaselineSource::Profile(name) if name.contains('@'));
    let suffix = suffix(one.monitor.window.size);
    let evaluated = one.history.iter().filter(|row| match by_alias {
        true => row.baseline.ends_with(&suffix),
        false => row.baseline == pinned,
    });
    let done: BTreeSet<&str> = evaluated.map(|row| row.window.as_str()).collect();
    match one.monitor.window.size {
        WindowSize::Whole => {
            let window = LiveWindow::whole(&opened.live().snapshot.fingerprint);
            if let Some(asked) = one.with.window
                && asked != window.name
            {
                let text = format!("the rows as they are now are one window, `{}`, not `{asked}`", window.name);
                return Err(Reason { code: "no_window".into(), text });
            }
            Ok(Planned { due: vec![window], left: 0, by: By::Whole })
        }
        WindowSize::Rows(size) => {
            let total = rows(one, opened).await?;
            let due = match one.with.window {
                None => due_rows(size, total, &done),
                Some(asked) => {
                    let all = (0..total / size).map(|index| LiveWindow::of_rows(index, size));
                    only(asked, one.with.again, &done, all.into_iter().find(|window| window.name == asked))?
                }
            };
            Ok(Planned { due: due.windows, left: due.left, by: By::Rows(size) })
        }
        WindowSize::Hours(_) | WindowSize::Days(_) => of_time(one, opened, &done).await,
    }
}

/// The time column of a monitor in its table, what its times are counted in, and the windows.
pub(crate) fn grid_of(monitor: &Monitor, table: &Table, project: &str) -> Result<(Column, Clock, Grid), Reason> {
    let no_clock = |text: String| Reason { code: "no_clock".into(), text };
    let Some(timestamp) = &monitor.timestamp else {
        return Err(no_clock("windows of time need `timestamp`".into()));
    };
    let found = table.column(&timestamp.column).map_err(|why| match why {
        assay_core::verdict::NotRun::Skipped(reason) | assay_core::verdict::NotRun::Error(reason) => reason,
    })?;
    let clock = match &found.ty {
        Type::TimestampZoned(_) => Clock::Instant,
        Type::Timestamp | Type::Date => Clock::Local,
        other => {
            return Err(no_clock(format!("`{}` is {other}, which is no time", timestamp.column)));
        }
    };
    let zone = match (&timestamp.timezone, clock) {
        (Some(zone), _) => zone.as_str(),
        (None, Clock::Instant) => project,
        (None, Clock::Local) => {
            return Err(no_clock(format!(
                "`{}` is {} without a zone: say whose clock it is, as in `timestamp: {{column: {}, timezone: \
                 Europe/Berlin}}`",
                timestamp.column, found.ty, timestamp.column
            )));
        }
    };
    let zone: chrono_tz::Tz = zone.parse().map_err(|_| no_clock(format!("unknown time zone `{zone}`")))?;
    let grid = Grid::new(&monitor.window, zone).ok_or_else(|| no_clock("the windows are not of time".into()))?;
    Ok((found.column, clock, grid))
}

async fn of_time(one: One<'_>, opened: &Opened, done: &BTreeSet<&str>) -> Result<Planned, Reason> {
    let (column, clock, grid) = grid_of(one.monitor, opened.live(), one.setting.timezone)?;
    let now = one.now();
    let range = time_range(one, opened, &column).await?;
    // a placeholder such as 1900-01-01 would make windows of a century, none of them with rows
    let earliest = now - MOST_WINDOWS_BACK * seconds(one.monitor.window.size) * 1_000_000_000;
    let range = range.map(|(first, last)| (first.max(earliest), last));
    let due = match (one.with.window, range) {
        (Some(asked), _) => {
            let window = grid.named(asked).map_err(|text| Reason { code: "no_window".into(), text })?;
            let closes = window.end + i128::from(one.monitor.window.lateness_seconds) * 1_000_000_000;
            if closes > now {
                let text = format!("the window `{}` is not closed yet", window.name);
                return Err(Reason { code: "no_window".into(), text });
            }
            only(asked, one.with.again, done, Some(window))?
        }
        (None, None) => Due::default(),
        // without a store only the newest windows are of interest
        (None, Some((first, last))) if one.store.is_none() => {
            let all: Vec<LiveWindow> = grid.closed(clock, first, last, now).collect();
            let skip = all.len().saturating_sub(assay_checks::monitor::MOST_WINDOWS);
            Due { windows: all.into_iter().skip(skip).collect(), left: 0 }
        }
        (None, Some((first, last))) => grid.due(clock, first, last, now, done),
    };
    Ok(Planned { due: due.windows, left: due.left, by: By::Time { column, clock, grid } })
}

/// The one window that was asked for.
pub(crate) fn only(asked: &str, again: bool, done: &BTreeSet<&str>, window: Option<LiveWindow>) -> Result<Due, Reason> {
    let none = |text: String| Err(Reason { code: "no_window".into(), text });
    match window {
        None => none(format!("there is no window `{asked}`")),
        Some(window) if done.contains(window.name.as_str()) && !again => {
            none(format!("the window `{}` was evaluated: `--again` evaluates it once more", window.name))
        }
        Some(window) => Ok(Due { windows: vec![window], left: 0 }),
    }
}

async fn measure(one: One<'_>, opened: &Opened, kind: MetricKind, filtered: bool) -> Result<Measurement, Reason> {
    let filter = if filtered { Filter::all_of(one.monitor.rows.clone()) } else { Filter::default() };
    let metric = Metric { table: opened.live, kind, filter };
    let plan = MetricPlan { metrics: BTreeSet::from([metric.clone()]) };
    let mut report = one.setting.engine.measure(&plan, &opened.tables, one.setting.watch).await;
    match report.measurements.remove(&metric) {
        Some(Ok(measured)) => Ok(measured.value),
        Some(Err(error)) => Err(crate::reason(error)),
        None => {
            Err(Reason { code: "not_measured".into(), text: "the engine gave no answer; please report this".into() })
        }
    }
}

/// Rows of the live table.
pub(crate) async fn rows(one: One<'_>, opened: &Opened) -> Result<u64, Reason> {
    match measure(one, opened, MetricKind::RowCount, true).await? {
        Measurement::Rows(rows) => Ok(rows),
        _ => Ok(0),
    }
}

/// The first and last time of all rows, in nanoseconds of the column's clock. Whether a row is filtered away is not
/// looked at: footers can answer without reading.
pub(crate) async fn time_range(one: One<'_>, opened: &Opened, column: &Column) -> Result<Option<(i128, i128)>, Reason> {
    let Measurement::Extremes(extremes) = measure(one, opened, MetricKind::Extremes(column.clone()), false).await?
    else {
        return Ok(None);
    };
    let nanos = |value: Value| match value {
        Value::Instant(nanos) | Value::Naive(nanos) => Some(nanos),
        Value::Date(days) => Some(i128::from(days) * 86_400_000_000_000),
        _ => None,
    };
    Ok(extremes.min.and_then(nanos).zip(extremes.max.and_then(nanos)))
}
