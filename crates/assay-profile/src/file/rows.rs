//! The rows of the table, read back: profiles, and the parts of pairs and of the covariance that are spread over them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, UInt32Type, UInt64Type};
use assay_core::drift::baseline::{
    BaselineColumn, BaselinePair, CategoryProfile, Covariance, NumericProfile, SegmentId, TargetProfile,
};
use assay_core::drift::category::{Category, CategoryKind};
use assay_core::drift::knots::Knots;
use assay_core::drift::live::{CategorySet, LabelBins};
use assay_core::drift::state::{Cells, LabelSums};
use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};
use assay_stats::drift::ColumnKind;

use super::lists::Row;
use super::write::kind_name;

/// What the table holds.
#[derive(Default)]
pub(super) struct Rows {
    pub columns: Vec<BaselineColumn>,
    pairs: BTreeMap<u64, BaselinePair>,
    matrix: BTreeMap<u32, MatrixRow>,
}

/// What the row of a column holds of the covariance matrices.
struct MatrixRow {
    name: String,
    scale: Scale,
    rows: Vec<i128>,
    sums: Vec<i128>,
    products: Vec<i128>,
}

impl Rows {
    /// Takes a block of rows.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<(), String> {
        for at in 0..batch.num_rows() {
            let row = Row { batch, at };
            let column = column(row)?;
            self.take_pairs(row, &column.name)?;
            self.take_matrix(row, &column.name)?;
            self.columns.push(column);
        }
        Ok(())
    }

    fn take_pairs(&mut self, row: Row<'_>, name: &str) -> Result<(), String> {
        let Some(places) = row.numbers::<UInt64Type>("pair_at")? else { return Ok(()) };
        let with = need(row.texts("pair_with")?, "pair_with")?;
        let ends = |name: &str| need(row.numbers::<Float64Type>(name)?, name);
        let (x_lo, x_hi) = (ends("pair_x_lo")?, ends("pair_x_hi")?);
        let (y_lo, y_hi) = (ends("pair_y_lo")?, ends("pair_y_hi")?);
        let sums = need(row.sums("pair_moments")?, "pair_moments")?;
        let n = places.len();
        if [with.len(), x_lo.len(), x_hi.len(), y_lo.len(), y_hi.len()] != [n; 5] || sums.len() != 6 * n {
            return Err(format!("the lists of pairs of `{name}` differ in length"));
        }
        for (i, with) in with.into_iter().enumerate() {
            let pair = BaselinePair {
                x: (name.to_owned(), scale(x_lo[i], x_hi[i])?),
                y: (with, scale(y_lo[i], y_hi[i])?),
                moments: moments(&sums[6 * i..6 * i + 6])?,
            };
            self.pairs.insert(places[i], pair);
        }
        Ok(())
    }

    fn take_matrix(&mut self, row: Row<'_>, name: &str) -> Result<(), String> {
        let Some(at) = row.number::<UInt32Type>("covariance_at")? else { return Ok(()) };
        let sums = |name: &str| need(row.sums(name)?, name);
        let part = MatrixRow {
            name: name.to_owned(),
            scale: scale(float(row, "covariance_lo")?, float(row, "covariance_hi")?)?,
            rows: sums("covariance_rows")?,
            sums: sums("covariance_sums")?,
            products: sums("covariance_products")?,
        };
        self.matrix.insert(at, part);
        Ok(())
    }

    /// The pairs in their order.
    pub fn pairs(&self) -> Result<Vec<BaselinePair>, String> {
        if self.pairs.keys().copied().ne(0..self.pairs.len() as u64) {
            return Err("some of its pairs are missing".into());
        }
        Ok(self.pairs.values().cloned().collect())
    }

    /// The covariance, put together from the rows of its matrices.
    pub fn covariance(&self, some: bool) -> Result<Option<Covariance>, String> {
        if !some {
            return Ok(None);
        }
        let wrong = || "its covariance does not fit together".to_owned();
        let p = self.matrix.len();
        if self.matrix.keys().copied().ne(0..p as u32) {
            return Err(wrong());
        }
        let parts: Vec<&MatrixRow> = self.matrix.values().collect();
        let n_matrices = parts.first().map_or(0, |part| part.rows.len());
        let fits = |(at, part): (usize, &&MatrixRow)| {
            part.rows == parts[0].rows && part.sums.len() == n_matrices && part.products.len() == n_matrices * (p - at)
        };
        if n_matrices == 0 || !parts.iter().enumerate().all(fits) {
            return Err(wrong());
        }
        let matrix = |i: usize| -> Result<MomentMatrix, String> {
            let n = u64::try_from(parts[0].rows[i]).map_err(|_| wrong())?;
            let sums = parts.iter().map(|part| part.sums[i]).collect();
            let products =
                parts.iter().enumerate().flat_map(|(at, part)| &part.products[i * (p - at)..(i + 1) * (p - at)]);
            MomentMatrix::from_parts(n, sums, products.copied().collect()).map_err(|error| error.to_string())
        };
        let mut matrices = (0..n_matrices).map(matrix).collect::<Result<Vec<_>, _>>()?;
        let fit = matrices.remove(0);
        let columns = parts.iter().map(|part| (part.name.clone(), part.scale)).collect();
        Ok(Some(Covariance { columns, fit, chunks: matrices }))
    }
}

