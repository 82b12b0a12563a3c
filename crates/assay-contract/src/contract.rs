//! Loading a contract: text, packs, variables, sections, checks; every step goes on past its problems.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_checks::build::BuildContext;
use assay_core::contract::{ColumnSpec, Contract, Dependency, Source};
use assay_core::metric::Sql;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use assay_core::verdict::Severity;
use sha2::{Digest, Sha256};

use crate::checks::{Around, place_all};
use crate::columns::{self, Column};
use crate::environment::{Environment, Variables, refuse_secret};
use crate::extends::{self, IN_PACKS, Merged};
use crate::fill::{fill_all, own_variables};
use crate::layer::layer_of_folder;
use crate::lint::Clues;
use crate::placeholders::{Form, fill};
use crate::project::{self, PartialFailedRows};
use crate::schedule::{self, produced_by};
use crate::sources::Sources;
use crate::{Broken, read, source, version};

/// Top-level keys of a contract.
pub(crate) const KEYS: &[&str] = &[
    "assay",
    "table",
    "owner",
    "description",
    "tags",
    "layer",
    "schedule",
    "enabled",
    "produced_by",
    "depends_on",
    "source",
    "severity",
    "extends",
    "vars",
    "rows",
    "key",
    "failed_rows",
    "schema",
    "columns",
    "checks",
];
const LATER: &[&str] = &["quarantine"];

/// A contract that can be run.
#[derive(Debug)]
pub struct Loaded {
    /// The contract.
    pub contract: Contract,
    /// The texts it was read from: itself, then its packs.
    pub sources: Sources,
    pub(crate) clues: Clues,
}

impl Loaded {
    /// The packs that were read, as shown to people.
    pub fn packs(&self) -> impl Iterator<Item = &Arc<str>> {
        self.sources.iter().skip(1).map(|file| &file.path)
    }
}

/// What a file is, told by its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A contract, or something broken that [`load`] explains.
    Contract,
    /// A pack, which is never run alone.
    Pack,
    /// A monitor of a model.
    Monitor,
    /// Routes and receivers of alerts.
    Rules,
    /// An Open Data Contract Standard file.
    Odcs,
}

/// Tells a pack from a contract without loading it, so that a folder's packs can be passed over.
pub fn kind(bytes: &[u8]) -> Kind {
    let root = crate::document("", bytes, &mut Sources::default(), &mut Vec::new());
    root.as_ref().map_or(Kind::Contract, |root| kind_of(root).0)
}

pub(crate) fn kind_of(root: &Node) -> (Kind, Span) {
    const TELLING: &[(&str, Kind)] = &[
        ("table", Kind::Contract),
        ("pack", Kind::Pack),
        ("monitor", Kind::Monitor),
        ("rules", Kind::Rules),
        ("routes", Kind::Rules),
        ("route", Kind::Rules),
        ("receivers", Kind::Rules),
        ("apiVersion", Kind::Odcs),
    ];
    let entries = root.entries().unwrap_or_default();
    let told = TELLING
        .iter()
        .find_map(|(name, kind)| entries.iter().find(|(key, _)| key.text == *name).map(|(key, _)| (*kind, key.span)));
    told.unwrap_or((Kind::Contract, root.span))
}

