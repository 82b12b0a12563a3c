//! From measurements to verdicts: outcomes at and beyond each limit, vacuous passes, and what is said about it.

use assay_core::measurement::{Duplicates, Extremes, Measurement, MetricError, Quantiles, Sum, Tally, Total};
use assay_core::types::Type;
use assay_core::value::Value;
use assay_core::verdict::{Outcome, Verdict};

use crate::build;
use crate::build::Built;
use crate::testing::{Setup, node, setup};

fn table() -> Setup {
    setup(&[
        ("id", "int64"),
        ("name", "string"),
        ("ratio", "float64"),
        ("day", "date"),
        ("at", "timestamp[UTC]"),
        ("naive", "timestamp"),
    ])
}

fn tally(tested: u64, failing: u64) -> Tally {
    Tally { selected: tested, tested, failing, ..Tally::default() }
}

fn rows(column: &str, yaml: &str, tally: Tally) -> Verdict {
    let table = table();
    table.judge(&table.build(Some(column), yaml), Measurement::Tally(tally))
}

fn of_table(yaml: &str, answer: Measurement) -> Verdict {
    let table = table();
    table.judge(&table.build(None, yaml), answer)
}

fn said(verdict: &Verdict) -> (Outcome, &str) {
    (verdict.outcome, verdict.message.as_str())
}

#[test]
fn completeness_is_a_share_of_all_rows() {
    let verdict = rows("name", "completeness: {warn: 99%, fail: 95%}", tally(10_000, 812));
    assert_eq!(said(&verdict), (Outcome::Fail, "91.88% present (812 of 10000 null), expected at least 95%"));
    assert_eq!(verdict.expected.as_deref(), Some("at least 95%"));
    assert_eq!(verdict.observed, Some(assay_core::verdict::Observed::Number(0.9188)));
    let limits = verdict.limits.expect("limits");
    assert_eq!(limits.warn, [("min".to_owned(), "99%".to_owned())]);
    assert_eq!(limits.fail, [("min".to_owned(), "95%".to_owned())]);
    let verdict = rows("name", "completeness: {warn: 99%, fail: 95%}", tally(10_000, 500));
    assert_eq!(said(&verdict), (Outcome::Warn, "95% present (500 of 10000 null), expected at least 99%"));
    let verdict = rows("name", "completeness: {warn: 99%, fail: 95%}", tally(10_000, 100));
    assert_eq!(said(&verdict), (Outcome::Pass, "99% present (100 of 10000 null), expected at least 99%"));
    let verdict = rows("name", "completeness: {warn: 99%, fail: 95%}", tally(10_000, 501));
    assert_eq!(verdict.outcome, Outcome::Fail);
    let verdict = rows("name", "required: true", tally(1_000_000, 1));
    assert_eq!(said(&verdict), (Outcome::Fail, "99.9999% present (1 of 1000000 null), expected 100%"));
    let verdict = rows("name", "completeness: {tolerate: 5, blank: forbid}", tally(10, 5));
    assert_eq!(said(&verdict), (Outcome::Pass, "5 of 10 rows missing, at most 5 allowed"));
    let verdict = rows("name", "completeness: {tolerate: 5, blank: forbid}", tally(10, 6));
    assert_eq!(said(&verdict), (Outcome::Fail, "6 of 10 rows missing, at most 5 allowed"));
}

