//! Instants and lengths of time as people read them, in UTC.

use assay_core::ops::Millis;
use chrono::DateTime;

/// `21 Nov 2026 06:00 UTC`.
pub(super) fn instant(at: Millis) -> String {
    match DateTime::from_timestamp_millis(at) {
        Some(at) => at.format("%-d %b %Y %H:%M UTC").to_string(),
        None => "an unknown time".to_owned(),
    }
}

/// The two largest units: `3 days 4 hours`, `12 minutes`, `less than a minute`.
pub(super) fn length(millis: Millis) -> String {
    let minutes = millis.max(0) / 60_000;
    let units = [(minutes / 1440, "day"), (minutes / 60 % 24, "hour"), (minutes % 60, "minute")];
    let words: Vec<String> = units
        .into_iter()
        .skip_while(|(n, _)| *n == 0)
        .take(2)
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}{}", if n == 1 { "" } else { "s" }))
        .collect();
    if words.is_empty() { "less than a minute".to_owned() } else { words.join(" ") }
}
