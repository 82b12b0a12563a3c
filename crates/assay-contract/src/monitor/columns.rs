//! `columns` and `exclude`: what is watched, as what, how heavily, and how its cells are read from text.

use assay_core::contract::{ColumnSpec, ReadOptions, Source};
use assay_core::drift::monitor::MonitoredColumn;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::text::TextOptions;
use assay_core::types::Type;
use assay_stats::drift::ColumnKind;

use super::deciding::kind_name;
use super::section::{Reader, Section};
use crate::columns::{column_type, rejoin_types};
use crate::read;
use crate::yaml::shorten;

const KEYS: &[&str] = &["kind", "type", "importance", "tests", "optional"];
/// Words of other tools for kinds.
const ALIKE: &[(&str, ColumnKind)] = &[
    ("number", ColumnKind::Numeric),
    ("num", ColumnKind::Numeric),
    ("continuous", ColumnKind::Numeric),
    ("category", ColumnKind::Categorical),
    ("cat", ColumnKind::Categorical),
    ("nominal", ColumnKind::Categorical),
    ("text", ColumnKind::Categorical),
];
/// Rounding of written weights does not make them more than 1.
const SLACK: f64 = 1e-9;

/// A column as written.
pub(crate) struct Written {
    /// Its place and name.
    pub key: Key,
    /// What is said of it.
    pub column: MonitoredColumn,
    /// The key of its first entry that is not `type`, so that it is more than read.
    pub more: Option<Key>,
}

