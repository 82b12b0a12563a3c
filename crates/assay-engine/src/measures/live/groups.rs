//! Counting column by column, for formats with footers: within a slab of row groups rows are placed first, then each
//! column is decoded and counted by itself. At any time a thread holds one column chunk, one column's counters and
//! grids, which stay in its caches; and each counter exists once, not once for each thread.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use assay_core::engine::Cost;
use assay_core::measurement::MetricError;

use super::blocks::RowStart;
use super::column::{ColumnCounter, Tools};
use super::placed::{Here, Placed};
use super::plan::LivePlan;
use super::together::Together;
use super::{Counted, Counting};
use crate::block::Block;
use crate::error::{interrupted, unsupported};
use crate::guarded::guarded;
use crate::sources::Footers;

/// Bytes in which the places of a slab's rows are held.
const SLAB: usize = 16 << 20;

/// A row group of the table.
struct Group {
    file: usize,
    rows: u64,
    start: RowStart,
}

/// What is shared by the threads of a pass.
struct Pass<'a, 'p> {
    counting: &'a Counting<'a>,
    plan: &'p LivePlan,
    groups: Vec<Group>,
    bytes: AtomicU64,
    /// For progress: column chunks counted so far, of each row group.
    chunks: Vec<AtomicUsize>,
}

impl Counting<'_> {
    /// Counts a table by row groups and columns.
    pub(super) fn by_groups<'p>(
        &self,
        plan: &'p LivePlan,
        footers: &dyn Footers,
        cost: &mut Cost,
    ) -> Result<Counted<'p>, MetricError> {
        let groups = self.places(footers)?;
        let chunks = groups.iter().map(|_| AtomicUsize::new(0)).collect();
        let pass = Pass { counting: self, plan, groups, bytes: AtomicU64::new(0), chunks };
        let mut columns: Vec<Mutex<ColumnCounter<'p>>> =
            plan.columns.iter().map(|column| Mutex::new(ColumnCounter::new(column))).collect();
        let workers: Vec<Mutex<Together<'p>>> = (0..self.threads).map(|_| Mutex::new(Together::new(plan))).collect();
        for slab in pass.slabs() {
            let placed = pass.place(slab.clone(), &workers)?;
            pass.count(slab, &placed, &mut columns)?;
        }
        let rows = pass.groups.iter().map(|group| group.rows).sum();
        cost.passes += 1;
        cost.bytes_read += pass.bytes.into_inner();
        cost.rows_scanned += rows;
        cost.row_groups_read = cost.row_groups_read.max(pass.groups.len() as u64);
        let mut workers: Vec<Together<'p>> = workers.into_iter().map(into_inner).collect();
        if !plan.places_rows() {
            workers[0].count_rows(rows);
        }
        Ok(Counted { found: Together::finish(workers), columns: columns.into_iter().map(into_inner).collect() })
    }

    /// Where the row groups lie.
    fn places(&self, footers: &dyn Footers) -> Result<Vec<Group>, MetricError> {
        let n = footers.groups();
        let mut feed = footers.feed_groups(&[], (0..n).collect())?;
        let mut groups: Vec<Group> = Vec::with_capacity(n);
        for number in 0..n {
            let file = feed.next().ok_or_else(|| unsupported("a row group is missing"))??.file();
            let rows = footers.rows(number);
            let start = groups.last().map_or_else(RowStart::default, |before| RowStart {
                in_file: if before.file == file { before.start.in_file + before.rows } else { 0 },
                in_table: before.start.in_table + before.rows,
            });
            groups.push(Group { file, rows, start });
        }
        Ok(groups)
    }
}

