//! Mappings whose keys are known, and what the readers of a monitor's sections share.

use std::collections::HashSet;

use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Place, Problem, Span};
use assay_core::suggest::closest;

use crate::read;
use crate::sources::Sources;

/// What the readers of sections share.
pub(crate) struct Reader<'a> {
    /// The texts, which turn spans into places.
    pub sources: &'a Sources,
    /// What is wrong so far.
    pub problems: Vec<Problem>,
    /// Mappings that lost an entry because a placeholder of it could not be filled: nothing is missing in them.
    pub unfilled: HashSet<Span>,
}

/// A mapping with the keys it may have.
#[derive(Debug, Clone)]
pub(crate) struct Section<'n> {
    /// What it is called in messages: "`window`".
    what: String,
    /// Its key.
    pub key: &'n Key,
    /// The mapping.
    pub node: &'n Node,
    entries: &'n [(Key, Node)],
    known: &'n [&'n str],
}

impl<'n> Section<'n> {
    /// The value under a key.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        self.entry(name).map(|(_, value)| value)
    }

    /// A key with its value.
    pub fn entry(&self, name: &str) -> Option<&'n (Key, Node)> {
        self.entries.iter().find(|(key, _)| key.text == name)
    }

    /// Whether a key that is not known was most likely meant to be this one.
    pub fn has_nearly(&self, name: &str) -> bool {
        let unknown = self.entries.iter().filter(|(key, _)| !self.known.contains(&key.text.as_str()));
        unknown.map(|(key, _)| key).any(|key| closest(&key.text, [name]).is_some())
    }
}

impl Reader<'_> {
    /// A place that people can open.
    pub fn place(&self, span: Span) -> Place {
        self.sources.place(span)
    }

    /// Something is wrong.
    pub fn wrong(&mut self, at: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Problem::at(at, message).hint(hint));
    }

    /// The value of `key` as a section; unknown keys are problems.
    pub fn section<'n>(
        &mut self,
        key: &'n Key,
        node: &'n Node,
        known: &'n [&'n str],
        example: &str,
    ) -> Option<Section<'n>> {
        self.called(format!("`{}`", key.text), key, node, known, &format!("{}: {example}", key.text))
    }

    /// A section that is called otherwise than its key, with an example of the whole.
    pub fn called<'n>(
        &mut self,
        what: String,
        key: &'n Key,
        node: &'n Node,
        known: &'n [&'n str],
        example: &str,
    ) -> Option<Section<'n>> {
        let Some(entries) = node.entries() else {
            let message = format!("{what} is a mapping of keys to values, not {}", node.describe());
            self.wrong(node.span, message, format!("as in `{example}`"));
            return None;
        };
        for (inner, _) in entries {
            if !known.contains(&inner.text.as_str()) && !read::enough(&self.problems) {
                self.problems.push(read::unknown_key(inner, &format!("in {what}"), known));
            }
        }
        Some(Section { what, key, node, entries, known })
    }

    /// The items of a list, each of which is a mapping.
    pub fn items<'n>(&mut self, node: Option<&'n Node>, what: &str, example: &str) -> &'n [Node] {
        match node.map(|node| (&node.kind, node)) {
            None => &[],
            Some((NodeKind::Seq(items), _)) => items,
            Some((NodeKind::Scalar { .. } | NodeKind::Map(_), node)) => {
                let message = format!("`{what}` is a list, not {}", node.describe());
                self.wrong(node.span, message, format!("as in `{what}: [{example}]`"));
                &[]
            }
        }
    }

    /// The value of a key that has to be there.
    pub fn required<'n>(&mut self, section: &Section<'n>, name: &str, hint: &str) -> Option<&'n Node> {
        let found = section.get(name);
        if found.is_none() && !self.unfilled.contains(&section.node.span) && !section.has_nearly(name) {
            self.wrong(section.key.span, format!("{} has no `{name}`", section.what), hint);
        }
        found
    }

    /// A text that has to be there.
    pub fn required_text(&mut self, section: &Section<'_>, name: &str, hint: &str) -> Option<String> {
        let node = self.required(section, name, hint)?;
        self.name(node, name)
    }

    /// A text that is not empty.
    pub fn name(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = read::text(node, what, &mut self.problems)?;
        if text.trim().is_empty() {
            self.wrong(node.span, format!("`{what}` is empty"), "give it a value, or remove the line");
            return None;
        }
        Some(text)
    }
}
