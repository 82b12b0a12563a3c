//! The engine against a row-by-row reference: every metric, over every format, with and without footers, whole and in
//! parts.

#![allow(clippy::disallowed_methods, reason = "tests write the files they read")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use assay_core::check::{RowSelector, Table, Tables};
use assay_core::contract::{ColumnSpec, CsvOptions, Format, ReadOptions, Source};
use assay_core::engine::{Cell, Engine, MetricPlan, OpenRequest, RowName, RowRequest, Unwatched};
use assay_core::measurement::*;
use assay_core::metric::*;
use assay_core::types::Type;
use assay_core::value::Value;
use assay_engine::{EngineOptions, LocalEngine};
use bigdecimal::BigDecimal;
use proptest::prelude::*;
use table::{Row, rows, write_csv, write_ipc, write_parquet};

mod table;

const T: TableId = TableId(0);

fn column(name: &str) -> Column {
    Column(name.into())
}

fn test(name: &str, test: ValueTest) -> MetricKind {
    MetricKind::Matches(Predicate::Test { column: column(name), test })
}

fn bound(value: Value, inclusive: bool) -> Option<Bound> {
    Some(Bound { value, inclusive })
}

fn within(lower: Option<Bound>, upper: Option<Bound>) -> ValueTest {
    ValueTest::Within { bounds: Bounds { lower, upper }, nan_tested: true }
}

/// Decides one row: `None` = not tested because null; the `Some(Err)` cases say why it is not tested otherwise.
enum Ruling {
    Holds,
    Fails,
    Null,
    Nan,
    Unknown,
}

fn ruled(v: Option<bool>) -> Ruling {
    match v {
        None => Ruling::Null,
        Some(true) => Ruling::Holds,
        Some(false) => Ruling::Fails,
    }
}

type Rule = Box<dyn Fn(&Row) -> Ruling>;
type Keep = Box<dyn Fn(&Row) -> bool>;

/// Row predicates with their reference.
fn predicates() -> Vec<(MetricKind, Rule)> {
    let sql = |text: &str, nulls_fail| MetricKind::Matches(Predicate::Sql { sql: Sql(text.into()), nulls_fail });
    let unknown = |v: Option<bool>| match v {
        None => Ruling::Unknown,
        other => ruled(other),
    };
    vec![
        (
            test("i", ValueTest::Present { markers: vec![], blank_is_missing: false }),
            Box::new(|r| ruled(Some(r.i.is_some()))),
        ),
        (
            test("s", ValueTest::Present { markers: vec![Value::Text("a".into())], blank_is_missing: true }),
            Box::new(|r| ruled(Some(r.s.as_ref().is_some_and(|s| s != "a" && !s.trim().is_empty())))),
        ),
        (
            test("i", within(bound(Value::Int(0), true), bound(Value::Int(10), false))),
            Box::new(|r| ruled(r.i.map(|v| (0..10).contains(&v)))),
        ),
        (test("i", within(bound(Value::Int(1 << 53), false), None)), Box::new(|r| ruled(r.i.map(|v| v > 1 << 53)))),
        (
            test("f", within(bound(Value::Float(0.0), true), bound(Value::Float(5.0), true))),
            Box::new(|r| ruled(r.f.map(|v| (0.0..=5.0).contains(&v)))),
        ),
        (
            test(
                "f",
                ValueTest::Within {
                    bounds: Bounds { lower: bound(Value::Float(1.0), true), upper: None },
                    nan_tested: false,
                },
            ),
            Box::new(|r| if r.f.is_some_and(f64::is_nan) { Ruling::Nan } else { ruled(r.f.map(|v| v >= 1.0)) }),
        ),
        (test("f", ValueTest::NotNan), Box::new(|r| ruled(r.f.map(|v| !v.is_nan())))),
        (
            test(
                "d",
                within(
                    bound(Value::Decimal(BigDecimal::new((-105).into(), 2)), true),
                    bound(Value::Decimal(BigDecimal::new(1005.into(), 3)), true),
                ),
            ),
            Box::new(|r| ruled(r.d.map(|v| (-105..=100).contains(&v)))),
        ),
        (
            test("i", ValueTest::In(vec![Value::Int(-1), Value::Int(3), Value::Int(i128::from(i64::MAX))])),
            Box::new(|r| ruled(r.i.map(|v| [-1, 3, i64::MAX].contains(&v)))),
        ),
        (
            test("s", ValueTest::NotIn(vec![Value::Text("a".into()), Value::Text("żółw".into())])),
            Box::new(|r| ruled(r.s.as_ref().map(|v| v != "a" && v != "żółw"))),
        ),
        (test("s", ValueTest::Matches("^[a-z]+@[a-z.]+$".into())), {
            let regex = regex::Regex::new("^[a-z]+@[a-z.]+$").unwrap();
            Box::new(move |r| ruled(r.s.as_ref().map(|v| regex.is_match(v))))
        }),
        (test("s", ValueTest::NotMatches("b|ł.".into())), {
            let regex = regex::Regex::new("b|ł.").unwrap();
            Box::new(move |r| ruled(r.s.as_ref().map(|v| !regex.is_match(v))))
        }),
        (
            test("s", ValueTest::Length { min: Some(2), max: Some(4) }),
            Box::new(|r| ruled(r.s.as_ref().map(|v| (2..=4).contains(&v.chars().count())))),
        ),
        (sql("i > 2 or s = 'a'", false), {
            Box::new(move |r| {
                let a = r.i.map(|v| v > 2);
                let b = r.s.as_ref().map(|v| v == "a");
                unknown(match (a, b) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                })
            })
        }),
        (sql("d >= 0.1", true), Box::new(|r| ruled(Some(r.d.is_some_and(|v| v >= 10))))),
    ]
}

