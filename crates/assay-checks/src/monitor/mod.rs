//! The brain of monitors: from a monitor, a baseline and a live table to what is to be counted, and from what was
//! counted to verdicts. Nothing here sees rows, a store or a clock.
//!
//! A run goes through it in this order:
//!
//! 1. [`Grid::due`] (or [`due_rows`], [`LiveWindow::whole`]) names the windows that are closed and not yet
//!    evaluated against the baseline.
//! 2. [`prepare`] sets the monitor and its baseline beside the live table. A baseline made of windows is built before by
//!    [`baseline_of`], one for each window, from the summaries in the store.
//! 3. [`plan_each`] says what to count in one scan ([`LivePlan::spec`]), with the columns of a [`Summary`] where windows
//!    are to be part of later baselines; [`LivePlan::split`] takes a window's state apart again.
//!    [`Prepared::label_spec`] says what to count of predictions joined with labels.
//! 4. [`judge`] concludes, oldest window first, each with the rows of the windows before it. [`judge_labels`] looks again
//!    at windows whose labels were not complete ([`reopened`], [`replaced`]).
//! 5. The store takes [`Judged::rows`], [`Judged::proposal`] and the states; [`expire`] names proposals nobody decided.
//!
//! The same window and baseline give the same bytes: sums are exact, orders are those of the monitor and the baseline.

mod calibrate;
mod case;
mod columns;
mod compare;
mod concept;
mod curves;
mod dataset;
mod decide;
mod figures;
mod history;
mod judge;
mod labels;
mod merged;
mod performance;
mod plan;
mod relations;
mod retrain;
mod rolling;
mod segments;
mod sentences;
mod show;
mod spec;
mod summary;
mod windows;

pub use judge::{Judged, WindowInput, judge, judge_labels};
pub use labels::{Labelled, reopened, replaced};
pub use plan::{Prepared, Stop, Watched, prepare};
pub use retrain::{EXPIRES_AFTER, expire};
pub use rolling::{Merged, baseline_of, pin};
pub use segments::{Divided, Division, Segment};
pub use spec::{LivePlan, plan_each};
pub use summary::{MEASURES, StoredColumn, StoredSummary, Summary};
pub use windows::{Civil, Clock, Due, Grid, LiveWindow, MOST_WINDOWS, due_rows};

#[cfg(test)]
mod tests;
