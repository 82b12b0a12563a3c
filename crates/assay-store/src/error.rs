//! What can go wrong with a store, in the words of the one who has to mend it.

use std::path::Path;

use assay_core::drift::store::StoreError;
use rusqlite::ErrorCode;

/// What went wrong, before the store is named.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// SQLite says so.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The folder could not be made.
    #[error(
        "cannot be made, because its folder cannot be ({0}): let it be made there, or name another place with `state: {{path: ..}}`"
    )]
    Folder(std::io::Error),
    /// Whether there is a store cannot be told.
    #[error("is out of reach ({0}): let its folder be read, or name another place with `state: {{path: ..}}`")]
    OutOfReach(std::io::Error),
    /// The tables are of a later version.
    #[error(
        "has version {0}, this program knows {newest}: it was written by a newer Assay; upgrade this one, or name \
         another store",
        newest = crate::migrations::current()
    )]
    Newer(i64),
    /// The tables are of an earlier version and may only be looked at.
    #[error("has version {0} and is only read here: a command that writes (`assay check`) brings it up to date")]
    Older(i64),
    /// A database, but of something else.
    #[error("is a database of another program: name another place with `state: {{path: ..}}`")]
    Foreign,
    /// A folder stands in its place.
    #[error("is a folder: name a file with `state: {{path: ..}}`")]
    IsFolder,
    /// A file that SQLite would take for an empty database and write over.
    #[error("is no database (a file of {0} bytes): {mend}", mend = crate::error::MEND)]
    TooShort(u64),
    /// Opened to look, asked to write; or the file is write-protected.
    #[error("cannot be written to: it is write-protected or was opened to be read only")]
    ReadOnly,
    /// A row that cannot be as it is.
    #[error("is damaged at {place}: {why}; {}", crate::error::MEND)]
    Damaged {
        /// Which row.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// Asked to keep something that cannot be kept.
    #[error("cannot keep {what}: {why}")]
    Unfit {
        /// Which thing.
        what: String,
        /// Why not.
        why: String,
    },
    /// A copy could not be written.
    #[error("has no backup at `{}`: {why}; nothing was written there", to.display())]
    Backup {
        /// Where it was to be.
        to: std::path::PathBuf,
        /// Why not.
        why: String,
    },
    /// Asked for a baseline that is not registered.
    #[error("has no baseline `{name}` with the hash {sha256}: `assay baseline list` shows what is registered")]
    NoBaseline {
        /// Its name.
        name: String,
        /// Its hash.
        sha256: String,
    },
}

/// What to do with a store that is damaged.
pub(crate) const MEND: &str = "restore it from a backup, or move it away with its -wal and -shm files: the next run \
                               makes a new one, without the history";

impl Trouble {
    /// The error of the store at a path.
    pub(crate) fn at(self, path: &Path) -> StoreError {
        let (code, what) = match &self {
            Trouble::Sqlite(error) => sqlite(error),
            Trouble::Unfit { .. } => ("store_unfit", self.to_string()),
            Trouble::Folder(_) | Trouble::ReadOnly | Trouble::Backup { .. } => ("store_unwritable", self.to_string()),
            Trouble::Newer(_) => ("store_newer", self.to_string()),
            Trouble::Older(_) | Trouble::Foreign | Trouble::IsFolder | Trouble::OutOfReach(_) => {
                ("store_unreadable", self.to_string())
            }
            Trouble::Damaged { .. } | Trouble::TooShort(_) => ("store_corrupt", self.to_string()),
            Trouble::NoBaseline { .. } => ("baseline_unknown", self.to_string()),
        };
        StoreError { code, text: format!("the store `{}` {what}", path.display()) }
    }
}

/// The code and the sentence for what SQLite says.
fn sqlite(error: &rusqlite::Error) -> (&'static str, String) {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("store_locked", format!("is locked by another process ({error}): let that one end, then run again"))
        }
        Some(ErrorCode::NotADatabase) => ("store_corrupt", format!("is no database ({error}): {MEND}")),
        Some(ErrorCode::DatabaseCorrupt) => ("store_corrupt", format!("is damaged ({error}): {MEND}")),
        Some(ErrorCode::ReadOnly) => ("store_unwritable", Trouble::ReadOnly.to_string()),
        Some(ErrorCode::DiskFull) => (
            "store_unwritable",
            format!("has no room to grow ({error}): free some space, then run again; nothing was written"),
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            "store_unreadable",
            format!(
                "cannot be opened ({error}): it has to be a file that may be read and written, in a folder likewise"
            ),
        ),
        Some(ErrorCode::SystemIoFailure) => {
            ("store_unreadable", format!("cannot be read or written ({error}): look after the disk, then run again"))
        }
        // What is stored does not have the form that this version writes, or SQLite has a limit of its own.
        _ => ("store_unreadable", format!("refused a statement ({error}): please report this")),
    }
}
