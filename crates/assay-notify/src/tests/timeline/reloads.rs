//! Rules and documents that change while incidents are open: what a receiver was told is not told again.

use chrono_tz::UTC;

use super::book::{digest, matching, route, rules};
use super::kit::{fails, h, m, passes, reloads, removed, s, timeline, wants, warns};
use crate::notification::Reason::{Digest, NewMember, Opened, PartlyResolved, Repeat, Resolved, Worsened};

#[test]
fn a_route_whose_text_changes_tells_nothing_again() {
    let changed = rules(route().to("never").below(matching("layer=gold,severity=fail").to("mail").by(&["layer"])));
    timeline(rules(route().to("mail").below(matching("layer=gold"))))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(1), reloads(changed))
        // repeats go on as before, and others come into the new group
        .at(h(2), fails("gold.orders", "range"))
        .between(h(2) + s(30), h(2) + s(30), wants("mail", NewMember, &["gold.revenue/range", "gold.orders/range"]))
        .between(h(6) + s(30), h(6) + s(30), wants("mail", Repeat, &["gold.revenue/range", "gold.orders/range"]))
        .at(h(7), passes("gold.revenue", "range"))
        .between(h(7), h(7) + s(30), wants("mail", PartlyResolved, &["-gold.revenue/range", "gold.orders/range"]))
        .until(h(10))
        .holds();
}

#[test]
fn a_repeat_counts_from_what_was_told_by_the_old_route() {
    timeline(rules(route().to("mail")))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(1), reloads(rules(route().to("mail").by(&["layer"]))))
        .between(h(4) + s(30), h(4) + s(30), wants("mail", Repeat, &["gold.revenue/range"]))
        .until(h(5))
        .holds();
}

#[test]
fn another_receiver_is_told_and_the_old_one_hears_the_end_only() {
    timeline(rules(route().to("mail")))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        // both are receivers, and the route names another one
        .at(h(1), reloads(rules(route().to("chat").below(matching("layer=never").to("mail")))))
        .between(h(1), h(1) + s(30), wants("chat", Opened, &["gold.revenue/range"]))
        .between(h(5), h(5) + s(30), wants("chat", Repeat, &["gold.revenue/range"]))
        .at(h(6), passes("gold.revenue", "range"))
        .between(h(6), h(6) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .between(h(6), h(6) + s(30), wants("chat", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn a_receiver_that_is_removed_is_told_nothing_more() {
    timeline(rules(route().tells(&["mail", "chat"])))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .between(s(30), s(30), wants("chat", Opened, &["gold.revenue/range"]))
        .at(h(1), reloads(rules(route().to("mail"))))
        .at(h(2), passes("gold.revenue", "range"))
        .between(h(2), h(2) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn rules_that_come_later_tell_what_is_open() {
    timeline(crate::rules::Rules::default())
        .at(s(0), fails("gold.revenue", "range"))
        .at(m(10), fails("gold.revenue", "volume"))
        .at(m(20), passes("gold.revenue", "volume"))
        .at(h(1), reloads(rules(route().to("mail"))))
        .between(h(1), h(1), wants("mail", Opened, &["gold.revenue/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_ended_long_before_there_was_a_notifier_is_not_told() {
    // all its events are there, and nobody ever took them up
    timeline(rules(route().to("mail")))
        .down(0, h(60))
        .at(h(1), fails("gold.revenue", "range"))
        .at(h(20), passes("gold.revenue", "range"))
        .at(h(21), fails("gold.revenue", "volume"))
        .between(h(60), h(60), wants("mail", Opened, &["gold.revenue/volume"]))
        .until(h(63))
        .holds();
}

#[test]
fn a_document_that_is_removed_ends_its_incidents() {
    let (told, _) = timeline(rules(route().to("mail")))
        .at(s(0), fails("gold.revenue", "range"))
        .at(h(1), removed("gold.revenue"))
        .until(h(24))
        .play();
    let [opened, over] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((opened.reason, over.reason), (Opened, Resolved));
    let [item] = over.incidents.as_slice() else { panic!("{over:?}") };
    assert_eq!((item.resolved_why.as_deref(), item.reproduce.as_deref()), (Some("removed"), None));
}

#[test]
fn what_becomes_worse_moves_to_the_group_of_its_severity() {
    let by_severity = rules(route().to("mail").by(&["contract", "severity"]));
    timeline(by_severity)
        .at(s(0), warns("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(1), fails("gold.revenue", "range"))
        .between(m(1), m(1), wants("mail", Worsened, &["gold.revenue/range"]))
        // and stays there when it eases
        .at(m(30), warns("gold.revenue", "range"))
        .at(h(1), passes("gold.revenue", "range"))
        .between(h(1), h(1) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn a_receiver_that_becomes_a_digest_keeps_what_it_knows() {
    let mail = || rules(route().to("mail"));
    let daily = crate::rules::Digest { day: None, minute: 8 * 60, timezone: UTC };
    timeline(mail())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(1), reloads(digest(mail(), "mail", daily)))
        .between(h(2), h(2), wants("mail", Digest, &["gold.revenue/range"]))
        // repeats count from the digest
        .at(h(3), reloads(mail()))
        .between(h(6), h(6), wants("mail", Repeat, &["gold.revenue/range"]))
        .at(h(7), passes("gold.revenue", "range"))
        .between(h(7), h(7) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn a_digest_that_is_new_waits_for_its_time() {
    let daily = crate::rules::Digest { day: None, minute: 8 * 60, timezone: UTC };
    timeline(rules(route().to("mail")))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(h(3), reloads(digest(rules(route().tells(&["data", "mail"]).repeat(h(48))), "data", daily)))
        .between(h(26), h(26), wants("data", Digest, &["gold.revenue/range"]))
        .until(h(40))
        .holds();
}
