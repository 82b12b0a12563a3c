use assay_core::contract::Format;
use proptest::prelude::*;
use tempfile::tempdir;

use super::*;
use crate::sources::text_fixture::{file, lines, names, request, rows};

fn read(text: impl AsRef<[u8]>, columns: &[&str], set: impl FnOnce(&mut OpenRequest)) -> Result<Vec<String>, String> {
    let folder = tempdir().expect("a temporary folder");
    let mut request = request(Format::JsonLines, columns);
    set(&mut request);
    let files = [file(folder.path(), "a.jsonl", text.as_ref())];
    let table = JsonLines.open(&files, &request).map_err(|e| e.text)?;
    let mut all = vec![names(table.as_ref()).join("|")];
    all.extend(lines(table.as_ref()).map_err(|e| e.text)?);
    Ok(all)
}

#[track_caller]
fn check(text: impl AsRef<[u8]>, columns: &[&str], expected: &[&str]) {
    assert_eq!(read(text, columns, |_| {}), Ok(expected.iter().map(|s| s.to_string()).collect()));
}

#[track_caller]
fn check_error(text: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(read(text, &[], |_| {}), Err(expected.to_owned()));
}

#[test]
fn columns_are_the_declared_ones_then_the_keys() {
    let text = "{\"b\": 1, \"a\": \"x\"}\n\n  \r\n{\"c\":null,\"a\":\"y\"}";
    check(text, &["a string", "z int8"], &["a|z|b|c", "x|null|1|null", "y|null|null|null"]);
    check("", &["a int8"], &["a"]);
    check("{}\n{ }", &["a int8"], &["a", "null", "null"]);
    // a name that differs in case only is the declared column, under its own name
    check("{\"Id\": 1}\n", &["id int8"], &["Id", "1"]);
}

#[test]
fn numbers_keep_their_text() {
    let text = "{\"i\":9007199254740993,\"d\":0.10,\"f\":1e3}\n{\"i\":1.0,\"d\":1e2,\"f\":1e400}\n{\"i\":\"1\",\"d\":\"1\",\"f\":true}\n";
    check(
        text,
        &["i int64", "d decimal(9,2)", "f float64"],
        &["i|d|f", "9007199254740993|0.10|1000", "!1.0|!1e2|!1e400", "!1|!1|!true"],
    );
    check(
        "{\"u\":12345678901234567890.123456789012345678901234567890}\n",
        &[],
        &["u", "12345678901234567890.123456789012345678901234567890"],
    );
}

#[test]
fn strings_take_strings_only_where_they_are_declared() {
    let text = "{\"s\":\"x\",\"u\":\"x\"}\n{\"s\":1,\"u\":1.50}\n{\"s\":true,\"u\":false}\n{\"s\":[1],\"u\":{\"k\": [1, null]}}\n";
    check(text, &["s string"], &["s|u", "x|x", "!1|1.50", "!true|false", "![1]|{\"k\": [1, null]}"]);
    check(text, &["s any", "u json"], &["s|u", "x|x", "1|1.50", "true|false", "[1]|{\"k\": [1, null]}"]);
}

#[test]
fn truth_is_a_json_truth_value_or_a_named_string() {
    let text = "{\"a\":true}\n{\"a\":\"true\"}\n{\"a\":\"Y\"}\n{\"a\":1}\n";
    check(text, &["a bool"], &["a", "true", "!true", "!Y", "!1"]);
    let named = |r: &mut OpenRequest| r.columns[0].read.text.true_texts = vec!["Y".into()];
    let expected = ["a", "true", "!true", "true", "!1"].map(str::to_owned);
    assert_eq!(read(text, &["a bool"], named), Ok(expected.to_vec()));
}

#[test]
fn dates_and_times_are_strings_or_numbers_of_their_format() {
    let text = "{\"d\":\"2026-11-20\",\"t\":\"2026-11-20T06:00:00Z\"}\n{\"d\":20261120,\"t\":1795154400}\n";
    check(text, &["d date", "t timestamp[UTC]"], &["d|t", "2026-11-20|2026-11-20T06:00:00Z", "!20261120|!1795154400"]);
    let seconds = |r: &mut OpenRequest| r.columns[1].read.text.format = Some("%s".into());
    let rows = read(text, &["d date", "t timestamp[UTC]"], seconds).expect("readable");
    assert_eq!(rows[2], "!20261120|2026-11-20T06:00:00Z");
}

#[test]
fn null_values_hold_for_strings_of_any_column() {
    let set = |r: &mut OpenRequest| r.source.null_values = vec!["NA".into()];
    let rows = read("{\"a\":\"NA\",\"b\":\"NA\"}\n{\"a\":\"\",\"b\":\"\"}\n", &["a int8"], set);
    assert_eq!(rows, Ok(["a|b", "null|null", "!|"].map(str::to_owned).to_vec()));
}

