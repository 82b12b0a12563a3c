//! What the daemon works on: the project as it was loaded, and the engine that executes one document of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use assay_contract::{Environment, Kind as FileKind, MAX_BYTES, Project as Settings};
use assay_core::check::TableRef;
use assay_core::contract::Contract;
use assay_core::drift::monitor::Monitor;
use assay_core::drift::store::Store;
use assay_core::engine::Watch;
use assay_core::ops::Millis;
use assay_core::ops::journal::{Batch, Folding};
use assay_core::run::RunRecord;
use assay_daemon::work::{NotLoaded, NotObserved, ObservationFormat, Observed, Order, Project, Workshop};
use assay_engine::{EngineOptions, LocalEngine};
use assay_runner::{Job, MaskKey, Monitoring, Others};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use super::documents::{self, Described};
use super::observations::{Desk, Shelved};
use super::recorded::Recorded;
use super::rules;
use crate::baseline::OfMonitors;
use crate::clock;
use crate::disk::{self, Disk};
use crate::failure::Failure;
use crate::load::{self, Problems};

/// Loads the project of a folder, and executes its documents.
pub(crate) struct LocalWorkshop {
    /// The folder of assay.yaml.
    pub root: PathBuf,
    /// `ASSAY__..` of the environment.
    pub overrides: Vec<(String, String)>,
    /// `--var`; a daemon has none.
    pub vars: BTreeMap<String, String>,
    /// Baselines that observations came for.
    pub shelved: Shelved,
}

/// A document as it was loaded.
pub(crate) struct File {
    shown: String,
    bytes: Vec<u8>,
    kind: FileKind,
    /// Tables that its checks name, of which contracts are needed.
    names: Vec<String>,
}

/// All that executing needs of a project.
pub(crate) struct Loaded {
    pub(super) settings: Settings,
    vars: BTreeMap<String, String>,
    pub(super) root: PathBuf,
    /// By document.
    files: BTreeMap<String, File>,
    recorded: Recorded,
    pub(super) engine: EngineOptions,
}

impl Loaded {
    /// The monitor of a name.
    pub(super) fn monitor_called(&self, name: &str, planned: DateTime<Utc>) -> Result<Monitor, String> {
        let file = self.files.get(name).filter(|file| file.kind == FileKind::Monitor);
        self.monitor(file.ok_or_else(|| format!("the monitor `{name}` is no longer there"))?, planned)
    }

    fn with_environment<T>(&self, planned: DateTime<Utc>, work: impl FnOnce(&Environment<'_>) -> T) -> T {
        let env = |name: &str| std::env::var(name).ok();
        work(&Environment {
            project: &self.settings,
            root: Some(&self.root),
            vars: &self.vars,
            env: &env,
            files: &self.recorded,
            planned,
        })
    }

    fn contract(&self, file: &File, planned: DateTime<Utc>) -> Result<Contract, String> {
        let loaded = self.with_environment(planned, |with| assay_contract::load(&file.shown, &file.bytes, with));
        loaded.map(|loaded| loaded.contract).map_err(|broken| broken.to_string())
    }

    fn monitor(&self, file: &File, planned: DateTime<Utc>) -> Result<Monitor, String> {
        let loaded =
            self.with_environment(planned, |with| assay_contract::load_monitor(&file.shown, &file.bytes, with));
        loaded.map(|loaded| loaded.monitor).map_err(|broken| broken.to_string())
    }

    /// The contracts of tables that a document names.
    fn others(&self, file: &File, planned: DateTime<Utc>) -> Result<Vec<Contract>, String> {
        let files = file.names.iter().filter_map(|name| self.files.get(name));
        files.filter(|other| other.kind == FileKind::Contract).map(|other| self.contract(other, planned)).collect()
    }
}

impl Workshop for LocalWorkshop {
    fn load(&self) -> Result<Project, NotLoaded> {
        self.read().map_err(|failure| match failure {
            Failure::Invalid { problems, .. } => NotLoaded {
                summary: format!(
                    "{} problem{} in the project",
                    problems.len(),
                    if problems.len() == 1 { "" } else { "s" }
                ),
                problems: problems.iter().map(documents::in_words).collect(),
            },
            other => NotLoaded { summary: other.message().to_string(), problems: Vec::new() },
        })
    }

