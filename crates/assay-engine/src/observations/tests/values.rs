//! Which values rows may have, and which rows are accepted.

use arrow::array::*;
use arrow::datatypes::Int8Type;

use super::*;

const SPECS: [&str; 5] = ["at timestamp[UTC]", "x float64", "n int8", "s string", "b bool"];

fn rejected(accepted: &Accepted) -> Vec<(u64, &str)> {
    accepted.rejected.iter().map(|(row, why)| (*row, why.as_str())).collect()
}

#[test]
fn rows_of_json_have_the_declared_columns_and_nothing_else() {
    let body = "{\"at\": \"2026-11-20T06:00:00Z\", \"x\": 1.5, \"n\": 3, \"s\": \"a\\u00e4\", \"b\": true, \"other\": [1]}\n\
                \n{\"at\": \"2026-11-20T06:00:00.000000001+04:00\", \"x\": null}\r\n";
    let found = accepted(Written::Ndjson, body.as_bytes(), &SPECS).expect("readable");
    assert_eq!((found.rows, found.n_rejected), (2, 0));
    assert_eq!(
        shown(&found.bytes),
        ["2026-11-20T06:00:00Z|1.5|3|aä|true", "2026-11-20T02:00:00.000000001Z|null|null|null|null"]
    );
    let names: Vec<String> =
        decoded(&found.bytes).expect("rows").schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names, ["at", "x", "n", "s", "b"]);
}

#[test]
fn a_row_with_a_value_of_a_wrong_type_or_without_a_time_is_named_and_left_out() {
    let at = "\"at\":\"2026-11-20T06:00:00Z\"";
    let rows = [
        format!("{{{at},\"x\":1}}"),
        format!("{{{at},\"x\":\"1\"}}"),
        format!("{{{at},\"n\":128}}"),
        format!("{{{at},\"n\":1.5,\"b\":1}}"),
        format!("{{{at},\"s\":1}}"),
        "{\"x\":1}".to_string(),
        "{\"at\":\"yesterday\"}".to_string(),
        "{\"at\":\"2026-11-20T06:00:00\",\"x\":2}".to_string(),
    ];
    let found = accepted(Written::Ndjson, rows.join("\n").as_bytes(), &SPECS).expect("readable");
    let expected = [
        (1, "`x` is no float64"),
        (2, "`n` is no int8"),
        (3, "`n` is no int8"),
        (4, "`s` is no string"),
        (5, "`at`, the time of the row, is missing"),
        (6, "`at` is no timestamp[UTC]"),
    ];
    assert_eq!(rejected(&found), expected);
    assert_eq!((found.rows, found.n_rejected), (2, 6));
    assert_eq!(shown(&found.bytes), ["2026-11-20T06:00:00Z|1|null|null|null", "2026-11-20T06:00:00Z|2|null|null|null"]);
}

#[test]
fn no_more_than_a_hundred_are_named_and_all_are_counted() {
    let body = "{\"x\":1}\n".repeat(250);
    let found = accepted(Written::Ndjson, body.as_bytes(), &SPECS).expect("readable");
    assert_eq!((found.rows, found.n_rejected, found.rejected.len()), (0, 250, 100));
    assert_eq!(found.rejected[99].0, 99);
    assert_eq!(shown(&found.bytes), Vec::<String>::new());
}

#[test]
fn the_caller_refuses_rows_by_their_time() {
    let body =
        "{\"at\":\"1970-01-01T00:00:01Z\"}\n{\"at\":\"1970-01-02T00:00:00Z\"}\n{\"at\":\"1970-01-01T00:00:03Z\"}\n";
    let mut times = Vec::new();
    let mut place = |time: i128| {
        times.push(time);
        if time > 10_000_000_000 { Err("is too new".to_string()) } else { Ok(()) }
    };
    let found =
        read(Written::Ndjson, body.as_bytes(), &columns(&SPECS), &source(), "at", &mut place).expect("readable");
    assert_eq!(times, [1_000_000_000, 86_400_000_000_000, 3_000_000_000]);
    assert_eq!(rejected(&found), [(1, "`at` is too new")]);
    assert_eq!(found.rows, 2);
}

#[test]
fn dates_are_times_of_days() {
    let specs = columns(&["at date"]);
    let mut times = Vec::new();
    let mut place = |time: i128| {
        times.push(time);
        Ok(())
    };
    let body = b"{\"at\":\"1970-01-03\"}";
    read(Written::Ndjson, body, &specs, &source(), "at", &mut place).expect("readable");
    let days = stream(&[("at", Arc::new(Date64Array::from(vec![86_400_000])) as ArrayRef)]);
    read(Written::ArrowStream, &days, &specs, &source(), "at", &mut place).expect("readable");
    assert_eq!(times, [172_800_000_000_000, 86_400_000_000_000]);
}

