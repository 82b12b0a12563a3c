//! Counting live rows against the definition, in every format, with windows, segments, labels and filters; and that
//! neither threads nor the division into files and row groups change a byte.

#![allow(clippy::disallowed_methods, reason = "tests write the files they read")]

mod brute;
mod joined;
mod read;
mod table;
mod udaf;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use assay_core::check::{Table, Tables};
use assay_core::contract::Format;
use assay_core::drift::category::Category;
use assay_core::drift::knots::Knots;
use assay_core::drift::live::*;
use assay_core::drift::state::LiveState;
use assay_core::engine::{Engine, MetricPlan, Snapshot, Unwatched};
use assay_core::measurement::{Measurement, MetricError};
use assay_core::metric::{Column, Filter, Metric, MetricKind, Sql, TableId};
use assay_engine::{EngineOptions, LocalEngine};
use assay_stats::comoments::Scale;

use table::{Random, Row, ending, open, rows, wait, write};

fn column(name: &str) -> Column {
    Column(name.into())
}

fn scale(lo: f64, hi: f64) -> Scale {
    Scale::new(lo, hi).unwrap()
}

fn knots(seed: u64, n: usize) -> Measure {
    let mut random = Random(seed);
    let mut values: Vec<f64> = (0..n).map(|_| random.number() + 0.0).filter(|x| !x.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let counts = vec![1; values.len()];
    Measure::Ranks(Arc::new(Knots::full(values, &counts)))
}

fn categories(names: &[Category], tail: &[Category]) -> Measure {
    let mut hashes: Vec<u64> = tail.iter().map(Category::hash64).collect();
    hashes.sort_unstable();
    Measure::Categories(Arc::new(CategorySet::new(names.to_vec(), hashes, false)))
}

fn columns(n_segments: usize, labels: bool) -> Vec<LiveColumn> {
    let text = Category::text;
    let counted =
        |name: &str, measure: Measure| LiveColumn { column: column(name), measures: vec![measure; n_segments] };
    let mut columns = vec![
        // each segment against knots of its own
        LiveColumn { column: column("x"), measures: (0..n_segments).map(|s| knots(s as u64, 3 * s)).collect() },
        counted("y", knots(99, 400)),
        counted("k", knots(7, 20)),
        counted("k", Measure::Cells),
        counted("x", Measure::Cells),
        counted("city", Measure::Cells),
        counted("city", categories(&[text("a"), text("e f")], &[text("b")])),
        counted("k", categories(&[Category::integer(3), Category::integer(0)], &[Category::integer(5)])),
        counted("x", Measure::Sample { keep: 50, seed: 11 }),
        counted("k", Measure::Values { keep: 10 }),
        counted("city", Measure::Values { keep: 4 }),
    ];
    columns[1].measures[n_segments - 1] = Measure::Nothing;
    if labels {
        let edges = LabelBins::Edges(vec![-1.0, 0.0, 2.5], scale(-4.0, 4.0));
        columns.push(counted("x", Measure::LabelsBy(Arc::new(edges))));
        columns.push(counted("city", Measure::LabelsBy(Arc::new(LabelBins::Categories(vec![text("b"), text("a")])))));
    }
    columns
}

fn segmentations() -> Vec<Segmentation> {
    let text = |text: &str| Some(Category::text(text));
    vec![
        Segmentation { by: vec![column("city")], segments: vec![vec![text("a")], vec![None], vec![text("a,b")]] },
        Segmentation {
            by: vec![column("k"), column("city")],
            segments: vec![
                vec![Some(Category::integer(3)), text("b")],
                vec![None, text("a")],
                vec![Some(Category::integer(4)), None],
            ],
        },
    ]
}

fn time_windows() -> Windows {
    let span = |start: i128, end: i128, rows_only: bool| TimeSpan { start, end, rows_only };
    // ends within a millisecond fall between values
    let spans = vec![
        span(-100_000_000, 1_000_000_000, false),
        span(1_000_000_000, 1_999_999_999, true),
        span(2_500_000_001, 4_000_000_000, false),
    ];
    Windows::Time { column: column("t"), spans }
}

fn spec(windows: Windows, divided: bool, together: bool) -> LiveSpec {
    let segmentations = if divided { segmentations() } else { vec![] };
    let n_segments = 1 + segmentations.iter().map(|s| s.segments.len() + 1).sum::<usize>();
    let labels = together.then(|| LabelSpec {
        source: LabelSource::Column(column("y")),
        prediction: Some(column("x")),
        task: LabelTask::Regression { scale: scale(-3.0, 3.0) },
    });
    let (x, y, k) = ((column("x"), scale(-2.0, 3.0)), (column("y"), scale(-4.0, 4.0)), (column("k"), scale(0.0, 9.0)));
    let (pairs, matrix) = if together {
        (vec![Pair { x: x.clone(), y: y.clone() }, Pair { x: k.clone(), y: x.clone() }], vec![x, y, k])
    } else {
        (vec![], vec![])
    };
    LiveSpec::new(windows, segmentations, columns(n_segments, together), pairs, matrix, labels)
}

fn specs(rows: u64) -> Vec<LiveSpec> {
    let by_rows = || Windows::Rows { size: rows.div_ceil(7).max(1), first: 1, count: 4 };
    vec![
        spec(Windows::Whole, false, false),
        spec(Windows::Whole, true, true),
        spec(time_windows(), true, false),
        spec(time_windows(), true, true),
        spec(by_rows(), false, true),
    ]
}

fn engine(threads: usize) -> LocalEngine {
    LocalEngine::new(EngineOptions { threads, ..EngineOptions::default() })
}

fn measure(
    engine: &LocalEngine,
    snapshots: &[Snapshot],
    spec: &LiveSpec,
    filter: Option<&str>,
) -> Result<LiveState, MetricError> {
    let filter = Filter::all_of(filter.map(|sql| Sql(sql.into())));
    let metric = Metric { table: TableId(0), kind: MetricKind::Live(Arc::new(spec.clone())), filter };
    let mut tables = Tables::default();
    for (at, snapshot) in snapshots.iter().enumerate() {
        tables.push(Table { name: format!("t{at}"), snapshot: snapshot.clone() });
    }
    let plan = MetricPlan { metrics: BTreeSet::from([metric]) };
    let (_, answer) = wait(engine.measure(&plan, &tables, &Unwatched)).measurements.into_iter().next().unwrap();
    match answer?.value {
        Measurement::Live(state) => Ok(*state),
        other => panic!("{other:?}"),
    }
}

fn defined(spec: &LiveSpec, files: &[Vec<Row>], format: Format, selected: impl Fn(&Row) -> bool) -> LiveState {
    let names: Vec<String> = (0..files.len()).map(|at| format!("t/part-{at}.{}", ending(format))).collect();
    let mut placed = Vec::new();
    let mut in_table = 0;
    for (rows, file) in files.iter().zip(&names) {
        for (in_file, row) in rows.iter().enumerate() {
            placed.push(brute::Placed { row, file, in_file: in_file as u64, in_table });
            in_table += 1;
        }
    }
    placed.retain(|placed| selected(placed.row));
    brute::count(spec, &placed)
}

fn check(folder: &Path, format: Format, files: &[Vec<Row>], group: usize, wanted_specs: &[usize]) {
    write(folder, format, files, group);
    let n: u64 = files.iter().map(|rows| rows.len() as u64).sum();
    for (at, spec) in specs(n).iter().enumerate().filter(|(at, _)| wanted_specs.contains(at)) {
        for filter in [None, Some("k < 6")] {
            let wanted = defined(spec, files, format, |row| filter.is_none() || row.k.is_some_and(|k| k < 6));
            for threads in [1, 3] {
                let engine = engine(threads);
                let snapshot = open(&engine, folder, "t", format);
                let found = measure(&engine, &[snapshot], spec, filter).unwrap();
                assert_same(&found, &wanted, &format!("{format:?}, spec {at}, filter {filter:?}, {threads} threads"));
            }
        }
    }
}

fn assert_same(found: &LiveState, wanted: &LiveState, what: &str) {
    assert_eq!(found.unplaced, wanted.unplaced, "{what}");
    for (w, (found, wanted)) in found.windows.iter().zip(&wanted.windows).enumerate() {
        assert_eq!(found.pairs, wanted.pairs, "{what}, window {w}");
        assert_eq!(found.matrix, wanted.matrix, "{what}, window {w}");
        assert_eq!(found.labelled, wanted.labelled, "{what}, window {w}");
        for (s, (found, wanted)) in found.segments.iter().zip(&wanted.segments).enumerate() {
            assert_eq!(found.rows, wanted.rows, "{what}, window {w}, segment {s}");
            for (c, (found, wanted)) in found.columns.iter().zip(&wanted.columns).enumerate() {
                assert_eq!(found, wanted, "{what}, window {w}, segment {s}, column {c}");
            }
        }
    }
    assert!(found.to_bytes() == wanted.to_bytes(), "{what}: equal states, other bytes");
}

#[test]
fn every_format_is_counted_as_defined() {
    for (format, seed) in [(Format::Parquet, 1), (Format::Csv, 2), (Format::ArrowIpc, 3)] {
        let folder = tempfile::tempdir().unwrap();
        check(folder.path(), format, &rows(seed, &[700, 0, 1, 450]), 200, &[0, 1, 2, 3, 4]);
    }
}

#[test]
fn large_row_groups_are_counted_column_by_column_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path(), Format::Parquet, &rows(4, &[33_000, 33_000]), 33_000, &[0, 3, 4]);
}

#[test]
fn a_table_without_rows_has_the_state_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path(), Format::Parquet, &rows(5, &[0]), 100, &[0, 1, 2, 3, 4]);
}

#[test]
fn a_column_of_another_type_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Format::Parquet, &rows(6, &[10]), 100);
    let engine = engine(1);
    let snapshot = open(&engine, folder.path(), "t", Format::Parquet);
    let columns = vec![LiveColumn { column: column("city"), measures: vec![knots(1, 5)] }];
    let spec = LiveSpec::new(Windows::Whole, vec![], columns, vec![], vec![], None);
    let error = measure(&engine, &[snapshot], &spec, None).unwrap_err();
    assert_eq!(error.code, "type_changed");
    assert_eq!(error.text, "column `city` is of type Utf8 here, whose values are no numbers");
}
