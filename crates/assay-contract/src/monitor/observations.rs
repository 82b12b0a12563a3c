//! `source: {format: observations}`: live rows that a daemon takes and counts as they come.

use std::path::Path;

use assay_core::contract::{CsvOptions, Format, Source};
use assay_core::drift::monitor::{BaselineSource, Monitor, WindowSize};
use assay_core::node::{Key, Node};
use assay_core::problem::Span;

use super::agree::Around;
use super::section::Reader;
use crate::read;

/// Whether this `source` is one of observations.
pub(super) fn is_meant(node: &Node) -> bool {
    node.get("format").and_then(Node::text) == Some(Format::Observations.name())
}

impl Reader<'_> {
    /// Reads such a `source`: there is nothing to say of it but how naive times are read.
    pub(super) fn observations(&mut self, key: &Key, node: &Node, folder: &Path) -> Source {
        let section = self.section(key, node, &["format", "timezone"], "{format: observations}");
        let timezone = section.and_then(|section| section.get("timezone").cloned());
        Source {
            format: Format::Observations,
            path: Format::Observations.name().to_owned(),
            resolved: folder.join(Format::Observations.name()),
            null_values: Vec::new(),
            timezone: timezone.and_then(|node| read::timezone(&node, &mut self.problems)),
            csv: CsvOptions::default(),
            hive: false,
        }
    }

    /// Rows that are counted as they come cannot be read again: what needs that does not go with them.
    pub(super) fn observed(&mut self, monitor: &Monitor, around: &Around<'_>) {
        if monitor.source.format != Format::Observations {
            return;
        }
        let at = |name: &str| around.key(name).map_or(Span::default(), |key| key.span);
        if around.key("timestamp").is_none() {
            let hint = "name the column: `timestamp: {column: event_time, timezone: UTC}`";
            self.wrong(at("source"), "observations are counted by windows of time: `timestamp` is missing", hint);
        } else if matches!(monitor.window.size, WindowSize::Whole | WindowSize::Rows(_)) {
            let message = "observations are counted by windows of time";
            self.wrong(around.inside("window", "size"), message, "as in `window: {size: 1d}`");
        }
        if around.key("baseline").is_some() && !matches!(monitor.baseline, BaselineSource::Profile(_)) {
            let message = "observations are counted against a stored baseline as they come";
            self.wrong(at("baseline"), message, "as in `baseline: {profile: fare_eta@champion}`");
        }
        if let Some(key) = around.key("rows") {
            let hint = "leave `rows` out, and send only rows that count";
            self.wrong(key.span, "`rows` chooses among the rows of a table, and observations are none", hint);
        }
        for section in ["labels", "concept", "performance"] {
            if let Some(key) = around.key(section) {
                let message = format!("`{section}` needs predictions that can be read when labels come");
                let hint = "observations are counted and not kept: watch the predictions' table by another monitor";
                self.wrong(key.span, message, hint);
            }
        }
    }
}
