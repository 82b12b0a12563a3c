//! Times counting a live table against a baseline table: `count_live BASE.parquet LIVE.parquet [THREADS [WHAT]]`, where
//! WHAT is `decode` (read and throw away), `whole`, `windows` (24 windows of rows) or `segments` (by the first text
//! column). Prints wall and CPU time and peak memory; for profiling, and for the figures in the design notes.

#![allow(clippy::disallowed_methods, reason = "a program to be run by hand: it reads files, arguments and the clock")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use assay_core::check::{Table, Tables};
use assay_core::contract::{CsvOptions, Format, Source};
use assay_core::drift::category::Category;
use assay_core::drift::knots::Knots;
use assay_core::drift::live::{CategorySet, LiveColumn, LiveSpec, Measure, Segmentation, Windows};
use assay_core::engine::{Engine, MetricPlan, OpenRequest, Snapshot, Unwatched};
use assay_core::measurement::{Measurement, MetricError};
use assay_core::metric::{Column, Filter, Metric, MetricKind, TableId};
use assay_engine::{EngineOptions, LocalEngine};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const KNOTS: usize = 4_096;

fn open(engine: &LocalEngine, path: &str) -> Snapshot {
    let request = OpenRequest {
        table: path.into(),
        source: Source {
            format: Format::Parquet,
            path: path.into(),
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
    };
    wait(engine.open(&request)).expect("the table can be opened")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// User and system time of this process, in seconds, and its peak memory in MB.
fn used() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    (ticks / 100.0, peak.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0)
}

fn measure_of(engine: &LocalEngine, base: &Snapshot, name: &str) -> Measure {
    let (mut numbers, mut texts) = (Vec::new(), BTreeMap::<String, u64>::new());
    let mut take = |batch: assay_engine::ReadBatch| -> Result<(), MetricError> {
        let array = batch.batch.column(0);
        if array.data_type().is_numeric() {
            let floats = cast(array, &DataType::Float64).expect("a number");
            numbers.extend(floats.as_primitive::<Float64Type>().iter().flatten().filter(|x| !x.is_nan()));
        } else {
            let plain = cast(array, &DataType::Utf8).expect("a text");
            for text in plain.as_string::<i32>().iter().flatten() {
                *texts.entry(text.to_string()).or_default() += 1;
            }
        }
        Ok(())
    };
    engine.read(base, &[name.to_string()], None, &Unwatched, &mut take).expect("it can be read");
    if !texts.is_empty() {
        let mut names: Vec<_> = texts.into_iter().collect();
        names.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        names.truncate(10_000);
        let names = names.into_iter().map(|(text, _)| Category::text(text)).collect();
        return Measure::Categories(Arc::new(CategorySet::new(names, vec![], false)));
    }
    numbers.sort_unstable_by(f64::total_cmp);
    let mut knots: Vec<f64> = (0..=KNOTS).map(|at| numbers[at * (numbers.len() - 1) / KNOTS]).collect();
    knots.dedup();
    let counts = vec![1; knots.len()];
    Measure::Ranks(Arc::new(Knots::full(knots, &counts)))
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let threads = args.get(3).and_then(|t| t.parse().ok()).unwrap_or(0);
    let what = args.get(4).map_or("whole", String::as_str);
    let engine = LocalEngine::new(EngineOptions { threads, ..EngineOptions::default() });
    let base = open(&engine, &args[1]);
    let live = open(&engine, &args[2]);
    let names: Vec<String> = base
        .columns
        .iter()
        .filter(|column| column.ty.is_numeric() || column.ty.is_text())
        .map(|column| column.name.clone())
        .collect();
    let rows = live.rows.unwrap_or(0);
    if what == "decode" {
        let (cpu, _) = used();
        let at = Instant::now();
        for name in &names {
            let one = std::slice::from_ref(name);
            engine.read(&live, one, None, &Unwatched, &mut |_| Ok(())).expect("it can be read");
        }
        report(at, cpu, rows, names.len());
        return;
    }
    let measures: Vec<Measure> = names.iter().map(|name| measure_of(&engine, &base, name)).collect();
    let text = measures.iter().position(|measure| matches!(measure, Measure::Categories(_)));
    let segmentations = match (what, text) {
        ("segments", Some(at)) => {
            let Measure::Categories(set) = &measures[at] else { return };
            let segments = set.names.iter().take(20).map(|name| vec![Some(name.clone())]).collect();
            vec![Segmentation { by: vec![Column(names[at].clone())], segments }]
        }
        _ => vec![],
    };
    let windows = match what {
        "windows" => Windows::Rows { size: rows.div_ceil(24), first: 0, count: 24 },
        _ => Windows::Whole,
    };
    let n_segments = 1 + segmentations.iter().map(|s| s.segments.len() + 1).sum::<usize>();
    let columns = names
        .iter()
        .zip(measures)
        .map(|(name, measure)| LiveColumn { column: Column(name.clone()), measures: vec![measure; n_segments] })
        .collect();
    let spec = LiveSpec::new(windows, segmentations, columns, vec![], vec![], None);
    let metric = Metric { table: TableId(0), kind: MetricKind::Live(Arc::new(spec)), filter: Filter::default() };
    let mut tables = Tables::default();
    tables.push(Table { name: "live".into(), snapshot: live });
    let (cpu, before) = used();
    println!("peak before {before:.0} MB");
    // the peak of making the baseline is not of interest
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux lets a process reset its own peak");
    let at = Instant::now();
    let plan = MetricPlan { metrics: BTreeSet::from([metric]) };
    let measured = wait(engine.measure(&plan, &tables, &Unwatched)).measurements;
    for answer in measured.into_values() {
        match answer.map(|measured| measured.value) {
            Ok(Measurement::Live(state)) => println!("state of {} bytes", state.to_bytes().len()),
            Ok(_) => println!("another measurement"),
            Err(error) => println!("{}: {}", error.code, error.text),
        }
    }
    report(at, cpu, rows, names.len());
}

fn report(at: Instant, cpu_before: f64, rows: u64, columns: usize) {
    let (cpu, peak) = used();
    let values = rows as f64 * columns as f64;
    let cpu = cpu - cpu_before;
    println!(
        "wall {:.2} s, CPU {cpu:.2} s, {:.2} ns/value over {columns} columns, peak {peak:.0} MB",
        at.elapsed().as_secs_f64(),
        cpu * 1e9 / values
    );
}
