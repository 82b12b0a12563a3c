//! Baselines made of the windows before: which windows they are, and their merge.
//!
//! Windows with a confirmed fail stay out until somebody accepts their drift as the new normal, else drift would become
//! its own baseline. With fewer than half of the windows there is no baseline yet.

use std::collections::BTreeMap;

use assay_core::drift::baseline::Baseline;
use assay_core::drift::monitor::{BaselineSource, Confirm, Monitor, Period};
use assay_core::drift::store::WindowRow;

use crate::monitor::history;
use crate::monitor::merged::merge;
use crate::monitor::plan::Stop;
use crate::monitor::summary::StoredSummary;
use crate::monitor::windows::{Grid, LiveWindow};

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// What pins windows to such a baseline: a word and its parameters, as `WindowRow::baseline` has it. `None` for stored
/// baselines.
pub fn pin(source: &BaselineSource) -> Option<String> {
    match source {
        BaselineSource::Profile(_) | BaselineSource::From { .. } => None,
        BaselineSource::Rolling { windows, gap_seconds } => Some(format!("rolling {windows} {gap_seconds}")),
        BaselineSource::Same { period, weeks } => {
            let period = match period {
                Period::HourOfDay => "hour_of_day",
                Period::DayOfWeek => "day_of_week",
                Period::HourOfWeek => "hour_of_week",
            };
            Some(format!("same {period} {weeks}"))
        }
    }
}

/// A baseline made of windows.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The baseline.
    pub baseline: Baseline,
    /// The windows it is the merge of, oldest first.
    pub windows: Vec<String>,
}

/// What a window is compared with: the merge of the summaries of chosen windows before it. `grid` tells wall-clock
/// times, for `same:`. Summaries are by window.
///
/// # Errors
/// `no_baseline_yet` (skipped) with fewer than half of the windows asked for.
pub fn baseline_of(
    monitor: &Monitor,
    window: &LiveWindow,
    grid: Option<&Grid>,
    rows: &[WindowRow],
    summaries: &BTreeMap<String, StoredSummary>,
) -> Result<Merged, Stop> {
    let pinned = pin(&monitor.baseline).unwrap_or_default();
    let before = history::before(rows, window, &pinned);
    let (chosen, wanted) = chosen(&monitor.baseline, monitor.confirm, window, grid, &before);
    let found: Vec<(&str, &StoredSummary)> = chosen
        .iter()
        .filter_map(|row| Some((row.window.as_str(), summaries.get(&row.window)?)))
        .filter(|(_, summary)| summary.rows > 0)
        .collect();
    if found.is_empty() || (found.len() as u64) * 2 < wanted {
        let text = format!("no baseline yet: {} of {wanted} windows, {} are needed", found.len(), wanted.div_ceil(2));
        return Err(Stop::skipped("no_baseline_yet", text));
    }
    let windows = found.iter().map(|(name, _)| (*name).to_owned()).collect();
    Ok(Merged { baseline: merge(&pinned, &found), windows })
}

/// The windows that may be part of the baseline of a window, oldest first, and how many it should have.
fn chosen<'r>(
    source: &BaselineSource,
    confirm: Confirm,
    window: &LiveWindow,
    grid: Option<&Grid>,
    before: &[&'r WindowRow],
) -> (Vec<&'r WindowRow>, u64) {
    let failed = history::has_confirmed_fail(before, confirm);
    let usable = |wanted: &dyn Fn(&WindowRow) -> bool| -> Vec<&'r WindowRow> {
        before.iter().zip(&failed).filter(|(row, _)| wanted(row)).filter(|(_, f)| !**f).map(|(row, _)| *row).collect()
    };
    match source {
        BaselineSource::Profile(_) | BaselineSource::From { .. } => (Vec::new(), 0),
        BaselineSource::Rolling { windows, gap_seconds } => {
            let gap = if window.is_of_time() { i128::from(*gap_seconds) * SECOND } else { 0 };
            let in_time = |row: &WindowRow| !window.is_ordered() || row.end + gap <= window.start;
            // the last so many, then without those that failed: they are not replaced by older ones
            let mut last: Vec<(usize, &&WindowRow)> =
                before.iter().enumerate().filter(|(_, row)| in_time(row)).collect();
            last.drain(..last.len().saturating_sub(*windows as usize));
            let kept = last.into_iter().filter(|(at, _)| !failed[*at]).map(|(_, row)| *row).collect();
            (kept, u64::from(*windows))
        }
        BaselineSource::Same { period, weeks } => {
            let (Some(grid), Some(civil)) = (grid, &window.civil) else { return (Vec::new(), u64::from(*weeks)) };
            let start = civil.local_start;
            let per_day = (DAY / (civil.local_end - start).max(1)).max(1) as u64;
            let weeks_back = i128::from(*weeks) * 7;
            let fits = |row: &WindowRow| {
                let other = grid.local(row.start);
                let days = start.div_euclid(DAY) - other.div_euclid(DAY);
                let recent = (1..=weeks_back).contains(&days);
                let same_hour = start.rem_euclid(DAY) == other.rem_euclid(DAY);
                recent
                    && match period {
                        Period::HourOfDay => same_hour,
                        Period::DayOfWeek => days % 7 == 0,
                        Period::HourOfWeek => days % 7 == 0 && same_hour,
                    }
            };
            let wanted = match period {
                Period::HourOfDay => u64::from(*weeks) * 7,
                Period::DayOfWeek => u64::from(*weeks) * per_day,
                Period::HourOfWeek => u64::from(*weeks),
            };
            (usable(&fits), wanted)
        }
    }
}
