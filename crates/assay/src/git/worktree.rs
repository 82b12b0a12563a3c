//! Which files of the working tree are versions to come: tracked ones, and new ones that git does not ignore.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::command::git;
use super::{RepoPath, Repository, path};
use crate::failure::Failure;

/// The files below some folders of the working tree that git knows or would take.
#[derive(Debug, Default)]
pub(crate) struct WorkingTree {
    known: BTreeSet<RepoPath>,
    /// Tracked files that a sparse checkout leaves out, with the ids of their content.
    pub left_out: BTreeMap<RepoPath, String>,
}

impl WorkingTree {
    /// Looks at these folders.
    pub fn look(repository: &Repository, folders: &[&[u8]]) -> Result<Self, Failure> {
        let mut tree = WorkingTree::default();
        // `TAG MODE ID STAGE\tPATH`
        for line in repository.listed(&["--cached", "--stage", "-t"], folders)? {
            let tab = line.iter().position(|byte| *byte == b'\t').unwrap_or(line.len());
            let (head, path) =
                (String::from_utf8_lossy(&line[..tab]).into_owned(), line.get(tab + 1..).unwrap_or_default());
            let mut fields = head.split(' ');
            let (tag, id) = (fields.next(), fields.nth(1));
            if let (Some("S"), Some(id)) = (tag, id) {
                tree.left_out.insert(path.to_vec(), id.to_string());
            }
            tree.known.insert(path.to_vec());
        }
        tree.known.extend(repository.untracked(folders)?);
        Ok(tree)
    }

    /// Whether git keeps a file, or would: `absolute` is a path without links.
    pub fn knows(&self, repository: &Repository, absolute: &Path) -> bool {
        repository.path_of(absolute).is_some_and(|path| self.known.contains(&path))
    }
}

impl Repository {
    /// New files below some folders that git does not ignore.
    pub(super) fn untracked(&self, folders: &[&[u8]]) -> Result<Vec<RepoPath>, Failure> {
        let mut found = self.listed(&["--others", "--exclude-standard"], folders)?;
        // a folder is a repository within this one
        found.retain(|path| !path.ends_with(b"/"));
        Ok(found)
    }

    /// Whether git ignores a path of the working tree.
    pub fn ignores(&self, path: &[u8]) -> Result<bool, Failure> {
        if self.top.is_none() {
            return Ok(false);
        }
        let found = git(["check-ignore", "--quiet", "--"]).arg(self.seen_from_here(path)).found()?;
        Ok(found.is_some())
    }

    fn listed(&self, what: &[&str], folders: &[&[u8]]) -> Result<Vec<Vec<u8>>, Failure> {
        let mut ls = git(["ls-files", "-z", "--full-name"]);
        for option in what {
            ls = ls.arg(option);
        }
        ls = ls.arg("--");
        for folder in folders {
            ls = ls.arg(self.seen_from_here(folder));
        }
        let listed = ls.output()?;
        Ok(listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect())
    }

    /// A path of the repository as it is written in the current folder: git is not moved elsewhere, because `GIT_DIR`
    /// of a hook may be relative to it.
    fn seen_from_here(&self, path: &[u8]) -> PathBuf {
        let here = self.up.join(path::native(path));
        if here.as_os_str().is_empty() { PathBuf::from(".") } else { here }
    }
}
