//! A document as it holds, without asking whether it can run: packs merged under it, variables filled in, every place
//! kept. For a comparison of two versions, of which an older one may lack what it takes to run it.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::change::DocumentKind;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Place, Problem, Span};
use assay_core::verdict::Severity;
use sha2::{Digest, Sha256};

use crate::checks::last_said;
use crate::contract::{Kind, kind_of, not_a_contract};
use crate::environment::{Environment, Variables};
use crate::extends::{self, Merged};
use crate::fill::{fill_all, own_variables};
use crate::layer::layer_of_folder;
use crate::placeholders::{Form, fill};
use crate::sources::Sources;
use crate::{Broken, monitor, version};

/// A contract, a monitor or a file of rules as one tree.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// What it is.
    pub kind: DocumentKind,
    /// The table or the monitor; of rules the path.
    pub name: String,
    /// The file as shown to people.
    pub path: Arc<str>,
    /// All that it says after `extends` and variables; `vars` and `extends` themselves are left out.
    pub root: Node,
    /// The texts that the places of the tree point into.
    pub sources: Sources,
    /// The layer: its own, that of its folder, or what stands before the dot of the table's name.
    pub layer: Option<String>,
    /// The severity of its checks where they say none: its own, that of its layer, or the project's.
    pub severity: Severity,
    /// Whether a check of rows passes where there is nothing to test, unless it says otherwise.
    pub empty_row_checks_pass: bool,
    /// The same of figures.
    pub empty_aggregates_pass: bool,
    /// SHA-256 of the files that its checks name (`in: {file: ..}`), by path as written; those that could be read.
    pub files: BTreeMap<String, String>,
}

impl Resolved {
    /// A span of the tree as a place that people can open.
    pub fn place(&self, span: Span) -> Place {
        self.sources.place(span)
    }

    /// Where the document begins.
    pub fn beginning(&self) -> Place {
        let named = ["table", "monitor"].into_iter();
        let key = named.filter_map(|name| self.root.entries()?.iter().find(|(key, _)| key.text == name)).next();
        self.place(key.map_or(self.root.span, |(key, _)| key.span))
    }
}

/// Reads the document in `bytes`, shown as `path`. Only what cannot be read as a document is refused: broken YAML, a file
/// of another kind, packs that are missing. Secrets are not read, and variables that are not set stay as written.
pub fn resolve(path: &str, bytes: &[u8], environment: &Environment<'_>) -> Result<Resolved, Broken> {
    let mut sources = Sources::default();
    let mut problems = Vec::new();
    let root = crate::document(path, bytes, &mut sources, &mut problems);
    let Some(root) = root.filter(|root| root.entries().is_some()) else {
        if problems.is_empty() {
            let top = Span { line: 1, column: 1, ..Span::default() };
            let hint = "a contract has `table:`, a monitor `monitor:`, rules `rules:`";
            problems.push(Problem::at(top, "this file is no document of Assay").hint(hint));
        }
        return Err(Broken { problems, sources });
    };
    let (kind, _) = kind_of(&root);
    let resolved = match kind {
        Kind::Contract => contract(path, &root, environment, &mut sources, &mut problems),
        Kind::Monitor => monitor(path, &root, environment, &sources, &mut problems),
        Kind::Rules => Some(plain(DocumentKind::Rules, path.to_owned(), path, root, environment)),
        Kind::Pack | Kind::Odcs => {
            problems.extend(not_a_contract(&root));
            None
        }
    };
    match resolved.filter(|_| problems.is_empty()) {
        Some(resolved) => Ok(Resolved { sources, ..resolved }),
        None => Err(Broken { problems, sources }),
    }
}

