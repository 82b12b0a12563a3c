//! The files of a commit. Links are followed as they would be on disk, as long as they stay in the repository.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::path::{join, names};
use super::{Commit, Refused, RepoPath, Repository, shown};
use crate::failure::Failure;

/// A folder's own list is small; this much is a mistake, or meant to hurt.
const MAX_TREE: u64 = 64 << 20;
/// Links to links, so that a circle ends somewhere; systems stop at 40 as well.
const MAX_LINKS: usize = 40;
/// Folders within folders.
const MAX_DEPTH: usize = 32;
/// A link's target is a path.
const MAX_TARGET: u64 = 4096;

/// The files of a commit.
pub(crate) struct Tree<'r> {
    repository: &'r Repository,
    commit: Commit,
    folders: RefCell<BTreeMap<String, Rc<Vec<Entry>>>>,
}

/// What a folder holds.
struct Entry {
    name: Vec<u8>,
    kind: Kind,
    id: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Folder,
    Submodule,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file, and the id of its content.
    File(String),
    /// A folder, and the id of its list.
    Folder(String),
    /// Nothing.
    Missing,
    /// Into another repository.
    Submodule,
    /// Out of the repository, or in a circle of links.
    Outside,
}

impl<'r> Tree<'r> {
    /// The files of a commit.
    pub fn new(repository: &'r Repository, commit: Commit) -> Self {
        Tree { repository, commit, folders: RefCell::default() }
    }

    /// Where a path leads, which counts from the top of the repository and may hold `..`.
    pub fn find(&self, path: &[u8]) -> Result<Place, Failure> {
        let mut ahead: VecDeque<Vec<u8>> = names(path).map(<[u8]>::to_vec).collect();
        let mut folders = vec![self.commit.tree.clone()];
        let mut links = 0;
        while let Some(name) = ahead.pop_front() {
            match &name[..] {
                b"." => continue,
                b".." => {
                    folders.pop();
                    if folders.is_empty() {
                        return Ok(Place::Outside);
                    }
                    continue;
                }
                _ => {}
            }
            let folder = self.folder(folders.last().expect("the top is never left"))?;
            let Some(entry) = folder.iter().find(|entry| entry.name == name) else { return Ok(Place::Missing) };
            match entry.kind {
                Kind::Folder => folders.push(entry.id.clone()),
                Kind::Submodule => return Ok(Place::Submodule),
                Kind::File if ahead.is_empty() => return Ok(Place::File(entry.id.clone())),
                Kind::File => return Ok(Place::Missing),
                Kind::Link => {
                    links += 1;
                    let Ok(target) = self.repository.content(&entry.id, MAX_TARGET)? else { return Ok(Place::Outside) };
                    if links > MAX_LINKS || target.starts_with(b"/") {
                        return Ok(Place::Outside);
                    }
                    let ahead_of: Vec<&[u8]> = names(&target).collect();
                    ahead_of.into_iter().rev().for_each(|name| ahead.push_front(name.to_vec()));
                }
            }
        }
        Ok(Place::Folder(folders.pop().expect("the top is never left")))
    }

    /// Every file below a folder that `wanted` asks for by name, hidden ones and `except` passed over, and what is no
    /// file and may hide some.
    pub fn files(&self, folder: &[u8], wanted: &dyn Fn(&[u8]) -> bool) -> Result<Vec<(RepoPath, Place)>, Failure> {
        let mut found = Vec::new();
        match self.find(folder)? {
            Place::Folder(id) => self.walk(folder, &id, 0, wanted, &mut found)?,
            Place::Missing => {}
            other => found.push((folder.to_vec(), other)),
        }
        Ok(found)
    }

