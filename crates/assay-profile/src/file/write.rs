//! A baseline as the bytes of its file.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Float64Type, Schema, UInt32Type, UInt64Type};
use assay_core::drift::baseline::{
    Baseline, BaselineColumn, BaselinePair, CategoryProfile, Covariance, NumericProfile, TargetProfile,
};
use assay_core::drift::category::{Category, CategoryKind};
use assay_core::drift::live::LabelBins;
use assay_stats::comoments::{MomentMatrix, Scale};
use assay_stats::drift::ColumnKind;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use sha2::{Digest, Sha256};

use super::footer::Footer;
use super::lists::{lists, numbers, sums, text_lists, texts, truths};
use super::validate::validate;
use super::{BaselineError, FILE_KEY, KEY};
use crate::seal::{content_hash, hex, schema_hash};

/// Rows that are laid out at once: lists and texts of a block are addressed by 32 bits.
const BLOCK: usize = 16;
/// Bytes of text in a block.
const MAX_TEXT: usize = 1 << 30;

/// The bytes of the file of a sealed baseline.
///
/// Columns of the table: `name`, `segmentation` and `segment` (null: all rows), `segment_label`, `role`, `dtype`,
/// `rows`, `nulls`, `nan`, `minus_infinity`, `plus_infinity`; of numbers `min`, `max`, `mean`, `m2`, `full_ecdf`,
/// `knot_rows` (n), `knot_values`, `knot_below`, `knot_up_to`, `gap_sums`, `sum_below`, `sum_above`, `sample_values`,
/// `sample_rows`; of categories `category_kind`, `category_names`, `category_rows`, `tail_hashes`, `too_many`,
/// `tail_rows`, `distinct`, `singletons`; of labels by bin `target_edges` with `target_lo` and `target_hi`, or
/// `target_categories` with `target_kind`, and `target_rows`, `target_sums`, `target_squares`, `target_moments` (n, sx,
/// sy, sxx, syy, sxy); of pairs whose first column this is `pair_at` (place among all pairs), `pair_with`, `pair_x_lo`,
/// `pair_x_hi`, `pair_y_lo`, `pair_y_hi`, `pair_moments` (six for each); of the covariance matrix `covariance_at`,
/// `covariance_lo`, `covariance_hi`, and, for the fit and then each chunk, `covariance_rows`, `covariance_sums` and the
/// row of the upper triangle in `covariance_products`.
///
/// # Errors
/// A baseline whose parts do not fit together, or whose hashes are not those of its content.
pub fn write(baseline: &Baseline) -> Result<Vec<u8>, BaselineError> {
    let invalid = |why: String| BaselineError::Invalid { why };
    validate(baseline).map_err(invalid)?;
    if baseline.header.schema_hash != schema_hash(baseline) || baseline.header.sha256 != content_hash(baseline) {
        return Err(invalid("its hashes are not those of its content; seal it first".into()));
    }
    let footer = serde_json::to_string(&Footer::of(baseline)).map_err(|error| invalid(error.to_string()))?;
    let rows: Vec<TableRow<'_>> = table_rows(baseline).map_err(invalid)?;
    encode(&rows, &footer).map_err(invalid)
}

/// A profile with what its row holds of other columns.
struct TableRow<'a> {
    column: &'a BaselineColumn,
    label: Option<String>,
    /// Places of the pairs it is the first column of.
    pairs: Vec<usize>,
    /// Its place in the covariance matrix.
    covariance: Option<usize>,
    baseline: &'a Baseline,
}

fn table_rows(baseline: &Baseline) -> Result<Vec<TableRow<'_>>, String> {
    let place = |name: &str| {
        baseline
            .columns
            .iter()
            .position(|column| column.segment.is_none() && column.name == name)
            .ok_or_else(|| format!("column `{name}` of a pair or of the covariance has no profile"))
    };
    let mut rows: Vec<TableRow<'_>> = baseline
        .columns
        .iter()
        .map(|column| TableRow { column, label: label(baseline, column), pairs: vec![], covariance: None, baseline })
        .collect();
    for (at, pair) in baseline.pairs.iter().enumerate() {
        rows[place(&pair.x.0)?].pairs.push(at);
    }
    for (at, (name, _)) in baseline.covariance.iter().flat_map(|covariance| &covariance.columns).enumerate() {
        rows[place(name)?].covariance = Some(at);
    }
    Ok(rows)
}

