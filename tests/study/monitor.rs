//! A monitor, a baseline and a counted window, made by hand, so that whole windows go through the product's own judge.

use std::path::PathBuf;
use std::sync::Arc;

use assay_core::check::Table;
use assay_core::contract::{CsvOptions, Format, Source};
use assay_core::drift::baseline::{
    Baseline, BaselineColumn, BaselineSegmentation, CategoryProfile, Header, NumericProfile, SegmentId,
};
use assay_core::drift::category::Category;
use assay_core::drift::live::CategorySet;
use assay_core::drift::monitor::{
    BaselineSource, Confirm, Defaults, Monitor, Segments, Significance, TestLimits, Window, WindowSize,
};
use assay_core::drift::state::{CategoryState, Cells, ColumnState};
use assay_core::engine::{ObservedColumn, Snapshot};
use assay_core::problem::Place;
use assay_core::types::Type;
use assay_stats::corrections::Correction;
use assay_stats::drift::{ColumnKind, Limits, registry};

use crate::column::{PSI_BINS, cells, count, knots};
use crate::numbers::Sample;
use crate::rules::ALPHA;

/// The column that rows are divided by.
pub const DIVIDED_BY: &str = "segment";

fn place() -> Place {
    Place { path: "study.yaml".into(), line: 1, column: 1 }
}

/// The default limits of a test.
fn limits(test: &str) -> Option<TestLimits> {
    let test = registry::find(test)?;
    let limits: Limits = test.default_limits()?;
    Some(TestLimits { test: test.name(), limits, written: (None, None), at: None })
}

/// A monitor that names nothing but its source: every default holds. `segments` asks for that many.
pub fn monitor(segments: u32) -> Monitor {
    let source = Source {
        format: Format::Parquet,
        path: "live.parquet".into(),
        resolved: PathBuf::from("live.parquet"),
        null_values: vec![],
        timezone: None,
        csv: CsvOptions::default(),
        hive: false,
    };
    let segments = match segments {
        0 => vec![],
        top => vec![Segments { by: vec![DIVIDED_BY.into()], top, min_rows: 1_000, at: place() }],
    };
    Monitor {
        path: "study.yaml".into(),
        sha256: String::new(),
        name: "study".into(),
        layer: None,
        owner: None,
        description: None,
        tags: vec![],
        model: None,
        schedule: None,
        enabled: true,
        produced_by: vec![],
        depends_on: vec![],
        source,
        read: vec![],
        rows: None,
        timestamp: None,
        id: None,
        baseline: BaselineSource::Profile("study.baseline.parquet".into()),
        baseline_at: place(),
        window: Window { size: WindowSize::Whole, lateness_seconds: 0, min_rows: 500 },
        columns: vec![],
        watch_all: true,
        exclude: vec![],
        prediction: None,
        defaults: Defaults {
            numeric: limits("psi").into_iter().collect(),
            categorical: limits("chi_square").into_iter().collect(),
            missing: limits("missing"),
            psi_bins: PSI_BINS,
        },
        significance: Significance { alpha: ALPHA, correction: Correction::BenjaminiHochberg },
        segments,
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

/// The live table: these columns, and the one that divides it.
pub fn table(columns: &[(String, ColumnKind)]) -> Table {
    let observed = |name: &str, ty: Type| ObservedColumn { name: name.into(), ty, nullable: None, partition: false };
    let ty = |kind: ColumnKind| if kind == ColumnKind::Numeric { Type::Float(64) } else { Type::String };
    let mut found: Vec<ObservedColumn> = columns.iter().map(|(name, kind)| observed(name, ty(*kind))).collect();
    found.push(observed(DIVIDED_BY, Type::String));
    let snapshot = Snapshot {
        format: "parquet",
        path: "live.parquet".into(),
        files: 1,
        files_pruned: 0,
        bytes: 0,
        rows: None,
        fingerprint: "study".into(),
        columns: found,
        notes: vec![],
        newest_file_nanos: None,
        handle: Arc::new(()),
    };
    Table { name: "study".into(), snapshot }
}

/// A baseline of these columns, the whole of each first, divided into `segments`.
pub fn baseline(columns: Vec<BaselineColumn>, rows: u64, segments: usize) -> Baseline {
    let values = (0..segments).map(|i| vec![Some(Category::text(format!("s{i:02}")))]).collect();
    let segmentations = match segments {
        0 => vec![],
        _ => vec![BaselineSegmentation { by: vec![DIVIDED_BY.into()], segments: values }],
    };
    let header = Header { name: "study".into(), rows, segmentations, ..Header::default() };
    Baseline { header, columns, pairs: vec![], covariance: None, performance: Default::default(), target: None }
}

/// Both sides of a column of numbers in one segment, or the whole.
pub fn numeric(name: &str, segment: Option<SegmentId>, base: &Sample, live: &Sample) -> (BaselineColumn, ColumnState) {
    let knots = knots(&base.values);
    let state = ColumnState::Ranks(Box::new(count(&knots, live)));
    let profile = NumericProfile { range: None, mean: 0.0, m2: 0.0, knots: Arc::new(knots), sample: vec![] };
    let column = BaselineColumn {
        name: name.into(),
        segment,
        role: ColumnKind::Numeric,
        dtype: "float64".into(),
        cells: cells(base),
        numeric: Some(profile),
        categories: None,
        target: None,
    };
    (column, state)
}

/// The same of a column of categories; `missing` rows of the baseline and of the live side.
pub fn categorical(
    name: &str,
    segment: Option<SegmentId>,
    base: &[u64],
    live: &[u64],
    missing: (u64, u64),
) -> (BaselineColumn, ColumnState) {
    let cells =
        |counts: &[u64], nulls: u64| Cells { rows: counts.iter().sum::<u64>() + nulls, nulls, ..Cells::default() };
    let mut held: Vec<usize> = (0..base.len()).filter(|&i| base[i] > 0).collect();
    held.sort_by_key(|&i| (std::cmp::Reverse(base[i]), i));
    let names = held.iter().map(|i| Category::text(format!("c{i:05}"))).collect();
    let unseen = (0..base.len()).filter(|&i| base[i] == 0);
    let state = CategoryState {
        cells: cells(live, missing.1),
        counts: held.iter().map(|&i| live[i]).collect(),
        tail: 0,
        unseen: unseen.clone().map(|i| live[i]).sum(),
        unseen_names: unseen
            .filter(|&i| live[i] > 0)
            .map(|i| (Category::text(format!("c{i:05}")), live[i]))
            .map(|(category, rows)| (category.hash64(), (category, rows)))
            .collect(),
    };
    let profile = CategoryProfile {
        set: Arc::new(CategorySet { names, ..CategorySet::default() }),
        counts: held.iter().map(|&i| base[i]).collect(),
        tail_rows: 0,
        distinct: held.len() as u64,
        singletons: held.iter().filter(|&&i| base[i] == 1).count() as u64,
    };
    let column = BaselineColumn {
        name: name.into(),
        segment,
        role: ColumnKind::Categorical,
        dtype: "string".into(),
        cells: cells(base, missing.0),
        numeric: None,
        categories: Some(profile),
        target: None,
    };
    (column, ColumnState::Categories(Box::new(state)))
}
