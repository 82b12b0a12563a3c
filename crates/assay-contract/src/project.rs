//! `assay.yaml`: what holds for every contract of a project.

use std::collections::BTreeMap;

use assay_core::contract::{FailedRows, Files};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::verdict::Severity;

use crate::environment::{check_variable_name, from_env, from_file};
use crate::placeholders::{Filled, Form, Lookup, Value, fill, has_any};
use crate::sources::Sources;
use crate::{Broken, read};

/// Rows that `failed_rows.keep` may ask for at most: a sample, not a copy.
pub(crate) const MAX_KEEP: u64 = 10_000;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one who uses it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

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
    /// The folder with routes of alerts, relative to assay.yaml; this version compares them (`assay diff`).
    pub rules: String,
    /// The file with the history of runs, relative to assay.yaml.
    pub state: String,
    /// Variables by name.
    pub(crate) vars: BTreeMap<String, Value>,
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
            vars: BTreeMap::new(),
            mask_key: None,
            severity: Severity::Fail,
            failed_rows: FailedRows { keep: 5, mask: Vec::new() },
            skew_seconds: 300,
            empty_row_checks_pass: true,
            empty_aggregates_pass: false,
            layers: BTreeMap::new(),
            memory: None,
            threads: 0,
        }
    }
}

const KEYS: &[&str] =
    &["assay", "project", "timezone", "paths", "state", "vars", "mask_key", "defaults", "layers", "engine"];
const LATER: &[&str] = &["connections", "server", "scheduler", "metrics"];

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
        let mut loading = Loading { project: Project::default(), problems, rim: Rim { path, env, files } };
        match &root {
            Some(root) => loading.top(root),
            None if loading.problems.is_empty() => {
                let top = Span { line: 1, column: 1, ..Span::default() };
                loading.problems.push(Problem::at(top, "the file is empty").hint("it starts with `assay: 1`"));
            }
            None => {}
        }
        if loading.problems.is_empty() {
            Ok(loading.project)
        } else {
            Err(Broken { problems: loading.problems, sources })
        }
    }

    /// The names of its variables.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.vars.keys().map(String::as_str)
    }
}

struct Loading<'a> {
    project: Project,
    problems: Vec<Problem>,
    rim: Rim<'a>,
}

/// Reads the secrets of assay.yaml; variables are not known in it.
struct Rim<'a> {
    path: &'a str,
    env: &'a dyn Fn(&str) -> Option<String>,
    files: &'a dyn Files,
}

impl Lookup for Rim<'_> {
    fn variable(&mut self, name: &str, at: Span) -> Result<Value, Problem> {
        Err(Problem::at(at, format!("assay.yaml itself takes no variables: `${{{name}}}`"))
            .hint("`${env:NAME}` and `${file:PATH}` are read here"))
    }
    fn env(&mut self, name: &str, at: Span) -> Result<Value, Problem> {
        from_env(name, at, self.env)
    }
    fn file(&mut self, path: &str, at: Span) -> Result<Value, Problem> {
        from_file(path, self.path, at, self.files)
    }
}

