//! What was found so far between two versions of one document.

use assay_contract::Resolved;
use assay_core::change::Change;
use assay_core::node::Node;
use assay_core::problem::Span;

use crate::codes::Code;
use crate::tree::show;

/// Where a change is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At {
    /// In the old version: it is gone.
    Base(Span),
    /// In the new version.
    Head(Span),
}

/// The column and the check a change is about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About<'a> {
    pub column: Option<&'a str>,
    pub check: Option<&'a str>,
}

/// A value before and after, as written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Values(pub Option<String>, pub Option<String>);

impl Values {
    pub fn of(before: Option<&Node>, after: Option<&Node>) -> Self {
        Values(before.map(show), after.map(show))
    }

    pub fn texts(before: &str, after: &str) -> Self {
        Values(Some(before.to_owned()), Some(after.to_owned()))
    }

    /// ` from `1` to `2``, as far as there is something.
    pub fn words(&self) -> String {
        match self {
            Values(Some(before), Some(after)) => format!(" from `{before}` to `{after}`"),
            Values(Some(before), None) => format!(", it was `{before}`"),
            Values(None, Some(after)) => format!(": `{after}`"),
            Values(None, None) => String::new(),
        }
    }
}

/// Changes of one document.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub base: &'a Resolved,
    pub head: &'a Resolved,
    pub changes: Vec<Change>,
}

impl<'a> Findings<'a> {
    pub fn new(base: &'a Resolved, head: &'a Resolved) -> Self {
        Findings { base, head, changes: Vec::new() }
    }

    /// Adds a change. `message` is one sentence without a final period.
    pub fn add(&mut self, code: Code, at: At, about: About<'_>, values: Values, message: impl Into<String>) {
        let (at, at_base) = match at {
            At::Head(span) => (self.head.place(span), false),
            At::Base(span) => (self.base.place(span), true),
        };
        self.changes.push(Change {
            verdict: code.verdict,
            code: code.name,
            kind: self.head.kind,
            document: self.head.name.clone(),
            column: about.column.map(str::to_owned),
            check: about.check.map(str::to_owned),
            at,
            at_base,
            before: values.0,
            after: values.1,
            message: message.into(),
            found: None,
        });
    }

    /// Where a top-level key is written in the new version, else in the old one, else the document's beginning.
    pub fn at(&self, name: &str) -> At {
        match (key(&self.head.root, name), key(&self.base.root, name)) {
            (Some(span), _) => At::Head(span),
            (None, Some(span)) => At::Base(span),
            (None, None) => At::Head(self.head.root.span),
        }
    }

    /// A top-level key in both versions.
    pub fn both(&self, name: &str) -> (Option<&'a Node>, Option<&'a Node>) {
        let written = |root: &'a Node| root.get(name).filter(|node| !node.is_null());
        (written(&self.base.root), written(&self.head.root))
    }
}

/// Where a key of a mapping is written.
pub(crate) fn key(node: &Node, name: &str) -> Option<Span> {
    node.entries()?.iter().find(|(key, _)| key.text == name).map(|(key, _)| key.span)
}
