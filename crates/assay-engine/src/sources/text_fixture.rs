//! Text files and tables for the tests of text formats.

use std::path::Path;

use arrow::array::AsArray;
use assay_core::contract::{ColumnSpec, CsvOptions, Format, ReadOptions, Source};
use assay_core::engine::{Cell, OpenRequest};
use assay_core::measurement::MetricError;
use assay_core::types::Type;

use super::{FileEntry, OpenTable};
use crate::arrow_types::cell_at;

/// A request for columns given as `name type`; a name alone has no declared type.
pub(super) fn request(format: Format, columns: &[&str]) -> OpenRequest {
    OpenRequest {
        table: "t".into(),
        source: Source {
            format,
            path: "data".into(),
            resolved: "data".into(),
            null_values: if format == Format::Csv { vec![String::new()] } else { vec![] },
            timezone: None,
            csv: CsvOptions::default(),
            hive: true,
        },
        columns: columns.iter().map(|c| column(c)).collect(),
        rows: None,
        timezone: "UTC".into(),
        now_nanos: 0,
    }
}

fn column(text: &str) -> ColumnSpec {
    let (name, ty) =
        text.split_once(' ').map_or((text, None), |(name, ty)| (name, Some(Type::parse(ty).expect("a type"))));
    ColumnSpec { name: name.into(), ty, optional: false, read: ReadOptions::default() }
}

/// Writes a file.
pub(super) fn file(folder: &Path, name: &str, bytes: &[u8]) -> FileEntry {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a temporary folder can be written to");
    FileEntry { path, shown: name.into(), size: bytes.len() as u64, modified_nanos: 0, partitions: Vec::new() }
}

/// All rows of some columns, cells as text: `null` for null, `!text` for what did not parse.
pub(super) fn rows(table: &dyn OpenTable, columns: &[usize]) -> Result<Vec<Vec<String>>, MetricError> {
    let mut feed = table.feed(columns, true)?;
    let mut rows = Vec::new();
    while let Some(work) = feed.next() {
        work?.run(&mut |block| {
            assert_eq!(block.batch.num_columns(), columns.len());
            for (column, array) in columns.iter().zip(block.batch.columns()) {
                assert_eq!(array.data_type(), table.schema().field(*column).data_type());
            }
            for row in 0..block.rows() {
                let cells = block.batch.columns().iter().zip(&block.unparsed).zip(&block.raw).map(
                    |((array, unparsed), raw)| {
                        let raw = cell_at(raw.as_ref().expect("asked for"), row);
                        match (cell_at(array, row), unparsed.as_ref().is_some_and(|u| u.value(row))) {
                            (Cell::Null, true) => format!("!{}", text(&raw)),
                            (cell, true) => panic!("unparsed but {cell:?}"),
                            (cell, false) => {
                                assert_eq!(
                                    cell == Cell::Null,
                                    raw == Cell::Null,
                                    "raw text is null where the value is"
                                );
                                text(&cell)
                            }
                        }
                    },
                );
                rows.push(cells.collect());
            }
            Ok(())
        })?;
    }
    Ok(rows)
}

/// All rows of all columns, a line each, cells apart by `|`.
pub(super) fn lines(table: &dyn OpenTable) -> Result<Vec<String>, MetricError> {
    let all: Vec<usize> = (0..table.schema().fields().len()).collect();
    Ok(rows(table, &all)?.iter().map(|r| r.join("|")).collect())
}

/// The names of a table's columns.
pub(super) fn names(table: &dyn OpenTable) -> Vec<String> {
    table.columns().into_iter().map(|c| c.name).collect()
}

/// The strings of the first column, without the detour over display.
pub(super) fn strings(table: &dyn OpenTable) -> Vec<String> {
    let mut all = Vec::new();
    let mut feed = table.feed(&[0], false).expect("a column");
    while let Some(work) = feed.next() {
        let work = work.expect("readable");
        work.run(&mut |block| {
            all.extend(block.batch.column(0).as_string::<i32>().iter().map(|t| t.unwrap_or("null").to_owned()));
            Ok(())
        })
        .expect("readable");
    }
    all
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".into(),
        Cell::Bool(v) => v.to_string(),
        Cell::Float(v) => v.to_string(),
        Cell::Text(v) => v.clone(),
    }
}
