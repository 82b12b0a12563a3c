//! Times, outcomes and labels as the lists of these commands show them.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Incident, IncidentKey};
use assay_core::verdict::Outcome;
use assay_notify::notification::Item;
use assay_report::formats::text::printable;
use chrono::{DateTime, SecondsFormat};

/// `2026-11-21T19:30:00Z`.
pub(crate) fn instant(at: Millis) -> String {
    DateTime::from_timestamp_millis(at).map_or_else(|| "-".into(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// `45 s`, `3 min`, `5 h`, `12 d`.
pub(crate) fn lasting(millis: Millis) -> String {
    let seconds = (millis / 1_000).max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error",
    }
}

/// `gold.revenue amount.range`, with the segment: what an incident is about.
pub(crate) fn about(incident: &Incident) -> String {
    let IncidentKey { document, check, column, segment, .. } = &incident.key;
    printable(&named(document, check, column.as_deref(), segment.as_deref())).into_owned()
}

/// The same of one that somebody was told of, with how it stood then.
pub(crate) fn about_item(item: &Item) -> String {
    let named = named(&item.document, &item.check, item.column.as_deref(), item.segment.as_deref());
    let severity = outcome(item.severity);
    printable(&format!("#{} {severity} {} {named}: {}", item.number, item.state.name(), item.message)).into_owned()
}

/// Ids of checks begin with their column, where they have one.
fn named(document: &str, check: &str, column: Option<&str>, segment: Option<&str>) -> String {
    let mut about = format!("{document} {check}");
    if let Some(column) = column.filter(|column| !check.starts_with(&format!("{column}."))) {
        about.push_str(&format!(" of {column}"));
    }
    if let Some(segment) = segment {
        about.push_str(&format!(" in {segment}"));
    }
    about
}

/// `3 messages`, `1 message`.
pub(crate) fn plural(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `2 tries`.
pub(crate) fn tries(n: u32) -> String {
    format!("{n} {}", if n == 1 { "try" } else { "tries" })
}

/// A name in a list that has a limit, so that whoever reads knows that there are more.
pub(crate) fn and_more(shown: usize, limit: u32) -> Option<String> {
    (shown > limit as usize).then(|| format!("only the first {limit} are shown; `--limit N` shows more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_one_unit() {
        let told: Vec<String> = [0, 119_000, 120_000, 7_199_000, 7_200_000, 172_800_000, -5].map(lasting).to_vec();
        assert_eq!(told, ["0 s", "119 s", "2 min", "119 min", "2 h", "2 d", "0 s"]);
    }
}
