use std::io::Write;

use assay_core::contract::Format;
use proptest::prelude::*;
use tempfile::tempdir;

use super::*;
use crate::sources::text_fixture::{file, lines, names, request, rows, strings};

/// What a single file reads as: column names, then rows.
fn read(text: impl AsRef<[u8]>, columns: &[&str], set: impl FnOnce(&mut OpenRequest)) -> Result<Vec<String>, String> {
    let folder = tempdir().expect("a temporary folder");
    let mut request = request(Format::Csv, columns);
    set(&mut request);
    let files = [file(folder.path(), "a.csv", text.as_ref())];
    let table = Csv.open(&files, &request).map_err(|e| e.text)?;
    let mut all = vec![names(table.as_ref()).join("|")];
    all.extend(lines(table.as_ref()).map_err(|e| e.text)?);
    Ok(all)
}

#[track_caller]
fn check(text: impl AsRef<[u8]>, columns: &[&str], expected: &[&str]) {
    assert_eq!(read(text, columns, |_| {}), Ok(expected.iter().map(|s| s.to_string()).collect()));
}

#[track_caller]
fn check_with(text: impl AsRef<[u8]>, columns: &[&str], set: impl FnOnce(&mut OpenRequest), expected: &[&str]) {
    assert_eq!(read(text, columns, set), Ok(expected.iter().map(|s| s.to_string()).collect()));
}

#[track_caller]
fn check_error(text: impl AsRef<[u8]>, set: impl FnOnce(&mut OpenRequest), expected: &str) {
    assert_eq!(read(text, &[], set), Err(expected.to_owned()));
}

#[test]
fn declared_columns_are_parsed_and_the_others_are_strings() {
    let text = "id,name,price,day\n1,Ann,1.50,2026-11-20\nx,\"B,b\",1.505,2026-02-30\n,,,\n";
    let columns = ["id int32", "price decimal(9,2)", "day date"];
    check(
        text,
        &columns,
        &["id|name|price|day", "1|Ann|1.50|2026-11-20", "!x|B,b|!1.505|!2026-02-30", "null|null|null|null"],
    );
}

#[test]
fn every_type_has_its_array() {
    let cases = [
        ("int8", "-128", "-128", "128"),
        ("uint64", "18446744073709551615", "18446744073709551615", "-1"),
        ("integer", "9223372036854775807", "9223372036854775807", "1.0"),
        ("float16", "1.5", "1.5", "70000"),
        ("float32", "0.5", "0.5", "1e39"),
        ("float", "-1e3", "-1000", "1,5"),
        (
            "decimal(38,10)",
            "-1234567890123456789012345678.0123456789",
            "-1234567890123456789012345678.0123456789",
            "1e5",
        ),
        (
            "decimal(50,1)",
            "-99999999999999999999999999999999999999999.5",
            "-99999999999999999999999999999999999999999.5",
            "0.55",
        ),
        ("bool", "TRUE", "true", "1"),
        ("date", "1969-12-31", "1969-12-31", "31.12.1969"),
        ("time", "23:59:59.5", "23:59:59.5", "24:00"),
        ("timestamp", "2026-11-20 06:00:00.000000001", "2026-11-20T06:00:00.000000001", "2026-11-20T06:00:00Z"),
        ("timestamp[Europe/Berlin]", "2026-11-20 07:00", "2026-11-20T06:00:00Z", "2026-03-29 02:30"),
        // nanoseconds of 64 bits end in 2262
        ("timestamp", "1677-09-22 00:00", "1677-09-22T00:00:00", "2262-04-12 00:00"),
        ("string", " as it is ", " as it is ", ""),
        ("uuid", "x", "x", ""),
    ];
    for (ty, good, shown, bad) in cases {
        let text = format!("a,b\n\"{good}\",1\n\"{bad}\",1\n");
        let bad = if bad.is_empty() { "null".to_owned() } else { format!("!{bad}") };
        check(text, &[&format!("a {ty}")], &["a|b", &format!("{shown}|1"), &format!("{bad}|1")]);
    }
}

