//! Monitors: baseline, windows, one scan, judgement, one transaction.
//!
//! As with contracts nothing here can fail: a baseline that cannot be read, a store that is locked, a column of another
//! type are outcomes of the monitor concerned. A monitor gives one record for each window it evaluated, or one that
//! says why there was none.

pub(crate) mod counted;
mod fixed;
mod joined;
mod moving;
mod observed;
pub(crate) mod opened;
pub(crate) mod planned;
mod records;

use assay_core::contract::{Contract, Format};
use assay_core::drift::baseline::Baselines;
use assay_core::drift::monitor::{BaselineSource, Monitor};
use assay_core::drift::store::{Commit, Proposal, Store, StoreError, WindowRow};
use assay_core::run::TableRecord;
use assay_core::verdict::Reason;

use crate::Setting;

pub(crate) use observed::{Pinned, pinned_baseline};

/// What monitors of a run need beside what contracts need.
#[derive(Clone, Copy)]
pub struct Monitoring<'a> {
    /// The monitors.
    pub monitors: &'a [Monitor],
    /// Where baselines come from.
    pub baselines: &'a dyn Baselines,
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
    /// What was remembered; `None`: every window is new.
    pub store: Option<&'a dyn Store>,
    /// Contracts that describe tables of labels.
    pub contracts: &'a [&'a Contract],
    pub root: Option<&'a std::path::Path>,
    pub setting: Setting<'a>,
    /// Windows that were evaluated before.
    pub history: &'a [WindowRow],
    pub proposals: &'a [Proposal],
}

impl One<'_> {
    /// The instant by which windows are closed: the planned one, nanoseconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> i128 {
        i128::from(self.setting.planned_nanos())
    }
}

/// Evaluates every monitor, in the order of their names.
pub(crate) async fn all(
    with: Monitoring<'_>,
    store: Option<&dyn Store>,
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
        all.push(match remembered(store, monitor) {
            Ok((history, proposals)) => {
                let history = &history[..];
                let proposals = &proposals[..];
                one(One { monitor, with, store, contracts, root, setting, history, proposals }).await
            }
            Err(error) => Evaluated {
                records: vec![records::broken(monitor, Reason { code: error.code.into(), text: error.text })],
                ..Evaluated::default()
            },
        });
    }
    all
}

fn remembered(store: Option<&dyn Store>, monitor: &Monitor) -> Result<(Vec<WindowRow>, Vec<Proposal>), StoreError> {
    match store {
        Some(store) => Ok((store.windows(&monitor.name)?, store.proposals(Some(&monitor.name))?)),
        None => Ok((Vec::new(), Vec::new())),
    }
}

async fn one(one: One<'_>) -> Evaluated {
    match one.monitor.baseline {
        _ if one.monitor.source.format == Format::Observations => observed::evaluate(one).await,
        BaselineSource::Profile(_) | BaselineSource::From { .. } => fixed::evaluate(one).await,
        BaselineSource::Rolling { .. } | BaselineSource::Same { .. } => moving::evaluate(one).await,
    }
}