/// Reads and validates the contract in `bytes`, shown as `path`.
pub fn load(path: &str, bytes: &[u8], environment: &Environment<'_>) -> Result<Loaded, Broken> {
    let mut sources = Sources::default();
    let mut problems = Vec::new();
    let root = crate::document(path, bytes, &mut sources, &mut problems);
    let root = match root {
        Some(root) if root.entries().is_some() => root,
        Some(root) => {
            problems.push(
                Problem::at(
                    root.span,
                    format!("a contract is a mapping that starts with `assay: 1`, not {}", root.describe()),
                )
                .hint("`table:`, `source:` and `columns:` follow"),
            );
            return Err(Broken { problems, sources });
        }
        None => {
            if problems.is_empty() {
                let top = Span { line: 1, column: 1, ..Span::default() };
                problems.push(
                    Problem::at(top, "the file is empty").hint("a contract starts with `assay: 1` and `table: ..`"),
                );
            }
            return Err(Broken { problems, sources });
        }
    };
    if let Some(problem) = not_a_contract(&root) {
        problems.push(problem);
        return Err(Broken { problems, sources });
    }
    version(&root, &mut problems);

    let mut used = BTreeMap::new();
    let mut fill_path = |node: &Node, sources: &Sources| {
        let mut variables = Variables::new(environment, sources);
        let filled = fill(node.text().unwrap_or_default(), Form::Text, node.span, &mut variables)?;
        used.extend(variables.used);
        if filled.secret { Err(refuse_secret(node.span)) } else { Ok(filled.text) }
    };
    let merged = extends::merge(&root, environment.files, &mut sources, &mut fill_path, &mut problems);

    let mut variables = Variables::new(environment, &sources);
    variables.used = used;
    let mut unused = own_variables(&merged, &mut variables, &mut problems);
    let merged = fill_all(merged, &mut variables, &mut problems);
    let mut loading = Loading { path, environment, sources: &sources, merged, problems };
    let loaded = loading.contract(&root, &mut variables);
    let problems = loading.problems;
    if !problems.is_empty() {
        return Err(Broken { problems, sources });
    }
    let (mut contract, mut clues) = loaded;
    unused.retain(|(name, _)| !variables.was_used(name));
    clues.unused = unused;
    contract.sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    contract.vars = variables.used.into_iter().collect();
    Ok(Loaded { contract, sources, clues })
}

/// Says what a file is that cannot be run as a contract.
pub(crate) fn not_a_contract(root: &Node) -> Option<Problem> {
    let (kind, span) = kind_of(root);
    let (what, hint) = match kind {
        Kind::Contract => return None,
        Kind::Pack => ("a pack, which is never run alone", "name it under `extends:` of a contract"),
        Kind::Monitor => ("a monitor, not a contract", "pass it as a monitor; a contract has `table:`"),
        Kind::Rules => {
            ("rules for alerts, not a contract", "rules lie in the folder `rules/`; a contract has `table:`")
        }
        Kind::Odcs => (
            "an Open Data Contract Standard file, which this version cannot read",
            "write the contract with `assay: 1` and `table:`",
        ),
    };
    Some(Problem::at(span, format!("this file is {what}")).hint(hint))
}

struct Loading<'a> {
    path: &'a str,
    environment: &'a Environment<'a>,
    sources: &'a Sources,
    merged: Merged,
    problems: Vec<Problem>,
}

