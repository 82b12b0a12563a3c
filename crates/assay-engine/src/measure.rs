//! Measures the metrics of a table: what footers prove, one pass for the rest, and a second one only where equal
//! hashes have to be compared by value.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use assay_core::check::Tables;
use assay_core::engine::{Cost, Watch};
use assay_core::measurement::{Answered, Measured, Measurement, MetricError};
use assay_core::metric::{Filter, Metric, MetricKind, TableId};

use crate::error::unsupported;
use crate::footers::prove;
use crate::lower::{Item, Pass, Planning, State, Step, key_range, merge};
use crate::measures::duplicates::Finished;
use crate::measures::live::Counting;
use crate::measures::orphans::{KeySet, KeySetBuilder, KeySetLocal, OrphanPlan};
use crate::measures::spill::SpillDir;
use crate::options::{Budget, EngineOptions};
use crate::rows::Projection;
use crate::scan::{Place, Scan, Worker, scan};
use crate::table::OpenedTable;

/// Answers by metric.
type Answers = BTreeMap<Metric, Result<Measured, MetricError>>;

/// What all tables of a call share.
pub(crate) struct Measuring<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) options: &'a EngineOptions,
    pub(crate) threads: usize,
    pub(crate) budget: Budget,
    pub(crate) spill: SpillDir,
    pub(crate) watch: &'a dyn Watch,
}

