//! Damaged and hostile files: each ends as an error that names the file, or as a measurement, never as an abort.

#![allow(clippy::disallowed_methods, reason = "tests write the files they read")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use assay_core::check::{Table, Tables};
use assay_core::contract::{CsvOptions, Format, Source};
use assay_core::engine::{Engine, MetricPlan, OpenRequest, Unwatched};
use assay_core::measurement::MetricError;
use assay_core::metric::{Column, Filter, Metric, MetricKind, NullParts, Predicate, TableId, ValueTest};
use assay_engine::{EngineOptions, LocalEngine};

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn request(format: Format, path: &Path) -> OpenRequest {
    OpenRequest {
        table: "t".into(),
        source: Source {
            format,
            path: "the/file".into(),
            resolved: path.into(),
            null_values: vec![],
            timezone: None,
            csv: CsvOptions::default(),
            hive: false,
        },
        columns: vec![],
        rows: None,
        timezone: "UTC".into(),
        now_nanos: 0,
    }
}

/// Opens and reads every column; the first error, if any.
fn read(format: Format, path: &Path) -> Result<(), MetricError> {
    let engine = LocalEngine::new(EngineOptions { threads: 1, footers: false, ..EngineOptions::default() });
    let snapshot = wait(engine.open(&request(format, path)))?;
    let present = |c: &str| {
        MetricKind::Matches(Predicate::Test {
            column: Column(c.into()),
            test: ValueTest::Present { markers: vec![], blank_is_missing: false },
        })
    };
    let mut kinds = vec![MetricKind::RowCount];
    for column in &snapshot.columns {
        kinds.push(present(&column.name));
        kinds.push(MetricKind::Duplicates { columns: vec![Column(column.name.clone())], nulls: NullParts::Skip });
    }
    let metrics: BTreeSet<Metric> =
        kinds.into_iter().map(|kind| Metric { table: TableId(0), kind, filter: Filter::default() }).collect();
    let mut tables = Tables::default();
    tables.push(Table { name: "t".into(), snapshot });
    let report = wait(engine.measure(&MetricPlan { metrics }, &tables, &Unwatched));
    report.measurements.into_values().try_for_each(|m| m.map(drop))
}

fn batch() -> RecordBatch {
    let id: ArrayRef = Arc::new((0..500).collect::<Int64Array>());
    let city: ArrayRef =
        Arc::new((0..500).map(|i| (i % 7 != 0).then(|| format!("city {}", i % 11))).collect::<StringArray>());
    RecordBatch::try_from_iter([("id", id), ("city", city)]).unwrap()
}

fn parquet() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch().schema(), None).unwrap();
    writer.write(&batch()).unwrap();
    writer.close().unwrap();
    bytes
}

fn ipc(compressed: bool) -> Vec<u8> {
    use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
    let codec = compressed.then_some(arrow::ipc::CompressionType::ZSTD);
    let options = IpcWriteOptions::default().try_with_compression(codec).unwrap();
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new_with_options(&mut bytes, &batch().schema(), options).unwrap();
    writer.write(&batch()).unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn with_file<T>(bytes: &[u8], f: impl Fn(&Path) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    f(&path)
}

/// A Parquet file around a footer.
fn around(footer: &[u8]) -> Vec<u8> {
    [b"PAR1", footer, &u32::try_from(footer.len()).unwrap().to_le_bytes(), b"PAR1"].concat()
}

#[test]
fn sound_files_are_read() {
    with_file(&parquet(), |p| read(Format::Parquet, p).unwrap());
    with_file(&ipc(true), |p| read(Format::ArrowIpc, p).unwrap());
}

#[test]
fn a_truncated_file_is_an_error_that_names_it_wherever_it_is_cut() {
    for (format, bytes, step) in [(Format::Parquet, parquet(), 3), (Format::ArrowIpc, ipc(false), 17)] {
        for cut in (0..bytes.len()).step_by(step) {
            let error = with_file(&bytes[..cut], |p| read(format, p)).expect_err("a part of a file is not the file");
            assert_eq!(error.code, "unreadable", "{format:?} cut at {cut}: {}", error.text);
            assert!(error.text.starts_with("the/file: "), "{format:?} cut at {cut}: {}", error.text);
        }
    }
}

#[test]
fn footers_that_claim_absurd_sizes_are_refused_before_anything_is_reserved() {
    // field 2, a list of structures, of 2^35 elements: 23 bytes in all
    let huge_list: &[u8] = &[0x15, 0x02, 0x19, 0xfc, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00];
    let huge_text: &[u8] = &[0x28, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00];
    let deep: Vec<u8> = [0x1c; 200].into();
    for footer in [huge_list, huge_text, &deep, &[]] {
        let error = with_file(&around(footer), |p| read(Format::Parquet, p)).expect_err("not a footer");
        assert!(error.text.contains("footer is corrupt"), "{}", error.text);
    }
    let mut long = around(&[]);
    long[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = with_file(&long, |p| read(Format::Parquet, p)).expect_err("not a footer");
    assert!(error.text.contains("footer claims 4294967295 bytes"), "{}", error.text);
}

#[test]
fn a_schema_nested_without_end_is_refused() {
    // the list of schema elements, each a group with one child
    let element = [0x48, 1, b'a', 0x15, 2, 0];
    let footer = [&[0x29, 0xfc, 0xc8, 0x01][..], &element.repeat(200), &[0]].concat();
    let error = with_file(&around(&footer), |p| read(Format::Parquet, p)).expect_err("not a schema");
    assert!(error.text.contains("nested more than 100 deep"), "{}", error.text);
}

#[test]
fn flipped_bytes_end_as_an_error_or_a_measurement() {
    for (format, sound) in [(Format::Parquet, parquet()), (Format::ArrowIpc, ipc(false)), (Format::ArrowIpc, ipc(true))]
    {
        // a fixed multiplicative sequence: every run flips the same bits
        let mut state: u64 = 42;
        for _ in 0..400 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut bytes = sound.clone();
            let at = (state >> 33) as usize % bytes.len();
            bytes[at] ^= 1 << ((state >> 20) & 7);
            if let Err(error) = with_file(&bytes, |p| read(format, p)) {
                assert!(
                    error.text.starts_with("the/file: ") || error.code != "unreadable",
                    "byte {at}: {}",
                    error.text
                );
            }
        }
    }
}

#[test]
fn other_formats_missing_files_and_folders_are_errors_with_the_reason() {
    let cases: &[(Format, &[u8], &str)] = &[
        (Format::Parquet, b"", "empty"),
        (Format::Parquet, b"id,city\n1,a\n2,b\n", "not a Parquet file"),
        (Format::Parquet, b"PAR1 and then something else", "truncated"),
        (Format::ArrowIpc, b"id,city\n1,a\n2,b\n", "not an Arrow IPC file"),
    ];
    for (format, bytes, reason) in cases {
        let error = with_file(bytes, |p| read(*format, p)).expect_err("not this format");
        assert!(error.text.starts_with("the/file: ") && error.text.contains(reason), "{}", error.text);
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = read(Format::Parquet, &folder.path().join("none.parquet")).expect_err("no such file");
    assert_eq!(missing.text, "the/file: no such file");
    let empty = read(Format::Parquet, folder.path()).expect_err("an empty folder");
    assert_eq!(empty.text, "the/file: the folder holds no parquet file");
}
