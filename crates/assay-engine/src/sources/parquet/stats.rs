//! What a footer proves of a column in a row group.

use assay_core::value::Value;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::basic::Type as Physical;

use crate::arrow_types::{observed, value_at};
use crate::sources::ColumnStats;

/// Nulls where recorded; the range only where both ends are recorded, exact, and of a kind whose order in the file is
/// the order of values: floats leave NaN out, int96 has no order, text may be cut.
pub(super) fn column(metadata: &ArrowReaderMetadata, group: usize, root: usize) -> ColumnStats {
    let schema = metadata.schema();
    let field = schema.field(root);
    let row_group = metadata.metadata().row_group(group);
    let descriptor = metadata.parquet_schema();
    let mut leaves = (0..descriptor.num_columns()).filter(|leaf| descriptor.get_column_root_idx(*leaf) == root);
    let (Some(leaf), None) = (leaves.next(), leaves.next()) else { return ColumnStats::default() };
    let chunk = row_group.column(leaf);
    if chunk.column_descr().max_rep_level() > 0 {
        return ColumnStats::default();
    }
    let Some(statistics) = chunk.statistics() else { return ColumnStats::default() };
    let nulls = if chunk.column_descr().max_def_level() == 0 { Some(0) } else { statistics.null_count_opt() };
    ColumnStats {
        nulls: nulls.filter(|n| *n <= chunk.num_values().max(0) as u64),
        range: range(metadata, field.name(), group, leaf),
    }
    .without_range_of(&observed(field))
}

impl ColumnStats {
    fn without_range_of(mut self, ty: &assay_core::types::Type) -> Self {
        if ty.is_float() || ty.is_text() || !ty.is_ordered() {
            self.range = None;
        }
        self
    }
}

fn range(metadata: &ArrowReaderMetadata, name: &str, group: usize, leaf: usize) -> Option<(Value, Value)> {
    let row_group = metadata.metadata().row_group(group);
    let chunk = row_group.column(leaf);
    let statistics = chunk.statistics()?;
    let trusted = match chunk.column_type() {
        // never cut, but the old, deprecated fields order unsigned integers as signed
        Physical::INT32 | Physical::INT64 => !statistics.is_min_max_deprecated() || !unsigned(metadata, name),
        Physical::FIXED_LEN_BYTE_ARRAY | Physical::BYTE_ARRAY => {
            statistics.min_is_exact() && statistics.max_is_exact() && !statistics.is_min_max_deprecated()
        }
        Physical::BOOLEAN | Physical::INT96 | Physical::FLOAT | Physical::DOUBLE => false,
    };
    if !trusted {
        return None;
    }
    let converter = StatisticsConverter::try_new(name, metadata.schema(), metadata.parquet_schema()).ok()?;
    let min = converter.row_group_mins([row_group]).ok()?;
    let max = converter.row_group_maxes([row_group]).ok()?;
    let (min, max) = (value_at(&min, 0)?, value_at(&max, 0)?);
    (min <= max).then_some((min, max))
}

fn unsigned(metadata: &ArrowReaderMetadata, name: &str) -> bool {
    metadata.schema().field_with_name(name).is_ok_and(|f| f.data_type().is_unsigned_integer())
}
