//! The files that the documents of a commit name: those of the commit. What git does not keep is read from disk, and so
//! is the same for both versions.

use std::fmt;
use std::path::{Path, PathBuf};

use assay_core::contract::Files;

use super::home::Home;
use crate::disk::{self, Disk};
use crate::failure::Failure;
use crate::git::{Place, Refused, RepoPath, Repository, Tree, shown};

/// The most bytes of a file that a contract names, as on disk.
const MAX_BYTES: u64 = 64 << 20;
/// What stands in git where the content is kept by Git LFS.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// Files of a commit.
pub(crate) struct CommitFiles<'r> {
    pub repository: &'r Repository,
    pub tree: &'r Tree<'r>,
    pub home: &'r Home,
    /// The version, for people.
    pub name: &'r str,
}

impl fmt::Debug for CommitFiles<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitFiles").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Files for CommitFiles<'_> {
    fn read(&self, path: &str, from: &str) -> Result<Vec<u8>, String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let Some(in_repository) = self.in_repository(path, folder) else {
            return Disk { base: PathBuf::new() }.read(path, "");
        };
        match self.content(&in_repository, MAX_BYTES) {
            Err(failure) => Err(failure.message().to_string()),
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(why)) => self.not_kept(&in_repository, path, folder).unwrap_or(Err(why)),
        }
    }
}

impl CommitFiles<'_> {
    /// The content of a file; the inner error says why it is not to be had.
    pub fn content(&self, path: &RepoPath, most: u64) -> Result<Result<Vec<u8>, String>, Failure> {
        let id = match self.tree.find(path)? {
            Place::File(id) => id,
            other => return Ok(Err(format!("{} ({})", other.why_not(path), self.name))),
        };
        self.of_id(&id, path, most)
    }

    /// The content of a file whose id is known.
    pub fn of_id(&self, id: &str, path: &[u8], most: u64) -> Result<Result<Vec<u8>, String>, Failure> {
        Ok(match self.repository.content(id, most)? {
            Ok(bytes) if bytes.starts_with(LFS_POINTER) => {
                Err(format!("`{}` is kept by Git LFS: git has its address and not its content", shown(path)))
            }
            Ok(bytes) => Ok(bytes),
            Err(Refused::TooLarge(size)) => Err(format!("`{}` has {size} bytes, which are too many", shown(path))),
            Err(Refused::Missing) => Err(format!("the repository does not have the content of `{}`", shown(path))),
        })
    }

    /// Where a path that a document in `folder` names is in the repository; `None` for absolute ones outside of it.
    fn in_repository(&self, path: &str, folder: &Path) -> Option<RepoPath> {
        if !Path::new(path).is_absolute() {
            return Some(self.home.join(&folder.join(path).to_string_lossy()));
        }
        let whole = std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
        self.repository.path_of(&whole)
    }

    /// A file that is not in the commit and is on disk for another reason: git ignores it, or it is outside.
    fn not_kept(&self, in_repository: &RepoPath, path: &str, folder: &Path) -> Option<Result<Vec<u8>, String>> {
        let on_disk = self.home.folder.as_ref()?.join(folder).join(path);
        let whole = std::fs::canonicalize(&on_disk).ok()?;
        let ignored = match self.repository.path_of(&whole) {
            None => true,
            Some(_) => self.repository.ignores(in_repository).unwrap_or(false),
        };
        ignored.then(|| disk::read(&whole, MAX_BYTES))
    }
}
