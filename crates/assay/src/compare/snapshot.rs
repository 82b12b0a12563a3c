//! One version of a project: its settings, and the texts of its documents.

use std::path::Path;

use assay_contract::{Broken, MAX_BYTES, Project};
use assay_core::contract::Files;

use super::files::CommitFiles;
use super::home::Home;
use crate::disk;
use crate::failure::Failure;
use crate::git::{Commit, Place, Repository, Tree, WorkingTree, shown};
use crate::load::{self, PROJECT_FILE};

/// The texts of a version.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// Contracts, packs, monitors and rules, by their path as shown to people.
    pub documents: Vec<Document>,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

/// A file that may be a document.
pub(crate) struct Document {
    /// As shown to people: relative to the project.
    pub path: String,
    /// Its bytes, or why they are not to be had.
    pub content: Result<Vec<u8>, String>,
    /// Whether it lies in the folder of rules.
    pub is_rules: bool,
}

/// The settings of a version. `None`: it has no assay.yaml.
pub(crate) fn project(files: &dyn Files, text: Option<&[u8]>) -> Result<Project, Broken> {
    match text {
        Some(text) => Project::load(PROJECT_FILE, text, &|name| std::env::var(name).ok(), files),
        None => Ok(Project::default()),
    }
}

/// The text of assay.yaml in a commit.
pub(crate) fn project_file(files: &CommitFiles<'_>) -> Result<Option<Result<Vec<u8>, String>>, Failure> {
    let path = files.home.join(PROJECT_FILE);
    match files.tree.find(&path)? {
        Place::Missing => Ok(None),
        _ => files.content(&path, MAX_BYTES as u64).map(Some),
    }
}

impl Snapshot {
    /// The documents of a commit.
    pub fn of_commit(files: &CommitFiles<'_>, project: &Project) -> Result<Self, Failure> {
        let mut snapshot = Snapshot::default();
        for (folder, is_rules) in folders(project) {
            let top = files.home.join(folder);
            for (path, place) in files.tree.files(&top, &is_yaml)? {
                let inside = shown(path.strip_prefix(&top[..]).unwrap_or(&path));
                let shown = format!("{folder}{inside}");
                match place {
                    Place::File(id) => {
                        let content = files.of_id(&id, &path, MAX_BYTES as u64)?;
                        snapshot.documents.push(Document { path: shown, content, is_rules });
                    }
                    other => snapshot.notes.push(format!("not compared: {} ({})", other.why_not(&path), files.name)),
                }
            }
        }
        Ok(snapshot)
    }

    /// The documents of the working tree: those that git keeps, and new ones that it does not ignore.
    pub fn of_working_tree(repository: &Repository, home: &Home, project: &Project) -> Result<Self, Failure> {
        let mut snapshot = Snapshot::default();
        let Some(folder) = &home.folder else { return Ok(snapshot) };
        for (name, is_rules) in folders(project) {
            let top = folder.join(name);
            let in_repository = std::fs::canonicalize(&top).ok().and_then(|top| repository.path_of(&top));
            let Some(in_repository) = in_repository else {
                if top.is_dir() {
                    snapshot.notes.push(format!("not compared: `{name}` leads out of the repository (working tree)"));
                }
                continue;
            };
            let tree = WorkingTree::look(repository, &[&in_repository])?;
            snapshot.on_disk(repository, &tree, &top, name, is_rules)?;
            snapshot.left_out(repository, &tree, &in_repository, name, is_rules)?;
        }
        snapshot.documents.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(snapshot)
    }

    fn on_disk(
        &mut self,
        repository: &Repository,
        tree: &WorkingTree,
        top: &Path,
        name: &str,
        is_rules: bool,
    ) -> Result<(), Failure> {
        let mut files = Vec::new();
        load::walk(top, 0, &mut files)?;
        let mut ignored = 0;
        let real_top = std::fs::canonicalize(top).unwrap_or_else(|_| top.to_path_buf());
        for (path, _) in files {
            let Ok(whole) = std::fs::canonicalize(&path) else { continue };
            let inside = path.strip_prefix(top).unwrap_or(&path).to_string_lossy().into_owned();
            let shown = format!("{name}/{inside}");
            // a link may lead to a file elsewhere, of which git was not asked yet
            let linked = || {
                Ok::<_, Failure>(
                    !whole.starts_with(&real_top) && tree_of(repository, &whole)?.knows(repository, &whole),
                )
            };
            if !tree.knows(repository, &whole) && !linked()? {
                ignored += 1;
                continue;
            }
            let content = disk::read(&path, MAX_BYTES as u64).map_err(|why| format!("cannot read `{shown}`: {why}"));
            self.documents.push(Document { path: shown, content, is_rules });
        }
        if ignored > 0 {
            let files = if ignored == 1 { "1 file" } else { &format!("{ignored} files") };
            self.notes
                .push(format!("not compared: {files} in `{name}` that git ignores or that another repository keeps"));
        }
        Ok(())
    }

    /// What a sparse checkout leaves out is not gone.
    fn left_out(
        &mut self,
        repository: &Repository,
        tree: &WorkingTree,
        top: &[u8],
        name: &str,
        is_rules: bool,
    ) -> Result<(), Failure> {
        for (path, id) in &tree.left_out {
            let file = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            let there = repository.on_disk(path).is_some_and(|path| path.exists());
            let Some(inside) = path.strip_prefix(top).filter(|_| is_yaml(file) && !there) else { continue };
            let refused = |_| format!("the repository does not have the content of `{}`", shown(path));
            let content = repository.content(id, MAX_BYTES as u64)?.map_err(refused);
            self.documents.push(Document { path: format!("{name}{}", shown(inside)), content, is_rules });
        }
        Ok(())
    }
}

/// What git says of one file, which a link outside of the folder leads to.
fn tree_of(repository: &Repository, whole: &Path) -> Result<WorkingTree, Failure> {
    match repository.path_of(whole) {
        Some(path) => WorkingTree::look(repository, &[&path]),
        None => Ok(WorkingTree::default()),
    }
}

fn folders(project: &Project) -> [(&str, bool); 2] {
    [(project.checks.trim_end_matches('/'), false), (project.rules.trim_end_matches('/'), true)]
}

/// Whether a file's name is one that a document may have.
fn is_yaml(name: &[u8]) -> bool {
    (name.ends_with(b".yaml") || name.ends_with(b".yml")) && name != PROJECT_FILE.as_bytes()
}

/// The files of a commit.
pub(crate) fn files_of<'r>(
    repository: &'r Repository,
    tree: &'r Tree<'r>,
    home: &'r Home,
    commit: &'r Commit,
) -> CommitFiles<'r> {
    CommitFiles { repository, tree, home, name: &commit.name }
}
