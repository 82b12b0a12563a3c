//! One daemon for each store in a file; any number for a store in PostgreSQL.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use assay_contract::Project;

use crate::failure::Failure;

/// The name of the only daemon of a store in a file: after it died, the next one knows which runs were its own.
const ONLY: &str = "local";

/// Held as long as the daemon lives; the system lets it go when the process ends, however it does.
pub(crate) struct Lock(#[allow(dead_code, reason = "held, not read")] Option<File>);

/// Takes the lock of a store in a file.
pub(crate) fn take(settings: &Project, root: &Path) -> Result<Lock, Failure> {
    if settings.state_url.is_some() {
        return Ok(Lock(None));
    }
    let mut path = root.join(&settings.state).into_os_string();
    path.push(".lock");
    let path = Path::new(&path);
    let failed =
        |why: std::io::Error| Failure::Outside(format!("cannot lock the store by `{}`: {why}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(Some(file))),
        Err(TryLockError::WouldBlock) => Err(Failure::Outside(format!(
            "another daemon works on this store (it holds `{}`): stop that one, or share a store in PostgreSQL \
             (`state: {{url: ..}}`)",
            path.display()
        ))),
        Err(TryLockError::Error(why)) => Err(failed(why)),
    }
}

/// What the daemon is called among those that share its store.
pub(crate) fn holder(settings: &Project) -> String {
    if settings.state_url.is_none() {
        return ONLY.to_string();
    }
    unique_holder()
}

/// A name that no other process has.
pub(crate) fn unique_holder() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let random = assay_daemon::ids::run(0);
    format!("{}-{}-{}", host.trim(), std::process::id(), &random[random.len() - 6..])
}
