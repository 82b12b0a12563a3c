//! Many incidents at once: grouped as the rules say, the first messages within a minute.

use std::collections::BTreeSet;

use super::book::{inhibit, route, rules};
use super::kit::{Timeline, fails, h, passes, s, timeline, wants_many};
use crate::notification::MOST_INCIDENTS;
use crate::notification::Reason::{Opened, Resolved};
use crate::rules::Rules;

/// A thousand contracts fail within twenty seconds.
fn thousand(rules: Rules) -> Timeline {
    (0..1_000)
        .fold(timeline(rules), |timeline, n| timeline.at(s(n / 250 * 6), fails(&format!("gold.table_{n:03}"), "range")))
}

#[test]
fn a_thousand_of_a_layer_are_one_message() {
    let all = (0..1_000).fold(thousand(rules(route().to("mail").by(&["layer"]))), |timeline, n| {
        timeline.at(h(1) + s(n / 250 * 6), passes(&format!("gold.table_{n:03}"), "range"))
    });
    all.between(s(30), s(30), wants_many("mail", Opened, 1_000, 0))
        .between(h(1), h(1) + s(60), wants_many("mail", Resolved, 0, 1_000))
        .until(h(3))
        .holds();
}

#[test]
fn the_message_names_the_worst_and_counts_the_rest() {
    let (told, _) = thousand(rules(route().to("mail").by(&["layer"]))).until(h(1)).play();
    let [told] = told.as_slice() else { panic!("{} messages", told.len()) };
    assert_eq!((told.incidents.len(), told.left_out), (MOST_INCIDENTS, 500));
    assert_eq!(told.title, "[1,000 failing] gold.table_000 and 999 others: range range ended");
    assert_eq!(told.why, "1,000 incidents are opened");
}

#[test]
fn a_thousand_contracts_are_a_message_each() {
    let (told, _) = thousand(rules(route().to("mail"))).until(h(1)).play();
    let groups: BTreeSet<&str> = told.iter().map(|told| told.group.as_str()).collect();
    let ids: BTreeSet<&str> = told.iter().map(|told| told.id.as_str()).collect();
    assert_eq!((told.len(), groups.len(), ids.len()), (1_000, 1_000, 1_000));
    assert!(told.iter().all(|told| told.at <= 1_795_154_400_000 + s(60)));
}

#[test]
fn a_thousand_that_follow_from_one_are_that_one() {
    let rules = inhibit(rules(route().to("mail")), "severity=fail", "", &[], Some(1));
    let chained = (0..1_000)
        .fold(thousand(rules), |timeline, n| timeline.depends_on(&format!("gold.table_{n:03}"), &["silver.orders"]));
    chained
        .at(s(1), fails("silver.orders", "range"))
        .between(s(30), s(31), wants_many("mail", Opened, 1, 0))
        // those that were there before it
        .until(h(3))
        .holds();
}
