//! From metrics to what a pass does with each block.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use assay_core::measurement::{Extremes, Measurement, MetricError, Tally};
use assay_core::metric::{Column, Filter, Metric, MetricKind};
use assay_core::value::Value;

use crate::block::Block;
use crate::measures::duplicates::{DuplicateCounter, DuplicateLocal, DuplicatePlan, Recheck, RecheckLocal, word_range};
use crate::measures::extremes;
use crate::measures::orphans::KeySet;
use crate::measures::quantiles::{QuantileCounter, QuantileLocal};
use crate::measures::spill::SpillDir;
use crate::measures::sum::SumState;
use crate::options::Budget;
use crate::rows::{Projection, RowFilter, RowTest};
use crate::scan::{Place, Worker};
use crate::table::OpenedTable;

/// What a pass measures: planned once, shared by its workers.
pub(crate) struct Pass {
    pub(crate) projection: Projection,
    filters: Vec<RowFilter>,
    pub(crate) items: Vec<Item>,
}

/// One metric of a pass.
pub(crate) struct Item {
    pub(crate) metric: Metric,
    /// Index into the filters; `None`: all rows.
    filter: Option<usize>,
    pub(crate) step: Step,
    /// For formats with footers: the row groups this metric still needs, by number of the work; `None`: all.
    pub(crate) needed: Option<Vec<bool>>,
}

/// What is done with a block for a metric.
pub(crate) enum Step {
    Rows,
    Tally(RowTest),
    Extremes(usize),
    Sum(usize),
    Duplicates { at: Vec<usize>, counter: DuplicateCounter },
    Recheck { at: Vec<usize>, recheck: Recheck },
    Quantiles { at: usize, counter: QuantileCounter },
    Orphans { at: Vec<usize>, keys: Arc<KeySet> },
}

/// What a worker has measured so far.
pub(crate) enum State {
    Rows(u64),
    Tally(Tally),
    Extremes(Extremes),
    Sum(SumState),
    Duplicates(DuplicateLocal),
    Recheck(RecheckLocal),
    Quantiles(QuantileLocal),
}

/// What planning a pass needs to know.
pub(crate) struct Planning<'a> {
    pub(crate) table: &'a OpenedTable,
    pub(crate) budget: &'a Budget,
    pub(crate) spill: &'a SpillDir,
    pub(crate) footers: bool,
    /// Keys of other tables, by the metric that needs them.
    pub(crate) other_keys: &'a BTreeMap<Metric, Arc<KeySet>>,
}

impl Pass {
    pub(crate) fn new() -> Self {
        Pass { projection: Projection::default(), filters: Vec::new(), items: Vec::new() }
    }

    /// Adds a metric. Metrics over the same rows share one filter.
    pub(crate) fn add(
        &mut self,
        metric: &Metric,
        with: &Planning<'_>,
        filters: &mut BTreeMap<Filter, usize>,
    ) -> Result<(), MetricError> {
        let step = self.step(metric, with)?;
        self.add_step(metric, step, with, filters)
    }

    /// Adds a metric whose step is known.
    pub(crate) fn add_step(
        &mut self,
        metric: &Metric,
        step: Step,
        with: &Planning<'_>,
        filters: &mut BTreeMap<Filter, usize>,
    ) -> Result<(), MetricError> {
        let filter = if metric.filter.0.is_empty() {
            None
        } else if let Some(at) = filters.get(&metric.filter) {
            Some(*at)
        } else {
            let planned = RowFilter::plan(with.table, &metric.filter, &mut self.projection)?;
            self.filters.push(planned);
            filters.insert(metric.filter.clone(), self.filters.len() - 1);
            Some(self.filters.len() - 1)
        };
        self.items.push(Item { metric: metric.clone(), filter, step, needed: None });
        Ok(())
    }

    pub(crate) fn places(&mut self, table: &OpenedTable, columns: &[Column]) -> Result<Vec<usize>, MetricError> {
        columns.iter().map(|c| Ok(self.projection.place(table.index(&c.0)?))).collect()
    }

    fn step(&mut self, metric: &Metric, with: &Planning<'_>) -> Result<Step, MetricError> {
        let table = with.table;
        Ok(match &metric.kind {
            MetricKind::RowCount => Step::Rows,
            MetricKind::Matches(predicate) => Step::Tally(RowTest::plan(table, predicate, &mut self.projection)?),
            MetricKind::Extremes(column) => Step::Extremes(self.projection.place(table.index(&column.0)?)),
            MetricKind::Sum(column) => Step::Sum(self.projection.place(table.index(&column.0)?)),
            MetricKind::Quantiles { column, levels } => {
                let index = table.index(&column.0)?;
                let ty = table.schema.field(index).data_type();
                let counter = QuantileCounter::new(ty, levels.clone(), with.budget.clone(), with.spill)?;
                Step::Quantiles { at: self.projection.place(index), counter }
            }
            MetricKind::Duplicates { columns, nulls } => {
                let at = self.places(table, columns)?;
                let indices = columns.iter().map(|c| table.index(&c.0)).collect::<Result<Vec<_>, _>>()?;
                let plan = DuplicatePlan {
                    types: indices.iter().map(|i| table.schema.field(*i).data_type().clone()).collect(),
                    nulls: *nulls,
                    range: if with.footers { key_range(table, &indices) } else { None },
                    rows: table.open.rows(),
                };
                Step::Duplicates { at, counter: DuplicateCounter::new(plan, with.budget.clone(), with.spill) }
            }
            MetricKind::Orphans { columns, .. } => {
                let keys = with
                    .other_keys
                    .get(metric)
                    .ok_or_else(|| crate::error::unsupported("the other table was not read"))?;
                Step::Orphans { at: self.places(table, columns)?, keys: keys.clone() }
            }
            MetricKind::Live(_) => {
                return Err(crate::error::unsupported("live rows are counted in a pass of their own"));
            }
        })
    }

