//! Failing rows: the first few in key order, fetched in one bounded pass for the checks that failed.
//!
//! Work that cannot hold an earlier row is not read: with a key, row groups whose smallest key (by their footers) is
//! beyond the last row kept; without one, everything after the file place where all requests are satisfied.

use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter;
use arrow::row::{OwnedRow, RowConverter, SortField};
use assay_core::check::Tables;
use assay_core::engine::{Cell, Cost, RowName, RowRequest, SampleReport, SampleRow, Watch};
use assay_core::measurement::MetricError;
use assay_core::metric::{Column, MetricKind, TableId};
use assay_core::value::Value;

use crate::arrow_types::cell_at;
use crate::block::Block;
use crate::error::{arrow, unsupported};
use crate::measures::duplicates::DuplicatedKeys;
use crate::measures::orphans::KeySet;
use crate::rows::{Projection, RowFilter, RowTest};
use crate::scan::{Place, Scan, Worker, scan};
use crate::table::OpenedTable;

/// Fetches what is asked for, one pass per table.
pub(crate) fn fetch(
    requests: &[RowRequest],
    tables: &Tables,
    threads: usize,
    footers: bool,
    watch: &dyn Watch,
) -> SampleReport {
    let mut by_table: BTreeMap<TableId, Vec<usize>> = BTreeMap::new();
    for (at, request) in requests.iter().enumerate() {
        by_table.entry(request.selector.metric.table).or_default().push(at);
    }
    let mut samples: Vec<Result<Vec<SampleRow>, MetricError>> = requests.iter().map(|_| Ok(Vec::new())).collect();
    let mut costs = BTreeMap::new();
    for (id, indices) in by_table {
        let snapshot = &tables.get(id).snapshot;
        let Some(table) = OpenedTable::of(snapshot) else {
            indices.iter().for_each(|at| samples[*at] = Err(unsupported("the table was opened by another engine")));
            continue;
        };
        let mut plan = Plan { projection: Projection::default(), wants: Vec::new() };
        for at in indices {
            if let Err(error) = plan.add(table, &requests[at], at) {
                samples[at] = Err(error);
            }
        }
        if plan.wants.is_empty() {
            continue;
        }
        watch.begin(&table.name, table.open.rows(), snapshot.bytes);
        let done = plan.run(table, threads, footers, watch);
        watch.end();
        match done {
            Ok((rows, cost)) => {
                costs.insert(id, cost);
                rows.into_iter().for_each(|(at, rows)| samples[at] = rows);
            }
            Err(error) => plan.wants.iter().for_each(|want| samples[want.request] = Err(error.clone())),
        }
    }
    SampleReport { samples, costs }
}

/// What one pass fetches.
struct Plan {
    projection: Projection,
    wants: Vec<Want>,
}

/// One request, ready to be run.
struct Want {
    /// Its place among the requests.
    request: usize,
    keep: usize,
    filter: RowFilter,
    rows: FailingRows,
    key: Vec<usize>,
    converter: RowConverter,
    show: Vec<usize>,
    /// The key's first column in the table, for footers.
    key_column: Option<usize>,
}

enum FailingRows {
    Test(RowTest),
    Duplicated { at: Vec<usize>, keys: std::sync::Arc<DuplicatedKeys> },
    Orphaned { at: Vec<usize>, keys: std::sync::Arc<KeySet> },
}

impl Plan {
    fn add(&mut self, table: &OpenedTable, request: &RowRequest, at: usize) -> Result<(), MetricError> {
        let metric = &request.selector.metric;
        let filter = RowFilter::plan(table, &metric.filter, &mut self.projection)?;
        let kept = table.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let lost = || unsupported("the rows at fault are not known any more");
        let mut sql_columns = Vec::new();
        let rows = match &metric.kind {
            MetricKind::Matches(predicate) => {
                let test = RowTest::plan(table, predicate, &mut self.projection)?;
                if let RowTest::Sql { sql, .. } = &test {
                    sql_columns = sql.columns().to_vec();
                }
                FailingRows::Test(test)
            }
            MetricKind::Duplicates { columns, .. } => FailingRows::Duplicated {
                at: places(table, &mut self.projection, columns)?,
                keys: kept.duplicated.get(metric).cloned().ok_or_else(lost)?,
            },
            MetricKind::Orphans { columns, .. } => FailingRows::Orphaned {
                at: places(table, &mut self.projection, columns)?,
                keys: kept.other_keys.get(metric).cloned().ok_or_else(lost)?,
            },
            MetricKind::RowCount
            | MetricKind::Extremes(_)
            | MetricKind::Sum(_)
            | MetricKind::Quantiles { .. }
            | MetricKind::Live(_) => {
                return Err(unsupported("no single row is at fault"));
            }
        };
        let key = places(table, &mut self.projection, &request.key)?;
        let mut show = places(table, &mut self.projection, &request.selector.show)?;
        show.extend(sql_columns.iter().map(|c| self.projection.place(*c)));
        show.retain(|p| !key.contains(p));
        show.dedup();
        let key_types =
            key.iter().map(|p| SortField::new(table.schema.field(self.projection.0[*p]).data_type().clone()));
        let converter = RowConverter::new(key_types.collect()).map_err(arrow)?;
        let key_column = request.key.first().map(|c| table.index(&c.0)).transpose()?;
        self.wants.push(Want {
            request: at,
            keep: request.keep as usize,
            filter,
            rows,
            key,
            converter,
            show,
            key_column,
        });
        Ok(())
    }

