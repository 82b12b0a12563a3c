//! Writes made-up reports as pages, to look at them in a browser, and prints how large they are and how long each took:
//! `cargo run -p assay-report --example html -- FOLDER`.

#![allow(clippy::disallowed_methods, reason = "an example writes files and looks at the clock")]

use std::path::Path;
use std::time::Instant;

use assay_core::change::{Change, ChangeVerdict, ChangesRecord, DocumentKind, Found, NextVersion};
use assay_core::drift::record::{
    BaselineRecord, Curves, DriftRecord, MonitorRecord, Ranked, RetrainRecord, SegmentRecord, TestRecord, WindowRecord,
};
use assay_core::engine::{Cell, Cost, RowName, SampleRow};
use assay_core::history::{FAILING, History, Point, PointCheck};
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, Samples, SnapshotRecord, TableRecord};
use assay_core::verdict::{Dimension, Limits, NotRun, Observed, Outcome, Reason, Severity, Verdict};
use assay_report::formats::html::{Html, pages};
use assay_report::{FileProblem, Ran, Renderer, Report, Templates};
use assay_stats::PValue;
use assay_stats::drift::{Bins, ColumnKind, Limits as TestLimits};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/reports".into());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;

    let typical = typical();
    let past = past(&typical);
    let changes = changes();
    let ran = Ran { history: Some(&past), changes: Some(&changes), ..Ran::new(&typical) };
    write(folder, "run.html", &Report::Ran(ran))?;
    write_pages(&folder.join("folder"), &ran)?;

    for columns in [20, 200] {
        let run = run(vec![monitor("fare_eta", columns)]);
        let past = self::past(&run);
        write(
            folder,
            &format!("columns-{columns}.html"),
            &Report::Ran(Ran { history: Some(&past), ..Ran::new(&run) }),
        )?;
    }
    let run = run(vec![table("silver.wide", 3_000, 40)]);
    write(folder, "checks-3000.html", &Report::Ran(Ran::new(&run)))?;
    write(folder, "compared.html", &Report::Compared(&changes))?;
    write(folder, "invalid.html", &Report::Invalid(&problems()))
}

fn write(folder: &Path, name: &str, report: &Report<'_>) -> std::io::Result<()> {
    let mut page = Vec::new();
    let start = Instant::now();
    Html(Templates::default()).render(report, &mut page)?;
    println!("{name:20} {:>9} bytes  {:?}", page.len(), start.elapsed());
    std::fs::write(folder.join(name), page)
}

fn write_pages(folder: &Path, ran: &Ran<'_>) -> std::io::Result<()> {
    let start = Instant::now();
    let pages = pages(ran, &Templates::default())?;
    let bytes: usize = pages.iter().map(|page| page.bytes.len()).sum();
    println!("{:20} {bytes:>9} bytes  {:?} of {} pages", "folder", start.elapsed(), pages.len());
    for page in pages {
        let path = folder.join(&page.path);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, page.bytes)?;
    }
    Ok(())
}

/// 20 tables with 200 checks, a model with 20 columns in three windows.
fn typical() -> RunRecord {
    let layers = ["bronze", "silver", "gold"];
    let names = ["orders", "customers", "payments", "trips", "drivers", "invoices", "fx_rates"];
    let mut tables: Vec<TableRecord> = (0..20)
        .map(|at| table(&format!("{}.{}", layers[at % 3], names[at % 7]), 10, if at % 5 == 1 { at % 3 + 1 } else { 0 }))
        .collect();
    tables[3] = unreadable("bronze.sensor_readings");
    tables[5].checks[2].verdict = Verdict::not_run(NotRun::skipped("column_missing", "column missing: `coupon`"));
    tables.push(window(monitor("fare_eta", 20), 18, false));
    tables.push(window(monitor("fare_eta", 20), 19, true));
    run(tables)
}

fn run(tables: Vec<TableRecord>) -> RunRecord {
    RunRecord {
        id: "r-5f0c2b9d41aa77e3".into(),
        as_of: "2026-11-20T06:00:00Z".into(),
        vars: vec![("date".into(), "2026-11-20".into()), ("region".into(), "eu".into())],
        notes: vec!["2 variables of the project are not used".into()],
        tables,
    }
}

