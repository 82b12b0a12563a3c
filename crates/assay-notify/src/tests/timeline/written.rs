//! Rules as people write them, played.

use super::kit::{acknowledged, fails, h, m, passes, s, timeline, wants, warns};
use crate::notification::Reason::{Digest, Escalated, MuteEnded, Opened, Resolved};
use crate::tests::rules::support::rules;

const ALERTS: &str = r#"
receivers:
  ops-mail: {email: {to: ops@shop.example}}
  oncall: {webhook: {url: "${env:HOOK}"}, fallback: ops-mail}
  boss: {email: {to: boss@shop.example}}
  weekly: {email: {to: data@shop.example, digest: {every: weekly, at: "Mon 08:00", timezone: Europe/Berlin}}}
route:
  receiver: ops-mail
  group_by: [contract]
  routes:
    - match: [layer="gold", severity="fail"]
      receiver: oncall
      group_wait: 10s
      mute: [release-night]
      escalate: {after: 30m, unless: acknowledged, to: boss}
    - {match: [severity="warn"], receiver: weekly}
inhibit:
  - {source: [check="freshness", severity="fail"], target: [check!="freshness"], equal: [contract]}
  - {source: [severity="fail"], target: [], along: depends_on, hops: 1}
mute_times:
  release-night: [{days: [sat], times: ["22:00-24:00"], timezone: Europe/Berlin}]
"#;

#[test]
fn rules_mean_what_is_written() {
    timeline(rules(ALERTS))
        .depends_on("gold.revenue", &["silver.orders"])
        .at(s(0), fails("gold.orders", "range"))
        .between(s(10), s(10), wants("oncall", Opened, &["gold.orders/range"]))
        .between(m(30) + s(10), m(30) + s(10), wants("boss", Escalated, &["gold.orders/range"]))
        .at(m(40), acknowledged("gold.orders", "range"))
        .at(h(1), warns("silver.items", "range"))
        // both follow from what is made before: one message
        .at(h(2), fails("silver.orders", "freshness"))
        .at(h(2), fails("silver.orders", "range"))
        .at(h(2), fails("gold.revenue", "range"))
        .between(h(2) + s(30), h(2) + s(30), wants("ops-mail", Opened, &["silver.orders/freshness"]))
        .at(h(3), passes("gold.revenue", "range"))
        .at(h(3), passes("silver.orders", "range"))
        .at(h(3), passes("silver.orders", "freshness"))
        .between(h(3), h(3) + s(30), wants("ops-mail", Resolved, &["-silver.orders/freshness"]))
        // Saturday, half past ten in the evening in Berlin
        .at(h(39) + m(30), fails("gold.revenue", "volume"))
        .between(h(41), h(41), wants("oncall", MuteEnded, &["gold.revenue/volume"]))
        .at(h(41) + m(1), acknowledged("gold.revenue", "volume"))
        // Monday at eight
        .between(h(73), h(73), wants("weekly", Digest, &["silver.items/range"]))
        .until(h(80))
        .holds();
}
