//! Finding the project and its contracts, and loading all of them before anything else happens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_contract::{Broken, Environment, Kind, Loaded, LoadedMonitor, MAX_BYTES, Project, Report, Sources};
use assay_core::problem::{Place, Problem};
use assay_report::FileProblem;
use chrono::{DateTime, Utc};

use crate::disk::{self, Disk, reason};
use crate::failure::Failure;
use crate::named;

pub(crate) const PROJECT_FILE: &str = "assay.yaml";
/// Folders within folders, so that a link to a parent ends somewhere.
const MAX_DEPTH: usize = 32;

/// A project and the contract files that were asked for.
pub(crate) struct Found {
    /// The folder of `assay.yaml`, where there is one.
    pub root: Option<PathBuf>,
    /// Its settings, or the defaults.
    pub project: Project,
    /// The contract files, each once.
    pub files: Vec<ContractFile>,
    disk: Disk,
}

/// A contract file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ContractFile {
    /// As shown to people: relative to the project where it can be, else as the user wrote it.
    pub shown: String,
    /// Where to read it.
    pub path: PathBuf,
    /// Whether the user named this very file; in folders, packs and hidden files are passed over.
    pub named: bool,
}

/// Finds the project and the contracts under `paths`; without paths, the project at or above the current folder.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Found, Failure> {
    let root = find_root(paths)?;
    let disk = Disk { base: root.clone().unwrap_or_default() };
    let project = match &root {
        Some(root) => load_project(root, &disk)?,
        None => Project::default(),
    };

    let mut files = Vec::new();
    if paths.is_empty() {
        let folder = root.clone().unwrap_or_default().join(&project.checks);
        if !folder.is_dir() {
            return Err(no_checks(root.as_deref(), &project.checks));
        }
        walk(&folder, 0, &mut files)?;
    }
    for path in paths {
        let found = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        let is_root = found.is_dir() && path.join(PROJECT_FILE).is_file();
        match (found.is_dir(), is_root) {
            (true, true) => walk(&path.join(&project.checks), 0, &mut files)?,
            (true, false) => walk(path, 0, &mut files)?,
            (false, _) => files.push((path.clone(), true)),
        }
    }
    let mut found = Found { root, project, files: Vec::new(), disk };
    let mut files: Vec<ContractFile> = files.into_iter().map(|(path, named)| found.shown(path, named)).collect();
    files.sort_by(|a, b| (&a.shown, !a.named).cmp(&(&b.shown, !b.named)));
    files.dedup_by(|next, kept| next.shown == kept.shown);
    if files.is_empty() {
        return Err(Failure::usage(
            "no contracts found",
            "a contract is a `.yaml` file that starts with `assay: 1` and `table: ..`",
        ));
    }
    found.files = files;
    Ok(found)
}

/// What was asked for, loaded.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// Contracts of tables.
    pub contracts: Vec<Loaded>,
    /// Monitors of models.
    pub monitors: Vec<LoadedMonitor>,
}

impl Found {
    /// Loads every contract and monitor. One that is invalid makes the whole an error, with the problems of all.
    pub fn load(&self, vars: &BTreeMap<String, String>, planned: DateTime<Utc>) -> Result<Documents, Failure> {
        let mut loaded = Documents::default();
        let mut broken = Problems::default();
        for file in &self.files {
            let bytes = match disk::read(&file.path, MAX_BYTES as u64) {
                Ok(bytes) => bytes,
                Err(why) => {
                    broken.add_file(format!("cannot read `{}`: {why}", file.shown));
                    continue;
                }
            };
            let kind = assay_contract::kind(&bytes);
            if !file.named && kind == Kind::Pack {
                continue;
            }
            let read = self.with_environment(vars, planned, |environment| match kind {
                Kind::Monitor => assay_contract::load_monitor(&file.shown, &bytes, environment)
                    .map(|monitor| loaded.monitors.push(monitor)),
                Kind::Contract | Kind::Pack | Kind::Rules | Kind::Odcs => {
                    assay_contract::load(&file.shown, &bytes, environment)
                        .map(|contract| loaded.contracts.push(contract))
                }
            });
            if let Err(why) = read {
                broken.add(&why);
            }
        }
        broken.into_result()?;
        one_name_each(&loaded.monitors)?;
        if loaded.contracts.is_empty() && loaded.monitors.is_empty() {
            return Err(Failure::usage(
                "no contracts found, only packs",
                "a contract has `table:`; packs are named under `extends:`",
            ));
        }
        Ok(loaded)
    }