fn table(name: &str, checks: usize, broken: usize) -> TableRecord {
    let layer = name.split_once('.').map(|(layer, _)| layer.to_owned());
    TableRecord {
        table: name.into(),
        layer,
        owner: Some(["orders@shop.example", "payments-data@shop.example", "fleet@shop.example"][name.len() % 3].into()),
        contract_path: format!("checks/{}.yaml", name.replace('.', "/")),
        contract_sha256: "9c1f".into(),
        snapshot: Some(snapshot(name)),
        reason: None,
        cost: Cost {
            passes: 2,
            sample_passes: 1,
            bytes_read: 3_310_442,
            row_groups_read: 1,
            row_groups_proven: 11,
            rows_scanned: 10_000,
        },
        monitor: None,
        checks: (0..checks).map(|at| if at < broken { broken_check(at) } else { passing_check(at) }).collect(),
    }
}

fn snapshot(name: &str) -> SnapshotRecord {
    SnapshotRecord {
        format: "parquet".into(),
        path: format!("lake/{}/dt=*/*.parquet", name.replace('.', "/")),
        files: 12,
        files_pruned: 3,
        bytes: 40_211_034,
        fingerprint: "77ab".repeat(16),
        rows_total: Some(1_200_345),
        rows_selected: Some(10_000),
        filter: Some("order_date = date '2026-11-20'".into()),
        notes: vec!["3 files were written while they were listed".into()],
    }
}

fn unreadable(name: &str) -> TableRecord {
    let reason = Reason { code: "unreadable".into(), text: "lake/bronze/sensor_readings.csv: no such file".into() };
    let mut table = TableRecord { snapshot: None, reason: Some(reason.clone()), ..table(name, 8, 0) };
    for check in &mut table.checks {
        check.verdict = Verdict::not_run(NotRun::Error(reason.clone()));
    }
    table
}

fn check(at: usize, id: &str, dimension: Dimension, verdict: Verdict) -> CheckRecord {
    CheckRecord {
        id: id.into(),
        check: id.rsplit('.').next().unwrap_or(id).into(),
        column: id.split_once('.').map(|(column, _)| column.into()),
        dimension,
        severity: Severity::Fail,
        at: Place { path: "checks/silver/orders.yaml".into(), line: 5 + at as u32, column: 5 },
        why: None,
        tags: vec![],
        verdict,
        samples: None,
        drift: None,
    }
}

fn passing_check(at: usize) -> CheckRecord {
    let kinds = [
        ("range", Dimension::Validity, "10,000 of 10,000 rows within 0 to 100000"),
        ("completeness", Dimension::Completeness, "100% present (0 of 10,000 null), expected at least 99%"),
        ("uniqueness", Dimension::Uniqueness, "10,000 of 10,000 values are unique"),
    ];
    let (kind, dimension, message) = kinds[at % 3];
    let verdict = Verdict { tested: Some(10_000), failing: Some(0), ..Verdict::new(Outcome::Pass, message) };
    check(at, &format!("column_{at}.{kind}"), dimension, verdict)
}

fn broken_check(at: usize) -> CheckRecord {
    if at % 3 == 1 {
        let verdict = Verdict {
            tested: Some(10_000),
            failing: Some(4),
            groups: Some(2),
            surplus: Some(2),
            ..Verdict::new(Outcome::Warn, "4 rows share their key in 2 groups (2 too many), expected none")
        };
        let rows = vec![
            row("ORD-00000012", "note", "</script><script>alert(1)</script> \u{202e}txt.exe"),
            row("ORD-00000014", "note", &"a very long value ".repeat(30)),
        ];
        let samples = Samples { rows: Ok(rows), of: 4 };
        return CheckRecord {
            severity: Severity::Warn,
            samples: Some(samples),
            ..check(at, &format!("key_{at}"), Dimension::Uniqueness, verdict)
        };
    }
    let verdict = Verdict {
        tested: Some(10_000),
        failing: Some(812),
        limits: Some(Limits { warn: vec![("min".into(), "99%".into())], fail: vec![("min".into(), "95%".into())] }),
        expected: Some("at least 95%".into()),
        observed: Some(Observed::Number(0.9188)),
        ..Verdict::new(Outcome::Fail, "91.88% present (812 of 10,000 null), expected at least 95%")
    };
    let rows = (0..5).map(|n| row(&format!("ORD-0000000{n}"), "email", "")).collect();
    CheckRecord {
        why: Some("marketing mails bounce".into()),
        tags: vec!["gdpr".into()],
        samples: Some(Samples { rows: Ok(rows), of: 812 }),
        ..check(at, &format!("email_{at}.completeness"), Dimension::Completeness, verdict)
    }
}