fn column(row: Row<'_>) -> Result<BaselineColumn, String> {
    let text = |name: &str| need(row.text(name)?, name).map(str::to_owned);
    let role = match text("role")?.as_str() {
        "numeric" => ColumnKind::Numeric,
        "categorical" => ColumnKind::Categorical,
        other => return Err(format!("the role `{other}` is none")),
    };
    let segment = match (row.number::<UInt32Type>("segmentation")?, row.number::<UInt32Type>("segment")?) {
        (Some(segmentation), Some(segment)) => {
            Some(SegmentId { segmentation: segmentation as usize, segment: segment as usize })
        }
        (None, None) => None,
        _ => return Err("half of a segment".into()),
    };
    let cells = Cells {
        rows: count(row, "rows")?,
        nulls: count(row, "nulls")?,
        nan: count(row, "nan")?,
        minus_infinity: count(row, "minus_infinity")?,
        plus_infinity: count(row, "plus_infinity")?,
    };
    Ok(BaselineColumn {
        name: text("name")?,
        segment,
        role,
        dtype: text("dtype")?,
        cells,
        numeric: numeric(row)?,
        categories: categories(row)?,
        target: target(row)?,
    })
}

fn numeric(row: Row<'_>) -> Result<Option<NumericProfile>, String> {
    let Some(full) = row.truth("full_ecdf")? else { return Ok(None) };
    let gap_sums = need(row.sums("gap_sums")?, "gap_sums")?;
    let gap_sums = gap_sums.into_iter().map(|sum| u128::try_from(sum).map_err(|_| "a gap sum is negative"));
    let knots = Knots {
        values: list::<Float64Type>(row, "knot_values")?,
        below: list::<UInt64Type>(row, "knot_below")?,
        up_to: list::<UInt64Type>(row, "knot_up_to")?,
        n: count(row, "knot_rows")?,
        full,
        gap_sums: gap_sums.collect::<Result<_, _>>()?,
        sum_below: float(row, "sum_below")?,
        sum_above: float(row, "sum_above")?,
        digest: String::new(),
    };
    let (values, rows) = (list::<Float64Type>(row, "sample_values")?, list::<UInt64Type>(row, "sample_rows")?);
    if values.len() != rows.len() {
        return Err("a sample's values and rows differ in length".into());
    }
    let range = match (row.number::<Float64Type>("min")?, row.number::<Float64Type>("max")?) {
        (Some(min), Some(max)) => Some((min, max)),
        (None, None) => None,
        _ => return Err("half of a range".into()),
    };
    Ok(Some(NumericProfile {
        range,
        mean: float(row, "mean")?,
        m2: float(row, "m2")?,
        knots: Arc::new(knots.sealed()),
        sample: values.into_iter().zip(rows).collect(),
    }))
}