fn tally(rows: &[&Row], rule: &Rule) -> Tally {
    let mut t = Tally { selected: rows.len() as u64, ..Tally::default() };
    for row in rows {
        match rule(row) {
            Ruling::Holds => t.tested += 1,
            Ruling::Fails => {
                t.tested += 1;
                t.failing += 1;
            }
            Ruling::Null => t.nulls += 1,
            Ruling::Nan => t.nan += 1,
            Ruling::Unknown => t.unknown += 1,
        }
    }
    t
}

fn duplicates<K: Ord>(rows: &[&Row], key: impl Fn(&Row) -> Option<K>) -> Duplicates {
    let mut groups: BTreeMap<K, u64> = BTreeMap::new();
    rows.iter().filter_map(|r| key(r)).for_each(|k| *groups.entry(k).or_default() += 1);
    let many: Vec<u64> = groups.values().copied().filter(|n| *n > 1).collect();
    let failing: u64 = many.iter().sum();
    Duplicates {
        selected: rows.len() as u64,
        tested: groups.values().sum(),
        failing,
        groups: many.len() as u64,
        surplus: failing - many.len() as u64,
    }
}

/// Equal floats are equal whatever their sign of zero, all NaN are one value.
fn float_key(v: f64) -> u64 {
    if v.is_nan() { f64::NAN.to_bits() } else { (v + 0.0).to_bits() }
}