    fn execute(&self, project: &Project, order: Order<'_>, store: &dyn Store, watch: &dyn Watch) -> RunRecord {
        let Some(loaded) = project.handle.downcast_ref::<Loaded>() else { unreachable!("this workshop's own project") };
        let [planned, now] =
            [order.planned, order.now].map(|at| DateTime::from_timestamp_millis(at).unwrap_or_default());
        let runtime = Handle::current();
        match prepared(loaded, order.document, planned) {
            Ok(prepared) => runtime.block_on(prepared.run(loaded, store, watch, planned, now)),
            Err(why) => documents::not_loadable(project, order.document, &why, now),
        }
    }

    fn observe(
        &self,
        project: &Project,
        monitor: &str,
        format: ObservationFormat,
        body: &[u8],
        store: &dyn Store,
        now: Millis,
    ) -> Result<Observed, NotObserved> {
        let Some(loaded) = project.handle.downcast_ref::<Loaded>() else { unreachable!("this workshop's own project") };
        let desk = Desk::new(loaded, &self.shelved, store, monitor, now).map_err(NotObserved::Unavailable)?;
        Handle::current().block_on(desk.observe(format, body))
    }

    fn fold(
        &self,
        project: &Project,
        monitor: &str,
        batches: &[Batch],
        store: &dyn Store,
        now: Millis,
    ) -> Result<Folding, String> {
        let Some(loaded) = project.handle.downcast_ref::<Loaded>() else { unreachable!("this workshop's own project") };
        let desk = Desk::new(loaded, &self.shelved, store, monitor, now)?;
        Handle::current().block_on(desk.fold(batches))
    }
}

/// One document, read again for its planned instant: `${date}` is filled.
struct Prepared {
    contracts: Vec<Contract>,
    monitors: Vec<Monitor>,
    others: Vec<Contract>,
}

fn prepared(loaded: &Loaded, document: &str, planned: DateTime<Utc>) -> Result<Prepared, String> {
    let file = loaded.files.get(document).ok_or("the document is no longer there")?;
    let others = loaded.others(file, planned)?;
    Ok(match file.kind {
        FileKind::Monitor => Prepared { contracts: Vec::new(), monitors: vec![loaded.monitor(file, planned)?], others },
        _ => Prepared { contracts: vec![loaded.contract(file, planned)?], monitors: Vec::new(), others },
    })
}

impl Prepared {
    async fn run(
        self,
        loaded: &Loaded,
        store: &dyn Store,
        watch: &dyn Watch,
        planned: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> RunRecord {
        let engine = LocalEngine::new(loaded.engine.clone());
        // a store that fails here fails the monitor further down, with its reason
        let registered = if self.monitors.is_empty() { Vec::new() } else { store.baselines().unwrap_or_default() };
        let baselines = OfMonitors::new(Some(&loaded.root), &loaded.settings, registered, loaded.engine.clone());
        let monitoring = Monitoring { monitors: &self.monitors, baselines: &baselines, window: None, again: false };
        let job = Job {
            contracts: self.contracts,
            others: Others { contracts: self.others, root: Some(loaded.root.clone()) },
            monitoring: (!self.monitors.is_empty()).then_some(monitoring),
            store: Some(store),
            planned: Some(planned),
            as_of: false,
            timezone: loaded.settings.timezone.clone(),
            mask_key: loaded.settings.mask_key.as_ref().and_then(|key| MaskKey::new(key.expose())),
            watch,
        };
        assay_runner::run(job, &engine, now).await
    }
}

impl LocalWorkshop {
    /// Of the project in a folder, as the environment has it.
    pub fn new(root: PathBuf) -> Self {
        LocalWorkshop { root, overrides: load::overrides(), vars: BTreeMap::new(), shelved: Shelved::default() }
    }

    /// assay.yaml, with what stands in for it.
    pub fn settings(&self) -> Result<Settings, Failure> {
        load::settings_at(&self.root, &self.overrides)
    }