impl<'p> Pass<'_, 'p> {
    /// Row groups that are done together: all, or as many as the places of their rows may take memory.
    fn slabs(&self) -> Vec<Range<usize>> {
        let n = self.groups.len();
        if !self.plan.places_rows() {
            return std::iter::once(0..n).collect();
        }
        let labels = if self.plan.labels.is_some() { 4 } else { 0 };
        let most = (SLAB / (self.plan.placing.bytes_per_row() + labels)) as u64;
        let mut slabs = Vec::new();
        let mut from = 0;
        while from < n {
            let mut rows = 0;
            let fits = |group: &&Group| {
                rows += group.rows;
                rows <= most
            };
            let fitting = self.groups[from..].iter().take_while(fits).count();
            let to = (from + fitting.max(self.counting.threads)).min(n);
            slabs.push(from..to);
            from = to;
        }
        slabs
    }

    /// Places the rows of a slab, row group by row group; empty where all rows are in one window.
    fn place(&self, slab: Range<usize>, workers: &[Mutex<Together<'p>>]) -> Result<Vec<Placed>, MetricError> {
        if !self.plan.places_rows() {
            return Ok(Vec::new());
        }
        let placed: Vec<Mutex<Placed>> = slab.clone().map(|_| Mutex::default()).collect();
        let columns = &self.plan.together.0;
        self.in_parallel(slab.len(), |worker, task| {
            let group = slab.start + task;
            // a worker's lock is its own, and a row group's is this task's
            let mut together = lock(&workers[worker]);
            let mut all = lock(&placed[task]);
            let mut row = self.groups[group].start.in_table;
            self.read(group, columns, |block| {
                all.append(together.block(block, row)?);
                row += block.rows() as u64;
                Ok(())
            })
        })?;
        Ok(placed.into_iter().map(into_inner).collect())
    }

    /// Counts the columns of a slab.
    fn count(
        &self,
        slab: Range<usize>,
        placed: &[Placed],
        columns: &mut [Mutex<ColumnCounter<'p>>],
    ) -> Result<(), MetricError> {
        if columns.is_empty() {
            for group in slab {
                self.counting.watch.advance(self.groups[group].rows, 0);
            }
            return Ok(());
        }
        // few columns are divided by row groups, too, so that there is work for all threads
        let parts = (2 * self.counting.threads).div_ceil(columns.len()).min(slab.len()).max(1);
        let step = slab.len().div_ceil(parts);
        let columns = &*columns;
        self.in_parallel(columns.len() * parts, |_, task| {
            let (column, part) = (task / parts, task % parts);
            let from = slab.start + (part * step).min(slab.len());
            let to = slab.start + ((part + 1) * step).min(slab.len());
            let plan = &self.plan.columns[column];
            let mut tools = Tools::new(plan, self.plan.fine);
            if parts == 1 {
                let counter = &mut lock(&columns[column]);
                (from..to)
                    .try_for_each(|group| self.chunk(group, slab.start, placed, counter, &mut tools, plan.index))?;
                counter.rest(&tools);
                return Ok(());
            }
            let mut counter = ColumnCounter::new(plan);
            (from..to)
                .try_for_each(|group| self.chunk(group, slab.start, placed, &mut counter, &mut tools, plan.index))?;
            counter.rest(&tools);
            lock(&columns[column]).merge(counter);
            Ok(())
        })
    }

    /// Counts one column chunk.
    fn chunk(
        &self,
        group: usize,
        first: usize,
        placed: &[Placed],
        counter: &mut ColumnCounter<'p>,
        tools: &mut Tools,
        column: usize,
    ) -> Result<(), MetricError> {
        let of = &self.groups[group];
        let file = self.plan.files[of.file];
        let mut from = 0;
        self.read(group, &[column], |block| {
            let rows = block.rows();
            let row = of.start.in_file + from as u64;
            let here = match placed.get(group - first) {
                Some(placed) => placed.here(from, rows, file, row),
                None => Here::whole(rows, file, row),
            };
            from += rows;
            counter.block(tools, block.batch.column(0), &here)
        })?;
        // progress speaks of rows: each chunk is worth its share of them
        let n = self.plan.columns.len() as u64;
        let done = self.chunks[group].fetch_add(1, Ordering::Relaxed) as u64;
        self.counting.watch.advance(of.rows * (done + 1) / n - of.rows * done / n, 0);
        Ok(())
    }

    /// Reads some columns of a row group.
    fn read(
        &self,
        group: usize,
        columns: &[usize],
        mut sink: impl FnMut(&Block) -> Result<(), MetricError>,
    ) -> Result<(), MetricError> {
        let table = self.counting.table;
        let mut feed = table.feed(columns, false, Some(vec![group]))?;
        let work = feed.next().ok_or_else(|| unsupported("a row group is missing"))??;
        let (file, bytes) = (work.file(), work.bytes());
        guarded(&table.files[file].shown, || {
            work.run(&mut |block| {
                if self.counting.watch.cancelled() {
                    return Err(interrupted());
                }
                sink(&table.complete(block, columns, file)?)
            })
        })?;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.counting.watch.advance(0, bytes);
        Ok(())
    }

    /// Does tasks on all threads, in order of their numbers; the error of the first one that failed.
    fn in_parallel(
        &self,
        tasks: usize,
        task: impl Fn(usize, usize) -> Result<(), MetricError> + Sync,
    ) -> Result<(), MetricError> {
        let next = AtomicUsize::new(0);
        let halt = AtomicBool::new(false);
        let failed: Mutex<Option<(usize, MetricError)>> = Mutex::new(None);
        let work = |worker: usize| {
            while !halt.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= tasks {
                    return;
                }
                if let Err(error) = task(worker, number) {
                    halt.store(true, Ordering::Relaxed);
                    let mut failed = lock(&failed);
                    if failed.as_ref().is_none_or(|(earlier, _)| number < *earlier) {
                        *failed = Some((number, error));
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for worker in 1..self.counting.threads.min(tasks) {
                scope.spawn(move || work(worker));
            }
            work(0);
        });
        into_inner(failed).map_or(Ok(()), |(_, error)| Err(error))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
