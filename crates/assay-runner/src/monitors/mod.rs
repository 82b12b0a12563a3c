//! Monitors: baseline, windows, one scan, judgement, one transaction.
//!
//! As with contracts nothing here can fail: a baseline that cannot be read, a store that is locked, a column of another
//! type are outcomes of the monitor concerned. A monitor gives one record for each window it evaluated, or one that
//! says why there was none.

mod counted;
mod fixed;
mod joined;
mod moving;
mod opened;
mod planned;
mod records;

use assay_core::contract::Contract;
use assay_core::drift::baseline::Baselines;
use assay_core::drift::monitor::{BaselineSource, Monitor};
use assay_core::drift::store::{Commit, Proposal, RunRow, Store, StoreError, WindowRow};
use assay_core::run::{RunRecord, TableRecord};
use assay_core::verdict::Reason;
use chrono::{DateTime, Utc};

use crate::Setting;

/// What monitors of a run need beside what contracts need.
#[derive(Clone, Copy)]
pub struct Monitoring<'a> {
    /// The monitors.
    pub monitors: &'a [Monitor],
    /// Where baselines come from.
    pub baselines: &'a dyn Baselines,
    /// What was remembered, and will be; `None`: every window is new and nothing is remembered.
    pub store: Option<&'a dyn Store>,
    /// Only the window of this name.
    pub window: Option<&'a str>,
    /// Evaluate that window although it was evaluated before.
    pub again: bool,
}

/// What evaluating one monitor gave.
#[derive(Default)]
pub(crate) struct Evaluated {
    /// A record for each window.
    pub records: Vec<TableRecord>,
    /// What is to be remembered.
    pub commit: Commit,
    /// What tells this evaluation from others, for the run's id.
    pub marks: Vec<String>,
}

/// One monitor and all that surrounds it.
#[derive(Clone, Copy)]
pub(crate) struct One<'a> {
    pub monitor: &'a Monitor,
    pub with: Monitoring<'a>,
    /// Contracts that describe tables of labels.
    pub contracts: &'a [&'a Contract],
    pub root: Option<&'a std::path::Path>,
    pub setting: Setting<'a>,
    /// Windows that were evaluated before.
    pub history: &'a [WindowRow],
    pub proposals: &'a [Proposal],
}

impl One<'_> {
    /// The run's clock, nanoseconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> i128 {
        i128::from(self.setting.now_nanos())
    }
}

/// Evaluates every monitor, in the order of their names.
pub(crate) async fn all(
    with: Monitoring<'_>,
    contracts: &[&Contract],
    root: Option<&std::path::Path>,
    setting: Setting<'_>,
) -> Vec<Evaluated> {
    let mut monitors: Vec<&Monitor> = with.monitors.iter().collect();
    monitors.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    let mut all = Vec::with_capacity(monitors.len());
    for monitor in monitors {
        if !monitor.enabled {
            all.push(Evaluated { records: vec![records::disabled(monitor)], ..Evaluated::default() });
            continue;
        }
        all.push(match remembered(with, monitor) {
            Ok((history, proposals)) => {
                let history = &history[..];
                let proposals = &proposals[..];
                one(One { monitor, with, contracts, root, setting, history, proposals }).await
            }
            Err(error) => Evaluated {
                records: vec![records::broken(monitor, Reason { code: error.code.into(), text: error.text })],
                ..Evaluated::default()
            },
        });
    }
    all
}

fn remembered(with: Monitoring<'_>, monitor: &Monitor) -> Result<(Vec<WindowRow>, Vec<Proposal>), StoreError> {
    match with.store {
        Some(store) => Ok((store.windows(&monitor.name)?, store.proposals(Some(&monitor.name))?)),
        None => Ok((Vec::new(), Vec::new())),
    }
}

async fn one(one: One<'_>) -> Evaluated {
    match one.monitor.baseline {
        BaselineSource::Profile(_) | BaselineSource::From { .. } => fixed::evaluate(one).await,
        BaselineSource::Rolling { .. } | BaselineSource::Same { .. } => moving::evaluate(one).await,
    }
}

/// Adds the records of monitors to the run's, and writes what is to be remembered in one transaction. A store that
/// cannot be written is an error of every monitor: what is not remembered would be evaluated, and told, again.
pub(crate) fn remember(with: Monitoring<'_>, evaluated: Vec<Evaluated>, run: &mut RunRecord, now: DateTime<Utc>) {
    let mut commit = Commit::default();
    let mut records = Vec::new();
    for one in evaluated {
        commit.windows.extend(one.commit.windows.into_iter().map(|row| match row.run.is_empty() {
            true => WindowRow { run: run.id.clone(), ..row },
            false => row,
        }));
        commit.states.extend(one.commit.states);
        commit.proposals.extend(one.commit.proposals);
        records.extend(one.records);
    }
    let documents = (run.tables.len() + with.monitors.len()) as u64;
    run.tables.extend(records);
    let Some(store) = with.store else { return };
    commit.run = Some(RunRow { id: run.id.clone(), as_of: now.timestamp(), outcome: run.outcome(), documents });
    if let Err(error) = store.commit(&commit) {
        let reason = Reason { code: error.code.into(), text: format!("not remembered: {}", error.text) };
        let judged = |record: &&mut TableRecord| {
            record.monitor.is_some() && record.checks.iter().all(|check| check.id != "monitor")
        };
        for record in run.tables.iter_mut().filter(judged) {
            record.reason.get_or_insert(reason.clone());
        }
    }
}
