//! A YAML document as a tree that remembers where everything was written.
//!
//! The tree is built by `assay-contract` from parser events; checks read their parameters from it.

pub mod de;

use crate::problem::Span;

/// One node with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it was written.
    pub span: Span,
}

/// What a node is. Scalars keep their text: YAML's own number types would lose digits.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// A scalar's text after YAML's own unescaping; `quoted` for single, double or block style.
    Scalar {
        /// The text.
        text: String,
        /// Whether it was quoted (or a block scalar), so that it is text whatever it looks like.
        quoted: bool,
    },
    /// A sequence.
    Seq(Vec<Node>),
    /// A mapping, in file order, keys unique.
    Map(Vec<(Key, Node)>),
}

/// A mapping's key.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key's text.
    pub text: String,
    /// Where it was written.
    pub span: Span,
}

impl Node {
    /// A scalar node.
    pub fn scalar(text: impl Into<String>, quoted: bool, span: Span) -> Self {
        Self { kind: NodeKind::Scalar { text: text.into(), quoted }, span }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            NodeKind::Seq(_) | NodeKind::Map(_) => None,
        }
    }

    /// Whether this is YAML's null: an unquoted empty text, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> Option<&[(Key, Node)]> {
        match &self.kind {
            NodeKind::Map(entries) => Some(entries),
            NodeKind::Scalar { .. } | NodeKind::Seq(_) => None,
        }
    }

    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()?.iter().find(|(k, _)| k.text == key).map(|(_, v)| v)
    }

    /// What to call this node in an error: `a mapping`, `a list`, `the text "x"`, `the number 5`.
    pub fn describe(&self) -> String {
        match &self.kind {
            NodeKind::Map(_) => "a mapping".into(),
            NodeKind::Seq(_) => "a list".into(),
            NodeKind::Scalar { .. } if self.is_null() => "nothing".into(),
            NodeKind::Scalar { text, .. } => {
                let mut shown: String = text.chars().take(40).collect();
                if shown.len() < text.len() {
                    shown.push('…');
                }
                format!("`{shown}`")
            }
        }
    }
}
