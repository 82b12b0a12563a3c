//! What a sound monitor is read as: columns, tests and their limits, windows, baselines, secrets.

#![allow(clippy::disallowed_methods, reason = "tests read files and the clock")]

mod support;

use std::path::Path;

use assay_core::check::TableRef;
use assay_core::contract::Format;
use assay_core::drift::category::Category;
use assay_core::drift::monitor::{
    BaselineSource, Components, Confirm, Pairs, Period, RetrainRule, Task, TestLimits, WindowSize,
};
use assay_core::types::Type;
use assay_stats::corrections::Correction;
use assay_stats::drift::ColumnKind;
use support::monitors::{BASE, EXAMPLE, HEAD, TIMED, limits, load, read, refused, world};

fn shown(tests: &[TestLimits]) -> Vec<(&str, Option<f64>, Option<f64>)> {
    tests.iter().map(|test| (test.test, test.limits.warn, test.limits.fail)).collect()
}

#[test]
fn the_example_of_the_design_is_read_whole() {
    let monitor = load(EXAMPLE).monitor;
    assert_eq!((monitor.name.as_str(), monitor.layer.as_deref()), ("fare_eta", Some("models")));
    assert_eq!(monitor.model, Some(("fare_eta".into(), "7".into())));
    assert_eq!(monitor.sha256.len(), 64);
    assert_eq!(monitor.source.path, "lake/gold/fare_predictions/dt=*/*.parquet");
    let timestamp = monitor.timestamp.expect("a timestamp");
    assert_eq!((timestamp.column.as_str(), timestamp.timezone.as_deref()), ("event_time", Some("Asia/Dubai")));
    assert_eq!(monitor.baseline, BaselineSource::Profile("baselines/fare_eta-7.baseline.parquet".into()));
    assert_eq!((monitor.baseline_at.line, monitor.baseline_at.column), (8, 1));
    assert_eq!(monitor.window.size, WindowSize::Days(1));
    assert_eq!((monitor.window.lateness_seconds, monitor.window.min_rows), (7_200, 500));
    let names: Vec<&str> = monitor.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["distance_km", "surge", "city_id", "vehicle"]);
    assert_eq!((monitor.columns[0].importance, monitor.columns[0].tests.as_ref()), (Some(0.31), None));
    assert_eq!(monitor.columns[3].kind, Some(ColumnKind::Categorical));
    let city = monitor.columns[2].tests.as_deref().expect("tests");
    assert_eq!(shown(city), [("chi_square", Some(0.1), Some(0.2)), ("unseen", None, Some(0.005))]);
    assert_eq!(city[1].written, (None, Some("0.5%".into())));
    assert_eq!(city[1].at.as_ref().map(|at| at.line), Some(15));
    assert!(monitor.watch_all);
    assert_eq!(monitor.exclude, ["driver_id", "raw_json"]);
    let prediction = monitor.prediction.expect("a prediction");
    assert_eq!(prediction.task, Task::Regression);
    assert_eq!(prediction.tests.expect("tests").len(), 2);
    assert_eq!(shown(&monitor.defaults.numeric), [("psi", Some(0.1), Some(0.25))]);
    assert_eq!(shown(&monitor.defaults.categorical), [("chi_square", Some(0.1), Some(0.2))]);
    assert_eq!(monitor.defaults.missing.expect("missing").limits, limits(0.01, 0.05));
    assert_eq!((monitor.significance.alpha, monitor.significance.correction), (0.01, Correction::BenjaminiHochberg));
    assert_eq!((monitor.segments[0].by.as_slice(), monitor.segments[0].min_rows), (&["city_id".to_owned()][..], 1_000));
    let dataset = monitor.dataset.expect("dataset");
    assert_eq!((dataset.limits, dataset.by_importance), (limits(0.2, 0.5), true));
    let correlations = monitor.correlations.expect("correlations");
    assert_eq!((correlations.pairs, correlations.limits), (Pairs::Top(50), limits(None, 0.15)));
    let covariance = monitor.covariance.expect("covariance");
    assert_eq!((covariance.components, covariance.limits), (Components::Share(0.65), limits(None, 3.0)));
    let labels = monitor.labels.expect("labels");
    assert_eq!(labels.table, TableRef::Named("silver.trips_completed".into()));
    assert_eq!((labels.lag_seconds, labels.min_coverage), (259_200, 0.8));
    let concept = monitor.concept.expect("concept");
    assert_eq!((concept.top, concept.limits), (Some(20), limits(0.1, 0.25)));
    let bounds: Vec<(&str, f64, bool, bool)> = monitor
        .performance
        .iter()
        .map(|limit| (limit.metric, limit.fail.as_ref().expect("a fail")))
        .map(|(metric, bound)| (metric, bound.value, bound.at_least, bound.of_baseline))
        .collect();
    assert_eq!(bounds, [("rmse", 1.15, false, true), ("mae", 4.2, false, false), ("r2", 0.72, true, false)]);
    assert_eq!(monitor.confirm, Confirm { fail: 2, recover: 2 });
    let retrain = monitor.retrain.expect("retrain");
    let is = |check: &str| RetrainRule::Is { check: check.into(), warn: false };
    assert_eq!(retrain.when, RetrainRule::Or(vec![is("dataset"), is("performance.rmse")]));
    assert_eq!((retrain.cooldown_seconds, retrain.manual), (604_800, true));
}

