//! Escalation: what nobody acknowledged in time is told to somebody else.

use chrono_tz::UTC;

use super::book::{digest, mute_time, route, rules};
use super::kit::{acknowledged, fails, h, m, passes, s, silenced, timeline, wants, warns};
use crate::notification::Reason::{Digest, Escalated, MuteEnded, Opened, Reopened, Repeat, Resolved, Worsened};
use crate::rules::{MuteTime, Rules};

fn oncall() -> Rules {
    rules(route().to("oncall").escalate(m(30), "boss"))
}

#[test]
fn what_nobody_acknowledged_is_told_to_somebody_else() {
    timeline(oncall())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .between(m(30) + s(30), m(30) + s(30), wants("boss", Escalated, &["gold.revenue/range"]))
        // both are told again, and both are told the end
        .between(h(4) + s(30), h(4) + s(30), wants("oncall", Repeat, &["gold.revenue/range"]))
        .between(h(4) + m(30) + s(30), h(4) + m(30) + s(30), wants("boss", Repeat, &["gold.revenue/range"]))
        .at(h(5), passes("gold.revenue", "range"))
        .between(h(5), h(5) + s(30), wants("oncall", Resolved, &["-gold.revenue/range"]))
        .between(h(5), h(5) + s(30), wants("boss", Resolved, &["-gold.revenue/range"]))
        .at(h(8), fails("gold.revenue", "range"))
        .between(h(8) + s(30), h(8) + s(30), wants("oncall", Reopened, &["gold.revenue/range"]))
        .between(h(8) + m(30) + s(30), h(8) + m(30) + s(30), wants("boss", Escalated, &["gold.revenue/range"]))
        .until(h(10))
        .holds();
}

#[test]
fn who_acknowledges_in_time_ends_it() {
    timeline(oncall())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .at(m(29), acknowledged("gold.revenue", "range"))
        .at(h(5), passes("gold.revenue", "range"))
        .between(h(5), h(5) + s(30), wants("oncall", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn what_is_over_in_time_is_told_to_nobody_else() {
    timeline(oncall())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .at(m(20), passes("gold.revenue", "range"))
        .between(m(20), m(20) + s(30), wants("oncall", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn only_those_that_were_told_long_enough_ago() {
    timeline(oncall())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .at(m(20), fails("gold.revenue", "volume"))
        .between(
            m(20) + s(30),
            m(20) + s(30),
            wants("oncall", crate::notification::Reason::NewMember, &["gold.revenue/range", "gold.revenue/volume"]),
        )
        .between(m(30) + s(30), m(30) + s(30), wants("boss", Escalated, &["gold.revenue/range"]))
        .between(m(50) + s(30), m(50) + s(30), wants("boss", Escalated, &["gold.revenue/range", "gold.revenue/volume"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_became_worse_after_it_was_acknowledged_has_its_time_again() {
    timeline(oncall())
        .at(s(0), warns("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .at(m(10), acknowledged("gold.revenue", "range"))
        .at(h(1), fails("gold.revenue", "range"))
        .between(h(1), h(1), wants("oncall", Worsened, &["gold.revenue/range"]))
        .between(h(1) + m(30), h(1) + m(30), wants("boss", Escalated, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_became_worse_and_nobody_acknowledged_has_not() {
    timeline(oncall())
        .at(s(0), warns("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .at(m(20), fails("gold.revenue", "range"))
        .between(m(20), m(20), wants("oncall", Worsened, &["gold.revenue/range"]))
        .between(m(30) + s(30), m(30) + s(30), wants("boss", Escalated, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn an_escalation_is_muted_as_its_route_is() {
    let night = MuteTime { days: Vec::new(), times: vec![(7 * 60, 8 * 60)], timezone: UTC };
    let rules = mute_time(rules(route().to("oncall").escalate(m(30), "boss").mute(&["night"])), "night", night);
    timeline(rules)
        .at(m(45), fails("gold.revenue", "range"))
        .between(m(45) + s(30), m(45) + s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .between(h(2), h(2), wants("boss", Escalated, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_is_acknowledged_while_its_escalation_is_held_back_goes_no_further() {
    timeline(oncall())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .at(m(10), silenced("s-1", "check=range", h(2)))
        .at(h(1), acknowledged("gold.revenue", "range"))
        .until(h(6))
        .holds();
}

#[test]
fn what_was_never_told_does_not_escalate() {
    timeline(oncall())
        .at(s(0), silenced("s-1", "check=range", h(2)))
        .at(s(1), fails("gold.revenue", "range"))
        .between(h(2), h(2), wants("oncall", MuteEnded, &["gold.revenue/range"]))
        .between(h(2) + m(30), h(2) + m(30), wants("boss", Escalated, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn an_escalation_to_a_digest_comes_with_it() {
    let daily = crate::rules::Digest { day: None, minute: 8 * 60, timezone: UTC };
    timeline(digest(oncall(), "boss", daily))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .between(h(2), h(2), wants("boss", Digest, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}
