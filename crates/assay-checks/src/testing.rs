//! What the tests of this crate share: nodes from YAML, checks from nodes, verdicts from hand-made measurements.

use std::sync::Arc;

use assay_core::check::{Context, Table, TableRef, Tables};
use assay_core::contract::{ColumnSpec, CsvOptions, Files, Format, ReadOptions, Source};
use assay_core::engine::{ObservedColumn, Snapshot};
use assay_core::measurement::{Answered, Measured, Measurement, Measurements, MetricError};
use assay_core::metric::{Filter, Metric, MetricKind, Sql, TableId};
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::types::Type;
use assay_core::verdict::{NotRun, Severity, Verdict};
use chrono::{DateTime, Utc};
use granit_parser::{Event, Parser, ScalarStyle};

use crate::build::{BuildContext, Built};

/// The document of a YAML text that is known to be good.
pub fn node(yaml: &str) -> Node {
    let mut open: Vec<(Span, bool, Vec<Node>)> = vec![(Span::default(), false, Vec::new())];
    for event in Parser::new_from_str(yaml) {
        let (event, at) = event.expect("good YAML");
        let byte = |m: granit_parser::Marker| yaml.char_indices().nth(m.index()).map_or(yaml.len(), |(b, _)| b) as u32;
        let span = Span {
            file: 0,
            line: at.start.line() as u32,
            column: at.start.col() as u32 + 1,
            offset: byte(at.start),
            len: byte(at.end) - byte(at.start),
        };
        match event {
            Event::Scalar(text, style, ..) => {
                let quoted = style != ScalarStyle::Plain;
                open.last_mut().expect("open").2.push(Node::scalar(text, quoted, span));
            }
            Event::SequenceStart(..) => open.push((span, false, Vec::new())),
            Event::MappingStart(..) => open.push((span, true, Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => {
                let (span, is_map, items) = open.pop().expect("open");
                let kind = if is_map { NodeKind::Map(pairs(items)) } else { NodeKind::Seq(items) };
                open.last_mut().expect("open").2.push(Node { kind, span });
            }
            _ => {}
        }
    }
    open.pop().and_then(|(_, _, mut items)| items.pop()).expect("a document")
}

fn pairs(items: Vec<Node>) -> Vec<(Key, Node)> {
    let mut items = items.into_iter();
    let mut entries = Vec::new();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        entries.push((Key { text: key.text().expect("a plain key").to_owned(), span: key.span }, value));
    }
    entries
}

/// Every file holds three country codes under a title.
#[derive(Debug)]
struct Codes;

impl Files for Codes {
    fn read(&self, path: &str, _: &str) -> Result<Vec<u8>, String> {
        match path {
            "missing.csv" => Err("missing.csv: no such file".into()),
            _ => Ok(b"\xef\xbb\xbfcode\r\nDE\r\n\r\n \"F\"\"R\" \r\n01\r\n".to_vec()),
        }
    }
}

/// A contract around a check.
#[derive(Debug, Clone)]
pub struct Setup {
    pub columns: Vec<ColumnSpec>,
    pub source: Source,
    pub rows: Option<Sql>,
    pub severity: Severity,
    pub forbid_extra: bool,
    pub key: Vec<String>,
    pub now: DateTime<Utc>,
    pub as_of: bool,
    /// What the table has, where it is not what is declared.
    pub observed: Option<Vec<(String, Type)>>,
}

/// A column of this type.
pub fn column(name: &str, ty: &str) -> ColumnSpec {
    let ty = (!ty.is_empty()).then(|| Type::parse(ty).expect("a type"));
    ColumnSpec { name: name.into(), ty, optional: false, read: ReadOptions::default() }
}

/// A Parquet table with these columns, seen at noon of 2026-11-20.
pub fn setup(columns: &[(&str, &str)]) -> Setup {
    Setup {
        columns: columns.iter().map(|(name, ty)| column(name, ty)).collect(),
        source: Source {
            format: Format::Parquet,
            path: "lake/t".into(),
            resolved: "lake/t".into(),
            null_values: Vec::new(),
            timezone: None,
            csv: CsvOptions::default(),
            hive: true,
        },
        rows: None,
        severity: Severity::Fail,
        forbid_extra: false,
        key: Vec::new(),
        now: DateTime::parse_from_rfc3339("2026-11-20T12:00:00Z").expect("a time").to_utc(),
        as_of: false,
        observed: None,
    }
}

impl Setup {
    pub fn context(&self, column: Option<&str>) -> BuildContext<'_> {
        BuildContext {
            column: column.and_then(|name| self.columns.iter().find(|c| c.name == name)),
            columns: &self.columns,
            source: &self.source,
            rows: self.rows.as_ref(),
            severity: self.severity,
            extra_columns_forbidden: self.forbid_extra,
            key: &self.key,
            empty_row_checks_pass: true,
            empty_aggregates_pass: false,
            skew_seconds: 300,
            timezone: "UTC",
            files: &Codes,
            path: "checks/t.yaml",
        }
    }

    /// Builds `check: value`, on a column or on the table.
    pub fn try_build(&self, column: Option<&str>, yaml: &str) -> Result<Option<Built>, Vec<Problem>> {
        let node = node(yaml);
        let (key, value) = node.entries().and_then(<[_]>::first).expect("one check").clone();
        crate::build::build(&key, &value, &self.context(column))
    }

    pub fn build(&self, column: Option<&str>, yaml: &str) -> Built {
        self.try_build(column, yaml).expect("builds").expect("is a check")
    }

    /// The messages of what is wrong with a check, each with its hint in brackets.
    pub fn problems(&self, column: Option<&str>, yaml: &str) -> Vec<String> {
        let problems = self.try_build(column, yaml).err().unwrap_or_default();
        problems.into_iter().map(|p| p.message + &p.hint.map_or(String::new(), |h| format!(" [{h}]"))).collect()
    }

    pub fn tables(&self) -> Tables {
        let declared = || self.columns.iter().map(|c| (c.name.clone(), c.ty.clone().unwrap_or(Type::String))).collect();
        let columns: Vec<(String, Type)> = self.observed.clone().unwrap_or_else(declared);
        let columns =
            columns.into_iter().map(|(name, ty)| ObservedColumn { name, ty, nullable: None, partition: false });
        let mut tables = Tables::default();
        tables.push(Table {
            name: "t".into(),
            snapshot: Snapshot {
                format: "parquet",
                path: "lake/t".into(),
                files: 1,
                files_pruned: 0,
                bytes: 1,
                rows: Some(1200),
                fingerprint: String::new(),
                columns: columns.collect(),
                notes: Vec::new(),
                newest_file_nanos: None,
                handle: Arc::new(()),
            },
        });
        tables
    }

    fn with<T>(&self, tables: &Tables, then: impl FnOnce(&Context<'_>) -> T) -> T {
        then(&Context { now: self.now, as_of: self.as_of, timezone: "UTC", table: TableId(0), tables })
    }

    pub fn metrics(&self, built: &Built) -> Result<Vec<Metric>, NotRun> {
        self.with(&self.tables(), |at| built.check.metrics(at))
    }

    /// Judges the check with this answer to its first metric; whatever else it counts is 1200 rows.
    pub fn judge(&self, built: &Built, answer: Measurement) -> Verdict {
        self.judge_result(built, Ok(Measured { value: answer, from: Answered::Scan }))
    }

    pub fn judge_result(&self, built: &Built, answer: Result<Measured, MetricError>) -> Verdict {
        self.with(&self.tables(), |at| {
            let mut seen = Measurements::new();
            for (index, metric) in built.check.metrics(at).unwrap_or_default().into_iter().enumerate() {
                let rows = Ok(Measured { value: Measurement::Rows(1200), from: Answered::Footer });
                seen.insert(metric, if index == 0 { answer.clone() } else { rows });
            }
            built.check.judge(&seen, at)
        })
    }
}

/// A metric over all rows of the check's table.
pub fn over_all(kind: MetricKind) -> Metric {
    Metric { table: TableId(0), kind, filter: Filter::default() }
}

/// The names of other tables a check reads.
pub fn other_tables(built: &Built) -> Vec<String> {
    built.check.tables().iter().map(TableRef::name).collect()
}
