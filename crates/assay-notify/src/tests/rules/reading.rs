use assay_core::connection::Network;
use assay_core::ops::silences::{MatchOp, Matcher};
use chrono::Weekday;

use super::support::{read, rules, whole};
use crate::rules::{Confirm, Digest, Escalation, GroupBy, MuteTime, Route};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

const WHOLE: &str = r#"
external_url: https://assay.example.com/
receivers:
  orders-mail: {email: {to: x, connection: mail, digest: none}}
  ml-slack: {webhook: {url: "${file:/run/secrets/slack_ml}"}}
  oncall: {webhook: {url: "${env:PD_KEY}"}, fallback: ops-mail}
  ops-mail: {email: {to: x, connection: mail}}
  weekly: {email: {to: x, connection: mail, digest: {every: weekly, at: "Fri 07:30", timezone: Asia/Tokyo}}}
route:
  receiver: ops-mail
  group_by: [contract]
  group_wait: 10s
  routes:
    - {match: [outcome="error"], receiver: [ops-mail, ml-slack], repeat_interval: 24h}
    - match: [layer="models"]
      receiver: ml-slack
      group_by: [monitor]
      group_interval: 2m
      mute: [release-night]
      escalate: {after: 1h, to: ops-mail}
      routes:
        - {match: [severity="fail", 'check=~"performance.*, x"'], receiver: oncall, continue: true, send_resolved: false}
        - {match: [owner!~".*@shop.example"], receiver: ops-mail, mute: [], group_by: [...]}
    - {match: [severity="warn"], receiver: weekly, group_by: [], escalate: none}
    - {match: [severity="warn"], receiver: orders-mail}
inhibit:
  - {source: [check="freshness", severity="fail"], target: [check!="freshness"], equal: [contract]}
  - {source: [severity="fail"], target: [], along: depends_on}
  - {source: [severity="fail"], target: [], along: depends_on, hops: 3}
mute_times:
  release-night: [{days: [sat], times: ["22:00-24:00"], timezone: Asia/Tokyo}, {days: [Sunday], times: ["00:00-04:00"]}, {days: [Thu-Sat, mon]}]
defaults: {confirm: {fail: 2}, reopen: 2h}
allow_private: [10.0.0.0/8, "::1"]
"#;

fn matcher(label: &str, op: MatchOp, value: &str) -> Matcher {
    Matcher { label: label.into(), op, value: value.into() }
}

#[test]
fn every_key_is_read() {
    let outcome = read(&[&whole(WHOLE)]);
    assert_eq!(outcome.problems(), Vec::<String>::new());
    let unreached = "rules/0.yaml:27:7: this route is never reached: that at rules/0.yaml:26:7 takes all that it matches, \
        and does not continue; put it before that one, or add `continue: true` there";
    assert_eq!(outcome.warnings(), [unreached]);
    let rules = outcome.read.rules.expect("no problem");
    assert_eq!(rules.external_url.as_deref(), Some("https://assay.example.com"));
    assert_eq!((rules.confirm, rules.reopen), (Confirm { fail: 2, recover: 1 }, 2 * HOUR));
    let networks: Vec<String> = rules.allow_private.iter().map(Network::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);

    let names: Vec<&str> = rules.receivers.keys().map(String::as_str).collect();
    assert_eq!(names, ["ml-slack", "oncall", "ops-mail", "orders-mail", "weekly"]);
    assert_eq!(rules.receivers["oncall"].fallback.as_deref(), Some("ops-mail"));
    assert_eq!((rules.receivers["oncall"].at.line, rules.receivers["oncall"].at.column), (8, 3));
    let friday = Digest { day: Some(Weekday::Fri), minute: 450, timezone: chrono_tz::Asia::Tokyo };
    assert_eq!((rules.receivers["weekly"].digest, rules.receivers["orders-mail"].digest), (Some(friday), None));

    let night = &rules.mute_times["release-night"];
    let berlin = chrono_tz::Europe::Berlin;
    let expected = [
        MuteTime { days: vec![Weekday::Sat], times: vec![(1320, 1440)], timezone: chrono_tz::Asia::Tokyo },
        MuteTime { days: vec![Weekday::Sun], times: vec![(0, 240)], timezone: berlin },
        MuteTime {
            days: vec![Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Mon],
            times: vec![],
            timezone: berlin,
        },
    ];
    assert_eq!(night.as_slice(), expected);

    let [first, along, further] = rules.inhibit.as_slice() else { panic!("{:?}", rules.inhibit) };
    assert_eq!(first.target, [matcher("check", MatchOp::IsNot, "freshness")]);
    assert_eq!((first.source.len(), first.equal.as_slice()), (2, &["contract".to_owned()][..]));
    assert_eq!((first.along_depends_on, along.along_depends_on, further.along_depends_on), (None, Some(1), Some(3)));
}

