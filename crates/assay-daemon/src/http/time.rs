//! Times as the API writes them: RFC 3339 in UTC, to the millisecond.

use std::time::Duration;

use assay_core::ops::Millis;
use chrono::{DateTime, SecondsFormat};

use super::problem::{Answer, Problem};

/// `2026-03-01T12:00:00.000Z`.
pub fn rfc3339(at: Millis) -> String {
    let at = DateTime::from_timestamp_millis(at).unwrap_or(if at < 0 {
        DateTime::<chrono::Utc>::MIN_UTC
    } else {
        DateTime::<chrono::Utc>::MAX_UTC
    });
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads an RFC 3339 time.
///
/// # Errors
/// 422 that names the field.
pub fn instant(field: &str, text: &str) -> Answer<Millis> {
    let read = DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
    read.map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        Problem::invalid("time_invalid", format!("`{field}`: `{shown}` is no time such as 2026-03-01T12:00:00Z"))
    })
}

/// Reads `30s`, `500ms`, `2h`, `1d`.
///
/// # Errors
/// 422 that names the field.
pub fn duration(field: &str, text: &str) -> Answer<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0_u64,
    };
    let read = number.parse::<u64>().ok().and_then(|number| number.checked_mul(millis)).filter(|_| millis > 0);
    read.map(Duration::from_millis).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Problem::invalid("duration_invalid", format!("`{field}`: `{shown}` is no duration such as 30s, 15m, 2h or 1d"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read_to_the_millisecond() {
        assert_eq!(rfc3339(1_772_366_400_007), "2026-03-01T12:00:00.007Z");
        assert_eq!(instant("planned", "2026-03-01T13:00:00.007+01:00").unwrap(), 1_772_366_400_007);
        assert!(instant("planned", "yesterday").unwrap_err().detail().starts_with("`planned`: `yesterday`"));
        assert!(!rfc3339(Millis::MAX).is_empty() && !rfc3339(Millis::MIN).is_empty());
    }

    #[test]
    fn durations_have_a_unit_and_no_sign() {
        assert_eq!(duration("wait", "30s").unwrap(), Duration::from_secs(30));
        assert_eq!(duration("wait", "2h").unwrap(), Duration::from_secs(7_200));
        for bad in ["", "30", "s", "-1s", "1.5s", "1 s", "9999999999999999999d", "99999999999999999d"] {
            assert!(duration("wait", bad).is_err(), "{bad}");
        }
    }
}