#[test]
fn types_without_text_form_are_refused() {
    for (ty, why) in [("binary", "this type has no text form"), ("decimal", "write its digits, as in `decimal(12,2)`")]
    {
        let expected = Err(format!("column `a` cannot be read as {ty}: {why}"));
        assert_eq!(read("a\n1\n", &[&format!("a {ty}")], |_| {}), expected);
    }
}

#[test]
fn null_values_are_null_before_anything_is_parsed() {
    let nulls = |texts: &'static [&'static str]| {
        move |r: &mut OpenRequest| r.source.null_values = texts.iter().map(|t| t.to_string()).collect()
    };
    check("a,b\n\"\",\n", &["a int8"], &["a|b", "null|null"]);
    check_with("a,b\n,\n", &["a int8"], nulls(&[]), &["a|b", "!|"]);
    check_with("a,b\nNA,\"NA\"\n-1,na\n", &["a int8"], nulls(&["NA", "-1"]), &["a|b", "null|null", "null|na"]);
}

#[test]
fn cells_follow_the_options_of_their_column() {
    let set = |r: &mut OpenRequest| {
        r.columns[0].read.text.trim = true;
        r.columns[1].read.text.true_texts = vec!["Y".into()];
        r.columns[1].read.text.false_texts = vec!["N".into()];
        r.columns[2].read.text.format = Some("%d.%m.%Y".into());
        r.columns[3].read.timezone = Some("Europe/Berlin".into());
    };
    let text = "a,b,c,d\n 7 ,Y,20.11.2026,2026-11-20T06:00Z\n  ,true,2026-11-20,2026-11-20T06:00\n";
    let columns = ["a int8", "b bool", "c date", "d timestamp"];
    check_with(
        text,
        &columns,
        set,
        &["a|b|c|d", "7|true|2026-11-20|2026-11-20T07:00:00", "null|!true|!2026-11-20|2026-11-20T06:00:00"],
    );
    let zone = |r: &mut OpenRequest| r.source.timezone = Some("America/New_York".into());
    check_with("a\n2026-11-20 01:00\n", &["a timestamp[UTC]"], zone, &["a", "2026-11-20T06:00:00Z"]);
}

#[test]
fn declared_names_match_exactly_or_else_without_case() {
    check("ID,x\n1,2\n", &["id int8"], &["ID|x", "1|2"]);
    // two columns could be meant, so neither is: both stay text
    check("ID,Id\n1,x\n", &["id int8"], &["ID|Id", "1|x"]);
    check("id,Id\n1,x\n", &["id int8"], &["id|Id", "1|x"]);
}

#[test]
fn line_ends_mix_and_empty_lines_are_no_rows() {
    check("a,b\r\n1,2\r3,4\n\r\n\n\"5\r\n\",6", &[], &["a|b", "1|2", "3|4", "5\r\n|6"]);
}

#[test]
fn quotes_are_quotes_at_the_start_of_a_cell_only() {
    check("a,b\n\"x\"\"y\",5\" pipe\n\"x\"y\"z\",\"\"\n", &[], &["a|b", "x\"y|5\" pipe", "xy\"z\"|null"]);
    check_with("a,b\n'x,''y',\"\n", &[], |r| r.source.csv.quote = Some(b'\''), &["a|b", "x,'y|\""]);
    check_with("a,b\n\"x,y\"\n", &[], |r| r.source.csv.quote = None, &["a|b", "\"x|y\""]);
    check_with("a\n\"x\\\"y\\\\\"\n", &[], |r| r.source.csv.escape = Some(b'\\'), &["a", "x\"y\\"]);
    check_with("a\n\"x\"\"y\"\n", &[], |r| r.source.csv.escape = Some(b'"'), &["a", "x\"y"]);
}

#[test]
fn quotes_left_open_are_errors() {
    check_error("a,b\n1,2\n3,\"4\n5,6\n", |_| {}, "a.csv: line 3: a quote is opened and never closed");
    check_error("a,\"b\n1,2\n", |_| {}, "a.csv: line 1: a quote is opened and never closed");
    check_error(
        "a\n\"x\\\"\n",
        |r| r.source.csv.escape = Some(b'\\'),
        "a.csv: line 2: a quote is opened and never closed",
    );
}