#[test]
fn secrets_of_the_webhook_are_filled_in_and_shown_nowhere() {
    let loaded = load(EXAMPLE);
    let webhook = loaded.monitor.retrain.as_ref().and_then(|retrain| retrain.webhook.as_ref()).expect("a webhook");
    assert_eq!(webhook.url_as_written, "${env:SCHEDULER_URL}/api/v1/dags/fare_eta_train/dagRuns");
    assert_eq!(webhook.url, "https://hush.example.com/api/v1/dags/fare_eta_train/dagRuns");
    assert_eq!(webhook.token.as_deref(), Some("hush-token"));
    assert!(!format!("{loaded:?}").contains("hush"));
}

#[test]
fn the_shortest_monitor_has_the_defaults() {
    let monitor = load("assay: 1\nmonitor: m\nsource: {path: a.parquet}\nbaseline: {profile: m@champion}\n").monitor;
    assert_eq!(shown(&monitor.defaults.numeric), [("psi", Some(0.1), Some(0.25))]);
    let categorical = [("chi_square", Some(0.1), Some(0.2)), ("unseen", Some(0.001), Some(0.005))];
    assert_eq!(shown(&monitor.defaults.categorical), categorical);
    assert_eq!(monitor.defaults.missing.as_ref().map(|test| test.limits), Some(limits(0.01, 0.05)));
    assert!(monitor.defaults.numeric[0].at.is_none(), "built in");
    assert_eq!((monitor.defaults.psi_bins, monitor.significance.alpha), (10, 0.01));
    assert_eq!((monitor.window.size, monitor.window.min_rows), (WindowSize::Whole, 500));
    assert_eq!(monitor.confirm, Confirm { fail: 1, recover: 1 });
    assert!(monitor.watch_all && monitor.columns.is_empty() && monitor.retrain.is_none() && monitor.dataset.is_none());
}

#[test]
fn a_written_set_replaces_the_whole_default_set() {
    let monitor =
        read("defaults: {numeric: {ks: {fail: 0.005}}, categorical: {chi_square: {fail: 0.005}}, psi_bins: 20}\n");
    assert_eq!(shown(&monitor.defaults.numeric), [("ks", None, Some(0.005))]);
    assert_eq!(shown(&monitor.defaults.categorical), [("chi_square", None, Some(0.005))]);
    assert_eq!(monitor.defaults.missing.map(|test| test.limits), Some(limits(0.01, 0.05)));
    assert_eq!(monitor.defaults.psi_bins, 20);
    assert!(read("defaults: {missing: off}\n").defaults.missing.is_none());
    let missing = read("defaults: {missing: 3%}\n").defaults.missing.expect("missing");
    assert_eq!((missing.limits, missing.written), (limits(None, 0.03), (None, Some("3%".into()))));
    let missing = read("defaults: {missing: }\n").defaults.missing.expect("missing");
    assert_eq!(missing.limits, limits(0.01, 0.05));
}

#[test]
fn tests_are_named_with_and_without_limits() {
    let tests = |body: &str| {
        let monitor = read(&format!("columns: {{a: {body}}}\n"));
        let column = monitor.columns.into_iter().next().expect("a column");
        (column.kind, column.tests.expect("tests"))
    };
    let (kind, named) = tests("{tests: [psi, ks]}");
    assert_eq!(kind, Some(ColumnKind::Numeric), "ks asks for a number");
    assert_eq!(shown(&named), [("psi", Some(0.1), Some(0.25)), ("ks", Some(0.1), Some(0.2))]);
    let (kind, named) = tests("{tests: {psi: 0.2, wasserstein: {}}}".replace("{}", "{warn: 0.5}").as_str());
    assert_eq!(kind, Some(ColumnKind::Numeric));
    assert_eq!(shown(&named), [("psi", None, Some(0.2)), ("wasserstein", Some(0.5), None)]);
    let (kind, named) = tests("{tests: {psi: , missing: 20%}}");
    assert_eq!(kind, None, "both tests are for either kind");
    assert_eq!(shown(&named), [("psi", Some(0.1), Some(0.25)), ("missing", None, Some(0.2))]);
    let (kind, named) = tests("{tests: {unseen: 0.1%, missing: off}}");
    assert_eq!(kind, Some(ColumnKind::Categorical));
    assert_eq!(shown(&named), [("unseen", None, Some(0.001)), ("missing", None, None)]);
}