fn categories(row: Row<'_>) -> Result<Option<CategoryProfile>, String> {
    let Some(too_many) = row.truth("too_many")? else { return Ok(None) };
    let names = named(row, "category_kind", "category_names")?.ok_or("`category_names` is null")?;
    Ok(Some(CategoryProfile {
        set: Arc::new(CategorySet::new(names, list::<UInt64Type>(row, "tail_hashes")?, too_many)),
        counts: list::<UInt64Type>(row, "category_rows")?,
        tail_rows: count(row, "tail_rows")?,
        distinct: count(row, "distinct")?,
        singletons: count(row, "singletons")?,
    }))
}

fn target(row: Row<'_>) -> Result<Option<TargetProfile>, String> {
    let Some(rows) = row.numbers::<UInt64Type>("target_rows")? else { return Ok(None) };
    let bins = match row.numbers::<Float64Type>("target_edges")? {
        Some(edges) => LabelBins::Edges(edges, scale(float(row, "target_lo")?, float(row, "target_hi")?)?),
        None => LabelBins::Categories(
            named(row, "target_kind", "target_categories")?.ok_or("labels have neither edges nor categories")?,
        ),
    };
    let sums = need(row.sums("target_sums")?, "target_sums")?;
    let squares = need(row.sums("target_squares")?, "target_squares")?;
    if [sums.len(), squares.len()] != [rows.len(); 2] {
        return Err("sums of labels differ in length".into());
    }
    let all = rows.into_iter().zip(sums).zip(squares);
    Ok(Some(TargetProfile {
        bins: Arc::new(bins),
        sums: all.map(|((n, sum), squares)| LabelSums { n, sum, squares, ..LabelSums::default() }).collect(),
        moments: row.sums("target_moments")?.map(|sums| moments(&sums)).transpose()?,
    }))
}

/// Categories of one kind.
fn named(row: Row<'_>, kind: &str, names: &str) -> Result<Option<Vec<Category>>, String> {
    let Some(texts) = row.texts(names)? else { return Ok(None) };
    use CategoryKind::*;
    let kind = match row.text(kind)? {
        Some(name) => [Bool, Number, Text, Time, Binary]
            .into_iter()
            .find(|kind| kind_name(*kind) == name)
            .ok_or_else(|| format!("the kind `{name}` is none"))?,
        None if texts.is_empty() => Text,
        None => return Err(format!("`{kind}` is null")),
    };
    Ok(Some(texts.into_iter().map(|text| Category { kind, text }).collect()))
}

fn moments(sums: &[i128]) -> Result<CoMoments, String> {
    match *sums {
        [n, sx, sy, sxx, syy, sxy] => {
            let n = u64::try_from(n).map_err(|_| "a number of rows is negative")?;
            Ok(CoMoments { n, sx, sy, sxx, syy, sxy })
        }
        _ => Err("co-moments are six numbers".into()),
    }
}

fn scale(lo: f64, hi: f64) -> Result<Scale, String> {
    Scale::new(lo, hi).ok_or_else(|| format!("the scale {lo}..{hi} is no interval"))
}

fn need<T>(value: Option<T>, name: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("`{name}` is null"))
}

fn count(row: Row<'_>, name: &str) -> Result<u64, String> {
    need(row.number::<UInt64Type>(name)?, name)
}

fn float(row: Row<'_>, name: &str) -> Result<f64, String> {
    need(row.number::<Float64Type>(name)?, name)
}

fn list<T: ArrowPrimitiveType>(row: Row<'_>, name: &str) -> Result<Vec<T::Native>, String> {
    need(row.numbers::<T>(name)?, name)
}