#[test]
fn delimiters_comments_and_leading_lines_are_as_the_source_says() {
    let set = |r: &mut OpenRequest| {
        r.source.csv.delimiter = b'\t';
        r.source.csv.comment = Some(b'#');
        r.source.csv.skip_rows = 2;
    };
    let text = "made by \"x\r\non Monday\r\n# it's \"so\na\tb\n1\t#2\n#3\t4\n\"#5\"\t6\n#";
    check_with(text, &[], set, &["a|b", "1|#2", "#5|6"]);
    check_error("a\nb\n", |r| r.source.csv.skip_rows = 9, "a.csv: there is no header: the file holds no line of text");
    let long = format!("{}\r\na\n1\n", "x".repeat(300_000));
    check_with(long, &[], |r| r.source.csv.skip_rows = 1, &["a", "1"]);
    let many = format!("{}a,b\n1\n", "\r".repeat(70_000));
    let set = |r: &mut OpenRequest| r.source.csv.skip_rows = 70_000;
    check_error(
        many,
        set,
        "a.csv: line 70002 has 1 cell instead of 2: quote cells that hold the delimiter, or set `ragged: fail`",
    );
}

#[test]
fn a_header_may_come_after_the_first_block() {
    let folder = tempdir().expect("a temporary folder");
    let text = format!("{}a\n1\n2\n", "# nothing\n".repeat(10_000));
    let mut request = request(Format::Csv, &[]);
    request.source.csv.comment = Some(b'#');
    let table = open(&[file(folder.path(), "a.csv", text.as_bytes())], &request, 1000).expect("readable");
    assert_eq!((names(table.as_ref()), strings(table.as_ref())), (vec!["a".into()], vec!["1".into(), "2".into()]));
}

#[test]
fn characters_that_cannot_be_used_are_refused() {
    let both = "data: delimiter, quote, escape and comment must differ: `,` is used twice";
    check_error("a\n", |r| r.source.csv.quote = Some(b','), both);
    let wide = "data: delimiter, quote, escape and comment are single ASCII characters, not `\\xa7`";
    check_error("a\n", |r| r.source.csv.delimiter = 0xA7, wide);
}

#[test]
fn without_a_header_the_declared_columns_are_taken_in_order() {
    let set = |r: &mut OpenRequest| r.source.csv.header = false;
    check_with("1,x\n2,y\n", &["id int8", "name"], set, &["id|name", "1|x", "2|y"]);
    check_with("", &["id int8", "name"], set, &["id|name"]);
    check_error("1\n", set, "data: without a header, the columns must be declared, in order");
    let folder = tempdir().expect("a temporary folder");
    let mut entry = file(folder.path(), "a.csv", b"1,x\n");
    entry.partitions = vec![("day".into(), Some("monday".into()))];
    let mut request = request(Format::Csv, &["id int8", "day", "name"]);
    set(&mut request);
    assert_eq!(names(Csv.open(&[entry], &request).expect("readable").as_ref()), ["id", "name"]);
}

#[test]
fn headers_are_there_and_unambiguous() {
    check("a,b\n", &[], &["a|b"]);
    check("a,\"b\"\"c\",\n1,2,3", &[], &["a|b\"c|", "1|2|3"]);
    check_error("", |_| {}, "a.csv: there is no header: the file holds no line of text");
    check_error("\n\r\n", |_| {}, "a.csv: there is no header: the file holds no line of text");
    check_error("a,b,a\n1,2,3\n", |_| {}, "a.csv: line 1: the header names two columns `a`");
}

#[test]
fn ragged_lines_are_errors_or_rows_that_do_not_parse() {
    let text = "a,b\n1,\"2\n\"\n1,2,3\n4,5\n6\n";
    check_error(
        text,
        |_| {},
        "a.csv: line 4 has 3 cells instead of 2: quote cells that hold the delimiter, or set `ragged: fail`",
    );
    let set = |r: &mut OpenRequest| r.source.csv.ragged_fails = true;
    check_with(text, &["a int8"], set, &["a|b", "1|2\n", "!1|!2", "4|5", "!6|!null"]);
}