#[test]
fn a_tolerance_is_inclusive() {
    let verdict = rows("id", "range: [0, 100]", tally(10, 0));
    assert_eq!(said(&verdict), (Outcome::Pass, "10 of 10 rows within 0 to 100"));
    assert_eq!((verdict.expected.as_deref(), verdict.tolerate.as_deref()), (Some("0 to 100"), Some("0")));
    let verdict = rows("id", "range: [0, 100]", tally(10, 1));
    assert_eq!(said(&verdict), (Outcome::Fail, "1 of 10 rows outside 0 to 100, none allowed"));
    let at = |failing| rows("id", "range: {min: 0, tolerate: 0.1%}", tally(10_000, failing));
    assert_eq!(said(&at(10)), (Outcome::Pass, "10 of 10000 rows not at least 0 (0.1%), at most 0.1% allowed"));
    assert_eq!(said(&at(11)), (Outcome::Fail, "11 of 10000 rows not at least 0 (0.11%), at most 0.1% allowed"));
    let verdict = rows("id", "range: {min: 0, tolerate: 0.1%}", tally(100_000_000, 100_001));
    assert_eq!(said(&verdict).1, "100001 of 100000000 rows not at least 0 (0.100001%), at most 0.1% allowed");
    let pair = |failing| rows("id", "range: {min: 0, tolerate: {warn: 1, fail: 5}}", tally(10, failing)).outcome;
    assert_eq!([pair(1), pair(2), pair(5), pair(6)], [Outcome::Pass, Outcome::Warn, Outcome::Warn, Outcome::Fail]);
    assert_eq!(rows("id", "range: {min: 0, severity: warn}", tally(10, 1)).outcome, Outcome::Warn);
    assert_eq!(rows("id", "range: {min: 0, tolerate: {warn: 1}}", tally(10, 9)).outcome, Outcome::Warn);
}

#[test]
fn rows_left_out_are_counted() {
    let left = Tally { selected: 20, tested: 10, failing: 1, nulls: 4, unparsed: 3, nan: 2, unknown: 1 };
    let verdict = rows("ratio", "range: {min: 0, tolerate: 1}", left);
    let message = "1 of 10 rows not at least 0, at most 1 allowed; 1 unknown (null); 2 NaN left out; 3 not parsed";
    assert_eq!(said(&verdict), (Outcome::Pass, message));
    let counts = (verdict.tested, verdict.failing, verdict.nulls, verdict.nan, verdict.unknown);
    assert_eq!(counts, (Some(10), Some(1), Some(4), Some(2), Some(1)));
}

#[test]
fn testing_nothing_passes_and_says_so() {
    let verdict = rows("id", "range: [0, 1]", Tally::default());
    assert_eq!(said(&verdict), (Outcome::Pass, "0 rows tested (0 of 1200 rows selected)"));
    assert_eq!((verdict.tested, verdict.failing), (Some(0), Some(0)));
    let verdict = rows("id", "range: {min: 0, where: \"id > 5\"}", Tally::default());
    assert_eq!(said(&verdict), (Outcome::Pass, "0 rows tested (0 of 1200 rows selected)"));
    let verdict = rows("id", "range: {min: 0, on_empty: fail}", Tally::default());
    assert_eq!(said(&verdict), (Outcome::Fail, "0 rows tested (0 of 1200 rows selected), expected some"));
    let verdict = rows("id", "range: {min: 0, on_empty: fail, severity: warn}", Tally::default());
    assert_eq!(verdict.outcome, Outcome::Warn);
    let all_null = Tally { selected: 3, nulls: 3, ..Tally::default() };
    let verdict = rows("id", "range: {min: 0}", all_null);
    assert_eq!(said(&verdict), (Outcome::Pass, "0 rows tested (no value to test in the 3 selected rows)"));
    assert_eq!(rows("name", "required: true", Tally::default()).outcome, Outcome::Pass);
}

#[test]
fn duplicates_are_all_rows_of_a_group() {
    let table = table();
    let answer = Measurement::Duplicates(Duplicates { selected: 10, tested: 9, failing: 5, groups: 2, surplus: 3 });
    let verdict = table.judge(&table.build(Some("id"), "unique: true"), answer.clone());
    assert_eq!(
        said(&verdict),
        (Outcome::Fail, "44.44% unique (5 of 9 duplicated in 2 groups, 3 surplus), expected 100%")
    );
    assert_eq!((verdict.groups, verdict.surplus, verdict.nulls), (Some(2), Some(3), Some(1)));
    let verdict = table.judge(&table.build(Some("id"), "uniqueness: {tolerate: 5}"), answer.clone());
    assert_eq!(said(&verdict), (Outcome::Pass, "5 of 9 rows duplicated (2 groups, 3 surplus), at most 5 allowed"));
    let verdict = table.judge(&table.build(Some("id"), "uniqueness: {tolerate: 4}"), answer);
    assert_eq!(verdict.outcome, Outcome::Fail);
    let clean = Measurement::Duplicates(Duplicates { selected: 9, tested: 9, ..Duplicates::default() });
    let verdict = table.judge(&table.build(Some("id"), "uniqueness: {tolerate: 4}"), clean);
    assert_eq!(said(&verdict), (Outcome::Pass, "9 of 9 rows unique"));
}