fn contract(
    path: &str,
    root: &Node,
    environment: &Environment<'_>,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Option<Resolved> {
    version(root, problems);
    let mut fill_path = |node: &Node, sources: &Sources| {
        let mut variables = Variables::lenient(environment, sources);
        fill(node.text().unwrap_or_default(), Form::Text, node.span, &mut variables).map(|filled| filled.shown)
    };
    let merged = extends::merge(root, environment.files, sources, &mut fill_path, problems);
    let mut variables = Variables::lenient(environment, sources);
    // what is wrong with a value is for the loader to say, and not here
    let mut ignored = Vec::new();
    own_variables(&merged, &mut variables, &mut ignored);
    let merged = fill_all(merged, &mut variables, &mut ignored);
    let name = name(merged.get("table"), root, "table", problems)?;
    let layer = text(merged.get("layer"))
        .or_else(|| layer_of_folder(path, &environment.project.checks))
        .or_else(|| name.split_once('.').map(|(prefix, _)| prefix.to_owned()));
    let severity = severity(text(merged.get("severity")), layer.as_deref(), environment);
    let root = with_checks(merged, root.span);
    let files = files(&root, path, environment);
    let kind = DocumentKind::Contract;
    Some(Resolved { layer, severity, files, ..plain(kind, name, path, root, environment) })
}

fn monitor(
    path: &str,
    root: &Node,
    environment: &Environment<'_>,
    sources: &Sources,
    problems: &mut Vec<Problem>,
) -> Option<Resolved> {
    version(root, problems);
    let mut merged = Merged { entries: root.entries()?.to_vec(), checks: Vec::new(), complete: true };
    let mut variables = Variables::lenient(environment, sources);
    let mut ignored = Vec::new();
    own_variables(&merged, &mut variables, &mut ignored);
    monitor::fill::fill_all(&mut merged.entries, &mut variables, &mut ignored);
    let name = name(merged.get("monitor"), root, "monitor", problems)?;
    let layer = text(merged.get("layer")).or_else(|| layer_of_folder(path, &environment.project.checks));
    let root = with_checks(merged, root.span);
    Some(Resolved { layer, ..plain(DocumentKind::Monitor, name, path, root, environment) })
}

fn plain(kind: DocumentKind, name: String, path: &str, root: Node, environment: &Environment<'_>) -> Resolved {
    Resolved {
        kind,
        name,
        path: path.into(),
        root,
        sources: Sources::default(),
        layer: None,
        severity: environment.project.severity,
        empty_row_checks_pass: environment.project.empty_row_checks_pass,
        empty_aggregates_pass: environment.project.empty_aggregates_pass,
        files: BTreeMap::new(),
    }
}

/// One tree again, with the checks of the table in it.
fn with_checks(merged: Merged, span: Span) -> Node {
    let checks = last_said(&merged.checks);
    let mut entries = merged.entries;
    if let Some(first) = checks.first() {
        let key = Key { text: "checks".into(), span: first.span };
        let span = first.span;
        entries.push((key, Node { kind: NodeKind::Seq(checks), span }));
    }
    Node { kind: NodeKind::Map(entries), span }
}

fn text(entry: Option<&(Key, Node)>) -> Option<String> {
    let (_, node) = entry?;
    node.text().filter(|_| !node.is_null()).map(str::to_owned)
}

/// The document's name, without which nothing can be compared with it.
fn name(entry: Option<&(Key, Node)>, root: &Node, key: &str, problems: &mut Vec<Problem>) -> Option<String> {
    let name = text(entry).filter(|name| !name.trim().is_empty());
    if name.is_none() {
        let at = entry.map_or(Span { len: 0, ..root.span }, |(_, node)| node.span);
        problems.push(Problem::at(at, format!("`{key}` has no name")).hint("without one there is nothing to compare"));
    }
    name
}

fn severity(own: Option<String>, layer: Option<&str>, environment: &Environment<'_>) -> Severity {
    let project = environment.project;
    let of_layer = layer.and_then(|name| project.layers.get(name)).and_then(|layer| layer.severity);
    match own.as_deref() {
        Some("warn") => Severity::Warn,
        Some("fail") => Severity::Fail,
        _ => of_layer.unwrap_or(project.severity),
    }
}

/// What the files are that checks name: a set in a file changes with the file.
fn files(root: &Node, path: &str, environment: &Environment<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        match &node.kind {
            NodeKind::Scalar { .. } => {}
            NodeKind::Seq(items) => waiting.extend(items),
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    let set =
                        value.get("file").and_then(Node::text).filter(|_| matches!(key.text.as_str(), "in" | "not_in"));
                    if let Some(file) = set
                        && let Ok(bytes) = environment.files.read(file, path)
                    {
                        let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                        found.insert(file.to_owned(), digest);
                    }
                    waiting.push(value);
                }
            }
        }
    }
    found
}
