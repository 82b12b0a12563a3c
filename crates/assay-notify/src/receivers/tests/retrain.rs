//! The call that trains a model again.

use assay_core::drift::monitor::Webhook;
use serde_json::json;

use super::support::{NOW, PLANTED, one, sent};
use crate::receivers::retrain::receiver;

fn webhook(url: &str, token: Option<&str>) -> Webhook {
    let url_as_written = "${env:TRAINER}".into();
    Webhook { url_as_written, url: url.into(), token: token.map(str::to_owned) }
}

#[test]
fn the_call_is_sent_as_it_is_with_its_key_and_the_token() {
    let mut notification = one();
    notification.retrain = Some(json!({"idempotency_key": "k-17", "monitor": "fare_eta"}));
    let receiver = receiver(&webhook("https://train.example/run", Some("t0")));
    let request = sent(receiver.as_ref(), &notification);
    let headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (name.as_ref(), value.expose())).collect();
    assert_eq!(headers, [("idempotency-key", "k-17"), ("authorization", "Bearer t0")]);
    assert_eq!(request.body, br#"{"idempotency_key":"k-17","monitor":"fare_eta"}"#);
    assert_eq!((receiver.integration(), request.url.expose()), ("retrain", "https://train.example/run"));
}

#[test]
fn a_call_without_a_key_that_can_be_sent_has_that_of_the_message() {
    let mut notification = one();
    for call in [json!({}), json!({"idempotency_key": "a\r\nb"}), json!({"idempotency_key": 7})] {
        notification.retrain = Some(call);
        let request = sent(receiver(&webhook("https://train.example/", None)).as_ref(), &notification);
        assert_eq!(request.headers[0].1.expose(), "n-00c0ffee");
        assert_eq!(request.headers.len(), 1);
    }
}

#[test]
fn what_cannot_be_sent_is_said_without_secrets() {
    let mut notification = one();
    let error = |webhook: &Webhook, notification: &crate::notification::Notification| {
        let error = receiver(webhook).outgoing(notification, "", NOW).unwrap_err();
        assert!(!error.contains(PLANTED), "{error}");
        error
    };
    let good = webhook("https://train.example/", None);
    assert_eq!(error(&good, &notification), "the message has no call to train a model again");
    notification.retrain = Some(json!({}));
    let password = webhook(&format!("https://ada:{PLANTED}@train.example/"), None);
    assert!(error(&password, &notification).contains("a user or a password"));
    let token = webhook("https://train.example/", Some(&format!("{PLANTED}\r\nx: y")));
    assert!(error(&token, &notification).starts_with("the token of `retrain`"));
    assert!(!format!("{:?}", receiver(&webhook(PLANTED, Some(PLANTED)))).contains(PLANTED));
}
