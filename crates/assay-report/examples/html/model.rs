//! A made-up model.

use assay_core::drift::record::{
    BaselineRecord, Curves, DriftRecord, MonitorRecord, Ranked, RetrainRecord, SegmentRecord, TestRecord, WindowRecord,
};
use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::{Dimension, Outcome, Verdict};
use assay_stats::PValue;
use assay_stats::drift::{Bins, ColumnKind, Limits};

use crate::{check, table};

pub fn monitor(name: &str, columns: usize) -> TableRecord {
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

pub fn window(mut table: TableRecord, day: u32, drifted: bool) -> TableRecord {
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
    drift.figures = vec![("mean".into(), 1.213, 1.482), ("median".into(), 1.1, 1.4)];
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
        limits: Some(Limits { warn: Some(0.1), fail: Some(0.25) }),
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
