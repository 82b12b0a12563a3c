//! Loading a monitor: text, variables, sections, and how the sections fit together; every step goes on past its
//! problems.

mod agree;
mod baseline;
mod columns;
mod deciding;
mod defaults;
pub(crate) mod fill;
mod labels;
mod limits;
mod lint;
mod numbers;
mod observations;
mod performance;
mod prediction;
mod reading;
mod retrain;
mod rows;
mod rule;
mod schema;
mod section;
mod whole;
mod window;

use std::collections::HashSet;

use assay_core::contract::Dependency;
use assay_core::drift::monitor::{BaselineSource, Monitor};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use sha2::{Digest, Sha256};

use crate::contract::{Kind, kind_of};
use crate::environment::{Environment, Variables};
use crate::extends::Merged;
use crate::fill::own_variables;
use crate::layer::layer_of_folder;
use crate::schedule::{self, produced_by};
use crate::sources::Sources;
use crate::{Broken, read, version};
use agree::Around;
use lint::Clues;
use reading::Special;
use section::Reader;

pub use lint::lint_monitor;
pub use schema::monitor_schema;

/// Top-level keys of a monitor.
const KEYS: &[&str] = &[
    "assay",
    "monitor",
    "owner",
    "description",
    "tags",
    "layer",
    "model",
    "schedule",
    "enabled",
    "produced_by",
    "depends_on",
    "source",
    "rows",
    "vars",
    "timestamp",
    "id",
    "baseline",
    "window",
    "columns",
    "columns_only",
    "prediction",
    "exclude",
    "defaults",
    "segments",
    "dataset",
    "correlations",
    "covariance",
    "labels",
    "concept",
    "performance",
    "confirm",
    "calibrate",
    "retrain",
];
/// Keys of the language that this version does not act on.
const LATER: &[&str] = &["extends", "severity"];
/// What people write who think of contracts or of other tools.
const ALIKE: &[(&str, &str)] = &[
    ("checks", "checks of rows stand in a contract; a monitor has `columns` with `tests`"),
    ("schema", "checks of rows stand in a contract"),
    ("key", "did you mean `id`, the column that names a prediction?"),
    ("failed_rows", "a monitor counts rows and keeps none"),
    ("features", "did you mean `columns`?"),
    ("reference", "did you mean `baseline`?"),
    ("target", "did you mean `labels`?"),
    ("metrics", "did you mean `performance`?"),
    ("tests", "tests stand on a column, or under `defaults`"),
    ("alpha", "it belongs to `defaults: {significance: {alpha: ..}}`"),
    ("significance", "it belongs to `defaults`"),
    ("missing", "it belongs to `defaults`"),
    ("min_rows", "it belongs to `window`"),
];

/// A monitor that can be run.
#[derive(Debug)]
pub struct LoadedMonitor {
    /// The monitor.
    pub monitor: Monitor,
    /// The text it was read from.
    pub sources: Sources,
    clues: Clues,
}

/// Reads and validates the monitor in `bytes`, shown as `path`.
pub fn load_monitor(path: &str, bytes: &[u8], environment: &Environment<'_>) -> Result<LoadedMonitor, Broken> {
    let mut sources = Sources::default();
    let mut problems = Vec::new();
    let root = crate::document(path, bytes, &mut sources, &mut problems);
    let root = match root {
        Some(root) if root.entries().is_some() => root,
        other => {
            if let Some(root) = other {
                let message = format!("a monitor is a mapping that starts with `assay: 1`, not {}", root.describe());
                problems.push(Problem::at(root.span, message).hint("`monitor:`, `source:` and `baseline:` follow"));
            } else if problems.is_empty() {
                let top = Span { line: 1, column: 1, ..Span::default() };
                let hint = "a monitor starts with `assay: 1` and `monitor: ..`";
                problems.push(Problem::at(top, "the file is empty").hint(hint));
            }
            return Err(Broken { problems, sources });
        }
    };
    if let (kind @ (Kind::Contract | Kind::Pack | Kind::Rules | Kind::Odcs), at) = kind_of(&root) {
        problems.push(not_a_monitor(kind, at, &root));
        return Err(Broken { problems, sources });
    }
    version(&root, &mut problems);

    let entries = root.entries().unwrap_or_default().to_vec();
    let mut merged = Merged { entries, checks: Vec::new(), complete: true };
    let mut variables = Variables::new(environment, &sources);
    let mut unused = own_variables(&merged, &mut variables, &mut problems);
    let unfilled = fill::fill_all(&mut merged.entries, &mut variables, &mut problems);
    let reader = Reader { sources: &sources, problems, unfilled };
    let mut loading = Loading { path, environment, root: &root, entries: &merged.entries, reader };
    let loaded = loading.monitor(&mut variables);
    let problems = loading.reader.problems;
    let Some((mut monitor, mut clues)) = loaded.filter(|_| problems.is_empty()) else {
        return Err(Broken { problems, sources });
    };
    unused.retain(|(name, _)| !variables.was_used(name));
    clues.unused = unused;
    monitor.sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    monitor.vars = variables.used.into_iter().collect();
    Ok(LoadedMonitor { monitor, sources, clues })
}