/// Every metric with the reference's answer, over the rows a filter selects.
fn expectations(rows: &[Row]) -> Vec<(Metric, Measurement)> {
    let filters: Vec<(Filter, Keep)> = vec![
        (Filter::default(), Box::new(|_| true)),
        (Filter::all_of([Sql("i >= 0".into())]), Box::new(|r| r.i.is_some_and(|v| v >= 0))),
        (
            Filter::all_of([Sql("i >= 0".into()), Sql("s <> 'a'".into())]),
            Box::new(|r| r.i.is_some_and(|v| v >= 0) && r.s.as_ref().is_some_and(|s| s != "a")),
        ),
        (Filter::all_of([Sql("i = 77".into())]), Box::new(|_| false)),
    ];
    let mut all = Vec::new();
    for (filter, keeps) in filters {
        let kept: Vec<&Row> = rows.iter().filter(|r| keeps(r)).collect();
        let n = kept.len() as u64;
        let mut expect =
            |kind: MetricKind, value: Measurement| all.push((Metric { table: T, kind, filter: filter.clone() }, value));
        expect(MetricKind::RowCount, Measurement::Rows(n));
        for (kind, rule) in predicates() {
            expect(kind, Measurement::Tally(tally(&kept, &rule)));
        }
        let i: Vec<i64> = kept.iter().filter_map(|r| r.i).collect();
        let f: Vec<f64> = kept.iter().filter_map(|r| r.f).filter(|v| !v.is_nan()).collect();
        let extremes = |min: Option<Value>, max: Option<Value>, tested: usize| {
            Measurement::Extremes(Extremes { selected: n, tested: tested as u64, min, max })
        };
        let int = |v: Option<&i64>| v.map(|v| Value::Int(i128::from(*v)));
        expect(MetricKind::Extremes(column("i")), extremes(int(i.iter().min()), int(i.iter().max()), i.len()));
        let float = |v: Option<f64>| v.map(Value::float);
        let (low, high) = (f.iter().copied().reduce(f64::min), f.iter().copied().reduce(f64::max));
        expect(MetricKind::Extremes(column("f")), extremes(float(low), float(high), f.len()));
        let t: Vec<i64> = kept.iter().filter_map(|r| r.t).collect();
        let instant = |v: Option<&i64>| v.map(|v| Value::Instant(i128::from(*v) * 1000));
        expect(MetricKind::Extremes(column("t")), extremes(instant(t.iter().min()), instant(t.iter().max()), t.len()));
        let exact: i128 = i.iter().map(|v| i128::from(*v)).sum();
        expect(
            MetricKind::Sum(column("i")),
            Measurement::Sum(Sum { selected: n, tested: i.len() as u64, nan: 0, total: Total::Exact(exact.into()) }),
        );
        let d: Vec<i64> = kept.iter().filter_map(|r| r.d).collect();
        let cents = BigDecimal::new(d.iter().sum::<i64>().into(), 2);
        expect(
            MetricKind::Sum(column("d")),
            Measurement::Sum(Sum { selected: n, tested: d.len() as u64, nan: 0, total: Total::Exact(cents) }),
        );
        let by = |names: &[&str], nulls| MetricKind::Duplicates {
            columns: names.iter().map(|n| column(n)).collect(),
            nulls,
        };
        expect(by(&["i"], NullParts::Skip), Measurement::Duplicates(duplicates(&kept, |r| r.i)));
        expect(by(&["f"], NullParts::Equal), Measurement::Duplicates(duplicates(&kept, |r| Some(r.f.map(float_key)))));
        expect(
            by(&["s", "i"], NullParts::Skip),
            Measurement::Duplicates(duplicates(&kept, |r| Some((r.s.clone()?, r.i?)))),
        );
        expect(
            by(&["d", "s"], NullParts::Equal),
            Measurement::Duplicates(duplicates(&kept, |r| Some((r.d, r.s.clone())))),
        );
        expect(
            MetricKind::Quantiles { column: column("i"), levels: vec![250_000, 500_000] },
            quantiles(n, i.iter().map(|v| *v as f64).collect(), 0),
        );
    }
    all
}

fn quantiles(selected: u64, mut values: Vec<f64>, nan: u64) -> Measurement {
    values.sort_by(f64::total_cmp);
    let at = |level: f64| {
        let h = level * (values.len() - 1) as f64;
        let (low, high) = (values[h.floor() as usize], values[h.ceil() as usize]);
        low + (h - h.floor()) * (high - low)
    };
    let answer = (!values.is_empty()).then(|| vec![at(0.25), at(0.5)]);
    Measurement::Quantiles(Quantiles { selected, tested: values.len() as u64, nan, values: answer })
}