#[test]
fn a_count_stands_to_its_limits() {
    let count = |yaml: &str, n| {
        let verdict = of_table(yaml, Measurement::Rows(n));
        (verdict.outcome, verdict.message)
    };
    assert_eq!(count("row_count: {min: 1}", 0), (Outcome::Fail, "0 rows, expected at least 1".into()));
    assert_eq!(count("row_count: {min: 1}", 1), (Outcome::Pass, "1 row, expected at least 1".into()));
    assert_eq!(count("row_count: [5, 7]", 5).0, Outcome::Pass);
    assert_eq!(count("row_count: [5, 7]", 7), (Outcome::Pass, "7 rows, expected 5 to 7".into()));
    assert_eq!(count("row_count: [5, 7]", 8), (Outcome::Fail, "8 rows, expected 5 to 7".into()));
    assert_eq!(count("row_count: 5", 6), (Outcome::Fail, "6 rows, expected exactly 5".into()));
    assert_eq!(count("row_count: {not: 5}", 5), (Outcome::Fail, "5 rows, expected anything but 5".into()));
    assert_eq!(count("row_count: {above: 5}", 5), (Outcome::Fail, "5 rows, expected above 5".into()));
    assert_eq!(count("row_count: {below: 5}", 5), (Outcome::Fail, "5 rows, expected below 5".into()));
    assert_eq!(count("row_count: {outside: [5, 7]}", 5).0, Outcome::Fail);
    assert_eq!(count("row_count: {outside: [5, 7]}", 7), (Outcome::Fail, "7 rows, expected below 5 or above 7".into()));
    assert_eq!(count("row_count: {outside: [5, 7]}", 4).0, Outcome::Pass);
    assert_eq!(count("row_count: {outside: [5, 7]}", 8).0, Outcome::Pass);
    assert_eq!(count("row_count: {min: 5, max: 7}", 8), (Outcome::Fail, "8 rows, expected 5 to 7".into()));
    assert_eq!(count("row_count: {min: {warn: 10, fail: 5}}", 10).0, Outcome::Pass);
    assert_eq!(
        count("row_count: {min: {warn: 10, fail: 5}}", 9),
        (Outcome::Warn, "9 rows, expected at least 10".into())
    );
    assert_eq!(
        count("row_count: {min: {warn: 10, fail: 5}}", 4),
        (Outcome::Fail, "4 rows, expected at least 5".into())
    );
    assert_eq!(
        count("row_count: {min: {warn: 10}, max: 20}", 9),
        (Outcome::Warn, "9 rows, expected at least 10".into())
    );
    assert_eq!(
        count("row_count: {min: {warn: 10}, max: 20}", 21),
        (Outcome::Fail, "21 rows, expected at most 20".into())
    );
    assert_eq!(count("row_count: {max: 18446744073709551614}", u64::MAX).0, Outcome::Fail);
}

