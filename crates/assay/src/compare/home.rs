//! Where the project is in its repository.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::git::{Commit, Place, RepoPath, Repository, Tree, shown};
use crate::load::{PROJECT_FILE, find_root};

/// A project's place.
pub(crate) struct Home {
    /// In the repository.
    pub path: RepoPath,
    /// On disk: the folder of assay.yaml, without one the current folder. `None` in a bare repository.
    pub folder: Option<PathBuf>,
    /// The folder of assay.yaml on disk, where there is one.
    pub root: Option<PathBuf>,
}

impl Home {
    /// The project at or above the current folder.
    pub fn here(repository: &Repository) -> Result<Self, Failure> {
        let root = find_root(&[])?;
        let here = || std::fs::canonicalize(".").map_err(|_| Failure::Outside("the current folder is gone".into()));
        let folder = root.clone().map_or_else(here, Ok)?;
        let Some(path) = repository.path_of(&folder) else {
            let message = match &repository.top {
                Some(top) => {
                    format!("the project at `{}` is not in the repository at `{}`", folder.display(), top.display())
                }
                None => "git has no working tree here, only versions".into(),
            };
            return Err(Failure::usage(message, "run this in the folder of the project"));
        };
        Ok(Home { path, folder: Some(folder), root })
    }

    /// The project in a folder of a repository that may be bare; the only one in `commit` where none is named.
    pub fn of(repository: &Repository, named: Option<&str>, commit: &Commit) -> Result<Self, Failure> {
        let path = match named {
            Some(named) => named.trim_matches('/').trim_start_matches("./").as_bytes().to_vec(),
            None => only_project(repository, commit)?,
        };
        let tree = Tree::new(repository, commit.clone());
        if !matches!(tree.find(&path)?, Place::Folder(_)) {
            return Err(Failure::usage(
                format!("there is no folder `{}` in {}", shown(&path), commit.name),
                "`--project` counts from the top of the repository",
            ));
        }
        let folder = repository.on_disk(&path);
        let root = folder.clone().filter(|folder| folder.join(PROJECT_FILE).is_file());
        Ok(Home { path, folder, root })
    }

    /// A path of the project in the repository.
    pub fn join(&self, path: &str) -> RepoPath {
        match self.path.is_empty() {
            true => path.as_bytes().to_vec(),
            false => [&self.path[..], b"/", path.as_bytes()].concat(),
        }
    }
}

fn only_project(repository: &Repository, commit: &Commit) -> Result<RepoPath, Failure> {
    let tree = Tree::new(repository, commit.clone());
    let found = tree.files(b"", &|name| name == PROJECT_FILE.as_bytes())?;
    let mut folders: Vec<RepoPath> = found
        .into_iter()
        .filter(|(_, place)| matches!(place, Place::File(_)))
        .map(|(path, _)| path[..path.len() - PROJECT_FILE.len()].trim_ascii_end().to_vec())
        .map(|path| path.strip_suffix(b"/").map_or(path.clone(), <[u8]>::to_vec))
        .collect();
    match folders.len() {
        0 => Ok(RepoPath::new()),
        1 => Ok(folders.remove(0)),
        n => {
            let some: Vec<String> = folders.iter().take(5).map(|folder| format!("`{}`", shown(folder))).collect();
            Err(Failure::usage(
                format!("{} has {n} projects: {}", commit.name, some.join(", ")),
                "name one: `--project FOLDER`",
            ))
        }
    }
}
