//! What receivers make of answers, and which kind of event they choose.

use assay_core::ops::incidents::IncidentState;
use assay_core::verdict::Outcome;

use super::support::{body, item, notification, one, over, receiver, test, three};
use crate::notification::Notification;
use crate::receivers::{Answer, Tried};

fn came(kind: &str, status: u16, body: &str) -> (&'static str, String) {
    let answer = Answer { status, retry_after: Some(7000), body: body.into() };
    match receiver(kind).judge(&answer) {
        Tried::Delivered => ("delivered", String::new()),
        Tried::Retry { error, after } => {
            assert_eq!(after, Some(7000));
            ("retry", error)
        }
        Tried::Permanent { error } => ("permanent", error),
        Tried::Gone { error } => ("gone", error),
    }
}

#[test]
fn slack_says_in_a_word_what_is_wrong() {
    assert_eq!(came("slack", 200, "ok").0, "delivered");
    let (came_of, error) = came("slack", 404, "no_service");
    assert_eq!(
        (came_of, error.as_str()),
        ("permanent", "Slack answered `no_service`: the webhook was removed or never was")
    );
    for (status, word) in [(400, "invalid_payload"), (403, "action_prohibited"), (410, "channel_is_archived")] {
        assert_eq!(came("slack", status, word).0, "permanent", "{word}");
    }
    // it may say so with a status that means nothing
    assert_eq!(came("slack", 200, "invalid_token").0, "permanent");
    assert_eq!(came("slack", 410, "something new").0, "permanent");
    assert_eq!(came("slack", 429, "rate_limited").0, "retry");
    assert_eq!(came("slack", 500, "rollup_error").0, "retry");
}

#[test]
fn the_others_mean_what_http_means() {
    for kind in ["alertmanager", "pagerduty", "teams", "webhook"] {
        for (status, wanted) in [
            (200, "delivered"),
            (202, "delivered"),
            (307, "permanent"),
            (400, "permanent"),
            (403, "permanent"),
            (404, "permanent"),
            (408, "retry"),
            (410, "gone"),
            (429, "retry"),
            (500, "retry"),
            (503, "retry"),
        ] {
            assert_eq!(came(kind, status, "a reason").0, wanted, "{kind} {status}");
        }
    }
    let (_, error) = came("pagerduty", 400, "\n{\"status\":\"invalid event\"}\u{1b}[0m\n");
    assert_eq!(error, "the answer was 400: {\"status\":\"invalid event\"}[0m");
}

fn action(notification: &Notification) -> String {
    body("pagerduty", notification)["event_action"].as_str().unwrap().to_owned()
}

#[test]
fn pagerduty_is_told_what_happens_to_the_group() {
    assert_eq!(action(&one()), "trigger");
    assert_eq!(action(&three()), "trigger", "one is over, one is open");
    assert_eq!(action(&over()), "resolve");
    assert_eq!(action(&test()), "trigger");
    let mut acknowledged = three();
    acknowledged.incidents[0].state = IncidentState::Acknowledged;
    assert_eq!(action(&acknowledged), "acknowledge", "one is over, all others are looked after");
    acknowledged.left_out = 1;
    assert_eq!(action(&acknowledged), "trigger", "nobody knows of the one that is not listed");
}

#[test]
fn pagerduty_keeps_one_alert_for_a_group() {
    let key = |notification: &Notification| body("pagerduty", notification)["dedup_key"].clone();
    assert_eq!(key(&one()), key(&over()), "its end ends what its beginning began");
    let mut other = one();
    other.group.push('x');
    assert_ne!(key(&one()), key(&other));
    let mut again = one();
    (again.id, again.reason) = ("n-2".into(), crate::notification::Reason::Reopened);
    assert_eq!(key(&one()), key(&again));
}

#[test]
fn pagerduty_hears_how_bad_the_worst_is_that_is_open() {
    let severity = |outcomes: &[Outcome]| {
        let items = outcomes.iter().map(|outcome| crate::notification::Item { severity: *outcome, ..item(1) });
        body("pagerduty", &notification(items.collect()))["payload"]["severity"].as_str().unwrap().to_owned()
    };
    assert_eq!(severity(&[Outcome::Warn]), "warning");
    assert_eq!(severity(&[Outcome::Warn, Outcome::Error]), "error");
    assert_eq!(severity(&[Outcome::Error, Outcome::Fail, Outcome::Warn]), "critical");
    assert_eq!(severity(&[]), "info");
    let mut mixed = over();
    mixed.incidents.push(crate::notification::Item { severity: Outcome::Warn, ..item(2) });
    mixed.is_open = true;
    assert_eq!(body("pagerduty", &mixed)["payload"]["severity"], "warning", "what is over counts no more");
}