    /// Reads everything; what is wrong in any file is told of all.
    pub fn read(&self) -> Result<Project, Failure> {
        let Read { project, of_documents, of_rules } = self.read_what_can_be()?;
        let mut problems = of_documents;
        problems.append(of_rules);
        problems.into_result()?;
        Ok(project)
    }

    /// Reads everything, and leaves out what cannot be read.
    pub fn read_what_can_be(&self) -> Result<Read, Failure> {
        let found = load::project_at(&self.root, &self.overrides)?;
        let mut digest = Sha256::new();
        digest.update(disk::read(&self.root.join(load::PROJECT_FILE), MAX_BYTES as u64).unwrap_or_default());
        // what stands in for keys does not change while the process lives
        let mut reading = Reading {
            loaded: Loaded {
                engine: engine(&found.project),
                settings: found.project.clone(),
                vars: self.vars.clone(),
                root: self.root.clone(),
                files: BTreeMap::new(),
                recorded: Recorded::new(Disk { base: self.root.clone() }),
            },
            described: Vec::new(),
            problems: Problems::default(),
            now: clock::now(),
        };
        for file in &found.files {
            reading.file(file, &mut digest);
        }
        let Reading { loaded, described, problems: mut of_documents, .. } = reading;
        documents::check(&described, &mut of_documents);
        let read = rules::read(&self.root, &found.project, &self.vars, &loaded.recorded)?;
        read.digest(&mut digest);
        loaded.recorded.digest(&mut digest);
        let project = documents::project(found.project, described, read.rules, loaded, hex(digest));
        Ok(Read { project, of_documents, of_rules: read.problems })
    }
}

/// A project with what is wrong with it.
pub(crate) struct Read {
    pub project: Project,
    pub of_documents: Problems,
    pub of_rules: Problems,
}

struct Reading {
    loaded: Loaded,
    described: Vec<Described>,
    problems: Problems,
    now: DateTime<Utc>,
}

impl Reading {
    fn file(&mut self, file: &load::ContractFile, digest: &mut Sha256) {
        let bytes = match disk::read(&file.path, MAX_BYTES as u64) {
            Ok(bytes) => bytes,
            Err(why) => return self.problems.add_file(format!("cannot read `{}`: {why}", file.shown)),
        };
        for part in [file.shown.as_bytes(), &bytes] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let kind = assay_contract::kind(&bytes);
        let (described, names) = match kind {
            FileKind::Pack => return,
            FileKind::Monitor => {
                let read = self
                    .loaded
                    .with_environment(self.now, |with| assay_contract::load_monitor(&file.shown, &bytes, with));
                match read {
                    Ok(read) => (
                        documents::of_monitor(&read.monitor, &self.loaded.settings),
                        read.monitor.labels.iter().filter_map(|labels| name_of(&labels.table)).collect(),
                    ),
                    Err(broken) => return self.problems.add(&broken),
                }
            }
            FileKind::Contract | FileKind::Rules | FileKind::Odcs => {
                let read =
                    self.loaded.with_environment(self.now, |with| assay_contract::load(&file.shown, &bytes, with));
                match read {
                    Ok(read) => {
                        let tables = read.contract.checks.iter().flat_map(|placed| placed.check.tables());
                        let names: BTreeSet<String> = tables.filter_map(|table| name_of(&table)).collect();
                        (documents::of_contract(&read.contract, &self.loaded.settings), names.into_iter().collect())
                    }
                    Err(broken) => return self.problems.add(&broken),
                }
            }
        };
        let name = described.document.name.clone();
        let kept = File { shown: file.shown.clone(), bytes, kind, names };
        self.described.push(Described { names: kept.names.clone(), ..described });
        self.loaded.files.entry(name).or_insert(kept);
    }
}

fn name_of(table: &TableRef) -> Option<String> {
    match table {
        TableRef::Named(name) => Some(name.clone()),
        TableRef::Inline { .. } => None,
    }
}

/// As many runs at once as may be share the memory.
fn engine(settings: &Settings) -> EngineOptions {
    let mut engine = EngineOptions { threads: settings.threads, ..EngineOptions::default() };
    if let Some(memory) = settings.memory {
        engine.memory = usize::try_from(memory).unwrap_or(usize::MAX);
    }
    engine.memory /= settings.scheduler.concurrency.max(1);
    engine
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
