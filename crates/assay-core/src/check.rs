//! What a check is to the rest of Assay: it asks for metrics and judges measurements. It never sees rows.

use chrono::{DateTime, Utc};

use crate::contract::Format;
use crate::engine::Snapshot;
use crate::measurement::Measurements;
use crate::metric::{Column, Metric, TableId};
use crate::problem::Place;
use crate::suggest::did_you_mean;
use crate::types::Type;
use crate::verdict::{Dimension, NotRun, Reason, Severity, Verdict};

/// A check, built and validated.
pub trait Check: Send + Sync + std::fmt::Debug {
    /// The metrics it needs, every time the same for the same context.
    fn metrics(&self, at: &Context<'_>) -> Result<Vec<Metric>, NotRun>;

    /// Its verdict. `seen` holds every metric it asked for.
    fn judge(&self, seen: &Measurements, at: &Context<'_>) -> Verdict;

    /// Which rows to show when it does not pass; `None` where no row is at fault.
    fn failing_rows(&self, at: &Context<'_>) -> Option<RowSelector> {
        let _ = at;
        None
    }

    /// The other tables it reads, which a run opens before it plans.
    fn tables(&self) -> Vec<TableRef> {
        Vec::new()
    }

    /// Whether it lifts the contract's `rows` (`rows: all`).
    fn reads_all_rows(&self) -> bool {
        false
    }
}

/// Another table that a check reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableRef {
    /// The table of another contract: `silver.customers`.
    Named(String),
    /// A source written in place.
    Inline {
        /// The format.
        format: Format,
        /// The path as written, relative to the project's folder.
        path: String,
    },
}

impl TableRef {
    /// The name under which it stands in [`Tables`], and by which people know it.
    pub fn name(&self) -> String {
        match self {
            TableRef::Named(name) => name.clone(),
            TableRef::Inline { format, path } => format!("{}:{path}", format.name()),
        }
    }
}

/// The rows that break a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSelector {
    /// The metric whose failing rows they are: `Matches`, `Duplicates` or `Orphans`.
    pub metric: Metric,
    /// The columns at fault, shown beside the key; empty for SQL predicates: the engine shows the columns they name.
    pub show: Vec<Column>,
}

/// What surrounds a check while it plans and judges.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The run's clock.
    pub now: DateTime<Utc>,
    /// Whether `now` was set with `--as-of`, which switches the check of the future off.
    pub as_of: bool,
    /// The zone of civil dates, an IANA name.
    pub timezone: &'a str,
    /// The table the check belongs to.
    pub table: TableId,
    /// The run's tables.
    pub tables: &'a Tables,
}

/// A column that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Under the source's own name.
    pub column: Column,
    /// With this type (for text sources the declared one).
    pub ty: Type,
    /// Said when the name matched only without regard to case.
    pub note: Option<String>,
}

impl Context<'_> {
    /// Finds a column of the check's own table: exact name first, else the only match without regard to case.
    pub fn column(&self, name: &str) -> Result<Found, NotRun> {
        self.tables.get(self.table).column(name)
    }
}

/// The run's tables, by id.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    opened: Vec<Table>,
    unopened: Vec<(String, Reason)>,
}

/// One table of a run.
#[derive(Debug, Clone)]
pub struct Table {
    /// The contract's name for it.
    pub name: String,
    /// What was found when it was opened.
    pub snapshot: Snapshot,
}

impl Tables {
    /// Adds a table.
    pub fn push(&mut self, table: Table) -> TableId {
        self.opened.push(table);
        TableId(u16::try_from(self.opened.len() - 1).expect("a run has fewer than 65,536 tables"))
    }

    /// The table of an id that `push` gave.
    pub fn get(&self, id: TableId) -> &Table {
        &self.opened[usize::from(id.0)]
    }

    /// The id of the table with this name.
    pub fn find(&self, name: &str) -> Option<TableId> {
        self.opened.iter().position(|t| t.name == name).map(|at| TableId(at as u16))
    }

    /// Remembers why a table that a check names could not be opened.
    pub fn push_unopened(&mut self, name: String, reason: Reason) {
        self.unopened.push((name, reason));
    }

    /// Why the table with this name could not be opened.
    pub fn unopened(&self, name: &str) -> Option<&Reason> {
        self.unopened.iter().find(|(n, _)| n == name).map(|(_, reason)| reason)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (TableId, &Table)> {
        self.opened.iter().enumerate().map(|(at, t)| (TableId(at as u16), t))
    }
}

impl Table {
    /// Finds a column: exact name first, else the only match without regard to case.
    pub fn column(&self, name: &str) -> Result<Found, NotRun> {
        let columns = &self.snapshot.columns;
        if let Some(c) = columns.iter().find(|c| c.name == name) {
            return Ok(Found { column: Column(c.name.clone()), ty: c.ty.clone(), note: None });
        }
        let lower = name.to_lowercase();
        let mut alike = columns.iter().filter(|c| c.name.to_lowercase() == lower);
        match (alike.next(), alike.next()) {
            (Some(c), None) => Ok(Found {
                column: Column(c.name.clone()),
                ty: c.ty.clone(),
                note: Some(format!("column `{name}` was found as `{}`", c.name)),
            }),
            (Some(a), Some(b)) => Err(NotRun::error(
                "column_ambiguous",
                format!("column `{name}` could be `{}` or `{}`: write it as the table does", a.name, b.name),
            )),
            (None, _) => {
                let hint = did_you_mean(name, columns.iter().map(|c| c.name.as_str()));
                Err(NotRun::skipped(
                    "column_missing",
                    format!("column missing: `{name}`{}", hint.map_or(String::new(), |h| format!("; {h}"))),
                ))
            }
        }
    }
}

/// A check in its place in a contract.
#[derive(Debug)]
pub struct PlacedCheck {
    /// Its id, unique in the contract: `order_id.uniqueness`, `freshness.created_at`, `key`.
    pub id: String,
    /// The check's name in the language: `completeness`.
    pub name: &'static str,
    /// The column it stands on, as written; `None` for checks of the table.
    pub column: Option<String>,
    /// What it looks after.
    pub dimension: Dimension,
    /// What breaking it amounts to (the worst level of a pair).
    pub severity: Severity,
    /// Where it was written; for an implicit check, what implies it.
    pub at: Place,
    /// Why it is there, in the contract's words.
    pub why: Option<String>,
    /// Labels to select by.
    pub tags: Vec<String>,
    /// Skip instead of fail when its column is missing (`optional: true`).
    pub optional: bool,
    /// The check itself.
    pub check: Box<dyn Check>,
}
