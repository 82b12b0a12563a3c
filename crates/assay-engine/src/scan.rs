//! One pass over a table: work handed out in file order, done by as many threads as there are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use assay_core::engine::{Cost, Watch};
use assay_core::measurement::MetricError;

use crate::block::Block;
use crate::error::interrupted;
use crate::guarded::guarded;
use crate::sources::{Feed, Work};
use crate::table::OpenedTable;

/// What is done with the rows, one value per thread.
pub(crate) trait Worker: Send {
    /// Takes a block.
    fn block(&mut self, at: Place, block: &Block) -> Result<(), MetricError>;
    /// A piece of work of so many bytes ended, at the row `at` says.
    fn end_of_work(&mut self, at: Place, bytes: u64) {
        let _ = (at, bytes);
    }
}

/// Where a block lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Number of the piece of work in this pass, in file order.
    pub(crate) work: u64,
    /// Index of the file.
    pub(crate) file: usize,
    /// Row of the work at which the block starts (or the work ended).
    pub(crate) row: u64,
}

/// What to read.
pub(crate) struct Scan<'a> {
    /// The table.
    pub(crate) table: &'a OpenedTable,
    /// Its columns, by index.
    pub(crate) columns: &'a [usize],
    /// Whether blocks also hold the text before parsing.
    pub(crate) raw: bool,
    /// The row groups to read, in this order; `None`: everything.
    pub(crate) groups: Option<Vec<usize>>,
    /// Set by a worker that needs no more: no new work is begun.
    pub(crate) stop: &'a AtomicBool,
}

/// Reads once; gives the workers back, and what it took. The first error ends the pass.
pub(crate) fn scan<W: Worker>(
    what: Scan<'_>,
    threads: usize,
    watch: &dyn Watch,
    make: impl Fn() -> Result<W, MetricError>,
) -> Result<(Vec<W>, Cost), MetricError> {
    let feed = what.table.feed(what.columns, what.raw, what.groups.clone())?;
    let shared = Shared {
        feed: Mutex::new((feed, 0)),
        failed: Mutex::new(None),
        halt: AtomicBool::new(false),
        rows: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        works: AtomicU64::new(0),
    };
    let mut workers = (0..threads.max(1)).map(|_| make()).collect::<Result<Vec<_>, _>>()?;
    let (first, rest) = workers.split_first_mut().expect("there is at least one worker");
    std::thread::scope(|scope| {
        for worker in rest {
            scope.spawn(|| shared.work(&what, watch, worker));
        }
        shared.work(&what, watch, first);
    });
    if let Some((_, error)) = shared.failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error);
    }
    let groups = if what.table.open.footers().is_some() { shared.works.into_inner() } else { 0 };
    let cost = Cost {
        passes: 1,
        bytes_read: shared.bytes.into_inner(),
        row_groups_read: groups,
        rows_scanned: shared.rows.into_inner(),
        ..Cost::default()
    };
    Ok((workers, cost))
}

/// The next piece of work, or why there is none.
type NextWork = Result<Box<dyn Work>, MetricError>;

struct Shared {
    feed: Mutex<(Box<dyn Feed>, u64)>,
    /// The error of the earliest work, so that it does not depend on which thread was first.
    failed: Mutex<Option<(u64, MetricError)>>,
    halt: AtomicBool,
    rows: AtomicU64,
    bytes: AtomicU64,
    works: AtomicU64,
}

impl Shared {
    fn next(&self) -> Option<(u64, NextWork)> {
        let mut feed = self.feed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let work = feed.0.next()?;
        feed.1 += 1;
        Some((feed.1 - 1, work))
    }

    fn fail(&self, work: u64, error: MetricError) {
        self.halt.store(true, Ordering::Relaxed);
        let mut failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if failed.as_ref().is_none_or(|(earlier, _)| work < *earlier) {
            *failed = Some((work, error));
        }
    }

    fn work<W: Worker>(&self, what: &Scan<'_>, watch: &dyn Watch, worker: &mut W) {
        while !self.halt.load(Ordering::Relaxed) && !what.stop.load(Ordering::Relaxed) {
            if watch.cancelled() {
                return self.fail(0, interrupted());
            }
            let Some((number, work)) = self.next() else { return };
            let done = work.and_then(|work| self.one(what, watch, worker, number, work));
            if let Err(error) = done {
                return self.fail(number, error);
            }
        }
    }

    fn one<W: Worker>(
        &self,
        what: &Scan<'_>,
        watch: &dyn Watch,
        worker: &mut W,
        number: u64,
        work: Box<dyn Work>,
    ) -> Result<(), MetricError> {
        let file = work.file();
        let bytes = work.bytes();
        let mut at = Place { work: number, file, row: 0 };
        let mut sink = |block: Block| {
            if watch.cancelled() {
                return Err(interrupted());
            }
            let rows = block.rows() as u64;
            worker.block(at, &what.table.complete(block, what.columns, file)?)?;
            at.row += rows;
            watch.advance(rows, 0);
            Ok(())
        };
        guarded(&what.table.files[file].shown, || work.run(&mut sink))?;
        worker.end_of_work(at, bytes);
        watch.advance(0, bytes);
        self.rows.fetch_add(at.row, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.works.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
