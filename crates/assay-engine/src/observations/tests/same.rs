//! Both formats mean the same.

use arrow::array::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

const SPECS: [&str; 5] = ["at timestamp[UTC]", "x float64", "n int16", "s string", "b bool"];

/// A row as somebody sends it: values that may be missing or of another column's type.
#[derive(Debug, Clone)]
struct Sent {
    at: Option<i64>,
    x: Option<f64>,
    n: Option<i64>,
    s: Option<String>,
    b: Option<bool>,
}

fn sent() -> impl Strategy<Value = Sent> {
    let at = prop::option::weighted(0.9, -1_000_000_000_i64..4_000_000_000_000);
    let x = prop::option::of(any::<f64>().prop_filter("JSON has no others", |x| x.is_finite()));
    let n = prop::option::of(prop_oneof![-40_000_i64..40_000, any::<i64>()]);
    (at, x, n, prop::option::of(".{0,8}"), prop::option::of(any::<bool>())).prop_map(|(at, x, n, s, b)| Sent {
        at,
        x,
        n,
        s,
        b,
    })
}

fn as_json(rows: &[Sent], swapped: bool) -> Vec<u8> {
    let mut body = Vec::new();
    for row in rows {
        let at = row.at.map(|at| assay_core::text::format_timestamp(i128::from(at) * 1_000_000, true));
        let (x, s) = (json!(row.x), json!(row.s));
        let (x, s): (Json, Json) = if swapped { (s, x) } else { (x, s) };
        let line = json!({"at": at, "x": x, "n": row.n, "s": s, "b": row.b, "other": 1});
        body.extend_from_slice(line.to_string().as_bytes());
        body.push(b'\n');
    }
    body
}

fn as_arrow(rows: &[Sent], swapped: bool) -> Vec<u8> {
    let at: TimestampMillisecondArray = rows.iter().map(|row| row.at).collect();
    let x: ArrayRef = Arc::new(rows.iter().map(|row| row.x).collect::<Float64Array>());
    let s: ArrayRef = Arc::new(rows.iter().map(|row| row.s.as_deref()).collect::<StringArray>());
    let (x, s) = if swapped { (s, x) } else { (x, s) };
    stream(&[
        ("other", Arc::new(Int8Array::from(vec![1; rows.len()]))),
        ("s", s),
        ("at", Arc::new(at.with_timezone("UTC"))),
        ("x", x),
        ("n", Arc::new(rows.iter().map(|row| row.n).collect::<Int64Array>())),
        ("b", Arc::new(rows.iter().map(|row| row.b).collect::<BooleanArray>())),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_same_rows_are_accepted_and_have_the_same_values(
        rows in prop::collection::vec(sent(), 1..30),
        swapped in any::<bool>(),
    ) {
        let json = accepted(Written::Ndjson, &as_json(&rows, swapped), &SPECS).expect("readable");
        let arrow = accepted(Written::ArrowStream, &as_arrow(&rows, swapped), &SPECS).expect("readable");
        prop_assert_eq!(&json.rejected, &arrow.rejected);
        prop_assert_eq!((json.rows, json.n_rejected), (arrow.rows, arrow.n_rejected));
        prop_assert_eq!(decoded(&json.bytes), decoded(&arrow.bytes));
        let fits = |row: &&Sent| {
            let is_swapped_away = swapped && (row.x.is_some() || row.s.is_some());
            row.at.is_some() && row.n.is_none_or(|n| i16::try_from(n).is_ok()) && !is_swapped_away
        };
        prop_assert_eq!(json.rows, rows.iter().filter(fits).count() as u64);
    }
}