    /// Lends what surrounds a contract while it is loaded.
    pub fn with_environment<T>(
        &self,
        vars: &BTreeMap<String, String>,
        planned: DateTime<Utc>,
        work: impl FnOnce(&Environment<'_>) -> T,
    ) -> T {
        let env = |name: &str| std::env::var(name).ok();
        let Found { root, project, disk, .. } = self;
        work(&Environment { project, root: root.as_deref(), vars, env: &env, files: disk, planned })
    }

    /// How a file is shown: relative to the project where it can be, else as written.
    pub fn shown(&self, path: PathBuf, named: bool) -> ContractFile {
        let relative = self.root.as_deref().and_then(|root| {
            let whole = std::fs::canonicalize(&path).ok()?;
            Some(whole.strip_prefix(root).ok()?.to_path_buf())
        });
        let as_written = path.strip_prefix(".").unwrap_or(&path);
        let shown = relative.as_deref().unwrap_or(as_written).to_string_lossy().into_owned();
        ContractFile { shown, path, named }
    }
}

/// Monitors are remembered by name: two of one name would mix their windows.
fn one_name_each(monitors: &[LoadedMonitor]) -> Result<(), Failure> {
    let mut places: BTreeMap<&str, &str> = BTreeMap::new();
    for LoadedMonitor { monitor, .. } in monitors {
        if let Some(other) = places.insert(&monitor.name, &monitor.path) {
            return Err(Failure::usage(
                format!("the monitor `{}` is there twice: {other} and {}", monitor.name, monitor.path),
                "windows and baselines are remembered by the monitor's name: give each its own",
            ));
        }
    }
    Ok(())
}

/// The project around the current folder, or the defaults, with its folder.
pub(crate) fn project() -> Result<(Project, Option<PathBuf>), Failure> {
    match find_root(&[])? {
        Some(root) => {
            let project = load_project(&root, &Disk { base: root.clone() })?;
            Ok((project, Some(root)))
        }
        None => Ok((Project::default(), None)),
    }
}

/// The project's folder, at or above the one named or the current one.
pub(crate) fn root_for_daemon(folder: Option<&Path>) -> Result<PathBuf, Failure> {
    let named: Vec<PathBuf> = folder.map(Path::to_path_buf).into_iter().collect();
    find_root(&named)?.ok_or_else(|| {
        Failure::usage(
            format!("a daemon works on a project, and there is no `{PROJECT_FILE}` here or above"),
            "make one that says `assay: 1`, or name its folder: `assay serve --dir DIR`",
        )
    })
}

/// The project's folder, at or above the current one.
pub(crate) fn root_of_project() -> Result<PathBuf, Failure> {
    find_root(&[])?.ok_or_else(|| {
        Failure::usage(
            format!("there is no `{PROJECT_FILE}` here or above, so there is no project to work on"),
            "go to the project's folder; a file that says `assay: 1` makes one",
        )
    })
}

/// `ASSAY__KEY__KEY` of the environment, which stand in for keys of assay.yaml.
pub(crate) fn overrides() -> Vec<(String, String)> {
    let mut overrides: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("ASSAY__"))
        .collect();
    overrides.sort();
    overrides
}

/// The settings of a project's folder, with what stands in for them.
pub(crate) fn settings_at(root: &Path, overrides: &[(String, String)]) -> Result<Project, Failure> {
    let mut project = load_project(root, &Disk { base: root.to_path_buf() })?;
    let disk = Disk { base: root.to_path_buf() };
    project.override_with(overrides, &|name| std::env::var(name).ok(), &disk).map_err(|broken| {
        let mut problems = Problems::default();
        problems.add(&broken);
        problems.into_result().expect_err("there is a problem")
    })?;
    Ok(project)
}

/// The files of contracts and monitors below a project's folder. A project may have none yet.
pub(crate) fn project_at(root: &Path, overrides: &[(String, String)]) -> Result<Found, Failure> {
    let project = settings_at(root, overrides)?;
    let folder = root.join(&project.checks);
    let mut files = Vec::new();
    if folder.is_dir() {
        walk(&folder, 0, &mut files)?;
    }
    let disk = Disk { base: root.to_path_buf() };
    let mut found = Found { root: Some(root.to_path_buf()), project, files: Vec::new(), disk };
    let mut files: Vec<ContractFile> = files.into_iter().map(|(path, named)| found.shown(path, named)).collect();
    files.sort();
    found.files = files;
    Ok(found)
}

/// The files of rules of a project. It may have none.
pub(crate) fn rules_at(root: &Path, project: &Project) -> Result<Vec<ContractFile>, Failure> {
    let folder = root.join(&project.rules);
    let mut files = Vec::new();
    if folder.is_dir() {
        walk(&folder, 0, &mut files)?;
    }
    let disk = Disk { base: root.to_path_buf() };
    let found = Found { root: Some(root.to_path_buf()), project: Project::default(), files: Vec::new(), disk };
    let mut files: Vec<ContractFile> = files.into_iter().map(|(path, named)| found.shown(path, named)).collect();
    files.sort();
    Ok(files)
}

/// What is wrong with several files.
#[derive(Default)]
pub(crate) struct Problems {
    shown: String,
    problems: Vec<FileProblem>,
}

impl Problems {
    pub fn add(&mut self, broken: &Broken) {
        self.add_all(&broken.problems, &broken.sources);
    }

