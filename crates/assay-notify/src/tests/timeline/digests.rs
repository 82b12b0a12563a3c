//! Digests: a receiver that is told at certain times, of everything since the last one.

use chrono::Weekday::Mon;
use chrono_tz::Europe::Berlin;

use super::book::{digest, matching, mute_time, route, rules};
use super::kit::{acknowledged, fails, h, m, passes, s, silenced, timeline, wants, warns};
use crate::notification::Reason::{Digest, Opened, Resolved};
use crate::rules::{MuteTime, Rules};

/// Failures are mailed, warnings come on Mondays at eight, or every day.
fn warnings(every_day: bool) -> Rules {
    let rules = rules(route().to("mail").below(matching("severity=warn").to("data")));
    let day = (!every_day).then_some(Mon);
    digest(rules, "data", crate::rules::Digest { day, minute: 8 * 60, timezone: Berlin })
}

#[test]
fn a_daily_one_tells_everything_since_the_last() {
    // eight in Berlin is seven in UTC: an hour after the start
    timeline(warnings(true))
        .at(m(1), warns("gold.revenue", "range"))
        .at(m(2), warns("gold.revenue", "volume"))
        .at(m(2) + s(5), passes("gold.revenue", "volume"))
        .between(h(1), h(1), wants("data", Digest, &["gold.revenue/range", "-gold.revenue/volume"]))
        .at(h(5), warns("silver.orders", "range"))
        .at(h(6), acknowledged("silver.orders", "range"))
        .between(h(25), h(25), wants("data", Digest, &["gold.revenue/range", "silver.orders/range"]))
        .at(h(30), passes("gold.revenue", "range"))
        .at(h(30), passes("silver.orders", "range"))
        .between(h(49), h(49), wants("data", Digest, &["-gold.revenue/range", "-silver.orders/range"]))
        // and nothing where there is nothing to say
        .until(h(100))
        .holds();
}

#[test]
fn a_daily_one_comes_at_eight_whatever_the_clocks_do() {
    // clocks are put back in the night to 25 October: from then on eight is seven in UTC
    timeline(warnings(true))
        .starting("2026-10-24T05:00:00Z")
        .at(m(1), warns("gold.revenue", "range"))
        .between(h(1), h(1), wants("data", Digest, &["gold.revenue/range"]))
        .between(h(26), h(26), wants("data", Digest, &["gold.revenue/range"]))
        .between(h(50), h(50), wants("data", Digest, &["gold.revenue/range"]))
        .until(h(60))
        .holds();
    timeline(warnings(true))
        .starting("2026-03-28T06:00:00Z")
        .at(m(1), warns("gold.revenue", "range"))
        .between(h(1), h(1), wants("data", Digest, &["gold.revenue/range"]))
        .between(h(24), h(24), wants("data", Digest, &["gold.revenue/range"]))
        .until(h(30))
        .holds();
}

#[test]
fn a_weekly_one_comes_on_its_day_whatever_the_clocks_do() {
    // a Friday; the second Monday is in winter
    let (told, _) = timeline(warnings(false))
        .starting("2026-10-16T06:00:00Z")
        .at(m(1), warns("gold.revenue", "range"))
        .until(h(24 * 12))
        .play();
    let at: Vec<i64> = told.iter().map(|told| told.at - 1_792_130_400_000).collect();
    assert_eq!(at, [h(3 * 24), h(10 * 24) + h(1)]);
    let monday = |days: i64, hours: i64| 1_792_130_400_000 + h(24 * days + hours);
    // the first covers the time since the Monday before
    assert_eq!(told[0].period, Some((monday(-4, 0), monday(3, 0))));
    assert_eq!(told[1].period, Some((monday(3, 0), monday(10, 1))));
    assert!(told[0].title.starts_with("[digest: 1 warning] gold.revenue: range"), "{}", told[0].title);
}

#[test]
fn one_that_is_late_comes_once() {
    timeline(warnings(true))
        .at(m(1), warns("gold.revenue", "range"))
        .down(m(30), h(60))
        .at(h(3), warns("gold.revenue", "volume"))
        .at(h(5), passes("gold.revenue", "volume"))
        .between(h(60), h(60), wants("data", Digest, &["gold.revenue/range", "-gold.revenue/volume"]))
        .between(h(73), h(73), wants("data", Digest, &["gold.revenue/range"]))
        .until(h(80))
        .holds();
}

#[test]
fn what_becomes_worse_goes_where_that_is_told() {
    timeline(warnings(true))
        .at(m(1), warns("gold.revenue", "range"))
        .between(h(1), h(1), wants("data", Digest, &["gold.revenue/range"]))
        .at(h(2), fails("gold.revenue", "range"))
        .between(h(2), h(2) + s(30), wants("mail", Opened, &["gold.revenue/range"]))
        // no longer a warning; but whoever heard of it hears that it is over
        .at(h(26), passes("gold.revenue", "range"))
        .between(h(26), h(26) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .between(h(6) + h(20), h(49), wants("data", Digest, &["-gold.revenue/range"]))
        .between(h(6), h(7), wants("mail", crate::notification::Reason::Repeat, &["gold.revenue/range"]))
        .between(h(10), h(11), wants("mail", crate::notification::Reason::Repeat, &["gold.revenue/range"]))
        .between(h(14), h(15), wants("mail", crate::notification::Reason::Repeat, &["gold.revenue/range"]))
        .between(h(18), h(19), wants("mail", crate::notification::Reason::Repeat, &["gold.revenue/range"]))
        .between(h(22), h(23), wants("mail", crate::notification::Reason::Repeat, &["gold.revenue/range"]))
        .until(h(60))
        .holds();
}

#[test]
fn what_is_muted_comes_with_the_next_one() {
    let morning = MuteTime { days: vec![chrono::Weekday::Sat], times: Vec::new(), timezone: Berlin };
    let rules = rules(route().to("data").below(matching("layer=gold").mute(&["saturday"])));
    let rules = digest(rules, "data", crate::rules::Digest { day: None, minute: 8 * 60, timezone: Berlin });
    timeline(mute_time(rules, "saturday", morning))
        .at(m(1), fails("silver.orders", "range"))
        .at(m(1), silenced("s-1", "contract=silver.orders", h(2)))
        .at(h(2), fails("gold.revenue", "range"))
        .between(h(25), h(25), wants("data", Digest, &["silver.orders/range"]))
        .between(h(49), h(49), wants("data", Digest, &["silver.orders/range", "gold.revenue/range"]))
        .until(h(50))
        .holds();
}
