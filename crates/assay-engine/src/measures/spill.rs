//! Memory that is asked for before it is used, and the temporary files that take over when it is refused.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use assay_core::measurement::MetricError;

use crate::options::Budget;

/// Bytes taken from a budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Budget,
    bytes: usize,
}

impl Held {
    /// Holds nothing yet.
    pub(crate) fn nothing(budget: &Budget) -> Self {
        Held { budget: budget.clone(), bytes: 0 }
    }

    /// Takes more; false, and nothing taken, where the budget refuses.
    #[must_use]
    pub(crate) fn more(&mut self, bytes: usize) -> bool {
        let taken = self.budget.take(bytes);
        if taken {
            self.bytes += bytes;
        }
        taken
    }

    /// Holds `bytes` in all, more or fewer than before; false, and nothing changed, where the budget refuses.
    #[must_use]
    pub(crate) fn resize(&mut self, bytes: usize) -> bool {
        if bytes > self.bytes {
            return self.more(bytes - self.bytes);
        }
        self.budget.give(self.bytes - bytes);
        self.bytes = bytes;
        true
    }

    /// Gives everything back.
    pub(crate) fn release(&mut self) {
        self.budget.give(std::mem::take(&mut self.bytes));
    }

    /// Takes over what another holds.
    pub(crate) fn absorb(&mut self, mut other: Held) {
        self.bytes += std::mem::take(&mut other.bytes);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

/// The folder in which temporary files are made.
#[derive(Debug, Clone)]
pub struct SpillDir {
    path: PathBuf,
}

impl SpillDir {
    /// Files are made in this folder, which must exist once something spills. They have no name there: they vanish
    /// with the process, however it ends.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SpillDir { path: path.into() }
    }
}

/// A temporary file that is made on first use; many threads append to it and read from it.
#[derive(Debug)]
pub(crate) struct SpillFile {
    dir: SpillDir,
    file: OnceLock<Mutex<Appendable>>,
    making: Mutex<()>,
}

#[derive(Debug)]
struct Appendable {
    file: File,
    end: u64,
}

/// Where in a spill file something was written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    at: u64,
    /// Its length in bytes.
    pub(crate) len: usize,
}

impl SpillFile {
    /// A file to be made in the folder when something is appended.
    pub(crate) fn new(dir: &SpillDir) -> Self {
        SpillFile { dir: dir.clone(), file: OnceLock::new(), making: Mutex::new(()) }
    }

    /// Writes the pieces one after the other at the end.
    pub(crate) fn append<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>) -> Result<Extent, MetricError> {
        let mut open = self.open()?;
        let mut extent = Extent { at: open.end, len: 0 };
        let write = || -> std::io::Result<()> {
            open.file.seek(SeekFrom::Start(extent.at))?;
            for piece in pieces {
                open.file.write_all(piece)?;
                extent.len += piece.len();
            }
            Ok(())
        };
        write().map_err(|error| self.failed("written", &error))?;
        open.end += extent.len as u64;
        Ok(extent)
    }

    /// Reads `len` bytes from `from` on of what was written into `into`, whose contents are replaced.
    pub(crate) fn read(&self, extent: Extent, from: usize, len: usize, into: &mut Vec<u8>) -> Result<(), MetricError> {
        into.resize(len, 0);
        let mut open = self.open()?;
        let read = open.file.seek(SeekFrom::Start(extent.at + from as u64)).and_then(|_| open.file.read_exact(into));
        read.map_err(|error| self.failed("read back", &error))
    }

    fn open(&self) -> Result<MutexGuard<'_, Appendable>, MetricError> {
        if self.file.get().is_none() {
            let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
            if self.file.get().is_none() {
                let file = tempfile::tempfile_in(&self.dir.path).map_err(|error| self.failed("made", &error))?;
                self.file.get_or_init(|| Mutex::new(Appendable { file, end: 0 }));
            }
        }
        let open = self.file.get().expect("it was set above");
        Ok(open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn failed(&self, what: &str, error: &Error) -> MetricError {
        let dir = self.dir.path.display();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => MetricError {
                code: "out_of_disk",
                text: format!("no space left in {dir} for temporary files: allow more memory, or free some disk space"),
            },
            _ => MetricError {
                code: "spill_failed",
                text: format!("a temporary file in {dir} could not be {what}: {error}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_given_back() {
        let budget = Budget::new(100);
        let mut held = Held::nothing(&budget);
        assert!(held.more(60) && !held.more(50) && held.resize(90) && held.resize(10));
        let mut other = Held::nothing(&budget);
        assert!(other.more(90) && !other.more(1));
        held.absorb(other);
        drop(held);
        assert!(Held::nothing(&budget).more(100));
    }

    #[test]
    fn a_spill_file_gives_back_what_was_appended() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = SpillFile::new(&SpillDir::new(dir.path()));
        let first = file.append([&b"a"[..], b"bc"].into_iter()).expect("first");
        let second = file.append(std::iter::once(&b"defgh"[..])).expect("second");
        let mut bytes = Vec::new();
        file.read(second, 1, 3, &mut bytes).expect("second");
        assert_eq!(bytes, b"efg");
        file.read(first, 0, first.len, &mut bytes).expect("first");
        assert_eq!(bytes, b"abc");
        assert!(std::fs::remove_dir(dir.path()).is_ok(), "the folder is empty: the file has no name");
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_it() {
        let file = SpillFile::new(&SpillDir::new("/no/such/folder"));
        let error = file.append(std::iter::once(&b"abc"[..])).expect_err("no folder");
        assert_eq!(error.code, "spill_failed");
        assert!(error.text.contains("/no/such/folder"), "{}", error.text);
    }
}
