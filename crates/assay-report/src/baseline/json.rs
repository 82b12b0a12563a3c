//! One baseline as JSON (`assay.baseline/v1`): the same keys in the same order, a figure in each line, so that a tool
//! that compares lines shows what moved. Floats are the shortest that read back as the same number; what JSON has no
//! number for is the text `inf`, `-inf` or `nan`.

use assay_core::drift::baseline::{Baseline, BaselineColumn, CategoryProfile, NumericProfile};
use assay_core::text::format_float;
use serde_json::{Map, Value, json};

use super::words::{mean, missing, role, sd, segment};

/// What the document is known by.
const SCHEMA: &str = "assay.baseline/v1";
/// Percentiles that are shown.
const PERCENTILES: [u64; 11] = [1, 5, 10, 20, 25, 50, 75, 80, 90, 95, 99];

/// A baseline for machines: header, columns (with their quantiles; all values are in the file), correlations. Ends with
/// a line break.
pub fn show_json(baseline: &Baseline) -> String {
    let header = &baseline.header;
    let pairs: Vec<Value> = baseline
        .pairs
        .iter()
        .map(|pair| json!({"x": pair.x.0, "y": pair.y.0, "rows": pair.moments.n, "r": pair.moments.r().map(float)}))
        .collect();
    let performance: Map<String, Value> =
        baseline.performance.iter().map(|(metric, value)| (metric.clone(), float(*value))).collect();
    let target = baseline.target.as_ref().map(|target| {
        json!({
            "column": target.column,
            "classes": target.classes,
            "positive": target.positive.as_ref().map(|positive| &positive.text),
            "lo": target.scale.map(|scale| float(scale.lo())),
            "hi": target.scale.map(|scale| float(scale.hi())),
            "sd": float(target.sd),
        })
    });
    let covariance = baseline.covariance.as_ref().map(|covariance| {
        let names: Vec<&String> = covariance.columns.iter().map(|(name, _)| name).collect();
        let held_out: u64 = covariance.chunks.iter().map(|chunk| chunk.n()).sum();
        json!({"columns": names, "rows": covariance.fit.n(), "held_out_rows": held_out})
    });
    let document = json!({
        "schema": SCHEMA,
        "name": header.name,
        "sha256": header.sha256,
        "created_at": header.created_at,
        "format_version": format!("{}.{}", header.format_version.0, header.format_version.1),
        "formula_version": header.formula_version,
        "rows": header.rows,
        "rows_before_sampling": header.rows_before_sampling,
        "time_from": header.time_range.as_ref().map(|(from, _)| from),
        "time_to": header.time_range.as_ref().map(|(_, to)| to),
        "timezone": header.timezone,
        "schema_hash": header.schema_hash,
        "seed": header.seed,
        "sampled_values": header.sampled_values,
        "min_bin_count": header.min_bin_count,
        "lineage": header.lineage,
        "notes": header.notes,
        "performance": performance,
        "target": target,
        "columns": baseline.columns.iter().map(|of| column(baseline, of)).collect::<Vec<_>>(),
        "pairs": pairs,
        "covariance": covariance,
    });
    let mut text = serde_json::to_string_pretty(&document).expect("a JSON value has a text");
    text.push('\n');
    text
}

fn column(baseline: &Baseline, column: &BaselineColumn) -> Value {
    json!({
        "name": column.name,
        "segment": column.segment.map(|id| segment(baseline, id)),
        "role": role(column.role),
        "dtype": column.dtype,
        "rows": column.cells.rows,
        "nulls": column.cells.nulls,
        "nan": column.cells.nan,
        "missing": missing(column),
        "minus_infinity": column.cells.minus_infinity,
        "plus_infinity": column.cells.plus_infinity,
        "numeric": column.numeric.as_ref().map(|profile| numeric(column, profile)),
        "categories": column.categories.as_ref().map(categories),
    })
}

fn numeric(column: &BaselineColumn, profile: &NumericProfile) -> Value {
    let percentile =
        |percent: &u64| (format!("p{percent:02}"), profile.knots.quantile(*percent, 100).map(float).into());
    let percentiles: Map<String, Value> = PERCENTILES.iter().map(percentile).collect();
    json!({
        "min": profile.range.map(|(min, _)| float(min)),
        "max": profile.range.map(|(_, max)| float(max)),
        "mean": mean(column, profile).map(float),
        "sd": sd(column, profile).map(float),
        "percentiles": percentiles,
        "full_ecdf": profile.knots.full,
        "knots": profile.knots.len(),
        "knots_sha256": profile.knots.digest,
        "sampled": profile.sample.iter().map(|(_, rows)| rows).sum::<u64>(),
    })
}

fn categories(profile: &CategoryProfile) -> Value {
    let rows: Map<String, Value> =
        profile.set.names.iter().zip(&profile.counts).map(|(name, rows)| (name.text.clone(), (*rows).into())).collect();
    json!({
        "distinct": profile.distinct,
        "singletons": profile.singletons,
        "too_many": profile.set.too_many,
        "rows": rows,
        "hashed": profile.set.tail.len(),
        "rows_not_named": profile.tail_rows,
        "sha256": profile.set.digest,
    })
}

fn float(value: f64) -> Value {
    if value.is_finite() { json!(value + 0.0) } else { json!(format_float(value)) }
}
