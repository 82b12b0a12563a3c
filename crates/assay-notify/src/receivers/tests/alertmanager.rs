//! Alerts that are pushed.

use assay_core::ops::Millis;
use serde_json::{Value, json};

use super::support::{MINUTE, NOW, body, build, one, over, sent, test};
use crate::notification::Reason;
use crate::receivers::Outgoing;

const DAY: Millis = 24 * 60 * MINUTE;

fn instant(value: &Value) -> Millis {
    let text = value.as_str().unwrap();
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis()
}

#[test]
fn an_open_incident_ends_later_than_any_try_and_is_pushed_again_long_before() {
    let receiver = build("alertmanager", json!({"urls": ["http://a:9093/prefix/"], "token": "t0"})).unwrap();
    // the last try is 75.6 hours after the first
    let Ok(Outgoing::Http(late)) = receiver.outgoing(&one(), "a:9093", NOW + 4 * DAY) else { panic!("no request") };
    let alerts: Value = serde_json::from_slice(&late.body).unwrap();
    assert_eq!(instant(&alerts[0]["endsAt"]), NOW + 11 * DAY, "counted from this try");
    assert!(receiver.resend_every().unwrap() < DAY);
    assert_eq!(late.url.expose(), "http://a:9093/prefix/api/v2/alerts");
    assert_eq!(late.headers[0].1.expose(), "Bearer t0");
}

#[test]
fn an_incident_that_is_over_ends_when_it_was_and_not_before_it_began() {
    let mut over = over();
    assert_eq!(instant(&body("alertmanager", &over)[0]["endsAt"]), NOW - MINUTE);
    over.incidents[0].resolved_at = Some(0);
    let alert = body("alertmanager", &over)[0].clone();
    assert_eq!(alert["endsAt"], alert["startsAt"]);
}

#[test]
fn what_becomes_worse_ends_the_alert_that_it_was() {
    let mut worse = one();
    worse.incidents[0].news = Some(Reason::Worsened);
    let alerts = body("alertmanager", &worse);
    let told = |n: usize| (alerts[n]["labels"]["severity"].clone(), instant(&alerts[n]["endsAt"]) > NOW);
    assert_eq!((told(0), told(1)), ((json!("warn"), false), (json!("fail"), true)));
    assert_eq!(alerts.as_array().unwrap().len(), 2);
    assert_eq!(alerts[0]["labels"]["assay_incident"], alerts[1]["labels"]["assay_incident"]);
}

#[test]
fn what_is_only_tried_is_soon_over() {
    let mut tried = one();
    tried.reason = Reason::Test;
    assert_eq!(instant(&body("alertmanager", &tried)[0]["endsAt"]), NOW + 5 * MINUTE);
    assert_eq!(instant(&body("alertmanager", &test())[0]["endsAt"]), NOW + 5 * MINUTE);
}

#[test]
fn each_member_is_told_by_itself_and_one_that_left_is_not() {
    let receiver = build("alertmanager", json!({"urls": ["http://a:9093", "http://b:9093"]})).unwrap();
    assert_eq!(sent(receiver.as_ref(), &one()).url.expose(), "http://a:9093/api/v2/alerts");
    let Ok(Outgoing::Http(second)) = receiver.outgoing(&one(), "b:9093", NOW) else { panic!("no request") };
    assert_eq!(second.url.expose(), "http://b:9093/api/v2/alerts");
    let error = receiver.outgoing(&one(), "c:9093", NOW).unwrap_err();
    assert_eq!(error, "the receiver has no Alertmanager `c:9093` any more");
}

#[test]
fn a_name_and_a_password_are_sent_as_http_has_them() {
    let basic = json!({"urls": ["http://a"], "basic_auth": {"username": "Aladdin", "password": "open sesame"}});
    let receiver = build("alertmanager", basic).unwrap();
    let request = sent(receiver.as_ref(), &one());
    assert_eq!(request.headers[0].0, "authorization");
    assert_eq!(request.headers[0].1.expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}
