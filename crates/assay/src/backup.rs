//! `assay backup`: a copy of the store, also while a daemon works on it.

use crate::args::BackupArgs;
use crate::failure::Failure;
use crate::store::{self, outside};
use crate::{load, output};

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &BackupArgs) -> Result<u8, Failure> {
    let root = load::root_for_daemon(None)?;
    let settings = load::settings_at(&root, &load::overrides())?;
    let store = store::for_daemon(&settings, Some(&root))?;
    store.backup(&args.file).map_err(outside)?;
    let bytes = std::fs::metadata(&args.file).map_or(0, |file| file.len());
    output::told(&format!("copied the store to `{}` ({} bytes)", args.file.display(), bytes));
    Ok(0)
}
