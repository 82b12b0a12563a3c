//! Verdicts against a reference that looks at one row after another: generated tables, generated tolerances.

#![allow(clippy::disallowed_methods, reason = "tables are written to a temporary folder")]

use std::collections::BTreeMap;
use std::path::Path;

use assay_contract::{Environment, Project, load};
use assay_core::contract::{Contract, Files};
use assay_core::engine::Unwatched;
use assay_core::run::RunRecord;
use assay_core::verdict::Outcome;
use assay_engine::{EngineOptions, LocalEngine};
use assay_runner::{Job, Others, run};
use chrono::{DateTime, TimeZone, Utc};
use proptest::prelude::*;

/// A row as text; an empty cell is null.
#[derive(Debug, Clone)]
struct Row {
    id: String,
    amount: String,
    score: String,
    status: String,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let id = prop_oneof![(0..30i64).prop_map(|v| v.to_string()), Just(String::new()), Just("x7".into())];
    let amount = prop_oneof![
        6 => (-2000..12_000i64).prop_map(|c| format!("{}{}.{:02}", if c < 0 { "-" } else { "" }, c.abs() / 100, c.abs() % 100)),
        1 => Just(String::new()),
        1 => Just("1.234".into()),
        1 => Just("100.000".into()),
    ];
    let score = prop_oneof![4 => (-5..15i32).prop_map(|v| format!("{}", f64::from(v) / 10.0)), 1 => Just("nan".into()), 1 => Just(String::new())];
    let status = prop_oneof![4 => "(new|paid|shipped)", 1 => Just(String::new()), 1 => Just("PAID".into()), 1 => Just("żółw".into())];
    let row = (id, amount, score, status).prop_map(|(id, amount, score, status)| Row { id, amount, score, status });
    prop::collection::vec(row, 0..60)
}

/// What may fail: rows, or tenths of a percent.
#[derive(Debug, Clone, Copy)]
enum Allowed {
    Rows(u64),
    Share(u64),
}

impl Allowed {
    fn text(self) -> String {
        match self {
            Allowed::Rows(n) => n.to_string(),
            Allowed::Share(tenths) => format!("{}.{}%", tenths / 10, tenths % 10),
        }
    }

    fn holds(self, failing: u64, tested: u64) -> bool {
        match self {
            Allowed::Rows(n) => failing <= n,
            Allowed::Share(tenths) => failing * 1000 <= tenths * tested,
        }
    }
}

fn allowed() -> impl Strategy<Value = Allowed> {
    prop_oneof![(0..6u64).prop_map(Allowed::Rows), (0..400u64).prop_map(Allowed::Share)]
}

impl Row {
    fn id(&self) -> Option<i64> {
        self.id.parse().ok()
    }

    /// In cents; `100.000` is one hundred, `1.234` does not fit two decimals.
    fn amount(&self) -> Option<i64> {
        let (whole, decimals) = self.amount.split_once('.')?;
        let (kept, rest) = decimals.split_at(2);
        if !rest.chars().all(|c| c == '0') {
            return None;
        }
        format!("{whole}{kept}").parse().ok()
    }

    fn score(&self) -> Option<f64> {
        if self.score.is_empty() { None } else { self.score.parse().ok() }
    }

    fn status(&self) -> Option<&str> {
        (!self.status.is_empty()).then_some(self.status.as_str())
    }
}

type Rule = fn(&Row) -> Option<bool>;

/// The checks, each with what it says of one row; `None`: not tested.
const RULES: &[(&str, Rule)] = &[
    ("id.parse", |r| (!r.id.is_empty()).then(|| r.id().is_some())),
    ("id.completeness", |r| Some(!r.id.is_empty())),
    ("id.range", |r| r.id().map(|v| (3..=25).contains(&v))),
    ("amount.parse", |r| (!r.amount.is_empty()).then(|| r.amount().is_some())),
    ("amount.range", |r| r.amount().map(|v| (0..10_000).contains(&v))),
    ("score.nan", |r| r.score().map(|v| !v.is_nan())),
    ("score.range", |r| r.score().map(|v| (0.0..=1.0).contains(&v))),
    ("status.in", |r| r.status().map(|s| ["new", "paid", "shipped"].contains(&s))),
    ("status.length", |r| r.status().map(|s| (4..=6).contains(&s.chars().count()))),
    ("status.pattern", |r| r.status().map(|s| s.chars().all(|c| c.is_ascii_lowercase()))),
    ("paid_has_amount", |r| match (r.status(), r.amount()) {
        (Some("paid"), amount) => amount.map(|a| a > 0),
        (Some(_), _) => Some(true),
        (None, amount) => amount.filter(|a| *a > 0).map(|_| true),
    }),
];

