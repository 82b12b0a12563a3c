//! Live rows counted against a baseline: [`LiveSpec`] in, [`LiveState`] out, in one pass.
//!
//! Values are taken as the spec's measures want them: any integer, float or decimal as the nearest double (integers
//! beyond 2^53 lose their last digits), truth as 0 and 1 or as a category; -0.0 is 0.0; null, NaN and text that did not
//! parse are missing; infinities are ordered as the numbers they are.

mod blocks;
mod coder;
mod column;
mod counter;
mod grid;
mod groups;
mod label_map;
mod labels;
mod moments;
mod numbers;
mod placed;
mod placing;
mod plan;
mod ranks;
mod together;
mod udaf;

use std::sync::atomic::AtomicBool;

use assay_core::check::Tables;
use assay_core::drift::live::{LabelSource, LabelTask, LiveSpec};
use assay_core::drift::state::{ColumnState, LiveState, SegmentState, WindowState};
use assay_core::engine::{Cost, Watch};
use assay_core::measurement::MetricError;
use assay_core::metric::{Filter, TableId};

use crate::error::unsupported;
use crate::options::Budget;
use crate::rows::Projection;
use crate::scan::{Scan, scan};
use crate::table::OpenedTable;
use column::ColumnCounter;
use label_map::{Gather, LabelMap};
use plan::LivePlan;
use together::Found;

pub use udaf::rank_counts;

/// Row groups of fewer rows on average are counted by blocks: opening each column chunk by itself would cost more
/// than counting it.
const SMALL_GROUP: u64 = 32 * 1024;

/// What counting needs to know.
pub(crate) struct Counting<'a> {
    pub(crate) table: &'a OpenedTable,
    /// Of its files.
    pub(crate) bytes: u64,
    pub(crate) threads: usize,
    /// Bytes that counters of several threads may take.
    pub(crate) memory: usize,
    pub(crate) budget: Budget,
    pub(crate) watch: &'a dyn Watch,
}

/// What was counted.
struct Counted<'a> {
    found: Found<'a>,
    columns: Vec<ColumnCounter<'a>>,
}

impl Counting<'_> {
    /// Counts by a spec, over the rows that a filter selects.
    pub(crate) fn live(
        &self,
        tables: &Tables,
        spec: &LiveSpec,
        filter: &Filter,
        costs: &mut dyn FnMut(Option<TableId>, Cost),
    ) -> Result<LiveState, MetricError> {
        let joined = match spec.labels.as_ref().map(|labels| (&labels.source, &labels.task)) {
            Some((LabelSource::Joined { table, key, label, .. }, task)) => {
                let classes = matches!(task, LabelTask::Classification { .. });
                Some(self.labels(tables, *table, [&key.0, &label.0], classes, costs)?)
            }
            Some((LabelSource::Column(_), _)) | None => None,
        };
        let plan = LivePlan::new(self.table, spec, filter, joined)?;
        let mut cost = Cost::default();
        self.watch.begin(&self.table.name, self.table.open.rows(), self.bytes);
        let counted = match self.table.open.footers() {
            Some(footers) if self.table.open.rows() >= Some(footers.groups() as u64 * SMALL_GROUP) => {
                self.by_groups(&plan, footers, &mut cost)
            }
            _ => self.by_blocks(&plan, &mut cost),
        };
        self.watch.end();
        costs(None, cost);
        Ok(state(spec, counted?))
    }

    /// Reads the labels of another table.
    fn labels(
        &self,
        tables: &Tables,
        id: TableId,
        columns: [&str; 2],
        classes: bool,
        costs: &mut dyn FnMut(Option<TableId>, Cost),
    ) -> Result<LabelMap, MetricError> {
        let snapshot = &tables.get(id).snapshot;
        let there = OpenedTable::of(snapshot).ok_or_else(|| unsupported("the table was opened by another engine"))?;
        let mut projection = Projection::default();
        let [key, label] = columns.map(|name| there.index(name).map(|index| projection.place(index)));
        let at = (key?, label?);
        let stop = AtomicBool::new(false);
        let what = Scan { table: there, columns: &projection.0, raw: false, groups: None, stop: &stop };
        self.watch.begin(&there.name, there.open.rows(), snapshot.bytes);
        let make = || Ok(Gather::new(at, classes, self.budget.clone(), &there.name));
        let done = scan(what, self.threads, self.watch, make);
        self.watch.end();
        let (workers, took) = done?;
        costs(Some(id), took);
        Gather::finish(workers)
    }
}

/// The counters of all columns as one state.
fn state(spec: &LiveSpec, counted: Counted<'_>) -> LiveState {
    let Found { unplaced, rows, moments, labelled } = counted.found;
    let n_segments = spec.n_segments();
    let mut windows: Vec<WindowState> = (0..spec.n_windows())
        .map(|_| WindowState {
            segments: Vec::with_capacity(n_segments),
            pairs: Vec::new(),
            matrix: None,
            labelled: None,
        })
        .collect();
    for of_layer in rows {
        let width = of_layer.len() / windows.len().max(1);
        for (window, rows) in windows.iter_mut().zip(of_layer.chunks(width.max(1))) {
            let columns = || Vec::with_capacity(spec.columns.len());
            window.segments.extend(rows.iter().map(|rows| SegmentState { rows: *rows, columns: columns() }));
        }
    }
    // one column after the other, so that its counters are let go as its states are made
    for column in counted.columns {
        let mut first = 0;
        for of_layer in column.finish() {
            let width = of_layer.len() / windows.len().max(1);
            let mut states = of_layer.into_iter();
            for window in &mut windows {
                for segment in first..first + width {
                    let state = states.next().unwrap_or(ColumnState::Nothing);
                    window.segments[segment].columns.push(state);
                }
            }
            first += width;
        }
    }
    if let Some(moments) = moments {
        for (window, (pairs, matrix)) in windows.iter_mut().zip(moments.pairs.into_iter().zip(moments.matrices)) {
            (window.pairs, window.matrix) = (pairs, matrix);
        }
    }
    for (window, state) in windows.iter_mut().zip(labelled.into_iter().flatten()) {
        window.labelled = Some(state);
    }
    LiveState { windows, unplaced }
}