    fn walk(
        &self,
        path: &[u8],
        folder: &str,
        depth: usize,
        wanted: &dyn Fn(&[u8]) -> bool,
        found: &mut Vec<(RepoPath, Place)>,
    ) -> Result<(), Failure> {
        for entry in self.folder(folder)?.iter() {
            if entry.name.starts_with(b".") {
                continue;
            }
            let path = join(path, &entry.name);
            let place = match entry.kind {
                Kind::File => Place::File(entry.id.clone()),
                Kind::Folder => Place::Folder(entry.id.clone()),
                Kind::Submodule => Place::Submodule,
                Kind::Link => self.find(&path)?,
            };
            match place {
                Place::File(_) if wanted(&entry.name) => found.push((path, place)),
                Place::Folder(id) if depth < MAX_DEPTH => self.walk(&path, &id, depth + 1, wanted, found)?,
                Place::Submodule => found.push((path, place)),
                Place::Missing | Place::Outside if wanted(&entry.name) => found.push((path, place)),
                Place::File(_) | Place::Folder(_) | Place::Missing | Place::Outside => {}
            }
        }
        Ok(())
    }

    /// The list of a folder.
    fn folder(&self, id: &str) -> Result<Rc<Vec<Entry>>, Failure> {
        if let Some(known) = self.folders.borrow().get(id) {
            return Ok(Rc::clone(known));
        }
        let broken = |why: &str| Failure::Outside(format!("a folder of {} cannot be read: {why}", self.commit.name));
        let list = match self.repository.content(id, MAX_TREE)? {
            Ok(list) => list,
            Err(Refused::Missing) => return Err(broken(&format!("the repository has no object {id}"))),
            Err(Refused::TooLarge(_)) => return Err(broken("its list is too long")),
        };
        let entries =
            entries(&list, id.len() / 2).ok_or_else(|| broken(&format!("the object {id} is no list of files")))?;
        let entries = Rc::new(entries);
        self.folders.borrow_mut().insert(id.to_string(), Rc::clone(&entries));
        Ok(entries)
    }
}

/// What the list of a folder holds: `MODE NAME`, a zero, and an id of so many bytes, one after the other.
fn entries(mut list: &[u8], id_bytes: usize) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !list.is_empty() {
        let blank = list.iter().position(|byte| *byte == b' ')?;
        let end = list.iter().position(|byte| *byte == 0)?;
        let (mode, name) = (list.get(..blank)?, list.get(blank + 1..end)?);
        let id = list.get(end + 1..end + 1 + id_bytes)?;
        let kind = match mode {
            b"40000" | b"040000" => Kind::Folder,
            b"120000" => Kind::Link,
            b"160000" => Kind::Submodule,
            _ => Kind::File,
        };
        let id = id.iter().map(|byte| format!("{byte:02x}")).collect();
        entries.push(Entry { name: name.to_vec(), kind, id });
        list = &list[end + 1 + id_bytes..];
    }
    Some(entries)
}

impl Place {
    /// Why it is no file that can be read.
    pub fn why_not(&self, path: &[u8]) -> String {
        let path = shown(path);
        match self {
            Place::File(_) => format!("`{path}` is a file"),
            Place::Folder(_) => format!("`{path}` is a folder"),
            Place::Missing => format!("`{path}` is not in that version"),
            Place::Submodule => format!("`{path}` is in a submodule, whose versions its own repository keeps"),
            Place::Outside => format!("`{path}` leads out of the repository"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_both_hashes_are_read() {
        for bytes in [20, 32] {
            let mut list = Vec::new();
            for (mode, name) in
                [("100644", &b"a b.yaml"[..]), ("40000", b"sub"), ("120000", b"l\xff"), ("160000", b"m")]
            {
                list.extend([mode.as_bytes(), b" ", name, b"\0"].concat());
                list.extend(vec![0xab; bytes]);
            }
            let read = entries(&list, bytes).expect("a list");
            let names: Vec<&[u8]> = read.iter().map(|entry| &entry.name[..]).collect();
            assert_eq!(names, [&b"a b.yaml"[..], b"sub", b"l\xff", b"m"]);
            assert!(read.iter().all(|entry| entry.id == "ab".repeat(bytes)));
            let cut = &list[..list.len() - 1];
            assert!(entries(cut, bytes).is_none(), "a list that ends early is no list");
        }
    }
}
