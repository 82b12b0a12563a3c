//! Limits of effects: one number, which fails, or `{warn: .., fail: ..}`.

use assay_core::node::{Key, Node, NodeKind};
use assay_stats::drift::Limits;

use super::numbers::Unit;
use super::section::Reader;
use crate::read;

/// Limits with their texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    /// As numbers: shares as fractions of 1.
    pub limits: Limits,
    /// As written, warn and fail.
    pub texts: (Option<String>, Option<String>),
}

impl Reader<'_> {
    /// `0.15` or `{warn: 0.1, fail: 0.15}`, the value of `key`. `what` is called so in messages.
    pub fn limits(&mut self, key: &Key, node: &Node, what: &str, unit: Unit) -> Option<Written> {
        match &node.kind {
            NodeKind::Scalar { .. } => self.levels(key, what, None, Some(node), unit),
            NodeKind::Map(entries) => {
                for (inner, _) in entries {
                    if !matches!(inner.text.as_str(), "warn" | "fail") && !read::enough(&self.problems) {
                        self.problems.push(read::unknown_key(inner, &format!("in {what}"), &["warn", "fail"]));
                    }
                }
                if self.unfilled.contains(&node.span) {
                    return None;
                }
                self.levels(key, what, node.get("warn"), node.get("fail"), unit)
            }
            NodeKind::Seq(_) => {
                let message = format!("{what} is a number or `{{warn: .., fail: ..}}`, not a list");
                self.wrong(node.span, message, format!("as in `{}: {{warn: .., fail: ..}}`", key.text));
                None
            }
        }
    }

    /// The two limits where they stand beside other keys.
    pub fn levels(
        &mut self,
        key: &Key,
        what: &str,
        warn: Option<&Node>,
        fail: Option<&Node>,
        unit: Unit,
    ) -> Option<Written> {
        if warn.is_none() && fail.is_none() {
            self.wrong(key.span, format!("{what} has no limit"), "give `warn`, `fail` or both");
            return None;
        }
        let mut read = |node: Option<&Node>| match node {
            Some(node) => self.quantity(node, &format!("a limit of {what}"), unit).map(Some),
            None => Some(None),
        };
        let (warn_limit, fail_limit) = (read(warn), read(fail));
        let limits = Limits { warn: warn_limit?, fail: fail_limit? };
        if let (Limits { warn: Some(lower), fail: Some(upper) }, Some(at)) = (limits, fail)
            && upper < lower
        {
            let message = format!("`fail` of {what} is tighter than its `warn`: {}", at.describe());
            self.wrong(at.span, message, "a failure would never be a warning first: exchange the two");
            return None;
        }
        let text = |node: Option<&Node>| node.and_then(Node::text).map(|text| text.trim().to_owned());
        Some(Written { limits, texts: (text(warn), text(fail)) })
    }
}
