//! The generated table, and how it is written in each format.

use std::path::Path;
use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use proptest::prelude::*;

/// A row of the generated table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) i: Option<i64>,
    pub(crate) f: Option<f64>,
    pub(crate) d: Option<i64>,
    pub(crate) s: Option<String>,
    pub(crate) t: Option<i64>,
}

pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let f = prop_oneof![4 => (-50i32..50).prop_map(|v| f64::from(v) / 4.0), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(-0.0)];
    let i = prop_oneof![6 => -5i64..12, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => Just((1 << 53) + 1)];
    let s = prop_oneof![
        Just("a".to_owned()),
        Just("ab@x.org".into()),
        Just(" ".into()),
        Just("żółw".into()),
        "[a-c@.]{1,5}"
    ];
    let row = (
        prop::option::weighted(0.85, i),
        prop::option::weighted(0.8, f),
        prop::option::weighted(0.9, -300i64..300),
        prop::option::weighted(0.9, s),
        prop::option::weighted(0.9, 0i64..5_000_000),
    )
        .prop_map(|(i, f, d, s, t)| Row { i, f, d, s, t });
    prop::collection::vec(row, 0..120)
}

pub(crate) fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(vec![
        Field::new("i", DataType::Int64, true),
        Field::new("f", DataType::Float64, true),
        Field::new("d", DataType::Decimal128(12, 2), true),
        Field::new("s", DataType::Utf8, true),
        Field::new("t", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
    ]))
}

pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let d: Decimal128Array = rows.iter().map(|r| r.d.map(i128::from)).collect();
    let t: TimestampMicrosecondArray = rows.iter().map(|r| r.t).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|r| r.i).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|r| r.f).collect::<Float64Array>()),
        Arc::new(d.with_precision_and_scale(12, 2).unwrap()),
        Arc::new(rows.iter().map(|r| r.s.as_deref()).collect::<StringArray>()),
        Arc::new(t.with_timezone("UTC")),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

pub(crate) fn write_parquet(path: &Path, rows: &[Row], group: usize) {
    let properties =
        parquet::file::properties::WriterProperties::builder().set_max_row_group_row_count(Some(group.max(1))).build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, schema(), Some(properties)).unwrap();
    writer.write(&batch(rows)).unwrap();
    writer.close().unwrap();
}

pub(crate) fn write_ipc(path: &Path, rows: &[Row], part: usize) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = arrow::ipc::writer::FileWriter::try_new(file, &schema()).unwrap();
    for chunk in rows.chunks(part.max(1)) {
        writer.write(&batch(chunk)).unwrap();
    }
    writer.finish().unwrap();
}

pub(crate) fn write_csv(path: &Path, rows: &[Row]) {
    let mut text = String::from("i,f,d,s,t\n");
    for r in rows {
        let show = |v: Option<String>| v.unwrap_or_default();
        let d = r.d.map(|d| format!("{}{}.{:02}", if d < 0 { "-" } else { "" }, d.abs() / 100, d.abs() % 100));
        let t = r.t.map(|t| format!("1970-01-01T00:00:{:02}.{:06}Z", t / 1_000_000, t % 1_000_000));
        let s = r.s.as_ref().map(|s| format!("\"{s}\""));
        text += &format!(
            "{},{},{},{},{}\n",
            show(r.i.map(|v| v.to_string())),
            show(r.f.map(|v| v.to_string())),
            show(d),
            show(s),
            show(t)
        );
    }
    std::fs::write(path, text).unwrap();
}