#[test]
fn a_share_is_the_nearest_number() {
    for (text, number) in
        [("0.1%", 0.001), ("0.5%", 0.005), ("5%", 0.05), ("12.34%", 0.1234), ("100%", 1.0), ("0%", 0.0)]
    {
        let monitor = read(&format!("defaults: {{missing: {text}}}\n"));
        assert_eq!(monitor.defaults.missing.expect("missing").limits.fail, Some(number), "{text}");
    }
    for text in ["5", "0.05", "-1%", "101%", "1e1%", "x%", "%", "1,5%", ".inf%"] {
        assert!(refused(&format!("defaults: {{missing: \"{text}\"}}\n")).contains("share such as"), "{text}");
    }
}

#[test]
fn windows_are_civil_or_of_rows() {
    let size = |size: &str| read(&format!("{TIMED}window: {{size: {size}}}\n")).window.size;
    for (text, expected) in [
        ("1h", WindowSize::Hours(1)),
        ("6h", WindowSize::Hours(6)),
        ("12h", WindowSize::Hours(12)),
        ("24h", WindowSize::Days(1)),
        ("1d", WindowSize::Days(1)),
        ("3d", WindowSize::Days(3)),
        ("7d", WindowSize::Days(7)),
        ("1w", WindowSize::Days(7)),
        ("2w", WindowSize::Days(14)),
        ("all", WindowSize::Whole),
        ("100000 rows", WindowSize::Rows(100_000)),
        ("{rows: 250}", WindowSize::Rows(250)),
    ] {
        assert_eq!(size(text), expected, "{text}");
    }
    assert_eq!(read(TIMED).window.size, WindowSize::Days(1), "with a timestamp a window is a day");
    assert_eq!(read("window: {size: 10 rows}\n").window.size, WindowSize::Rows(10), "rows need no time");
    for text in
        ["5h", "36h", "0h", "0d", "367d", "53w", "30m", "90s", "6", "d", "-1d", "1.5h", "1D", "0 rows", "{row: 5}"]
    {
        assert!(!refused(&format!("{TIMED}window: {{size: {text}}}\n")).is_empty(), "{text}");
    }
}

#[test]
fn baselines_are_rows_or_windows() {
    let baseline = |baseline: &str, more: &str| load(&format!("{HEAD}baseline: {baseline}\n{more}")).monitor.baseline;
    match baseline("{from: {path: train.csv, delimiter: ';', where: \"split = 'train'\"}}", "") {
        BaselineSource::From { source, filter } => {
            assert_eq!((source.format, source.csv.delimiter, source.path.as_str()), (Format::Csv, b';', "train.csv"));
            assert_eq!(source.resolved, Path::new("checks/models/train.csv"));
            assert_eq!(filter.expect("a filter").0, "split = 'train'");
        }
        other => panic!("{other:?}"),
    }
    let rolling = baseline("{rolling: {windows: 28, gap: 1d}}", TIMED);
    assert_eq!(rolling, BaselineSource::Rolling { windows: 28, gap_seconds: 86_400 });
    let day = baseline("{same: day_of_week, weeks: 6}", TIMED);
    assert_eq!(day, BaselineSource::Same { period: Period::DayOfWeek, weeks: 6 });
    let hours = format!("{TIMED}window: {{size: 1h}}\n");
    for (text, period) in [("hour_of_day", Period::HourOfDay), ("hour_of_week", Period::HourOfWeek)] {
        assert_eq!(baseline(&format!("{{same: {text}}}"), &hours), BaselineSource::Same { period, weeks: 4 });
    }
    assert!(matches!(baseline("{same: day_of_week}", &hours), BaselineSource::Same { .. }), "an hour fits in a day");
}

