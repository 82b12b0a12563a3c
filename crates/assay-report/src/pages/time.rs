//! Instants for machines and for people: both are in each page, and nothing in a browser has to work them out.

use assay_core::ops::Millis;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// An instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct When {
    /// `2026-11-20T06:00:00Z`.
    pub iso: String,
    /// `2026-11-20 06:00:00 UTC`.
    pub text: String,
    /// `3 h ago`.
    pub ago: String,
}

impl When {
    pub fn new(at: Millis, now: Millis) -> Self {
        let Some(time) = DateTime::<Utc>::from_timestamp_millis(at) else {
            let text = "at no known time".to_owned();
            return When { iso: "1970-01-01T00:00:00Z".into(), text: text.clone(), ago: text };
        };
        When {
            iso: time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            text: time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            ago: ago(at, now),
        }
    }

    pub fn some(at: Option<Millis>, now: Millis) -> Option<Self> {
        at.map(|at| When::new(at, now))
    }
}

/// RFC 3339, as the command line reads it.
pub(super) fn iso(at: Millis) -> String {
    When::new(at, at).iso
}

fn ago(at: Millis, now: Millis) -> String {
    let away = now.saturating_sub(at);
    let text = length(away.saturating_abs());
    match away {
        -999..=999 => "just now".into(),
        1_000.. => format!("{text} ago"),
        _ => format!("in {text}"),
    }
}

/// `45 s`, `3 min`, `5 h`, `4 days`: the largest unit that there is one of, rounded down.
pub(super) fn length(millis: Millis) -> String {
    match millis {
        ..SECOND => format!("{} ms", millis.max(0)),
        SECOND..MINUTE => format!("{} s", millis / SECOND),
        MINUTE..HOUR => format!("{} min", millis / MINUTE),
        HOUR..DAY => format!("{} h", millis / HOUR),
        _ if millis / DAY == 1 => "1 day".into(),
        _ => format!("{} days", millis / DAY),
    }
}

/// `1.2 s`, `3 min 20 s`: how long a run took.
pub(super) fn took(millis: Millis) -> String {
    match millis {
        ..SECOND => format!("{} ms", millis.max(0)),
        SECOND..MINUTE => format!("{}.{} s", millis / SECOND, millis % SECOND / 100),
        MINUTE..HOUR => format!("{} min {} s", millis / MINUTE, millis % MINUTE / SECOND),
        _ => format!("{} h {} min", millis / HOUR, millis % HOUR / MINUTE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_the_largest_unit_that_there_is_one_of() {
        let words = |away: Millis| ago(1_000_000_000_000 - away, 1_000_000_000_000);
        assert_eq!(words(0), "just now");
        assert_eq!(words(999), "just now");
        assert_eq!(words(59_999), "59 s ago");
        assert_eq!(words(60_000), "1 min ago");
        assert_eq!(words(3 * HOUR + 59 * MINUTE), "3 h ago");
        assert_eq!(words(DAY), "1 day ago");
        assert_eq!(words(49 * HOUR), "2 days ago");
        assert_eq!(words(-90 * SECOND), "in 1 min");
    }

    #[test]
    fn no_instant_is_too_far_away() {
        let when = When::new(Millis::MAX, Millis::MIN);
        assert_eq!(when.text, "at no known time");
        assert_eq!(When::new(Millis::MIN, 0).iso, "1970-01-01T00:00:00Z");
        assert_eq!(When::new(1_763_618_400_000, 1_763_618_400_000).iso, "2025-11-20T06:00:00Z");
    }

    #[test]
    fn what_a_run_took_is_told_in_two_units() {
        assert_eq!(
            [0, 999, 1_250, 200_000, 3_723_000].map(took),
            ["0 ms", "999 ms", "1.2 s", "3 min 20 s", "1 h 2 min"]
        );
    }
}
