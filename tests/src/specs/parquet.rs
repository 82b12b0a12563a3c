//! The rows of a spec as typed Parquet: each cell read by the declared type of its column, by the same definition of
//! text forms that contracts and sources obey.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array, Int16Array,
    Int32Array, Int64Array, RecordBatch, StringArray, Time64NanosecondArray, TimestampMicrosecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow::datatypes::{Field, Schema};
use assay_core::contract::Contract;
use assay_core::text;
use assay_core::types::Type;
use assay_core::value::Value;
use parquet::arrow::ArrowWriter;

use super::Rows;

/// Writes the rows under the declared types of `contract`, which read them as text.
pub(super) fn write(path: &Path, rows: &Rows, contract: &Contract) -> Result<(), String> {
    let (names, records) = match rows {
        Rows::Csv(text) => csv(text),
        Rows::JsonLines(text) => json_lines(text, contract)?,
    };
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let spec = contract.columns.iter().find(|c| c.name.to_lowercase() == name.to_lowercase());
        let ty = spec.and_then(|c| c.ty.as_ref()).map_or(Type::String, Type::for_text);
        let options = spec.map(|c| c.read.text.clone()).unwrap_or_default();
        let mut values = Vec::new();
        for record in &records {
            let cell = record.get(index).and_then(|cell| cell.as_ref());
            let cell = cell.filter(|cell| !contract.source.null_values.contains(*cell));
            let value =
                cell.map(|cell| text::parse(cell, &ty, &options).map_err(|why| format!("{name} `{cell}`: {why}")));
            values.push(value.transpose()?);
        }
        let array = array(&ty, values)?;
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(|e| e.to_string())?;
    let file = File::create(path).map_err(|e| e.to_string())?;
    let mut writer = ArrowWriter::try_new(file, schema, None).map_err(|e| e.to_string())?;
    writer.write(&batch).map_err(|e| e.to_string())?;
    writer.close().map_err(|e| e.to_string())?;
    Ok(())
}

/// Column names, and rows of cells; `None` is null.
type Table = (Vec<String>, Vec<Vec<Option<String>>>);

/// Comma-separated cells, in double quotes where they hold a comma or a quote; one row per line.
fn csv(text: &str) -> Table {
    let mut lines = text.lines();
    let names = lines.next().map(csv_line).unwrap_or_default();
    (names, lines.map(|line| csv_line(line).into_iter().map(Some).collect()).collect())
}

fn csv_line(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let cell = cells.last_mut().expect("there is always a cell");
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    cells
}

/// One object per line; the columns are those of the contract.
fn json_lines(text: &str, contract: &Contract) -> Result<Table, String> {
    let names: Vec<String> = contract.columns.iter().map(|c| c.name.clone()).collect();
    let mut records = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let object: serde_json::Value = serde_json::from_str(line).map_err(|e| format!("{line}: {e}"))?;
        let cell = |name: &String| match object.get(name) {
            None | Some(serde_json::Value::Null) => None,
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        records.push(names.iter().map(cell).collect());
    }
    Ok((names, records))
}

/// An array of one type. Values of another kind cannot come out of [`text::parse`].
pub(super) fn array(ty: &Type, values: Vec<Option<Value>>) -> Result<ArrayRef, String> {
    macro_rules! integers {
        ($array:ty, $native:ty) => {
            Arc::new(
                values.into_iter().map(|v| v.and_then(|v| <$native>::try_from(integer(&v)?).ok())).collect::<$array>(),
            )
        };
    }
    let times = |values: Vec<Option<Value>>| -> TimestampMicrosecondArray {
        values.into_iter().map(|v| v.and_then(|v| i64::try_from(integer(&v)? / 1_000).ok())).collect()
    };
    Ok(match ty {
        Type::Bool => {
            let truth = |v| if let Value::Bool(b) = v { Some(b) } else { None };
            Arc::new(values.into_iter().map(|v| v.and_then(truth)).collect::<BooleanArray>())
        }
        Type::Int(8) => integers!(Int8Array, i8),
        Type::Int(16) => integers!(Int16Array, i16),
        Type::Int(32) => integers!(Int32Array, i32),
        Type::Int(_) => integers!(Int64Array, i64),
        Type::UInt(8) => integers!(UInt8Array, u8),
        Type::UInt(16) => integers!(UInt16Array, u16),
        Type::UInt(32) => integers!(UInt32Array, u32),
        Type::UInt(_) => integers!(UInt64Array, u64),
        Type::Float(32) => {
            Arc::new(values.into_iter().map(|v| v.and_then(float).map(|f| f as f32)).collect::<Float32Array>())
        }
        Type::Float(64) => Arc::new(values.into_iter().map(|v| v.and_then(float)).collect::<Float64Array>()),
        Type::Decimal(precision, scale) if *precision <= 38 => {
            let scale = i8::try_from(*scale).map_err(|e| e.to_string())?;
            let array: Decimal128Array =
                values.into_iter().map(|v| v.and_then(|v| unscaled(v, i64::from(scale)))).collect();
            Arc::new(array.with_precision_and_scale(*precision, scale).map_err(|e| e.to_string())?)
        }
        Type::Date => integers!(Date32Array, i32),
        Type::Time => integers!(Time64NanosecondArray, i64),
        Type::Timestamp => Arc::new(times(values)),
        Type::TimestampZoned(zone) => Arc::new(times(values).with_timezone(zone.as_str())),
        Type::String => {
            let text = |v| if let Value::Text(text) = v { Some(text) } else { None };
            Arc::new(values.into_iter().map(|v| v.and_then(text)).collect::<StringArray>())
        }
        other => return Err(format!("specs write no {other} columns to Parquet: say `only: text`")),
    })
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Int(n) | Value::Naive(n) | Value::Instant(n) => Some(*n),
        Value::Date(days) => Some(i128::from(*days)),
        Value::Time(nanos) => Some(i128::from(*nanos)),
        _ => None,
    }
}

fn float(value: Value) -> Option<f64> {
    if let Value::Float(float) = value { Some(float) } else { None }
}

fn unscaled(value: Value, scale: i64) -> Option<i128> {
    let Value::Decimal(decimal) = value else { return None };
    decimal.with_scale(scale).as_bigint_and_exponent().0.to_string().parse().ok()
}
