//! What was concluded of a table or a model in earlier runs: shown beside a run, never judged by.

use std::collections::BTreeMap;

use crate::drift::store::{Store, StoreError, WindowRow};
use crate::run::{CheckRecord, RunRecord, TableRecord};
use crate::verdict::{Observed, Outcome};

/// The figure of a check of a table: what it observed, as a number.
pub const OBSERVED: &str = "observed";
/// The figure of a check of rows: failing rows as a share of those tested, 0 to 1.
pub const FAILING: &str = "failing";

/// Earlier points of tables and monitors, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// Oldest first: of tables the points of earlier runs; of monitors all windows before the newest one of the run that
    /// they are shown beside, also those that the same run evaluated.
    pub documents: BTreeMap<String, Vec<Point>>,
}

/// What one run, or one window, concluded.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When: the run's clock as RFC 3339 for tables, the window's name for monitors.
    pub at: String,
    /// The worst outcome.
    pub outcome: Outcome,
    /// Rows that were looked at, where they are known.
    pub rows: Option<u64>,
    /// The checks.
    pub checks: Vec<PointCheck>,
}

/// A check of an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct PointCheck {
    /// Its id.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Its figures by name, all finite: [`OBSERVED`] and [`FAILING`] of checks of tables, effects by test (`psi`, `ks`,
    /// `rmse`) of monitors.
    pub figures: Vec<(String, f64)>,
}

impl History {
    /// The points of a table or monitor, oldest first.
    pub fn of(&self, document: &str) -> &[Point] {
        self.documents.get(document).map_or(&[], Vec::as_slice)
    }

    /// What the store holds of the run's tables and monitors from before: of tables the runs planned before an instant
    /// (in nanoseconds), of monitors the windows of the same series that begin before the newest one of this run; at most
    /// `most` of each.
    ///
    /// # Errors
    /// As the store has them.
    pub fn before(store: &dyn Store, run: &RunRecord, planned: i128, most: usize) -> Result<History, StoreError> {
        let mut documents = BTreeMap::new();
        for table in &run.tables {
            if documents.contains_key(&table.table) {
                continue;
            }
            let points = match table.monitor {
                Some(_) => windows(store, run, &table.table, most)?,
                None => store.points(&table.table, planned, most)?,
            };
            documents.insert(table.table.clone(), points);
        }
        Ok(History { documents })
    }
}

fn windows(store: &dyn Store, run: &RunRecord, monitor: &str, most: usize) -> Result<Vec<Point>, StoreError> {
    let rows = store.windows(monitor)?;
    let names: Vec<&str> = run
        .tables
        .iter()
        .filter(|table| table.table == monitor)
        .filter_map(|table| Some(table.monitor.as_ref()?.window.as_ref()?.name.as_str()))
        .collect();
    let of_run = |row: &&WindowRow| row.run == run.id && names.contains(&row.window.as_str());
    // windows of another baseline or size are another series: their scores say something else
    let Some(newest) = rows.iter().filter(of_run).max_by_key(|row| row.start) else { return Ok(Vec::new()) };
    let earlier: Vec<&WindowRow> =
        rows.iter().filter(|row| row.baseline == newest.baseline && row.start < newest.start).collect();
    let beyond = earlier.len().saturating_sub(most);
    Ok(earlier[beyond..].iter().map(|row| Point::from(*row)).collect())
}

impl Point {
    /// The point that a record of this run adds.
    pub fn of(table: &TableRecord, as_of: &str) -> Self {
        let window = table.monitor.as_ref().and_then(|monitor| monitor.window.as_ref());
        let selected = table.snapshot.as_ref().and_then(|snapshot| snapshot.rows_selected.or(snapshot.rows_total));
        Point {
            at: window.map_or_else(|| as_of.to_owned(), |window| window.name.clone()),
            outcome: table.outcome(),
            rows: window.map(|window| window.rows).or(selected),
            checks: table.checks.iter().map(PointCheck::of).collect(),
        }
    }

    /// A check's figure.
    pub fn figure(&self, check: &str, name: &str) -> Option<f64> {
        self.checks.iter().find(|known| known.id == check)?.figure(name)
    }
}

impl PointCheck {
    /// What a check of this run adds.
    pub fn of(check: &CheckRecord) -> Self {
        let mut figures = Vec::new();
        match &check.drift {
            Some(drift) => {
                let decided = drift.tests.iter().filter(|test| test.deciding && test.outcome != Outcome::Skipped);
                figures.extend(decided.filter_map(|test| Some((test.test.clone(), test.effect?))));
            }
            None => {
                let verdict = &check.verdict;
                let observed = match &verdict.observed {
                    Some(Observed::Number(number)) => Some(*number),
                    Some(Observed::Count(count)) => Some(*count as f64),
                    // of times there is no number
                    Some(Observed::Text(text)) => text.parse().ok(),
                    None => None,
                };
                figures.extend(observed.map(|observed| (OBSERVED.to_owned(), observed)));
                if let (Some(failing), Some(tested @ 1..)) = (verdict.failing, verdict.tested) {
                    figures.push((FAILING.to_owned(), failing as f64 / tested as f64));
                }
            }
        }
        figures.retain(|(_, value)| value.is_finite());
        PointCheck { id: check.id.clone(), outcome: check.verdict.outcome, figures }
    }

    /// A figure by its name.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

impl From<&WindowRow> for Point {
    fn from(row: &WindowRow) -> Self {
        let check = |check: &crate::drift::store::WindowCheck| PointCheck {
            id: check.id.clone(),
            outcome: check.outcome,
            figures: check.effects.iter().filter(|(_, effect)| effect.is_finite()).cloned().collect(),
        };
        Point {
            at: row.window.clone(),
            outcome: row.outcome,
            rows: Some(row.rows),
            checks: row.checks.iter().map(check).collect(),
        }
    }
}
