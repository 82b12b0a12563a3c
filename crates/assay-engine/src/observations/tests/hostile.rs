//! Bodies that are not what they say: an error, and never a panic or much memory.

use arrow::array::*;
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Int32Type};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::IpcWriteOptions;
use proptest::prelude::*;

use super::*;

const SPECS: [&str; 3] = ["at timestamp[UTC]", "x float64", "s string"];

fn times(rows: usize) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from(vec![0; rows]).with_timezone("UTC"))
}

fn usual() -> Vec<u8> {
    let texts: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    stream(&[
        ("at", times(3)),
        ("x", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]))),
        ("s", Arc::new(texts)),
        ("rest", Arc::new(StringArray::from(vec!["x", "y", "z"]))),
    ])
}

fn body_fault(written: Written, body: &[u8]) -> String {
    match accepted(written, body, &SPECS) {
        Err(Refused::Body(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn too_much(written: Written, body: &[u8]) -> String {
    match accepted(written, body, &SPECS) {
        Err(Refused::TooMuch(text)) => text,
        other => panic!("{:?}", other.map(|found| found.rows)),
    }
}

#[test]
fn a_stream_is_taken_whole_or_not_at_all() {
    let whole = usual();
    assert_eq!(accepted(Written::ArrowStream, &whole, &SPECS).expect("readable").rows, 3);
    for end in 0..whole.len() {
        body_fault(Written::ArrowStream, &whole[..end]);
    }
    assert!(body_fault(Written::ArrowStream, &[&whole[..], b"x"].concat()).contains("1 bytes follow"));
    assert!(body_fault(Written::ArrowStream, &whole.repeat(2)).contains("follow the end"));
    body_fault(Written::ArrowStream, b"");
    body_fault(Written::ArrowStream, b"{\"at\": \"2026-11-20\"}");
}

#[test]
fn json_is_taken_whole_or_not_at_all() {
    let row = "{\"at\":\"2026-11-20T06:00:00Z\",\"x\":1}\n";
    let deep = format!("{row}{{\"x\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let cases: [(&str, &[u8]); 7] = [
        ("line 2, byte 6", &[row.as_bytes(), b"{\"x\":"].concat()),
        ("line 2, byte 1", &[row.as_bytes(), b"[1]"].concat()),
        ("line 1, byte", &row.as_bytes()[..20]),
        ("not valid UTF-8", &[row.as_bytes(), b"{\"x\":\"\xff\"}"].concat()),
        ("stands twice", b"{\"x\":1,\"x\":2}"),
        ("nested too deeply", deep.as_bytes()),
        ("nothing may follow", b"{\"x\":1} {\"x\":2}"),
    ];
    for (why, body) in cases {
        let text = body_fault(Written::Ndjson, body);
        assert!(text.starts_with("the body: ") && text.contains(why), "{why}: {text}");
    }
    assert_eq!(accepted(Written::Ndjson, b"\n\n", &SPECS).expect("nothing").rows, 0);
}

#[test]
fn more_rows_than_may_be_are_not_even_read() {
    let row = "{\"at\":\"2026-11-20T06:00:00Z\"}\n";
    let most = usize::try_from(MOST_ROWS).expect("few");
    assert_eq!(accepted(Written::Ndjson, row.repeat(most).as_bytes(), &SPECS).expect("so many").rows, MOST_ROWS);
    assert!(too_much(Written::Ndjson, row.repeat(most + 1).as_bytes()).contains("50001"));
    assert!(too_much(Written::ArrowStream, &stream(&[("at", times(most + 1))])).contains("50001"));
    // no column at all, and a number of rows
    let nulls = stream(&[("nobody's", Arc::new(NullArray::new(1 << 31)) as ArrayRef)]);
    assert!(nulls.len() < 1_000);
    too_much(Written::ArrowStream, &nulls);
    let wide: Vec<String> = (0..300).map(|n| format!("c{n} int8")).collect();
    let specs: Vec<&str> = ["at timestamp[UTC]"].into_iter().chain(wide.iter().map(String::as_str)).collect();
    let found = accepted(Written::Ndjson, row.repeat(40_000).as_bytes(), &specs);
    assert!(matches!(&found, Err(Refused::TooMuch(text)) if text.contains("301 columns")), "{found:?}");
}

#[test]
fn little_that_unpacks_to_much_is_refused() {
    let long = "x".repeat(1 << 20);
    let keys = Int32Array::from(vec![0; 1_000]);
    let entries: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
    let texts = DictionaryArray::try_new(keys, entries).expect("a dictionary");
    let body = stream(&[("at", times(1_000)), ("s", Arc::new(texts))]);
    assert!(body.len() < 2 << 20);
    assert!(too_much(Written::ArrowStream, &body).contains("`s`"));

    let one = StringViewArray::from(vec![long.as_str()]);
    let views = ScalarBuffer::from(vec![one.views()[0]; 1_000]);
    let same = StringViewArray::try_new(views, one.data_buffers().to_vec(), None).expect("views");
    let body = stream(&[("at", times(1_000)), ("s", Arc::new(same))]);
    assert!(body.len() < 2 << 20);
    too_much(Written::ArrowStream, &body);

    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).expect("known");
    let x: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 1_000]));
    let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::Float64, true)]));
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options).expect("a schema");
    writer.write(&RecordBatch::try_new(schema, vec![x]).expect("a batch")).expect("memory");
    assert!(body_fault(Written::ArrowStream, &writer.into_inner().expect("memory")).contains("without compression"));
}

#[test]
fn columns_without_plain_values_are_refused_where_they_are_read_and_left_alone_elsewhere() {
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    let values: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let list: ArrayRef = Arc::new(ListArray::new(item, OffsetBuffer::new(vec![0, 2].into()), values, None));
    assert!(
        body_fault(Written::ArrowStream, &stream(&[("at", times(1)), ("x", list.clone())])).contains("`x` is list")
    );
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"a"[..]]));
    body_fault(Written::ArrowStream, &stream(&[("at", times(1)), ("s", bytes)]));
    assert_eq!(accepted(Written::ArrowStream, &stream(&[("at", times(1)), ("y", list)]), &SPECS).expect("one").rows, 1);
}

#[test]
fn a_schema_that_names_much_is_refused() {
    let mut ty = DataType::Int32;
    for _ in 0..200 {
        ty = DataType::List(Arc::new(Field::new("x".repeat(200_000), ty, true)));
    }
    let schema = Schema::new(vec![Field::new("x", ty, true)]);
    let writer = StreamWriter::try_new(Vec::new(), &schema).expect("a schema");
    body_fault(Written::ArrowStream, &writer.into_inner().expect("memory"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_streams_are_errors_or_other_rows_and_never_more(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        n in 1..5_usize,
    ) {
        let mut body = usual();
        let start = at.index(body.len());
        let end = (start + n).min(body.len());
        body[start..end].fill(byte);
        if let Ok(found) = accepted(Written::ArrowStream, &body, &SPECS) {
            prop_assert!(found.rows + found.n_rejected <= MOST_ROWS);
            prop_assert!(found.bytes.len() < 1 << 20);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = accepted(Written::ArrowStream, &body, &SPECS);
        let _ = accepted(Written::Ndjson, &body, &SPECS);
    }
}
