//! Filling the variables of a monitor. What may hold secrets is left as written: its reader fills it, and keeps the
//! text with the placeholders to be shown.

use std::collections::HashSet;

use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};

use crate::environment::Variables;
use crate::fill::fill_scalar;

/// Values whose readers fill them.
const LEFT: &[&str] =
    &["source.path", "baseline.from.path", "labels.table.source.path", "retrain.webhook.url", "retrain.webhook.token"];
/// Values that are SQL.
const SQL: &[&str] = &["rows", "baseline.from.where"];

/// Fills every other value; gives the mappings that lost an entry which could not be filled.
pub(crate) fn fill_all(
    entries: &mut Vec<(Key, Node)>,
    variables: &mut Variables<'_>,
    problems: &mut Vec<Problem>,
) -> HashSet<Span> {
    let mut filling = Filling { variables, problems, lost: HashSet::new() };
    entries.retain_mut(|(key, value)| key.text != "vars" && filling.tree(value, &key.text));
    filling.lost
}

struct Filling<'a, 'v> {
    variables: &'a mut Variables<'v>,
    problems: &'a mut Vec<Problem>,
    lost: HashSet<Span>,
}

impl Filling<'_, '_> {
    /// Fills the scalars of the tree at `path`; `false` where it is a scalar that has to be left out.
    fn tree(&mut self, node: &mut Node, path: &str) -> bool {
        let at = node.span;
        match &mut node.kind {
            NodeKind::Scalar { text, .. } => {
                let left = LEFT.contains(&path) && !self.variables.lenient;
                left || fill_scalar(text, SQL.contains(&path), at, self.variables, self.problems)
            }
            NodeKind::Seq(items) => {
                // `[]` keeps items of `tags` from being taken for keys.
                let path = if path.len() < 64 { format!("{path}[]") } else { String::new() };
                self.every(at, items, |filling, item| filling.tree(item, &path));
                true
            }
            NodeKind::Map(entries) => {
                self.every(at, entries, |filling, (key, value)| {
                    let known = path.len() < 64 && key.text.len() < 64 && !path.is_empty();
                    let path = if known { format!("{path}.{}", key.text) } else { String::new() };
                    filling.tree(value, &path)
                });
                true
            }
        }
    }

    fn every<T>(&mut self, at: Span, items: &mut Vec<T>, mut each: impl FnMut(&mut Self, &mut T) -> bool) {
        let before = items.len();
        items.retain_mut(|item| each(self, item));
        if items.len() < before {
            self.lost.insert(at);
        }
    }
}
