use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone};
use proptest::prelude::*;

use chrono_tz::Tz;

use super::times::{Zone, parse_date, parse_stamp, parse_time};
use super::*;

fn read(text: &str, ty: &str) -> Result<String, Why> {
    read_with(text, ty, &TextOptions::default())
}

fn read_with(text: &str, ty: &str, options: &TextOptions) -> Result<String, Why> {
    parse(text, &Type::parse(ty).expect("a type"), options).map(|v| v.to_string())
}

#[track_caller]
fn check(ty: &str, cases: &[(&str, Option<&str>)]) {
    for (text, expected) in cases {
        assert_eq!(read(text, ty).ok().as_deref(), *expected, "`{text}` as {ty}: {:?}", read(text, ty));
    }
}

#[test]
fn integers_are_digits_with_a_sign_in_range() {
    check("int8", &[("127", Some("127")), ("-128", Some("-128")), ("128", None), ("-129", None), ("+007", Some("7"))]);
    check("uint8", &[("255", Some("255")), ("256", None), ("-0", Some("0")), ("-1", None)]);
    check("int64", &[("9223372036854775807", Some("9223372036854775807")), ("9223372036854775808", None)]);
    check("int64", &[("-9223372036854775808", Some("-9223372036854775808")), ("-9223372036854775809", None)]);
    check("uint64", &[("18446744073709551615", Some("18446744073709551615")), ("18446744073709551616", None)]);
    check("integer", &[("9007199254740993", Some("9007199254740993")), ("9223372036854775808", None)]);
    let none = ["", "+", "-", "1.0", "1e3", "1,000", " 1", "1 ", "0x1", "1_000", "١", "--1", "1-"];
    check("int32", &none.map(|t| (t, None)));
    check("int32", &[("00000000000000000000000000000000000000000000007", Some("7"))]);
    let huge = "9".repeat(5000);
    check("int64", &[(&huge, None)]);
}

#[test]
fn blanks_are_permitted_by_trim_only() {
    let trim = TextOptions { trim: true, ..TextOptions::default() };
    assert_eq!(read_with(" 1\t", "int8", &trim).as_deref(), Ok("1"));
    assert_eq!(read_with(" a ", "string", &trim).as_deref(), Ok(" a "));
    assert!(read_with("1 1", "int8", &trim).is_err());
}

#[test]
fn decimals_are_never_rounded() {
    check(
        "decimal(5,2)",
        &[("123.45", Some("123.45")), ("-0.1", Some("-0.10")), ("+1", Some("1.00")), ("000999.990000", Some("999.99"))],
    );
    check(
        "decimal(5,2)",
        &[
            ("1000", None),
            ("1.001", None),
            ("1.", None),
            (".5", None),
            ("1e2", None),
            ("", None),
            ("-", None),
            ("1.2.3", None),
        ],
    );
    check("decimal(2,2)", &[("0.99", Some("0.99")), ("1.00", None), ("0", Some("0.00"))]);
    let nines = "9".repeat(38);
    check("decimal(38,0)", &[(&nines, Some(&nines)), (&format!("{nines}9"), None)]);
    let nines = "9".repeat(76);
    check("decimal(76,0)", &[(&nines, Some(&nines)), (&format!("{nines}9"), None), ("-0", Some("0"))]);
    check("decimal", &[("0.000000001", Some("0.000000001")), ("-12", Some("-12")), ("0", Some("0")), ("x", None)]);
}

#[test]
fn floats_take_exponents_and_names_but_do_not_overflow() {
    check(
        "float64",
        &[("1e3", Some("1000")), ("-.5", Some("-0.5")), ("5.", Some("5")), ("1E-400", Some("0")), ("0.1", Some("0.1"))],
    );
    check("float64", &[("NaN", Some("nan")), ("Infinity", Some("inf")), ("-INF", Some("-inf")), ("+inf", Some("inf"))]);
    check(
        "float64",
        &[
            ("1e309", None),
            ("", None),
            (".", None),
            ("1,5", None),
            ("0x1p3", None),
            (" 1", None),
            ("infin", None),
            ("1_0", None),
        ],
    );
    check("float32", &[("3.4e38", Some("3.3999999521443642e38")), ("3.5e38", None), ("inf", Some("inf"))]);
    check(
        "float16",
        &[("65504", Some("65504")), ("65519.9", Some("65519.8984375")), ("65520", None), ("-inf", Some("-inf"))],
    );
    check("float", &[("1e308", Some("1e308"))]);
}

