//! Signed requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::support::{NOW, build, one, sent, three};
use crate::notification::Notification;
use crate::receivers::{Outgoing, Request};

const OLD: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
}

#[test]
fn each_secret_signs_id_time_and_body() {
    let secrets = json!([format!("whsec_{NEW}"), format!("whsec_{OLD}")]);
    let receiver = build("webhook", json!({"url": "https://h/", "secrets": secrets, "headers": {"X-Team": "data"}}));
    let request = sent(receiver.unwrap().as_ref(), &one());
    assert_eq!(header(&request, "webhook-id"), Some("n-00c0ffee"));
    assert_eq!(header(&request, "webhook-timestamp"), Some("1795154400"));
    assert_eq!(header(&request, "x-team"), Some("data"));
    let signed = [b"n-00c0ffee.1795154400.".as_slice(), &request.body].concat();
    let signature = |key: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(key).unwrap()).unwrap();
        mac.update(&signed);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    };
    let wanted = format!("{} {}", signature(NEW), signature(OLD));
    assert_eq!(header(&request, "webhook-signature"), Some(wanted.as_str()));
}

#[test]
fn the_time_is_that_of_the_try_and_the_id_is_not() {
    let receiver = build("webhook", json!({"url": "https://h/", "secrets": [format!("whsec_{OLD}")]})).unwrap();
    let Ok(Outgoing::Http(later)) = receiver.outgoing(&one(), "", NOW + 3_600_999) else { panic!("no request") };
    let first = sent(receiver.as_ref(), &one());
    assert_eq!(header(&later, "webhook-timestamp"), Some("1795158000"));
    assert_eq!(header(&later, "webhook-id"), header(&first, "webhook-id"));
    assert_ne!(header(&later, "webhook-signature"), header(&first, "webhook-signature"));
    assert_eq!(later.body, first.body);
}

#[test]
fn without_a_secret_nothing_is_signed() {
    let request = sent(build("webhook", json!({"url": "https://h/"})).unwrap().as_ref(), &one());
    assert_eq!(header(&request, "webhook-signature"), None);
    assert!(header(&request, "webhook-id").is_some());
}

#[test]
fn the_standard_body_holds_the_notification_as_it_is() {
    let request = sent(build("webhook", json!({"url": "https://h/"})).unwrap().as_ref(), &three());
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((&body["type"], &body["timestamp"]), (&json!("alert.partly_resolved"), &json!("2026-11-20T06:00:00Z")));
    let data: Notification = serde_json::from_value(body["data"].clone()).unwrap();
    assert_eq!(data, three());
}

#[test]
fn the_body_of_alertmanager_says_what_all_alerts_have_in_common() {
    let receiver = build("webhook", json!({"url": "https://h/", "format": "alertmanager"})).unwrap();
    let body: Value = serde_json::from_slice(&sent(receiver.as_ref(), &three()).body).unwrap();
    assert_eq!(body["version"], "4");
    assert_eq!(body["status"], "firing");
    assert_eq!(body["commonLabels"]["alertname"], "AssayIncident");
    assert_eq!(body["commonLabels"].get("assay_incident"), None);
    let statuses: Vec<&str> =
        body["alerts"].as_array().unwrap().iter().map(|alert| alert["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["firing", "firing", "resolved"]);
    assert_eq!(body["alerts"][0]["endsAt"], "0001-01-01T00:00:00Z");
    let prints: std::collections::BTreeSet<&str> =
        body["alerts"].as_array().unwrap().iter().map(|alert| alert["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), 3, "alerts that are not the same have the same fingerprint");
}
