use assay_core::problem::Place;

use crate::matchers;
use crate::rules::routing::{Router, routes_of};
use crate::rules::{GroupBy, Route, Rules};

fn route(matcher: &str, goes_on: bool, routes: Vec<Route>) -> Route {
    Route {
        id: matcher.to_owned(),
        at: Place { path: "rules/alerts.yaml".into(), line: 1, column: 1 },
        matchers: if matcher.is_empty() { Vec::new() } else { matchers::parse_all(matcher).expect(matcher) },
        receivers: vec!["mail".to_owned()],
        group_by: GroupBy::Labels(Vec::new()),
        group_wait: 30_000,
        group_interval: 300_000,
        repeat_interval: 14_400_000,
        mute: Vec::new(),
        goes_on,
        send_resolved: true,
        escalate: None,
        routes,
    }
}

fn rules() -> Rules {
    let below =
        vec![route("check=a", false, vec![]), route("check=b", true, vec![]), route("check=~\"b|c\"", false, vec![])];
    let routes = vec![
        route("layer=gold", false, below),
        route("severity=fail", true, vec![]),
        route("tag=pii", false, vec![]),
        route("", false, vec![]),
        route("layer=silver", false, vec![]),
    ];
    Rules { route: Some(route("", false, routes)), ..Rules::default() }
}

#[track_caller]
fn check(labels: &str, expected: &[&str]) {
    let labels: Vec<(String, String)> = labels
        .split(' ')
        .filter_map(|pair| pair.split_once('='))
        .map(|(label, value)| (label.to_owned(), value.to_owned()))
        .collect();
    let rules = rules();
    let found: Vec<&str> = routes_of(&rules, &labels).into_iter().map(|route| route.id.as_str()).collect();
    assert_eq!(found, expected, "{labels:?}");
}

#[test]
fn the_first_route_that_matches_wins_unless_it_continues() {
    check("layer=silver severity=warn", &[""]);
    check("severity=warn tag=pii", &["tag=pii"]);
    check("severity=fail tag=pii", &["severity=fail", "tag=pii"]);
    check("severity=fail", &["severity=fail", ""]);
}

#[test]
fn routes_below_stand_in_for_the_one_above() {
    check("layer=gold check=a severity=fail", &["check=a"]);
    check("layer=gold check=b", &["check=b", "check=~\"b|c\""]);
    check("layer=gold check=c", &["check=~\"b|c\""]);
    check("layer=gold check=d", &["layer=gold"]);
}

#[test]
fn the_root_always_matches() {
    let rules = Rules { route: Some(route("layer=gold", false, vec![])), ..Rules::default() };
    assert_eq!(routes_of(&rules, &[]).len(), 1);
    assert!(Router::new(&Rules::default()).routes_of(&[]).is_empty());
}