fn contract(tolerate: &str) -> String {
    format!(
        "assay: 1
table: t
source: {{format: csv, path: t.csv}}
columns:
  id:
    type: int64
    parse: {{tolerate: {tolerate}}}
    completeness: {{tolerate: {tolerate}}}
    range: {{between: [3, 25], tolerate: {tolerate}}}
    uniqueness: {{tolerate: {tolerate}}}
  amount:
    type: decimal(12,2)
    parse: {{tolerate: {tolerate}}}
    range: {{min: 0, below: 100, tolerate: {tolerate}}}
  score:
    type: float64
    nan: {{mode: forbid, tolerate: {tolerate}}}
    range: {{between: [0, 1], tolerate: {tolerate}}}
  status:
    type: string
    in: {{values: [new, paid, shipped], tolerate: {tolerate}}}
    length: {{between: [4, 6], tolerate: {tolerate}}}
    pattern: {{regex: '^[a-z]+$', tolerate: {tolerate}}}
checks:
  - expression: {{id: paid_has_amount, sql: \"status <> 'paid' or amount > 0\", tolerate: {tolerate}}}
"
    )
}

#[derive(Debug)]
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str, _: &str) -> Result<Vec<u8>, String> {
        Err(format!("{path}: no such file"))
    }
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 6, 0, 0).single().expect("a time")
}

fn loaded(text: &str, folder: &Path) -> Contract {
    let project = Project::default();
    let environment = Environment {
        project: &project,
        root: Some(folder),
        vars: &BTreeMap::new(),
        env: &|_| None,
        files: &NoFiles,
        planned: now(),
    };
    load("t.yaml", text.as_bytes(), &environment).unwrap_or_else(|broken| panic!("{broken}")).contract
}

fn check(rows: &[Row], tolerate: &str) -> RunRecord {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = rows.iter().map(|r| format!("{},{},{},{}\n", r.id, r.amount, r.score, r.status));
    let csv: String = std::iter::once("id,amount,score,status\n".to_owned()).chain(lines).collect();
    std::fs::write(folder.path().join("t.csv"), csv).expect("written");
    let job = Job {
        contracts: vec![loaded(&contract(tolerate), folder.path())],
        others: Others::default(),
        monitoring: None,
        store: None,
        planned: None,
        as_of: true,
        timezone: "UTC".into(),
        mask_key: None,
        watch: &Unwatched,
    };
    let engine = LocalEngine::new(EngineOptions { threads: 2, ..EngineOptions::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(run(job, &engine, now()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_agree_with_a_row_by_row_reference(rows in rows(), allowed in allowed()) {
        let record = check(&rows, &allowed.text());
        let found = &record.tables[0];
        let of = |id: &str| found.checks.iter().find(|c| c.id == id).unwrap_or_else(|| panic!("no check `{id}`"));
        let mut expected: Vec<(&str, u64, u64)> = RULES
            .iter()
            .map(|(id, rule)| {
                let ruled: Vec<bool> = rows.iter().filter_map(rule).collect();
                (*id, ruled.len() as u64, ruled.iter().filter(|ok| !**ok).count() as u64)
            })
            .collect();
        let ids: Vec<i64> = rows.iter().filter_map(Row::id).collect();
        let repeated = ids.iter().filter(|id| ids.iter().filter(|other| other == id).count() > 1).count();
        expected.push(("id.uniqueness", ids.len() as u64, repeated as u64));
        for (id, tested, failing) in expected {
            let got = of(id);
            prop_assert_eq!((got.verdict.tested, got.verdict.failing), (Some(tested), Some(failing)), "{}: {}", id, got.verdict.message);
            let outcome = if allowed.holds(failing, tested) { Outcome::Pass } else { Outcome::Fail };
            prop_assert_eq!(got.verdict.outcome, outcome, "{}: {}", id, got.verdict.message);
            let shown = got.samples.as_ref().map_or(0, |s| s.rows.as_ref().map_or(0, Vec::len));
            let kept = if outcome == Outcome::Pass { 0 } else { failing.min(5) };
            prop_assert_eq!(shown as u64, kept, "rows shown of {}", id);
        }
    }
}
