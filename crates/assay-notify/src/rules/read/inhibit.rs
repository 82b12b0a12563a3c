//! `inhibit`: which incidents mute which.

use assay_core::node::{Key, Node};
use assay_core::problem::Problem;

use super::Reader;
use crate::rules::{Inhibition, values};

const KEYS: &[&str] = &["source", "target", "equal", "along", "hops"];
/// Steps along `depends_on`, at most.
const MOST_HOPS: u32 = 32;
/// Inhibitions, at most.
const MOST: usize = 200;

pub(super) fn read(reader: &mut Reader<'_>, _: &Key, node: &Node) {
    for item in values::list(node, "inhibit", &mut reader.problems).unwrap_or_default() {
        if reader.rules.inhibit.len() >= MOST {
            reader.wrong(item.span, format!("there are more than {MOST} inhibitions"), "make several of them one");
            return;
        }
        if let Some(inhibition) = reader.inhibition(item) {
            reader.rules.inhibit.push(inhibition);
        }
    }
}

impl Reader<'_> {
    fn inhibition(&mut self, node: &Node) -> Option<Inhibition> {
        let entries = values::map(node, "an inhibition", &mut self.problems)?;
        let at = self.place(node.span);
        let mut found =
            Inhibition { at, source: Vec::new(), target: Vec::new(), equal: Vec::new(), along_depends_on: None };
        let (mut along, mut hops) = (false, None);
        for (key, value) in entries {
            match key.text.as_str() {
                "source" => found.source = self.source(value),
                "target" => found.target = self.matchers(value, "target").unwrap_or_default(),
                "equal" => found.equal = self.equal(value),
                "along" => {
                    along = true;
                    values::word(value, "along", &["depends_on"], &mut self.problems);
                }
                "hops" => hops = values::number(value, "hops", 1..=MOST_HOPS, &mut self.problems),
                _ => self.problems.push(values::unknown_key(key, "of an inhibition", KEYS)),
            }
        }
        if let (false, Some(value)) = (along, node.get("hops")) {
            self.wrong(value.span, "`hops` are steps along something", "add `along: depends_on`");
        }
        found.along_depends_on = along.then(|| hops.unwrap_or(1));
        for (name, hint) in [
            ("source", "matchers of the incident that mutes others, as in `source: [check=\"freshness\"]`"),
            ("target", "matchers of those that it mutes; `target: []` is any"),
        ] {
            if node.get(name).is_none() {
                self.problems.push(Problem::at(node.span, format!("this inhibition has no `{name}`")).hint(hint));
            }
        }
        let mutes_all = node.get("target").is_some() && found.target.is_empty() && found.equal.is_empty() && !along;
        if mutes_all {
            let message = "one incident that matches the source mutes all others";
            self.warn(node.span, message, "say which: `target`, `equal` or `along: depends_on`");
        }
        Some(found)
    }

    fn source(&mut self, node: &Node) -> Vec<assay_core::ops::silences::Matcher> {
        let matchers = self.matchers(node, "source");
        if matchers.as_ref().is_some_and(Vec::is_empty) {
            self.wrong(node.span, "`source` is empty: every incident would mute others", "say which ones do");
        }
        matchers.unwrap_or_default()
    }

    fn equal(&mut self, node: &Node) -> Vec<String> {
        let labels = self.labels(node, "equal");
        if labels.as_ref().is_some_and(Vec::is_empty) {
            self.wrong(node.span, "`equal` is empty", "name labels that both have in common, or leave it out");
        }
        labels.unwrap_or_default()
    }
}
