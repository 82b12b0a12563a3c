//! Schedules on the days on which clocks change, and decisions over them.

use assay_core::ops::Millis;
use assay_core::schedule::Cron;
use chrono::{DateTime, SecondsFormat};

use super::Timetable;

mod changes;
mod decisions;
mod properties;
mod ten_years;

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

fn timetable(cron: &str, zone: &str) -> Timetable {
    let cron = Cron::parse(cron).unwrap_or_else(|fault| panic!("{cron}: {}", fault.message));
    Timetable::new(&cron, zone.parse().unwrap_or_else(|_| panic!("no zone {zone}")))
}

/// `2026-03-29T01:00Z`.
fn at(text: &str) -> Millis {
    let text = text.replace('Z', ":00Z");
    DateTime::parse_from_rfc3339(&text).unwrap_or_else(|why| panic!("{text}: {why}")).timestamp_millis()
}

fn shown(instant: Millis) -> String {
    let instant = DateTime::from_timestamp_millis(instant).expect("an instant");
    instant.to_rfc3339_opts(SecondsFormat::Secs, true).replace(":00Z", "Z")
}
