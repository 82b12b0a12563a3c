//! Two small baselines of one table, a week apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::drift::baseline::*;
use assay_core::drift::category::Category;
use assay_core::drift::knots::Knots;
use assay_core::drift::live::CategorySet;
use assay_core::drift::state::Cells;
use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};
use assay_stats::drift::ColumnKind;

/// Equally many rows for each of the values.
pub(super) fn numeric(name: &str, values: Vec<f64>, each: u64, nulls: u64) -> BaselineColumn {
    let n = each * values.len() as u64;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let m2 = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() * each as f64;
    let range = values.first().copied().zip(values.last().copied());
    let counts = vec![each; values.len()];
    BaselineColumn {
        name: name.into(),
        segment: None,
        role: ColumnKind::Numeric,
        dtype: "float64".into(),
        cells: Cells { rows: n + nulls, nulls, ..Cells::default() },
        numeric: Some(NumericProfile {
            range,
            mean,
            m2,
            knots: Arc::new(Knots::full(values, &counts)),
            sample: vec![],
        }),
        categories: None,
        target: None,
    }
}

pub(super) fn categorical(name: &str, rows: &[(&str, u64)]) -> BaselineColumn {
    let counts: Vec<u64> = rows.iter().map(|(_, rows)| *rows).collect();
    let names = rows.iter().map(|(name, _)| Category::text(*name)).collect();
    BaselineColumn {
        name: name.into(),
        segment: None,
        role: ColumnKind::Categorical,
        dtype: "string".into(),
        cells: Cells { rows: counts.iter().sum(), ..Cells::default() },
        numeric: None,
        categories: Some(CategoryProfile {
            set: Arc::new(CategorySet::new(names, vec![], false)),
            distinct: counts.len() as u64,
            singletons: counts.iter().filter(|rows| **rows == 1).count() as u64,
            counts,
            tail_rows: 0,
        }),
        target: None,
    }
}

pub(super) fn before() -> Baseline {
    let steps = |from: u32| (0..100).map(|i| f64::from(from + i) / 4.0).collect::<Vec<f64>>();
    let scale = Scale::new(0.0, 24.0).expect("an interval");
    let city = categorical("city", &[("Dubai", 700), ("Al \u{202e}Ain", 300)]);
    let one = SegmentId { segmentation: 0, segment: 0 };
    let other = SegmentId { segmentation: 0, segment: 1 };
    Baseline {
        header: Header {
            name: "fare_eta-7".into(),
            format_version: FORMAT_VERSION,
            formula_version: 1,
            created_at: "2026-11-20T06:00:00Z".into(),
            rows: 1_000,
            rows_before_sampling: Some(1_204_331),
            time_range: Some(("2026-10-01".into(), "2026-11-01".into())),
            timezone: Some("Asia/Dubai".into()),
            schema_hash: "5c".repeat(32),
            sha256: "a1".repeat(32),
            seed: 7,
            sampled_values: false,
            min_bin_count: 10,
            lineage: BTreeMap::from([("git_commit".into(), "0f3a".into())]),
            segmentations: vec![BaselineSegmentation {
                by: vec!["city".into()],
                segments: vec![vec![Some(Category::text("Dubai"))]],
            }],
            notes: vec!["`raw_json` is left out: it holds lists".into()],
        },
        columns: vec![
            numeric("distance_km", steps(0), 10, 0),
            numeric("surge", steps(0), 9, 100),
            city,
            BaselineColumn { segment: Some(one), ..numeric("distance_km", steps(0), 7, 0) },
            BaselineColumn { segment: Some(other), ..numeric("distance_km", steps(0), 3, 0) },
        ],
        pairs: vec![BaselinePair {
            x: ("distance_km".into(), scale),
            y: ("surge".into(), scale),
            moments: CoMoments { n: 900, sx: 0, sy: 0, sxx: 4 << 60, syy: 4 << 60, sxy: 2 << 60 },
        }],
        covariance: Some(Covariance {
            columns: vec![("distance_km".into(), scale), ("surge".into(), scale)],
            fit: MomentMatrix::new(2),
            chunks: vec![MomentMatrix::new(2)],
        }),
        performance: BTreeMap::from([("rmse".into(), 4.25), ("mape".into(), f64::INFINITY)]),
        target: Some(Target { column: "eta".into(), classes: false, positive: None, scale: Some(scale), sd: 6.5 }),
    }
}

/// Distances grew by 5, surge is the same, a city is new and one is gone, a column came.
pub(super) fn after() -> Baseline {
    let mut after = before();
    after.header.sha256 = "b2".repeat(32);
    after.header.name = "fare_eta-8".into();
    after.header.lineage.insert("git_commit".into(), "77aa".into());
    after.performance.insert("rmse".into(), 4.5);
    let moved = (0..100).map(|i| f64::from(i) / 4.0 + 5.0).collect();
    after.columns[0] = numeric("distance_km", moved, 10, 0);
    after.columns[2] = categorical("city", &[("Dubai", 600), ("Sharjah", 400)]);
    after.columns.insert(3, numeric("tolls", vec![0.0, 1.0], 500, 0));
    after
}
