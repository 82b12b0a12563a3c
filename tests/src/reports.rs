//! Reports for tests of what people read: hostile, large, and with everything that a report can say.

mod drift;
mod hostile;
mod tables;

use assay_core::engine::Cost;
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, SnapshotRecord, TableRecord};
use assay_core::verdict::{Dimension, Outcome, Severity, Verdict};

pub use drift::columns;
pub use hostile::{hostile_changes, hostile_history, hostile_problems, hostile_run, run_of};
pub use tables::{changes, checks, checks_of_one_table, every_outcome, problems, table_history};

/// A run over these tables.
pub fn run(tables: Vec<TableRecord>) -> RunRecord {
    RunRecord {
        id: "r-5f0c2b9d41aa77e3".into(),
        as_of: "2026-11-20T06:00:00Z".into(),
        vars: vec![("date".into(), "2026-11-20".into())],
        notes: vec![],
        tables,
    }
}

fn table(name: &str, checks: Vec<CheckRecord>) -> TableRecord {
    let (layer, _) = name.split_once('.').unwrap_or(("models", name));
    TableRecord {
        table: name.into(),
        layer: Some(layer.into()),
        owner: Some("orders@shop.example".into()),
        contract_path: format!("checks/{}.yaml", name.replace('.', "/")),
        contract_sha256: "9c1f02ab77ab9c1f02ab77ab9c1f02ab77ab9c1f02ab77ab9c1f02ab77ab0011".into(),
        snapshot: Some(snapshot()),
        reason: None,
        cost: Cost {
            passes: 2,
            sample_passes: 1,
            bytes_read: 3_310_442,
            row_groups_read: 1,
            row_groups_proven: 11,
            rows_scanned: 10_000,
        },
        monitor: None,
        checks,
    }
}

fn snapshot() -> SnapshotRecord {
    SnapshotRecord {
        format: "parquet".into(),
        path: "lake/silver/orders".into(),
        files: 12,
        files_pruned: 3,
        bytes: 40_211_034,
        fingerprint: "77ab0f5577ab0f55".into(),
        rows_total: Some(1_200_345),
        rows_selected: Some(10_000),
        filter: None,
        notes: vec![],
    }
}

fn check(id: &str, line: u32, outcome: Outcome, message: &str) -> CheckRecord {
    let (column, name) = id.split_once('.').map_or((None, id), |(column, name)| (Some(column), name));
    CheckRecord {
        id: id.into(),
        check: name.into(),
        column: column.map(Into::into),
        dimension: Dimension::Validity,
        severity: if outcome == Outcome::Warn { Severity::Warn } else { Severity::Fail },
        at: Place { path: "checks/silver/orders.yaml".into(), line, column: 5 },
        why: None,
        tags: vec![],
        verdict: Verdict::new(outcome, message),
        samples: None,
        drift: None,
    }
}