fn row(id: &str, column: &str, value: &str) -> SampleRow {
    let cell = if value.is_empty() { Cell::Null } else { Cell::Text(value.into()) };
    let key = vec![("order_id".into(), Cell::Text(id.into())), ("line_no".into(), Cell::Text("1".into()))];
    SampleRow { name: RowName::Key(key), values: vec![(column.into(), cell), ("score".into(), Cell::Float(0.25))] }
}

fn monitor(name: &str, columns: usize) -> TableRecord {
    let mut checks: Vec<CheckRecord> = (0..columns).map(column).collect();
    let share = test("drifted_share", Outcome::Warn, 0.31);
    checks.push(drift_check("dataset", None, Outcome::Warn, "31% of the importance drifted (limit 20%)", vec![share]));
    let rmse = TestRecord { p_value: None, adjusted_p: None, ..test("rmse", Outcome::Pass, 3.9) };
    let rmse =
        drift_check("performance.rmse", None, Outcome::Pass, "rmse 3.9, at most 4.2 (1.15x baseline)", vec![rmse]);
    checks.push(CheckRecord { dimension: Dimension::Performance, ..rmse });
    let ranked = |at: usize| Ranked {
        column: name_of(at),
        contribution: [0.42, 0.21, 0.12][at],
        moved: "median 1.1 to 1.4".into(),
        outcome: outcome_of(at),
    };
    let monitor = MonitorRecord {
        window: Some(WindowRecord { rows: 68_785, revision: 1, late_rows: 12, ..WindowRecord::default() }),
        baseline: Some(BaselineRecord {
            name: "fare_eta-7".into(),
            sha256: "9c1f02ab".repeat(8),
            rows: 208_892,
            created_at: Some("2026-10-01T00:00:00Z".into()),
            formula_version: 1,
            windows: vec![],
        }),
        model: Some(("fare_eta".into(), "7".into())),
        ranking: (0..3).map(ranked).collect(),
        retrain: Some(RetrainRecord {
            id: "rt-0a1b2c3d4e5f".into(),
            state: "proposed".into(),
            idempotency_key: "0a1b".repeat(16),
            text: "dataset.warn holds: train fare_eta 7 again".into(),
        }),
        notes: vec![],
    };
    let table =
        TableRecord { layer: Some("models".into()), monitor: Some(Box::new(monitor)), checks, ..table(name, 0, 0) };
    window(table, 19, true)
}

fn window(mut table: TableRecord, day: u32, drifted: bool) -> TableRecord {
    if let Some(window) = table.monitor.as_mut().and_then(|monitor| monitor.window.as_mut()) {
        window.name = format!("2026-11-{day}T00:00:00+04:00");
        window.start = Some(window.name.clone());
        window.end = Some(format!("2026-11-{}T00:00:00+04:00", day + 1));
    }
    if !drifted {
        table.checks.iter_mut().for_each(|check| check.verdict.outcome = Outcome::Pass);
    }
    table
}

fn name_of(at: usize) -> String {
    ["surge", "city_id", "distance_km", "pickup_hour", "driver_rating"]
        .get(at)
        .map_or(format!("feature_{at}"), |name| (*name).into())
}

fn outcome_of(at: usize) -> Outcome {
    match at {
        0 => Outcome::Fail,
        1 | 2 => Outcome::Warn,
        _ => Outcome::Pass,
    }
}