    /// Problems of several files together.
    pub fn add_all(&mut self, problems: &[Problem], sources: &Sources) {
        self.shown.push_str(&assay_contract::render(problems, sources));
        self.problems.extend(file_problems(problems, sources));
    }

    /// Each with its place.
    pub fn listed(&self) -> &[FileProblem] {
        &self.problems
    }

    /// Problems that no single file has.
    pub fn add_reports(&mut self, reports: Vec<Report>) {
        for problem in reports.into_iter().map(file_problem) {
            self.shown.push_str(&named::shown(&problem));
            self.problems.push(problem);
        }
    }

    pub fn add_file(&mut self, message: String) {
        self.shown.push_str(&format!("error: {message}\n\n"));
        self.problems.push(FileProblem { at: None, message, hint: None });
    }

    /// Adds those of other files.
    pub fn append(&mut self, others: Problems) {
        self.shown.push_str(&others.shown);
        self.problems.extend(others.problems);
    }

    pub fn into_result(self) -> Result<(), Failure> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let Problems { shown, problems } = self;
        let n = problems.len();
        let shown = format!("{shown}{n} problem{}; no data were read\n", if n == 1 { "" } else { "s" });
        Err(Failure::Invalid { shown, problems })
    }
}

/// Problems for machines.
pub(crate) fn file_problems(problems: &[Problem], sources: &Sources) -> Vec<FileProblem> {
    assay_contract::reports(problems, sources).into_iter().map(file_problem).collect()
}

fn file_problem(report: Report) -> FileProblem {
    let at = match (report.path, report.line, report.column) {
        (Some(path), Some(line), Some(column)) => Some(Place { path: path.into(), line, column }),
        _ => None,
    };
    FileProblem { at, message: report.message, hint: report.hint }
}

/// `--var NAME=VALUE`, each name once.
pub(crate) fn variables(written: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut vars = BTreeMap::new();
    for text in written {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Failure::usage(
                format!("`--var` takes NAME=VALUE, not `{text}`"),
                format!("write `--var {text}=..`"),
            ));
        };
        assay_contract::check_variable_name(name).map_err(|why| {
            Failure::usage(
                format!("`--var {text}`: {why}"),
                "a name is letters, digits and `_`, as in `--var lake=/data`",
            )
        })?;
        if vars.insert(name.to_string(), value.to_string()).is_some() {
            return Err(Failure::usage(format!("`--var {name}` is given twice"), "keep one of them"));
        }
    }
    Ok(vars)
}

/// The nearest folder with `assay.yaml` at or above each path; all paths belong to one project.
pub(crate) fn find_root(paths: &[PathBuf]) -> Result<Option<PathBuf>, Failure> {
    let here = [PathBuf::from(".")];
    let starts = if paths.is_empty() { &here[..] } else { paths };
    let mut roots = Vec::new();
    for start in starts {
        let start = std::fs::canonicalize(start).map_err(|error| unreadable(start, &error))?;
        let found = start.ancestors().find(|folder| folder.join(PROJECT_FILE).is_file());
        roots.push(found.map(Path::to_path_buf));
    }
    roots.dedup();
    match roots.len() {
        0 | 1 => Ok(roots.pop().flatten()),
        _ => Err(Failure::usage(
            "these paths belong to different projects",
            "run them one by one: each has its own `assay.yaml`, or none",
        )),
    }
}

fn load_project(root: &Path, disk: &Disk) -> Result<Project, Failure> {
    let invalid = |problems: Problems| problems.into_result().expect_err("there is a problem");
    let bytes = disk::read(&root.join(PROJECT_FILE), MAX_BYTES as u64).map_err(|why| {
        let mut problems = Problems::default();
        problems.add_file(format!("cannot read `{PROJECT_FILE}`: {why}"));
        invalid(problems)
    })?;
    Project::load(PROJECT_FILE, &bytes, &|name| std::env::var(name).ok(), disk).map_err(|broken| {
        let mut problems = Problems::default();
        problems.add(&broken);
        invalid(problems)
    })
}

/// Every YAML file under a folder, without hidden ones and project files.
pub(crate) fn walk(folder: &Path, depth: usize, files: &mut Vec<(PathBuf, bool)>) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || name == PROJECT_FILE {
            continue;
        }
        if path.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, depth + 1, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push((path, false));
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(
        format!("cannot read `{}`: {}", path.display(), reason(error)),
        "name contracts, or folders of contracts",
    )
}

fn no_checks(root: Option<&Path>, checks: &str) -> Failure {
    match root {
        Some(root) => Failure::usage(
            format!("no contracts found: the project at `{}` has no folder `{checks}`", root.display()),
            "put contracts there, or name their folder under `paths: {checks: ..}` of assay.yaml",
        ),
        None => Failure::usage(
            "no contracts found: there is no `assay.yaml` here or above, and no folder `checks` here",
            "name contracts or a folder: `assay check path/to/contracts`; `assay demo --dir demo` makes a project to look at",
        ),
    }
}