/// A segment as people read it: `city=Dubai, size=1`.
fn label(baseline: &Baseline, column: &BaselineColumn) -> Option<String> {
    let id = column.segment?;
    let segmentation = &baseline.header.segmentations[id.segmentation];
    let Some(values) = segmentation.segments.get(id.segment) else { return Some("__other__".into()) };
    let show = |value: &Option<Category>| value.as_ref().map_or("null".into(), ToString::to_string);
    let parts: Vec<String> =
        segmentation.by.iter().zip(values).map(|(by, value)| format!("{by}={}", show(value))).collect();
    Some(parts.join(", "))
}

fn encode(rows: &[TableRow<'_>], footer: &str) -> Result<Vec<u8>, String> {
    let text = |error: parquet::errors::ParquetError| error.to_string();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(text)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_created_by("assay".into())
        .build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let empty = batch(&[])?;
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), empty.schema(), options).map_err(text)?;
    for block in rows.chunks(BLOCK) {
        writer.write(&batch(block)?).map_err(text)?;
    }
    writer.flush().map_err(text)?;
    writer.sync().map_err(|error| error.to_string())?;
    let digest = Sha256::new().chain_update(writer.inner()).chain_update(footer).finalize();
    writer.append_key_value_metadata(KeyValue::new(KEY.into(), footer.to_owned()));
    writer.append_key_value_metadata(KeyValue::new(FILE_KEY.into(), hex(&digest)));
    writer.into_inner().map_err(text)
}

fn batch(rows: &[TableRow<'_>]) -> Result<RecordBatch, String> {
    let names = |row: &TableRow<'_>| {
        let set = row.column.categories.as_ref().map(|profile| &profile.set);
        set.map_or(0, |set| set.names.iter().map(|name| name.text.len()).sum::<usize>())
    };
    let text: usize = rows.iter().map(names).sum();
    if text > MAX_TEXT {
        return Err(format!("{BLOCK} columns together have category names of {text} bytes, at most {MAX_TEXT} fit"));
    }
    let mut columns = general(rows);
    columns.extend(numeric(rows)?);
    columns.extend(categorical(rows));
    columns.extend(labels(rows)?);
    columns.extend(pairs(rows)?);
    columns.extend(covariance(rows)?);
    let always = ["name", "role", "dtype", "rows", "nulls", "nan", "minus_infinity", "plus_infinity"];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), !always.contains(name)))
        .collect();
    let arrays = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| error.to_string())
}