fn column(at: usize) -> CheckRecord {
    let outcome = outcome_of(at);
    let name = name_of(at);
    let effect = if outcome == Outcome::Pass { 0.0123 } else { 0.412 / (at + 1) as f64 };
    let tests: Vec<TestRecord> = if at == 1 {
        vec![test("chi_square", outcome, effect)]
    } else {
        let others = ["ks", "wasserstein", "jensen_shannon", "hellinger", "total_variation"];
        let shown = |name: &&str| TestRecord {
            deciding: false,
            limits: None,
            adjusted_p: None,
            ..test(name, Outcome::Pass, 0.31)
        };
        std::iter::once(test("psi", outcome, effect)).chain(others.iter().map(shown)).collect()
    };
    let message = format!("median 1.1 to 1.4; PSI {effect:.4} (limit 0.25), p 2e-179 of 14 tests");
    let mut check = drift_check(&format!("drift.{name}"), Some(&name), outcome, &message, tests);
    let drift = check.drift.as_mut().expect("a drift check");
    drift.kind = Some(if at == 1 { ColumnKind::Categorical } else { ColumnKind::Numeric });
    drift.contribution = Some(0.4 / (at + 1) as f64);
    drift.figures = vec![("mean", 1.213, 1.482), ("median", 1.1, 1.4)];
    if at == 1 {
        let labels = ["London", "Dubai", "</svg><script>alert(1)</script>", "\u{202e}evil", "__other__", "__unseen__"];
        drift.bins = Some(Bins {
            labels: labels.iter().map(ToString::to_string).collect(),
            base: vec![150_000, 21_000, 20_000, 9_000, 8_892, 0],
            live: vec![42_000, 15_000, 4_000, 3_700, 4_000, 85],
        });
    } else {
        numeric(drift, at);
    }
    if outcome == Outcome::Fail {
        drift.since = Some("2026-11-17T00:00:00+04:00".into());
        let segment = |city: &str, outcome, effect| SegmentRecord {
            segment: vec![("city_id".into(), Some(city.into()))],
            outcome,
            tests: vec![test("psi", outcome, effect)],
            reason: None,
        };
        drift.segments = vec![segment("Dubai", Outcome::Fail, 0.9), segment("London", Outcome::Pass, 0.01)];
    }
    check
}

fn numeric(drift: &mut DriftRecord, at: usize) {
    let edges = [f64::NEG_INFINITY, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.5, 1.8, 2.4, f64::INFINITY];
    drift.spans = edges.windows(2).map(|edge| (edge[0], edge[1])).collect();
    let mut labels: Vec<String> = drift.spans.iter().map(|(low, high)| format!("({low}, {high}]")).collect();
    labels.push("__missing__".into());
    let live = if at == 0 {
        vec![2_100, 2_400, 3_000, 3_800, 5_200, 7_000, 9_900, 12_000, 11_900, 11_000, 485]
    } else {
        let rows = |bin: u64| 6_878 + (bin * 37 * (at as u64 + 1)) % 211;
        (0..10).map(rows).chain([0]).collect()
    };
    drift.bins = Some(Bins { labels, base: [vec![20_889; 10], vec![0]].concat(), live });
    let logistic = |x: f64, middle: f64| 1.0 / (1.0 + (-(x - middle) * 3.0).exp());
    let values: Vec<f64> = (0..64).map(|n| f64::from(n) * 0.05).collect();
    let shift = if at == 0 { 0.45 } else { 0.02 };
    drift.curves = Some(Curves {
        base: values.iter().map(|x| logistic(*x, 1.2)).collect(),
        live: values.iter().map(|x| logistic(*x, 1.2 + shift)).collect(),
        widest: Some((values[28], logistic(values[28], 1.2), logistic(values[28], 1.2 + shift))),
        values,
    });
}

fn drift_check(id: &str, column: Option<&str>, outcome: Outcome, message: &str, tests: Vec<TestRecord>) -> CheckRecord {
    let drift = DriftRecord { tests, ..DriftRecord::default() };
    CheckRecord {
        column: column.map(Into::into),
        check: "drift".into(),
        drift: Some(Box::new(drift)),
        ..check(12, id, Dimension::Drift, Verdict::new(outcome, message))
    }
}

