//! What differs between two versions of contracts, monitors and rules, and what that means for those who rely on them.
//!
//! Documents are compared as they hold, after packs, variables and defaults, not as they are written: `required: true` is
//! `completeness: 100%`, `90m` is less than `2h`, and the order of keys does not matter. Every kind of change has a
//! [`Code`], which says what it amounts to.

mod codes;
mod common;
mod contract;
mod documents;
mod findings;
mod monitor;
mod quantity;
mod rules;
mod source;
mod tree;
mod version;

use assay_contract::Resolved;
use assay_core::change::{Change, ChangeVerdict, DocumentKind};
use assay_core::node::{Node, NodeKind};

pub use codes::{CODES, Code, Level, find};
pub use version::next_version;

use codes::*;
use documents::{Pair, pair};
use findings::{About, At, Findings, Values};

/// The documents of a project at one time.
#[derive(Debug, Clone, Default)]
pub struct Version {
    /// Contracts, monitors and files of rules, in any order. What assay.yaml says for them is in each.
    pub documents: Vec<Resolved>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// Worst first, then by document and place.
    pub changes: Vec<Change>,
    /// Renames that were followed.
    pub notes: Vec<String>,
    /// Documents that are in either version.
    pub documents: u64,
}

/// Compares two versions of a project.
pub fn compare(base: &Version, head: &Version) -> Comparison {
    let mut comparison = Comparison::default();
    for pair in pair(&base.documents, &head.documents) {
        comparison.documents += 1;
        match pair {
            Pair::Both(before, after) => both(before, after, &mut comparison),
            Pair::Removed(document) => removed(document, &mut comparison),
            Pair::Added(document) => added(document, &mut comparison),
        }
    }
    comparison.changes.sort_by(|a, b| {
        let key = |change: &Change| (change.verdict, change.document.clone(), change.at.clone(), change.code);
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    comparison
}

fn both(before: &Resolved, after: &Resolved, comparison: &mut Comparison) {
    let mut found = Findings::new(before, after);
    if before.name != after.name && before.kind != DocumentKind::Rules {
        let values = Values::texts(&before.name, &after.name);
        let (code, what) = match before.kind {
            DocumentKind::Contract => (TABLE_RENAMED, "table"),
            DocumentKind::Monitor | DocumentKind::Rules => (MONITOR_RENAMED, "monitor"),
        };
        let message = format!("{what} `{}` was renamed to `{}`", before.name, after.name);
        let at = found.at(what);
        found.add(code, at, About::default(), values, message.clone());
        comparison.notes.push(format!("{message}: the two were compared as one"));
    }
    if before.path != after.path {
        let values = Values::texts(&before.path, &after.path);
        let message = format!("the file was moved from `{}` to `{}`", before.path, after.path);
        let at = At::Head(after.root.span);
        found.add(FILE_MOVED, at, About::default(), values, message);
    }
    match before.kind {
        DocumentKind::Contract => contract::compare(&mut found),
        DocumentKind::Monitor => monitor::compare(&mut found),
        DocumentKind::Rules => rules::compare(&mut found),
    }
    comparison.changes.append(&mut found.changes);
}

fn removed(document: &Resolved, comparison: &mut Comparison) {
    let mut found = Findings::new(document, document);
    let (code, what) = match document.kind {
        DocumentKind::Contract => (TABLE_REMOVED, "the contract of table"),
        DocumentKind::Monitor => (MONITOR_REMOVED, "monitor"),
        DocumentKind::Rules => (RULES_REMOVED, "the file of rules"),
    };
    let values = Values(Some(document.name.clone()), None);
    let message = format!("{what} `{}` was removed", document.name);
    found.add(code, At::Base(name_span(document)), About::default(), values, message);
    comparison.changes.append(&mut found.changes);
}

fn added(document: &Resolved, comparison: &mut Comparison) {
    let mut found = Findings::new(document, document);
    let (code, what) = match document.kind {
        DocumentKind::Contract => (CONTRACT_ADDED, "a contract of table"),
        DocumentKind::Monitor => (MONITOR_ADDED, "monitor"),
        DocumentKind::Rules => (RULES_ADDED, "the file of rules"),
    };
    let values = Values(None, Some(document.name.clone()));
    let message = format!("{what} `{}` was added", document.name);
    found.add(code, At::Head(name_span(document)), About::default(), values, message);
    comparison.changes.append(&mut found.changes);
    if document.kind == DocumentKind::Rules {
        // a new file may keep quiet what others tell
        let nothing = Node { kind: NodeKind::Map(Vec::new()), span: document.root.span };
        let empty = Resolved { root: nothing, ..document.clone() };
        let mut found = Findings::new(&empty, document);
        rules::compare(&mut found);
        let weaker = found.changes.into_iter().filter(|change| change.verdict != ChangeVerdict::Compatible);
        comparison.changes.extend(weaker);
    }
}

/// Where a document says its name.
fn name_span(document: &Resolved) -> assay_core::problem::Span {
    let key = |root: &Node, name| findings::key(root, name);
    key(&document.root, "table").or_else(|| key(&document.root, "monitor")).unwrap_or(document.root.span)
}
