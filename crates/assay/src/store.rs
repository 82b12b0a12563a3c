//! Where the project's store is, and opening it: on first use for runs that write, read-only for those that look.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_contract::Project;
use assay_core::drift::store::{BaselineRow, Commit, Proposal, StateRow, Store, StoreError, WindowRow};
use assay_core::history::Point;
use assay_core::ops::Ops;
use assay_store::{PostgresStore, SqliteStore};

use crate::failure::Failure;
use crate::load::{self, Found};

/// The store's file.
pub(crate) fn path(project: &Project, root: Option<&Path>) -> PathBuf {
    root.unwrap_or(Path::new("")).join(&project.state)
}

/// Opens the store, which is made where there is none.
pub(crate) fn open(project: &Project, root: Option<&Path>) -> Result<SqliteStore, Failure> {
    SqliteStore::open(&path(project, root)).map_err(outside)
}

/// The store that a daemon works with, and those who look after it: a file, or PostgreSQL where assay.yaml says so.
pub(crate) fn for_daemon(project: &Project, root: Option<&Path>) -> Result<Arc<dyn Ops>, Failure> {
    match &project.state_url {
        Some(url) => Ok(Arc::new(PostgresStore::connect(url.expose()).map_err(outside)?)),
        None => Ok(Arc::new(SqliteStore::open_for_daemon(&path(project, root)).map_err(outside)?)),
    }
}

/// The store of the project around the current folder; made where there is none.
pub(crate) fn of_project() -> Result<SqliteStore, Failure> {
    let (project, root) = load::project()?;
    open(&project, root.as_deref())
}

/// Opens the store for a run: one that cannot be opened is the error of every monitor, and for contracts a note. `None`:
/// contracts outside of a project leave no trace.
pub(crate) fn for_run(found: &Found, has_monitors: bool) -> Option<Box<dyn Store>> {
    let root = found.root.as_deref();
    if root.is_none() && !has_monitors {
        return None;
    }
    Some(match SqliteStore::open(&path(&found.project, root)) {
        Ok(store) => Box::new(store),
        Err(error) => Box::new(Unopened(error)),
    })
}

/// The baselines that the store knows by name, for those that only look; none where there is no store.
pub(crate) fn baselines(project: &Project, root: Option<&Path>) -> Vec<BaselineRow> {
    let store = SqliteStore::open_read_only(&path(project, root)).ok().flatten();
    store.and_then(|store| store.baselines().ok()).unwrap_or_default()
}

/// A store that could not be opened: it answers everything with the reason.
struct Unopened(StoreError);

impl Store for Unopened {
    fn monitors(&self) -> Result<Vec<String>, StoreError> {
        Err(self.0.clone())
    }

    fn windows(&self, _: &str) -> Result<Vec<WindowRow>, StoreError> {
        Err(self.0.clone())
    }

    fn states(&self, _: &str, _: &str, _: i128, _: i128) -> Result<Vec<StateRow>, StoreError> {
        Err(self.0.clone())
    }

    fn points(&self, _: &str, _: i128, _: usize) -> Result<Vec<Point>, StoreError> {
        Err(self.0.clone())
    }

    fn commit(&self, _: &Commit) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    fn accept(&self, _: &str, _: &str) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    fn proposals(&self, _: Option<&str>) -> Result<Vec<Proposal>, StoreError> {
        Err(self.0.clone())
    }

    fn move_proposal(
        &self,
        _: &str,
        _: &[&str],
        _: &str,
        _: i64,
        _: Option<&str>,
    ) -> Result<Option<(Proposal, bool)>, StoreError> {
        Err(self.0.clone())
    }

    fn add_baseline(&self, _: &BaselineRow) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    fn baselines(&self) -> Result<Vec<BaselineRow>, StoreError> {
        Err(self.0.clone())
    }

    fn set_alias(&self, _: &str, _: &str, _: &str) -> Result<(), StoreError> {
        Err(self.0.clone())
    }
}

/// A store that failed.
pub(crate) fn outside(error: StoreError) -> Failure {
    Failure::Outside(error.text)
}
