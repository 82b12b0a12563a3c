//! `alertmanager`: incidents pushed to an Alertmanager (API v2), each as an alert; grouping, silences and receivers are then
//! its own. It forgets alerts when it starts again, and takes one whose end has passed for resolved: an open incident ends
//! days ahead, and is pushed again every [`RESEND`].

use std::borrow::Cow;

use assay_core::node::Node;
use assay_core::node::de::Spanned;
use assay_core::ops::Millis;
use assay_core::problem::{Problem, Span};
use assay_core::secret::Secret;
use assay_core::verdict::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::alerts::{self, Pairs};
use super::reading::{self, Text};
use super::{Building, Built, Outgoing, Receiver, ReceiverSpec, Request, words};
use crate::notification::{Item, Notification, Reason};

/// How often an open incident is pushed again: so long an Alertmanager that was started again does not know it.
const RESEND: Millis = 15 * 60 * 1000;
/// How far ahead the end of an open incident is: longer than a message is tried, so that nothing that is broken is taken
/// for resolved because nobody could say so.
const OPEN_FOR: Millis = 7 * 24 * 3600 * 1000;
/// How long an alert stays that only says something, or that somebody tries.
const NOTICE_FOR: Millis = 5 * 60 * 1000;
/// Members of a cluster, at most.
const MOST_URLS: usize = 10;

/// The kind.
pub const ALERTMANAGER: ReceiverSpec = ReceiverSpec {
    name: "alertmanager",
    about: "alerts pushed to a Prometheus Alertmanager, or to each of a cluster (API v2)",
    example: "{urls: [\"http://alertmanager-1:9093\", \"http://alertmanager-2:9093\"]}",
    build,
    schema: || schemars::schema_for!(Params).to_value(),
};

/// Parameters of `alertmanager`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Where Alertmanager is, without `/api/v2/alerts`; of a cluster all its members, each is told by itself.
    #[schemars(with = "Vec<String>", length(min = 1, max = 10))]
    urls: Spanned<Vec<Text>>,
    /// Name and password of a proxy before it.
    basic_auth: Option<BasicAuth>,
    /// A bearer token of a proxy before it.
    #[schemars(with = "Option<String>")]
    token: Option<Text>,
    /// A file with certificates (PEM) that are trusted beside the system's.
    #[schemars(with = "Option<String>")]
    ca: Option<Spanned<String>>,
}

/// Name and password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BasicAuth {
    /// The name.
    #[schemars(with = "String")]
    username: Text,
    /// The password.
    #[schemars(with = "String")]
    password: Text,
}

#[derive(Debug)]
struct Alertmanager {
    /// By name.
    members: Vec<(String, Secret)>,
    authorization: Option<Secret>,
    ca: Option<String>,
}

fn build(node: &Node, building: &Building<'_>) -> Built {
    let params: Params = reading::params(node)?;
    let mut problems = Vec::new();
    let urls = &params.urls;
    if urls.value.is_empty() || urls.value.len() > MOST_URLS {
        problems.push(Problem::at(urls.span, format!("expected 1 to {MOST_URLS} URLs")));
    }
    let mut members = Vec::new();
    for text in &urls.value {
        if let Some(member) = reading::keep(member(text, building, &members), &mut problems) {
            members.push(member);
        }
    }
    let authorization = reading::keep(authorization(&params, building), &mut problems).flatten();
    let ca = reading::keep(reading::ca(params.ca.as_ref()), &mut problems).flatten();
    match problems.is_empty() {
        true => Ok(Box::new(Alertmanager { members, authorization, ca })),
        false => Err(problems),
    }
}

/// A member of the cluster: host and port, by which it is known in the store, and where alerts are pushed.
fn member(text: &Text, building: &Building<'_>, known: &[(String, Secret)]) -> Result<(String, Secret), Problem> {
    let wrong = |what: &str| Problem::at(text.span, what);
    let secret = reading::url(text, building)?;
    let mut url = Url::parse(secret.expose()).map_err(|_| wrong("the URL cannot be read"))?;
    if url.query().is_some() {
        return Err(wrong("the URL has a `?` in it: expected where Alertmanager is, and nothing more"));
    }
    let base = url.path().trim_end_matches('/');
    if base.ends_with("/api/v2/alerts") || base.ends_with("/api/v2") {
        return Err(wrong("the URL has the path of the API in it").hint("leave `/api/v2` away: it is added"));
    }
    let path = format!("{base}/api/v2/alerts");
    url.set_path(&path);
    if known.iter().any(|(_, member)| member.expose() == url.as_str()) {
        return Err(wrong("the same URL stands here twice"));
    }
    let host = url.host_str().unwrap_or_default();
    let name = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
    let n_same = known.iter().filter(|(known, _)| known.split('#').next() == Some(name.as_str())).count();
    let name = if n_same == 0 { name } else { format!("{name}#{}", n_same + 1) };
    Ok((name, Secret::new(url)))
}