#[test]
fn routes_below_inherit_everything_but_what_they_match() {
    let rules = rules(WHOLE);
    let root = rules.route.as_ref().expect("a route");
    assert_eq!((root.group_wait, root.group_interval, root.repeat_interval), (10 * SECOND, 5 * MINUTE, 4 * HOUR));
    assert!(root.send_resolved && !root.goes_on && root.matchers.is_empty());
    let [errors, models, digest, twin] = root.routes.as_slice() else { panic!("four routes") };
    assert_eq!(errors.receivers, ["ops-mail", "ml-slack"]);
    assert_eq!((errors.repeat_interval, errors.group_wait), (24 * HOUR, 10 * SECOND));
    assert_eq!(errors.group_by, GroupBy::Labels(vec!["contract".to_owned()]));

    let escalate = Some(Escalation { after: HOUR, to: "ops-mail".to_owned() });
    let [performance, owner] = models.routes.as_slice() else { panic!("two routes") };
    let inherited = |route: &Route| (route.group_interval, route.repeat_interval, route.group_wait);
    assert_eq!(inherited(models), (2 * MINUTE, 4 * HOUR, 10 * SECOND));
    assert_eq!(inherited(performance), inherited(models));
    assert_eq!((&performance.mute, &performance.escalate), (&vec!["release-night".to_owned()], &escalate));
    assert!(performance.goes_on && !performance.send_resolved && owner.send_resolved && !owner.goes_on);
    assert_eq!(performance.matchers[1], matcher("check", MatchOp::Matches, "performance.*, x"));
    // to whom it would escalate is told anyway
    assert_eq!((owner.mute.len(), &owner.escalate, &owner.group_by), (0, &None, &GroupBy::Incident));
    assert_eq!((&digest.group_by, &digest.escalate), (&GroupBy::Labels(vec![]), &None));
    assert_eq!(twin.receivers, ["orders-mail"]);
}

#[test]
fn ids_are_the_matchers_from_the_root_down_and_unique() {
    let rules = rules(WHOLE);
    let root = rules.route.as_ref().expect("a route");
    let ids: Vec<&str> = root.routes.iter().map(|route| route.id.as_str()).collect();
    let models = "{}/{layer=\"models\"}";
    assert_eq!(root.id, "{}");
    assert_eq!(ids, ["{}/{outcome=\"error\"}", models, "{}/{severity=\"warn\"}", "{}/{severity=\"warn\"}#2"]);
    assert_eq!(root.routes[1].routes[1].id, format!("{models}/{{owner!~\".*@shop.example\"}}"));
}

#[test]
fn what_is_left_out_has_its_usual_value() {
    let rules = rules("receivers: {a: {email: {to: x}}}\nroute: {receiver: a}\n");
    let root = rules.route.as_ref().expect("a route");
    assert_eq!(root.receivers, ["a"]);
    assert_eq!(root.group_by, GroupBy::Labels(vec!["contract".to_owned(), "monitor".to_owned()]));
    assert_eq!((root.group_wait, root.group_interval, root.repeat_interval), (30 * SECOND, 5 * MINUTE, 4 * HOUR));
    assert_eq!((root.send_resolved, &root.mute, &root.escalate), (true, &vec![], &None));
    assert_eq!((rules.confirm, rules.reopen), (Confirm { fail: 1, recover: 1 }, 24 * HOUR));
    assert_eq!(rules.external_url.as_deref(), Some("https://assay.shop.example"));
}

#[test]
fn nothing_at_all_tells_nobody_anything() {
    let nothing = read(&[]);
    assert!(nothing.problems().is_empty() && nothing.warnings().is_empty());
    assert!(nothing.read.rules.is_some_and(|rules| rules.route.is_none()));
    let no_route = read(&[&whole("receivers: {a: {email: {to: x}}}\n")]);
    let warning = "rules/0.yaml:3:13: nobody is told of anything: no file has a `route`; add `route: {receiver: NAME}`";
    assert_eq!((no_route.problems(), no_route.warnings()), (vec![], vec![warning.to_owned()]));
}

#[test]
fn files_are_one() {
    let first = whole(
        "receivers: {a: {email: {to: x}, fallback: b}}\nroute: {receiver: a, mute: [night]}\nallow_private: [::1]\n",
    );
    let second = whole(
        "receivers: {b: {email: {to: x}}}\nmute_times: {night: [{days: [sat]}]}\n\
         inhibit: [{source: [layer=gold], target: [layer=silver]}]\nallow_private: [10.0.0.0/8, ::1]\n",
    );
    let outcome = read(&[&first, &second]);
    assert_eq!((outcome.problems(), outcome.warnings()), (vec![], vec![]));
    let rules = outcome.read.rules.expect("no problem");
    assert_eq!((rules.receivers.len(), rules.inhibit.len(), rules.allow_private.len()), (2, 1, 2));
    assert_eq!(rules.receivers["b"].at.path.as_ref(), "rules/1.yaml");
}

#[test]
fn a_fingerprint_changes_where_a_setting_or_a_secret_does() {
    let of = |settings: &str| {
        let rules =
            rules(&format!("receivers: {{a: {settings}, b: {{email: {{to: b}}}}}}\nroute: {{receiver: [a, b]}}\n"));
        rules.receivers["a"].fingerprint.clone()
    };
    let usual = of("{email: {to: x, url: \"${env:A}\"}}");
    assert_eq!(usual.len(), 64);
    // neither the order of keys nor quotes
    assert_eq!(usual, of("{email: {url: '${env:A}', to: \"x\"}}"));
    let others = [
        "{email: {to: y, url: \"${env:A}\"}}",
        "{email: {to: x, url: \"${env:B}\"}}",
        "{email: {to: x}}",
        "{email: {to: x, url: \"${env:A}\", connection: mail}}",
        "{email: {to: x, url: \"${env:A}\", digest: daily}}",
        "{email: {to: x, url: \"${env:A}\"}, fallback: b}",
        "{webhook: {to: x, url: \"${env:A}\"}}",
    ];
    for other in others {
        assert_ne!(usual, of(other), "{other}");
    }
}
