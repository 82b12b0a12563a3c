//! A baseline made of the summaries of windows.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::drift::baseline::{
    Baseline, BaselineColumn, CategoryProfile, FEW_VALUES, FORMAT_VERSION, Header, NumericProfile,
};
use assay_core::drift::category::Category;
use assay_core::drift::knots::Knots;
use assay_core::drift::live::CategorySet;
use assay_core::drift::state::{Cells, ColumnState, SampleState, ValuesState};
use assay_stats::drift::{ColumnKind, FORMULA_VERSION};
use sha2::{Digest, Sha256};

use crate::monitor::summary::{StoredColumn, StoredSummary};

/// The merge of summaries, oldest first, each with its window's name. A column is merged as the newest window has it:
/// older windows in which it was of another kind are left out for it.
pub(super) fn merge(name: &str, windows: &[(&str, &StoredSummary)]) -> Baseline {
    let mut names: Vec<&StoredColumn> = Vec::new();
    let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
    for (_, summary) in windows.iter().rev() {
        for column in &summary.columns {
            if seen.insert(&column.name, ()).is_none() {
                names.push(column);
            }
        }
    }
    let columns: Vec<BaselineColumn> = names.into_iter().map(|newest| column(newest, windows)).collect();
    let header = Header {
        name: name.to_owned(),
        format_version: FORMAT_VERSION,
        formula_version: FORMULA_VERSION,
        rows: windows.iter().map(|(_, summary)| summary.rows).sum(),
        schema_hash: schema_hash(&columns),
        sha256: content_hash(&columns, windows),
        sampled_values: true,
        ..Header::default()
    };
    Baseline { header, columns, pairs: Vec::new(), covariance: None, performance: BTreeMap::new(), target: None }
}

fn column(newest: &StoredColumn, windows: &[(&str, &StoredSummary)]) -> BaselineColumn {
    let mut states = newest.states.clone();
    let newest_at = windows.iter().rposition(|(_, summary)| summary.columns.iter().any(|c| std::ptr::eq(c, newest)));
    for (at, (_, summary)) in windows.iter().enumerate() {
        let other = summary.columns.iter().find(|other| other.name == newest.name);
        if let Some(other) = other.filter(|other| Some(at) != newest_at && other.states.len() == states.len()) {
            let mut all = states.clone();
            let merged = all.iter_mut().zip(&other.states).try_for_each(|(state, more)| state.merge(more));
            if merged.is_ok() {
                states = all;
            }
        }
    }
    let cells = states.iter().find_map(cells).unwrap_or_default();
    let sample = states.iter().find_map(|state| match state {
        ColumnState::Sample(sample) => Some(sample.as_ref()),
        _ => None,
    });
    let values = states.iter().find_map(|state| match state {
        ColumnState::Values(values) => Some(values.as_ref()),
        _ => None,
    });
    let numeric = sample.map(numeric);
    // a number is tested as categories where all its values were counted, or where the monitor asked for categories
    let few = |values: &&ValuesState| numeric.is_none() || values.keep > FEW_VALUES || !values.dropped;
    let categories = values.filter(few).map(categories);
    BaselineColumn {
        name: newest.name.clone(),
        segment: None,
        role: if categories.is_some() { ColumnKind::Categorical } else { ColumnKind::Numeric },
        dtype: newest.dtype.clone(),
        cells,
        numeric,
        categories,
        target: None,
    }
}

fn cells(state: &ColumnState) -> Option<Cells> {
    match state {
        ColumnState::Cells(cells) => Some(*cells),
        ColumnState::Sample(state) => Some(state.cells),
        ColumnState::Values(state) => Some(state.cells),
        ColumnState::Nothing | ColumnState::Ranks(_) | ColumnState::Categories(_) | ColumnState::LabelsBy(_) => None,
    }
}

/// The sample as a full ECDF of its own rows.
fn numeric(sample: &SampleState) -> NumericProfile {
    // adding 0 turns -0 into 0
    let mut sorted: Vec<f64> = sample.values.iter().map(|(_, value)| value + 0.0).collect();
    sorted.sort_by(f64::total_cmp);
    let mut values: Vec<f64> = Vec::new();
    let mut counts: Vec<u64> = Vec::new();
    for value in &sorted {
        match (values.last(), counts.last_mut()) {
            (Some(last), Some(count)) if last == value => *count += 1,
            _ => {
                values.push(*value);
                counts.push(1);
            }
        }
    }
    let finite: Vec<f64> = sorted.into_iter().filter(|value| value.is_finite()).collect();
    let mean = if finite.is_empty() { 0.0 } else { finite.iter().sum::<f64>() / finite.len() as f64 };
    NumericProfile {
        range: finite.first().copied().zip(finite.last().copied()),
        mean,
        m2: finite.iter().map(|value| (value - mean).powi(2)).sum(),
        knots: Arc::new(Knots::full(values, &counts)),
        sample: Vec::new(),
    }
}

fn categories(values: &ValuesState) -> CategoryProfile {
    let mut named: Vec<(&Category, u64)> = values.values.values().map(|(name, rows)| (name, *rows)).collect();
    named.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    let counts: Vec<u64> = named.iter().map(|(_, rows)| *rows).collect();
    let present = values.cells.present();
    CategoryProfile {
        set: Arc::new(CategorySet::new(
            named.iter().map(|(name, _)| (*name).clone()).collect(),
            Vec::new(),
            // which other categories there were is not known
            values.dropped,
        )),
        tail_rows: present.saturating_sub(counts.iter().sum()),
        distinct: counts.len() as u64,
        singletons: counts.iter().filter(|rows| **rows == 1).count() as u64,
        counts,
    }
}

/// Over names and types of the columns.
fn schema_hash(columns: &[BaselineColumn]) -> String {
    let mut hash = Sha256::new();
    for column in columns {
        for part in [&column.name, &column.dtype] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hex(hash)
}

/// Over what live rows are compared with, and the windows it is of.
fn content_hash(columns: &[BaselineColumn], windows: &[(&str, &StoredSummary)]) -> String {
    let mut hash = Sha256::new();
    for (name, _) in windows {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
    }
    hash.update(schema_hash(columns));
    for column in columns {
        let Cells { rows, nulls, nan, minus_infinity, plus_infinity } = column.cells;
        for count in [rows, nulls, nan, minus_infinity, plus_infinity] {
            hash.update(count.to_le_bytes());
        }
        if let Some(numeric) = &column.numeric {
            hash.update(&numeric.knots.digest);
        }
        if let Some(categories) = &column.categories {
            hash.update(&categories.set.digest);
            for count in &categories.counts {
                hash.update(count.to_le_bytes());
            }
        }
    }
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
