//! Values as text.

use chrono::{Datelike, NaiveDate};

use super::times::DAY;

/// Shortest text that reads back as the same float; `nan`, `inf`, `-inf`.
pub fn format_float(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "nan".into()
    } else if value.is_infinite() {
        if value > 0.0 { "inf".into() } else { "-inf".into() }
    } else if size == 0.0 || (1e-5..1e16).contains(&size) {
        value.to_string()
    } else {
        // hundreds of zeros help nobody
        format!("{value:e}")
    }
}

/// `2026-11-20`; a year outside 0 to 9999 has a sign, as ISO 8601 asks.
pub fn format_date(days: i32) -> String {
    show_day(i128::from(days))
}

/// `2026-11-20T06:00:00`, decimals only where there are some, `Z` for instants.
pub fn format_timestamp(nanos: i128, zoned: bool) -> String {
    let day = i128::from(DAY);
    // the remainder of a division by a day fits
    let clock = format_time(nanos.rem_euclid(day) as i64);
    format!("{}T{clock}{}", show_day(nanos.div_euclid(day)), if zoned { "Z" } else { "" })
}

/// `06:00:00`, decimals only where there are some.
pub fn format_time(nanos: i64) -> String {
    let (sign, nanos) = if nanos < 0 { ("-", nanos.unsigned_abs()) } else { ("", nanos.unsigned_abs()) };
    let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let clock = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { clock } else { format!("{clock}.{}", format!("{fraction:09}").trim_end_matches('0')) }
}

/// The calendar repeats every 400 years of 146097 days, so any day is one of the first 400 years after 1970 moved by
/// whole cycles; chrono alone ends some 262,000 years away, which Arrow's dates do not.
fn show_day(days: i128) -> String {
    const CYCLE: i128 = 146_097;
    let within = days.rem_euclid(CYCLE) as i32;
    let date = NaiveDate::from_epoch_days(within).expect("a day of the first 400 years after 1970");
    let year = i128::from(date.year()) + 400 * days.div_euclid(CYCLE);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        10_000.. => format!("+{year}"),
        _ => format!("-{:04}", -year),
    };
    format!("{year}-{:02}-{:02}", date.month(), date.day())
}
