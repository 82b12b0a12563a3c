//! Whole payloads, to be read by people.

use insta::assert_snapshot;
use serde_json::Value;

use super::support::{KINDS, body, hostile, many, one, over, test, three};
use crate::notification::Notification;

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

fn check(name: &str, notification: &Notification, kinds: &[&str]) {
    for kind in kinds {
        assert_snapshot!(format!("{kind}_{name}"), pretty(&body(kind, notification)));
    }
}

#[test]
fn one_incident() {
    check("one", &one(), KINDS);
}

#[test]
fn three_incidents_one_of_them_over() {
    check("three", &three(), KINDS);
}

#[test]
fn all_over() {
    check("over", &over(), &["alertmanager", "pagerduty", "slack", "teams"]);
}

#[test]
fn no_incident_at_all() {
    check("test", &test(), KINDS);
}

#[test]
fn five_hundred_failures() {
    check("many", &many(), &["slack", "teams"]);
}

#[test]
fn hostile_names() {
    check("hostile", &hostile(), &["slack", "teams"]);
}
