//! What the daemon asks of the one that knows contracts and engines.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::drift::monitor::Confirm;
use assay_core::drift::store::Store;
use assay_core::engine::Watch;
use assay_core::ops::Millis;
use assay_core::ops::retention::Retention;
use assay_core::ops::runs::Kind;
use assay_core::ops::settings::{MetricsSettings, SchedulerSettings, ServerSettings};
use assay_core::run::RunRecord;
use assay_core::schedule::Schedule;
use assay_core::verdict::Dimension;
use assay_notify::Subjects;
use assay_notify::rules::{Destination, Rules};
use chrono_tz::Tz;

/// A contract or a monitor, as far as the daemon knows it.
#[derive(Debug, Clone)]
pub struct Document {
    /// The contract's table or the monitor's name.
    pub name: String,
    /// Which of the two.
    pub kind: Kind,
    /// The file as shown to people.
    pub path: String,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// Its layer.
    pub layer: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// What it is, in its own words.
    pub description: Option<String>,
    /// When it is due; `None`: only when somebody asks, or after what it depends on.
    pub schedule: Option<Schedule>,
    /// The zone of its schedule.
    pub timezone: Tz,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Documents that run before it.
    pub depends_on: Vec<String>,
    /// What limits how many run at once: a connection, or the folder of a local table.
    pub source: Option<String>,
    /// Its checks as (id, check, column); of monitors as far as they are known without data.
    pub checks: Vec<CheckInfo>,
    /// Whether it takes live observations.
    pub takes_observations: bool,
    /// The model that a monitor watches.
    pub model: Option<String>,
    /// How often in a row it is bad until an incident is open, and good until it is over.
    pub confirm: Confirm,
}

/// A check of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInfo {
    /// Its id.
    pub id: String,
    /// Its name in the language.
    pub check: String,
    /// Its column, as written.
    pub column: Option<String>,
    /// What it looks after.
    pub dimension: Dimension,
    /// `warn` or `fail`.
    pub severity: &'static str,
    /// Labels.
    pub tags: Vec<String>,
}

/// A project that was loaded whole.
pub struct Project {
    /// Its name.
    pub name: Option<String>,
    /// The documents by name.
    pub documents: BTreeMap<String, Arc<Document>>,
    /// `scheduler:` of assay.yaml.
    pub scheduler: SchedulerSettings,
    /// `server:`.
    pub server: ServerSettings,
    /// `metrics:`.
    pub metrics: MetricsSettings,
    /// `state.retention:`.
    pub retention: Retention,
    /// Who is told of what.
    pub rules: Arc<Rules>,
    /// The documents as alerts know them, with that of the daemon itself.
    pub subjects: Arc<Subjects>,
    /// Whom monitors call to train a model again, by the monitor's name.
    pub retrain: BTreeMap<String, Arc<Destination>>,
    /// SHA-256 over everything that was read, hex: equal where nothing changed.
    pub digest: String,
    /// The workshop's own.
    pub handle: Arc<dyn Any + Send + Sync>,
}

impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project").field("documents", &self.documents.len()).finish_non_exhaustive()
    }
}

/// Why a project could not be loaded: nothing of it is applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{summary}")]
pub struct NotLoaded {
    /// One sentence.
    pub summary: String,
    /// Each problem with its place, as a person reads it.
    pub problems: Vec<String>,
}

/// What is to be executed.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The document's name.
    pub document: &'a str,
    /// Fills `${date}`, picks windows.
    pub planned: Millis,
    /// The start of the execution: freshness.
    pub now: Millis,
}

/// Rows of live observations that were read from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The accepted rows, Arrow IPC.
    pub body: Vec<u8>,
    /// How many.
    pub rows: u64,
    /// Rows that were not accepted: number of the row from 0, and why; at most 100 are named.
    pub rejected: Vec<(u64, String)>,
    /// How many were not accepted.
    pub n_rejected: u64,
    /// Those of them whose windows are closed: they are counted as late and not with their window.
    pub late: u64,
    /// When the last window closes that the rows fall into, for how long the key is to be known.
    pub last_closes: Option<Millis>,
}

/// Why observations were not read; nothing of them is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotObserved {
    /// The body as a whole is not what it says.
    #[error("{0}")]
    Unreadable(String),
    /// There is too much in it.
    #[error("{0}")]
    TooMuch(String),
    /// It is not the body's fault: the monitor or its baseline cannot be read now. The same body may do later.
    #[error("{0}")]
    Unavailable(String),
}

/// Loads projects and executes documents. Calls block; give them a thread that may.
pub trait Workshop: Send + Sync {
    /// Reads the whole project anew.
    ///
    /// # Errors
    /// Whatever is wrong with any file.
    fn load(&self) -> Result<Project, NotLoaded>;

    /// Executes one document. What it remembers goes to `store`. Cannot fail: what went wrong is in the record.
    fn execute(&self, project: &Project, order: Order<'_>, store: &dyn Store, watch: &dyn Watch) -> RunRecord;

    /// Reads a batch of observations of a monitor: `ndjson` or `arrow` bytes. `store` knows its baselines.
    ///
    /// # Errors
    /// One sentence; nothing of the body is taken.
    fn observe(
        &self,
        project: &Project,
        monitor: &str,
        format: ObservationFormat,
        body: &[u8],
        store: &dyn Store,
        now: Millis,
    ) -> Result<Observed, NotObserved>;

    /// Folds batches of observations of a monitor, in order, into the states of its windows.
    ///
    /// # Errors
    /// One sentence; the batches stay.
    fn fold(
        &self,
        project: &Project,
        monitor: &str,
        batches: &[assay_core::ops::journal::Batch],
        store: &dyn Store,
        now: Millis,
    ) -> Result<assay_core::ops::journal::Folding, String>;
}

/// How observations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObservationFormat {
    /// One JSON object a line.
    Ndjson,
    /// An Arrow IPC stream.
    Arrow,
}
