//! A small baseline with one of everything, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use assay_core::drift::baseline::{
    Baseline, BaselineColumn, BaselinePair, Covariance, FORMAT_VERSION, Header, Target, TargetProfile,
};
use assay_core::drift::category::Category;
use assay_core::drift::state::LabelSums;
use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};
use assay_stats::drift::FORMULA_VERSION;

use crate::{ColumnSpec, Options, SegmentCodes, arrange, label_bins, profile_column, seal, segment};

pub(crate) fn spec(name: &str, dtype: &str) -> ColumnSpec {
    ColumnSpec { name: name.into(), dtype: dtype.into(), kind: None }
}

pub(crate) fn profile(array: ArrayRef, codes: &[SegmentCodes], options: &Options) -> Vec<BaselineColumn> {
    profile_column(&spec("x", "any"), &[array], codes, options).expect("a column")
}

/// Of the given numbers, amounts and texts, segmented by the texts.
pub(crate) fn baseline(sizes: Vec<Option<i64>>, amounts: Vec<Option<f64>>, cities: Vec<Option<&str>>) -> Baseline {
    let rows = sizes.len() as u64;
    let size: ArrayRef = Arc::new(Int64Array::from(sizes));
    let amount: ArrayRef = Arc::new(Float64Array::from(amounts));
    let city: ArrayRef = Arc::new(StringArray::from(cities));
    let (segmentation, codes) = segment(&[("city", std::slice::from_ref(&city))], 2, 0).expect("a text column");
    let codes = [codes];
    let of = |name, dtype, array: ArrayRef| {
        profile_column(&spec(name, dtype), &[array], &codes, &Options::default()).expect("a plain column")
    };
    let mut columns =
        arrange(vec![of("size", "int64", size), of("amount", "float64", amount), of("city", "string", city)]);
    for column in &mut columns {
        column.target = label_bins(column).map(|bins| TargetProfile {
            sums: vec![LabelSums { n: 3, sum: -(1 << 30), squares: 1 << 60, ..LabelSums::default() }; bins.len()],
            bins: Arc::new(bins),
            moments: Some(CoMoments { n: rows, sx: -1, sy: 2, sxx: 3, syy: 4, sxy: i128::from(i64::MIN) * 1_000 }),
        });
    }
    let scale = Scale::new(-0.5, 99.5).expect("an interval");
    let matrix = |n: u64| MomentMatrix::from_parts(n, vec![1, -2], vec![10, -20, 30]).expect("a matrix");
    seal::seal(Baseline {
        header: Header {
            name: "orders \"é\" 7".into(),
            format_version: FORMAT_VERSION,
            formula_version: FORMULA_VERSION,
            created_at: "2026-11-20T06:00:00Z".into(),
            rows,
            rows_before_sampling: Some(rows * 2),
            time_range: Some(("2026-01-01".into(), "2026-02-01".into())),
            timezone: Some("Asia/Dubai".into()),
            seed: u64::MAX,
            sampled_values: true,
            lineage: BTreeMap::from([("git_commit".into(), "abc".into())]),
            segmentations: vec![segmentation],
            notes: vec!["one note".into()],
            ..Header::default()
        },
        columns,
        pairs: vec![
            BaselinePair {
                x: ("size".into(), scale),
                y: ("amount".into(), scale),
                moments: CoMoments { n: 3, sx: 1, sy: -2, sxx: 3, syy: 4, sxy: -5 },
            },
            BaselinePair { x: ("amount".into(), scale), y: ("size".into(), scale), moments: CoMoments::default() },
        ],
        covariance: Some(Covariance {
            columns: vec![("amount".into(), scale), ("size".into(), scale)],
            fit: matrix(20),
            chunks: vec![matrix(1), matrix(2)],
        }),
        performance: BTreeMap::from([("rmse".into(), 0.1 + 0.2), ("mape".into(), f64::INFINITY)]),
        target: Some(Target {
            column: "paid".into(),
            classes: true,
            positive: Some(Category::integer(1)),
            scale: Some(scale),
            sd: 1.0 / 3.0,
        }),
    })
}

pub(crate) fn small() -> Baseline {
    let sizes = (0..40).map(|i| (i % 7 != 0).then_some(i)).collect();
    let amounts = (0..40).map(|i| if i == 3 { Some(f64::NAN) } else { Some(f64::from(i % 3) / 10.0) }).collect();
    let cities = (0..40).map(|i| [Some("Dubai"), None, Some("Al Ain"), Some("x\ny")][i % 4]).collect();
    baseline(sizes, amounts, cities)
}