#[test]
fn a_mean_is_compared_as_its_sum() {
    let mean = |column: &str, yaml: &str, total: Total, tested, nan| {
        let table = table();
        let answer = Measurement::Sum(Sum { selected: tested + nan + 1, tested, nan, total });
        let verdict = table.judge(&table.build(Some(column), yaml), answer);
        (verdict.outcome, verdict.message)
    };
    let exact = |text: &str| Total::Exact(text.parse().expect("a number"));
    assert_eq!(
        mean("id", "mean: {max: 0.33}", exact("1"), 3, 0),
        (Outcome::Fail, "mean 0.333333, expected at most 0.33".into())
    );
    assert_eq!(
        mean("id", "mean: {max: 0.333333}", exact("1"), 3, 0),
        (Outcome::Fail, "mean 0.3333333, expected at most 0.333333".into())
    );
    assert_eq!(mean("id", "mean: [40, 90]", exact("120"), 3, 0), (Outcome::Pass, "mean 40, expected 40 to 90".into()));
    assert_eq!(mean("id", "mean: 9007199254740993", exact("9007199254740993"), 1, 0).0, Outcome::Pass);
    assert_eq!(mean("id", "mean: 9007199254740992", exact("9007199254740993"), 1, 0).0, Outcome::Fail);
    assert_eq!(
        mean("ratio", "mean: {max: 0.1}", Total::Float(0.2), 2, 3),
        (Outcome::Pass, "mean 0.1, expected at most 0.1; 3 NaN left out".into())
    );
    assert_eq!(
        mean("ratio", "mean: {max: 5}", Total::Float(f64::NAN), 2, 0),
        (Outcome::Fail, "mean nan, expected at most 5".into())
    );
    assert_eq!(mean("ratio", "mean: {min: 5}", Total::Float(f64::INFINITY), 2, 0).0, Outcome::Pass);
    assert_eq!(
        mean("ratio", "mean: {min: 5}", Total::Float(0.0), 0, 2),
        (Outcome::Fail, "no value (none in the 3 selected rows), expected at least 5; 2 NaN left out".into())
    );
    assert_eq!(mean("ratio", "mean: {min: 5, on_empty: pass}", Total::Float(0.0), 0, 2).0, Outcome::Pass);
    assert_eq!(mean("ratio", "mean: {min: {warn: 5}}", Total::Float(0.0), 0, 2).0, Outcome::Warn);
}

#[test]
fn quantiles_are_judged_together() {
    let quantiles = |yaml: &str, values: Option<Vec<f64>>| {
        let table = table();
        let tested = values.as_ref().map_or(0, |_| 10);
        let answer = Measurement::Quantiles(Quantiles { selected: tested, tested, nan: 0, values });
        let verdict = table.judge(&table.build(Some("ratio"), yaml), answer);
        (verdict.outcome, verdict.message)
    };
    assert_eq!(quantiles("median: [3, 8]", Some(vec![5.25])), (Outcome::Pass, "median 5.25, expected 3 to 8".into()));
    assert_eq!(
        quantiles("median: [3, 8]", Some(vec![8.000_000_1])),
        (Outcome::Fail, "median 8.0000001, expected 3 to 8".into())
    );
    assert_eq!(
        quantiles("quantile: {p99: {max: 5}, p50: [1, 2]}", Some(vec![1.5, 6.0])),
        (Outcome::Fail, "p99 6, expected at most 5; p50 1.5, expected 1 to 2".into())
    );
    assert_eq!(
        quantiles("median: [3, 8]", None),
        (Outcome::Fail, "no value (0 of 1200 rows selected), expected 3 to 8".into())
    );
    assert_eq!(quantiles("median: [3, 8]", Some(vec![1.0, 2.0])).0, Outcome::Error);
}

fn newest(max: Option<Value>) -> Measurement {
    let n = if max.is_some() { 5 } else { 0 };
    Measurement::Extremes(Extremes { selected: n, tested: n, min: max.clone(), max })
}

/// An instant so many seconds from the run's clock, noon of 2026-11-20 UTC.
fn instant(seconds: i128) -> Option<Value> {
    Some(Value::Instant((1_795_176_000 + seconds) * 1_000_000_000))
}