    fn run(
        &self,
        table: &OpenedTable,
        threads: usize,
        footers: bool,
        watch: &dyn Watch,
    ) -> Result<(Vec<(usize, Rows)>, Cost), MetricError> {
        let order = self.order(table, footers);
        let stop = AtomicBool::new(false);
        let shared = Shared {
            best: self.wants.iter().map(|_| Mutex::new(Ok(BinaryHeap::new()))).collect(),
            works: Mutex::default(),
            stop: &stop,
            order: &order,
        };
        // typed sources have no text before parsing and leave it out
        let groups = order.as_ref().map(|groups| groups.iter().map(|g| g.group).collect());
        let what = Scan { table, columns: &self.projection.0, raw: true, groups, stop: &stop };
        // in file order one thread finds the first rows soonest; with more, later work would be read for nothing
        let threads = if order.is_some() { 1 } else { threads };
        scan(what, threads, watch, || Ok(Pick { plan: self, shared: &shared }))?;
        let works = shared.works.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        // what other threads had begun when the last row was found depends on chance and is not counted
        let last_needed = if order.is_none() && stop.load(Ordering::Relaxed) {
            let furthest = |best: &Mutex<Best>| {
                let best = best.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                best.as_ref().ok().and_then(|heap| heap.peek().map(|row| row.at.work))
            };
            shared.best.iter().filter_map(furthest).max().unwrap_or(0)
        } else {
            u64::MAX
        };
        // row groups are counted by what measuring needed: of those, samples read again
        let needed = || works.range(..=last_needed).map(|(_, ended)| ended);
        let cost = Cost {
            sample_passes: 1,
            bytes_read: needed().map(|ended| ended.bytes).sum(),
            rows_scanned: needed().map(|ended| ended.rows).sum(),
            ..Cost::default()
        };
        let rows = self
            .wants
            .iter()
            .zip(shared.best)
            .map(|(want, best)| {
                let best = best.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
                (want.request, best.map(|heap| named(heap.into_sorted_vec(), &works, table)))
            })
            .collect();
        Ok((rows, cost))
    }

    /// Row groups by their smallest key, where every request is named by the same first key column and footers know
    /// its range; `None`: file order.
    fn order(&self, table: &OpenedTable, footers: bool) -> Option<Vec<Group>> {
        let footers = table.open.footers().filter(|_| footers)?;
        let column = self.wants.first()?.key_column?;
        if self.wants.iter().any(|w| w.key_column != Some(column)) || !table.is_plain(column) {
            return None;
        }
        let mut groups = Vec::new();
        for group in (0..footers.groups()).filter(|g| footers.rows(*g) > 0) {
            let stats = footers.column(group, column);
            // nulls come first in key order
            let has_nulls = stats.nulls != Some(0);
            groups.push(Group { group, lowest: if has_nulls { None } else { Some(stats.range?.0) } });
        }
        groups.sort_by(|a, b| (&a.lowest, a.group).cmp(&(&b.lowest, b.group)));
        Some(groups)
    }
}

/// A row group and the smallest value of the key's first column in it; `None` where it may be null.
struct Group {
    group: usize,
    lowest: Option<Value>,
}

fn places(table: &OpenedTable, projection: &mut Projection, columns: &[Column]) -> Result<Vec<usize>, MetricError> {
    columns.iter().map(|c| Ok(projection.place(table.index(&c.0)?))).collect()
}

/// A failing row, ordered by key, then by place. The heap's largest is the first to go.
struct Candidate {
    key: Option<OwnedRow>,
    first_key: Option<Value>,
    at: Place,
    cells: Vec<(String, Cell)>,
    values: Vec<(String, Cell)>,
}

impl Candidate {
    fn order(&self) -> (Option<&OwnedRow>, Place) {
        (self.key.as_ref(), self.at)
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

/// The rows of a request, or why there are none.
type Rows = Result<Vec<SampleRow>, MetricError>;

type Best = Result<BinaryHeap<Candidate>, MetricError>;

/// A piece of work that was read to its end.
struct Ended {
    file: usize,
    rows: u64,
    bytes: u64,
}

struct Shared<'a> {
    best: Vec<Mutex<Best>>,
    /// The works that were read, by their number.
    works: Mutex<BTreeMap<u64, Ended>>,
    stop: &'a AtomicBool,
    order: &'a Option<Vec<Group>>,
}

struct Pick<'a> {
    plan: &'a Plan,
    shared: &'a Shared<'a>,
}

