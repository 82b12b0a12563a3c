//! Receivers that forget: they are told of what is open long before anybody is told again.

use super::book::{forgetful, route, rules};
use super::kit::{acknowledged, fails, h, m, passes, s, timeline, wants};
use crate::notification::Reason::{Opened, Repeat, Resolved};

#[test]
fn what_is_open_is_told_again_while_it_is_and_acknowledged_or_not() {
    timeline(forgetful(rules(route().to("am")), "am"))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("am", Opened, &["gold.revenue/range"]))
        .between(m(15) + s(30), m(15) + s(30), wants("am", Repeat, &["gold.revenue/range"]))
        .at(m(20), acknowledged("gold.revenue", "range"))
        .between(m(30) + s(30), m(30) + s(30), wants("am", Repeat, &["gold.revenue/range"]))
        .at(m(40), passes("gold.revenue", "range"))
        .between(m(40), m(40) + s(30), wants("am", Resolved, &["-gold.revenue/range"]))
        .until(h(2))
        .holds();
}

#[test]
fn a_route_may_repeat_sooner() {
    timeline(forgetful(rules(route().to("am").repeat(m(10))), "am"))
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("am", Opened, &["gold.revenue/range"]))
        .between(m(10) + s(30), m(10) + s(30), wants("am", Repeat, &["gold.revenue/range"]))
        .between(m(20) + s(30), m(20) + s(30), wants("am", Repeat, &["gold.revenue/range"]))
        .until(m(30))
        .holds();
}