#[test]
fn truth_is_true_and_false_unless_named_otherwise() {
    check(
        "bool",
        &[
            ("true", Some("true")),
            ("FALSE", Some("false")),
            ("True", Some("true")),
            ("1", None),
            ("yes", None),
            ("", None),
        ],
    );
    let named = TextOptions {
        true_texts: vec!["Y".into(), "J".into()],
        false_texts: vec!["N".into()],
        ..TextOptions::default()
    };
    assert_eq!(read_with("J", "bool", &named).as_deref(), Ok("true"));
    assert_eq!(read_with("N", "bool", &named).as_deref(), Ok("false"));
    assert!(read_with("y", "bool", &named).is_err() && read_with("true", "bool", &named).is_err());
}

#[test]
fn dates_are_iso_or_as_formatted() {
    check(
        "date",
        &[("2026-11-20", Some("2026-11-20")), ("0000-01-01", Some("0000-01-01")), ("9999-12-31", Some("9999-12-31"))],
    );
    check(
        "date",
        &["2026-02-29", "2026-13-01", "2026-1-1", "20261120", "2026-11-20 ", "2026-11-20T00:00", "+2026-11-20", ""]
            .map(|t| (t, None)),
    );
    let german = TextOptions { format: Some("%d.%m.%Y".into()), ..TextOptions::default() };
    assert_eq!(read_with("20.11.2026", "date", &german).as_deref(), Ok("2026-11-20"));
    assert!(read_with("2026-11-20", "date", &german).is_err() && read_with("31.02.2026", "date", &german).is_err());
    let wrong = TextOptions { format: Some("%Q".into()), ..TextOptions::default() };
    assert_eq!(read_with("x", "date", &wrong), Err("the format is not a strftime format"));
}

#[test]
fn times_have_optional_seconds_and_decimals() {
    check(
        "time",
        &[
            ("06:00", Some("06:00:00")),
            ("23:59:59.999999999", Some("23:59:59.999999999")),
            ("00:00:00.50", Some("00:00:00.5")),
        ],
    );
    check(
        "time",
        &[
            "24:00",
            "6:00",
            "06:60",
            "06:00:60",
            "06:00:",
            "06:00:00.",
            "06:00.5",
            "06",
            "06:00:00.0000000000",
            "06:00:00Z",
        ]
        .map(|t| (t, None)),
    );
}

#[test]
fn naive_timestamps_are_rfc_3339_with_options() {
    let same = Some("2026-11-20T06:00:00");
    check("timestamp", &[("2026-11-20T06:00:00", same), ("2026-11-20 06:00", same), ("2026-11-20t06:00:00.000", same)]);
    check("timestamp", &[("1700-01-01T00:00:00.000000001", Some("1700-01-01T00:00:00.000000001"))]);
    check(
        "timestamp",
        &[
            "2026-11-20",
            "2026-11-20  06:00",
            "2026-11-20T24:00",
            "2026-11-20T23:59:60",
            "2026-11-20T06:00:00.1234567890",
        ]
        .map(|t| (t, None)),
    );
    check(
        "timestamp",
        &["2026-11-20T06:00:00,5", "2026-11-20T06", "20261120T060000", "2026-11-20T06:00 Z", "2026-11-31T06:00"]
            .map(|t| (t, None)),
    );
    assert_eq!(read("2026-11-20", "timestamp"), Err("lacks a time of day"));
    assert_eq!(read("2026-11-20T06:00:00Z", "timestamp"), Err("has an offset, but the column has no zone"));
    let berlin = TextOptions { timezone: Some("Europe/Berlin".into()), ..TextOptions::default() };
    assert_eq!(read_with("2026-11-20T06:00:00Z", "timestamp", &berlin).as_deref(), Ok("2026-11-20T07:00:00"));
    assert_eq!(read_with("2026-11-20T06:00", "timestamp", &berlin).ok().as_deref(), same);
    assert!(read_with("2026-03-29T02:30", "timestamp", &berlin).is_err());
}