#[test]
fn values_of_other_arrow_types_are_read_as_json_would_have_them() {
    let micros: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1, 2, 3, 4]).with_timezone("Asia/Dubai"));
    let cases: Vec<(&str, ArrayRef, [&str; 4])> = vec![
        ("x float64", Arc::new(Int32Array::from(vec![Some(1), None, Some(-3), Some(4)])), ["1", "null", "-3", "4"]),
        ("x float64", Arc::new(Float32Array::from(vec![0.5, f32::NAN, 1e30, -0.0])), ["0.5", "nan", "", ""]),
        ("x float64", Arc::new(StringArray::from(vec![Some("1"), None, Some("a"), None])), ["!", "null", "!", "null"]),
        ("x int8", Arc::new(Int64Array::from(vec![127, 128, -128, -129])), ["127", "!", "-128", "!"]),
        ("x int64", Arc::new(Float64Array::from(vec![1.0, 1.5, -2.0, f64::NAN])), ["1", "!", "-2", "!"]),
        (
            "x bool",
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), None])),
            ["true", "null", "false", "null"],
        ),
        ("x string", Arc::new(BooleanArray::from(vec![true; 4])), ["!"; 4]),
        (
            "x string",
            Arc::new(LargeStringArray::from(vec![Some("a"), None, Some(""), Some("ä")])),
            ["a", "null", "", "ä"],
        ),
        (
            "x string",
            Arc::new(StringViewArray::from(vec!["a", "b", "c", "longer than twelve bytes"])),
            ["a", "b", "c", "longer than twelve bytes"],
        ),
        (
            "x string",
            Arc::new(vec![Some("a"), None, Some("b"), Some("a")].into_iter().collect::<DictionaryArray<Int8Type>>()),
            ["a", "null", "b", "a"],
        ),
        ("x decimal(4,2)", Arc::new(Float64Array::from(vec![1.25, 1.255, 99.99, 100.0])), ["1.25", "!", "99.99", "!"]),
        (
            "x decimal(4,2)",
            Arc::new(
                Decimal128Array::from(vec![125, 9_999, 10_000, 0]).with_precision_and_scale(9, 2).expect("digits"),
            ),
            ["1.25", "99.99", "!", "0.00"],
        ),
        (
            "x date",
            Arc::new(Date32Array::from(vec![Some(0), None, Some(1), Some(2)])),
            ["1970-01-01", "null", "1970-01-02", "1970-01-03"],
        ),
        (
            "x date",
            Arc::new(StringArray::from(vec!["2026-11-20", "2026-13-01", "x", ""])),
            ["2026-11-20", "!", "!", "!"],
        ),
        (
            "x timestamp",
            Arc::new(TimestampMillisecondArray::from(vec![Some(1), None, Some(i64::MAX), Some(0)])),
            ["1970-01-01T00:00:00.001", "null", "!", "1970-01-01T00:00:00"],
        ),
        (
            "x time",
            Arc::new(Time32SecondArray::from(vec![60, 3_600, 0, 1])),
            ["00:01:00", "01:00:00", "00:00:00", "00:00:01"],
        ),
        ("x string", Arc::new(NullArray::new(4)), ["null"; 4]),
    ];
    for (spec, array, expected) in cases {
        let what = format!("{} as {spec}", array.data_type());
        let body = stream(&[("x", array), ("at", micros.clone())]);
        let found = accepted(Written::ArrowStream, &body, &["at timestamp[UTC]", spec])
            .unwrap_or_else(|e| panic!("{what}: {e}"));
        let mut rows = shown(&found.bytes).into_iter();
        for (row, value) in expected.iter().enumerate() {
            let is_bad = found.rejected.iter().any(|(at, _)| *at == row as u64);
            assert_eq!(is_bad, *value == "!", "{what}, row {row}: {:?}", found.rejected);
            if !is_bad {
                let shown = rows.next().expect("a row");
                assert!(value.is_empty() || shown.ends_with(&format!("|{value}")), "{what}, row {row}: {shown}");
            }
        }
    }
}

#[test]
fn rows_get_the_columns_that_are_declared_by_now() {
    let body = b"{\"at\":\"2026-11-20T06:00:00Z\",\"x\":1.5,\"s\":\"a\"}\n";
    let before = ["at timestamp[UTC]", "x float64", "s string"];
    let found = accepted(Written::Ndjson, body, &before).expect("readable");
    assert_eq!(conform(&found.bytes, &columns(&before), &source()), Ok(None));
    let now = columns(&["at timestamp[UTC]", "x int64", "s string", "new bool"]);
    let rows = conform(&found.bytes, &now, &source()).expect("readable").expect("other columns");
    assert_eq!(shown(&rows), ["2026-11-20T06:00:00Z|null|a|null"]);
    assert!(conform(b"ARROW1 and nothing", &now, &source()).is_err());
}

#[test]
fn columns_that_no_text_can_be_read_to_are_not_the_bodys_fault() {
    let found = accepted(Written::Ndjson, b"{}", &["at timestamp[UTC]", "x decimal"]);
    assert!(matches!(found, Err(Refused::Columns(_))), "{found:?}");
    let found = accepted(Written::Ndjson, b"{}", &["time timestamp[UTC]"]);
    assert!(matches!(found, Err(Refused::Columns(_))), "{found:?}");
}
