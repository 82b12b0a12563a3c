//! Counting block by block, all columns of a block at once: for formats without footers, and for tables of small row
//! groups. Every worker has counters of its own, which are added at the end.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use assay_core::engine::Cost;
use assay_core::measurement::MetricError;

use super::column::{ColumnCounter, Tools};
use super::plan::LivePlan;
use super::together::Together;
use super::{Counted, Counting};
use crate::block::Block;
use crate::scan::{Place, Scan, Worker, scan};

/// A worker with counters of all columns.
struct BlockCounter<'a> {
    plan: &'a LivePlan,
    starts: Arc<Vec<RowStart>>,
    together: Together<'a>,
    /// Place in the blocks, counter and tools of each column.
    columns: Vec<(usize, ColumnCounter<'a>, Tools)>,
}

/// Where a piece of work begins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RowStart {
    /// Row of its file.
    pub(crate) in_file: u64,
    /// Row of the table.
    pub(crate) in_table: u64,
}

impl Counting<'_> {
    /// Counts a table by blocks.
    pub(super) fn by_blocks<'a>(&self, plan: &'a LivePlan, cost: &mut Cost) -> Result<Counted<'a>, MetricError> {
        let starts = Arc::new(if plan.needs_positions { self.starts(cost)? } else { Vec::new() });
        let mut projection: Vec<usize> = plan.together.0.clone();
        let mut place = |index: usize| match projection.iter().position(|known| *known == index) {
            Some(at) => at,
            None => {
                projection.push(index);
                projection.len() - 1
            }
        };
        let places: Vec<usize> = plan.columns.iter().map(|column| place(column.index)).collect();
        let stop = AtomicBool::new(false);
        let what = Scan { table: self.table, columns: &projection, raw: false, groups: None, stop: &stop };
        let make = || {
            let columns = plan.columns.iter().zip(&places);
            Ok(BlockCounter {
                plan,
                starts: starts.clone(),
                together: Together::new(plan),
                columns: columns.map(|(c, at)| (*at, ColumnCounter::new(c), Tools::new(c, plan.fine))).collect(),
            })
        };
        // every thread has counters of its own: fewer threads where those are large
        let affordable = self.memory / plan.counter_bytes().max(1);
        let threads = self.threads.min(affordable.max(1));
        let (workers, took) = scan(what, threads, self.watch, make)?;
        crate::measure::add(cost, took);
        let mut together = Vec::new();
        let mut columns: Vec<Option<ColumnCounter<'a>>> = plan.columns.iter().map(|_| None).collect();
        for worker in workers {
            together.push(worker.together);
            for (sum, (_, mut counter, tools)) in columns.iter_mut().zip(worker.columns) {
                counter.rest(&tools);
                match sum {
                    Some(sum) => sum.merge(counter),
                    None => *sum = Some(counter),
                }
            }
        }
        Ok(Counted { found: Together::finish(together), columns: columns.into_iter().flatten().collect() })
    }

    /// Where each piece of work begins, from a pass that only counts rows.
    pub(crate) fn starts(&self, cost: &mut Cost) -> Result<Vec<RowStart>, MetricError> {
        let ended = Mutex::new(Vec::new());
        let stop = AtomicBool::new(false);
        let what = Scan { table: self.table, columns: &[], raw: false, groups: None, stop: &stop };
        let (_, took) = scan(what, self.threads, self.watch, || Ok(RowsOfWork { ended: &ended }))?;
        crate::measure::add(cost, took);
        let mut ended = ended.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        ended.sort_unstable();
        let (mut next, mut file) = (RowStart::default(), None);
        let start = |end: &Place| {
            if file.replace(end.file) != Some(end.file) {
                next.in_file = 0;
            }
            let start = next;
            next.in_file += end.row;
            next.in_table += end.row;
            start
        };
        Ok(ended.iter().map(start).collect())
    }
}

impl Worker for BlockCounter<'_> {
    fn block(&mut self, at: Place, block: &Block) -> Result<(), MetricError> {
        let start = self.starts.get(at.work as usize).copied().unwrap_or_default();
        let placed = self.together.block(block, start.in_table + at.row)?;
        let here = placed.here(0, block.rows(), self.plan.files[at.file], start.in_file + at.row);
        for (place, counter, tools) in &mut self.columns {
            counter.block(tools, block.batch.column(*place), &here)?;
        }
        Ok(())
    }
}

/// Notes how many rows each piece of work has.
struct RowsOfWork<'a> {
    ended: &'a Mutex<Vec<Place>>,
}

impl Worker for RowsOfWork<'_> {
    fn block(&mut self, _at: Place, _block: &Block) -> Result<(), MetricError> {
        Ok(())
    }

    fn end_of_work(&mut self, at: Place, _bytes: u64) {
        self.ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(at);
    }
}
