//! A world of observations: rows by folder, an engine that counts them, baselines by name.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use assay_core::check::Tables;
use assay_core::contract::{ColumnSpec, CsvOptions, Format, ReadOptions, Source};
use assay_core::drift::baseline::{Baseline, BaselineColumn, Baselines, Header, NumericProfile};
use assay_core::drift::knots::Knots;
use assay_core::drift::live::{LiveSpec, Measure, Windows};
use assay_core::drift::monitor::{BaselineSource, Confirm, Defaults, Monitor, Significance, TestLimits, Timestamp};
use assay_core::drift::monitor::{Window, WindowSize};
use assay_core::drift::state::{Cells, ColumnState, LiveState, RankState, SegmentState, Unplaced, WindowState};
use assay_core::drift::store::Store;
use assay_core::engine::{
    BoxFuture, Engine, MeasureReport, MetricPlan, ObservedColumn, OpenRequest, RowRequest, SampleReport, Snapshot,
    Unwatched, Watch,
};
use assay_core::measurement::{Answered, Extremes, Measured, Measurement, MetricError};
use assay_core::metric::MetricKind;
use assay_core::ops::Millis;
use assay_core::problem::Place;
use assay_core::run::{RunRecord, TableRecord};
use assay_core::text::TextOptions;
use assay_core::types::Type;
use assay_core::value::Value;
use assay_core::verdict::Reason;
use assay_stats::corrections::Correction;
use assay_stats::drift::{ColumnKind, Limits};
use assay_stats::exact_sum::ExactSum;
use chrono::{DateTime, Utc};

use super::kept::Kept;
use crate::observe::{Fold, Folded, Group, Intake, fold};
use crate::{Job, Monitoring, Others};

/// An hour's time and a value for each column.
pub type Rows = Vec<(String, f64)>;

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|_| panic!("{text} is no time"))
}

pub fn millis(text: &str) -> Millis {
    instant(text).timestamp_millis()
}

/// `n` rows at a time, spread evenly over `from..from + 10`.
pub fn rows(at: &str, n: u32, from: f64) -> Rows {
    (0..n).map(|row| (at.to_owned(), from + f64::from(row % 10))).collect()
}

fn place() -> Place {
    Place { path: "m.yaml".into(), line: 1, column: 1 }
}

/// Hourly windows that close ten minutes after their end; drift of `x` and, unless it is left out, `y`.
pub fn monitor(baseline: &str) -> Monitor {
    let read = |name: &str, ty: Type| ColumnSpec {
        name: name.into(),
        ty: Some(ty),
        optional: false,
        read: ReadOptions { text: TextOptions::default(), ..ReadOptions::default() },
    };
    let limits = Limits { warn: Some(0.1), fail: Some(0.25) };
    let psi = TestLimits { test: "psi", limits, written: (None, None), at: None };
    Monitor {
        path: "m.yaml".into(),
        sha256: String::new(),
        name: "eta".into(),
        layer: None,
        owner: None,
        description: None,
        tags: vec![],
        model: None,
        schedule: None,
        enabled: true,
        produced_by: vec![],
        depends_on: vec![],
        source: Source {
            format: Format::Observations,
            path: "observations".into(),
            resolved: PathBuf::from("observations"),
            null_values: vec![],
            timezone: None,
            csv: CsvOptions::default(),
            hive: false,
        },
        read: vec![read("at", Type::TimestampZoned("UTC".into()))],
        rows: None,
        timestamp: Some(Timestamp { column: "at".into(), timezone: Some("UTC".into()), at: place() }),
        id: None,
        baseline: BaselineSource::Profile(baseline.into()),
        baseline_at: place(),
        window: Window { size: WindowSize::Hours(1), lateness_seconds: 600, min_rows: 10 },
        columns: vec![],
        watch_all: true,
        exclude: vec![],
        prediction: None,
        defaults: Defaults { numeric: vec![psi], categorical: vec![], missing: None, psi_bins: 10 },
        significance: Significance { alpha: 0.05, correction: Correction::None },
        segments: vec![],
        dataset: None,
        correlations: None,
        covariance: None,
        labels: None,
        concept: None,
        performance: vec![],
        confirm: Confirm { fail: 1, recover: 1 },
        calibrate: None,
        retrain: None,
        vars: vec![],
        at: place(),
    }
}

/// A baseline of two columns, `from..from + 10` in equal parts.
fn baseline(sha256: &str, from: f64) -> Baseline {
    let column = |name: &str| BaselineColumn {
        name: name.into(),
        segment: None,
        role: ColumnKind::Numeric,
        dtype: "float64".into(),
        cells: Cells { rows: 1_000, ..Cells::default() },
        numeric: Some(NumericProfile {
            range: Some((from, from + 9.0)),
            mean: from + 4.5,
            m2: 8_250.0,
            knots: Arc::new(Knots::full((0..10).map(|i| from + f64::from(i)).collect(), &[100; 10])),
            sample: vec![],
        }),
        categories: None,
        target: None,
    };
    Baseline {
        header: Header { name: "eta".into(), sha256: sha256.into(), rows: 1_000, ..Header::default() },
        columns: vec![column("x"), column("y")],
        pairs: vec![],
        covariance: None,
        performance: BTreeMap::new(),
        target: None,
    }
}