#[test]
fn zoned_timestamps_are_instants() {
    let six = Some("2026-11-20T06:00:00Z");
    check(
        "timestamp[UTC]",
        &[
            ("2026-11-20 06:00", six),
            ("2026-11-20T06:00:00Z", six),
            ("2026-11-20T07:30:00+01:30", six),
            ("2026-11-20T05:00-01:00", six),
        ],
    );
    check(
        "timestamp[UTC]",
        &[
            "2026-11-20T06:00+0100",
            "2026-11-20T06:00+01",
            "2026-11-20T06:00 UTC",
            "2026-11-20T06:00+24:00",
            "2026-11-20T06:00ZZ",
        ]
        .map(|t| (t, None)),
    );
    check("timestamp[+02:00]", &[("2026-11-20 08:00", six)]);
    // clocks jump from 02:00 to 03:00 on 29 March, and show 02:00 to 03:00 twice on 25 October
    let berlin = "timestamp[Europe/Berlin]";
    check(
        berlin,
        &[
            ("2026-11-20 07:00", six),
            ("2026-03-29 02:00", None),
            ("2026-03-29 02:59:59.999999999", None),
            ("2026-03-29 03:00", Some("2026-03-29T01:00:00Z")),
        ],
    );
    check(
        berlin,
        &[("2026-10-25 02:30", Some("2026-10-25T00:30:00Z")), ("2026-10-25 02:30+01:00", Some("2026-10-25T01:30:00Z"))],
    );
    let berlin = TextOptions { timezone: Some("Europe/Berlin".into()), ..TextOptions::default() };
    assert_eq!(read_with("2026-11-20 07:00", "timestamp[UTC]", &berlin).ok().as_deref(), six);
    let nowhere = TextOptions { timezone: Some("Mars/Phobos".into()), ..TextOptions::default() };
    assert_eq!(read_with("2026-11-20 07:00", "timestamp[UTC]", &nowhere), Err("unknown time zone"));
}

#[test]
fn timestamps_follow_a_format() {
    let with = |format: &str| TextOptions { format: Some(format.into()), ..TextOptions::default() };
    assert_eq!(
        read_with("20/11/2026 06:00", "timestamp", &with("%d/%m/%Y %H:%M")).as_deref(),
        Ok("2026-11-20T06:00:00")
    );
    assert_eq!(
        read_with("20/11/2026 07:00 +0100", "timestamp[UTC]", &with("%d/%m/%Y %H:%M %z")).as_deref(),
        Ok("2026-11-20T06:00:00Z")
    );
    assert_eq!(read_with("1795154400", "timestamp[Europe/Berlin]", &with("%s")).as_deref(), Ok("2026-11-20T06:00:00Z"));
    assert!(read_with("2016-12-31 23:59:60", "timestamp", &with("%Y-%m-%d %H:%M:%S")).is_err());
    assert!(read_with("20/11/2026", "timestamp", &with("%d/%m/%Y")).is_err());
    assert_eq!(read_with("6h30", "time", &with("%Hh%M")).as_deref(), Ok("06:30:00"));
}

#[test]
fn types_without_text_form_say_so() {
    for ty in ["duration", "binary", "list<string>", "struct", "map<string,int8>"] {
        assert_eq!(read("1", ty), Err("this type has no text form"), "{ty}");
    }
    check("uuid", &[("anything", Some("anything"))]);
}

