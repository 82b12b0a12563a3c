//! The summary of a window, kept in the store: what later windows are compared with where the baseline is made of
//! windows. Numbers are a bottom-k sample and, where there are few of them, exact counts by value; everything else is
//! counted by category.

use std::collections::BTreeSet;

use assay_core::check::Table;
use assay_core::drift::baseline::{FEW_VALUES, NAMED_CATEGORIES, SAMPLE};
use assay_core::drift::live::{LiveColumn, Measure};
use assay_core::drift::monitor::Monitor;
use assay_core::drift::state::{ColumnState, WindowState};
use assay_core::metric::Column;
use assay_core::types::Type;
use assay_stats::drift::ColumnKind;
use serde_json::{Value, json};

use crate::monitor::plan::{kind_of, left_out};

/// What the rows of summaries are stored under, as `StateRow::measures`: they tell for themselves which columns they
/// hold, so that a column that comes or goes changes nothing for the others.
pub const MEASURES: &str = "summary/1";

/// Seed of the sampler, the same for all windows, so that samples merge.
const SEED: u64 = 0;

/// What to count of a window so that it can be part of a baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    columns: Vec<SummaryColumn>,
}

/// A column of a summary.
#[derive(Debug, Clone, PartialEq)]
struct SummaryColumn {
    name: String,
    dtype: String,
    measures: Vec<Measure>,
}

/// A summary as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSummary {
    /// Live rows.
    pub rows: u64,
    /// The columns.
    pub columns: Vec<StoredColumn>,
}

/// A column of a stored summary.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredColumn {
    /// Its name in the live table.
    pub name: String,
    /// Its type, as contracts write types.
    pub dtype: String,
    /// What was counted: a number is counted in two ways.
    pub states: Vec<ColumnState>,
}

impl Summary {
    /// Of the columns a monitor watches in a live table: those it names, all others where it watches all, and the
    /// prediction.
    pub fn new(monitor: &Monitor, table: &Table) -> Self {
        let prediction = monitor.prediction.iter().map(|prediction| prediction.column.as_str());
        let named = monitor.columns.iter().map(|column| column.name.as_str()).chain(prediction);
        let mut chosen: Vec<(String, Type, bool)> = Vec::new();
        // a number that is asked for as a category, in the monitor's words
        let is_category = |name: &str| {
            let asked = monitor.columns.iter().find(|column| column.name == name);
            asked.is_some_and(|asked| kind_of(asked.kind, asked.tests.as_deref(), None) == ColumnKind::Categorical)
        };
        let mut seen = BTreeSet::new();
        for name in named {
            if let Ok(found) = table.column(name)
                && seen.insert(found.column.0.clone())
            {
                chosen.push((found.column.0, found.ty, is_category(name)));
            }
        }
        if monitor.watch_all {
            let out = left_out(monitor, table.snapshot.columns.iter().map(|column| column.name.as_str()));
            for column in &table.snapshot.columns {
                if !out.contains(column.name.as_str()) && seen.insert(column.name.clone()) {
                    chosen.push((column.name.clone(), column.ty.clone(), false));
                }
            }
        }
        let column = |(name, ty, is_category): (String, Type, bool)| SummaryColumn {
            measures: measures(&ty, is_category),
            dtype: ty.to_string(),
            name,
        };
        Summary { columns: chosen.into_iter().map(column).collect() }
    }

    /// What to count, as further columns of [`super::plan_each`]: each with one measure, over the whole.
    pub fn live(&self) -> Vec<LiveColumn> {
        let live = |column: &SummaryColumn| {
            let name = column.name.clone();
            let one =
                move |measure: &Measure| LiveColumn { column: Column(name.clone()), measures: vec![measure.clone()] };
            column.measures.iter().map(one).collect::<Vec<_>>()
        };
        self.columns.iter().flat_map(live).collect()
    }

    /// The bytes to store of a window's state of these columns.
    pub fn to_bytes(&self, state: &WindowState) -> Vec<u8> {
        let column = |column: &SummaryColumn| json!([column.name, column.dtype, column.measures.len()]);
        let header = Value::Array(self.columns.iter().map(column).collect()).to_string();
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend(state.to_bytes());
        bytes
    }
}

impl StoredSummary {
    /// From what [`Summary::to_bytes`] wrote. The error is one sentence.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let damaged = || "the stored summary of a window is damaged".to_owned();
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| damaged())?;
        let (header, state) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let header: Vec<(String, String, usize)> = serde_json::from_slice(header).map_err(|_| damaged())?;
        let state = WindowState::from_bytes(state).map_err(|why| why.to_string())?;
        let whole = state.segments.into_iter().next().ok_or_else(damaged)?;
        let counted: usize = header.iter().map(|(_, _, measures)| measures).sum();
        if counted != whole.columns.len() {
            return Err(damaged());
        }
        let mut states = whole.columns.into_iter();
        let column = |(name, dtype, measures): (String, String, usize)| StoredColumn {
            name,
            dtype,
            states: states.by_ref().take(measures).collect(),
        };
        Ok(StoredSummary { rows: whole.rows, columns: header.into_iter().map(column).collect() })
    }
}

/// How a column of this type is summarised.
fn measures(ty: &Type, is_category: bool) -> Vec<Measure> {
    match ty {
        ty if ty.is_numeric() => {
            let keep = if is_category { NAMED_CATEGORIES } else { FEW_VALUES };
            vec![Measure::Sample { keep: SAMPLE, seed: SEED }, Measure::Values { keep }]
        }
        Type::List(_) | Type::Struct | Type::Map(..) | Type::Any | Type::Null => vec![Measure::Cells],
        _ => vec![Measure::Values { keep: NAMED_CATEGORIES }],
    }
}
