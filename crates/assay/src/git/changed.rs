//! Which files differ between two versions, renames followed.

use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::command::{failed, git};
use super::{Commit, RepoPath, Repository, path};
use crate::disk::reason;
use crate::failure::Failure;

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedFile {
    /// Where it was; `None` of a new one.
    pub old: Option<RepoPath>,
    /// Where it is; `None` of one that is gone.
    pub new: Option<RepoPath>,
}

impl Repository {
    /// The files that differ between a commit and another one, or the working tree with what git does not ignore in it.
    pub fn changed(&self, base: &Commit, head: Option<&Commit>) -> Result<Vec<ChangedFile>, Failure> {
        // what a user's configuration adds to `git diff` is switched off
        let diff =
            ["diff", "--name-status", "-z", "-M", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative"];
        let diff = git(diff).arg("--ignore-submodules=dirty").arg(&base.id);
        let Some(head) = head else {
            // `git diff` writes the index when files were touched and not changed: it gets a copy
            let copy = IndexCopy::make()?;
            let mut changed = parse(&diff.env("GIT_INDEX_FILE", copy.path()).arg("--").output()?)?;
            let new = self.untracked(&[b""])?.into_iter();
            changed.extend(new.map(|new| ChangedFile { old: None, new: Some(new) }));
            return Ok(changed);
        };
        parse(&diff.arg(&head.id).arg("--").output()?)
    }
}

/// `STATUS 0 PATH 0`, or of a rename `STATUS 0 OLD 0 NEW 0`.
fn parse(output: &[u8]) -> Result<Vec<ChangedFile>, Failure> {
    let mut parts = output.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let mut changed = Vec::new();
    while let Some(status) = parts.next().filter(|status| !status.is_empty()) {
        let Some(path) = parts.next() else { return Err(failed("diff", "it wrote something unknown")) };
        changed.push(match status[0] {
            b'A' => ChangedFile { old: None, new: Some(path) },
            b'D' => ChangedFile { old: Some(path), new: None },
            b'R' => ChangedFile { old: Some(path), new: parts.next() },
            b'C' => ChangedFile { old: None, new: parts.next() },
            _ => ChangedFile { old: Some(path.clone()), new: Some(path) },
        });
    }
    Ok(changed)
}

/// A copy of the index, which git may write.
struct IndexCopy {
    folder: tempfile::TempDir,
}

impl IndexCopy {
    fn make() -> Result<Self, Failure> {
        let index: PathBuf = path::from_line(&git(["rev-parse", "--git-path", "index"]).output()?);
        let fail =
            |error: std::io::Error| Failure::Outside(format!("git's index cannot be copied: {}", reason(&error)));
        let copy = IndexCopy { folder: tempfile::tempdir().map_err(fail)? };
        match std::fs::metadata(&index) {
            // without an index nothing is tracked, which is what git takes a missing one for
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(copy),
            Err(error) => return Err(fail(error)),
            Ok(of_index) => {
                std::fs::copy(&index, copy.path()).map_err(fail)?;
                // Git reads files that are no older than the index, because they may have changed within one tick of
                // the clock. A copy that is younger would hide such a change.
                let modified = of_index.modified().map_err(fail)?;
                let file = File::options().write(true).open(copy.path()).map_err(fail)?;
                file.set_modified(modified).map_err(fail)?;
            }
        }
        Ok(copy)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("index")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_says_where_a_file_was_and_is() {
        let output = b"M\0a\nb\0A\0new\0D\0old\0R087\0from\0to\0C100\0kept\0copy\0T\0link\0";
        let changed = parse(output).expect("known");
        type Sides<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);
        let shown: Vec<Sides<'_>> = changed.iter().map(|file| (file.old.as_deref(), file.new.as_deref())).collect();
        let expected: [Sides<'_>; 6] = [
            (Some(b"a\nb"), Some(b"a\nb")),
            (None, Some(b"new")),
            (Some(b"old"), None),
            (Some(b"from"), Some(b"to")),
            (None, Some(b"copy")),
            (Some(b"link"), Some(b"link")),
        ];
        assert_eq!(shown, expected);
        assert!(parse(b"").expect("known").is_empty());
    }
}
