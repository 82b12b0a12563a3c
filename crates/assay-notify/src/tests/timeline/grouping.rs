//! Groups: when they are told first, again, of more, of less and of nothing any more.

use super::book::{matching, route, rules};
use super::kit::{acknowledged, fails, h, m, passes, s, timeline, wants, warns};
use crate::Policy;
use crate::notification::Reason::{NewMember, Opened, PartlyResolved, Reopened, Repeat, Resolved, Worsened};
use crate::rules::Rules;

fn mail() -> Rules {
    rules(route().to("mail"))
}

#[test]
fn a_group_waits_for_more_before_it_is_told() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(20), fails("gold.revenue", "volume"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range", "gold.revenue/volume"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_comes_later_waits_for_the_interval() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(1), fails("gold.revenue", "volume"))
        .between(s(330), s(330), wants("mail", NewMember, &["gold.revenue/range", "gold.revenue/volume"]))
        // long after: no interval to wait for, but for others that come at the same time
        .at(h(1), fails("gold.revenue", "schema"))
        .between(
            h(1) + s(30),
            h(1) + s(30),
            wants("mail", NewMember, &["gold.revenue/range", "gold.revenue/volume", "gold.revenue/schema"]),
        )
        .until(h(3))
        .holds();
}

#[test]
fn what_stays_open_is_repeated() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .between(h(4) + s(30), h(4) + s(30), wants("mail", Repeat, &["gold.revenue/range"]))
        // told for another reason: it counts from there
        .at(h(6), fails("gold.revenue", "volume"))
        .between(h(6) + s(30), h(6) + s(30), wants("mail", NewMember, &["gold.revenue/range", "gold.revenue/volume"]))
        .between(h(10) + s(30), h(10) + s(30), wants("mail", Repeat, &["gold.revenue/range", "gold.revenue/volume"]))
        .until(h(12))
        .holds();
}

