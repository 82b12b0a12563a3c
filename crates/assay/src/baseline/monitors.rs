//! What monitors are compared with: files and names of the registry, or rows that are profiled in the run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_contract::Project;
use assay_core::drift::baseline::{Baseline, Baselines};
use assay_core::drift::category::Category;
use assay_core::drift::monitor::{BaselineSource, Monitor, Task};
use assay_core::drift::store::BaselineRow;
use assay_core::engine::{BoxFuture, Watch};
use assay_core::verdict::Reason;
use assay_engine::{EngineOptions, LocalEngine};
use assay_profile::Options;
use chrono::{DateTime, Utc};

use super::files::{self, Shelf};
use super::profile::{self, Predicted, Request};

/// Baselines for the monitors of a run.
pub(crate) struct OfMonitors {
    shelf: Shelf,
    base: PathBuf,
    timezone: String,
    engine: LocalEngine,
}

impl OfMonitors {
    /// With what the registry holds; `engine` reads rows that are profiled in the run.
    pub fn new(root: Option<&Path>, project: &Project, registered: Vec<BaselineRow>, engine: EngineOptions) -> Self {
        OfMonitors {
            shelf: Shelf::new(root.map(Path::to_path_buf), project, registered),
            base: root.unwrap_or(Path::new("")).to_path_buf(),
            timezone: project.timezone.clone(),
            engine: LocalEngine::new(engine),
        }
    }

    /// The file of a stored baseline; `None`: the monitor has none of that kind.
    pub fn file(&self, monitor: &Monitor) -> Option<Result<PathBuf, Reason>> {
        let BaselineSource::Profile(name) = &monitor.baseline else { return None };
        let folder = Path::new(&*monitor.path).parent().unwrap_or(Path::new(""));
        Some(self.shelf.path(name, if self.base.as_os_str().is_empty() { folder } else { &self.base }))
    }

    async fn make(&self, monitor: &Monitor, now: DateTime<Utc>, watch: &dyn Watch) -> Result<Baseline, Reason> {
        if let Some(file) = self.file(monitor) {
            return files::read(&file?);
        }
        match &monitor.baseline {
            BaselineSource::From { source, filter } => {
                let request = Request {
                    name: monitor.name.clone(),
                    source: source.clone(),
                    declared: monitor.read.clone(),
                    filter: filter.clone(),
                    sample: None,
                    timestamp: None,
                    timezone: monitor
                        .timestamp
                        .as_ref()
                        .and_then(|timestamp| timestamp.timezone.clone())
                        .unwrap_or_else(|| self.timezone.clone()),
                    exclude: excluded(monitor),
                    only: None,
                    kinds: kinds(monitor),
                    segments: monitor.segments.iter().map(|of| (of.by.clone(), of.top)).collect(),
                    target: predicted(monitor),
                    pairs: monitor.correlations.is_some(),
                    covariance: monitor.covariance.is_some(),
                    options: Options::default(),
                    lineage: BTreeMap::new(),
                    performance: BTreeMap::new(),
                    strict: false,
                };
                profile::profile(&request, &self.engine, watch, now).await
            }
            BaselineSource::Profile(_) | BaselineSource::Rolling { .. } | BaselineSource::Same { .. } => Err(Reason {
                code: "baseline_missing".into(),
                text: "the baseline is made of the windows before; nothing is read for it".into(),
            }),
        }
    }
}

impl Baselines for OfMonitors {
    fn load<'a>(
        &'a self,
        monitor: &'a Monitor,
        now: DateTime<Utc>,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Arc<Baseline>, Reason>> {
        Box::pin(async move { self.make(monitor, now, watch).await.map(Arc::new) })
    }
}

/// Columns that are no features. They need not be in the training data.
fn excluded(monitor: &Monitor) -> BTreeSet<String> {
    let time = monitor.timestamp.as_ref().map(|timestamp| timestamp.column.clone());
    monitor.exclude.iter().cloned().chain(time).chain(monitor.id.clone()).collect()
}

fn kinds(monitor: &Monitor) -> BTreeMap<String, assay_stats::drift::ColumnKind> {
    let named = monitor.columns.iter().filter_map(|column| Some((column.name.clone(), column.kind?)));
    named.collect()
}

/// Labels stand in the training data under the name they have in the table of labels.
fn predicted(monitor: &Monitor) -> Option<Predicted> {
    let (labels, prediction) = (monitor.labels.as_ref()?, monitor.prediction.as_ref()?);
    let (classes, score, positive): (bool, Option<String>, Option<Category>) = match &prediction.task {
        Task::Regression => (false, None, None),
        Task::Classification { score, positive } => (true, score.clone(), positive.clone()),
    };
    Some(Predicted {
        target: labels.column.clone(),
        prediction: Some(prediction.column.clone()),
        classes,
        score,
        positive,
    })
}
