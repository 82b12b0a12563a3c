//! Tables with every outcome, and with very many checks.

use assay_core::change::{Change, ChangeVerdict, ChangesRecord, DocumentKind, Found, NextVersion};
use assay_core::drift::record::RetrainRecord;
use assay_core::engine::{Cell, Cost, RowName, SampleRow};
use assay_core::history::{FAILING, History, OBSERVED, Point, PointCheck};
use assay_core::measurement::Answered;
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, Samples, SnapshotRecord, TableRecord};
use assay_core::verdict::{Limits, NotRun, Observed, Outcome, Reason, Verdict};
use assay_report::FileProblem;

use super::{check, run, snapshot, table};

/// Checks of one table.
const PER_TABLE: usize = 60;

/// This many checks over some tables: of ten, seven pass, one warns, one fails with samples and one is skipped.
pub fn checks(n: usize) -> RunRecord {
    let layers = ["bronze", "silver", "gold"];
    let name = |index: usize| format!("{}.table_{index:03}", layers[index % 3]);
    let of_table = |index: usize| {
        let from = index * PER_TABLE;
        table(&name(index), (from..n.min(from + PER_TABLE)).map(numbered).collect())
    };
    run((0..n.div_ceil(PER_TABLE)).map(of_table).collect())
}

/// The same checks, all of one table.
pub fn checks_of_one_table(n: usize) -> RunRecord {
    run(vec![table("silver.orders", (0..n).map(numbered).collect())])
}

fn numbered(index: usize) -> CheckRecord {
    let id = format!("column_{index:04}.completeness");
    let line = 5 + index as u32;
    match index % 10 {
        3 => warned(&id, line),
        6 => CheckRecord { why: Some("marketing mails bounce".into()), ..failed(&id, line) },
        9 => skipped(&id, line),
        _ => passed(&id, line),
    }
}

fn passed(id: &str, line: u32) -> CheckRecord {
    let verdict = Verdict {
        tested: Some(10_000),
        failing: Some(0),
        expected: Some("at least 95%".into()),
        observed: Some(Observed::Number(1.0)),
        from: Some(Answered::Footer),
        ..Verdict::new(Outcome::Pass, "100% present (0 of 10,000 null), expected at least 95%")
    };
    CheckRecord { verdict, ..check(id, line, Outcome::Pass, "") }
}

fn warned(id: &str, line: u32) -> CheckRecord {
    let verdict = Verdict {
        tested: Some(10_000),
        failing: Some(150),
        expected: Some("at least 99%".into()),
        observed: Some(Observed::Number(0.985)),
        from: Some(Answered::Scan),
        ..Verdict::new(Outcome::Warn, "98.5% present (150 of 10,000 null), expected at least 99%")
    };
    CheckRecord { verdict, ..check(id, line, Outcome::Warn, "") }
}

fn failed(id: &str, line: u32) -> CheckRecord {
    let row = |order: &str, number: &str| SampleRow {
        name: RowName::Key(vec![
            ("order_id".into(), Cell::Text(order.into())),
            ("line_no".into(), Cell::Text(number.into())),
        ]),
        values: vec![("email".into(), Cell::Null)],
    };
    let verdict = Verdict {
        tested: Some(10_000),
        failing: Some(812),
        limits: Some(Limits { warn: vec![("min".into(), "99%".into())], fail: vec![("min".into(), "95%".into())] }),
        expected: Some("at least 95%".into()),
        observed: Some(Observed::Number(0.9188)),
        from: Some(Answered::Scan),
        ..Verdict::new(Outcome::Fail, "91.88% present (812 of 10,000 null), expected at least 95%")
    };
    let rows = vec![row("ORD-00000007", "1"), row("ORD-00000019", "12"), row("ORD-00000023", "2")];
    CheckRecord {
        verdict,
        tags: vec!["gdpr".into()],
        samples: Some(Samples { rows: Ok(rows), of: 812 }),
        ..check(id, line, Outcome::Fail, "")
    }
}