impl Loading<'_> {
    fn top(&mut self, root: &Node) {
        let Some(entries) = read::map(root, "assay.yaml", &mut self.problems) else { return };
        crate::version(root, &mut self.problems);
        for (key, value) in entries {
            if read::enough(&self.problems) {
                return;
            }
            match key.text.as_str() {
                "vars" => self.vars(value),
                "mask_key" => {
                    if let Some(filled) = self.filled(value, "mask_key") {
                        self.project.mask_key = Some(Secret(filled.text));
                    }
                }
                name => {
                    self.refuse_placeholders(value);
                    self.entry(name, key, value);
                }
            }
        }
    }

    fn entry(&mut self, name: &str, key: &Key, value: &Node) {
        let problems = &mut self.problems;
        match name {
            "assay" => {}
            "project" => self.project.name = read::text(value, "project", problems),
            "timezone" => self.project.timezone = read::timezone(value, problems).unwrap_or_else(|| "UTC".into()),
            "paths" => self.paths(value),
            "state" => self.state(value),
            "defaults" => self.defaults(value),
            "layers" => self.layers(value),
            "engine" => self.engine(value),
            later if LATER.contains(&later) => problems.push(read::not_yet(key.span, later)),
            _ => problems.push(read::unknown_key(key, "in assay.yaml", KEYS)),
        }
    }

    fn vars(&mut self, node: &Node) {
        let Some(entries) = read::map(node, "vars", &mut self.problems) else { return };
        for (key, value) in entries {
            if let Err(why) = check_variable_name(&key.text) {
                self.problems.push(Problem::at(key.span, why));
            } else if let Some(filled) = self.filled(value, &format!("variable `{}`", key.text)) {
                self.project.vars.insert(key.text.clone(), Value { text: filled.text, secret: filled.secret });
            }
        }
    }

    /// A text with its secrets read.
    fn filled(&mut self, node: &Node, what: &str) -> Option<Filled> {
        let text = read::text(node, what, &mut self.problems)?;
        fill(&text, Form::Text, node.span, &mut self.rim).map_err(|problem| self.problems.push(problem)).ok()
    }

    /// Placeholders stand in `vars` and `mask_key` only: everything else of this file is shown.
    fn refuse_placeholders(&mut self, node: &Node) {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            match &node.kind {
                assay_core::node::NodeKind::Scalar { text, .. } if has_any(text) => {
                    self.problems.push(
                        Problem::at(node.span, format!("a placeholder cannot stand here: {}", node.describe()))
                            .hint("assay.yaml takes them in `vars` and `mask_key`"),
                    );
                }
                assay_core::node::NodeKind::Scalar { .. } => {}
                assay_core::node::NodeKind::Seq(items) => waiting.extend(items),
                assay_core::node::NodeKind::Map(entries) => waiting.extend(entries.iter().map(|(_, value)| value)),
            }
        }
    }

    fn paths(&mut self, node: &Node) {
        let Some(entries) = read::map(node, "paths", &mut self.problems) else { return };
        for (key, value) in entries {
            match key.text.as_str() {
                "checks" => self.project.checks = self.path(value, "paths.checks").unwrap_or_default(),
                "baselines" => self.project.baselines = self.path(value, "paths.baselines").unwrap_or_default(),
                "reports" => self.project.reports = self.path(value, "paths.reports").unwrap_or_default(),
                "rules" => self.project.rules = self.path(value, "paths.rules").unwrap_or_default(),
                _ => {
                    let known = ["checks", "rules", "baselines", "reports"];
                    self.problems.push(read::unknown_key(key, "in `paths`", &known));
                }
            }
        }
    }

    fn state(&mut self, node: &Node) {
        let Some(entries) = read::map(node, "state", &mut self.problems) else { return };
        for (key, value) in entries {
            match key.text.as_str() {
                "path" => self.project.state = self.path(value, "state.path").unwrap_or_default(),
                later @ ("url" | "retention") => self.problems.push(read::not_yet(key.span, &format!("state.{later}"))),
                _ => self.problems.push(read::unknown_key(key, "in `state`", &["path"])),
            }
        }
    }

    /// A path that is not empty.
    fn path(&mut self, node: &Node, what: &str) -> Option<String> {
        let path = read::text(node, what, &mut self.problems)?;
        if path.trim().is_empty() {
            self.problems.push(Problem::at(node.span, format!("`{what}` is empty")).hint("remove it for the default"));
            return None;
        }
        Some(path)
    }

    fn defaults(&mut self, node: &Node) {
        let Some(entries) = read::map(node, "defaults", &mut self.problems) else { return };
        let (project, problems) = (&mut self.project, &mut self.problems);
        for (key, value) in entries {
            match key.text.as_str() {
                "severity" => project.severity = read::severity(value, problems).unwrap_or(project.severity),
                "failed_rows" => project.failed_rows = failed_rows(value, problems).over(&project.failed_rows),
                "freshness" => {
                    for (key, value) in read::map(value, "defaults.freshness", problems).unwrap_or_default() {
                        match key.text.as_str() {
                            "skew" => {
                                project.skew_seconds =
                                    read::seconds(value, "skew", problems).unwrap_or(project.skew_seconds)
                            }
                            _ => problems.push(read::unknown_key(key, "in `defaults.freshness`", &["skew"])),
                        }
                    }
                }
                "on_empty" => {
                    for (key, value) in read::map(value, "defaults.on_empty", problems).unwrap_or_default() {
                        let passes = |problems: &mut Vec<Problem>| {
                            read::word(value, &key.text, &["pass", "fail"], problems).map(|word| word == "pass")
                        };
                        match key.text.as_str() {
                            "row_checks" => project.empty_row_checks_pass = passes(problems).unwrap_or(true),
                            "aggregates" => project.empty_aggregates_pass = passes(problems).unwrap_or(false),
                            _ => problems.push(read::unknown_key(
                                key,
                                "in `defaults.on_empty`",
                                &["row_checks", "aggregates"],
                            )),
                        }
                    }
                }
                _ => problems.push(read::unknown_key(
                    key,
                    "in `defaults`",
                    &["severity", "failed_rows", "freshness", "on_empty"],
                )),
            }
        }
    }

    fn layers(&mut self, node: &Node) {
        let Some(entries) = read::map(node, "layers", &mut self.problems) else { return };
        for (name, value) in entries {
            let mut layer = Layer::default();
            for (key, value) in
                read::map(value, &format!("layer `{}`", name.text), &mut self.problems).unwrap_or_default()
            {
                match key.text.as_str() {
                    "severity" => layer.severity = read::severity(value, &mut self.problems),
                    "failed_rows" => layer.failed_rows = failed_rows(value, &mut self.problems),
                    _ => self.problems.push(read::unknown_key(
                        key,
                        &format!("in layer `{}`", name.text),
                        &["severity", "failed_rows"],
                    )),
                }
            }
            self.project.layers.insert(name.text.clone(), layer);
        }
    }

    fn engine(&mut self, node: &Node) {
        let Some(entries) = read::map(node, "engine", &mut self.problems) else { return };
        for (key, value) in entries {
            match key.text.as_str() {
                "memory" => self.project.memory = read::bytes(value, "memory", &mut self.problems),
                "threads" => {
                    let threads = read::count(value, "threads", 4096, &mut self.problems);
                    self.project.threads = threads.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
                }
                "ballista" => self.problems.push(read::not_yet(key.span, "engine.ballista")),
                _ => self.problems.push(read::unknown_key(key, "in `engine`", &["memory", "threads"])),
            }
        }
    }
}

/// `{keep: 20, mask: [email]}`.
pub(crate) fn failed_rows(node: &Node, problems: &mut Vec<Problem>) -> PartialFailedRows {
    let mut rows = PartialFailedRows::default();
    for (key, value) in read::map(node, "failed_rows", problems).unwrap_or_default() {
        match key.text.as_str() {
            "keep" => rows.keep = read::count(value, "keep", MAX_KEEP, problems).and_then(|n| u32::try_from(n).ok()),
            "mask" => rows.mask = read::texts(value, "mask", problems),
            _ => problems.push(read::unknown_key(key, "in `failed_rows`", &["keep", "mask"])),
        }
    }
    rows
}
