use std::collections::BTreeMap;

use assay_core::ops::Millis;
use chrono::Weekday::{self, Mon, Sat, Sun};
use chrono::{DateTime, SecondsFormat};

use crate::rules::mute::muted;
use crate::rules::{MuteTime, Rules};

fn at(text: &str) -> Millis {
    DateTime::parse_from_rfc3339(text).expect(text).timestamp_millis()
}

fn show(millis: Millis) -> String {
    DateTime::from_timestamp_millis(millis).expect("an instant").to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn berlin(days: &[Weekday], times: &[(u16, u16)]) -> MuteTime {
    MuteTime { days: days.into(), times: times.into(), timezone: chrono_tz::Europe::Berlin }
}

const HOUR: u16 = 60;

#[track_caller]
fn check(time: &MuteTime, cases: &[(&str, Option<&str>)]) {
    for (now, expected) in cases {
        assert_eq!(time.holds(at(now)).map(show).as_deref(), *expected, "{now}");
    }
}

#[test]
fn a_mute_time_holds_from_its_first_instant_to_the_last_before_its_end() {
    let evening = berlin(&[Sat], &[(22 * HOUR, 24 * HOUR), (0, HOUR / 2)]);
    check(
        &evening,
        &[
            ("2026-11-21T20:59:59.999Z", None),
            ("2026-11-21T21:00:00Z", Some("2026-11-21T23:00:00Z")),
            ("2026-11-21T22:59:59.999Z", Some("2026-11-21T23:00:00Z")),
            ("2026-11-21T23:00:00Z", None),
            ("2026-11-20T23:15:00Z", Some("2026-11-20T23:30:00Z")),
            ("2026-11-20T22:00:00Z", None),
        ],
    );
    let whole_day = berlin(&[Sun], &[]);
    check(&whole_day, &[("2026-11-21T23:00:00Z", Some("2026-11-22T23:00:00Z")), ("2026-11-22T23:00:00Z", None)]);
}

#[test]
fn an_hour_that_comes_twice_is_muted_twice() {
    // clocks go back from 03:00 to 02:00 on 25 October, at 01:00 UTC
    let night = berlin(&[], &[(2 * HOUR, 3 * HOUR)]);
    check(
        &night,
        &[
            ("2026-10-24T23:59:59Z", None),
            ("2026-10-25T00:00:00Z", Some("2026-10-25T02:00:00Z")),
            ("2026-10-25T01:30:00Z", Some("2026-10-25T02:00:00Z")),
            ("2026-10-25T02:00:00Z", None),
        ],
    );
    // the first 02:50 is muted until clocks go back, the second until the end
    let late = berlin(&[], &[(2 * HOUR + 45, 4 * HOUR)]);
    check(
        &late,
        &[
            ("2026-10-25T00:50:00Z", Some("2026-10-25T01:00:00Z")),
            ("2026-10-25T01:00:00Z", None),
            ("2026-10-25T01:50:00Z", Some("2026-10-25T03:00:00Z")),
        ],
    );
    let early = berlin(&[], &[(HOUR + 30, 2 * HOUR + 30)]);
    check(
        &early,
        &[
            ("2026-10-24T23:45:00Z", Some("2026-10-25T00:30:00Z")),
            ("2026-10-25T00:45:00Z", None),
            ("2026-10-25T01:15:00Z", Some("2026-10-25T01:30:00Z")),
        ],
    );
}

#[test]
fn an_hour_that_is_left_out_is_not_muted() {
    // clocks go forward from 02:00 to 03:00 on 29 March, at 01:00 UTC
    let within = berlin(&[], &[(2 * HOUR, 3 * HOUR)]);
    check(&within, &[("2026-03-29T00:59:59Z", None), ("2026-03-29T01:00:00Z", None)]);
    let ends_within = berlin(&[], &[(HOUR, 2 * HOUR + 30)]);
    check(&ends_within, &[("2026-03-29T00:30:00Z", Some("2026-03-29T01:00:00Z")), ("2026-03-29T01:00:00Z", None)]);
    let across = berlin(&[Sun], &[(HOUR, 4 * HOUR)]);
    check(&across, &[("2026-03-29T00:30:00Z", Some("2026-03-29T02:00:00Z"))]);
    // a whole Sunday of 23 hours
    check(&berlin(&[Sun], &[]), &[("2026-03-28T23:00:00Z", Some("2026-03-29T22:00:00Z"))]);
}

#[test]
fn mute_times_that_follow_each_other_are_one() {
    let night = vec![berlin(&[Sat], &[(22 * HOUR, 24 * HOUR)]), berlin(&[Sun], &[(0, 4 * HOUR)])];
    let morning = vec![berlin(&[Sun], &[(4 * HOUR, 5 * HOUR)])];
    let mute_times = BTreeMap::from([("night".to_owned(), night), ("morning".to_owned(), morning)]);
    let rules = Rules { mute_times, ..Rules::default() };
    let both = ["night".to_owned(), "morning".to_owned(), "unknown".to_owned()];
    let found = |names: &[String], now: &str| muted(&rules, names, at(now)).map(|(name, until)| (name, show(until)));
    assert_eq!(found(&both[..1], "2026-11-21T21:30:00Z"), Some(("night", "2026-11-22T03:00:00Z".to_owned())));
    assert_eq!(found(&both, "2026-11-21T21:30:00Z"), Some(("night", "2026-11-22T04:00:00Z".to_owned())));
    assert_eq!(found(&both, "2026-11-22T03:30:00Z"), Some(("morning", "2026-11-22T04:00:00Z".to_owned())));
    assert_eq!(found(&both[1..], "2026-11-21T21:30:00Z"), None);
    assert_eq!(found(&both, "2026-11-22T04:00:00Z"), None);
}

#[test]
fn what_never_ends_has_an_end_more_than_a_week_ahead() {
    let always = MuteTime { days: Vec::new(), times: Vec::new(), timezone: chrono_tz::UTC };
    let rules = Rules { mute_times: BTreeMap::from([("always".to_owned(), vec![always])]), ..Rules::default() };
    let now = at("2026-11-21T12:00:00Z");
    let (_, until) = muted(&rules, &["always".to_owned()], now).expect("it holds");
    assert_eq!(show(until), "2026-11-30T00:00:00Z");
}

#[test]
fn instants_beyond_the_calendar_are_not_muted() {
    let all = berlin(&[Mon, Sat], &[]);
    for now in [Millis::MAX, Millis::MIN, 8_210_266_876_799_999, -8_334_601_228_800_000] {
        assert_eq!(all.holds(now).filter(|until| *until <= now), None);
    }
}
