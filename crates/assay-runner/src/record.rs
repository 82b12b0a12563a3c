//! Putting the record of a run together.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::contract::Contract;
use assay_core::engine::{Cost, MeasureReport};
use assay_core::metric::TableId;
use assay_core::run::{CheckRecord, SnapshotRecord, TableRecord};
use assay_core::verdict::{NotRun, Verdict};

use crate::Monitoring;
use crate::open::Opened;
use crate::plan::TablePlan;
use crate::samples::Sampled;

/// The variables that contracts and monitors used, by name. Where they set one name to different values of their own,
/// each is listed under its table's or monitor's name.
pub(crate) fn variables(contracts: &[Contract], monitoring: Option<Monitoring<'_>>) -> Vec<(String, String)> {
    let of_contracts = contracts.iter().map(|contract| (contract.table.as_str(), &contract.vars));
    let monitors = monitoring.iter().flat_map(|with| with.monitors);
    let all: Vec<(&str, &(String, String))> = of_contracts
        .chain(monitors.map(|monitor| (monitor.name.as_str(), &monitor.vars)))
        .flat_map(|(whose, vars)| vars.iter().map(move |var| (whose, var)))
        .collect();
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, (name, value)) in &all {
        values.entry(name).or_default().insert(value);
    }
    let listed = |whose: &str, name: &str| match values[name].len() {
        1 => name.to_string(),
        _ => format!("{whose}.{name}"),
    };
    let named: BTreeMap<String, String> =
        all.iter().map(|(whose, (name, value))| (listed(whose, name), value.clone())).collect();
    named.into_iter().collect()
}

/// What was found of every table, in the order of the contracts.
pub(crate) fn tables(
    contracts: Vec<Contract>,
    opened: &Opened,
    plans: &[TablePlan],
    verdicts: Vec<Vec<Verdict>>,
    measured: MeasureReport,
    mut sampled: Sampled,
) -> Vec<TableRecord> {
    let cost = |id: &TableId, costs: &BTreeMap<TableId, Cost>| costs.get(id).copied().unwrap_or_default();
    let mut records = Vec::with_capacity(contracts.len());
    for (at, (contract, verdicts)) in contracts.into_iter().zip(verdicts).enumerate() {
        let snapshot = snapshot(&contract, at, opened, &plans[at], &measured);
        let checks = contract.checks.into_iter().zip(verdicts).enumerate();
        records.push(TableRecord {
            table: contract.table,
            layer: contract.layer,
            owner: contract.owner,
            contract_path: contract.path.to_string(),
            contract_sha256: contract.sha256,
            snapshot,
            reason: match &opened.own[at] {
                Err(NotRun::Error(reason)) => Some(reason.clone()),
                Ok(_) | Err(NotRun::Skipped(_)) => None,
            },
            cost: match &opened.own[at] {
                Ok(id) => sum(cost(id, &measured.costs), cost(id, &sampled.costs)),
                Err(_) => Cost::default(),
            },
            monitor: None,
            checks: checks
                .map(|(nth, (placed, verdict))| CheckRecord {
                    id: placed.id,
                    check: placed.name.to_string(),
                    column: placed.column,
                    dimension: placed.dimension,
                    severity: placed.severity,
                    at: placed.at,
                    why: placed.why,
                    tags: placed.tags,
                    verdict,
                    samples: sampled.samples.remove(&(at, nth)),
                    drift: None,
                })
                .collect(),
        });
    }
    records
}

fn snapshot(
    contract: &Contract,
    at: usize,
    opened: &Opened,
    plan: &TablePlan,
    measured: &MeasureReport,
) -> Option<SnapshotRecord> {
    let snapshot = opened.snapshot(at)?;
    Some(SnapshotRecord {
        format: snapshot.format.to_string(),
        path: snapshot.path.clone(),
        files: snapshot.files,
        files_pruned: snapshot.files_pruned,
        bytes: snapshot.bytes,
        fingerprint: snapshot.fingerprint.clone(),
        rows_total: snapshot.rows.or_else(|| plan.total(&measured.measurements)),
        rows_selected: plan.selected(&measured.measurements),
        filter: contract.rows.as_ref().map(|sql| sql.0.clone()),
        notes: snapshot.notes.clone(),
    })
}

/// Measuring and fetching samples together.
fn sum(measuring: Cost, sampling: Cost) -> Cost {
    Cost {
        passes: measuring.passes + sampling.passes,
        sample_passes: measuring.sample_passes + sampling.sample_passes,
        bytes_read: measuring.bytes_read + sampling.bytes_read,
        row_groups_read: measuring.row_groups_read + sampling.row_groups_read,
        row_groups_proven: measuring.row_groups_proven + sampling.row_groups_proven,
        rows_scanned: measuring.rows_scanned + sampling.rows_scanned,
    }
}
