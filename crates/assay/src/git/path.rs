//! Paths as git keeps them: bytes, `/` between folders, relative to the top of the repository.

use std::path::{Path, PathBuf};

/// A path in a repository; empty for its top.
pub(crate) type RepoPath = Vec<u8>;

/// A path for people.
pub(crate) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// The names in a path.
pub(super) fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty())
}

/// A path below another one.
pub(super) fn join(folder: &[u8], name: &[u8]) -> RepoPath {
    if folder.is_empty() {
        return name.to_vec();
    }
    [folder, b"/", name].concat()
}

/// A relative path of this system as git would write it.
pub(super) fn bytes(path: &Path) -> RepoPath {
    let names: Vec<&[u8]> = path.components().map(|name| name.as_os_str().as_encoded_bytes()).collect();
    names.join(&b'/')
}

/// A path of git as this system writes it.
pub(super) fn native(path: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(path))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(path).into_owned())
    }
}

/// The path that git wrote on a line of its own; a line break in its middle belongs to it.
pub(super) fn from_line(line: &[u8]) -> PathBuf {
    native(line.strip_suffix(b"\n").unwrap_or(line))
}