#[test]
fn text_is_utf_8_unless_it_says_otherwise() {
    check("\u{FEFF}ä,b\n1,ö\u{0}\n", &[], &["ä|b", "1|ö\u{0}"]);
    let error = "a.csv: line 2: byte 6 is not valid UTF-8: name the file's `encoding`, such as windows-1252";
    check_error(b"\xEF\xBB\xBFa\n\xE4\n", |_| {}, &error.replace("byte 6", "byte 5"));
    let late = [b"a\n".as_slice(), &b"x\n".repeat(200_000), b"\xFF\n"].concat();
    check_error(
        late,
        |_| {},
        "a.csv: line 200002: byte 400002 is not valid UTF-8: name the file's `encoding`, such as windows-1252",
    );
    let encoding = |label: &'static str| move |r: &mut OpenRequest| r.source.csv.encoding = Some(label.into());
    check_with(b"\xE4\n\x80\n", &[], encoding("windows-1252"), &["ä", "€"]);
    check_with(b"\xFF\xFEa\0\n\0\xE4\0\n\0", &[], encoding("utf-16"), &["a", "ä"]);
    check_with("a\nä\n", &[], encoding("utf-8"), &["a", "ä"]);
    check_error(b"a\n\x82\n", encoding("shift_jis"), "a.csv: byte 2 is not valid Shift_JIS: is `encoding` right?");
    check_error("a\n", encoding("klingon"), "data: no encoding is called `klingon`");
    let big = format!("a\n{}", "\u{20AC}\n".repeat(400_000));
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&big);
    let rows = read(&bytes, &[], encoding("windows-1252")).expect("readable");
    assert!(rows.len() == 400_001 && rows[1..].iter().all(|r| r == "€"));
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory can be written to")
}

#[test]
fn compression_is_told_by_the_first_bytes() {
    let expected = ["a", "1", "2"];
    check(gzip(b"a\n1\n2\n"), &[], &expected);
    check([gzip(b"a\n1"), gzip(b"\n2\n")].concat(), &[], &expected);
    check(gzip(b"\xEF\xBB\xBFa\n1\n2\n"), &[], &expected);
    let zstd = |text: &[u8]| zstd::encode_all(text, 0).expect("memory can be read");
    check(zstd(b"a\n1\n2\n"), &[], &expected);
    check([zstd(b"a\n1\n"), zstd(b"2\n")].concat(), &[], &expected);
}

#[test]
fn broken_compression_is_an_error() {
    let text = b"a,b\n"
        .iter()
        .copied()
        .chain((0..20_000).flat_map(|n: u32| format!("{n},{}\n", n.wrapping_mul(2_654_435_761)).into_bytes()));
    let text: Vec<u8> = text.collect();
    for whole in [gzip(&text), zstd::encode_all(text.as_slice(), 0).expect("memory can be read")] {
        for keep in [whole.len() - 1, whole.len() / 2] {
            check_error(&whole[..keep], |_| {}, "a.csv: ends too early (truncated)");
        }
        let mut broken = whole.clone();
        let middle = broken.len() / 2;
        broken[middle..middle + 64].fill(0xA5);
        let error = read(broken, &[], |_| {}).expect_err("broken");
        assert!(error.starts_with("a.csv: "), "{error}");
    }
    check_error(b"\x1F\x8B", |_| {}, "a.csv: ends too early (truncated)");
}

#[test]
fn other_formats_are_named() {
    check_error(b"PAR1....PAR1", |_| {}, "a.csv: is a Parquet file: say `format: parquet`");
    check_error(b"PK\x03\x04...", |_| {}, "a.csv: is a zip archive: unpack it, or use gzip or zstd");
}

