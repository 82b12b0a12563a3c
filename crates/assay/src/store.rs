//! Where the project's store is, and opening it: on first use for runs that write, read-only for those that look.

use std::path::{Path, PathBuf};

use assay_contract::Project;
use assay_core::drift::store::StoreError;
use assay_store::SqliteStore;

use crate::failure::Failure;
use crate::load;

/// The store's file.
pub(crate) fn path(project: &Project, root: Option<&Path>) -> PathBuf {
    root.unwrap_or(Path::new("")).join(&project.state)
}

/// Opens the store, which is made where there is none.
pub(crate) fn open(project: &Project, root: Option<&Path>) -> Result<SqliteStore, Failure> {
    SqliteStore::open(&path(project, root)).map_err(outside)
}

/// The store of the project around the current folder; made where there is none.
pub(crate) fn of_project() -> Result<SqliteStore, Failure> {
    let (project, root) = load::project()?;
    open(&project, root.as_deref())
}

/// A store that failed.
pub(crate) fn outside(error: StoreError) -> Failure {
    Failure::Outside(error.text)
}