#[test]
fn ends_are_told_some_and_all() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(0), fails("gold.revenue", "volume"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range", "gold.revenue/volume"]))
        .at(m(2), passes("gold.revenue", "volume"))
        .between(s(330), s(330), wants("mail", PartlyResolved, &["gold.revenue/range", "-gold.revenue/volume"]))
        .at(m(20), passes("gold.revenue", "range"))
        .between(m(20), m(20) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn what_is_over_within_the_wait_is_not_told() {
    timeline(mail()).at(s(0), fails("gold.revenue", "range")).at(s(29), passes("gold.revenue", "range")).holds();
}

#[test]
fn what_was_open_longer_than_the_wait_is_told_although_it_is_over() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(1), fails("gold.revenue", "volume"))
        .at(m(3), passes("gold.revenue", "volume"))
        // and this one no longer than the wait
        .at(m(4), fails("gold.revenue", "schema"))
        .at(m(4) + s(10), passes("gold.revenue", "schema"))
        .between(s(330), s(330), wants("mail", PartlyResolved, &["gold.revenue/range", "-gold.revenue/volume"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_is_over_and_open_again_before_anybody_is_told_is_no_news() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(1), passes("gold.revenue", "range"))
        .at(m(2), fails("gold.revenue", "range"))
        .until(h(3))
        .holds();
}

#[test]
fn warn_to_fail_is_told_at_once_and_fail_to_warn_is_not() {
    timeline(mail())
        .at(s(0), warns("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(1), fails("gold.revenue", "range"))
        .between(m(1), m(1), wants("mail", Worsened, &["gold.revenue/range"]))
        .at(m(10), warns("gold.revenue", "range"))
        .at(m(20), fails("gold.revenue", "range"))
        .until(h(3))
        .holds();
}

#[test]
fn what_is_acknowledged_is_not_repeated_until_it_is_worse() {
    timeline(mail())
        .at(s(0), warns("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(10), acknowledged("gold.revenue", "range"))
        .at(h(9), fails("gold.revenue", "range"))
        .between(h(9), h(9), wants("mail", Worsened, &["gold.revenue/range"]))
        .between(h(13), h(13), wants("mail", Repeat, &["gold.revenue/range"]))
        .until(h(16))
        .holds();
}

#[test]
fn an_acknowledged_one_is_listed_when_there_is_other_news() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(10), acknowledged("gold.revenue", "range"))
        .at(h(5), fails("gold.revenue", "volume"))
        .between(h(5) + s(30), h(5) + s(30), wants("mail", NewMember, &["gold.revenue/range", "gold.revenue/volume"]))
        .at(h(6), passes("gold.revenue", "range"))
        .between(h(6), h(6) + s(30), wants("mail", PartlyResolved, &["-gold.revenue/range", "gold.revenue/volume"]))
        .until(h(8))
        .holds();
}

#[test]
fn what_is_acknowledged_before_it_is_told_is_told_once() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(10), acknowledged("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .holds();
}

#[test]
fn bad_again_within_a_day_is_the_same_and_later_another_one() {
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(1), passes("gold.revenue", "range"))
        .between(h(1), h(1) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .at(h(20), fails("gold.revenue", "range"))
        .between(h(20) + s(30), h(20) + s(30), wants("mail", Reopened, &["gold.revenue/range"]))
        .at(h(21), passes("gold.revenue", "range"))
        .between(h(21), h(21) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .at(h(46), fails("gold.revenue", "range"))
        .between(h(46) + s(30), h(46) + s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .until(h(48))
        .holds();
}

#[test]
fn confirm_and_recover_count_before_anybody_is_told() {
    let policy = Policy { fail: 2, recover: 2, ..Policy::default() };
    timeline(mail())
        .policy(policy)
        .at(m(0), fails("gold.revenue", "range"))
        .at(m(10), passes("gold.revenue", "range"))
        .at(m(20), fails("gold.revenue", "range"))
        .at(m(30), fails("gold.revenue", "range"))
        .between(m(30) + s(30), m(30) + s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(40), passes("gold.revenue", "range"))
        .at(m(50), fails("gold.revenue", "range"))
        .at(m(60), passes("gold.revenue", "range"))
        .at(m(70), passes("gold.revenue", "range"))
        .between(m(70), m(70) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn groups_are_as_the_rules_say() {
    let by_layer_and_owner = rules(route().to("mail").by(&["layer", "owner"]));
    timeline(by_layer_and_owner)
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(5), fails("gold.orders", "range"))
        .at(s(5), fails("silver.orders", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range", "gold.orders/range"]))
        .between(s(35), s(35), wants("mail", Opened, &["silver.orders/range"]))
        .until(h(3))
        .holds();
    timeline(rules(route().to("mail").alone()))
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(10), fails("gold.revenue", "volume"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .between(s(40), s(40), wants("mail", Opened, &["gold.revenue/volume"]))
        .until(h(3))
        .holds();
}

#[test]
fn the_first_route_wins_unless_it_goes_on() {
    let gold = matching("layer=gold").to("oncall").goes_on();
    let failing = matching("severity=fail").tells(&["chat", "hook"]).below(matching("check=volume").to("volume"));
    timeline(rules(route().to("mail").below(gold).below(failing).below(matching("layer=gold").to("never"))))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("oncall", Opened, &["gold.revenue/range"]))
        .between(s(30), s(30), wants("chat", Opened, &["gold.revenue/range"]))
        .between(s(30), s(30), wants("hook", Opened, &["gold.revenue/range"]))
        .at(s(0), warns("silver.orders", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["silver.orders/range"]))
        .at(s(0), fails("silver.items", "volume"))
        .between(s(30), s(30), wants("volume", Opened, &["silver.items/volume"]))
        .until(h(3))
        .holds();
}

#[test]
fn a_receiver_named_by_two_routes_is_told_once() {
    let gold = matching("layer=gold").goes_on();
    timeline(rules(route().to("mail").below(gold).below(matching("severity=fail"))))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(1), passes("gold.revenue", "range"))
        .between(h(1), h(1) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn whoever_wants_no_ends_hears_of_none() {
    timeline(rules(route().to("mail").without_ends()))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(1), passes("gold.revenue", "range"))
        .at(h(2), fails("gold.revenue", "range"))
        .between(h(2) + s(30), h(2) + s(30), wants("mail", Reopened, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn a_route_below_has_the_times_of_the_one_above_but_for_its_own() {
    let gold = matching("layer=gold").interval(m(20)).below(matching("check=volume"));
    timeline(rules(route().to("mail").by(&["layer"]).wait(s(10)).below(gold)))
        .at(s(0), fails("gold.revenue", "volume"))
        .between(s(10), s(10), wants("mail", Opened, &["gold.revenue/volume"]))
        .at(m(1), fails("gold.orders", "volume"))
        .between(m(20) + s(10), m(20) + s(10), wants("mail", NewMember, &["gold.revenue/volume", "gold.orders/volume"]))
        .until(h(3))
        .holds();
}

#[test]
fn at_once_waits_for_nothing() {
    timeline(mail())
        .at_once()
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(0), s(0), wants("mail", Opened, &["gold.revenue/range"]))
        .at(s(10), fails("gold.revenue", "volume"))
        .between(s(10), s(10), wants("mail", NewMember, &["gold.revenue/range", "gold.revenue/volume"]))
        .at(s(20), passes("gold.revenue", "range"))
        .between(s(20), s(20), wants("mail", PartlyResolved, &["-gold.revenue/range", "gold.revenue/volume"]))
        .until(h(3))
        .holds();
}
