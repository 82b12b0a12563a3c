//! The run's clock: now, or what `--as-of` says.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeZone, Utc};
use chrono_tz::Tz;

use crate::failure::Failure;

/// Reads `--as-of`.
pub(crate) fn as_of(text: &str, timezone: &str) -> Result<DateTime<Utc>, Failure> {
    instant("--as-of", text, timezone)
}

/// Reads the time of an option: RFC 3339 with an offset, or a date, which means its first instant in the project's zone.
pub(crate) fn instant(option: &str, text: &str, timezone: &str) -> Result<DateTime<Utc>, Failure> {
    let text = text.trim();
    let instant = if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        Some(instant.to_utc())
    } else if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        first_instant(date, timezone.parse().unwrap_or(Tz::UTC))
    } else if is_naive(text) {
        let hint = format!("add the offset: `{text}Z` for UTC, or `{text}+01:00`");
        return Err(Failure::usage(format!("`{option}` needs to know the zone of `{text}`"), hint));
    } else {
        None
    };
    // Instants are nanoseconds in 64 bits further down, which end in the year 2262.
    instant.filter(|instant| instant.timestamp_nanos_opt().is_some()).ok_or_else(|| {
        let hint = "a date such as 2026-11-20, or a time with its offset such as 2026-11-20T06:00:00Z";
        Failure::usage(format!("`{option}` is not a time that can be used: `{text}`"), hint)
    })
}

/// The present, to the millisecond: finer digits would only make results longer.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

fn is_naive(text: &str) -> bool {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .any(|format| NaiveDateTime::parse_from_str(text, format).is_ok())
}

/// Midnight, or the first instant after it where clocks skip midnight.
fn first_instant(date: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let next = date.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN);
    let mut local = date.and_time(NaiveTime::MIN);
    while local < next {
        if let Some(instant) = zone.from_local_datetime(&local).earliest() {
            return Some(instant.to_utc());
        }
        local += chrono::Duration::minutes(15);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, zone: &str) -> Option<String> {
        as_of(text, zone).ok().map(|instant| instant.to_rfc3339())
    }

    #[test]
    fn a_date_is_its_first_instant_in_the_projects_zone() {
        assert_eq!(read("2026-11-20", "UTC").as_deref(), Some("2026-11-20T00:00:00+00:00"));
        assert_eq!(read("2026-11-20", "Europe/Berlin").as_deref(), Some("2026-11-19T23:00:00+00:00"));
        // Clocks in Beirut went from 00:00 to 01:00 on that day.
        assert_eq!(read("2021-03-28", "Asia/Beirut").as_deref(), Some("2021-03-27T22:00:00+00:00"));
    }

    #[test]
    fn a_time_needs_its_offset() {
        assert_eq!(read("2026-11-20T06:00:00+01:00", "UTC").as_deref(), Some("2026-11-20T05:00:00+00:00"));
        for wrong in ["2026-11-20T06:00:00", "2026-11-20 06:00", "yesterday", "", "2026-02-30", "9999-01-01"] {
            assert_eq!(read(wrong, "UTC"), None, "{wrong}");
        }
    }
}
