//! The documents of a version, loaded: the new one has to be valid as `assay check` wants it, the old one is taken as
//! far as it can be read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assay_contract::{Broken, Environment, Kind, Project, Resolved};
use assay_core::contract::Files;
use assay_diff::Version;
use chrono::{DateTime, Utc};

use super::home::Home;
use super::snapshot::{self, Document, Snapshot};
use crate::clock;
use crate::disk::{self, Disk};
use crate::failure::Failure;
use crate::git::{Commit, Repository, Tree};
use crate::load::{PROJECT_FILE, Problems};

/// What both versions have in common.
pub(crate) struct Side<'a> {
    pub repository: &'a Repository,
    pub home: &'a Home,
    pub vars: &'a BTreeMap<String, String>,
}

/// A version, loaded.
pub(crate) struct Loaded {
    pub version: Version,
    pub project: Project,
    /// The clock of both versions.
    pub now: DateTime<Utc>,
    pub as_of: bool,
    pub notes: Vec<String>,
    /// Which files each document reads while it is loaded, by its path; of the working tree alone.
    pub files_read: BTreeMap<String, BTreeSet<PathBuf>>,
}

/// The old version.
pub(crate) struct Old {
    pub version: Version,
    pub notes: Vec<String>,
    /// Documents that could not be read.
    unreadable: BTreeSet<String>,
}

impl Side<'_> {
    /// The new version. One document that is invalid makes the whole an error, with the problems of all.
    pub fn new_version(&self, head: Option<&Commit>, as_of: Option<&str>) -> Result<Loaded, Failure> {
        let Some(commit) = head else {
            let disk = Disk { base: self.home.root.clone().or_else(|| self.home.folder.clone()).unwrap_or_default() };
            let read = |root: &PathBuf| disk::read(&root.join(PROJECT_FILE), assay_contract::MAX_BYTES as u64);
            let text = self.home.root.as_ref().map(read);
            let project = valid_project(&disk, text)?;
            let snapshot = Snapshot::of_working_tree(self.repository, self.home, &project)?;
            return self.valid(&disk, project, snapshot, as_of);
        };
        let tree = Tree::new(self.repository, commit.clone());
        let files = snapshot::files_of(self.repository, &tree, self.home, commit);
        let project = valid_project(&files, snapshot::project_file(&files)?)?;
        let snapshot = Snapshot::of_commit(&files, &project)?;
        self.valid(&files, project, snapshot, as_of)
    }

    /// The old version. What of it cannot be read is a note.
    pub fn old_version(&self, base: &Commit, now: DateTime<Utc>) -> Result<Old, Failure> {
        let tree = Tree::new(self.repository, base.clone());
        let files = snapshot::files_of(self.repository, &tree, self.home, base);
        let mut notes = Vec::new();
        let broken =
            |why: &str| format!("{PROJECT_FILE} of {} cannot be used ({why}): defaults stand in for it", base.name);
        let project = match snapshot::project_file(&files)? {
            None => Project::default(),
            Some(Err(why)) => {
                notes.push(broken(&why));
                Project::default()
            }
            Some(Ok(text)) => snapshot::project(&files, Some(&text)).unwrap_or_else(|why| {
                notes.push(broken(&first(&why)));
                Project::default()
            }),
        };
        let snapshot = Snapshot::of_commit(&files, &project)?;
        notes.extend(snapshot.notes);
        let mut old = Old { version: Version::default(), notes, unreadable: BTreeSet::new() };
        for document in snapshot.documents {
            match self.resolved(&document, &files, &project, now) {
                Ok(resolved) => old.version.documents.extend(resolved),
                Err(why) => {
                    let path = document.path;
                    old.notes.push(format!(
                        "{path} of {} cannot be compared ({why}): it counts as changed, and what changed is not known",
                        base.name
                    ));
                    old.unreadable.insert(path);
                }
            }
        }
        Ok(old)
    }

    fn valid(
        &self,
        files: &dyn Files,
        project: Project,
        snapshot: Snapshot,
        as_of: Option<&str>,
    ) -> Result<Loaded, Failure> {
        let as_of = as_of.map(|text| clock::as_of(text, &project.timezone)).transpose()?;
        let now = as_of.unwrap_or_else(clock::now);
        let mut problems = Problems::default();
        let mut version = Version::default();
        let mut files_read = BTreeMap::new();
        for document in &snapshot.documents {
            let recorder = Recorder { files, base: self.home.folder.as_deref(), read: RefCell::default() };
            match self.checked(document, &recorder, &project, now) {
                Ok(resolved) => version.documents.extend(resolved),
                Err(Wrong::Broken(broken)) => problems.add(&broken),
                Err(Wrong::Unreadable(why)) => problems.add_file(why),
            }
            files_read.insert(document.path.clone(), recorder.read.into_inner());
        }
        problems.into_result()?;
        Ok(Loaded { version, project, now, as_of: as_of.is_some(), notes: snapshot.notes, files_read })
    }

    /// A document that is valid; `None` where it is a pack.
    fn checked(
        &self,
        document: &Document,
        files: &dyn Files,
        project: &Project,
        now: DateTime<Utc>,
    ) -> Result<Option<Resolved>, Wrong> {
        let bytes = document.content.as_ref().map_err(|why| Wrong::Unreadable(why.clone()))?;
        let environment = self.environment(files, project, now);
        match assay_contract::kind(bytes) {
            Kind::Pack => return Ok(None),
            Kind::Rules if document.is_rules => {}
            Kind::Monitor => drop(assay_contract::load_monitor(&document.path, bytes, &environment)?),
            Kind::Contract | Kind::Rules | Kind::Odcs => {
                drop(assay_contract::load(&document.path, bytes, &environment)?);
            }
        }
        Ok(Some(assay_contract::resolve(&document.path, bytes, &environment)?))
    }

    /// A document as far as it can be read; `None` where it is a pack. The error is one sentence.
    fn resolved(
        &self,
        document: &Document,
        files: &dyn Files,
        project: &Project,
        now: DateTime<Utc>,
    ) -> Result<Option<Resolved>, String> {
        let bytes = document.content.as_ref().map_err(String::clone)?;
        if assay_contract::kind(bytes) == Kind::Pack {
            return Ok(None);
        }
        let environment = self.environment(files, project, now);
        assay_contract::resolve(&document.path, bytes, &environment).map(Some).map_err(|broken| first(&broken))
    }

    fn environment<'e>(
        &'e self,
        files: &'e dyn Files,
        project: &'e Project,
        planned: DateTime<Utc>,
    ) -> Environment<'e> {
        Environment {
            project,
            root: self.home.root.as_deref(),
            vars: self.vars,
            env: &from_environment,
            files,
            planned,
        }
    }
}

fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Old {
    /// Takes documents of the new version out of the comparison whose old version could not be read: they are neither
    /// new nor the same. Gives their paths.
    pub fn leave_out_unreadable(&self, new: &mut Loaded) -> BTreeSet<String> {
        let is_unknown = |document: &Resolved| self.unreadable.contains(&*document.path);
        let unknown = new.version.documents.iter().filter(|document| is_unknown(document));
        let paths = unknown.map(|document| document.path.to_string()).collect();
        new.version.documents.retain(|document| !is_unknown(document));
        paths
    }
}

enum Wrong {
    Broken(Broken),
    Unreadable(String),
}

impl From<Broken> for Wrong {
    fn from(broken: Broken) -> Self {
        Wrong::Broken(broken)
    }
}

fn valid_project(files: &dyn Files, text: Option<Result<Vec<u8>, String>>) -> Result<Project, Failure> {
    let mut problems = Problems::default();
    match text.transpose() {
        Err(why) => problems.add_file(format!("cannot read `{PROJECT_FILE}`: {why}")),
        Ok(text) => match snapshot::project(files, text.as_deref()) {
            Ok(project) => return Ok(project),
            Err(broken) => problems.add(&broken),
        },
    }
    Err(problems.into_result().expect_err("there is a problem"))
}

/// The first problem, with its line.
fn first(broken: &Broken) -> String {
    let reports = assay_contract::reports(&broken.problems, &broken.sources);
    let Some(report) = reports.first() else { return "it cannot be read".into() };
    match report.line {
        Some(line) => format!("line {line}: {}", report.message),
        None => report.message.clone(),
    }
}

/// Files, and which of them were read.
#[derive(Debug)]
struct Recorder<'a> {
    files: &'a dyn Files,
    /// The folder on disk that paths count from.
    base: Option<&'a Path>,
    read: RefCell<BTreeSet<PathBuf>>,
}

impl Files for Recorder<'_> {
    fn read(&self, path: &str, from: &str) -> Result<Vec<u8>, String> {
        if let Some(base) = self.base {
            let folder = Path::new(from).parent().unwrap_or(Path::new(""));
            let whole = base.join(folder).join(path);
            self.read.borrow_mut().insert(std::fs::canonicalize(&whole).unwrap_or(whole));
        }
        self.files.read(path, from)
    }
}
