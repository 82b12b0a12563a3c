//! A notifier that is gone for a moment or for hours: nothing is lost, nothing is told twice.

use proptest::prelude::*;

use super::book::{inhibit, matching, route, rules};
use super::kit::{Step, Timeline, acknowledged, fails, h, m, passes, s, silenced, timeline, wants, warns};
use crate::notification::Notification;
use crate::notification::Reason::{NewMember, Opened, Repeat, Resolved};

/// A day in which most things happen.
fn a_day() -> Timeline {
    let gold = matching("layer=gold").to("oncall").escalate(m(30), "boss");
    let rules = inhibit(
        rules(route().to("mail").below(gold)),
        "check=freshness,severity=fail",
        "check!=freshness",
        &["contract"],
        None,
    );
    timeline(rules)
        .at(s(1), fails("gold.revenue", "range"))
        .at(s(20), warns("gold.revenue", "volume"))
        .at(m(4), fails("silver.orders", "range"))
        .at(m(4) + s(5), silenced("s-1", "contract=silver.orders", m(50)))
        .at(m(7), passes("gold.revenue", "range"))
        .at(m(40), acknowledged("gold.revenue", "volume"))
        .at(m(55), fails("gold.revenue", "volume"))
        .at(h(2), fails("silver.items", "range"))
        .at(h(2) + s(3), fails("silver.items", "freshness"))
        .at(h(3), passes("silver.items", "freshness"))
        .at(h(8), passes("silver.orders", "range"))
        .at(h(9), passes("gold.revenue", "volume"))
        .at(h(9) + m(1), fails("gold.revenue", "volume"))
        .at(h(9) + m(2), passes("gold.revenue", "volume"))
        .at(h(9) + m(3), fails("gold.revenue", "volume"))
        .at(h(9) + m(4), passes("gold.revenue", "volume"))
        .until(h(14))
}

fn told(timeline: &Timeline) -> Vec<Notification> {
    let (told, _) = timeline.play();
    // ids name the cursor, which is the same; all else has to be, too
    told
}

#[test]
fn a_restart_neither_begins_the_wait_again_nor_skips_it() {
    timeline(rules(route().to("mail")))
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(29), Step::Restart)
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(s(31), Step::Restart)
        .at(m(1), fails("gold.revenue", "volume"))
        .at(m(3), Step::Restart)
        .between(s(330), s(330), wants("mail", NewMember, &["gold.revenue/range", "gold.revenue/volume"]))
        .at(h(4), Step::Restart)
        .between(h(4) + s(330), h(4) + s(330), wants("mail", Repeat, &["gold.revenue/range", "gold.revenue/volume"]))
        .until(h(5))
        .holds();
}

#[test]
fn a_day_has_messages_of_every_sort() {
    let reasons: std::collections::BTreeSet<&str> = told(&a_day()).iter().map(|told| told.reason.name()).collect();
    for reason in ["opened", "escalated", "worsened", "mute_ended", "partly_resolved", "resolved", "repeat"] {
        assert!(reasons.contains(reason), "{reason} is not among {reasons:?}");
    }
}

#[test]
fn one_that_was_gone_for_eight_hours_tells_what_it_missed_once() {
    timeline(rules(route().to("mail")))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .down(h(1), h(9))
        // opened and over while nobody looked: told once, as over
        .at(h(2), fails("silver.orders", "range"))
        .at(h(3), passes("silver.orders", "range"))
        .between(h(9), h(9), wants("mail", Resolved, &["-silver.orders/range"]))
        // over within the wait: not told
        .at(h(4), fails("silver.items", "range"))
        .at(h(4) + s(20), passes("silver.items", "range"))
        // still open
        .at(h(5), fails("silver.shops", "range"))
        .between(h(9), h(9), wants("mail", Opened, &["silver.shops/range"]))
        // one repeat, not two
        .between(h(9), h(9), wants("mail", Repeat, &["gold.revenue/range"]))
        .until(h(12))
        .holds();
}

#[test]
fn the_end_that_it_missed_is_told() {
    timeline(rules(route().to("mail")))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .down(m(10), h(8))
        .at(h(1), passes("gold.revenue", "range"))
        .between(h(8), h(8), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn what_flapped_while_it_was_gone_is_told_once() {
    let flaps = (0..50).fold(timeline(rules(route().to("mail"))), |timeline, n| {
        timeline.at(h(1) + m(n), fails("gold.revenue", "range")).at(h(1) + m(n) + s(5), passes("gold.revenue", "range"))
    });
    flaps.down(m(30), h(8)).between(h(8), h(8), wants("mail", Resolved, &["-gold.revenue/range"])).holds();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whenever it is restarted, and however often: the messages are those of a notifier that never was.
    #[test]
    fn a_restart_changes_nothing(restarts in prop::collection::vec(0..h(14), 1..20)) {
        let expected = told(&a_day());
        let restarted = restarts.iter().fold(a_day(), |timeline, at| timeline.at(*at, Step::Restart));
        prop_assert_eq!(told(&restarted), expected);
    }
}

#[test]
fn a_restart_at_any_moment_that_matters_changes_nothing() {
    let expected = told(&a_day());
    // just before, at and just after each message
    for at in expected.iter().map(|told| told.at - 1_795_154_400_000) {
        for beside in [-1, 0, 1] {
            assert_eq!(told(&a_day().at((at + beside).max(0), Step::Restart)), expected);
        }
    }
}