#[test]
fn files_are_mapped_by_name() {
    let folder = tempdir().expect("a temporary folder");
    let files = [
        file(folder.path(), "a.csv", b"x,y\n1,2\n"),
        file(folder.path(), "b.csv", b"z,x\n3,4\n"),
        file(folder.path(), "c.csv", b"y,x\n"),
    ];
    let table = Csv.open(&files, &request(Format::Csv, &["z int8"])).expect("readable");
    assert_eq!(names(table.as_ref()), ["x", "y", "z"]);
    assert_eq!(lines(table.as_ref()).expect("readable"), ["1|2|null", "4|null|3"]);
    assert_eq!(rows(table.as_ref(), &[2, 0]).expect("readable"), [["null", "1"], ["3", "4"]]);
    let lacks = |file: &str, column: &str| format!("{file} has no column `{column}`: its rows count as null there");
    assert_eq!(table.notes(), [lacks("a.csv", "z"), lacks("b.csv", "y"), lacks("c.csv", "z")]);
    let marks = table.marks();
    assert_eq!(marks.len(), 3);
    assert_ne!(marks[0], marks[1]);
}

#[test]
fn files_that_change_or_vanish_are_errors() {
    let folder = tempdir().expect("a temporary folder");
    let files = [file(folder.path(), "a.csv", b"x\n1\n")];
    let table = Csv.open(&files, &request(Format::Csv, &[])).expect("readable");
    std::fs::write(&files[0].path, b"x\n1\n2\n").expect("writable");
    let error = lines(table.as_ref()).expect_err("changed");
    assert_eq!(error.text, "a.csv: changed while it was read: run again (4 bytes when listed, now 6)");
    std::fs::remove_file(&files[0].path).expect("removable");
    assert_eq!(lines(table.as_ref()).expect_err("gone").text, "a.csv: no such file");
    assert_eq!(Csv.open(&files, &request(Format::Csv, &[])).err().expect("gone").text, "a.csv: no such file");
}

#[test]
fn no_columns_still_count_rows() {
    let folder = tempdir().expect("a temporary folder");
    let text = format!("x,y\n{}", "1,2\n".repeat(200_000));
    let table =
        Csv.open(&[file(folder.path(), "a.csv", text.as_bytes())], &request(Format::Csv, &[])).expect("readable");
    let mut feed = table.feed(&[], false).expect("no column is fine");
    let (mut rows, mut bytes, mut blocks) = (0, 0, 0);
    while let Some(work) = feed.next() {
        let work = work.expect("readable");
        bytes += work.bytes();
        work.run(&mut |block| {
            assert!(block.rows() <= BLOCK_ROWS);
            (rows, blocks) = (rows + block.rows(), blocks + 1);
            Ok(())
        })
        .expect("readable");
    }
    assert_eq!((rows, blocks, bytes), (200_000, 4, text.len() as u64));
}

#[test]
fn a_record_without_end_is_an_error() {
    let folder = tempdir().expect("a temporary folder");
    let mut text = b"x\n1\n2\n\"".to_vec();
    text.resize(80 << 20, b'x');
    let table = Csv.open(&[file(folder.path(), "a.csv", &text)], &request(Format::Csv, &[]));
    let error = table.and_then(|t| lines(t.as_ref())).expect_err("too long");
    assert_eq!(error.text, "a.csv: line 4: the record that starts here is longer than 64 MiB: is a quote left open?");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn tables_come_back_from_blocks_of_any_size(cells in prop::collection::vec("[a\",\r\n]{1,6}", 1..200), block in 1usize..300) {
        let mut text = String::from("x,y\n");
        for cell in &cells {
            text.push_str(&format!("\"{}\",1\r\n", cell.replace('"', "\"\"")));
        }
        let folder = tempdir().expect("a temporary folder");
        let files = [file(folder.path(), "a.csv", text.as_bytes()), file(folder.path(), "b.csv", text.as_bytes())];
        let table = open(&files, &request(Format::Csv, &[]), block).expect("readable");
        let twice: Vec<String> = cells.iter().chain(&cells).cloned().collect();
        prop_assert_eq!(strings(table.as_ref()), twice);
    }
}
