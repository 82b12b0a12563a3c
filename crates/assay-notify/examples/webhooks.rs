//! Signed webhooks as JSON, for programs that verify them: `cargo run -p assay-notify --example webhooks`. Each has its
//! headers, its body, and the secrets that it was signed with.
#![allow(clippy::disallowed_methods, reason = "who verifies compares the time of a webhook with the clock")]

use std::collections::BTreeMap;

use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};
use assay_notify::notification::Notification;
use assay_notify::receivers::{Building, Outgoing, Request, registry};
use serde_json::{Value, json};

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn main() {
    let cases: [(&str, &[&str]); 4] =
        [("standard", &[OLD]), ("standard", &[NEW, OLD]), ("standard", &[NEW]), ("alertmanager", &[OLD])];
    let told: Vec<Value> = cases.iter().map(|(format, secrets)| told(&request(format, secrets), secrets)).collect();
    println!("{}", Value::from(told));
}

fn told(request: &Request, secrets: &[&str]) -> Value {
    let headers: BTreeMap<&str, &str> =
        request.headers.iter().map(|(name, value)| (name.as_ref(), value.expose())).collect();
    json!({"headers": headers, "body": String::from_utf8_lossy(&request.body), "secrets": secrets})
}

fn request(format: &str, secrets: &[&str]) -> Request {
    let parameters = map([
        ("url", text("https://hooks.example.com/assay")),
        ("format", text(format)),
        ("secrets", Node { kind: NodeKind::Seq(secrets.iter().map(|secret| text(secret)).collect()), span: here() }),
    ]);
    let building = Building {
        secret: &|reference: &Reference, _| Ok(Secret::new(reference.written())),
        relay: &|_, span| Err(Problem::at(span, "no mails here")),
    };
    let webhook = registry::named("webhook").expect("there are webhooks");
    let receiver = (webhook.build)(&parameters, &building).expect("the parameters are valid");
    let now = chrono::Utc::now().timestamp_millis();
    match receiver.outgoing(&notification(), "", now) {
        Ok(Outgoing::Http(request)) => request,
        other => panic!("no request: {other:?}"),
    }
}

/// With letters beyond ASCII, and what JSON escapes.
fn notification() -> Notification {
    let notification = json!({
        "schema": "assay.notification/v1", "id": "n-00c0ffee", "receiver": "hook", "group": "{}|hook", "labels": {},
        "route": "{}", "reason": "test", "why": "somebody tries this receiver: \"ä\" \u{1f4a9} \\ \u{202e}",
        "at": 1_795_154_400_000_i64, "is_open": false, "title": "a test", "external_url": null, "project": null,
        "incidents": [], "left_out": 0, "open": 0, "resolved": 0, "period": null, "retrain": null,
    });
    serde_json::from_value(notification).expect("a notification")
}

fn here() -> Span {
    Span::default()
}

fn text(text: &str) -> Node {
    Node::scalar(text, true, here())
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    let entries = entries.into_iter().map(|(name, node)| (Key { text: name.into(), span: here() }, node));
    Node { kind: NodeKind::Map(entries.collect()), span: here() }
}
