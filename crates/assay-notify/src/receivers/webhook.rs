//! `webhook`: a POST to a program of one's own, signed as Standard Webhooks say. The body is the notification itself, or
//! what Alertmanager would send (version 4).

use std::borrow::Cow;
use std::collections::BTreeMap;

use assay_core::node::Node;
use assay_core::node::de::Spanned;
use assay_core::ops::Millis;
use assay_core::problem::Problem;
use assay_core::secret::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::alerts::{self, Pairs};
use super::reading::{self, Text};
use super::signing::{SigningKey, signatures};
use super::{Building, Built, Outgoing, Receiver, ReceiverSpec, Request, words};
use crate::notification::{Item, Notification, Reason};

/// Secrets that sign the same message, at most.
const MOST_SECRETS: usize = 4;

/// The kind.
pub const WEBHOOK: ReceiverSpec = ReceiverSpec {
    name: "webhook",
    about: "a signed POST to a program of your own (Standard Webhooks), or with Alertmanager's body",
    example: "{url: \"https://hooks.example.com/assay\", secrets: [\"${env:WHSEC_NEW}\", \"${env:WHSEC_OLD}\"], format: standard}",
    build,
    schema: || schemars::schema_for!(Params).to_value(),
};

/// Parameters of `webhook`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Where to: https:// or http://, without a user, a password or a fragment.
    #[schemars(with = "String")]
    url: Text,
    /// Secrets to sign with, `whsec_` and base64, 4 at most: each gives a signature, so that one can be replaced by another.
    #[serde(default)]
    #[schemars(with = "Vec<String>", length(max = 4))]
    secrets: Vec<Text>,
    /// What the body is.
    #[serde(default)]
    format: Format,
    /// Headers besides our own; values may be secrets.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    headers: BTreeMap<String, Text>,
    /// A file with certificates (PEM) that are trusted beside the system's.
    #[schemars(with = "Option<String>")]
    ca: Option<Spanned<String>>,
}

/// What the body is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// `{type, timestamp, data}`, where `data` is the notification.
    #[default]
    Standard,
    /// Alertmanager's, version 4.
    Alertmanager,
}

#[derive(Debug)]
struct Webhook {
    url: Secret,
    keys: Vec<SigningKey>,
    format: Format,
    headers: Vec<(Cow<'static, str>, Secret)>,
    ca: Option<String>,
}

fn build(node: &Node, building: &Building<'_>) -> Built {
    let params: Params = reading::params(node)?;
    let mut problems = Vec::new();
    if let Some(text) = params.secrets.get(MOST_SECRETS) {
        problems.push(Problem::at(text.span, format!("more than {MOST_SECRETS} secrets")));
    }
    let url = reading::keep(reading::url(&params.url, building), &mut problems);
    let key = |text: &Text| {
        let secret = reading::secret(text, building)?;
        SigningKey::read(&secret).map_err(|what| Problem::at(text.span, what))
    };
    let keys = params.secrets.iter().filter_map(|text| reading::keep(key(text), &mut problems)).collect();
    let headers = reading::headers(&params.headers, building, &mut problems);
    let ca = reading::keep(reading::ca(params.ca.as_ref()), &mut problems).flatten();
    match url {
        Some(url) if problems.is_empty() => Ok(Box::new(Webhook { url, keys, format: params.format, headers, ca })),
        _ => Err(problems),
    }
}

impl Receiver for Webhook {
    fn integration(&self) -> &'static str {
        WEBHOOK.name
    }

    fn outgoing(&self, notification: &Notification, _: &str, now: Millis) -> Result<Outgoing, String> {
        let body = match self.format {
            Format::Standard => standard(notification),
            Format::Alertmanager => version_4(notification),
        };
        let body = serde_json::to_vec(&body).map_err(|error| format!("the body cannot be written: {error}"))?;
        let seconds = now.div_euclid(1000);
        let id = &notification.id;
        let mut headers = self.headers.clone();
        headers.push((Cow::Borrowed("webhook-id"), Secret::new(id)));
        headers.push((Cow::Borrowed("webhook-timestamp"), Secret::new(seconds.to_string())));
        if !self.keys.is_empty() {
            let signed = signatures(&self.keys, id, seconds, &body);
            headers.push((Cow::Borrowed("webhook-signature"), Secret::new(signed)));
        }
        let (url, ca) = (self.url.clone(), self.ca.clone());
        Ok(Outgoing::Http(Request { url, headers, body, content_type: "application/json", ca }))
    }
}

/// The body of Standard Webhooks: the same on every try.
fn standard(notification: &Notification) -> Value {
    json!({
        "type": format!("alert.{}", notification.reason.name()),
        "timestamp": words::instant(notification.at),
        "data": notification,
    })
}

/// The body that Alertmanager's webhook has in version 4.
fn version_4(notification: &Notification) -> Value {
    let alerts: Vec<(Pairs, Pairs)> = match notification.incidents.is_empty() {
        true => vec![alerts::notice(notification)],
        false => {
            let of = |item| (alerts::labels(item), alerts::annotations(item, notification));
            notification.incidents.iter().map(of).collect()
        }
    };
    let items = notification.incidents.iter().map(Some).chain([None]);
    let listed: Vec<Value> = alerts.iter().zip(items).map(|(alert, item)| alert_4(notification, alert, item)).collect();
    json!({
        "version": "4",
        "groupKey": notification.group,
        "truncatedAlerts": notification.left_out,
        "status": status(is_over(notification)),
        "receiver": notification.receiver,
        "groupLabels": group_labels(notification),
        "commonLabels": alerts::common(alerts.iter().map(|(labels, _)| labels)),
        "commonAnnotations": alerts::common(alerts.iter().map(|(_, annotations)| annotations)),
        "externalURL": notification.external_url.as_deref().unwrap_or(""),
        "alerts": listed,
    })
}

fn alert_4(notification: &Notification, (labels, annotations): &(Pairs, Pairs), item: Option<&Item>) -> Value {
    let ends_at = item.filter(|item| alerts::is_over(item)).map(|item| item.resolved_at.unwrap_or(notification.at));
    json!({
        "status": status(item.map_or_else(|| is_over(notification), alerts::is_over)),
        "labels": labels,
        "annotations": annotations,
        "startsAt": words::instant(item.map_or(notification.at, |item| item.since)),
        // what has no end yet ends in the year 1: so has the language that Alertmanager is written in
        "endsAt": ends_at.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), words::instant),
        "generatorURL": item.and_then(|item| item.url(notification.external_url.as_deref())).unwrap_or_default(),
        "fingerprint": alerts::fingerprint(labels),
    })
}

/// Whether nothing is left to be told of. A notification that lists nothing says something all the same.
fn is_over(notification: &Notification) -> bool {
    let says_something = notification.incidents.is_empty() && notification.reason != Reason::Resolved;
    !notification.is_open && !says_something
}

fn status(is_over: bool) -> &'static str {
    if is_over { "resolved" } else { "firing" }
}

fn group_labels(notification: &Notification) -> Pairs {
    notification.labels.iter().map(|(name, value)| (alerts::label_name(name), words::clean(value, 500))).collect()
}