#[test]
fn the_path_of_the_source_may_hold_a_secret() {
    let text = "assay: 1\nmonitor: m\nvars: {set: live}\nsource: {path: \"lake/${env:SCHED_TOKEN}/${set}.parquet\"}\n\
                baseline: {from: {path: \"${env:SCHED_TOKEN}.parquet\", where: \"d = '${date}'\"}}\n";
    let monitor = load(text).monitor;
    assert_eq!(monitor.source.path, "lake/${env:SCHED_TOKEN}/live.parquet");
    assert_eq!(monitor.source.resolved, Path::new("checks/models/lake/hush-token/live.parquet"));
    match monitor.baseline {
        BaselineSource::From { source, filter } => {
            assert_eq!(source.path, "${env:SCHED_TOKEN}.parquet");
            assert_eq!(filter.expect("a filter").0, "d = '2026-11-20'");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(monitor.vars, [("date".to_owned(), "2026-11-20".to_owned()), ("set".into(), "live".into())]);
}

#[test]
fn values_are_filled_in_once() {
    let mut world = world();
    world.vars.insert("path".into(), "${set}.csv".into());
    let text = format!(
        "{HEAD}{BASE}id: ride\nprediction: {{column: eta, task: regression}}\nlabels: {{table: {{source: {{path: \"${{path}}\"}}}}, column: m}}\n"
    );
    let monitor = world.load_monitor("m.yaml", text.as_bytes()).unwrap_or_else(|broken| panic!("{broken}")).monitor;
    let inline = TableRef::Inline { format: Format::Csv, path: "${set}.csv".into() };
    assert_eq!(monitor.labels.expect("labels").table, inline);
}

#[test]
fn text_is_read_as_numbers_and_times_where_the_monitor_implies_it() {
    let text = "assay: 1\nmonitor: m\nsource: {path: live.csv}\nbaseline: {profile: b.parquet}\n\
                timestamp: {column: at, timezone: Asia/Dubai}\nid: ride\n\
                prediction: {column: churn, task: classification, score: p, positive: 1}\n\
                columns:\n  km: numeric\n  fare: {kind: numeric, type: \"decimal(12,2)\"}\n  city: categorical\n  ride: {type: int64}\n";
    let monitor = load(text).monitor;
    let read: Vec<(&str, String)> = monitor
        .read
        .iter()
        .map(|spec| (spec.name.as_str(), spec.ty.as_ref().map_or("-".into(), ToString::to_string)))
        .collect();
    let expected = [
        ("km", "float64"),
        ("fare", "decimal(12,2)"),
        ("ride", "int64"),
        ("at", "timestamp[Asia/Dubai]"),
        ("p", "float64"),
    ];
    assert_eq!(read, expected.map(|(name, ty)| (name, ty.to_owned())));
    let names: Vec<&str> = monitor.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["km", "fare", "city"], "the id is read, not watched");
    let Some(Task::Classification { positive, .. }) = monitor.prediction.map(|prediction| prediction.task) else {
        panic!("no classification");
    };
    assert_eq!(positive, Some(Category::text("1")), "an undeclared column of text holds text");
    assert!(read_typed("").is_empty(), "typed sources have types of their own");
}

fn read_typed(body: &str) -> Vec<Option<Type>> {
    read(&format!("{TIMED}columns: {{km: numeric}}\n{body}")).read.into_iter().map(|spec| spec.ty).collect()
}

#[test]
fn rows_of_a_baseline_in_text_are_read_by_type_too() {
    let text =
        format!("{HEAD}baseline: {{from: {{path: train.csv}}}}\ncolumns: {{km: {{kind: numeric, type: int32}}}}\n");
    let monitor = load(&text).monitor;
    assert_eq!((monitor.source.format, monitor.read.len()), (Format::Parquet, 1));
    assert_eq!(monitor.read[0].ty, Some(Type::Int(32)));
    assert!(refused("columns: {km: {type: int32}}\n").contains("parquet has types of its own"));
}

#[test]
fn without_a_header_the_columns_stand_in_the_order_of_the_file() {
    let text = "assay: 1\nmonitor: m\nsource: {path: live.csv, header: false}\nbaseline: {profile: b.parquet}\n\
                prediction: {column: eta, task: regression}\ncolumns:\n  city: categorical\n  eta: {}\n  km: numeric\n";
    let monitor = load(text).monitor;
    let read: Vec<&str> = monitor.read.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(read, ["city", "eta", "km"]);
    assert_eq!(monitor.read[1].ty, Some(Type::Float(64)));
}

#[test]
fn the_positive_class_is_a_value_of_its_column() {
    let positive = |text: &str| {
        let task = format!("prediction: {{column: churn, task: classification, positive: {text}}}\n");
        match read(&task).prediction.expect("a prediction").task {
            Task::Classification { positive, .. } => positive.expect("a class"),
            Task::Regression => panic!("a regression"),
        }
    };
    assert_eq!(positive("1"), Category::integer(1));
    assert_eq!(positive("1.0"), Category::integer(1));
    assert_eq!(positive("\"1\""), Category::text("1"));
    assert_eq!(positive("left"), Category::text("left"));
    assert_eq!(positive("true").text, "true");
    assert_ne!(positive("true"), Category::text("true"));
}

#[test]
fn importance_is_at_most_one_in_sum() {
    assert_eq!(read("columns: {a: {importance: 0.1}, b: {importance: 0.2}, c: {importance: 0.7}}\n").columns.len(), 3);
    assert!(refused("columns: {a: {importance: 0.6}, b: {importance: 0.5}}\n").contains("more than 1"));
    assert!(refused("columns: {a: {importance: -0.1}}\n").contains("from 0 to 1"));
}
