//! Silences and mute times: what is due and muted is held back, and told when the mute ends if it is still so.

use assay_core::ops::notices::NotifierLog;
use chrono::Weekday::{Sat, Sun};
use chrono_tz::Europe::Berlin;

use super::book::{matching, mute_time, route, rules};
use super::kit::{fails, h, m, passes, s, silence_ends, silenced, timeline, wants};
use crate::notification::Reason::{MuteEnded, NewMember, Opened, PartlyResolved, Repeat, Resolved};
use crate::plan::{Muted, Muting, named, standing};
use crate::rules::{MuteTime, Rules};

fn mail() -> Rules {
    rules(route().to("mail"))
}

/// Mail is quiet from Saturday evening till Sunday morning.
fn quiet() -> Rules {
    let saturday = MuteTime { days: vec![Sat], times: vec![(22 * 60, 24 * 60)], timezone: Berlin };
    let sunday = MuteTime { days: vec![Sun], times: vec![(0, 4 * 60)], timezone: Berlin };
    let rules = rules(route().to("mail").below(matching("layer=gold").mute(&["night"])));
    mute_time(mute_time(rules, "night", saturday), "night", sunday)
}

#[test]
fn what_is_silenced_before_it_opens_is_told_when_the_silence_ends() {
    timeline(mail())
        .at(s(0), silenced("s-1", "check=range", h(2)))
        .at(m(1), fails("gold.revenue", "range"))
        .between(h(2), h(2), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .at(h(3), passes("gold.revenue", "range"))
        .between(h(3), h(3) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn a_silence_within_the_wait_holds_and_one_that_ends_within_it_does_not() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(10), silenced("s-1", "check=range", h(1)))
        .between(s(10) + h(1), s(10) + h(1), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .at(s(0), fails("silver.orders", "volume"))
        .at(s(5), silenced("s-2", "check=volume", s(20)))
        .between(s(30), s(30), wants("mail", Opened, &["silver.orders/volume"]))
        .until(h(3))
        .holds();
}

#[test]
fn a_silence_that_somebody_ends_early_ends_then() {
    timeline(mail())
        .at(s(0), silenced("s-1", "contract=~\"gold.*\"", h(8)))
        .at(m(1), fails("gold.revenue", "range"))
        .at(m(20), silence_ends("s-1"))
        .between(m(20), m(20), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_is_over_before_the_silence_ends_is_never_told() {
    timeline(mail())
        .at(s(0), silenced("s-1", "check=range", h(2)))
        .at(m(1), fails("gold.revenue", "range"))
        .at(h(1), passes("gold.revenue", "range"))
        .holds();
}

#[test]
fn what_comes_and_goes_between_two_messages_while_silenced_is_never_told() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "volume"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/volume"]))
        .at(s(40), silenced("s-1", "check=range", h(2)))
        .at(m(1), fails("gold.revenue", "range"))
        .at(m(4), passes("gold.revenue", "range"))
        .until(h(3))
        .holds();
}

#[test]
fn a_silence_holds_repeats_and_the_end_back() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(1), silenced("s-1", "check=range", h(6)))
        // the repeat that was due after four hours, once
        .between(h(7), h(7), wants("mail", Repeat, &["gold.revenue/range"]))
        .at(h(8), silenced("s-2", "check=range", h(2)))
        .at(h(9), passes("gold.revenue", "range"))
        .between(h(10), h(10), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn a_silence_is_of_what_it_matches_only() {
    timeline(mail())
        .at(s(0), silenced("s-1", "check=range", h(1)))
        .at(m(1), fails("gold.revenue", "range"))
        .at(m(1), fails("gold.revenue", "volume"))
        .between(m(1) + s(30), m(1) + s(30), wants("mail", Opened, &["gold.revenue/volume"]))
        .at(m(30), passes("gold.revenue", "volume"))
        .between(m(30), m(30) + s(30), wants("mail", Resolved, &["-gold.revenue/volume"]))
        .between(h(1), h(1), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn one_silence_after_the_other_is_one_mute() {
    timeline(mail())
        .at(s(0), silenced("s-1", "check=range", h(1)))
        .at(m(30), silenced("s-2", "check=range", h(2)))
        .at(m(1), fails("gold.revenue", "range"))
        .between(h(2) + m(30), h(2) + m(30), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn a_mute_time_over_midnight_ends_in_the_morning() {
    // 20 November 2026 is a Friday; Berlin is an hour ahead
    timeline(quiet())
        .starting("2026-11-21T20:00:00Z")
        .at(m(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(2), fails("gold.revenue", "volume"))
        .at(h(2), fails("gold.orders", "volume"))
        .at(h(2), fails("silver.orders", "volume"))
        .between(h(2) + s(30), h(2) + s(30), wants("mail", Opened, &["silver.orders/volume"]))
        .at(h(4), passes("gold.orders", "volume"))
        .at(h(5), passes("gold.revenue", "range"))
        .at(h(5), passes("silver.orders", "volume"))
        .between(h(5), h(5) + s(30), wants("mail", Resolved, &["-silver.orders/volume"]))
        // three in the morning UTC: what is still open, and the end that was held back
        .between(h(7), h(7), wants("mail", MuteEnded, &["gold.revenue/volume", "-gold.revenue/range"]))
        .until(h(10))
        .holds();
}

#[test]
fn a_mute_time_follows_the_clock_when_it_is_put_back() {
    // in the night to 25 October the hour from two to three comes twice: four in the morning is 03:00 UTC
    timeline(quiet())
        .starting("2026-10-24T20:30:00Z")
        .at(m(0), fails("gold.revenue", "range"))
        .between(h(6) + m(30), h(6) + m(30), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .until(h(10))
        .holds();
    // in the night to 28 March it does not come: 02:00 UTC
    timeline(quiet())
        .starting("2026-03-28T21:30:00Z")
        .at(m(0), fails("gold.revenue", "range"))
        .between(h(4) + m(30), h(4) + m(30), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .until(h(7))
        .holds();
}

#[test]
fn the_end_that_was_held_back_is_not_told_where_it_is_open_again() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(0), fails("gold.revenue", "volume"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range", "gold.revenue/volume"]))
        .at(h(1), silenced("s-1", "check=range", h(2)))
        .at(h(1) + m(10), passes("gold.revenue", "range"))
        .at(h(2), fails("gold.revenue", "range"))
        .at(h(3) + m(30), fails("gold.revenue", "schema"))
        .between(
            h(3) + m(30) + s(30),
            h(3) + m(30) + s(30),
            wants("mail", NewMember, &["gold.revenue/range", "gold.revenue/volume", "gold.revenue/schema"]),
        )
        .at(h(4), passes("gold.revenue", "range"))
        .between(
            h(4),
            h(4) + s(30),
            wants("mail", PartlyResolved, &["-gold.revenue/range", "gold.revenue/volume", "gold.revenue/schema"]),
        )
        .until(h(5))
        .holds();
}

#[test]
fn the_log_says_who_mutes_until_when() {
    let (told, kept) = timeline(mail())
        .at(s(0), silenced("s-1", "check=range", h(2)))
        .at(m(1), fails("gold.revenue", "range"))
        .until(h(1))
        .play();
    assert_eq!(told, []);
    let start = 1_795_154_400_000_i64;
    let log = NotifierLog { cursor: kept.cursor, entries: kept.log.values().cloned().collect() };
    let [standing] = &standing(&log)[..] else { panic!("{log:?}") };
    assert_eq!((standing.incident, standing.receiver.as_str(), standing.told_at), (1, "mail", None));
    let muted = Muted { by: Muting::Silence("s-1".to_owned()), until: Some(start + h(2)) };
    assert_eq!(standing.muted, Some(muted));
    assert_eq!(standing.muted.as_ref().map(|muted| muted.by.words()).as_deref(), Some("silence s-1"));
    assert_eq!(named(&log), [1]);
}
