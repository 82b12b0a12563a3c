//! Tables of specs of monitors: thousands of rows on a few lines. Each line says how often it stands there, and a cell
//! may be a range that those rows are spread over.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema};
use assay_core::text::{self, TextOptions};
use assay_core::types::Type;
use assay_core::value::Value;
use parquet::arrow::ArrowWriter;

use super::parquet::array;

/// What a column of such a table holds.
enum Holds {
    /// The number of the row in the table, from 1.
    RowNumber,
    /// Cells of a type.
    Cells(Type),
}

/// Reads a table: a header of `count` and of `name:type` for each column, then lines that stand for `count` rows each.
pub(super) fn read(text: &str) -> Result<RecordBatch, String> {
    let mut lines = text.lines();
    let header = lines.next().and_then(|line| line.strip_prefix("count,")).ok_or("the first column is `count`")?;
    let columns = header.split(',').map(column).collect::<Result<Vec<_>, String>>()?;
    let mut values: Vec<Vec<Option<Value>>> = columns.iter().map(|_| Vec::new()).collect();
    for line in lines {
        let (count, cells) = line.split_once(',').ok_or_else(|| format!("{line}: no cells"))?;
        let count: usize = count.parse().map_err(|_| format!("{line}: `{count}` is no number of rows"))?;
        let cells: Vec<&str> = cells.split(',').collect();
        if cells.len() != columns.len() {
            return Err(format!("{line}: {} cells, {} columns", cells.len(), columns.len()));
        }
        for ((values, (_, holds)), cell) in values.iter_mut().zip(&columns).zip(cells) {
            fill(values, holds, cell, count).map_err(|why| format!("{line}: {why}"))?;
        }
    }
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for ((name, holds), values) in columns.iter().zip(values) {
        let ty = match holds {
            Holds::RowNumber => &Type::Int(64),
            Holds::Cells(ty) => ty,
        };
        let array = array(ty, values)?;
        fields.push(Field::new(*name, array.data_type().clone(), true));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|e| e.to_string())
}

fn column(text: &str) -> Result<(&str, Holds), String> {
    let (name, ty) = text.split_once(':').ok_or_else(|| format!("a column is written name:type, not `{text}`"))?;
    match ty {
        "row" => Ok((name, Holds::RowNumber)),
        ty => Ok((name, Holds::Cells(Type::parse(ty).map_err(|why| format!("{text}: {why}"))?))),
    }
}

/// Adds what a cell stands for: `count` times the same value, or as many that lie evenly in a range `from..to`.
fn fill(values: &mut Vec<Option<Value>>, holds: &Holds, cell: &str, count: usize) -> Result<(), String> {
    match (holds, cell.split_once("..")) {
        (Holds::RowNumber, _) => {
            let first = values.len() as i128 + 1;
            values.extend((first..first + count as i128).map(|number| Some(Value::Int(number))));
        }
        (Holds::Cells(Type::Float(_)), Some((from, to))) => {
            let bound = |text: &str| text.parse::<f64>().map_err(|_| format!("`{text}` is no number"));
            let (from, to) = (bound(from)?, bound(to)?);
            let step = (to - from) / count as f64;
            values.extend((0..count).map(|nth| Some(Value::float(from + step * (nth as f64 + 0.5)))));
        }
        (Holds::Cells(_), _) if cell.is_empty() => values.extend((0..count).map(|_| None)),
        (Holds::Cells(ty), _) => {
            let value = text::parse(cell, ty, &TextOptions::default()).map_err(|why| format!("`{cell}`: {why}"))?;
            values.extend((0..count).map(|_| Some(value.clone())));
        }
    }
    Ok(())
}

/// Writes a table as Parquet.
pub(super) fn write(path: &Path, batch: &RecordBatch) -> Result<(), String> {
    let file = File::create(path).map_err(|e| e.to_string())?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).map_err(|e| e.to_string())?;
    writer.write(batch).map_err(|e| e.to_string())?;
    writer.close().map_err(|e| e.to_string())?;
    Ok(())
}