impl Measuring<'_> {
    /// Measures these metrics of one table.
    pub(crate) fn table(&self, id: TableId, metrics: &[Metric], costs: &mut BTreeMap<TableId, Cost>) -> Answers {
        let mut answers = Answers::new();
        let snapshot = &self.tables.get(id).snapshot;
        let Some(table) = OpenedTable::of(snapshot) else {
            let error = unsupported("the table was opened by another engine");
            return metrics.iter().map(|m| (m.clone(), Err(error.clone()))).collect();
        };
        let mut cost = Cost::default();
        let (live, metrics): (Vec<&Metric>, Vec<&Metric>) =
            metrics.iter().partition(|metric| matches!(metric.kind, MetricKind::Live(_)));
        for metric in live {
            let answer = self.live(id, table, metric, costs);
            answers.insert(metric.clone(), answer);
        }
        if metrics.is_empty() {
            return answers;
        }
        let proofs = self.proofs(table, &metrics);
        let mut wanted: Vec<(&Metric, Option<Vec<Option<Measurement>>>)> = Vec::new();
        for (metric, proof) in metrics.into_iter().zip(proofs) {
            match proof {
                Some(groups) if groups.iter().all(Option::is_some) && !self.options.verify_footers => {
                    answers.insert(
                        metric.clone(),
                        Ok(Measured { value: together(metric, groups), from: Answered::Footer }),
                    );
                }
                other => wanted.push((metric, other)),
            }
        }
        if !wanted.is_empty() {
            self.scan(id, table, &wanted, &mut answers, &mut cost, costs);
        }
        cost.row_groups_proven = table.open.footers().map_or(0, |f| f.groups() as u64 - cost.row_groups_read);
        merge_cost(costs, id, cost);
        answers
    }

    /// Counts live rows against a baseline, in a pass of its own.
    fn live(
        &self,
        id: TableId,
        table: &OpenedTable,
        metric: &Metric,
        costs: &mut BTreeMap<TableId, Cost>,
    ) -> Result<Measured, MetricError> {
        let MetricKind::Live(spec) = &metric.kind else { return Err(unsupported("this metric counts no live rows")) };
        let counting = Counting {
            table,
            bytes: self.tables.get(id).snapshot.bytes,
            threads: self.threads.max(1),
            memory: self.options.memory,
            budget: self.budget.clone(),
            watch: self.watch,
        };
        let mut note = |other: Option<TableId>, cost: Cost| merge_cost(costs, other.unwrap_or(id), cost);
        let state = counting.live(self.tables, spec, &metric.filter, &mut note)?;
        Ok(Measured { value: Measurement::Live(Box::new(state)), from: Answered::Scan })
    }

    /// For each metric what its footers prove, by row group; `None` for metrics no footer can speak of.
    fn proofs(&self, table: &OpenedTable, metrics: &[&Metric]) -> Vec<Option<Vec<Option<Measurement>>>> {
        let footers = table.open.footers().filter(|_| self.options.footers);
        let Some(footers) = footers else { return vec![None; metrics.len()] };
        metrics
            .iter()
            .map(|metric| {
                let groups: Vec<_> = (0..footers.groups()).map(|g| prove(table, footers, metric, g)).collect();
                let useful = groups.is_empty() || groups.iter().any(Option::is_some);
                let additive =
                    matches!(metric.kind, MetricKind::RowCount | MetricKind::Matches(_) | MetricKind::Extremes(_));
                (useful && additive).then_some(groups)
            })
            .collect()
    }

    fn scan(
        &self,
        id: TableId,
        table: &OpenedTable,
        wanted: &[(&Metric, Option<Vec<Option<Measurement>>>)],
        answers: &mut Answers,
        cost: &mut Cost,
        costs: &mut BTreeMap<TableId, Cost>,
    ) {
        let mut other_keys = BTreeMap::new();
        for (metric, _) in wanted {
            if let MetricKind::Orphans { columns, other, other_columns } = &metric.kind {
                match self.other_keys(table, columns, *other, other_columns, costs) {
                    Ok(keys) => drop(other_keys.insert((*metric).clone(), Arc::new(keys))),
                    Err(error) => drop(answers.insert((*metric).clone(), Err(error))),
                }
            }
        }
        let planning = Planning {
            table,
            budget: &self.budget,
            spill: &self.spill,
            footers: self.options.footers,
            other_keys: &other_keys,
        };
        let mut pass = Pass::new();
        let mut filters = BTreeMap::<Filter, usize>::new();
        let mut proofs: BTreeMap<Metric, &Vec<Option<Measurement>>> = BTreeMap::new();
        for (metric, proof) in wanted {
            if answers.contains_key(metric) {
                continue;
            }
            if let Err(error) = pass.add(metric, &planning, &mut filters) {
                answers.insert((*metric).clone(), Err(error));
            } else if let Some(groups) = proof {
                proofs.insert((*metric).clone(), groups);
            }
        }
        if pass.items.is_empty() {
            return;
        }
        let groups = self.groups(table, &mut pass, &proofs);
        self.watch.begin(&table.name, table.open.rows(), self.tables.get(id).snapshot.bytes);
        let done = self.pass(table, &pass, groups, cost);
        self.watch.end();
        let states = match done {
            Ok(states) => states,
            Err(error) => {
                answers.extend(pass.items.iter().map(|item| (item.metric.clone(), Err(error.clone()))));
                return;
            }
        };
        let mut kept = table.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.other_keys.extend(other_keys.iter().map(|(m, k)| (m.clone(), k.clone())));
        drop(kept);
        let mut rechecks = Pass::new();
        let mut recheck_filters = BTreeMap::new();
        for (item, states) in pass.items.into_iter().zip(states) {
            let metric = item.metric.clone();
            let proven = proofs.get(&metric).copied();
            let answer = states.and_then(|states| self.finish(table, item, states));
            match answer {
                Ok(Done::Value(value)) => {
                    let answer = self.with_proof(&metric, value, proven);
                    answers.insert(metric.clone(), answer);
                }
                Ok(Done::Recheck(recheck)) => {
                    let MetricKind::Duplicates { columns, .. } = &metric.kind else { continue };
                    let step = rechecks.places(table, columns).map(|at| Step::Recheck { at, recheck: *recheck });
                    let added = step.and_then(|s| rechecks.add_step(&metric, s, &planning, &mut recheck_filters));
                    if let Err(error) = added {
                        answers.insert(metric.clone(), Err(error));
                    }
                }
                Err(error) => drop(answers.insert(metric.clone(), Err(error))),
            }
        }
        if !rechecks.items.is_empty() {
            self.recheck(id, table, rechecks, answers, cost);
        }
    }

    /// The row groups that some metric still needs, and for each metric which of those are its own.
    fn groups(
        &self,
        table: &OpenedTable,
        pass: &mut Pass,
        proofs: &BTreeMap<Metric, &Vec<Option<Measurement>>>,
    ) -> Option<Vec<usize>> {
        let footers = table.open.footers().filter(|_| self.options.footers && !self.options.verify_footers)?;
        let proven = |item: &Item, group: usize| proofs.get(&item.metric).is_some_and(|groups| groups[group].is_some());
        let needed: Vec<usize> =
            (0..footers.groups()).filter(|g| pass.items.iter().any(|item| !proven(item, *g))).collect();
        let flags: Vec<Option<Vec<bool>>> = pass
            .items
            .iter()
            .map(|item| proofs.contains_key(&item.metric).then(|| needed.iter().map(|g| !proven(item, *g)).collect()))
            .collect();
        for (item, flags) in pass.items.iter_mut().zip(flags) {
            item.needed = flags;
        }
        Some(needed)
    }

    /// One pass: for each item the states of all workers.
    fn pass(
        &self,
        table: &OpenedTable,
        pass: &Pass,
        groups: Option<Vec<usize>>,
        cost: &mut Cost,
    ) -> Result<Vec<Result<Vec<State>, MetricError>>, MetricError> {
        let stop = AtomicBool::new(false);
        let what = Scan { table, columns: &pass.projection.0, raw: false, groups, stop: &stop };
        let (workers, took) = scan(what, self.threads, self.watch, || Ok(pass.worker()))?;
        add(cost, took);
        let mut by_item: Vec<Result<Vec<State>, MetricError>> = pass.items.iter().map(|_| Ok(Vec::new())).collect();
        for worker in workers {
            for (all, state) in by_item.iter_mut().zip(worker.states) {
                match (all.as_mut(), state) {
                    (Ok(all), Ok(state)) => all.push(state),
                    (Ok(_), Err(error)) => *all = Err(error),
                    (Err(_), _) => {}
                }
            }
        }
        Ok(by_item)
    }

    fn finish(&self, table: &OpenedTable, item: Item, states: Vec<State>) -> Result<Done, MetricError> {
        match item.step {
            Step::Duplicates { counter, .. } => {
                let locals = states
                    .into_iter()
                    .filter_map(|s| if let State::Duplicates(local) = s { Some(local) } else { None })
                    .collect();
                match counter.finish(locals, self.threads)? {
                    Finished::Exact(counts, keys) => {
                        keep_duplicated(table, &item.metric, keys);
                        Ok(Done::Value(Measurement::Duplicates(counts)))
                    }
                    Finished::Recheck(recheck) => Ok(Done::Recheck(Box::new(recheck))),
                }
            }
            Step::Recheck { recheck, .. } => {
                let locals = states
                    .into_iter()
                    .filter_map(|s| if let State::Recheck(local) = s { Some(local) } else { None })
                    .collect();
                let (counts, keys) = recheck.finish(locals, self.threads)?;
                keep_duplicated(table, &item.metric, keys);
                Ok(Done::Value(Measurement::Duplicates(counts)))
            }
            Step::Quantiles { counter, .. } => {
                let locals = states
                    .into_iter()
                    .filter_map(|s| if let State::Quantiles(local) = s { Some(local) } else { None })
                    .collect();
                Ok(Done::Value(Measurement::Quantiles(counter.finish(locals)?)))
            }
            Step::Rows | Step::Tally(_) | Step::Extremes(_) | Step::Sum(_) | Step::Orphans { .. } => merge(states)
                .map(Done::Value)
                .ok_or_else(|| unsupported("measurements of different kinds cannot be added")),
        }
    }

    /// Adds what footers proved to what was scanned; under `--verify-footers` compares the two instead.
    fn with_proof(
        &self,
        metric: &Metric,
        scanned: Measurement,
        proven: Option<&Vec<Option<Measurement>>>,
    ) -> Result<Measured, MetricError> {
        let Some(groups) = proven else { return Ok(Measured { value: scanned, from: Answered::Scan }) };
        if self.options.verify_footers {
            if groups.iter().all(Option::is_some) {
                let claimed = together(metric, groups.clone());
                if claimed != scanned {
                    return Err(MetricError {
                        code: "footer_mismatch",
                        text: format!(
                            "footers claim {claimed:?}, the rows say {scanned:?}: the files' statistics are wrong"
                        ),
                    });
                }
            }
            return Ok(Measured { value: scanned, from: Answered::Scan });
        }
        let value = groups.iter().flatten().try_fold(scanned, |sum, part| sum.merged(part));
        let value = value.ok_or_else(|| unsupported("a footer answered another question"))?;
        Ok(Measured { value, from: Answered::Scan })
    }

    fn recheck(&self, id: TableId, table: &OpenedTable, pass: Pass, answers: &mut Answers, cost: &mut Cost) {
        self.watch.begin(&table.name, table.open.rows(), self.tables.get(id).snapshot.bytes);
        let done = self.pass(table, &pass, None, cost);
        self.watch.end();
        let states = match done {
            Ok(states) => states,
            Err(error) => {
                answers.extend(pass.items.iter().map(|item| (item.metric.clone(), Err(error.clone()))));
                return;
            }
        };
        for (item, states) in pass.items.into_iter().zip(states) {
            let metric = item.metric.clone();
            let answer = states.and_then(|states| self.finish(table, item, states)).and_then(|done| match done {
                Done::Value(value) => Ok(Measured { value, from: Answered::Scan }),
                Done::Recheck(_) => Err(unsupported("a second look asked for a third")),
            });
            answers.insert(metric, answer);
        }
    }

    /// Reads the keys of another table.
    fn other_keys(
        &self,
        table: &OpenedTable,
        columns: &[assay_core::metric::Column],
        other: TableId,
        other_columns: &[assay_core::metric::Column],
        costs: &mut BTreeMap<TableId, Cost>,
    ) -> Result<KeySet, MetricError> {
        let snapshot = &self.tables.get(other).snapshot;
        let there = OpenedTable::of(snapshot).ok_or_else(|| unsupported("the table was opened by another engine"))?;
        let here = columns
            .iter()
            .map(|c| Ok(table.schema.field(table.index(&c.0)?).data_type().clone()))
            .collect::<Result<Vec<_>, _>>()?;
        let indices = other_columns.iter().map(|c| there.index(&c.0)).collect::<Result<Vec<_>, _>>()?;
        let mut projection = Projection::default();
        let places: Vec<usize> = indices.iter().map(|i| projection.place(*i)).collect();
        let plan = OrphanPlan {
            columns: here,
            other: indices.iter().map(|i| there.schema.field(*i).data_type().clone()).collect(),
            range: if self.options.footers { key_range(there, &indices) } else { None },
            rows: there.open.rows(),
        };
        let builder = KeySetBuilder::new(&plan, self.budget.clone())?;
        let stop = AtomicBool::new(false);
        let what = Scan { table: there, columns: &projection.0, raw: false, groups: None, stop: &stop };
        self.watch.begin(&there.name, there.open.rows(), snapshot.bytes);
        let done =
            scan(what, self.threads, self.watch, || Ok(Gather { keys: builder.local(), places: places.clone() }));
        self.watch.end();
        let (workers, took) = done?;
        merge_cost(costs, other, took);
        builder.finish(workers.into_iter().map(|w| w.keys).collect())
    }
}

