//! Lists of matchers and of labels, with places inside their texts.

use assay_core::node::{Node, NodeKind};
use assay_core::ops::silences::{MatchOp, Matcher};
use assay_core::problem::Span;

use super::Reader;
use crate::matchers;
use crate::rules::values;

/// Matchers of one list, at most.
const MOST_MATCHERS: usize = 32;

impl Reader<'_> {
    /// A list of matchers, also an empty one.
    pub(super) fn matchers(&mut self, node: &Node, what: &str) -> Option<Vec<Matcher>> {
        let items = match (&node.kind, node.text()) {
            (NodeKind::Scalar { .. }, Some(text)) if !node.is_null() => {
                let message = format!("`{what}` is a list of matchers, not {}", node.describe());
                self.wrong(node.span, message, format!("write [{}]", values::shorten(text)));
                return None;
            }
            _ => values::list(node, what, &mut self.problems)?,
        };
        if let Some(item) = items.get(MOST_MATCHERS) {
            self.wrong(
                item.span,
                format!("`{what}` has at most {MOST_MATCHERS} matchers"),
                "a regular expression has several values: `owner=~\"a|b\"`",
            );
            return None;
        }
        let before = self.problems.len();
        let matchers = items.iter().filter_map(|item| self.matcher(item)).collect();
        (self.problems.len() == before).then_some(matchers)
    }

    fn matcher(&mut self, node: &Node) -> Option<Matcher> {
        let text = match &node.kind {
            NodeKind::Scalar { text, .. } => text,
            NodeKind::Map(entries) => {
                let hint = match entries.first() {
                    Some((key, value)) => format!(
                        "write '{}=\"{}\"'",
                        values::shorten(&key.text),
                        values::shorten(value.text().unwrap_or(".."))
                    ),
                    None => "as in `severity=\"fail\"`".to_owned(),
                };
                self.wrong(node.span, "a matcher is a text, not a mapping", hint);
                return None;
            }
            NodeKind::Seq(_) => {
                self.wrong(node.span, "a matcher is a text, not a list", "as in `severity=\"fail\"`");
                return None;
            }
        };
        match matchers::parse(text) {
            Ok(matcher) => Some(matcher),
            Err(error) => {
                let (message, hint) = match error.text.split_once(": ") {
                    Some((message, hint)) if message.starts_with("unknown label") => (message, hint),
                    _ if error.text.contains("closing") => (
                        error.text.as_str(),
                        "a matcher with a comma or with ` #` is put in single quotes: 'column=\"a, b\"'",
                    ),
                    _ => (
                        error.text.as_str(),
                        "a matcher is a label, one of `=`, `!=`, `=~`, `!~`, and a value: `severity=\"fail\"`",
                    ),
                };
                self.wrong(inside(node, text, error.at), message, hint);
                None
            }
        }
    }

    /// A list of labels, each once.
    pub(super) fn labels(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let items = values::list(node, what, &mut self.problems)?;
        let before = self.problems.len();
        let mut labels: Vec<String> = Vec::new();
        for item in items {
            let Some(text) = values::text(item, "a label", &mut self.problems) else { continue };
            if let Err(why) = matchers::check_label(text) {
                let (message, hint) = why.split_once(": ").unwrap_or((&why, ""));
                self.wrong(item.span, message, hint);
            } else if labels.iter().any(|label| label == text) {
                self.wrong(item.span, format!("label `{text}` is there twice"), "remove one of the two");
            } else {
                labels.push(text.to_owned());
            }
        }
        (self.problems.len() == before).then_some(labels)
    }
}

/// The place of a character (from 1) of a text; of one that is written with escapes or on several lines the whole text.
fn inside(node: &Node, text: &str, at: usize) -> Span {
    let NodeKind::Scalar { quoted, .. } = &node.kind else { return node.span };
    let around = u32::from(*quoted);
    let is_as_written = u32::try_from(text.len()).is_ok_and(|len| len + 2 * around == node.span.len);
    if !is_as_written || text.contains(['\n', '\r']) {
        return node.span;
    }
    let (offset, char) = text.char_indices().nth(at - 1).unwrap_or((text.len(), ' '));
    Span {
        column: node.span.column.saturating_add(around + at as u32 - 1),
        offset: node.span.offset.saturating_add(around + offset as u32),
        len: char.len_utf8() as u32,
        ..node.span
    }
}

/// Whether everything that the one list matches is matched by the other, too, as far as that can be told.
pub(super) fn covers(all: &[Matcher], some: &[Matcher]) -> bool {
    all.iter().all(|matcher| some.contains(matcher))
}

/// Whether nothing can match both, because they ask for different values of a label that has one.
pub(super) fn apart<'a>(a: &'a [Matcher], b: &'a [Matcher]) -> Option<(&'a Matcher, &'a Matcher)> {
    let is = |matcher: &&Matcher| matcher.op == MatchOp::Is && matcher.label != "tag";
    a.iter().filter(is).find_map(|one| {
        let other = b.iter().filter(is).find(|other| other.label == one.label && other.value != one.value)?;
        Some((one, other))
    })
}
