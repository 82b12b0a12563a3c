use assay_core::ops::Millis;
use assay_core::ops::silences::Silence;
use chrono::DateTime;

use super::support::rules;
use crate::matchers::parse_all;
use crate::rules::explain::{Explanation, Outcome, Step, explain};

const RULES: &str = r#"
receivers:
  mail: {email: {to: x}}
  oncall: {webhook: {to: x}, fallback: mail}
  weekly: {email: {to: x, digest: weekly}}
route:
  receiver: mail
  routes:
    - {match: [layer="silver"]}
    - match: [layer="gold", severity="fail"]
      receiver: [oncall, mail]
      continue: true
      mute: [night, noon]
      escalate: {after: 30m, to: weekly-not}
      routes:
        - {match: [tag="pii"], group_by: [...], escalate: none}
    - {match: [owner=~".*@shop.example"], receiver: weekly, group_by: [layer, column]}
    - {match: [layer="gold"]}
inhibit:
  - {source: [check="freshness"], target: [check!="freshness"], equal: [contract]}
  - {source: [severity="fail"], target: [], along: depends_on, hops: 2}
  - {source: [check="range"], target: [column="x"], equal: [model]}
  - {source: [layer="silver"], target: [layer="bronze"]}
mute_times:
  night: [{days: [sat], times: ["22:00-24:00"]}, {days: [sun], times: ["00:00-04:00"]}]
  noon: [{times: ["12:00-13:00"], timezone: UTC}]
"#;

fn at(text: &str) -> Millis {
    DateTime::parse_from_rfc3339(text).expect(text).timestamp_millis()
}

fn silence(matchers: &str, starts_at: &str, ends_at: &str) -> Silence {
    Silence {
        id: matchers.to_owned(),
        matchers: parse_all(matchers).expect(matchers),
        starts_at: at(starts_at),
        ends_at: at(ends_at),
        created_by: "ada".into(),
        created_at: 0,
        comment: "release".into(),
        ended_by: None,
    }
}

fn explained(labels: &str) -> Explanation {
    let rules =
        rules(&RULES.replace("weekly-not", "mail2").replace("  weekly: {", "  mail2: {email: {to: y}}\n  weekly: {"));
    let labels: Vec<(String, String)> = labels
        .split(' ')
        .filter_map(|pair| pair.split_once('='))
        .map(|(label, value)| (label.to_owned(), value.to_owned()))
        .collect();
    let silences = [
        silence("layer=gold", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
        silence("layer=gold", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
        silence("layer=gold", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
        silence("layer=silver", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
    ];
    explain(&rules, &labels, &silences, at("2026-11-21T21:30:00Z"))
}

fn lines(step: &Step, depth: usize, found: &mut Vec<String>) {
    let matchers: Vec<String> = step
        .matchers
        .iter()
        .map(|tried| format!("{} {} [{}]", tried.matcher, tried.holds, tried.found.join(",")))
        .collect();
    found.push(format!("{}{:?} {}", "  ".repeat(depth), step.outcome, matchers.join("; ")).trim_end().to_owned());
    step.below.iter().for_each(|step| lines(step, depth + 1, found));
}

#[test]
fn every_route_that_was_tried_says_what_its_matchers_found() {
    let explanation = explained("contract=gold.revenue check=range layer=gold severity=fail tag=a tag=pii owner=x");
    let mut found = Vec::new();
    lines(explanation.route.as_ref().expect("a root"), 0, &mut found);
    let expected = [
        "Below",
        "  NoMatch layer=\"silver\" false [gold]",
        "  Below layer=\"gold\" true [gold]; severity=\"fail\" true [fail]",
        "    Reached tag=\"pii\" true [a,pii]",
        "  NoMatch owner=~\".*@shop.example\" false [x]",
        "  Reached layer=\"gold\" true [gold]",
    ];
    assert_eq!(found, expected);
    let explanation = explained("contract=silver.orders layer=silver");
    let mut found = Vec::new();
    lines(explanation.route.as_ref().expect("a root"), 0, &mut found);
    assert_eq!(
        found[1..3],
        [
            "  Reached layer=\"silver\" true [silver]",
            "  NotTried layer=\"gold\" false [silver]; severity=\"fail\" false []"
        ]
    );
    assert_eq!(explanation.route.map(|root| root.below[1].outcome), Some(Outcome::NotTried));
}

#[test]
fn what_is_reached_says_whom_when_and_until_when_it_is_quiet() {
    let explanation = explained("contract=gold.revenue check=range layer=gold severity=fail owner=o@shop.example");
    let [oncall, weekly] = explanation.reached.as_slice() else { panic!("{:?}", explanation.reached) };
    let names: Vec<&str> = oncall.receivers.iter().map(|receiver| receiver.name.as_str()).collect();
    assert_eq!((names, oncall.receivers[0].fallback.as_deref()), (vec!["oncall", "mail"], Some("mail")));
    assert_eq!((oncall.group_wait, oncall.group_interval, oncall.repeat_interval), (30_000, 300_000, 14_400_000));
    assert_eq!(oncall.escalate.as_ref().map(|escalate| escalate.to.as_str()), Some("mail2"));
    let group = [("contract", "gold.revenue"), ("monitor", "")];
    assert_eq!(oncall.group, group.map(|(label, value)| (label.to_owned(), value.to_owned())));
    let [night, noon] = oncall.mute.as_slice() else { panic!("{:?}", oncall.mute) };
    assert_eq!((night.until, noon.until), (Some(at("2026-11-22T03:00:00Z")), None));
    assert_eq!(night.times, ["sat 22:00-24:00 Europe/Berlin", "sun 00:00-04:00 Europe/Berlin"]);
    assert_eq!(noon.times, ["12:00-13:00 UTC"]);
    assert_eq!(weekly.receivers[0].next_digest, Some(at("2026-11-23T07:00:00Z")));
    assert_eq!(weekly.group, [("layer", "gold"), ("column", "")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    let alone = explained("layer=gold severity=fail tag=pii");
    assert!(alone.reached[0].alone && alone.reached[0].escalate.is_none() && !alone.reached[1].alone);
}

#[test]
fn silences_in_force_and_to_come_are_named_and_those_that_are_over_are_not() {
    let starts: Vec<Millis> = explained("layer=gold").silences.iter().map(|silence| silence.starts_at).collect();
    assert_eq!(starts, [at("2026-11-21T00:00:00Z"), at("2026-11-23T00:00:00Z")]);
}

#[test]
fn inhibitions_say_on_which_side_it_is() {
    let told = |labels: &str| -> Vec<String> {
        let found = explained(labels).inhibitions;
        found.iter().map(|rule| format!("{:?} {:?} {:?}", rule.mutes, rule.muted_by, rule.hops)).collect()
    };
    assert_eq!(
        told("contract=a check=range severity=fail"),
        ["None Some([\"check=\\\"freshness\\\"\"]) None", "Some([]) Some([\"severity=\\\"fail\\\"\"]) Some(2)"]
    );
    assert_eq!(
        told("contract=a check=freshness severity=warn"),
        ["Some([\"check!=\\\"freshness\\\"\"]) None None", "None Some([\"severity=\\\"fail\\\"\"]) Some(2)"]
    );
    // a monitor has no contract that could be equal
    assert_eq!(told("monitor=a check=freshness severity=warn").len(), 1);
}