/// A worker that gathers the keys of another table.
struct Gather {
    keys: KeySetLocal,
    places: Vec<usize>,
}

impl Worker for Gather {
    fn block(&mut self, _at: Place, block: &crate::block::Block) -> Result<(), MetricError> {
        let arrays: Vec<_> = self.places.iter().map(|p| block.batch.column(*p).clone()).collect();
        let unparsed: Vec<_> = self.places.iter().map(|p| block.unparsed[*p].clone()).collect();
        self.keys.update(&arrays, &unparsed)
    }
}

enum Done {
    Value(Measurement),
    Recheck(Box<crate::measures::duplicates::Recheck>),
}

fn keep_duplicated(table: &OpenedTable, metric: &Metric, keys: crate::measures::duplicates::DuplicatedKeys) {
    let mut kept = table.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    kept.duplicated.insert(metric.clone(), Arc::new(keys));
}

/// The parts that footers proved as one measurement; of a table without row groups, the measurement of nothing.
fn together(metric: &Metric, groups: Vec<Option<Measurement>>) -> Measurement {
    let nothing = match &metric.kind {
        MetricKind::RowCount => Measurement::Rows(0),
        MetricKind::Extremes(_) => Measurement::Extremes(Default::default()),
        _ => Measurement::Tally(Default::default()),
    };
    groups.into_iter().flatten().fold(nothing, |sum, part| sum.clone().merged(&part).unwrap_or(sum))
}

pub(crate) fn add(cost: &mut Cost, more: Cost) {
    cost.passes += more.passes;
    cost.sample_passes += more.sample_passes;
    cost.bytes_read += more.bytes_read;
    cost.rows_scanned += more.rows_scanned;
    // groups are counted once however often they are read
    cost.row_groups_read = cost.row_groups_read.max(more.row_groups_read);
    cost.row_groups_proven = cost.row_groups_proven.max(more.row_groups_proven);
}

fn merge_cost(costs: &mut BTreeMap<TableId, Cost>, id: TableId, more: Cost) {
    add(costs.entry(id).or_default(), more);
}