#[test]
fn values_are_shown_shortly() {
    let floats =
        [(0.1, "0.1"), (1.0, "1"), (-0.0, "-0"), (1e16, "1e16"), (1.5e-7, "1.5e-7"), (123456.789, "123456.789")];
    for (value, text) in floats {
        assert_eq!(format_float(value), text);
    }
    assert_eq!(format_time(86_399_500_000_000), "23:59:59.5");
    assert_eq!(format_time(-1_000_000_000), "-00:00:01");
    assert_eq!(format_timestamp(-1, true), "1969-12-31T23:59:59.999999999Z");
    assert_eq!(format_date(i32::MAX), "+5881580-07-11");
    assert_eq!(format_date(i32::MIN), "-5877641-06-23");
    assert_eq!(format_date(-719_529), "-0001-12-31");
    assert_eq!(format_timestamp(i128::MAX, false).len(), "+5391559471918239497-10-01T00:00:00.884105727".len() + 3);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}|[-+0-9TZ:. eE]{0,40}") {
        for ty in ["int64", "uint8", "float16", "decimal(40,3)", "decimal(9,9)", "bool", "date", "time", "timestamp", "timestamp[Europe/Berlin]"] {
            let _ = read(&text, ty);
        }
    }

    #[test]
    fn integers_agree_with_the_standard_library(text in "[+-]?[0-9]{1,21}") {
        prop_assert_eq!(read(&text, "int64").ok(), text.parse::<i64>().ok().map(|v| v.to_string()));
        // the standard library refuses the sign of -0
        let plain = if text.trim_start_matches(['-', '0']).is_empty() { "0" } else { &text };
        prop_assert_eq!(read(&text, "uint64").ok(), plain.parse::<u64>().ok().map(|v| v.to_string()));
    }

    #[test]
    fn decimals_agree_with_bigdecimal(text in "[+-]?[0-9]{1,45}(\\.[0-9]{1,45})?", precision in 1u8..=76, scale in 0u8..=76) {
        let scale = scale.min(precision);
        let exact = BigDecimal::from_str(&text).expect("a decimal");
        let fits = exact.with_scale(scale.into()) == exact
            && exact.with_scale(scale.into()).into_bigint_and_exponent().0.to_string().trim_start_matches('-').len() <= precision.into();
        let got = parse(&text, &Type::Decimal(precision, scale), &TextOptions::default());
        prop_assert_eq!(got.ok(), fits.then_some(Value::Decimal(exact)));
    }

    #[test]
    fn floats_round_trip(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        let back = numbers::parse_float(format_float(value).as_bytes(), 64).expect("its own text");
        prop_assert!(back == value || (back.is_nan() && value.is_nan()));
    }

    #[test]
    fn dates_agree_with_chrono(days in -719_528i32..=2_932_896) {
        let text = format_date(days);
        prop_assert_eq!(parse_date(text.as_bytes()), Ok(days));
        prop_assert_eq!(NaiveDate::from_str(&text).expect("a date").to_epoch_days(), days);
    }

    #[test]
    fn times_round_trip(nanos in 0i64..86_400_000_000_000) {
        prop_assert_eq!(parse_time(format_time(nanos).as_bytes()), Ok(nanos));
    }

    #[test]
    fn timestamps_agree_with_chrono(seconds in -62_167_219_200i64..253_402_300_800, nanos in 0u32..1_000_000_000, east in -1439i32..1440) {
        let value = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        let naive = format_timestamp(value, false);
        prop_assert_eq!(parse_stamp(naive.as_bytes()).map(|s| s.local), Ok(value));
        let theirs = NaiveDateTime::from_str(&naive).expect("a timestamp").and_utc();
        prop_assert_eq!((theirs.timestamp(), theirs.timestamp_subsec_nanos()), (seconds, nanos));
        let sign = if east < 0 { '-' } else { '+' };
        let text = format!("{naive}{sign}{:02}:{:02}", east.abs() / 60, east.abs() % 60);
        let theirs = DateTime::parse_from_rfc3339(&text).expect("RFC 3339");
        let ours = parse(&text, &Type::TimestampZoned("UTC".into()), &TextOptions::default());
        let theirs = i128::from(theirs.timestamp()) * 1_000_000_000 + i128::from(theirs.timestamp_subsec_nanos());
        prop_assert_eq!(ours, Ok(Value::Instant(theirs)));
    }

    #[test]
    fn local_times_of_a_zone_agree_with_chrono(seconds in 0i64..4_000_000_000) {
        let zone = chrono_tz::America::New_York;
        let naive = DateTime::from_timestamp(seconds, 0).expect("in range").naive_utc();
        let theirs = zone.from_local_datetime(&naive).earliest().map(|t| Value::Instant(i128::from(t.timestamp()) * 1_000_000_000));
        let text = format_timestamp(i128::from(seconds) * 1_000_000_000, false);
        let ours = parse(&text, &Type::TimestampZoned("America/New_York".into()), &TextOptions::default());
        prop_assert_eq!(ours.ok(), theirs);
    }
}

#[test]
fn zones_are_named_or_offsets() {
    assert_eq!(Zone::new("UTC"), Ok(Zone::Fixed(0)));
    assert_eq!(Zone::new("-05:30"), Ok(Zone::Fixed(-19_800)));
    assert_eq!(Zone::new("Europe/Berlin"), Ok(Zone::Named(Tz::Europe__Berlin)));
    assert!(Zone::new("Berlin").is_err());
}
