//! Inhibition: what follows from another incident is not told while that one is open.

use super::book::{inhibit, matching, route, rules};
use super::kit::{acknowledged, fails, h, m, passes, s, silenced, timeline, wants, warns};
use crate::notification::Reason::{MuteEnded, NewMember, Opened, PartlyResolved, Resolved};
use crate::rules::Rules;

fn mail() -> Rules {
    rules(route().to("mail"))
}

/// A stale table mutes its other checks.
fn freshness() -> Rules {
    inhibit(mail(), "check=freshness,severity=fail", "check!=freshness", &["contract"], None)
}

/// A failing table mutes what is made from it.
fn upstream(hops: u32) -> Rules {
    inhibit(mail(), "severity=fail", "", &[], Some(hops))
}

#[test]
fn a_stale_table_mutes_its_other_checks() {
    timeline(freshness())
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(10), fails("gold.revenue", "freshness"))
        .at(s(10), fails("gold.orders", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/freshness"]))
        .between(s(40), s(40), wants("mail", Opened, &["gold.orders/range"]))
        .at(h(1), passes("gold.revenue", "freshness"))
        // the source is over: its target is told, and with it the end
        .between(h(1), h(1), wants("mail", MuteEnded, &["gold.revenue/range", "-gold.revenue/freshness"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_is_over_while_it_is_muted_is_never_told() {
    timeline(freshness())
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(0), fails("gold.revenue", "freshness"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/freshness"]))
        .at(m(20), passes("gold.revenue", "range"))
        .at(h(1), passes("gold.revenue", "freshness"))
        .between(h(1), h(1) + s(30), wants("mail", Resolved, &["-gold.revenue/freshness"]))
        .holds();
}

#[test]
fn an_end_is_told_although_another_one_stands_for_it() {
    timeline(freshness())
        .at(s(0), fails("gold.revenue", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .at(m(20), fails("gold.revenue", "freshness"))
        .between(m(20) + s(30), m(20) + s(30), wants("mail", NewMember, &["gold.revenue/freshness"]))
        .at(m(40), passes("gold.revenue", "range"))
        .between(
            m(40),
            m(40) + s(30),
            wants("mail", PartlyResolved, &["-gold.revenue/range", "gold.revenue/freshness"]),
        )
        .until(h(3))
        .holds();
}

#[test]
fn a_source_that_only_warns_mutes_nothing() {
    timeline(freshness())
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(0), warns("gold.revenue", "freshness"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range", "gold.revenue/freshness"]))
        .until(h(3))
        .holds();
}

#[test]
fn a_failing_table_mutes_what_is_made_from_it() {
    timeline(upstream(1))
        .depends_on("silver.orders", &["bronze.orders"])
        .depends_on("gold.revenue", &["silver.orders"])
        .depends_on("gold.late", &["silver.late"])
        .depends_on("silver.late", &["bronze.orders"])
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(0), fails("silver.orders", "range"))
        .at(s(0), fails("bronze.orders", "range"))
        // two steps away from what fails, and what is between does not
        .at(s(0), fails("gold.late", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["bronze.orders/range"]))
        .between(s(30), s(30), wants("mail", Opened, &["gold.late/range"]))
        .at(h(1), passes("bronze.orders", "range"))
        .between(h(1), h(1), wants("mail", MuteEnded, &["silver.orders/range"]))
        .between(h(1), h(1) + s(30), wants("mail", Resolved, &["-bronze.orders/range"]))
        .at(h(2), passes("silver.orders", "range"))
        .between(h(2), h(2), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .between(h(2), h(2) + s(30), wants("mail", Resolved, &["-silver.orders/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn over_two_steps() {
    timeline(upstream(2))
        .depends_on("silver.orders", &["bronze.orders"])
        .depends_on("gold.revenue", &["silver.orders"])
        .depends_on("models.eta", &["gold.revenue"])
        .at(s(0), fails("bronze.orders", "range"))
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(0), fails("models.eta", "drift"))
        .between(s(30), s(30), wants("mail", Opened, &["bronze.orders/range"]))
        .at(h(1), passes("gold.revenue", "range"))
        .between(h(1), h(1), wants("mail", MuteEnded, &["models.eta/drift"]))
        .until(h(3))
        .holds();
}

#[test]
fn in_a_circle_all_are_told() {
    timeline(upstream(2))
        .depends_on("gold.a", &["gold.b"])
        .depends_on("gold.b", &["gold.a"])
        .at(s(0), fails("gold.a", "range"))
        .at(s(0), fails("gold.b", "range"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.a/range"]))
        .between(s(30), s(30), wants("mail", Opened, &["gold.b/range"]))
        .until(h(3))
        .holds();
}

#[test]
fn two_that_are_both_do_not_mute_each_other() {
    timeline(inhibit(mail(), "severity=fail", "layer=gold", &["contract"], None))
        .at(s(0), fails("gold.revenue", "range"))
        .at(s(0), fails("gold.revenue", "volume"))
        // which is muted by either
        .at(s(0), warns("gold.revenue", "schema"))
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range", "gold.revenue/volume"]))
        .until(h(3))
        .holds();
}

#[test]
fn a_label_that_both_lack_is_not_equal() {
    timeline(inhibit(mail(), "check=dataset", "check=drift", &["contract"], None))
        .at(s(0), fails("models.eta", "dataset"))
        .at(s(0), fails("models.price", "drift"))
        .between(s(30), s(30), wants("mail", Opened, &["models.eta/dataset", "models.price/drift"]))
        .until(h(3))
        .holds();
}

#[test]
fn a_monitors_dataset_stands_for_its_drift() {
    let by_monitor = rules(route().to("mail").by(&["monitor"]));
    timeline(inhibit(by_monitor, "check=dataset", "check=drift", &["monitor"], None))
        .at(s(0), fails("models.eta", "dataset"))
        .at(s(0), fails("models.eta", "drift"))
        .at(s(0), fails("models.price", "drift"))
        .between(s(30), s(30), wants("mail", Opened, &["models.eta/dataset"]))
        .between(s(30), s(30), wants("mail", Opened, &["models.price/drift"]))
        .until(h(3))
        .holds();
}

#[test]
fn what_is_silenced_or_acknowledged_or_muted_itself_still_mutes() {
    timeline(upstream(1))
        .depends_on("silver.orders", &["bronze.orders"])
        .depends_on("gold.revenue", &["silver.orders"])
        .at(s(0), silenced("s-1", "contract=bronze.orders", h(5)))
        .at(s(1), fails("bronze.orders", "range"))
        .at(s(1), fails("silver.orders", "range"))
        .at(s(1), fails("gold.revenue", "range"))
        .at(m(1), acknowledged("bronze.orders", "range"))
        .until(h(4))
        .holds();
}

#[test]
fn a_source_that_flaps_mutes_until_it_is_quiet() {
    let chat = matching("check=freshness").to("chat");
    let rules = inhibit(rules(route().to("mail").below(chat)), "check=freshness", "check=range", &["contract"], None);
    timeline(rules)
        .at(m(0), fails("gold.revenue", "freshness"))
        .at(m(1), passes("gold.revenue", "freshness"))
        .at(m(2), fails("gold.revenue", "freshness"))
        .at(m(3), passes("gold.revenue", "freshness"))
        .at(m(4), fails("gold.revenue", "freshness"))
        .at(m(4) + s(1), fails("gold.revenue", "range"))
        .at(m(5), passes("gold.revenue", "freshness"))
        .between(s(30), s(30), wants("chat", Opened, &["gold.revenue/freshness"]))
        .between(m(64), m(64), wants("mail", MuteEnded, &["gold.revenue/range"]))
        .between(m(64), m(64), wants("chat", Resolved, &["-gold.revenue/freshness"]))
        .until(h(2))
        .holds();
}
