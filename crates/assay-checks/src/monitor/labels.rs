//! Labels, which come late: what to count once predictions are joined with them, whether there are enough, and when
//! there will be no more.
//!
//! Late labels reopen only the performance and concept rows of a window; everything else was decided when it closed.

use assay_core::check::Table;
use assay_core::drift::baseline::TargetProfile;
use assay_core::drift::live::{LabelSource, LabelSpec, LabelTask, LiveColumn, LiveSpec, Measure, Windows};
use assay_core::drift::monitor::Task;
use assay_core::drift::state::{LabelledState, WindowState};
use assay_core::drift::store::{WindowCheck, WindowRow};
use assay_core::metric::{Column, TableId};
use assay_core::verdict::Reason;
use assay_stats::comoments::Scale;

use crate::monitor::concept;
use crate::monitor::plan::{Prepared, Stop};
use crate::monitor::show;
use crate::monitor::windows::LiveWindow;

const SECOND: i128 = 1_000_000_000;

/// What is known of a window's labels.
#[derive(Debug, Clone, Copy)]
pub enum Labelled<'a> {
    /// The monitor has none, or they were not looked for.
    Absent,
    /// The state of a window of [`Prepared::label_spec`].
    State(&'a WindowState),
    /// They could not be read.
    Unavailable(&'a Reason),
}

impl Prepared<'_> {
    /// What to count of predictions joined with labels: performance, and labels by the bins of concept features. The
    /// labels' table was opened as `labels`.
    ///
    /// # Errors
    /// Columns of either table that are not there, no `labels` in the monitor.
    pub fn label_spec(&self, windows: Windows, live: &Table, labels: (TableId, &Table)) -> Result<LiveSpec, Stop> {
        let Some(asked) = &self.monitor.labels else {
            return Err(Stop::error("no_labels", "the monitor names no labels"));
        };
        let Some(id) = &self.monitor.id else {
            return Err(Stop::error("no_id", "labels are joined by `id`, which the monitor does not name"));
        };
        let (table, found) = labels;
        let source = LabelSource::Joined {
            id: column(live, id)?,
            table,
            key: column(found, &asked.key)?,
            label: column(found, &asked.column)?,
        };
        let prediction = match &self.monitor.prediction {
            Some(prediction) => Some(column(live, &prediction.column)?),
            None => None,
        };
        let spec = LabelSpec { source, prediction, task: self.task(live)? };
        let by_bin = |(column, target): (Column, &TargetProfile)| LiveColumn {
            column,
            measures: vec![Measure::LabelsBy(target.bins.clone())],
        };
        let columns = concept::counted(self).into_iter().map(by_bin).collect();
        Ok(LiveSpec::new(windows, Vec::new(), columns, Vec::new(), Vec::new(), Some(spec)))
    }

    fn task(&self, live: &Table) -> Result<LabelTask, Stop> {
        let target = self.baseline.target.as_ref();
        match self.monitor.prediction.as_ref().map(|prediction| &prediction.task) {
            Some(Task::Classification { score, positive }) => {
                let score = score.as_ref().map(|score| column(live, score)).transpose()?;
                Ok(LabelTask::Classification { positive: positive.clone(), score })
            }
            None if target.is_some_and(|target| target.classes) => {
                let positive = target.and_then(|target| target.positive.clone());
                Ok(LabelTask::Classification { positive, score: None })
            }
            Some(Task::Regression) | None => {
                // without a target in the baseline nothing is summed by bins, and no scale is used
                let unused = Scale::new(0.0, 1.0).expect("0 to 1 is an interval");
                Ok(LabelTask::Regression { scale: target.and_then(|target| target.scale).unwrap_or(unused) })
            }
        }
    }

    /// Whether the monitor asks for anything that needs labels.
    pub fn wants_labels(&self) -> bool {
        self.monitor.concept.is_some() || !self.monitor.performance.is_empty()
    }

    /// Whether no more labels are expected for a window: its end and their lag are past. `now` in nanoseconds since
    /// 1970-01-01T00:00:00Z. Windows that are not of time expect none.
    pub fn labels_closed(&self, window: &LiveWindow, now: i128) -> bool {
        let Some(labels) = &self.monitor.labels else { return true };
        !window.is_of_time() || window.end + i128::from(labels.lag_seconds) * SECOND <= now
    }
}

fn column(table: &Table, name: &str) -> Result<Column, Stop> {
    match table.column(name) {
        Ok(found) => Ok(found.column),
        Err(why) => {
            let stop = Stop::from(why);
            // what was asked for and cannot be evaluated is no pass
            Err(Stop::error(&stop.reason.code, format!("{} in {}", stop.reason.text, table.name)))
        }
    }
}

/// Windows of this baseline whose labels were not complete when they were evaluated, oldest first.
pub fn reopened<'r>(rows: &'r [WindowRow], baseline: &str) -> Vec<&'r WindowRow> {
    rows.iter().filter(|row| !row.labels_closed && row.baseline == baseline).collect()
}

/// The checks of a window after its labels were looked at again: performance and concept are new, the rest stays.
pub fn replaced(old: &[WindowCheck], new: Vec<WindowCheck>) -> Vec<WindowCheck> {
    let is_new = |check: &&WindowCheck| new.iter().any(|other| other.id == check.id);
    let mut all: Vec<WindowCheck> = old.iter().filter(|check| !is_new(check)).cloned().collect();
    all.extend(new);
    all
}

/// Why too few predictions have a label; `None` where enough have.
pub(super) fn uncovered(labelled: &LabelledState, min_coverage: f64) -> Option<Stop> {
    let all = labelled.predictions + labelled.without_id;
    if all == 0 {
        return Some(Stop::skipped("no_rows", "the window has no predictions"));
    }
    let share = labelled.labelled as f64 / all as f64;
    (share < min_coverage).then(|| {
        let text =
            format!("coverage {} of {}", show::percent_near(share, &[min_coverage]), show::percent(min_coverage));
        Stop::skipped("low_coverage", text)
    })
}

/// What there is to say about a window's labels.
pub(super) fn notes(labelled: &LabelledState, partial: bool) -> Vec<String> {
    let all = labelled.predictions + labelled.without_id;
    let mut notes =
        vec![format!("{} of {} predictions have a label", show::count(labelled.labelled), show::count(all))];
    let counts = [
        (labelled.without_id, "predictions without an id"),
        (labelled.conflicting, "predictions whose labels contradict each other"),
        (labelled.null_labels, "predictions whose label is missing"),
        (labelled.null_predictions, "labelled predictions that are missing themselves"),
    ];
    notes.extend(counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{what}: {}", show::count(*n))));
    if partial {
        notes.push(PARTIAL.to_owned());
    }
    notes
}

/// Said while labels may still come.
pub(super) const PARTIAL: &str = "partial: labels of this window may still come";