fn skipped(id: &str, line: u32) -> CheckRecord {
    let verdict = Verdict::not_run(NotRun::skipped("column_missing", "column missing: `coupon`"));
    CheckRecord { verdict, ..check(id, line, Outcome::Skipped, "") }
}

/// A table with every outcome and every kind of sample, one that passes, one that could not be read, one without checks,
/// and a monitor.
pub fn every_outcome() -> RunRecord {
    let (model, _) = super::columns(6, 2);
    let mut tables = vec![unreadable(), passing(), table("gold.without_checks", vec![]), orders()];
    for table in &mut tables {
        for check in &mut table.checks {
            check.at.path = table.contract_path.as_str().into();
        }
    }
    tables.extend(model.tables.into_iter().map(retrained));
    RunRecord { notes: vec!["earlier runs are not shown: the store is not there".into()], ..run(tables) }
}

/// Earlier runs of [`every_outcome`]'s tables.
pub fn table_history() -> History {
    let (_, models) = super::columns(6, 2);
    let point = |day: u32| {
        let share = 0.02 * f64::from(day % 4);
        let outcome = if share > 0.05 { Outcome::Fail } else { Outcome::Pass };
        Point {
            at: format!("2026-11-{day:02}T06:00:00Z"),
            outcome,
            rows: Some(9_000 + u64::from(day) * 37),
            checks: vec![PointCheck {
                id: "email.completeness".into(),
                outcome,
                figures: vec![(OBSERVED.into(), 1.0 - share), (FAILING.into(), share)],
            }],
        }
    };
    let mut history = models;
    history.documents.insert("silver.orders".into(), (1..20).map(point).collect());
    history
}

fn retrained(mut table: TableRecord) -> TableRecord {
    if let Some(monitor) = &mut table.monitor {
        monitor.retrain = Some(RetrainRecord {
            id: "rt-0a1b2c3d4e5f".into(),
            state: "proposed".into(),
            idempotency_key: "0a1b2c3d4e5f".repeat(5),
            text: "dataset.fail holds: train fare_eta 7 again".into(),
        });
        monitor.notes.push("2 closed windows are left for the next run".into());
    }
    table
}

fn passing() -> TableRecord {
    table("gold.rates", vec![passed("currency.in", 9), passed("iban.pattern", 10)])
}

fn unreadable() -> TableRecord {
    let reason = Reason { code: "unreadable".into(), text: "lake/bronze/raw.csv: no such file".into() };
    let error = |id, line| {
        let verdict = Verdict::not_run(NotRun::Error(reason.clone()));
        CheckRecord { verdict, ..check(id, line, Outcome::Error, "") }
    };
    let checks = vec![error("id.completeness", 5), error("id.uniqueness", 5), error("row_count", 9)];
    let reason = Some(reason.clone());
    TableRecord { snapshot: None, reason, cost: Cost::default(), ..table("bronze.raw", checks) }
}

fn orders() -> TableRecord {
    let email = CheckRecord { why: Some("marketing mails bounce".into()), ..failed("email.completeness", 17) };
    let placed = SampleRow {
        name: RowName::Place { file: "lake/silver/orders/order_date=2026-11-20/p-1.parquet".into(), row: 41 },
        values: vec![
            ("note".into(), Cell::Text("gone \u{202e}txt.exe\nnext".into())),
            ("score".into(), Cell::Float(f64::NAN)),
            ("refunded".into(), Cell::Bool(false)),
            ("long".into(), Cell::Text("x".repeat(300))),
        ],
    };
    let note = CheckRecord {
        samples: Some(Samples { rows: Ok(vec![placed]), of: 1 }),
        ..check("note.pattern", 18, Outcome::Warn, "1 of 10,000 rows does not match")
    };
    let unfetched = Err("lake/silver/orders/p-2.parquet: read failed".into());
    let key = CheckRecord {
        verdict: Verdict {
            tested: Some(10_000),
            failing: Some(4),
            groups: Some(2),
            surplus: Some(2),
            ..Verdict::new(Outcome::Fail, "4 rows share their key in 2 groups (2 too many), expected none")
        },
        samples: Some(Samples { rows: unfetched, of: 4 }),
        ..check("key", 6, Outcome::Fail, "")
    };
    let amount = CheckRecord {
        verdict: Verdict {
            notes: vec!["column `amount` was found as `Amount`".into()],
            tolerate: Some("0.1%".into()),
            ..passed("amount.range", 20).verdict
        },
        ..check("amount.range", 20, Outcome::Pass, "")
    };
    let newest = "newest value 2026-11-19T04:00:56Z is 1d 1h 59m 4s old, expected at most 24h old";
    let fresh = CheckRecord {
        verdict: Verdict {
            observed: Some(Observed::Text("2026-11-19T04:00:56Z".into())),
            ..Verdict::new(Outcome::Warn, newest)
        },
        ..check("loaded_at.freshness", 30, Outcome::Warn, "")
    };
    let snapshot = SnapshotRecord {
        filter: Some("order_date = date '2026-11-20'".into()),
        notes: vec!["3 files were written while they were listed".into()],
        ..snapshot()
    };
    let checks = vec![key, email, note, amount, skipped("coupon.length", 21), fresh];
    TableRecord { snapshot: Some(snapshot), ..table("silver.orders", checks) }
}

