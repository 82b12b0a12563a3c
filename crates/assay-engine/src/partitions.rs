//! Hive partitions: `key=value` folders as columns, and files left out because their values exclude every row.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use assay_core::contract::{ColumnSpec, Source};
use assay_core::engine::OpenRequest;
use assay_core::measurement::MetricError;
use assay_core::text::{self, TextOptions};
use assay_core::types::Type;
use assay_core::value::Value;

use crate::arrow_types::arrow_of;
use crate::error::{arrow, unreadable};
use crate::sources::FileEntry;
use crate::sql::Planner;
use crate::table::declared;

/// The partition columns with their types: `string` unless declared. Every file has to have the same ones.
pub(crate) fn columns(
    files: &[FileEntry],
    specs: &[ColumnSpec],
    _source: &Source,
) -> Result<Vec<(String, Type)>, MetricError> {
    let names = |file: &FileEntry| file.partitions.iter().map(|(k, _)| k.clone()).collect::<Vec<_>>();
    let first = names(&files[0]);
    if let Some(odd) = files.iter().find(|f| names(f) != first) {
        return Err(unreadable(
            &odd.shown,
            format!(
                "its partition folders are [{}], those of {} are [{}]",
                names(odd).join(", "),
                files[0].shown,
                first.join(", ")
            ),
        ));
    }
    Ok(first.into_iter().map(|name| (name.clone(), declared(specs, &name).cloned().unwrap_or(Type::String))).collect())
}

/// For each file whether it can hold a row that `rows` selects. Only conjuncts over partition columns are used, and
/// only where each evaluates without doubt.
pub(crate) fn prune(
    files: &[FileEntry],
    columns: &[(String, Type)],
    request: &OpenRequest,
) -> Result<Vec<bool>, MetricError> {
    let Some(rows) = request.rows.as_ref().filter(|_| !columns.is_empty()) else { return Ok(vec![true; files.len()]) };
    let schema =
        Arc::new(Schema::new(columns.iter().map(|(n, t)| Field::new(n, arrow_of(t), true)).collect::<Vec<_>>()));
    let planner = Planner::new(schema.clone(), &request.timezone, request.now_nanos);
    // a conjunct that names a column of the files cannot be planned here and says nothing about partitions
    let predicates: Vec<_> =
        conjuncts(&rows.0).iter().filter_map(|sql| planner.plan(sql).ok()).filter(|p| !p.columns.is_empty()).collect();
    files
        .iter()
        .map(|file| {
            let mut arrays = Vec::new();
            for (name, ty) in columns {
                let (array, bad) = constant(file, name, ty, 1)?;
                if bad.is_some() {
                    return Ok(true);
                }
                arrays.push(array);
            }
            let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(arrow)?;
            for predicate in &predicates {
                let own: Vec<ArrayRef> = predicate.columns.iter().map(|c| batch.column(*c).clone()).collect();
                let holds = predicate.evaluate(&own, 1)?;
                if arrow::array::Array::is_null(&holds, 0) || !holds.value(0) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .collect()
}

/// The parts of a predicate that must all be true.
fn conjuncts(sql: &str) -> Vec<String> {
    use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr};
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;
    let Ok(expr) = Parser::new(&PostgreSqlDialect {}).try_with_sql(sql).and_then(|mut p| p.parse_expr()) else {
        return Vec::new();
    };
    let mut parts = Vec::new();
    let mut todo = vec![expr];
    while let Some(expr) = todo.pop() {
        match expr {
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => todo.extend([*left, *right]),
            Expr::Nested(inner) => todo.push(*inner),
            other => parts.push(other.to_string()),
        }
    }
    parts
}

/// A partition value as a column; also the rows (all or none) whose text does not fit the declared type.
pub(crate) fn constant(
    file: &FileEntry,
    name: &str,
    ty: &Type,
    rows: usize,
) -> Result<(ArrayRef, Option<BooleanBuffer>), MetricError> {
    let data_type = arrow_of(ty);
    let Some(text) = file.partitions.iter().find(|(k, _)| k == name).and_then(|(_, v)| v.as_deref()) else {
        return Ok((new_null_array(&data_type, rows), None));
    };
    let Ok(value) = text::parse(text, &ty.for_text(), &TextOptions::default()) else {
        return Ok((new_null_array(&data_type, rows), Some(BooleanBuffer::new_set(rows))));
    };
    repeat(&value, &data_type, rows).map(|array| (array, None)).map_err(arrow)
}

/// An array of one value.
fn repeat(value: &Value, ty: &arrow::datatypes::DataType, rows: usize) -> Result<ArrayRef, ArrowError> {
    if let Value::Text(text) = value {
        return Ok(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows))));
    }
    // through text: partition values are few, and Arrow reads its own canonical forms exactly
    let one: ArrayRef = Arc::new(StringArray::from(vec![value.to_string()]));
    let one = arrow::compute::cast(&one, ty)?;
    arrow::compute::take(&one, &arrow::array::UInt32Array::from(vec![0; rows]), None)
}
