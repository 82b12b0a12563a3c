//! Monitors, baselines and judged windows by hand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use assay_core::check::Table;
use assay_core::contract::{CsvOptions, Format, Source};
use assay_core::drift::baseline::{
    Baseline, BaselineColumn, BaselineSegmentation, CategoryProfile, Header, NumericProfile, SegmentId,
};
use assay_core::drift::category::Category;
use assay_core::drift::knots::Knots;
use assay_core::drift::live::{CategorySet, Windows};
use assay_core::drift::monitor::{
    BaselineSource, Confirm, Defaults, Monitor, MonitoredColumn, Significance, TestLimits, Window, WindowSize,
};
use assay_core::drift::state::WindowState;
use assay_core::drift::store::{WindowCheck, WindowRow};
use assay_core::engine::{ObservedColumn, Snapshot};
use assay_core::problem::Place;
use assay_core::run::CheckRecord;
use assay_core::types::Type;
use assay_core::verdict::Outcome;
use assay_stats::corrections::Correction;
use assay_stats::drift::{ColumnKind, Limits};

pub use super::counting::{count, label_sums, moments};
pub use super::data::{Data, Rows, numbers, spread, texts};
use crate::monitor::{Judged, Labelled, LiveWindow, Prepared, WindowInput, judge, prepare};

pub fn place() -> Place {
    Place { path: "checks/models/m.yaml".into(), line: 1, column: 1 }
}

pub fn limits(warn: f64, fail: f64) -> Limits {
    Limits { warn: Some(warn), fail: Some(fail) }
}

pub fn test(name: &'static str, limits: Limits) -> TestLimits {
    TestLimits { test: name, limits, written: (None, None), at: None }
}

/// A monitor with the defaults that a file without any gives.
pub fn monitor() -> Monitor {
    Monitor {
        path: "checks/models/m.yaml".into(),
        sha256: "00".into(),
        name: "eta".into(),
        layer: None,
        owner: None,
        description: None,
        tags: Vec::new(),
        model: Some(("eta".into(), "7".into())),
        schedule: None,
        enabled: true,
        produced_by: Vec::new(),
        depends_on: Vec::new(),
        source: Source {
            format: Format::Parquet,
            path: "lake/live".into(),
            resolved: PathBuf::from("lake/live"),
            null_values: Vec::new(),
            timezone: None,
            csv: CsvOptions::default(),
            hive: true,
        },
        read: Vec::new(),
        rows: None,
        timestamp: None,
        id: None,
        baseline: BaselineSource::Profile("baselines/eta.baseline.parquet".into()),
        baseline_at: place(),
        window: Window { size: WindowSize::Days(1), lateness_seconds: 0, min_rows: 500 },
        columns: Vec::new(),
        watch_all: true,
        exclude: Vec::new(),
        prediction: None,
        defaults: Defaults {
            numeric: vec![test("psi", limits(0.10, 0.25))],
            categorical: vec![test("chi_square", limits(0.10, 0.20)), test("unseen", limits(0.001, 0.005))],
            missing: Some(test("missing", limits(0.01, 0.05))),
            psi_bins: 10,
        },
        significance: Significance { alpha: 0.01, correction: Correction::BenjaminiHochberg },
        segments: Vec::new(),
        dataset: None,
        correlations: None,
        covariance: None,
        labels: None,
        concept: None,
        performance: Vec::new(),
        confirm: Confirm { fail: 2, recover: 2 },
        calibrate: None,
        retrain: None,
        vars: Vec::new(),
        at: place(),
    }
}

pub fn column(name: &str) -> MonitoredColumn {
    MonitoredColumn {
        name: name.into(),
        kind: None,
        ty: None,
        importance: None,
        tests: None,
        optional: false,
        at: place(),
    }
}

pub fn table(columns: &[(&str, Type)]) -> Table {
    let columns = columns.iter().map(|(name, ty)| ObservedColumn {
        name: (*name).to_owned(),
        ty: ty.clone(),
        nullable: None,
        partition: false,
    });
    Table {
        name: "lake/live".into(),
        snapshot: Snapshot {
            format: "parquet",
            path: "lake/live".into(),
            files: 1,
            files_pruned: 0,
            bytes: 1,
            rows: None,
            fingerprint: "f00d".into(),
            columns: columns.collect(),
            notes: Vec::new(),
            newest_file_nanos: None,
            handle: Arc::new(()),
        },
    }
}

/// A live table of the types these rows have.
pub fn table_of(rows: &Rows) -> Table {
    let ty = |data: &Data| match data {
        Data::Numbers(_) => Type::Float(64),
        Data::Texts(_) => Type::String,
    };
    table(&rows.iter().map(|(name, data)| (*name, ty(data))).collect::<Vec<_>>())
}

fn profile(name: &str, segment: Option<SegmentId>, data: &Data) -> BaselineColumn {
    let values = data.present();
    let mut distinct = values.clone();
    distinct.dedup();
    let up_to = |v: &f64| values.partition_point(|x| x <= v) as u64;
    let below = |v: &f64| values.partition_point(|x| x < v) as u64;
    let counts: Vec<u64> = distinct.iter().map(|v| up_to(v) - below(v)).collect();
    let is_number = matches!(data, Data::Numbers(_));
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let numeric = is_number.then(|| NumericProfile {
        range: values.first().copied().zip(values.last().copied()),
        mean,
        m2: values.iter().map(|x| (x - mean).powi(2)).sum(),
        knots: Arc::new(Knots::full(distinct.clone(), &counts)),
        sample: Vec::new(),
    });
    let mut named: Vec<(Category, u64)> = data.by_category().into_iter().collect();
    named.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    let few = !is_number || distinct.len() <= 20;
    let categories = few.then(|| CategoryProfile {
        set: Arc::new(CategorySet::new(named.iter().map(|(c, _)| c.clone()).collect(), Vec::new(), false)),
        counts: named.iter().map(|(_, n)| *n).collect(),
        tail_rows: 0,
        distinct: named.len() as u64,
        singletons: named.iter().filter(|(_, n)| *n == 1).count() as u64,
    });
    BaselineColumn {
        name: name.to_owned(),
        segment,
        role: if few { ColumnKind::Categorical } else { ColumnKind::Numeric },
        dtype: if is_number { "float64".into() } else { "string".into() },
        cells: data.cells(),
        numeric,
        categories,
        target: None,
    }
}

