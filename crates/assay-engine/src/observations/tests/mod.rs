//! Bodies of requests.

mod hostile;
mod same;
mod values;

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema};
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::StreamWriter;
use assay_core::contract::{CsvOptions, Format, ReadOptions};
use assay_core::types::Type;

use super::*;

/// Columns as `name type`, the time among them as `at`.
fn columns(texts: &[&str]) -> Vec<ColumnSpec> {
    let column = |text: &&str| {
        let (name, ty) = text.split_once(' ').expect("a name and a type");
        let ty = Some(Type::parse(ty).expect("a type"));
        ColumnSpec { name: name.into(), ty, optional: false, read: ReadOptions::default() }
    };
    texts.iter().map(column).collect()
}

fn source() -> Source {
    Source {
        format: Format::Observations,
        path: "observations".into(),
        resolved: "observations".into(),
        null_values: vec![],
        timezone: None,
        csv: CsvOptions::default(),
        hive: false,
    }
}

fn accepted(written: Written, body: &[u8], specs: &[&str]) -> Result<Accepted, Refused> {
    read(written, body, &columns(specs), &source(), "at", &mut |_| Ok(()))
}

/// The accepted rows, each as its values with bars between.
fn shown(bytes: &[u8]) -> Vec<String> {
    let Some(batch) = decoded(bytes) else { return Vec::new() };
    let value = |column: &ArrayRef, row: usize| match value_at(column, row) {
        Some(value) => value.to_string(),
        None => "null".into(),
    };
    let row = |row: usize| batch.columns().iter().map(|column| value(column, row)).collect::<Vec<_>>().join("|");
    (0..batch.num_rows()).map(row).collect()
}

fn decoded(bytes: &[u8]) -> Option<RecordBatch> {
    if bytes.is_empty() {
        return None;
    }
    let reader = FileReader::try_new(Cursor::new(bytes), None).expect("a file");
    let schema = reader.schema();
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().expect("batches");
    Some(concat_batches(&schema, &batches).expect("of one schema"))
}

/// A stream of one batch.
fn stream(columns: &[(&str, ArrayRef)]) -> Vec<u8> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.iter().map(|(_, array)| array.clone()).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).expect("of one length");
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).expect("a schema");
    writer.write(&batch).expect("memory");
    writer.into_inner().expect("memory")
}
