//! Random tables, written in every format, and opened.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::ipc::writer::FileWriter;
use assay_core::contract::{ColumnSpec, CsvOptions, Format, ReadOptions, Source};
use assay_core::engine::{Engine, OpenRequest, Snapshot};
use assay_core::types::Type;
use assay_engine::LocalEngine;

/// A row. Ties, infinities, NaN and nulls are frequent.
#[derive(Debug, Clone)]
pub struct Row {
    /// Milliseconds.
    pub t: Option<i64>,
    pub city: Option<String>,
    pub k: Option<i32>,
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub id: Option<i32>,
}

/// Numbers from a seed: SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        assay_core::drift::category::mix(self.0)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn number(&mut self) -> f64 {
        match self.below(20) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => -0.0,
            4..=9 => self.below(7) as f64 - 3.0,
            10 => (self.below(1000) as f64 - 500.0) * 1e300,
            _ => self.below(1 << 53) as f64 / (1u64 << 50) as f64 - 4.0,
        }
    }

    pub fn row(&mut self, id: i32) -> Row {
        let some = |random: &mut Random| random.below(9) > 0;
        Row {
            t: some(self).then(|| self.below(5_000) as i64 - 500),
            city: some(self).then(|| ["a", "b", "c", "d", "e f", "a,b"][self.below(6) as usize].to_string()),
            k: some(self).then(|| if self.below(50) == 0 { self.below(1 << 31) as i32 } else { self.below(12) as i32 }),
            x: some(self).then(|| self.number()),
            y: some(self).then(|| self.number()),
            id: (self.below(30) > 0).then_some(id),
        }
    }
}

/// Files of some rows each.
pub fn rows(seed: u64, sizes: &[usize]) -> Vec<Vec<Row>> {
    let mut random = Random(seed);
    let mut id = 0;
    let mut row = || {
        id += 1;
        random.row(id)
    };
    sizes.iter().map(|size| (0..*size).map(|_| row()).collect()).collect()
}

fn batch(rows: &[Row]) -> RecordBatch {
    let column = |array: ArrayRef| array;
    RecordBatch::try_from_iter_with_nullable([
        ("t", column(Arc::new(rows.iter().map(|r| r.t).collect::<TimestampMillisecondArray>())), true),
        ("city", column(Arc::new(rows.iter().map(|r| r.city.as_deref()).collect::<StringArray>())), true),
        ("k", column(Arc::new(rows.iter().map(|r| r.k).collect::<Int32Array>())), true),
        ("x", column(Arc::new(rows.iter().map(|r| r.x).collect::<Float64Array>())), true),
        ("y", column(Arc::new(rows.iter().map(|r| r.y).collect::<Float64Array>())), true),
        ("id", column(Arc::new(rows.iter().map(|r| r.id).collect::<Int32Array>())), true),
    ])
    .unwrap()
}

fn csv(rows: &[Row]) -> String {
    let mut text = String::from("t,city,k,x,y,id\n");
    let cell = |value: Option<String>| value.unwrap_or_default();
    for row in rows {
        let time = row.t.map(|t| assay_core::text::format_timestamp(i128::from(t) * 1_000_000, false));
        let cells = [
            cell(time),
            cell(row.city.as_ref().map(|city| format!("\"{city}\""))),
            cell(row.k.map(|k| k.to_string())),
            cell(row.x.map(|x| format!("{x:e}"))),
            cell(row.y.map(|y| format!("{y:e}"))),
            cell(row.id.map(|id| id.to_string())),
        ];
        text += &cells.join(",");
        text.push('\n');
    }
    text
}

pub fn ending(format: Format) -> &'static str {
    match format {
        Format::Parquet => "parquet",
        Format::Csv => "csv",
        Format::JsonLines => "jsonl",
        Format::ArrowIpc => "arrow",
        Format::Observations => unreachable!("not files"),
    }
}

/// Writes files `part-0`, `part-1`, ... into `t` below the folder.
pub fn write(folder: &Path, format: Format, files: &[Vec<Row>], group: usize) {
    let folder = folder.join("t");
    std::fs::create_dir_all(&folder).unwrap();
    for (number, rows) in files.iter().enumerate() {
        let path = folder.join(format!("part-{number}.{}", ending(format)));
        let batch = batch(rows);
        match format {
            Format::Csv => std::fs::write(path, csv(rows)).unwrap(),
            Format::ArrowIpc => {
                let file = std::fs::File::create(path).unwrap();
                let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
                for from in (0..batch.num_rows()).step_by(group) {
                    writer.write(&batch.slice(from, group.min(batch.num_rows() - from))).unwrap();
                }
                writer.finish().unwrap();
            }
            Format::Parquet => {
                let file = std::fs::File::create(path).unwrap();
                let properties = parquet::file::properties::WriterProperties::builder()
                    .set_max_row_group_row_count(Some(group))
                    .build();
                let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
                writer.write(&batch).unwrap();
                writer.close().unwrap();
            }
            Format::JsonLines | Format::Observations => unreachable!("not written here"),
        }
    }
}

pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

pub fn open(engine: &LocalEngine, folder: &Path, name: &str, format: Format) -> Snapshot {
    let types = ["t timestamp", "city string", "k int32", "x float64", "y float64", "id int32"];
    let declared = types.iter().map(|text| {
        let (name, ty) = text.split_once(' ').unwrap();
        ColumnSpec {
            name: name.into(),
            ty: Some(Type::parse(ty).unwrap()),
            optional: false,
            read: ReadOptions::default(),
        }
    });
    let request = OpenRequest {
        table: name.into(),
        source: Source {
            format,
            path: name.into(),
            resolved: folder.join(name),
            null_values: if format == Format::Csv { vec![String::new()] } else { vec![] },
            timezone: None,
            csv: CsvOptions::default(),
            hive: false,
        },
        columns: if format == Format::Csv { declared.collect() } else { vec![] },
        rows: None,
        timezone: "UTC".into(),
        now_nanos: 0,
    };
    wait(engine.open(&request)).unwrap()
}