impl Worker for Pick<'_> {
    fn block(&mut self, at: Place, block: &Block) -> Result<(), MetricError> {
        for (want, best) in self.plan.wants.iter().zip(&self.shared.best) {
            let picked = want.failing(block);
            let mut best = best.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let Ok(heap) = best.as_mut() else { continue };
            let done = picked
                .and_then(|rows| if rows.count_set_bits() == 0 { Ok(()) } else { want.take(block, &rows, at, heap) });
            if let Err(error) = done {
                *best = Err(error);
            }
        }
        Ok(())
    }

    fn end_of_work(&mut self, at: Place, bytes: u64) {
        let mut works = self.shared.works.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        works.insert(at.work, Ended { file: at.file, rows: at.row, bytes });
        drop(works);
        let finished = self.plan.wants.iter().zip(&self.shared.best).all(|(want, best)| {
            let best = best.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let Ok(heap) = best.as_ref() else { return true };
            if heap.len() < want.keep {
                return false;
            }
            match self.shared.order {
                // later work holds later places only, and whatever is read at the same time is read to its end
                None => want.key.is_empty(),
                Some(groups) => match (groups.get(at.work as usize + 1), heap.peek()) {
                    (Some(next), Some(last)) => last.first_key.is_some() && next.lowest > last.first_key,
                    _ => true,
                },
            }
        });
        if finished {
            self.shared.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Want {
    fn failing(&self, block: &Block) -> Result<BooleanBuffer, MetricError> {
        let selected = self.filter.select(block)?;
        let arrays = |at: &[usize]| -> Vec<ArrayRef> { at.iter().map(|p| block.batch.column(*p).clone()).collect() };
        let unparsed =
            |at: &[usize]| -> Vec<Option<BooleanBuffer>> { at.iter().map(|p| block.unparsed[*p].clone()).collect() };
        match &self.rows {
            FailingRows::Test(test) => Ok(test.decide(block)?.failing(selected.as_ref())),
            FailingRows::Duplicated { at, keys } => keys.members(&arrays(at), &unparsed(at), selected.as_ref()),
            FailingRows::Orphaned { at, keys } => keys.members(&arrays(at), &unparsed(at), selected.as_ref()),
        }
    }

    /// Offers the failing rows of a block to the best so far.
    fn take(
        &self,
        block: &Block,
        rows: &BooleanBuffer,
        at: Place,
        heap: &mut BinaryHeap<Candidate>,
    ) -> Result<(), MetricError> {
        let mask = BooleanArray::new(rows.clone(), None);
        let indices: Vec<usize> = rows.set_indices().collect();
        let keys = if self.key.is_empty() {
            None
        } else {
            let mut columns = Vec::with_capacity(self.key.len());
            for place in &self.key {
                let column = filter(block.batch.column(*place), &mask).map_err(arrow)?;
                let plain = match block.batch.column(*place).data_type() {
                    arrow::datatypes::DataType::Utf8View
                    | arrow::datatypes::DataType::Dictionary(..)
                    | arrow::datatypes::DataType::LargeUtf8 => {
                        arrow::compute::cast(&column, &arrow::datatypes::DataType::Utf8).map_err(arrow)?
                    }
                    _ => column,
                };
                columns.push(plain);
            }
            Some(self.converter.convert_columns(&columns).map_err(arrow)?)
        };
        for (n, row) in indices.into_iter().enumerate() {
            let place = Place { row: at.row + row as u64, ..at };
            let key = keys.as_ref().map(|k| k.row(n));
            if heap.len() >= self.keep {
                let Some(last) = heap.peek() else { return Ok(()) };
                let later = match (&key, &last.key) {
                    (Some(key), Some(kept)) => (*key, place) >= (kept.row(), last.at),
                    _ => place >= last.at,
                };
                if later {
                    continue;
                }
            }
            let first_key =
                self.key.first().and_then(|p| crate::arrow_types::value_at(block.batch.column(*p).as_ref(), row));
            let cells = |places: &[usize]| {
                places
                    .iter()
                    .map(|p| (block.batch.schema_ref().field(*p).name().clone(), cell(block, *p, row)))
                    .collect()
            };
            heap.push(Candidate {
                key: key.map(|k| k.owned()),
                first_key,
                at: place,
                cells: cells(&self.key),
                values: cells(&self.show),
            });
            if heap.len() > self.keep {
                heap.pop();
            }
        }
        Ok(())
    }
}

/// A cell as it is shown; one that did not parse as its text.
fn cell(block: &Block, at: usize, row: usize) -> Cell {
    let unparsed = block.unparsed[at].as_ref().is_some_and(|u| u.value(row));
    match &block.raw[at] {
        Some(raw) if unparsed && !raw.is_null(row) => cell_at(raw, row),
        _ => cell_at(block.batch.column(at), row),
    }
}

fn named(rows: Vec<Candidate>, works: &BTreeMap<u64, Ended>, table: &OpenedTable) -> Vec<SampleRow> {
    rows.into_iter()
        .map(|row| {
            let name = if row.key.is_some() {
                RowName::Key(row.cells)
            } else {
                let earlier = works.range(..row.at.work).map(|(_, ended)| ended).filter(|e| e.file == row.at.file);
                let before: u64 = earlier.map(|ended| ended.rows).sum();
                RowName::Place { file: table.files[row.at.file].shown.clone(), row: before + row.at.row }
            };
            SampleRow { name, values: row.values }
        })
        .collect()
}
