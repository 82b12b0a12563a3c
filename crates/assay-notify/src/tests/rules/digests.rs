use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::problem::Span;
use chrono::{DateTime, SecondsFormat, Weekday};

use crate::rules::Digest;
use crate::rules::digest::digest;

fn next(digest: &Digest, after: &str) -> String {
    let after = DateTime::parse_from_rfc3339(after).expect(after).timestamp_millis();
    let next: Millis = digest.next(after).expect("another one");
    DateTime::from_timestamp_millis(next).expect("an instant").to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[test]
fn words_mean_eight_in_the_morning() {
    let word = |text: &str| digest(&Node::scalar(text, false, Span::default()), chrono_tz::Europe::Berlin);
    let at_eight = |day| Some(Digest { day, minute: 480, timezone: chrono_tz::Europe::Berlin });
    assert_eq!(word("none"), Ok(None));
    assert_eq!(word("daily"), Ok(at_eight(None)));
    assert_eq!(word("weekly"), Ok(at_eight(Some(Weekday::Mon))));
    assert!(word("monthly").is_err());
}

#[test]
fn a_digest_comes_at_its_civil_time() {
    let daily = Digest { day: None, minute: 480, timezone: chrono_tz::Europe::Berlin };
    assert_eq!(next(&daily, "2026-11-21T06:59:59Z"), "2026-11-21T07:00:00Z");
    assert_eq!(next(&daily, "2026-11-21T07:00:00Z"), "2026-11-22T07:00:00Z");
    // summer time ends in between
    assert_eq!(next(&daily, "2026-10-24T06:00:00Z"), "2026-10-25T07:00:00Z");
    let weekly = Digest { day: Some(Weekday::Mon), ..daily };
    assert_eq!(next(&weekly, "2026-11-21T12:00:00Z"), "2026-11-23T07:00:00Z");
    assert_eq!(next(&weekly, "2026-11-23T07:00:00Z"), "2026-11-30T07:00:00Z");
}

#[test]
fn a_time_that_is_left_out_is_the_first_after_the_gap_and_one_that_comes_twice_the_first() {
    let night = Digest { day: None, minute: 150, timezone: chrono_tz::Europe::Berlin };
    assert_eq!(next(&night, "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
    assert_eq!(next(&night, "2026-03-29T01:00:00Z"), "2026-03-30T00:30:00Z");
    assert_eq!(next(&night, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
    assert_eq!(next(&night, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    // Samoa left out 30 December 2011
    let samoa = Digest { day: None, minute: 480, timezone: chrono_tz::Pacific::Apia };
    assert_eq!(next(&samoa, "2011-12-29T20:00:00Z"), "2011-12-30T10:00:00Z");
    assert_eq!(next(&samoa, "2011-12-30T10:00:00Z"), "2011-12-30T18:00:00Z");
}

#[test]
fn beyond_the_calendar_there_is_none() {
    let daily = Digest { day: None, minute: 0, timezone: chrono_tz::UTC };
    assert_eq!((daily.next(Millis::MAX), daily.next(Millis::MIN)), (None, None));
}