impl Loading<'_> {
    fn contract(&mut self, root: &Node, variables: &mut Variables<'_>) -> (Contract, Clues) {
        let project = self.environment.project;
        self.unknown_keys();
        let table = self.text("table").filter(|(name, _)| !name.trim().is_empty());
        if table.is_none() && self.merged.get("table").is_none() {
            let top = Span { len: 0, ..root.span };
            self.problems.push(Problem::at(top, "`table` is missing").hint("name the table: `table: silver.orders`"));
        }
        let (table, table_span) = table.unwrap_or_else(|| (String::new(), root.span));
        let layer_key = self.text("layer");
        let layer_folder = layer_of_folder(self.path, &project.checks);
        let layer_prefix = table.split_once('.').map(|(prefix, _)| prefix.to_owned());
        let layer = layer_key.as_ref().map(|(name, _)| name.clone());
        let layer = layer.or_else(|| layer_folder.clone()).or_else(|| layer_prefix.clone());
        let of_layer = layer.as_ref().and_then(|name| project.layers.get(name));
        let severity = self.severity().or(of_layer.and_then(|layer| layer.severity)).unwrap_or(project.severity);

        let (source, format_known) = self.source(variables);
        let columns = self.columns(&source, format_known);
        let specs: Vec<ColumnSpec> = columns.iter().map(|column| column.spec.clone()).collect();
        let forbidden = self.extra_columns_forbidden();
        let key = self.key(&specs, forbidden);
        let failed_rows = self.failed_rows(&specs, forbidden);
        let failed_rows = failed_rows
            .over(&of_layer.map_or(project.failed_rows.clone(), |layer| layer.failed_rows.over(&project.failed_rows)));

        let key_names: Vec<String> = key.iter().map(|(name, _)| name.clone()).collect();
        let mut context = BuildContext {
            column: None,
            columns: &specs,
            source: &source,
            rows: None,
            severity,
            extra_columns_forbidden: forbidden,
            key: &key_names,
            empty_row_checks_pass: project.empty_row_checks_pass,
            empty_aggregates_pass: project.empty_aggregates_pass,
            skew_seconds: project.skew_seconds,
            timezone: &project.timezone,
            files: self.environment.files,
            path: self.path,
        };
        let rows = self.rows(&context);
        context.rows = rows.as_ref();
        let around = Around { context, columns: &columns, merged: &self.merged, table: table_span, key: &key };
        let checks = place_all(&around, self.sources, &mut self.problems);

        let depends_on = self.depends_on(&table);
        let clues = Clues {
            table: table_span,
            layer_key,
            layer_folder,
            layer_prefix,
            n_written: columns.iter().map(|column| column.checks.len()).sum::<usize>() + self.merged.checks.len(),
            unused: Vec::new(),
        };
        let contract = Contract {
            path: self.path.into(),
            sha256: String::new(),
            table,
            layer,
            owner: self.text("owner").map(|(owner, _)| owner),
            description: self.text("description").map(|(text, _)| text),
            tags: self.tags(),
            schedule: self.entry("schedule").and_then(|(_, node)| schedule::read(&node, &mut self.problems)),
            enabled: self.entry("enabled").and_then(|(_, node)| read::boolean(&node, "enabled", &mut self.problems))
                != Some(false),
            produced_by: self
                .entry("produced_by")
                .map_or_else(Vec::new, |(_, node)| produced_by(&node, &mut self.problems)),
            depends_on,
            source,
            columns: specs,
            rows,
            key: key_names,
            failed_rows,
            severity,
            checks,
            vars: Vec::new(),
        };
        (contract, clues)
    }

    fn unknown_keys(&mut self) {
        for (key, _) in &self.merged.entries {
            if read::enough(&self.problems) {
                return;
            }
            let name = key.text.as_str();
            if LATER.contains(&name) {
                self.problems.push(read::not_yet(key.span, name));
            } else if !KEYS.contains(&name) {
                let known = if key.span.file == 0 { KEYS } else { IN_PACKS };
                let is_check = assay_checks::registry::find(name).is_some();
                let problem =
                    read::unknown_key(key, if key.span.file == 0 { "of a contract" } else { "of a pack" }, known);
                self.problems.push(if is_check {
                    problem.hint("checks of the table are items of `checks:`")
                } else {
                    problem
                });
            }
        }
    }

    fn entry(&self, name: &str) -> Option<(Key, Node)> {
        self.merged.get(name).cloned()
    }

    fn text(&mut self, name: &str) -> Option<(String, Span)> {
        let (_, node) = self.entry(name)?;
        read::text(&node, name, &mut self.problems).map(|text| (text, node.span))
    }

    fn severity(&mut self) -> Option<Severity> {
        let (_, node) = self.entry("severity")?;
        read::severity(&node, &mut self.problems)
    }

    fn tags(&mut self) -> Vec<String> {
        let Some((_, node)) = self.entry("tags") else { return Vec::new() };
        read::texts(&node, "tags", &mut self.problems).unwrap_or_default()
    }

    fn depends_on(&mut self, table: &str) -> Vec<Dependency> {
        let Some((_, node)) = self.entry("depends_on") else { return Vec::new() };
        schedule::depends_on(&node, table, &|span| self.sources.place(span), &mut self.problems)
    }

    fn source(&mut self, variables: &mut Variables<'_>) -> (Source, bool) {
        let folder = self.environment.folder(self.path);
        let entry = self.entry("source");
        if entry.is_none() {
            let at = self.merged.get("table").map_or_else(Span::default, |(key, _)| key.span);
            let at = if at.line == 0 { Span { line: 1, column: 1, ..at } } else { at };
            self.problems.push(
                Problem::at(at, "`source` is missing")
                    .hint("say where the table is: source: {format: parquet, path: lake/silver/orders}"),
            );
        }
        let nothing = || {
            let span = Span::default();
            (Key { text: "source".into(), span }, Node { kind: NodeKind::Map(Vec::new()), span })
        };
        let missing = entry.is_none();
        let (key, node) = entry.unwrap_or_else(nothing);
        let mut ignored = Vec::new();
        let problems = if missing { &mut ignored } else { &mut self.problems };
        let read = source::read(&key, &node, &folder, variables, problems);
        (read.source, read.format_known)
    }

    fn columns(&mut self, source: &Source, format_known: bool) -> Vec<Column> {
        match self.entry("columns") {
            Some((_, node)) => columns::read(&node, source, format_known, &mut self.problems),
            None => Vec::new(),
        }
    }

    /// Whether a name that is not declared is a mistake. Not so where a pack with more columns could not be read.
    fn extra_columns_forbidden(&self) -> bool {
        let extra = self.merged.get("schema").and_then(|(_, node)| node.get("extra_columns"));
        self.merged.complete && extra.and_then(Node::text) == Some("forbid")
    }

    fn key(&mut self, columns: &[ColumnSpec], forbidden: bool) -> Vec<(String, Span)> {
        let Some((_, node)) = self.entry("key") else { return Vec::new() };
        let items = match &node.kind {
            NodeKind::Seq(items) => items.clone(),
            NodeKind::Scalar { .. } if !node.is_null() => vec![node.clone()],
            NodeKind::Scalar { .. } | NodeKind::Map(_) => {
                self.problems.push(
                    Problem::at(node.span, format!("`key` is a list of columns, not {}", node.describe()))
                        .hint("as in `key: [order_id]`"),
                );
                Vec::new()
            }
        };
        let mut seen = BTreeSet::new();
        let mut key = Vec::new();
        for item in &items {
            let Some(name) = read::text(item, "each part of `key`", &mut self.problems) else { continue };
            self.known_column(&name, item.span, columns, forbidden);
            if !seen.insert(name.clone()) {
                self.problems.push(Problem::at(item.span, format!("the key names a column twice: `{name}`")));
                continue;
            }
            key.push((name, item.span));
        }
        if items.is_empty() && matches!(node.kind, NodeKind::Seq(_)) {
            self.problems.push(Problem::at(node.span, "the key is empty").hint("name its columns, or leave `key` out"));
        }
        key
    }

    fn failed_rows(&mut self, columns: &[ColumnSpec], forbidden: bool) -> PartialFailedRows {
        let Some((_, node)) = self.entry("failed_rows") else { return PartialFailedRows::default() };
        let rows = project::failed_rows(&node, &mut self.problems);
        let places: Vec<(String, Span)> = match node.get("mask").map(|mask| &mask.kind) {
            Some(NodeKind::Seq(items)) => {
                items.iter().filter_map(|item| Some((item.text()?.to_owned(), item.span))).collect()
            }
            _ => Vec::new(),
        };
        for (name, span) in places {
            self.known_column(&name, span, columns, forbidden);
        }
        rows
    }

    fn known_column(&mut self, name: &str, at: Span, columns: &[ColumnSpec], forbidden: bool) {
        let lower = name.to_lowercase();
        if forbidden && !columns.iter().any(|column| column.name.to_lowercase() == lower) {
            let hint = did_you_mean(name, columns.iter().map(|column| column.name.as_str()))
                .unwrap_or_else(|| "declare it under `columns:`; `extra_columns: forbid` allows no others".into());
            self.problems.push(Problem::at(at, format!("unknown column `{}`", crate::yaml::shorten(name))).hint(hint));
        }
    }

    fn rows(&mut self, context: &BuildContext<'_>) -> Option<Sql> {
        let (_, node) = self.entry("rows")?;
        let text = read::text(&node, "rows", &mut self.problems)?;
        match assay_checks::sql::predicate(&text, node.span, context) {
            Ok(sql) => Some(sql),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }
}