/// Everything there is.
#[derive(Default)]
pub struct World {
    pub kept: Kept,
    shelf: Shelf,
    engine: Counter,
    folders: u32,
    batches: u64,
}

impl World {
    /// With the baseline `b1` of the values 0 to 9 as `eta@champion` and in the file `eta.parquet`.
    pub fn new() -> Self {
        let world = World::default();
        for name in ["eta@champion", "eta@b1", "eta.parquet"] {
            world.shelve(name, "b1", 0.0);
        }
        world
    }

    /// Puts a baseline of the values from `from` under a name.
    pub fn shelve(&self, name: &str, sha256: &str, from: f64) {
        self.shelf.0.lock().expect("no panic").insert(name.into(), Arc::new(baseline(sha256, from)));
    }

    /// The same of the values from 0, without the column `y`.
    pub fn shelve_narrow(&self, name: &str, sha256: &str) {
        let mut narrow = baseline(sha256, 0.0);
        narrow.columns.retain(|column| column.name != "y");
        self.shelf.0.lock().expect("no panic").insert(name.into(), Arc::new(narrow));
    }

    pub fn unshelve(&self, name: &str) {
        self.shelf.0.lock().expect("no panic").remove(name);
    }

    pub fn intake(&self, monitor: &Monitor) -> Intake {
        Intake::new(monitor, &baseline("b1", 0.0), "UTC").expect("windows of time")
    }

    /// Batches of rows that were taken at a time, as one group.
    pub fn group(&mut self, taken_at: &str, rows: Rows) -> Group {
        self.folders += 1;
        self.batches += 1;
        let folder = PathBuf::from(format!("journal/{}", self.folders));
        self.engine.rows.lock().expect("no panic").insert(folder.clone(), rows);
        Group { batches: vec![self.batches], taken_at: millis(taken_at), folder }
    }

    /// Folds without writing.
    pub fn folded(&self, monitor: &Monitor, groups: &[Group]) -> Result<Folded, Reason> {
        let job = Fold {
            monitor,
            baselines: &self.shelf,
            store: &self.kept,
            timezone: "UTC",
            groups,
            watch: &Unwatched,
            now: instant("2026-11-20T12:00:00Z"),
        };
        wait(fold(job, &self.engine))
    }

    /// Folds rows that were taken at a time, and writes what came of it.
    pub fn fold(&mut self, monitor: &Monitor, taken_at: &str, rows: Rows) -> Folded {
        let group = self.group(taken_at, rows);
        let folded = self.folded(monitor, &[group]).unwrap_or_else(|reason| panic!("{}", reason.text));
        self.kept.fold(&folded.folding);
        folded
    }

    /// A run of the monitor at a time; its records.
    pub fn run(&self, monitor: &Monitor, now: &str) -> Vec<TableRecord> {
        self.run_with(monitor, now, Some(&self.kept)).tables
    }

    pub fn run_with(&self, monitor: &Monitor, now: &str, store: Option<&dyn Store>) -> RunRecord {
        let with =
            Monitoring { monitors: std::slice::from_ref(monitor), baselines: &self.shelf, window: None, again: false };
        let job = Job {
            contracts: vec![],
            others: Others::default(),
            monitoring: Some(with),
            store,
            planned: None,
            as_of: false,
            timezone: "UTC".into(),
            mask_key: None,
            watch: &Unwatched,
        };
        wait(crate::run(job, &self.engine, instant(now)))
    }