#[test]
fn escapes_are_undone() {
    let text = r#"{"a\"b":"\u00e4\n\ud83d\ude00\/\\","A":"\u0041"}"#;
    check(text, &[], &["a\"b|A", "ä\n😀/\\|A"]);
    // one key in two spellings
    check("{\"\\u0061\":1}\n{\"a\":2}\n", &[], &["a", "1", "2"]);
}

#[test]
fn what_is_not_an_object_on_each_line_is_an_error() {
    check_error("{\"a\":1}\n[1]\n", "a.jsonl: line 2, byte 1: each line holds one JSON object, `{..}`");
    check_error("{\"a\":1}\n\n{\"a\":}\n", "a.jsonl: line 3, byte 6: expected a value");
    check_error("{\"a\":1", "a.jsonl: line 1, byte 7: expected `,` or `}`, but the line ends");
    check_error("{\"a\":1} {\"a\":2}", "a.jsonl: line 1, byte 9: nothing may follow the object");
    check_error("{\"a\":1,\"b\":2,\"a\":3}", "a.jsonl: line 1, byte 14: the key `a` stands twice in one object");
    check_error("{\"a\":\"\\ud800\"}", "a.jsonl: line 1, byte 7: not an escape of JSON");
    check_error("{\"a\":\"x\ty\"}", "a.jsonl: line 1, byte 8: control characters in strings are escaped, as in `\\n`");
    check_error("{\"a\":\"x", "a.jsonl: line 1, byte 8: expected the closing quote, but the line ends");
    check_error("{a:1}", "a.jsonl: line 1, byte 2: expected a key in double quotes");
    check_error("{\"a\":1,}", "a.jsonl: line 1, byte 8: expected a key in double quotes");
    check_error("{\"a\":NaN}", "a.jsonl: line 1, byte 6: expected a value");
    for number in ["01", "1.", "-", "1e", "+1", ".5"] {
        assert!(read(format!("{{\"a\":{number}}}"), &[], |_| {}).is_err(), "{number}");
    }
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    check_error(deep, "a.jsonl: line 1, byte 133: nested too deeply");
    check_error(b"{\"a\":\"\xFF\"}", "a.jsonl: line 1: byte 6 is not valid UTF-8: JSON is written in UTF-8");
}

#[test]
fn types_that_json_text_has_no_form_for_are_refused() {
    let error = read("{\"a\":[1]}\n", &["a list<int8>"], |_| {}).expect_err("no list");
    assert_eq!(error, "column `a` cannot be read as list<int8>: this type has no text form");
}

#[test]
fn partition_columns_are_not_looked_for_in_the_files() {
    let folder = tempdir().expect("a temporary folder");
    let mut entry = file(folder.path(), "a.jsonl", b"{\"a\":1}\n");
    entry.partitions = vec![("day".into(), Some("monday".into()))];
    let table = JsonLines.open(&[entry], &request(Format::JsonLines, &["day date", "a int8"])).expect("readable");
    assert_eq!(names(table.as_ref()), ["a"]);
}

#[test]
fn long_files_come_in_blocks() {
    let folder = tempdir().expect("a temporary folder");
    let text: String = (0..100_000).map(|n| format!("{{\"n\":{n},\"s\":\"{}\"}}\n", n % 7)).collect();
    let compressed = zstd::encode_all(text.as_bytes(), 0).expect("memory can be read");
    let files = [file(folder.path(), "a.jsonl", text.as_bytes()), file(folder.path(), "b.jsonl", &compressed)];
    let table = open(&files, &request(Format::JsonLines, &["n int64", "s string"]), 64 << 10).expect("readable");
    let all = rows(table.as_ref(), &[1, 0]).expect("readable");
    assert_eq!(all.len(), 200_000);
    for (n, row) in all.iter().enumerate() {
        let n = n % 100_000;
        assert_eq!(*row, [(n % 7).to_string(), n.to_string()]);
    }
}

proptest! {
    #[test]
    fn any_line_is_json_or_not_as_the_reference_says(line in "\\{\"[ab\\\\nu0-9]{0,6}\":[-+\\[\\]{}\",:a0-9.eE \\\\truefalsn]{0,12}\\}") {
        let ours = members(line.as_bytes(), |_, _| Ok(()));
        let theirs = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&line);
        // the reference also refuses numbers that no float can hold
        let too_big = theirs.as_ref().err().is_some_and(|e| e.to_string().contains("out of range"));
        prop_assert!(ours.is_ok() == theirs.is_ok() || too_big, "{:?} {:?}", ours, theirs);
    }

    #[test]
    fn objects_come_back(map in prop::collection::btree_map("\\PC{0,8}", "[\\PC\u{0}-\u{1F}]{0,12}", 0..6)) {
        let line = serde_json::to_string(&map).expect("a map of strings");
        let mut back = std::collections::BTreeMap::new();
        members(line.as_bytes(), |key, token| {
            let Token::String(span) = token else { return Err("not a string".into()) };
            back.insert(text_of(key), text_of(span));
            Ok(())
        })
        .expect("JSON");
        prop_assert_eq!(back, map);
    }
}
