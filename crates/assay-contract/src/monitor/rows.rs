//! Where rows are, of the live table and of a baseline that is profiled in the run, and which of them count.

use std::path::PathBuf;

use assay_checks::build::BuildContext;
use assay_core::contract::{CsvOptions, Format, Source};
use assay_core::drift::monitor::{BaselineSource, Window};
use assay_core::metric::Sql;
use assay_core::node::{Key, Node};

use super::{Loading, baseline, observations};
use crate::environment::Variables;
use crate::{read, source};

impl Loading<'_> {
    /// `source`, and whether its format is known.
    pub(super) fn source(&mut self, name: &Key, variables: &mut Variables<'_>) -> (Source, bool) {
        let folder = self.environment.folder(self.path);
        if let Some((key, node)) = self.entry("source") {
            if observations::is_meant(node) {
                return (self.reader.observations(key, node, &folder), true);
            }
            let read = source::read(key, node, &folder, variables, &mut self.reader.problems);
            return (read.source, read.format_known);
        }
        if self.root.get("source").is_none() {
            let hint = "say where live rows are: source: {format: parquet, path: lake/gold/predictions}";
            self.reader.wrong(name.span, "`source` is missing", hint);
        }
        (nowhere(), false)
    }

    /// `baseline`.
    pub(super) fn baseline(
        &mut self,
        name: &Key,
        window: &Window,
        timed: bool,
        variables: &mut Variables<'_>,
    ) -> Option<BaselineSource> {
        let Some(entry) = self.entry("baseline") else {
            if self.root.get("baseline").is_none() {
                let hint =
                    "say what live rows are compared with: baseline: {profile: baselines/fare_eta-7.baseline.parquet}";
                self.reader.wrong(name.span, "`baseline` is missing", hint);
            }
            return None;
        };
        match self.reader.baseline(entry, window, timed)? {
            baseline::Read::Done(baseline) => Some(baseline),
            baseline::Read::Rows { key, source, filter } => {
                let folder = self.environment.folder(self.path);
                let source = source::read(key, &source, &folder, variables, &mut self.reader.problems).source;
                let filter = filter.map(|node| self.predicate(node, "where", &source));
                Some(BaselineSource::From { filter: filter.unwrap_or(None), source })
            }
        }
    }

    /// A SQL predicate over one row.
    pub(super) fn predicate(&mut self, node: &Node, what: &str, source: &Source) -> Option<Sql> {
        let text = read::text(node, what, &mut self.reader.problems)?;
        let project = self.environment.project;
        let context = BuildContext {
            column: None,
            columns: &[],
            source,
            rows: None,
            severity: project.severity,
            extra_columns_forbidden: false,
            key: &[],
            empty_row_checks_pass: project.empty_row_checks_pass,
            empty_aggregates_pass: project.empty_aggregates_pass,
            skew_seconds: project.skew_seconds,
            timezone: &project.timezone,
            files: self.environment.files,
            path: self.path,
        };
        match assay_checks::sql::predicate(&text, node.span, &context) {
            Ok(sql) => Some(sql),
            Err(problems) => {
                self.reader.problems.extend(problems);
                None
            }
        }
    }
}

/// Stands for a source that could not be read.
fn nowhere() -> Source {
    Source {
        format: Format::Parquet,
        path: String::new(),
        resolved: PathBuf::new(),
        null_values: Vec::new(),
        timezone: None,
        csv: CsvOptions::default(),
        hive: true,
    }
}
