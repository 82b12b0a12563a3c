//! Live observations: rows that a daemon takes in batches and counts as they come, so that none has to be kept.
//!
//! A monitor of `source: {format: observations}` has no table. What stands for it are two kinds of rows in the store,
//! one of each for a window: its state, counted by the measures of the baseline as any window's is, and a line of a
//! ledger (`ledger`) that says which baseline pins the window, how many rows were counted by which measures, and how
//! many came too late.
//!
//! 1. [`Intake`] says which columns a batch has and into which window a row falls: open, closed (late), or too far from
//!    the clock to be taken at all.
//! 2. [`fold`] measures batches as a table and adds them to the states of their windows. A window is pinned to the
//!    baseline that the monitor has when its first row is folded. Where the monitor itself changes meanwhile, rows are
//!    counted by the new measures from then on; those before are told apart and not mixed in. The same holds where the
//!    baseline that pins a window is gone, because its file holds another one now.
//! 3. A run judges closed windows from these rows alone (`monitors/observed.rs`).
//!
//! What is late is told by when a batch was taken, not by when it is folded: how long a batch waits in the journal
//! changes nothing. So the journal is folded before a run of the monitor, and the two do not overlap; a row of a window
//! that was judged already counts as late.

mod fold;
mod intake;
mod ledger;

use assay_core::check::Table;
use assay_core::contract::{ColumnSpec, Format};
use assay_core::drift::monitor::Monitor;
use assay_core::engine::{ObservedColumn, Snapshot};
use assay_core::types::Type;

pub use fold::{Fold, Folded, Group, fold};
pub(crate) use intake::columns;
pub use intake::{Intake, Placed};
pub(crate) use ledger::{Entry, Ledger, stored_state};

/// The table that observations would be, of these columns.
pub(crate) fn table(monitor: &Monitor, columns: &[ColumnSpec], fingerprint: String) -> Table {
    let column = |spec: &ColumnSpec| ObservedColumn {
        name: spec.name.clone(),
        ty: spec.ty.clone().unwrap_or(Type::String),
        nullable: None,
        partition: false,
    };
    let snapshot = Snapshot {
        format: Format::Observations.name(),
        path: monitor.source.path.clone(),
        files: 0,
        files_pruned: 0,
        bytes: 0,
        rows: None,
        fingerprint,
        columns: columns.iter().map(column).collect(),
        notes: Vec::new(),
        newest_file_nanos: None,
        handle: std::sync::Arc::new(()),
    };
    Table { name: monitor.name.clone(), snapshot }
}

#[cfg(test)]
mod tests;