#[test]
fn freshness_is_an_age() {
    let fresh = |yaml: &str, max| {
        let verdict = of_table(yaml, newest(max));
        (verdict.outcome, verdict.message)
    };
    let pair = "freshness: {column: at, max_age: {warn: 2h, fail: 6h}}";
    assert_eq!(
        fresh(pair, instant(-7_200)),
        (Outcome::Pass, "newest value 2026-11-20T10:00:00Z is 2h old, expected at most 2h old".into())
    );
    assert_eq!(
        fresh(pair, instant(-7_201)),
        (Outcome::Warn, "newest value 2026-11-20T09:59:59Z is 2h 1s old, expected at most 2h old".into())
    );
    assert_eq!(fresh(pair, instant(-21_600)).0, Outcome::Warn);
    assert_eq!(
        fresh(pair, instant(-21_601)),
        (Outcome::Fail, "newest value 2026-11-20T05:59:59Z is 6h 1s old, expected at most 6h old".into())
    );
    assert_eq!(
        fresh(pair, instant(300)),
        (Outcome::Pass, "newest value 2026-11-20T12:05:00Z is 5m ahead, expected at most 2h old".into())
    );
    let (outcome, message) = fresh(pair, instant(301));
    assert_eq!(outcome, Outcome::Fail);
    assert!(message.contains("is in the future (5m 1s ahead)"), "{message}");
    assert_eq!(
        fresh(pair, None),
        (Outcome::Fail, "no newest value (0 of 1200 rows selected), expected at most 2h old".into())
    );
    assert_eq!(fresh("freshness: {column: at, max_age: 1h, on_empty: pass}", None).0, Outcome::Pass);
    assert_eq!(fresh("freshness: {column: at, max_age: 1h, severity: warn}", None).0, Outcome::Warn);
    assert_eq!(
        fresh("freshness: {column: at, max_age: 1h}", Some(Value::Instant(i128::from(i64::MIN) * 4))).0,
        Outcome::Fail
    );
}

#[test]
fn looking_back_does_not_judge_the_future() {
    let back = Setup { as_of: true, ..table() };
    let verdict = back.judge(&back.build(None, "freshness: {column: at, max_age: 1h}"), newest(instant(90_000)));
    assert_eq!(verdict.outcome, Outcome::Pass);
    assert!(verdict.notes[0].contains("lies after --as-of"), "{:?}", verdict.notes);
}

#[test]
fn dates_are_compared_as_whole_days() {
    let day = |offset: i32| Some(Value::Date(20_777 + offset));
    let fresh = |max_age: &str, max| of_table(&format!("freshness: {{column: day, max_age: {max_age}}}"), newest(max));
    let today = fresh("1h", day(0));
    assert_eq!(said(&today), (Outcome::Pass, "newest value 2026-11-20 is of today, expected at most 1h old"));
    assert_eq!(
        said(&fresh("1d", day(-1))),
        (Outcome::Pass, "newest value 2026-11-19 is 1d old, expected at most 1d old")
    );
    assert_eq!(fresh("23h", day(-1)).outcome, Outcome::Fail);
    assert_eq!(fresh("1d", day(-2)).outcome, Outcome::Fail);
    assert_eq!(fresh("1d", day(1)).outcome, Outcome::Fail);
    assert_eq!(fresh("1d", Some(Value::Date(i32::MAX))).outcome, Outcome::Error);
}

#[test]
fn the_zone_decides_which_day_and_instant_it_is() {
    let mut kiritimati = table();
    kiritimati.columns[3].read.timezone = Some("Pacific/Kiritimati".into());
    // noon in UTC is two hours into the next day there
    let built = kiritimati.build(None, "freshness: {column: day, max_age: 1h}");
    assert_eq!(kiritimati.judge(&built, newest(Some(Value::Date(20_778)))).outcome, Outcome::Pass);
    assert_eq!(kiritimati.judge(&built, newest(Some(Value::Date(20_777)))).outcome, Outcome::Fail);
    let mut berlin = table();
    berlin.source.timezone = Some("Europe/Berlin".into());
    let built = berlin.build(None, "freshness: {column: naive, max_age: 1h}");
    let noon = 1_795_176_000_i128;
    assert_eq!(berlin.judge(&built, newest(Some(Value::Naive(noon * 1_000_000_000)))).outcome, Outcome::Pass);
    assert_eq!(berlin.judge(&built, newest(Some(Value::Naive((noon - 1) * 1_000_000_000)))).outcome, Outcome::Fail);
}

