//! The call that trains a model again, as a monitor's `retrain:` has it: the body is what the run wrote, and its key is the
//! same on every try. Rules cannot name this receiver.

use std::borrow::Cow;

use assay_core::drift::monitor::Webhook;
use assay_core::ops::Millis;
use assay_core::secret::Secret;
use serde_json::Value;

use super::reading;
use super::{Outgoing, Receiver, Request};
use crate::notification::Notification;

#[derive(Debug)]
struct Retrain {
    /// Where to, or what is wrong with it.
    url: Result<Secret, String>,
    token: Option<Secret>,
}

/// The receiver of a monitor.
pub fn receiver(webhook: &Webhook) -> Box<dyn Receiver> {
    let token = webhook.token.as_ref().map(|token| Secret::new(format!("Bearer {token}")));
    Box::new(Retrain { url: reading::valid_url(&webhook.url), token })
}

impl Receiver for Retrain {
    fn integration(&self) -> &'static str {
        "retrain"
    }

    fn outgoing(&self, notification: &Notification, _: &str, _: Millis) -> Result<Outgoing, String> {
        let url = self.url.clone()?;
        let call = notification.retrain.as_ref().ok_or("the message has no call to train a model again")?;
        let mut headers = vec![(Cow::Borrowed("idempotency-key"), Secret::new(idempotency_key(call, notification)))];
        if let Some(token) = &self.token {
            if !reading::is_header_value(token.expose()) {
                return Err("the token of `retrain` has characters that a header cannot have, or too many".into());
            }
            headers.push((Cow::Borrowed("authorization"), token.clone()));
        }
        let body = call.to_string().into_bytes();
        Ok(Outgoing::Http(Request { url, headers, body, content_type: "application/json", ca: None }))
    }
}

/// That of the call, so that a call sent by hand is known as the same one.
fn idempotency_key<'a>(call: &'a Value, notification: &'a Notification) -> &'a str {
    let own = call.get("idempotency_key").and_then(Value::as_str);
    own.filter(|key| !key.is_empty() && reading::is_header_value(key)).unwrap_or(&notification.id)
}