fn request(format: Format, path: PathBuf) -> OpenRequest {
    let spec = |name: &str, ty: Type| ColumnSpec {
        name: name.into(),
        ty: Some(ty),
        optional: false,
        read: ReadOptions::default(),
    };
    OpenRequest {
        table: "t".into(),
        source: Source {
            format,
            path: path.to_string_lossy().into_owned(),
            resolved: path,
            null_values: vec![String::new()],
            timezone: None,
            csv: CsvOptions::default(),
            hive: true,
        },
        columns: vec![
            spec("i", Type::Int(64)),
            spec("f", Type::Float(64)),
            spec("d", Type::Decimal(12, 2)),
            spec("s", Type::String),
            spec("t", Type::TimestampZoned("UTC".into())),
        ],
        rows: None,
        timezone: "UTC".into(),
        now_nanos: 0,
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Measures, and fetches the rows at fault of every metric that has some.
fn measure(
    request: &OpenRequest,
    options: EngineOptions,
    metrics: &[Metric],
) -> (Measurements, Vec<(Metric, Vec<RowName>)>) {
    let engine = LocalEngine::new(options);
    let snapshot = wait(engine.open(request)).unwrap();
    let mut tables = Tables::default();
    tables.push(Table { name: "t".into(), snapshot });
    let plan = MetricPlan { metrics: metrics.iter().cloned().collect::<BTreeSet<_>>() };
    let report = wait(engine.measure(&plan, &tables, &Unwatched));
    let failing = |m: &Measurement| match m {
        Measurement::Tally(t) => t.failing,
        Measurement::Duplicates(d) => d.failing,
        _ => 0,
    };
    let wanted: Vec<Metric> = report
        .measurements
        .iter()
        .filter(|(_, v)| v.as_ref().is_ok_and(|v| failing(&v.value) > 0))
        .map(|(m, _)| m.clone())
        .collect();
    let requests: Vec<RowRequest> = wanted
        .iter()
        .map(|m| RowRequest {
            selector: RowSelector { metric: m.clone(), show: m.kind.columns().into_iter().cloned().collect() },
            key: vec![],
            keep: 1000,
        })
        .collect();
    let samples = wait(engine.failing_rows(&requests, &tables, &Unwatched));
    let named = wanted
        .into_iter()
        .zip(samples.samples)
        .map(|(m, rows)| (m, rows.unwrap().into_iter().map(|r| r.name).collect()))
        .collect();
    (report.measurements, named)
}

fn compare(request: &OpenRequest, options: &EngineOptions, expected: &[(Metric, Measurement)]) {
    let metrics: Vec<Metric> = expected.iter().map(|(m, _)| m.clone()).collect();
    let (seen, rows) = measure(request, options.clone(), &metrics);
    for (metric, value) in expected {
        let got = seen[metric].as_ref().unwrap_or_else(|e| panic!("{metric:?}: {e:?}"));
        match (&got.value, value) {
            (Measurement::Quantiles(a), Measurement::Quantiles(b)) => {
                assert_eq!((a.selected, a.tested), (b.selected, b.tested), "{metric:?}");
                let close = |x: &f64, y: &f64| (x - y).abs() <= 1e-12 * x.abs().max(y.abs()).max(1.0);
                let (a, b) = (a.values.clone().unwrap_or_default(), b.values.clone().unwrap_or_default());
                assert!(a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| close(x, y)), "{metric:?}: {a:?} {b:?}");
            }
            (got, value) => assert_eq!(got, value, "{metric:?} with {options:?} on {:?}", request.source.format),
        }
    }
    for (metric, names) in rows {
        let failing = match &seen[&metric].as_ref().unwrap().value {
            Measurement::Tally(t) => t.failing,
            Measurement::Duplicates(d) => d.failing,
            _ => 0,
        };
        assert_eq!(names.len() as u64, failing, "rows at fault of {metric:?}");
        let places: BTreeSet<String> = names.iter().map(|n| format!("{n:?}")).collect();
        assert_eq!(places.len(), names.len(), "each row once: {metric:?}");
    }
}

fn options(threads: usize, footers: bool, memory: usize) -> EngineOptions {
    EngineOptions { threads, footers, memory, ..EngineOptions::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_format_agrees_with_the_reference(rows in rows(), group in 1usize..60, split in 0usize..120) {
        let folder = tempfile::tempdir().unwrap();
        let at = split.min(rows.len());
        for (n, part) in [&rows[..at], &rows[at..]].into_iter().enumerate() {
            write_parquet(&folder.path().join(format!("{n}.parquet")), part, group);
            write_ipc(&folder.path().join(format!("{n}.arrow")), part, group);
            write_csv(&folder.path().join(format!("{n}.csv")), part);
        }
        let expected = expectations(&rows);
        let folder = folder.path().to_path_buf();
        compare(&request(Format::Parquet, folder.clone()), &options(2, true, 1 << 30), &expected);
        compare(&request(Format::Parquet, folder.clone()), &options(1, false, 1 << 30), &expected);
        compare(&request(Format::ArrowIpc, folder.clone()), &options(2, true, 1 << 30), &expected);
        compare(&request(Format::Csv, folder), &options(2, true, 1 << 30), &expected);
    }

    #[test]
    fn additive_measurements_of_parts_merge_to_the_whole(rows in rows(), cuts in prop::collection::vec(0usize..120, 0..3)) {
        let folder = tempfile::tempdir().unwrap();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(rows.len())).chain([0, rows.len()]).collect();
        cuts.sort_unstable();
        let expected = expectations(&rows);
        let additive = |m: &Metric| matches!(m.kind, MetricKind::RowCount | MetricKind::Matches(_) | MetricKind::Extremes(_) | MetricKind::Sum(_));
        let metrics: Vec<Metric> = expected.iter().map(|(m, _)| m.clone()).filter(additive).collect();
        let parts: Vec<Measurements> = cuts
            .windows(2)
            .enumerate()
            .map(|(n, cut)| {
                let path = folder.path().join(format!("{n}.parquet"));
                write_parquet(&path, &rows[cut[0]..cut[1]], 7);
                measure(&request(Format::Parquet, path), options(1, true, 1 << 30), &metrics).0
            })
            .collect();
        for (metric, whole) in expected.iter().filter(|(m, _)| additive(m)) {
            let values = || parts.iter().map(|p| p[metric].as_ref().unwrap().value.clone());
            let forward = values().reduce(|a, b| a.merged(&b).unwrap()).unwrap();
            let backward = values().rev().reduce(|a, b| a.merged(&b).unwrap()).unwrap();
            prop_assert_eq!(&forward, whole, "{:?}", metric);
            prop_assert_eq!(&backward, whole, "{:?}", metric);
        }
    }
}

#[test]
fn failing_rows_come_in_key_order_whatever_the_file_order() {
    let folder = tempfile::tempdir().unwrap();
    let row = |i: i64, f: f64| Row { i: Some(i), f: Some(f), d: None, s: None, t: None };
    write_parquet(&folder.path().join("a.parquet"), &[row(30, -1.0), row(7, -1.0), row(8, 1.0)], 2);
    write_parquet(&folder.path().join("b.parquet"), &[row(2, -1.0), row(9, -1.0), row(1, 1.0)], 2);
    let engine = LocalEngine::new(options(2, true, 1 << 30));
    let snapshot = wait(engine.open(&request(Format::Parquet, folder.path().into()))).unwrap();
    let mut tables = Tables::default();
    tables.push(Table { name: "t".into(), snapshot });
    let kind = test("f", within(bound(Value::Float(0.0), true), None));
    let metric = Metric { table: T, kind, filter: Filter::default() };
    let selector = RowSelector { metric, show: vec![column("f")] };
    let wanted = RowRequest { selector, key: vec![column("i")], keep: 3 };
    let report = wait(engine.failing_rows(&[wanted], &tables, &Unwatched));
    let rows = report.samples[0].as_ref().unwrap();
    let keys: Vec<String> = rows
        .iter()
        .map(|r| match &r.name {
            RowName::Key(cells) => format!("{:?}", cells[0].1),
            RowName::Place { .. } => "no key".into(),
        })
        .collect();
    assert_eq!(keys, ["2", "7", "9"].map(|k| format!("{:?}", Cell::Text(k.into()))));
    assert_eq!(rows[0].values, vec![("f".to_owned(), Cell::Float(-1.0))]);
}
