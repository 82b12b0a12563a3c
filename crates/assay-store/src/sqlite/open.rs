//! Opening a store, to write or only to look.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

use crate::error::Trouble;
use crate::migrations::{self, Found};

/// Bytes of the smallest page that a SQLite file can have.
const SMALLEST_PAGE: u64 = 512;
/// Between two tries to switch to write-ahead logging.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes of the log that stay when everything in it is in the file: one large transaction is no reason to keep more.
const LOG: i64 = 64 << 20;

/// Opens or makes a store.
pub(super) fn read_write(path: &Path, patience: Duration) -> Result<Connection, Trouble> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(Trouble::Folder)?;
    }
    refuse_other_things(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // SQLite falls back to reading where the file is write-protected.
    if connection.is_readonly(MAIN_DB)? {
        return Err(Trouble::ReadOnly);
    }
    settings(&connection, patience)?;
    // Nothing is changed in a file that is not ours, not even its journal.
    migrations::found(&connection)?;
    write_ahead(&connection, patience)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG, |_| Ok(()))?;
    migrations::migrate(&mut connection)?;
    Ok(connection)
}

/// Opens a store to look at it; `None` where there is none yet.
pub(super) fn read_only(path: &Path, patience: Duration) -> Result<Option<Connection>, Trouble> {
    if !path.try_exists().map_err(Trouble::OutOfReach)? {
        return Ok(None);
    }
    refuse_other_things(path)?;
    let connection = match looking(path, patience) {
        // Without write access to the folder SQLite cannot make the index of the log that processes share. Nobody needs
        // one where there is no log: then no other process has the store open.
        Err(trouble) if is_refused(&trouble) && !beside(path, "-wal").exists() => {
            unshared(path, patience).map_err(|_| trouble)?
        }
        found => found?,
    };
    match migrations::found(&connection)? {
        // Another process is about to make it.
        Found::Empty => Ok(None),
        Found::Version(version) if version < migrations::current() => Err(Trouble::Older(version)),
        Found::Version(_) => Ok(Some(connection)),
    }
}

/// Opens a file beside others that may write.
pub(super) fn looking(path: &Path, patience: Duration) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    settings(&connection, patience)?;
    migrations::found(&connection)?;
    Ok(connection)
}

fn is_refused(trouble: &Trouble) -> bool {
    let Trouble::Sqlite(error) = trouble else { return false };
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Opens a file that nobody changes meanwhile.
pub(super) fn unshared(path: &Path, patience: Duration) -> Result<Connection, Trouble> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    let encoded: String = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{encoded}?immutable=1"), flags)?;
    settings(&connection, patience)?;
    migrations::found(&connection)?;
    Ok(connection)
}

/// A file that SQLite keeps beside the store.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// SQLite takes a file shorter than its smallest page for an empty database, and would write over it. Where a journal
/// lies beside it, the file is what an interrupted process left, and SQLite mends it.
fn refuse_other_things(path: &Path) -> Result<(), Trouble> {
    let Ok(file) = std::fs::metadata(path) else { return Ok(()) };
    if file.is_dir() {
        return Err(Trouble::IsFolder);
    }
    let is_short = file.is_file() && (1..SMALLEST_PAGE).contains(&file.len());
    if is_short && !beside(path, "-journal").exists() { Err(Trouble::TooShort(file.len())) } else { Ok(()) }
}

fn settings(connection: &Connection, patience: Duration) -> Result<(), Trouble> {
    connection.busy_timeout(patience)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // The file may come from elsewhere: its schema may call no functions, and damaged cells are found when read.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(())
}

/// Switches to write-ahead logging, which the file remembers; where the file system cannot share memory, the file
/// keeps its rollback journal, which is as safe and lets fewer work at once. SQLite does not always wait for others here, so that it
/// is tried again until the patience is used up.
fn write_ahead(connection: &Connection, patience: Duration) -> Result<(), Trouble> {
    let tries = (patience.as_millis() / PAUSE.as_millis()).max(1);
    let mut outcome = Ok(());
    for _ in 0..tries {
        outcome = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        let busy = |error: &rusqlite::Error| {
            matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
        };
        if !outcome.as_ref().is_err_and(busy) {
            break;
        }
        thread::park_timeout(PAUSE);
    }
    Ok(outcome?)
}