/// Says what a file is that is no monitor.
fn not_a_monitor(kind: Kind, at: Span, root: &Node) -> Problem {
    match kind {
        Kind::Contract if root.get("table").is_some() => Problem::at(at, "this file is a contract, not a monitor")
            .hint("a monitor has `monitor:` instead of `table:`"),
        Kind::Contract | Kind::Monitor => {
            let top = Span { len: 0, ..at };
            Problem::at(top, "`monitor` is missing").hint("name the monitor: `monitor: fare_eta`")
        }
        Kind::Pack => Problem::at(at, "this file is a pack, not a monitor").hint("packs are for contracts"),
        Kind::Rules => Problem::at(at, "this file is rules for alerts, not a monitor").hint("a monitor has `monitor:`"),
        Kind::Odcs => Problem::at(at, "this file is an Open Data Contract Standard file, not a monitor")
            .hint("a monitor has `monitor:`"),
    }
}

struct Loading<'a> {
    path: &'a str,
    environment: &'a Environment<'a>,
    /// As written.
    root: &'a Node,
    /// With its variables filled in.
    entries: &'a [(Key, Node)],
    reader: Reader<'a>,
}

impl<'a> Loading<'a> {
    /// Reads every section. `None` where something without which there is no monitor could not be read: a problem
    /// says so.
    fn monitor(&mut self, variables: &mut Variables<'_>) -> Option<(Monitor, Clues)> {
        self.unknown_keys();
        let (name_key, _) = self.root.entries()?.iter().find(|(key, _)| key.text == "monitor")?;
        let name = self.get("monitor").and_then(|node| self.reader.name(node, "monitor"));
        let (source, format_known) = self.source(name_key, variables);
        let timestamp_entry = self.entry("timestamp");
        let timed = self.root.get("timestamp").is_some();
        let timestamp = self.reader.timestamp(timestamp_entry, source.timezone.as_deref());
        let id = self.get("id").and_then(|node| self.reader.name(node, "id"));
        let window = self.reader.window(self.entry("window"), timed);
        let baseline = self.baseline(name_key, &window, timed, variables);
        // Types say how text is read, wherever there is some.
        let text = match &baseline {
            Some(BaselineSource::From { source: rows, .. }) if !source.format.is_text() => rows.clone(),
            _ => source.clone(),
        };
        let columns = self.reader.columns(self.entry("columns"), &text, format_known);
        let exclude = self.reader.exclude(self.get("exclude"));
        let prediction = self.reader.prediction(self.entry("prediction"), &source, &columns);
        let (defaults, significance) = self.reader.defaults(self.entry("defaults"));
        let (segments, segment_columns) = self.reader.segments(self.get("segments"), window.min_rows);
        let dataset = self.reader.dataset(self.entry("dataset"));
        let (correlations, pairs) = self.reader.correlations(self.entry("correlations"));
        let covariance = self.reader.covariance(self.entry("covariance"));
        let labels = self.reader.labels(self.entry("labels"), id.as_deref(), &window, variables);
        let (concept, features) = self.reader.concept(self.entry("concept"));
        let performance = self.reader.performance(self.get("performance"), prediction.as_ref());
        let confirm = self.reader.confirm(self.entry("confirm"));
        let calibrate = self.reader.calibrate(self.entry("calibrate"));
        let retrain = self.reader.retrain(self.entry("retrain"), variables);
        let columns_only = self.get("columns_only");
        let columns_only = columns_only.and_then(|node| read::boolean(node, "columns_only", &mut self.reader.problems));

        let entries = self.entries;
        let key_of = |name: &str| entries.iter().find(|(key, _)| key.text == name).map(|(key, _)| key.span);
        let at = |name: &str| key_of(name).unwrap_or(name_key.span);
        let special = Special {
            timestamp: timestamp.as_ref().map(|timestamp| (timestamp, at("timestamp"))),
            id: id.as_deref().map(|id| (id, at("id"))),
            prediction: prediction.as_ref().map(|prediction| (prediction, at("prediction"))),
        };
        let read = if format_known { self.reader.reading(&text, &columns, &special) } else { Vec::new() };
        let roles: HashSet<String> = [
            timestamp.as_ref().map(|timestamp| timestamp.column.clone()),
            id.clone(),
            prediction.as_ref().map(|prediction| prediction.column.clone()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let watched = columns.iter().map(|written| &written.column).filter(|column| !roles.contains(&column.name));
        let watched = watched.cloned().collect();

        let depends_on = self.depends_on(name.as_deref().unwrap_or_default());
        let monitor = Monitor {
            path: self.path.into(),
            sha256: String::new(),
            name: name.unwrap_or_default(),
            layer: self.text("layer").or_else(|| layer_of_folder(self.path, &self.environment.project.checks)),
            owner: self.text("owner"),
            description: self.text("description"),
            tags: self.tags(),
            model: self.model(),
            schedule: self.get("schedule").and_then(|node| schedule::read(node, &mut self.reader.problems)),
            enabled: self.get("enabled").and_then(|node| read::boolean(node, "enabled", &mut self.reader.problems))
                != Some(false),
            produced_by: self
                .get("produced_by")
                .map_or_else(Vec::new, |node| produced_by(node, &mut self.reader.problems)),
            depends_on,
            read,
            rows: self.get("rows").and_then(|node| self.predicate(node, "rows", &source)),
            source,
            timestamp,
            id,
            baseline_at: self.reader.place(at("baseline")),
            // with a problem nothing of this is used
            baseline: baseline.unwrap_or_else(|| BaselineSource::Profile(String::new())),
            window,
            columns: watched,
            watch_all: columns_only != Some(true),
            exclude: exclude.iter().map(|(name, _)| name.clone()).collect(),
            prediction,
            defaults,
            significance,
            segments,
            dataset,
            correlations,
            covariance,
            labels,
            concept,
            performance,
            confirm,
            calibrate,
            retrain: retrain.as_ref().map(|read| read.retrain.clone()),
            vars: Vec::new(),
            at: self.reader.place(name_key.span),
        };
        let around = Around {
            entries: self.entries,
            columns: &columns,
            exclude: &exclude,
            segments: &segment_columns,
            pairs: &pairs,
            features: &features,
        };
        self.reader.agree(&monitor, &around);
        if let Some(read) = &retrain {
            self.reader.rule(&read.checks, read.when, &monitor, &around);
        }
        let clues = Clues {
            monitor: name_key.span,
            layer_key: self.entry("layer").map(|(_, node)| node.span),
            layer_folder: layer_of_folder(self.path, &self.environment.project.checks),
            labels: at("labels"),
            dataset: at("dataset"),
            bare_token: retrain.and_then(|read| read.bare_token),
            unused: Vec::new(),
        };
        Some((monitor, clues))
    }

    fn unknown_keys(&mut self) {
        for (key, _) in self.root.entries().unwrap_or_default() {
            if read::enough(&self.reader.problems) {
                return;
            }
            let name = key.text.as_str();
            if LATER.contains(&name) {
                self.reader.problems.push(read::not_yet(key.span, name));
            } else if !KEYS.contains(&name) {
                let problem = read::unknown_key(key, "of a monitor", KEYS);
                let alike = ALIKE.iter().find(|(other, _)| *other == name).map(|(_, hint)| (*hint).to_owned());
                self.reader.problems.push(problem.maybe_hint(alike));
            }
        }
    }

    fn entry(&self, name: &str) -> Option<&'a (Key, Node)> {
        self.entries.iter().find(|(key, _)| key.text == name)
    }

    fn get(&self, name: &str) -> Option<&'a Node> {
        self.entry(name).map(|(_, node)| node)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.get(name).and_then(|node| read::text(node, name, &mut self.reader.problems))
    }

    fn tags(&mut self) -> Vec<String> {
        let node = self.get("tags");
        node.and_then(|node| read::texts(node, "tags", &mut self.reader.problems)).unwrap_or_default()
    }

    fn depends_on(&mut self, monitor: &str) -> Vec<Dependency> {
        let Some(node) = self.get("depends_on") else { return Vec::new() };
        let sources = self.reader.sources;
        schedule::depends_on(node, monitor, &|span| sources.place(span), &mut self.reader.problems)
    }

    fn model(&mut self) -> Option<(String, String)> {
        let (key, node) = self.entry("model")?;
        let section = self.reader.section(key, node, &["name", "version"], "{name: fare_eta, version: \"7\"}")?;
        let name = self.reader.required_text(&section, "name", "as in `model: {name: fare_eta, version: \"7\"}`");
        let version = self.reader.required_text(&section, "version", "as in `model: {name: fare_eta, version: \"7\"}`");
        Some((name?, version?))
    }
}