impl Reader<'_> {
    /// Reads `columns`.
    pub fn columns(&mut self, entry: Option<&(Key, Node)>, source: &Source, format_known: bool) -> Vec<Written> {
        let Some((_, node)) = entry else { return Vec::new() };
        let Some(entries) = read::map(node, "columns", &mut self.problems) else { return Vec::new() };
        let mut columns = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if read::enough(&self.problems) {
                break;
            }
            columns.push(self.column(key, value, source, format_known));
        }
        self.weights(&columns);
        columns
    }

    fn column(&mut self, key: &Key, node: &Node, source: &Source, format_known: bool) -> Written {
        let column = MonitoredColumn {
            name: key.text.clone(),
            kind: None,
            ty: None,
            importance: None,
            tests: None,
            optional: false,
            at: self.place(key.span),
        };
        let mut written = Written { key: key.clone(), column, more: None };
        match &node.kind {
            NodeKind::Scalar { .. } if node.is_null() => {}
            NodeKind::Scalar { text, .. } => {
                written.more = Some(Key { text: "kind".into(), span: node.span });
                written.column.kind = self.kind(node, Type::parse(text).is_ok());
            }
            NodeKind::Seq(_) => {
                let message = format!("column `{}` is a kind or a mapping, not a list", shorten(&key.text));
                self.wrong(node.span, message, "as in `{kind: numeric, tests: [ks]}`");
            }
            NodeKind::Map(entries) => {
                let rejoined = Node { kind: NodeKind::Map(rejoin_types(entries, &mut self.problems)), span: node.span };
                let whose = format!("column `{}`", shorten(&key.text));
                if let Some(section) = self.called(whose.clone(), key, &rejoined, KEYS, "{kind: numeric}") {
                    written.more = rejoined
                        .entries()
                        .and_then(|all| all.iter().find(|(key, _)| key.text != "type"))
                        .map(|(key, _)| key.clone());
                    self.details(&section, &mut written.column, source, format_known);
                }
            }
        }
        written
    }

    fn details(&mut self, section: &Section<'_>, column: &mut MonitoredColumn, source: &Source, format_known: bool) {
        column.kind = section.get("kind").and_then(|node| self.kind(node, false));
        if let Some((key, node)) = section.entry("type") {
            if format_known && !source.format.is_text() {
                let message =
                    format!("`type` says how text is read, and {} has types of its own", source.format.name());
                self.wrong(key.span, message, "remove it; `kind` says how a column is tested");
            } else {
                column.ty = column_type(node, source, format_known, &mut self.problems);
            }
            if let (Some(ty), Some(ColumnKind::Numeric)) = (&column.ty, column.kind)
                && !ty.is_numeric()
            {
                self.wrong(node.span, format!("a numeric column cannot be read as `{ty}`"), "as in `type: float64`");
            }
        }
        if let Some(node) = section.get("importance")
            && let Some(weight) = self.number(node, "`importance`")
        {
            if (0.0..=1.0).contains(&weight) {
                column.importance = Some(weight);
            } else {
                let message = format!("`importance` is from 0 to 1, not {}", node.describe());
                self.wrong(node.span, message, "the weights of all columns are 1 together");
            }
        }
        if let Some(node) = section.get("tests") {
            let whose = format!("column `{}`", shorten(&column.name));
            if let Some(deciding) = self.tests(node, &whose, column.kind) {
                // a test of one kind says what the column is
                column.kind = column.kind.or(deciding.kind.map(|(kind, _)| kind));
                column.tests = Some(deciding.tests);
            }
        }
        column.optional = section
            .get("optional")
            .and_then(|node| read::boolean(node, "optional", &mut self.problems))
            .unwrap_or(false);
    }

    fn kind(&mut self, node: &Node, is_type: bool) -> Option<ColumnKind> {
        if is_type {
            let message = format!("a column is `numeric` or `categorical`, and {} is a type", node.describe());
            let text = node.text().unwrap_or_default();
            self.wrong(node.span, message, format!("write `{{type: {text}}}` for how its text is read"));
            return None;
        }
        let kinds = [ColumnKind::Numeric, ColumnKind::Categorical];
        let names = kinds.map(kind_name);
        let meant = node.text().and_then(|text| ALIKE.iter().find(|(other, _)| *other == text.to_lowercase()));
        if let Some((_, kind)) = meant {
            let message = format!("`kind` is `numeric` or `categorical`, not {}", node.describe());
            self.wrong(node.span, message, format!("did you mean `{}`?", kind_name(*kind)));
            return None;
        }
        let name = read::word(node, "kind", &names, &mut self.problems)?;
        kinds.into_iter().find(|kind| kind_name(*kind) == name)
    }

    /// Weights are 1 together.
    fn weights(&mut self, columns: &[Written]) {
        let mut sum = 0.0;
        for Written { key, column, .. } in columns {
            sum += column.importance.unwrap_or(0.0);
            if sum > 1.0 + SLACK {
                let message =
                    format!("with `{}` the importance of all columns is more than 1: `{sum:.3}`", shorten(&key.text));
                self.wrong(key.span, message, "columns without one share what is left to 1");
                return;
            }
        }
    }

    /// `exclude`: each name once.
    pub fn exclude(&mut self, node: Option<&Node>) -> Vec<(String, Span)> {
        let mut names: Vec<(String, Span)> = Vec::new();
        let items = node.and_then(|node| read::list(node, "exclude", &mut self.problems)).unwrap_or_default();
        for item in items {
            if read::enough(&self.problems) {
                break;
            }
            let Some(name) = read::text(item, "each item of `exclude`", &mut self.problems) else { continue };
            names.push((name, item.span));
        }
        let mut seen = std::collections::HashSet::new();
        for (name, span) in &names {
            if !seen.insert(name.as_str()) {
                let message = format!("`exclude` names a column twice: `{}`", shorten(name));
                self.problems.push(Problem::at(*span, message).hint("name it once"));
            }
        }
        names
    }
}

/// How a column of a text source is read; numbers are float64 unless a type is declared.
pub(crate) fn spec(name: &str, ty: Option<Type>, optional: bool, source: &Source) -> ColumnSpec {
    let timezone = source.timezone.clone();
    let text = TextOptions { timezone: timezone.clone(), ..TextOptions::default() };
    let read = ReadOptions { text, timezone, ..ReadOptions::default() };
    ColumnSpec { name: name.to_owned(), ty, optional, read }
}
