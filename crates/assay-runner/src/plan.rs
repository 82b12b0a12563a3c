//! Which metrics a run needs, and what the checks make of them.

use assay_core::check::Context;
use assay_core::contract::Contract;
use assay_core::measurement::{Measurement, Measurements};
use assay_core::metric::{Filter, Metric, MetricKind, TableId};
use assay_core::verdict::{NotRun, Reason, Verdict};

use crate::open::Opened;
use crate::{Setting, reason};

/// What one contract asks for.
pub(crate) struct TablePlan {
    /// Counts the rows that `rows` selects.
    rows_selected: Option<Metric>,
    /// Counts all rows, where that is not known from opening.
    rows_total: Option<Metric>,
    /// For each check its metrics, or why it is not run.
    checks: Vec<Result<Vec<Metric>, NotRun>>,
}

impl TablePlan {
    /// Everything to measure; the same metric may come more than once.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.rows_selected.iter().chain(&self.rows_total).chain(self.checks.iter().flatten().flatten())
    }

    /// Rows that `rows` selected, where counted.
    pub fn selected(&self, seen: &Measurements) -> Option<u64> {
        count(self.rows_selected.as_ref()?, seen)
    }

    /// Rows in all, where counted.
    pub fn total(&self, seen: &Measurements) -> Option<u64> {
        count(self.rows_total.as_ref()?, seen)
    }
}

fn count(metric: &Metric, seen: &Measurements) -> Option<u64> {
    match &seen.get(metric)?.as_ref().ok()?.value {
        Measurement::Rows(rows) => Some(*rows),
        _ => None,
    }
}

/// Asks every check of every contract for its metrics.
pub(crate) fn all(contracts: &[Contract], opened: &Opened, setting: Setting<'_>) -> Vec<TablePlan> {
    contracts
        .iter()
        .zip(&opened.own)
        .map(|(contract, own)| match own {
            Ok(table) => of_table(contract, *table, opened, setting),
            Err(why) => TablePlan {
                rows_selected: None,
                rows_total: None,
                checks: contract.checks.iter().map(|_| Err(why.clone())).collect(),
            },
        })
        .collect()
}

fn of_table(contract: &Contract, table: TableId, opened: &Opened, setting: Setting<'_>) -> TablePlan {
    let at = context(table, opened, setting);
    let checks: Vec<_> = contract.checks.iter().map(|placed| placed.check.metrics(&at)).collect();
    let known = opened.tables.get(table).snapshot.rows;
    let reads_rows = checks.iter().flatten().any(|metrics| !metrics.is_empty());
    let counted = |filter| Metric { table, kind: MetricKind::RowCount, filter };
    // Counting alone is no reason to read a table whose checks need none of its rows.
    let count = reads_rows || known.is_some();
    TablePlan {
        rows_selected: count.then(|| counted(Filter::all_of(contract.rows.clone()))),
        rows_total: (count && known.is_none()).then(|| counted(Filter::default())),
        checks,
    }
}

/// The verdict of every check, by contract, in contract order.
pub(crate) fn judge(
    contracts: &[Contract],
    plans: &[TablePlan],
    opened: &Opened,
    seen: &Measurements,
    setting: Setting<'_>,
) -> Vec<Vec<Verdict>> {
    let of_contract = |(at, contract): (usize, &Contract)| {
        let checks = contract.checks.iter().zip(&plans[at].checks);
        checks
            .map(|(placed, planned)| match (planned, &opened.own[at]) {
                (Err(why), _) => Verdict::not_run(why.clone()),
                (Ok(_), Err(why)) => Verdict::not_run(why.clone()),
                (Ok(metrics), Ok(table)) => match metrics.iter().find_map(|metric| failure(metric, seen)) {
                    Some(reason) => Verdict::not_run(NotRun::Error(reason)),
                    None => placed.check.judge(seen, &context(*table, opened, setting)),
                },
            })
            .collect()
    };
    contracts.iter().enumerate().map(of_contract).collect()
}

/// Why a metric has no value, where it has none.
fn failure(metric: &Metric, seen: &Measurements) -> Option<Reason> {
    match seen.get(metric) {
        Some(Ok(_)) => None,
        Some(Err(error)) => Some(reason(error.clone())),
        None => {
            Some(Reason { code: "not_measured".into(), text: "the engine gave no answer; please report this".into() })
        }
    }
}

/// What surrounds the checks of a table.
pub(crate) fn context<'a>(table: TableId, opened: &'a Opened, setting: Setting<'a>) -> Context<'a> {
    Context { now: setting.now, as_of: setting.as_of, timezone: setting.timezone, table, tables: &opened.tables }
}
