//! A run with every outcome, for the tests of all formats.

pub(crate) mod changes;
pub(crate) mod monitor;

use assay_core::engine::{Cell, Cost, RowName, SampleRow};
use assay_core::measurement::Answered;
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, Samples, SnapshotRecord, TableRecord};
use assay_core::verdict::{Dimension, Limits, NotRun, Observed, Outcome, Reason, Severity, Verdict};

use crate::FileProblem;

pub(crate) fn run() -> RunRecord {
    RunRecord {
        id: "r-5f0c2b9d41aa77e3".into(),
        as_of: "2026-11-20T06:00:00Z".into(),
        vars: vec![("date".into(), "2026-11-20".into())],
        notes: vec![],
        tables: vec![unreadable(), passing(), orders()],
    }
}

pub(crate) fn passing() -> TableRecord {
    let check = check("currency.in", 9, Outcome::Pass, "100 of 100 rows in the set");
    let vacuous = Verdict { tested: Some(0), failing: Some(0), ..Verdict::new(Outcome::Pass, "0 rows tested") };
    let second = CheckRecord { verdict: vacuous, ..self::check("iban.pattern", 10, Outcome::Pass, "") };
    TableRecord {
        snapshot: Some(SnapshotRecord {
            format: "csv".into(),
            rows_total: Some(100),
            rows_selected: Some(100),
            ..snapshot()
        }),
        ..table("gold.rates", vec![check, second])
    }
}

fn unreadable() -> TableRecord {
    let reason = Reason { code: "unreadable".into(), text: "lake/bronze/raw.csv: no such file".into() };
    let error = || Verdict::not_run(NotRun::Error(reason.clone()));
    let checks = vec![
        CheckRecord { verdict: error(), ..check("id.completeness", 5, Outcome::Pass, "") },
        CheckRecord { verdict: error(), ..check("id.uniqueness", 5, Outcome::Pass, "") },
        CheckRecord { verdict: error(), ..check("row_count", 9, Outcome::Pass, "") },
    ];
    TableRecord { snapshot: None, reason: Some(reason), cost: Cost::default(), ..table("bronze.raw", checks) }
}

fn orders() -> TableRecord {
    let null_email = |id: &str, line: &str| SampleRow {
        name: RowName::Key(vec![
            ("order_id".into(), Cell::Text(id.into())),
            ("line_no".into(), Cell::Text(line.into())),
        ]),
        values: vec![("email".into(), Cell::Null)],
    };
    let email = CheckRecord {
        verdict: Verdict {
            tested: Some(10_000),
            failing: Some(812),
            limits: Some(Limits { warn: vec![("min".into(), "99%".into())], fail: vec![("min".into(), "95%".into())] }),
            expected: Some("at least 95%".into()),
            observed: Some(Observed::Number(0.9188)),
            from: Some(Answered::Scan),
            ..Verdict::new(Outcome::Fail, "91.88% present (812 of 10,000 null), expected at least 95%")
        },
        column: Some("email".into()),
        why: Some("marketing mails bounce".into()),
        tags: vec!["gdpr".into()],
        samples: Some(Samples {
            rows: Ok(vec![null_email("ORD-00000007", "1"), null_email("ORD-00000019", "12")]),
            of: 812,
        }),
        ..check("email.completeness", 17, Outcome::Fail, "")
    };
    let hostile = SampleRow {
        name: RowName::Place { file: "lake/silver/orders/order_date=2026-11-20/p-1.parquet".into(), row: 41 },
        values: vec![
            ("note".into(), Cell::Text("\u{1b}[2Jgone \u{202e}txt.exe\nnext".into())),
            ("score".into(), Cell::Float(f64::NAN)),
            ("long".into(), Cell::Text("x".repeat(300))),
        ],
    };
    let note = CheckRecord {
        verdict: Verdict {
            tested: Some(10_000),
            failing: Some(1),
            observed: Some(Observed::Number(f64::INFINITY)),
            ..Verdict::new(Outcome::Warn, "1 of 10,000 rows does not match")
        },
        severity: Severity::Warn,
        samples: Some(Samples { rows: Ok(vec![hostile]), of: 1 }),
        ..check("note.pattern", 18, Outcome::Warn, "")
    };
    let key = CheckRecord {
        verdict: Verdict {
            tested: Some(10_000),
            failing: Some(4),
            groups: Some(2),
            surplus: Some(2),
            ..Verdict::new(Outcome::Fail, "4 rows share their key in 2 groups (2 too many), expected none")
        },
        samples: Some(Samples { rows: Err("lake/silver/orders/p-2.parquet: read failed".into()), of: 4 }),
        ..check("key", 6, Outcome::Fail, "")
    };
    let amount = CheckRecord {
        verdict: Verdict {
            tested: Some(10_000),
            failing: Some(0),
            nulls: Some(0),
            tolerate: Some("0".into()),
            expected: Some("0 to 100000".into()),
            from: Some(Answered::Footer),
            notes: vec!["column `amount` was found as `Amount`".into()],
            ..Verdict::new(Outcome::Pass, "10,000 of 10,000 rows within 0 to 100000")
        },
        ..check("amount.range", 20, Outcome::Pass, "")
    };
    let skipped = CheckRecord {
        verdict: Verdict::not_run(NotRun::skipped("column_missing", "column missing: `coupon`")),
        ..check("coupon.length", 21, Outcome::Pass, "")
    };
    let exact = CheckRecord {
        verdict: Verdict {
            observed: Some(Observed::Text("9007199254740993".into())),
            ..Verdict::new(Outcome::Pass, "newest is 2026-11-20T05:59:00Z, 1m old")
        },
        ..check("freshness.loaded_at", 30, Outcome::Pass, "")
    };
    table("silver.orders", vec![key, email, note, amount, skipped, exact])
}

pub(crate) fn check(id: &str, line: u32, outcome: Outcome, message: &str) -> CheckRecord {
    CheckRecord {
        id: id.into(),
        check: id.rsplit('.').next().unwrap_or(id).into(),
        column: None,
        dimension: Dimension::Validity,
        severity: Severity::Fail,
        at: Place { path: "checks/silver/orders.yaml".into(), line, column: 5 },
        why: None,
        tags: vec![],
        verdict: Verdict::new(outcome, message),
        samples: None,
        drift: None,
    }
}

pub(crate) fn table(name: &str, checks: Vec<CheckRecord>) -> TableRecord {
    TableRecord {
        table: name.into(),
        layer: name.split_once('.').map(|(layer, _)| layer.into()),
        owner: Some("orders@shop.example".into()),
        contract_path: format!("checks/{}.yaml", name.replace('.', "/")),
        contract_sha256: "9c1f".into(),
        snapshot: Some(snapshot()),
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
        checks,
    }
}

pub(crate) fn snapshot() -> SnapshotRecord {
    SnapshotRecord {
        format: "parquet".into(),
        path: "lake/silver/orders".into(),
        files: 12,
        files_pruned: 3,
        bytes: 40_211_034,
        fingerprint: "77ab".into(),
        rows_total: Some(1_200_345),
        rows_selected: Some(10_000),
        filter: Some("order_date = date '2026-11-20'".into()),
        notes: vec!["3 files were written while they were listed".into()],
    }
}

pub(crate) fn problems() -> Vec<FileProblem> {
    vec![
        FileProblem {
            at: Some(Place { path: "checks/silver/orders.yaml".into(), line: 14, column: 11 }),
            message: "unknown check `completness` on column `email`".into(),
            hint: Some("did you mean `completeness`?".into()),
        },
        FileProblem { at: None, message: "the variable `region` has no value".into(), hint: None },
    ]
}
