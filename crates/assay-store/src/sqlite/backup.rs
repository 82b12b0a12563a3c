//! How large a store is, and copies of it.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::{ErrorCode, Transaction};

use super::{PATIENCE, open};
use crate::error::Trouble;

/// Bytes of the file and of the log beside it.
pub(super) fn size(transaction: &Transaction<'_>, path: &Path) -> Result<u64, Trouble> {
    let pragma = |name| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let file = pragma("page_count")?.unsigned_abs().saturating_mul(pragma("page_size")?.unsigned_abs());
    // Without a log there is nothing beside the file.
    let log = fs::metadata(open::beside(path, "-wal")).map_or(0, |log| log.len());
    Ok(file.saturating_add(log))
}

/// Writes a copy as it stands now to a new file. It is written beside it and gets its name when it is whole and on
/// the disk. It is one reading: nobody who writes waits for it, and what is written meanwhile is not in it.
pub(super) fn write(store: &Path, to: &Path) -> Result<(), Trouble> {
    let failed = |why: String| Trouble::Backup { to: to.into(), why };
    let is_there = to.try_exists().map_err(|why| failed(why.to_string()))?;
    if is_there {
        return Err(failed("there is such a file already: name a new one".into()));
    }
    let part = open::beside(to, &format!(".{}.part", std::process::id()));
    let name = part.to_str().ok_or_else(|| failed("its name is not UTF-8: name another one".into()))?;
    let connection = open::read_only(store, PATIENCE)?.ok_or_else(|| failed("there is no store yet".into()))?;
    // Made here, so that two copies at once do not write to the same file.
    File::create_new(&part).map_err(|why| failed(why.to_string()))?;
    let _part = Part(&part);
    connection.execute("VACUUM INTO ?", [name]).map_err(|why| match why.sqlite_error_code() {
        // What is wrong with the store is not for the copy to say.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Sqlite(why),
        _ => failed(why.to_string()),
    })?;
    finish(&part, to).map_err(|why| failed(why.to_string()))
}

/// Gives the copy its name, unless somebody took it meanwhile.
fn finish(part: &Path, to: &Path) -> std::io::Result<()> {
    File::open(part)?.sync_all()?;
    match fs::hard_link(part, to) {
        Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => return Err(why),
        // Some file systems know no second names.
        Err(_) => fs::rename(part, to)?,
        Ok(()) => {}
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Where a folder cannot be opened, its file system has nothing to be told either.
    File::open(folder).map_or(Ok(()), |folder| folder.sync_all())
}

/// The unfinished copy: gone with whoever made it.
struct Part<'a>(&'a Path);

impl Drop for Part<'_> {
    fn drop(&mut self) {
        let _was_renamed = fs::remove_file(self.0);
    }
}
