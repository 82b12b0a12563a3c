//! `assay.yaml`: what holds for every contract of a project.

mod connections;
mod defaults;
mod loading;
mod metrics;
mod overrides;
mod scheduler;
mod server;
mod state;

use std::collections::BTreeMap;

use assay_core::connection::Connection;
use assay_core::contract::{FailedRows, Files};
use assay_core::ops::retention::Retention;
use assay_core::ops::settings::{MetricsSettings, SchedulerSettings, ServerSettings};
use assay_core::problem::{Place, Problem, Span};
pub use assay_core::secret::Secret;
use assay_core::verdict::Severity;

use crate::Broken;
use crate::placeholders::Value;
use crate::sources::Sources;
pub(crate) use connections::schema as connections_schema;
pub(crate) use defaults::{MAX_KEEP, failed_rows};
use loading::Loading;
pub(crate) use {metrics::schema as metrics_schema, scheduler::schema as scheduler_schema};
pub(crate) use {server::schema as server_schema, state::schema as state_schema};

/// A project's settings; [`Project::default`] without `assay.yaml`.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: Option<String>,
    /// The zone of civil dates, an IANA name.
    pub timezone: String,
    /// The folder of contracts, relative to assay.yaml.
    pub checks: String,
    /// The folder of stored baselines, relative to assay.yaml.
    pub baselines: String,
    /// The folder with templates and styles that stand in for those of reports, relative to assay.yaml.
    pub reports: String,
    /// The folder with rules for alerts, relative to assay.yaml.
    pub rules: String,
    /// The file with the history of runs, relative to assay.yaml; where there is no `state_url`.
    pub state: String,
    /// The PostgreSQL database with the history of runs, in place of the file.
    pub state_url: Option<Secret>,
    /// How long what is kept there.
    pub retention: Retention,
    /// Variables by name.
    pub(crate) vars: BTreeMap<String, Value>,
    /// What else is reached over the network, by name.
    pub connections: BTreeMap<String, Connection>,
    /// The key under which masked values are hashed.
    pub mask_key: Option<Secret>,
    /// Severity where neither check, contract nor layer says one.
    pub severity: Severity,
    /// Samples of failing rows where neither contract nor layer says otherwise.
    pub failed_rows: FailedRows,
    /// How far ahead of now a value may be before it counts as in the future.
    pub skew_seconds: i64,
    /// `defaults.on_empty.row_checks`.
    pub empty_row_checks_pass: bool,
    /// `defaults.on_empty.aggregates`.
    pub empty_aggregates_pass: bool,
    /// What holds for the contracts of a layer, by its name.
    pub layers: BTreeMap<String, Layer>,
    /// Memory that the engine may use, in bytes.
    pub memory: Option<u64>,
    /// Threads of the engine; 0: all cores.
    pub threads: usize,
    /// Where the daemon listens, and to whom.
    pub server: ServerSettings,
    /// What it runs at once, and what it catches up on.
    pub scheduler: SchedulerSettings,
    /// What it tells Prometheus.
    pub metrics: MetricsSettings,
    /// What is allowed but probably not meant, and where.
    pub warnings: Vec<(Place, Problem)>,
}

/// What holds for the contracts of a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// Its severity.
    pub severity: Option<Severity>,
    /// Its samples.
    pub failed_rows: PartialFailedRows,
}

/// `failed_rows:` as written: what is left out comes from the next above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialFailedRows {
    /// How many rows.
    pub keep: Option<u32>,
    /// Columns to mask.
    pub mask: Option<Vec<String>>,
}

impl PartialFailedRows {
    /// Fills what is left out.
    pub(crate) fn over(&self, below: &FailedRows) -> FailedRows {
        FailedRows {
            keep: self.keep.unwrap_or(below.keep),
            mask: self.mask.clone().unwrap_or_else(|| below.mask.clone()),
        }
    }
}

impl Default for Project {
    fn default() -> Self {
        Project {
            name: None,
            timezone: "UTC".into(),
            checks: "checks".into(),
            baselines: "baselines".into(),
            reports: "reports".into(),
            rules: "rules".into(),
            state: ".assay/state.db".into(),
            state_url: None,
            retention: Retention::default(),
            vars: BTreeMap::new(),
            connections: BTreeMap::new(),
            mask_key: None,
            severity: Severity::Fail,
            failed_rows: FailedRows { keep: 5, mask: Vec::new() },
            skew_seconds: 300,
            empty_row_checks_pass: true,
            empty_aggregates_pass: false,
            layers: BTreeMap::new(),
            memory: None,
            threads: 0,
            server: ServerSettings::default(),
            scheduler: SchedulerSettings::default(),
            metrics: MetricsSettings::default(),
            warnings: Vec::new(),
        }
    }
}

impl Project {
    /// Reads `assay.yaml`, shown as `path`. Secrets come from `env` and `files`.
    pub fn load(
        path: &str,
        bytes: &[u8],
        env: &dyn Fn(&str) -> Option<String>,
        files: &dyn Files,
    ) -> Result<Project, Broken> {
        let mut sources = Sources::default();
        let mut problems = Vec::new();
        let root = crate::document(path, bytes, &mut sources, &mut problems);
        let mut loading = Loading::new(Project::default(), problems, path, env, files);
        match &root {
            Some(root) => loading.file(root),
            None if loading.problems.is_empty() => {
                let top = Span { line: 1, column: 1, ..Span::default() };
                loading.problems.push(Problem::at(top, "the file is empty").hint("it starts with `assay: 1`"));
            }
            None => {}
        }
        loading.finish(sources)
    }

    /// The names of its variables.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.vars.keys().map(String::as_str)
    }
}