/// The baseline of these rows, segmented by a column where one is named.
pub fn baseline(rows: &Rows, by: Option<&str>) -> Baseline {
    let n_rows = rows.first().map_or(0, |(_, data)| data.len());
    let mut columns: Vec<BaselineColumn> = rows.iter().map(|(name, data)| profile(name, None, data)).collect();
    let mut header = Header {
        name: "eta-7".into(),
        formula_version: 1,
        created_at: "2026-01-01T00:00:00Z".into(),
        rows: n_rows as u64,
        sha256: "ba5e".into(),
        ..Header::default()
    };
    if let Some(by) = by {
        let of = &rows.iter().find(|(name, _)| *name == by).expect("a column to segment by").1;
        let mut values: Vec<(Category, u64)> = of.by_category().into_iter().collect();
        values.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        for (segment, (value, _)) in values.iter().enumerate() {
            let inside: Vec<usize> = (0..n_rows).filter(|row| of.category(*row).as_ref() == Some(value)).collect();
            let id = Some(SegmentId { segmentation: 0, segment });
            columns.extend(rows.iter().map(|(name, data)| profile(name, id, &data.pick(&inside))));
        }
        header.segmentations.push(BaselineSegmentation {
            by: vec![by.to_owned()],
            segments: values.into_iter().map(|(value, _)| vec![Some(value)]).collect(),
        });
    }
    Baseline { header, columns, pairs: Vec::new(), covariance: None, performance: BTreeMap::new(), target: None }
}

/// The window of one day.
pub fn window(day: u32) -> LiveWindow {
    let name = format!("2026-11-{day:02}T00:00:00+00:00");
    let nanos = 86_400_000_000_000;
    let start = (20_757 + i128::from(day)) * nanos;
    LiveWindow {
        name,
        start,
        end: start + nanos,
        civil: Some(crate::monitor::Civil {
            local_start: start,
            local_end: start + nanos,
            end_text: format!("2026-11-{:02}T00:00:00+00:00", day + 1),
        }),
    }
}

/// How a check ended, with its effects by test.
pub type Ended<'a> = (&'a str, Outcome, &'a [(&'a str, f64)]);

/// A window that was evaluated: the checks' outcomes and one effect for each, by test.
pub fn past(day: u32, checks: &[Ended<'_>]) -> WindowRow {
    let LiveWindow { name, start, end, .. } = window(day);
    let check = |(id, outcome, effects): &Ended<'_>| WindowCheck {
        id: (*id).to_owned(),
        outcome: *outcome,
        effects: effects.iter().map(|(test, effect)| ((*test).to_owned(), *effect)).collect(),
    };
    WindowRow {
        monitor: "eta".into(),
        baseline: "ba5e".into(),
        window: name,
        start,
        end,
        revision: 1,
        rows: 1_000,
        late_rows: 0,
        run: "r-1".into(),
        outcome: checks.iter().map(|(_, outcome, _)| *outcome).max().unwrap_or(Outcome::Skipped),
        labels_closed: true,
        accepted: false,
        checks: checks.iter().map(check).collect(),
    }
}

/// What is known of the window of the 20th, without history.
pub fn input<'a>(window: &'a LiveWindow, history: &'a [WindowRow]) -> WindowInput<'a> {
    WindowInput {
        window,
        rows: 0,
        labelled: Labelled::Absent,
        pinned: "ba5e",
        merged: &[],
        history,
        proposals: &[],
        revision: 1,
        late_rows: 0,
        rows_without_time: 0,
        again: false,
        now: window.end,
    }
}

/// Judges live rows against baseline rows.
pub fn judged(monitor: &Monitor, base: &Rows, live: &Rows) -> Judged {
    judged_after(monitor, &baseline(base, None), live, &[])
}

pub fn judged_after(monitor: &Monitor, baseline: &Baseline, live: &Rows, history: &[WindowRow]) -> Judged {
    let prepared = prepare(monitor, baseline, &table_of(live));
    let window = window(20);
    judge(&prepared, &state(&prepared, live), &input(&window, history))
}

pub fn state(prepared: &Prepared<'_>, live: &Rows) -> WindowState {
    let plan = prepared.plan(Windows::Whole, &[]);
    plan.split(0, count(&plan.spec, live)).0
}

pub fn check<'j>(judged: &'j Judged, id: &str) -> &'j CheckRecord {
    let ids: Vec<&str> = judged.checks.iter().map(|check| check.id.as_str()).collect();
    judged.checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no check {id} among {ids:?}"))
}

pub fn outcome(judged: &Judged, id: &str) -> Outcome {
    check(judged, id).verdict.outcome
}

pub fn message<'j>(judged: &'j Judged, id: &str) -> &'j str {
    &check(judged, id).verdict.message
}
