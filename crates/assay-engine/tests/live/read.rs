//! Reading rows in file order.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use assay_core::contract::Format;
use assay_core::engine::Unwatched;
use assay_core::measurement::MetricError;
use assay_core::metric::Sql;

use crate::engine;
use crate::table::{Row, open, rows, write};

/// File, row, `x` and `city` of every row.
type Read = Vec<(usize, u64, Option<f64>, Option<String>)>;

fn read(format: Format, files: &[Vec<Row>], filter: Option<&str>) -> Read {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), format, files, 100);
    let engine = engine(2);
    let snapshot = open(&engine, folder.path(), "t", format);
    let mut all = Vec::new();
    let filter = filter.map(|sql| Sql(sql.into()));
    let columns = ["x".to_string(), "city".to_string()];
    let cost = engine
        .read(&snapshot, &columns, filter.as_ref(), &Unwatched, &mut |read| {
            let x = read.batch.column(0).as_primitive::<Float64Type>().clone();
            let city = cast(read.batch.column(1), &DataType::Utf8).unwrap();
            let city = city.as_string::<i32>();
            for at in 0..x.len() {
                let row = read.rows.as_ref().map_or(read.first_row + at as u64, |rows| rows[at]);
                let text = city.is_valid(at).then(|| city.value(at).to_string());
                all.push((read.file, row, x.is_valid(at).then(|| x.value(at)), text));
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(cost.rows_scanned, files.iter().map(|rows| rows.len() as u64).sum::<u64>());
    all
}

#[test]
fn rows_come_in_file_order_with_their_places() {
    let files = rows(8, &[350, 0, 120]);
    for format in [Format::Parquet, Format::Csv, Format::ArrowIpc] {
        for filter in [None, Some("k < 4")] {
            let selected = |row: &Row| filter.is_none() || row.k.is_some_and(|k| k < 4);
            let mut wanted: Read = Vec::new();
            for (file, rows) in files.iter().enumerate() {
                for (at, row) in rows.iter().enumerate().filter(|(_, row)| selected(row)) {
                    wanted.push((file, at as u64, row.x, row.city.clone()));
                }
            }
            let found = read(format, &files, filter);
            assert_eq!(format!("{found:?}"), format!("{wanted:?}"), "{format:?}, {filter:?}");
        }
    }
}

#[test]
fn what_the_sink_says_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Format::Parquet, &rows(9, &[300]), 100);
    let engine = engine(1);
    let snapshot = open(&engine, folder.path(), "t", Format::Parquet);
    let enough = || MetricError { code: "unsupported", text: "enough".into() };
    let mut batches = 0;
    let done = engine.read(&snapshot, &["k".into()], None, &Unwatched, &mut |_| {
        batches += 1;
        Err(enough())
    });
    assert_eq!((done, batches), (Err(enough()), 1));
    let missing = engine.read(&snapshot, &["nothing".into()], None, &Unwatched, &mut |_| Ok(()));
    assert_eq!(missing.unwrap_err().code, "column_missing");
}