    /// A worker's empty states.
    pub(crate) fn worker(&self) -> Measure<'_> {
        let states = self.items.iter().map(|item| Ok(item.step.state())).collect();
        Measure { pass: self, states }
    }
}

/// The smallest and largest value of a single column over all row groups, where all footers tell.
pub(crate) fn key_range(table: &OpenedTable, indices: &[usize]) -> Option<(i128, i128)> {
    let [column] = indices else { return None };
    let footers = table.open.footers().filter(|_| table.is_plain(*column))?;
    let mut all: Option<(Value, Value)> = None;
    for group in 0..footers.groups() {
        let stats = footers.column(group, *column);
        if stats.nulls == Some(footers.rows(group)) {
            continue;
        }
        let (min, max) = stats.range?;
        all = Some(match all {
            None => (min, max),
            Some((a, b)) => (a.min(min), b.max(max)),
        });
    }
    let (min, max) = all?;
    word_range(table.schema.field(*column).data_type(), &min, &max)
}

impl Step {
    fn state(&self) -> State {
        match self {
            Step::Rows => State::Rows(0),
            Step::Tally(_) | Step::Orphans { .. } => State::Tally(Tally::default()),
            Step::Extremes(_) => State::Extremes(Extremes::default()),
            Step::Sum(_) => State::Sum(SumState::default()),
            Step::Duplicates { counter, .. } => State::Duplicates(counter.local()),
            Step::Recheck { recheck, .. } => State::Recheck(recheck.local()),
            Step::Quantiles { counter, .. } => State::Quantiles(counter.local()),
        }
    }
}

/// A worker that measures: a state for each item, or the first error of it.
pub(crate) struct Measure<'a> {
    pass: &'a Pass,
    pub(crate) states: Vec<Result<State, MetricError>>,
}

impl Worker for Measure<'_> {
    fn block(&mut self, at: Place, block: &Block) -> Result<(), MetricError> {
        // a filter that fails is an error of the metrics that use it alone
        let selected: Vec<Result<Option<BooleanBuffer>, MetricError>> =
            self.pass.filters.iter().map(|f| f.select(block)).collect();
        for (item, state) in self.pass.items.iter().zip(&mut self.states) {
            let Ok(current) = state else { continue };
            if item.needed.as_ref().is_some_and(|needed| !needed[at.work as usize]) {
                continue;
            }
            let rows = match item.filter.map(|f| &selected[f]) {
                None => None,
                Some(Ok(rows)) => rows.as_ref(),
                Some(Err(error)) => {
                    *state = Err(error.clone());
                    continue;
                }
            };
            if let Err(error) = update(&item.step, current, block, rows) {
                *state = Err(error);
            }
        }
        Ok(())
    }

    fn end_of_work(&mut self, at: Place, _bytes: u64) {
        for state in self.states.iter_mut().flatten() {
            if let State::Sum(sum) = state {
                sum.end_of_work(at.work);
            }
        }
    }
}

fn update(step: &Step, state: &mut State, block: &Block, selected: Option<&BooleanBuffer>) -> Result<(), MetricError> {
    let arrays = |at: &[usize]| -> Vec<ArrayRef> { at.iter().map(|p| block.batch.column(*p).clone()).collect() };
    let unparsed =
        |at: &[usize]| -> Vec<Option<BooleanBuffer>> { at.iter().map(|p| block.unparsed[*p].clone()).collect() };
    match (step, state) {
        (Step::Rows, State::Rows(n)) => *n += selected.map_or(block.rows(), BooleanBuffer::count_set_bits) as u64,
        (Step::Tally(test), State::Tally(tally)) => tally.merge(&test.decide(block)?.tally(selected)),
        (Step::Extremes(at), State::Extremes(extremes)) => {
            extremes.merge(&extremes::of(block.batch.column(*at), selected)?)
        }
        (Step::Sum(at), State::Sum(sum)) => sum.update(block.batch.column(*at), selected)?,
        (Step::Duplicates { at, .. }, State::Duplicates(local)) => {
            local.update(&arrays(at), &unparsed(at), selected)?
        }
        (Step::Recheck { at, .. }, State::Recheck(local)) => local.update(&arrays(at), &unparsed(at), selected)?,
        (Step::Quantiles { at, .. }, State::Quantiles(local)) => {
            local.update(block.batch.column(*at), block.unparsed[*at].as_ref(), selected)?
        }
        (Step::Orphans { at, keys }, State::Tally(tally)) => {
            tally.merge(&keys.tally(&arrays(at), &unparsed(at), selected)?)
        }
        _ => unreachable!("a state is made by its own step"),
    }
    Ok(())
}

/// Adds the states of all workers to one answer, for steps whose states merge without help.
pub(crate) fn merge(states: Vec<State>) -> Option<Measurement> {
    let mut sums = Vec::new();
    let mut merged: Option<Measurement> = None;
    for state in states {
        let part = match state {
            State::Rows(n) => Measurement::Rows(n),
            State::Tally(tally) => Measurement::Tally(tally),
            State::Extremes(extremes) => Measurement::Extremes(extremes),
            State::Sum(sum) => {
                sums.push(sum);
                continue;
            }
            State::Duplicates(_) | State::Recheck(_) | State::Quantiles(_) => return None,
        };
        merged = Some(match merged {
            None => part,
            Some(before) => before.merged(&part)?,
        });
    }
    if sums.is_empty() { merged } else { Some(Measurement::Sum(SumState::finish(sums))) }
}