    /// Has the engine fail from now on.
    pub fn break_engine(&self) {
        *self.engine.broken.lock().expect("no panic") = true;
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// Baselines by name.
#[derive(Default)]
struct Shelf(Mutex<BTreeMap<String, Arc<Baseline>>>);

impl Baselines for Shelf {
    fn load<'a>(
        &'a self,
        monitor: &'a Monitor,
        _: DateTime<Utc>,
        _: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Arc<Baseline>, Reason>> {
        let BaselineSource::Profile(name) = &monitor.baseline else { panic!("stored baselines only") };
        let found = self.0.lock().expect("no panic").get(name).cloned();
        let missing = move || Reason { code: "baseline_missing".into(), text: format!("no `{name}`") };
        Box::pin(async move { found.ok_or_else(missing) })
    }
}

/// Counts rows of two columns of one value.
#[derive(Default)]
struct Counter {
    rows: Mutex<BTreeMap<PathBuf, Rows>>,
    broken: Mutex<bool>,
}

impl Engine for Counter {
    fn open<'a>(&'a self, request: &'a OpenRequest) -> BoxFuture<'a, Result<Snapshot, MetricError>> {
        assert_eq!(request.source.format, Format::ArrowIpc);
        let rows = self.rows.lock().expect("no panic").get(&request.source.resolved).cloned();
        let column =
            |(name, ty): (&str, Type)| ObservedColumn { name: name.into(), ty, nullable: Some(true), partition: false };
        let zoned = Type::TimestampZoned("UTC".into());
        let columns = [("at", zoned), ("x", Type::Float(64)), ("y", Type::Float(64))].map(column).into();
        Box::pin(async move {
            let rows = rows.ok_or_else(|| MetricError { code: "unreadable", text: "no such folder".into() })?;
            Ok(Snapshot {
                format: "arrow",
                path: request.source.path.clone(),
                files: 1,
                files_pruned: 0,
                bytes: 1,
                rows: None,
                fingerprint: "f".into(),
                columns,
                notes: vec![],
                newest_file_nanos: None,
                handle: Arc::new(rows),
            })
        })
    }

    fn measure<'a>(
        &'a self,
        plan: &'a MetricPlan,
        tables: &'a Tables,
        _: &'a dyn Watch,
    ) -> BoxFuture<'a, MeasureReport> {
        let broken = *self.broken.lock().expect("no panic");
        let answer = |metric: &assay_core::metric::Metric| {
            let handle = tables.get(metric.table).snapshot.handle.clone();
            let rows = handle.downcast::<Rows>().expect("rows of this engine");
            if broken {
                return Err(MetricError { code: "unreadable", text: "the disk is gone".into() });
            }
            let value = match &metric.kind {
                MetricKind::RowCount => Measurement::Rows(rows.len() as u64),
                MetricKind::Extremes(_) => extremes(&rows),
                MetricKind::Live(spec) => Measurement::Live(Box::new(count(spec, &rows))),
                other => panic!("asked for {other:?}"),
            };
            Ok(Measured { value, from: Answered::Scan })
        };
        let measurements = plan.metrics.iter().map(|metric| (metric.clone(), answer(metric))).collect();
        Box::pin(async move { MeasureReport { measurements, costs: BTreeMap::new() } })
    }

    fn failing_rows<'a>(&'a self, _: &'a [RowRequest], _: &'a Tables, _: &'a dyn Watch) -> BoxFuture<'a, SampleReport> {
        Box::pin(async { SampleReport::default() })
    }
}

fn nanos(at: &str) -> i128 {
    i128::from(millis(at)) * 1_000_000
}

fn extremes(rows: &Rows) -> Measurement {
    let times = || rows.iter().map(|(at, _)| nanos(at));
    Measurement::Extremes(Extremes {
        min: times().min().map(Value::Instant),
        max: times().max().map(Value::Instant),
        ..Extremes::default()
    })
}

fn count(spec: &LiveSpec, rows: &Rows) -> LiveState {
    let Windows::Time { spans, .. } = &spec.windows else { panic!("windows of time only") };
    let inside = |at: i128| spans.iter().position(|span| span.start <= at && at < span.end);
    let mut by_window: Vec<Vec<f64>> = vec![vec![]; spans.len()];
    let mut outside = 0;
    for (at, value) in rows {
        match inside(nanos(at)) {
            Some(window) => by_window[window].push(*value),
            None => outside += 1,
        }
    }
    let window = |values: &Vec<f64>| {
        let column = |column: usize| match spec.measure(column, 0, 0) {
            Measure::Ranks(knots) => ColumnState::Ranks(Box::new(ranks(knots, values))),
            other => panic!("asked to count {other:?}"),
        };
        let columns = (0..spec.columns.len()).map(column).collect();
        let whole = SegmentState { rows: values.len() as u64, columns };
        WindowState { segments: vec![whole], pairs: vec![], matrix: None, labelled: None }
    };
    let windows = by_window.iter().map(window).collect();
    LiveState { windows, unplaced: Unplaced { without_time: 0, outside } }
}

fn ranks(knots: &Knots, values: &[f64]) -> RankState {
    let k = knots.len();
    let mut state = RankState {
        cells: Cells { rows: values.len() as u64, ..Cells::default() },
        gap: vec![0; k + 1],
        eq: vec![0; k],
        gap_sums: vec![0; k.saturating_sub(1)],
        below: ExactSum::new(),
        above: ExactSum::new(),
        range: None,
    };
    for x in values {
        let at = knots.values.partition_point(|value| value < x);
        match knots.values.get(at) {
            Some(value) if value == x => state.eq[at] += 1,
            _ => state.gap[at] += 1,
        }
        state.range = Some(state.range.map_or((*x, *x), |(low, high)| (x.min(low), x.max(high))));
    }
    state
}