#[test]
fn a_schema_names_what_differs() {
    let judge = |yaml: &str, observed: &[(&str, Type)], optional: bool| {
        let mut around = setup(&[("id", "int32"), ("name", "string")]);
        around.columns[1].optional = optional;
        around.observed = Some(observed.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect());
        let entries = node(yaml);
        let entry = entries.entries().and_then(<[_]>::first).map(|(key, value)| (key, value));
        let built: Built = build::schema(entry, &around.context(None), Default::default()).expect("builds");
        let verdict = around.judge(&built, Measurement::Rows(0));
        (verdict.outcome, verdict.message)
    };
    let (int, text) = (Type::Int(32), Type::String);
    let good = [("id", int.clone()), ("name", text.clone())];
    assert_eq!(judge("schema: {}", &good, false), (Outcome::Pass, "2 columns, expected the 2 declared columns".into()));
    let wide = [("id", Type::Int(64)), ("name", text.clone())];
    assert_eq!(judge("schema: {}", &wide, false).0, Outcome::Pass);
    assert!(judge("schema: {allow_widening: false}", &wide, false).1.starts_with("`id` is int64, wider than int32"));
    let narrow = [("id", Type::Int(16)), ("name", text.clone())];
    assert!(judge("schema: {}", &narrow, false).1.starts_with("`id` is int16, narrower than int32"));
    let changed = [("id", Type::Bool), ("name", text.clone())];
    assert!(judge("schema: {}", &changed, false).1.starts_with("`id` is bool, declared int32"));
    let missing = [("id", int.clone())];
    assert_eq!(judge("schema: {}", &missing, false).1, "missing `name`, expected the 2 declared columns");
    assert_eq!(judge("schema: {}", &missing, true).0, Outcome::Pass);
    assert_eq!(judge("schema: {severity: warn}", &missing, false).0, Outcome::Warn);
    let extra = [("id", int.clone()), ("new", text.clone()), ("name", text.clone())];
    assert_eq!(judge("schema: {}", &extra, false).0, Outcome::Pass);
    assert!(judge("schema: {extra_columns: forbid}", &extra, false).1.starts_with("extra `new`"));
    assert!(judge("schema: {forbidden: [NEW]}", &extra, false).1.starts_with("forbidden `new`"));
    assert!(
        judge("schema: {order: strict}", &extra, false)
            .1
            .starts_with("`new` stands where `name` is expected (position 2)")
    );
    assert!(judge("schema: {column_count: 2}", &extra, false).1.starts_with("3 columns instead of 2"));
    let double = [("Id", int.clone()), ("ID", int), ("name", text)];
    assert_eq!(judge("schema: {}", &double, false).0, Outcome::Error);
}

#[test]
fn what_could_not_be_measured_is_an_error() {
    let table = table();
    let why = || MetricError { code: "unreadable", text: "lake/t/p-3.parquet: footer is truncated".into() };
    for (column, yaml) in [
        (Some("id"), "range: [0, 1]"),
        (Some("id"), "mean: [0, 1]"),
        (None, "row_count: 5"),
        (None, "freshness: {column: at, max_age: 1h}"),
    ] {
        let verdict = table.judge_result(&table.build(column, yaml), Err(why()));
        assert_eq!(said(&verdict), (Outcome::Error, "lake/t/p-3.parquet: footer is truncated"), "{yaml}");
        assert_eq!(verdict.reason.map(|r| r.code).as_deref(), Some("unreadable"));
        let verdict = table.judge(&table.build(column, yaml), Measurement::Duplicates(Duplicates::default()));
        assert!(verdict.outcome == Outcome::Error || yaml.starts_with("range"), "{yaml}");
    }
}
