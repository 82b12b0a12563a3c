//! The checks, one file each, and what the checks of a column mean for how it is read and what they imply.

pub mod completeness;
pub mod expression;
pub mod freshness;
pub mod r#in;
pub mod length;
pub mod mean;
pub mod median;
pub mod nan;
pub mod not_in;
pub mod not_pattern;
pub mod parse;
pub mod pattern;
pub mod quantile;
pub mod range;
pub mod references;
pub mod row_count;
pub mod schema;
pub mod uniqueness;

use std::borrow::Cow;

use assay_core::contract::Format;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::Span;
use assay_core::types::Type;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::build::{BuildContext, Built, ColumnReading};
use crate::common::quoted;

/// The JSON Schema of a literal: any scalar but null.
struct AnyScalar;

impl JsonSchema for AnyScalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// What the `nan` and `parse` checks of a column say about reading.
pub(crate) fn column_reading(entries: &[(Key, Node)]) -> ColumnReading {
    let mut reading = ColumnReading::default();
    for (key, value) in entries {
        match (key.text.as_str(), &value.kind) {
            ("nan", _) => nan::reading(value, &mut reading),
            ("parse", _) => parse::reading(value, &mut reading),
            ("checks", NodeKind::Seq(items)) => {
                for (key, value) in items.iter().filter_map(Node::entries).flatten() {
                    match key.text.as_str() {
                        "nan" => nan::reading(value, &mut reading),
                        "parse" => parse::reading(value, &mut reading),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    reading
}

/// The numeric checks: on a float column they imply that NaN is forbidden.
const NUMERIC: &[&str] = &[range::SPEC.name, mean::SPEC.name, median::SPEC.name, quantile::SPEC.name];

/// Whether a check on a float column implies that NaN is forbidden.
pub fn implies_nan(check: &str) -> bool {
    NUMERIC.contains(&check)
}

/// The implicit checks of a column, after its written ones.
pub(crate) fn implicit(
    at: &BuildContext<'_>,
    written: &[&str],
    completeness_without_where: bool,
    span: Span,
) -> Vec<Built> {
    let Some(column) = at.column else { return Vec::new() };
    let id = |check: &str| format!("{}.{check}", quoted(&column.name));
    let is = |name: &str| written.contains(&name);
    let mut built = Vec::new();
    if !is("parse") && implies_parse(column.ty.as_ref(), at.source.format) {
        built.push(parse::implied(id("parse"), at, &column.name, span));
    }
    let is_float = column.ty.as_ref().is_some_and(Type::is_float);
    let nan_settled = is("nan") || column.read.nan_is_null || column.read.nan_allowed;
    if is_float && !nan_settled && NUMERIC.iter().any(|name| is(name)) {
        built.push(nan::implied(id("nan"), at, &column.name, span));
    }
    if at.key.contains(&column.name) && !completeness_without_where {
        built.push(completeness::implied(id("completeness"), at, &column.name, span));
    }
    built
}

/// Every typed column of a text source; in JSON a `string` too, since a number there is not a text.
pub fn implies_parse(ty: Option<&Type>, format: Format) -> bool {
    match (ty, format) {
        (None | Some(Type::Any), _) | (_, Format::Parquet | Format::ArrowIpc | Format::Observations) => false,
        (Some(ty), Format::Csv) => ty.for_text() != Type::String,
        (Some(_), Format::JsonLines) => true,
    }
}