fn test(name: &str, outcome: Outcome, effect: f64) -> TestRecord {
    TestRecord {
        test: name.into(),
        deciding: true,
        outcome,
        statistic: Some(effect * 1.01),
        statistic_high: None,
        p_value: Some(PValue::new(3.1e-180)),
        p_from: Some("chi-square homogeneity on the bins".into()),
        adjusted_p: Some(PValue::new(2.2e-179)),
        effect: Some(effect),
        effect_high: None,
        limits: Some(TestLimits { warn: Some(0.1), fail: Some(0.25) }),
        null_p95: Some(0.000_353_719),
        null_p99: Some(0.000_448_5),
        df: Some(10.0),
        n: Some(208_892),
        m: Some(68_785),
        shown: vec![("null_mean".into(), 0.0021)],
        reason: None,
        notes: vec![],
    }
}

/// 24 earlier runs of every table and windows of every model.
fn past(run: &RunRecord) -> History {
    let mut past = History::default();
    for table in &run.tables {
        let points = (0..24).map(|day| point(table, day)).collect();
        past.documents.insert(table.table.clone(), points);
    }
    past
}

fn point(table: &TableRecord, day: u32) -> Point {
    let check = |(at, check): (usize, &CheckRecord)| {
        let outcome = if day >= 20 { check.verdict.outcome } else { Outcome::Pass };
        let wave = f64::from((day * 7 + at as u32 * 3) % 11) / 300.0;
        let figures = match &check.drift {
            Some(drift) => drift
                .tests
                .iter()
                .map(|test| (test.test.clone(), test.effect.unwrap_or_default() * (0.3 + wave + f64::from(day) / 40.0)))
                .collect(),
            None => vec![(FAILING.to_owned(), wave)],
        };
        PointCheck { id: check.id.clone(), outcome, figures }
    };
    let checks: Vec<PointCheck> = table.checks.iter().enumerate().map(check).collect();
    Point {
        at: if table.monitor.is_some() {
            format!("2026-10-{:02}T00:00:00+04:00", day + 1)
        } else {
            format!("2026-10-{:02}T06:00:00Z", day + 1)
        },
        outcome: checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Pass),
        rows: Some(9_000 + u64::from((day * 131) % 1_700)),
        checks,
    }
}

fn changes() -> ChangesRecord {
    let change = |verdict, code, message: &str, before: Option<&str>, after: Option<&str>, found| Change {
        verdict,
        code,
        kind: DocumentKind::Contract,
        document: "silver.orders".into(),
        column: Some("email".into()),
        check: None,
        at: Place { path: "checks/silver/orders.yaml".into(), line: 17, column: 5 },
        at_base: after.is_none(),
        before: before.map(Into::into),
        after: after.map(Into::into),
        message: message.into(),
        found,
    };
    let rows = Found::Rows { failing: 812, tested: 10_000, passes: false };
    ChangesRecord {
        base: "origin/main".into(),
        base_commit: "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c".into(),
        head: "working tree".into(),
        head_commit: String::new(),
        documents: 12,
        changes: vec![
            change(
                ChangeVerdict::BreaksConsumers,
                "column_removed",
                "column `email` was removed",
                Some("email: {type: string}"),
                None,
                None,
            ),
            change(
                ChangeVerdict::BreaksProducer,
                "limit_tightened",
                "`email.completeness` was tightened",
                Some("min: 90%"),
                Some("min: 95%"),
                Some(rows),
            ),
            change(
                ChangeVerdict::Compatible,
                "owner_changed",
                "the owner changed",
                Some("a@shop.example"),
                Some("b@shop.example"),
                None,
            ),
        ],
        allowed: vec![],
        next_version: Some(NextVersion { level: "major", current: Some("1.4.0".into()), next: Some("2.0.0".into()) }),
        notes: vec!["checks/old.yaml did not load at the base".into()],
    }
}

fn problems() -> Vec<FileProblem> {
    vec![
        FileProblem {
            at: Some(Place { path: "checks/silver/orders.yaml".into(), line: 14, column: 11 }),
            message: "unknown check `completness` on column `email`".into(),
            hint: Some("did you mean `completeness`?".into()),
        },
        FileProblem { at: None, message: "the variable `region` has no value".into(), hint: None },
    ]
}
