//! Versions of files, read from git: nothing is checked out, and nothing of the repository is written.
//!
//! Git itself reads its objects, through its plumbing (see `docs/adr/0010`). What comes from users reaches it as one
//! argument after `--end-of-options`; everything further goes by object ids. Paths are bytes, as git keeps them.

mod blobs;
mod changed;
mod command;
mod path;
mod revision;
mod tree;
mod worktree;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

pub(crate) use blobs::Refused;
pub(crate) use path::{RepoPath, shown};
pub(crate) use revision::Commit;
pub(crate) use tree::{Place, Tree};
pub(crate) use worktree::WorkingTree;

/// The repository around the current folder, or the one that `GIT_DIR` names.
pub(crate) struct Repository {
    /// The folder of the working tree, without links; `None` in a bare repository.
    pub top: Option<PathBuf>,
    /// The way from the current folder to the top.
    up: PathBuf,
    /// Whether history was cut off (`git clone --depth`).
    shallow: bool,
    blobs: RefCell<blobs::Blobs>,
}

impl Repository {
    /// Opens it.
    pub fn open() -> Result<Self, Failure> {
        let asked = ["rev-parse", "--is-inside-work-tree", "--is-shallow-repository"];
        let answer = command::git(asked).output_or(not_a_repository)?;
        let answer = String::from_utf8_lossy(&answer);
        let mut lines = answer.lines();
        let (inside, shallow) = (lines.next() == Some("true"), lines.next() == Some("true"));
        if !inside {
            return Ok(Repository { top: None, up: PathBuf::new(), shallow, blobs: RefCell::default() });
        }
        let line = |asked: &str| Ok(path::from_line(&command::git(["rev-parse", asked]).output()?));
        let (top, up) = (line("--show-toplevel")?, line("--show-cdup")?);
        // links are followed as they are in the project's folder, which this one is compared with
        let top = Some(std::fs::canonicalize(&top).unwrap_or(top));
        Ok(Repository { top, up, shallow, blobs: RefCell::default() })
    }

    /// The content of a file that a tree has, of at most `most` bytes.
    pub fn content(&self, id: &str, most: u64) -> Result<Result<Vec<u8>, Refused>, Failure> {
        self.blobs.borrow_mut().read(id, most)
    }

    /// Where an absolute path without links is in the repository; `None` outside of it, and in a bare one.
    pub fn path_of(&self, absolute: &Path) -> Option<RepoPath> {
        let inside = absolute.strip_prefix(self.top.as_ref()?).ok()?;
        Some(path::bytes(inside))
    }

    /// Where a path of the repository is on disk.
    pub fn on_disk(&self, path: &[u8]) -> Option<PathBuf> {
        Some(self.top.as_ref()?.join(path::native(path)))
    }
}

fn not_a_repository(said: &str) -> Option<Failure> {
    said.contains("not a git repository").then(|| {
        Failure::usage(
            "there is no git repository here: versions of contracts are compared as git keeps them",
            "run this inside a repository; `assay check` needs none",
        )
    })
}
