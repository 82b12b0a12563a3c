//! `labels`, which come late, and `concept`, which compares what features meant for them.

use std::path::Path;

use assay_core::check::TableRef;
use assay_core::drift::monitor::{Concept, Labels, Window};
use assay_core::node::{Key, Node, NodeKind};
use assay_stats::drift::Limits;

use super::numbers::Unit;
use super::section::Reader;
use super::whole::Named;
use super::window::is_timed;
use crate::environment::{Variables, refuse_secret};
use crate::source;

const KEYS: &[&str] = &["table", "key", "column", "lag", "min_coverage"];
/// The most features whose relation to the target is compared.
const MOST_FEATURES: u32 = 200;

impl Reader<'_> {
    /// Reads `labels`. `id` is the column that names a prediction.
    pub fn labels(
        &mut self,
        entry: Option<&(Key, Node)>,
        id: Option<&str>,
        window: &Window,
        variables: &mut Variables<'_>,
    ) -> Option<Labels> {
        let (key, node) = entry?;
        let section = self.section(key, node, KEYS, "{table: silver.trips, key: trip_id, column: fare}")?;
        let table = self.required(&section, "table", "name the table with the labels: `table: silver.trips`");
        let table = table.and_then(|node| self.table(node, variables));
        let column = self.required_text(&section, "column", "name the column with the label");
        let named = section.get("key").map(|node| self.name(node, "key"));
        let lag = section.entry("lag").and_then(|(key, node)| {
            let lag = self.length(node, "lag").filter(|lag| *lag > 0)?;
            if !is_timed(window.size) {
                self.wrong(key.span, "`lag` means nothing for windows without an end in time", "remove it");
            }
            Some(lag)
        });
        let coverage = section.get("min_coverage");
        let coverage = coverage.map(|node| self.quantity(node, "`min_coverage`", Unit::Share));
        Some(Labels {
            table: table?,
            key: named.unwrap_or_else(|| id.map(str::to_owned))?,
            column: column?,
            lag_seconds: lag.unwrap_or(0),
            min_coverage: coverage.unwrap_or(Some(0.0))?,
            at: self.place(key.span),
        })
    }

    /// A named table, or a source in place.
    fn table(&mut self, node: &Node, variables: &mut Variables<'_>) -> Option<TableRef> {
        let NodeKind::Map(entries) = &node.kind else {
            return self.name(node, "table").map(TableRef::Named);
        };
        let [(key, source)] = entries.as_slice() else {
            let message = "`table` is a name or `{source: {format: .., path: ..}}`";
            self.wrong(node.span, message, "as in `table: silver.trips`");
            return None;
        };
        let inner = Key { text: "table".into(), span: key.span };
        let holder = self.section(&inner, node, &["source"], "{source: {format: csv, path: labels.csv}}")?;
        holder.get("source")?;
        self.section(key, source, &["format", "path"], "{format: csv, path: labels.csv}")?;
        let before = self.problems.len();
        // Other keys were told already, with the two that can stand here.
        let known = |(key, _): &&(Key, Node)| matches!(key.text.as_str(), "format" | "path");
        let entries: Vec<(Key, Node)> = source.entries().unwrap_or_default().iter().filter(known).cloned().collect();
        let place = source.get("path").map_or(source.span, |path| path.span);
        let source = Node { kind: NodeKind::Map(entries), span: source.span };
        let read = source::read(key, &source, Path::new(""), variables, &mut self.problems).source;
        if read.resolved != Path::new(&read.path) {
            // the name of the table is its path
            self.problems.push(refuse_secret(place));
        }
        (self.problems.len() == before).then_some(TableRef::Inline { format: read.format, path: read.path })
    }

    /// Reads `concept`; beside it, the features it names.
    pub fn concept(&mut self, entry: Option<&(Key, Node)>) -> (Option<Concept>, Vec<Named>) {
        let (known, example) = (&["target_relation", "max_change"], "{target_relation: top 20}");
        let Some(section) = entry.and_then(|(key, node)| self.section(key, node, known, example)) else {
            return (None, Vec::new());
        };
        let mut named = Vec::new();
        let mut top = None;
        match self.required(&section, "target_relation", "as in `concept: {target_relation: top 20}`") {
            Some(Node { kind: NodeKind::Seq(items), span }) => {
                let some = items.iter().take(MOST_FEATURES as usize);
                named = some.filter_map(|item| Some((self.name(item, "target_relation")?, item.span))).collect();
                if items.is_empty() {
                    self.wrong(*span, "`target_relation` names no feature", "write `top 20`, or name some");
                }
                if items.len() > MOST_FEATURES as usize {
                    let message = format!("`target_relation` names more than {MOST_FEATURES} features");
                    self.wrong(*span, message, "write `top 20`, or name fewer");
                }
            }
            Some(node) => top = self.top(node, "`target_relation`", MOST_FEATURES),
            None => {}
        }
        let limits = match section.entry("max_change") {
            Some((key, node)) => self.limits(key, node, "`max_change`", Unit::Number).map(|written| written.limits),
            None => Some(Limits { warn: Some(0.10), fail: Some(0.25) }),
        };
        let features = named.iter().map(|(name, _)| name.clone()).collect();
        let at = self.place(section.key.span);
        (limits.map(|limits| Concept { top, features, limits, at }), named)
    }
}