type Columns = Vec<(&'static str, ArrayRef)>;

fn general(rows: &[TableRow<'_>]) -> Columns {
    let all = || rows.iter().map(|row| row.column);
    let role = |role: ColumnKind| match role {
        ColumnKind::Numeric => "numeric",
        ColumnKind::Categorical => "categorical",
    };
    vec![
        ("name", texts(all().map(|column| Some(column.name.as_str())))),
        ("segmentation", numbers::<UInt32Type>(all().map(|column| column.segment.map(|id| id.segmentation as u32)))),
        ("segment", numbers::<UInt32Type>(all().map(|column| column.segment.map(|id| id.segment as u32)))),
        ("segment_label", texts(rows.iter().map(|row| row.label.as_deref()))),
        ("role", texts(all().map(|column| Some(role(column.role))))),
        ("dtype", texts(all().map(|column| Some(column.dtype.as_str())))),
        ("rows", numbers::<UInt64Type>(all().map(|column| Some(column.cells.rows)))),
        ("nulls", numbers::<UInt64Type>(all().map(|column| Some(column.cells.nulls)))),
        ("nan", numbers::<UInt64Type>(all().map(|column| Some(column.cells.nan)))),
        ("minus_infinity", numbers::<UInt64Type>(all().map(|column| Some(column.cells.minus_infinity)))),
        ("plus_infinity", numbers::<UInt64Type>(all().map(|column| Some(column.cells.plus_infinity)))),
    ]
}

fn numeric(rows: &[TableRow<'_>]) -> Result<Columns, String> {
    let all = || rows.iter().map(|row| row.column.numeric.as_ref());
    let float = |of: &dyn Fn(&NumericProfile) -> Option<f64>| numbers::<Float64Type>(all().map(|p| p.and_then(of)));
    let floats = |of: &dyn Fn(&NumericProfile) -> Vec<f64>| lists::<Float64Type>(all().map(|p| p.map(of)));
    let counts = |of: &dyn Fn(&NumericProfile) -> Vec<u64>| lists::<UInt64Type>(all().map(|p| p.map(of)));
    // a sum over n rows has at most 64 + 52 bits
    let gaps = |profile: &NumericProfile| profile.knots.gap_sums.iter().map(|sum| *sum as i128).collect();
    Ok(vec![
        ("min", float(&|p| p.range.map(|(min, _)| min))),
        ("max", float(&|p| p.range.map(|(_, max)| max))),
        ("mean", float(&|p| Some(p.mean))),
        ("m2", float(&|p| Some(p.m2))),
        ("full_ecdf", truths(all().map(|p| p.map(|p| p.knots.full)))),
        ("knot_rows", numbers::<UInt64Type>(all().map(|p| p.map(|p| p.knots.n)))),
        ("knot_values", floats(&|p| p.knots.values.clone())),
        ("knot_below", counts(&|p| p.knots.below.clone())),
        ("knot_up_to", counts(&|p| p.knots.up_to.clone())),
        ("gap_sums", sums(all().map(|p| p.map(gaps))).ok_or_else(too_wide)?),
        ("sum_below", float(&|p| Some(p.knots.sum_below))),
        ("sum_above", float(&|p| Some(p.knots.sum_above))),
        ("sample_values", floats(&|p| p.sample.iter().map(|(value, _)| *value).collect())),
        ("sample_rows", counts(&|p| p.sample.iter().map(|(_, rows)| *rows).collect())),
    ])
}

fn categorical(rows: &[TableRow<'_>]) -> Columns {
    let all = || rows.iter().map(|row| row.column.categories.as_ref());
    let count = |of: &dyn Fn(&CategoryProfile) -> u64| numbers::<UInt64Type>(all().map(|p| p.map(of)));
    let counts = |of: &dyn Fn(&CategoryProfile) -> Vec<u64>| lists::<UInt64Type>(all().map(|p| p.map(of)));
    vec![
        ("category_kind", texts(all().map(|p| p.and_then(|p| kind(&p.set.names))))),
        ("category_names", text_lists(all().map(|p| p.map(|p| names(&p.set.names))))),
        ("category_rows", counts(&|p| p.counts.clone())),
        ("tail_hashes", counts(&|p| p.set.tail.clone())),
        ("too_many", truths(all().map(|p| p.map(|p| p.set.too_many)))),
        ("tail_rows", count(&|p| p.tail_rows)),
        ("distinct", count(&|p| p.distinct)),
        ("singletons", count(&|p| p.singletons)),
    ]
}

fn labels(rows: &[TableRow<'_>]) -> Result<Columns, String> {
    let all = || rows.iter().map(|row| row.column.target.as_ref());
    let edges = |profile: &TargetProfile| match &*profile.bins {
        LabelBins::Edges(edges, scale) => Some((edges.clone(), *scale)),
        LabelBins::Categories(_) => None,
    };
    fn categories(profile: &TargetProfile) -> Option<&[Category]> {
        match &*profile.bins {
            LabelBins::Edges(..) => None,
            LabelBins::Categories(names) => Some(names),
        }
    }
    let wide =
        |of: &dyn Fn(&TargetProfile) -> Option<Vec<i128>>| sums(all().map(|p| p.and_then(of))).ok_or_else(too_wide);
    Ok(vec![
        ("target_edges", lists::<Float64Type>(all().map(|p| p.and_then(edges).map(|(edges, _)| edges)))),
        ("target_lo", numbers::<Float64Type>(all().map(|p| p.and_then(edges).map(|(_, scale)| scale.lo())))),
        ("target_hi", numbers::<Float64Type>(all().map(|p| p.and_then(edges).map(|(_, scale)| scale.hi())))),
        ("target_kind", texts(all().map(|p| p.and_then(categories).and_then(kind)))),
        ("target_categories", text_lists(all().map(|p| p.and_then(categories).map(names)))),
        ("target_rows", lists::<UInt64Type>(all().map(|p| p.map(|p| p.sums.iter().map(|sums| sums.n).collect())))),
        ("target_sums", wide(&|p| Some(p.sums.iter().map(|sums| sums.sum).collect()))?),
        ("target_squares", wide(&|p| Some(p.sums.iter().map(|sums| sums.squares).collect()))?),
        ("target_moments", wide(&|p| p.moments.map(|m| vec![i128::from(m.n), m.sx, m.sy, m.sxx, m.syy, m.sxy]))?),
    ])
}

fn pairs(rows: &[TableRow<'_>]) -> Result<Columns, String> {
    let some = |row: &TableRow<'_>| !row.pairs.is_empty();
    let float = |of: &dyn Fn(&BaselinePair) -> f64| {
        let list = |row: &TableRow<'_>| row.pairs.iter().map(|at| of(&row.baseline.pairs[*at])).collect();
        lists::<Float64Type>(rows.iter().map(|row| some(row).then(|| list(row))))
    };
    let at = |row: &TableRow<'_>| row.pairs.iter().map(|at| *at as u64).collect();
    let moments = |row: &TableRow<'_>| {
        let of = |at: &usize| {
            let m = row.baseline.pairs[*at].moments;
            [i128::from(m.n), m.sx, m.sy, m.sxx, m.syy, m.sxy]
        };
        row.pairs.iter().flat_map(of).collect()
    };
    let with = rows.iter().map(|row| {
        let name = |at: &usize| row.baseline.pairs[*at].y.0.as_str();
        some(row).then(|| row.pairs.iter().map(name).collect())
    });
    Ok(vec![
        ("pair_at", lists::<UInt64Type>(rows.iter().map(|row| some(row).then(|| at(row))))),
        ("pair_with", text_lists(with)),
        ("pair_x_lo", float(&|pair| pair.x.1.lo())),
        ("pair_x_hi", float(&|pair| pair.x.1.hi())),
        ("pair_y_lo", float(&|pair| pair.y.1.lo())),
        ("pair_y_hi", float(&|pair| pair.y.1.hi())),
        ("pair_moments", sums(rows.iter().map(|row| some(row).then(|| moments(row)))).ok_or_else(too_wide)?),
    ])
}

fn covariance(rows: &[TableRow<'_>]) -> Result<Columns, String> {
    let all: Vec<Option<(&Covariance, usize)>> =
        rows.iter().map(|row| row.baseline.covariance.as_ref().zip(row.covariance)).collect();
    let matrices = |of: &dyn Fn(&MomentMatrix, usize) -> Vec<i128>| {
        let list = |(covariance, at): &(&Covariance, usize)| {
            std::iter::once(&covariance.fit).chain(&covariance.chunks).flat_map(|matrix| of(matrix, *at)).collect()
        };
        sums(all.iter().map(|place| place.as_ref().map(list))).ok_or_else(too_wide)
    };
    let scale = |of: &dyn Fn(&Scale) -> f64| {
        numbers::<Float64Type>(all.iter().map(|place| place.as_ref().map(|(c, at)| of(&c.columns[*at].1))))
    };
    Ok(vec![
        ("covariance_at", numbers::<UInt32Type>(all.iter().map(|place| place.as_ref().map(|(_, at)| *at as u32)))),
        ("covariance_lo", scale(&|scale| scale.lo())),
        ("covariance_hi", scale(&|scale| scale.hi())),
        ("covariance_rows", matrices(&|matrix, _| vec![i128::from(matrix.n())])?),
        ("covariance_sums", matrices(&|matrix, at| vec![matrix.sums()[at]])?),
        ("covariance_products", matrices(&|matrix, at| triangle_row(matrix.products(), matrix.columns(), at))?),
    ])
}

/// Products of column `at` with itself and those after it.
fn triangle_row(products: &[i128], columns: usize, at: usize) -> Vec<i128> {
    let start: usize = (0..at).map(|i| columns - i).sum();
    products[start..start + columns - at].to_vec()
}

fn kind(names: &[Category]) -> Option<&'static str> {
    names.first().map(|name| kind_name(name.kind))
}

/// What a kind is called in the file.
pub(super) fn kind_name(kind: CategoryKind) -> &'static str {
    match kind {
        CategoryKind::Bool => "bool",
        CategoryKind::Number => "number",
        CategoryKind::Text => "text",
        CategoryKind::Time => "time",
        CategoryKind::Binary => "binary",
    }
}

fn names(names: &[Category]) -> Vec<&str> {
    names.iter().map(|name| name.text.as_str()).collect()
}

fn too_wide() -> String {
    "a sum has more than 38 digits".into()
}
