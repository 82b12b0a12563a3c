//! A rim for tests: files from memory or from the repository, no environment, a fixed clock.
#![allow(dead_code)] // each test binary uses its part

pub mod monitors;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assay_contract::{Broken, Environment, Loaded, LoadedMonitor, Project, load, load_monitor};
use assay_core::contract::Files;
use chrono::{DateTime, Utc};

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the crate is in the repository")
}

/// No environment variable is set.
pub fn no_env(_: &str) -> Option<String> {
    None
}

/// Files of the repository, whose paths start at its root.
#[derive(Debug)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, from: &str) -> Result<Vec<u8>, String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        fs::read(repository().join(folder).join(path)).map_err(|_| format!("cannot read `{path}`: no such file"))
    }
}

/// Files in memory, by their whole path.
#[derive(Debug, Default)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn read(&self, path: &str, from: &str) -> Result<Vec<u8>, String> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = Vec::new();
        for part in folder.split('/').chain(path.split('/')).filter(|part| !part.is_empty() && *part != ".") {
            match part {
                ".." => parts.truncate(parts.len().saturating_sub(1)),
                part => parts.push(part),
            }
        }
        self.0.get(&parts.join("/")).cloned().ok_or_else(|| format!("cannot read `{path}`: no such file"))
    }
}

/// What surrounds a contract in tests.
pub struct World {
    pub project: Project,
    pub vars: BTreeMap<String, String>,
    pub env: BTreeMap<String, String>,
    pub files: Box<dyn Files>,
    pub planned: DateTime<Utc>,
    pub root: Option<PathBuf>,
}

impl World {
    pub fn on_disk() -> Self {
        let mut world = World::with(Box::new(Disk));
        world.env.insert("REGION".into(), "eu-hush".into());
        world
    }

    pub fn with_files(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        World::with(Box::new(Memory(files)))
    }

    fn with(files: Box<dyn Files>) -> Self {
        World {
            project: Project::default(),
            vars: BTreeMap::new(),
            env: BTreeMap::new(),
            files,
            planned: "2026-11-20T23:30:00Z".parse().expect("an instant"),
            root: None,
        }
    }

    pub fn load(&self, path: &str, bytes: &[u8]) -> Result<Loaded, Broken> {
        self.within(|environment| load(path, bytes, environment))
    }

    pub fn load_monitor(&self, path: &str, bytes: &[u8]) -> Result<LoadedMonitor, Broken> {
        self.within(|environment| load_monitor(path, bytes, environment))
    }

    fn within<T>(&self, work: impl Fn(&Environment<'_>) -> T) -> T {
        let env = |name: &str| self.env.get(name).cloned();
        work(&Environment {
            project: &self.project,
            root: self.root.as_deref(),
            vars: &self.vars,
            env: &env,
            files: self.files.as_ref(),
            planned: self.planned,
        })
    }
}