fn authorization(params: &Params, building: &Building<'_>) -> Result<Option<Secret>, Problem> {
    match (&params.basic_auth, &params.token) {
        (Some(basic), Some(_)) => {
            Err(Problem::at(basic.username.span, "`basic_auth` and `token` cannot stand together"))
        }
        (Some(basic), None) => {
            let username = reading::secret(&basic.username, building)?;
            let password = reading::secret(&basic.password, building)?;
            if username.expose().contains(':') {
                return Err(Problem::at(basic.username.span, "the name has a `:` in it, which ends it"));
            }
            let pair = STANDARD.encode(format!("{}:{}", username.expose(), password.expose()));
            credentials(format!("Basic {pair}"), basic.password.span)
        }
        (None, Some(token)) => {
            credentials(format!("Bearer {}", reading::secret(token, building)?.expose()), token.span)
        }
        (None, None) => Ok(None),
    }
}

fn credentials(value: String, span: Span) -> Result<Option<Secret>, Problem> {
    match reading::is_header_value(&value) {
        true => Ok(Some(Secret::new(value))),
        false => Err(Problem::at(span, "it has characters that a header cannot have, or too many")),
    }
}

impl Receiver for Alertmanager {
    fn integration(&self) -> &'static str {
        ALERTMANAGER.name
    }

    fn targets(&self) -> Vec<String> {
        self.members.iter().map(|(name, _)| name.clone()).collect()
    }

    fn resend_every(&self) -> Option<Millis> {
        Some(RESEND)
    }

    fn outgoing(&self, notification: &Notification, target: &str, now: Millis) -> Result<Outgoing, String> {
        let member = self.members.iter().find(|(name, _)| name == target);
        let Some((_, url)) = member else {
            return Err(format!("the receiver has no Alertmanager `{}` any more", words::clean(target, 100)));
        };
        let body = Value::from(pushed(notification, now)).to_string().into_bytes();
        let headers = self.authorization.iter().map(|value| (Cow::Borrowed("authorization"), value.clone())).collect();
        let (url, ca) = (url.clone(), self.ca.clone());
        Ok(Outgoing::Http(Request { url, headers, body, content_type: "application/json", ca }))
    }
}

fn pushed(notification: &Notification, now: Millis) -> Vec<Value> {
    if notification.incidents.is_empty() {
        let (labels, annotations) = alerts::notice(notification);
        return vec![alert(&labels, annotations, None, (notification.at, now + NOTICE_FOR))];
    }
    let open_for = if notification.reason == Reason::Test { NOTICE_FOR } else { OPEN_FOR };
    let mut pushed = Vec::new();
    for item in &notification.incidents {
        let url = item.url(notification.external_url.as_deref());
        let labels = alerts::labels(item);
        let annotations = alerts::annotations(item, notification);
        let ends_at = match alerts::is_over(item) {
            true => item.resolved_at.unwrap_or(notification.at),
            false => now + open_for,
        };
        if let Some(before) = before_worse(item, &labels) {
            pushed.push(alert(&before, annotations.clone(), url.clone(), (item.since, notification.at)));
        }
        pushed.push(alert(&labels, annotations, url, (item.since, ends_at)));
    }
    pushed
}

/// The labels that an incident had before it became worse: for Alertmanager that was another alert, which is over now.
fn before_worse(item: &Item, labels: &Pairs) -> Option<Pairs> {
    let is_worse = item.news == Some(Reason::Worsened) && item.severity == Outcome::Fail;
    is_worse.then(|| {
        let mut before = labels.clone();
        before.insert("severity".into(), "warn".into());
        before.insert("outcome".into(), "warn".into());
        before
    })
}

fn alert(labels: &Pairs, annotations: Pairs, url: Option<String>, (from, to): (Millis, Millis)) -> Value {
    let mut alert = json!({
        "labels": labels,
        "annotations": annotations,
        "startsAt": words::instant(from),
        // an end before the beginning is refused
        "endsAt": words::instant(to.max(from)),
    });
    // a text that is no URL is refused, an empty one too
    if let Some(url) = url {
        alert["generatorURL"] = url.into();
    }
    alert
}