/// Files that are wrong, with a place and without.
pub fn problems() -> Vec<FileProblem> {
    vec![
        FileProblem {
            at: Some(Place { path: "checks/silver/orders.yaml".into(), line: 14, column: 11 }),
            message: "unknown check `completness` on column `email`".into(),
            hint: Some("did you mean `completeness`?".into()),
        },
        FileProblem { at: None, message: "the variable `region` has no value".into(), hint: None },
    ]
}

/// A change of every verdict, asked of current data and not.
pub fn changes() -> ChangesRecord {
    let change = |verdict, code, (before, after): (&str, &str), message: &str, found| Change {
        verdict,
        code,
        kind: DocumentKind::Contract,
        document: "silver.orders".into(),
        column: Some("email".into()),
        check: None,
        at: Place { path: "checks/silver/orders.yaml".into(), line: 17, column: 5 },
        at_base: verdict == ChangeVerdict::BreaksConsumers,
        before: (!before.is_empty()).then(|| before.into()),
        after: (!after.is_empty()).then(|| after.into()),
        message: message.into(),
        found,
    };
    let rows = |failing, passes| Some(Found::Rows { failing, tested: 10_000, passes });
    ChangesRecord {
        base: "origin/main".into(),
        base_commit: "1f0c2b9d41aa77e31f0c2b9d41aa77e31f0c2b9d".into(),
        head: "working tree".into(),
        head_commit: String::new(),
        documents: 4,
        changes: vec![
            change(
                ChangeVerdict::BreaksConsumers,
                "column_removed",
                ("{type: string}", ""),
                "column `email` was removed",
                None,
            ),
            change(
                ChangeVerdict::BreaksProducer,
                "check_tightened",
                ("90%", "95%"),
                "`min` went from 90% to 95%",
                rows(812, false),
            ),
            change(
                ChangeVerdict::BreaksProducer,
                "check_added",
                ("", "[0, 100000]"),
                "check `range` was added",
                rows(0, true),
            ),
            change(
                ChangeVerdict::BreaksProducer,
                "check_added",
                ("", "{min: 1}"),
                "check `row_count` was added",
                Some(Found::Unknown("lake/silver/orders: no such file".into())),
            ),
            change(
                ChangeVerdict::MonitoringWeakened,
                "limit_raised",
                ("0.1", "0.5"),
                "`psi` went from 0.1 to 0.5",
                None,
            ),
            change(
                ChangeVerdict::Compatible,
                "column_added",
                ("", "{type: string, required: false}"),
                "optional column `coupon` was added",
                None,
            ),
        ],
        allowed: vec![ChangeVerdict::MonitoringWeakened],
        next_version: Some(NextVersion { level: "major", current: Some("1.4.0".into()), next: Some("2.0.0".into()) }),
        notes: vec!["`checks/gold/rates.yaml` did not load at the base".into()],
    }
}
