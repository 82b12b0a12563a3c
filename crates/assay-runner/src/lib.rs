//! The spine: open, plan, measure, judge, sample, record, in one function that reads straight down.
//!
//! Nothing here can fail: whatever goes wrong (a table that cannot be opened, a metric that cannot be measured) is an
//! outcome of the checks concerned, and everything else still runs. The clock, the variables and the key of masking
//! are arguments; no file, clock or environment is read here.

mod id;
mod mask;
mod monitors;
pub mod observe;
mod open;
mod plan;
mod record;
mod remember;
mod samples;

use std::path::PathBuf;

use assay_core::contract::Contract;
use assay_core::drift::store::Store;
use assay_core::engine::{Engine, MetricPlan, OpenRequest, Snapshot, Watch};
use assay_core::measurement::MetricError;
use assay_core::run::RunRecord;
use assay_core::verdict::Reason;
use chrono::{DateTime, SecondsFormat, Utc};

pub use mask::MaskKey;
pub use monitors::Monitoring;
pub use remember::history;

/// What to run, and under which circumstances.
pub struct Job<'a> {
    /// The contracts, each with the checks that were selected.
    pub contracts: Vec<Contract>,
    /// Tables that checks may name beside their own.
    pub others: Others,
    /// Monitors, with what they need; `None`: there are none.
    pub monitoring: Option<Monitoring<'a>>,
    /// What earlier runs left, and where this one is remembered; `None`: nothing is, and every window is new.
    pub store: Option<&'a dyn Store>,
    /// The instant the run was planned for, which picks windows and places the run in the history; `None`: now.
    pub planned: Option<DateTime<Utc>>,
    /// Whether the clock was set by the user, which switches the check of the future off.
    pub as_of: bool,
    /// The project's zone, an IANA name.
    pub timezone: String,
    /// The key under which sampled values are masked; without one they are hidden altogether.
    pub mask_key: Option<MaskKey>,
    /// Told of progress, asked whether to stop.
    pub watch: &'a dyn Watch,
}

/// Tables that checks may name beside their own.
#[derive(Debug, Default)]
pub struct Others {
    /// Contracts that give such a table its source and types; their checks do not run.
    pub contracts: Vec<Contract>,
    /// The project's folder, to which sources written in place are relative; without one, the contract's folder.
    pub root: Option<PathBuf>,
}

/// What every stage of one run needs to know.
#[derive(Clone, Copy)]
struct Setting<'a> {
    now: DateTime<Utc>,
    planned: DateTime<Utc>,
    as_of: bool,
    timezone: &'a str,
    engine: &'a dyn Engine,
    watch: &'a dyn Watch,
}

impl Setting<'_> {
    /// The planned instant, nanoseconds since 1970-01-01T00:00:00Z.
    fn planned_nanos(&self) -> i64 {
        self.planned.timestamp_nanos_opt().unwrap_or(i64::MAX)
    }

    /// The clock as engines take it; the furthest instant they know where it lies beyond the year 2262.
    fn now_nanos(&self) -> i64 {
        self.now.timestamp_nanos_opt().unwrap_or(i64::MAX)
    }

    async fn open(&self, request: OpenRequest) -> Result<Snapshot, Reason> {
        self.engine.open(&request).await.map_err(reason)
    }
}

/// A failure to measure as the reason of a verdict.
fn reason(error: MetricError) -> Reason {
    Reason { code: error.code.into(), text: error.text }
}

/// Runs every check of every contract: each table is opened once, each metric is measured once, and failing rows are
/// fetched once, for the checks that did not pass. Then every monitor, whose windows are remembered in one transaction.
/// Cannot fail: what went wrong is in the record.
pub async fn run(job: Job<'_>, engine: &dyn Engine, now: DateTime<Utc>) -> RunRecord {
    let Job { mut contracts, others, monitoring, store, planned, as_of, timezone, mask_key, watch } = job;
    let planned = planned.unwrap_or(now);
    contracts.sort_by(|a, b| (&a.table, &a.path).cmp(&(&b.table, &b.path)));
    let setting = Setting { now, planned, as_of, timezone: &timezone, engine, watch };

    let opened = open::all(&contracts, &others, setting).await;
    let plans = plan::all(&contracts, &opened, setting);
    let wanted = MetricPlan { metrics: plans.iter().flat_map(plan::TablePlan::metrics).cloned().collect() };
    let measured = engine.measure(&wanted, &opened.tables, watch).await;
    let verdicts = plan::judge(&contracts, &plans, &opened, &measured.measurements, setting);
    let sampled = samples::fetch(&contracts, &verdicts, &opened, mask_key.as_ref(), setting).await;
    let evaluated = match monitoring {
        None => Vec::new(),
        Some(with) => {
            let described: Vec<&Contract> = contracts.iter().chain(&others.contracts).collect();
            monitors::all(with, store, &described, others.root.as_deref(), setting).await
        }
    };

    let mut run = RunRecord {
        id: id::of_run(&contracts, &opened, monitoring, &evaluated, now),
        as_of: now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        vars: record::variables(&contracts, monitoring),
        notes: Vec::new(),
        tables: record::tables(contracts, &opened, &plans, verdicts, measured, sampled),
    };
    let n_documents = run.tables.len() + monitoring.map_or(0, |with| with.monitors.len());
    remember::remember(store, evaluated, n_documents, &mut run, now, planned);
    run.tables.sort_by(|a, b| a.table.cmp(&b.table));
    run
}

#[cfg(test)]
mod tests;
