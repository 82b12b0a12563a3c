//! Which record of a monitor is its newest: a series has one value.

use std::collections::BTreeMap;

use assay_core::run::{RunRecord, TableRecord};
use chrono::DateTime;

/// One record for each table and monitor, in the record's order.
pub(super) fn windows(run: &RunRecord) -> Vec<&TableRecord> {
    let mut newest: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, table) in run.tables.iter().enumerate() {
        let kept = newest.entry(&table.table).or_insert(at);
        if age(table) >= age(&run.tables[*kept]) {
            *kept = at;
        }
    }
    let mut kept: Vec<usize> = newest.into_values().collect();
    kept.sort_unstable();
    kept.into_iter().map(|at| &run.tables[at]).collect()
}

/// Larger is newer: the instant a window begins, or its number where windows are counted (`rows 12`).
fn age(table: &TableRecord) -> Option<(i64, u64)> {
    let window = table.monitor.as_ref()?.window.as_ref()?;
    let start = window.start.as_deref().and_then(|start| DateTime::parse_from_rfc3339(start).ok());
    let number = window.name.rsplit(' ').next().and_then(|number| number.parse().ok());
    Some((start.map_or(i64::MIN, |start| start.timestamp()), number.unwrap_or(0)))
}
