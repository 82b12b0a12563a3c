//! `pagerduty`: one event (Events API v2) for each notification. A group of incidents is one alert of PagerDuty: its key is
//! made of the group's, so that what is opened again is the same alert, and its end resolves what its beginning triggered.

use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::ops::incidents::IncidentState;
use assay_core::problem::Problem;
use assay_core::secret::Secret;
use assay_core::verdict::Outcome;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::reading::{self, Text};
use super::{Building, Built, Outgoing, Receiver, ReceiverSpec, Request, alerts, words};
use crate::notification::{Item, Notification, Reason};

/// Where events go where nothing else is written.
const EVENTS: &str = "https://events.pagerduty.com/v2/enqueue";
/// Characters of a summary, as PagerDuty takes them.
const LONGEST_SUMMARY: usize = 1024;
/// Incidents in the details of an event, at most.
const MOST_LISTED: usize = 50;
/// Bytes of them, at most: with all else they stay far below the 512 KB that PagerDuty takes.
const MOST_BYTES: usize = 200_000;
/// Links of an event.
const MOST_LINKS: usize = 10;
/// Characters of a name.
const LONGEST_NAME: usize = 200;

/// The kind.
pub const PAGERDUTY: ReceiverSpec = ReceiverSpec {
    name: "pagerduty",
    about: "an alert of a PagerDuty service (Events API v2)",
    example: "{routing_key: \"${env:PD_KEY}\"}",
    build,
    schema: || schemars::schema_for!(Params).to_value(),
};

/// Parameters of `pagerduty`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The integration key of the service.
    #[schemars(with = "String")]
    routing_key: Text,
    /// Where events go; for accounts in the EU `https://events.eu.pagerduty.com/v2/enqueue`.
    #[schemars(with = "Option<String>")]
    url: Option<Text>,
}

#[derive(Debug)]
struct PagerDuty {
    routing_key: Secret,
    url: Secret,
}

fn build(node: &Node, building: &Building<'_>) -> Built {
    let params: Params = reading::params(node)?;
    let mut problems = Vec::new();
    let routing_key = reading::keep(routing_key(&params.routing_key, building), &mut problems);
    let url = match &params.url {
        Some(text) => reading::keep(reading::url(text, building), &mut problems),
        None => Some(Secret::new(EVENTS)),
    };
    match (routing_key, url) {
        (Some(routing_key), Some(url)) => Ok(Box::new(PagerDuty { routing_key, url })),
        _ => Err(problems),
    }
}

fn routing_key(text: &Text, building: &Building<'_>) -> Result<Secret, Problem> {
    let key = reading::secret(text, building)?;
    let is_key = key.expose().len() == 32 && key.expose().chars().all(|char| char.is_ascii_alphanumeric());
    match is_key {
        true => Ok(key),
        false => Err(Problem::at(text.span, "expected an integration key: 32 letters and digits")
            .hint("it is shown where the service's integration `Events API V2` was added")),
    }
}

impl Receiver for PagerDuty {
    fn secrets_inside(&self) -> Vec<&Secret> {
        vec![&self.routing_key]
    }

    fn integration(&self) -> &'static str {
        PAGERDUTY.name
    }

    fn outgoing(&self, notification: &Notification, _: &str, _: Millis) -> Result<Outgoing, String> {
        let body = event(notification, &self.routing_key).to_string().into_bytes();
        let url = self.url.clone();
        Ok(Outgoing::Http(Request { url, headers: Vec::new(), body, content_type: "application/json", ca: None }))
    }
}

fn event(notification: &Notification, routing_key: &Secret) -> Value {
    let action = action(notification);
    let mut event = json!({
        "routing_key": routing_key.expose(),
        "event_action": action,
        "dedup_key": dedup_key(notification),
        "payload": payload(notification),
    });
    // the other two kinds of events take none
    if action == "trigger" {
        event["client"] = "Assay".into();
        event["links"] = links(notification).into();
        if let Some(url) = &notification.external_url {
            event["client_url"] = url.as_str().into();
        }
    }
    event
}

/// `resolve` where all is over, `acknowledge` where somebody looks after all that is open, else `trigger`: an alert that is
/// triggered again takes the new text.
fn action(notification: &Notification) -> &'static str {
    if !notification.is_open && notification.reason != Reason::Test {
        return "resolve";
    }
    let mut open = notification.incidents.iter().filter(|item| !alerts::is_over(item)).peekable();
    let is_listed = open.peek().is_some() && notification.left_out == 0;
    if is_listed && open.all(|item| item.state == IncidentState::Acknowledged) { "acknowledge" } else { "trigger" }
}

/// PagerDuty takes 255 characters, groups have names of any length.
fn dedup_key(notification: &Notification) -> String {
    let hash = Sha256::digest(notification.group.as_bytes());
    let hex: String = hash.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    format!("assay-{hex}")
}

fn payload(notification: &Notification) -> Value {
    let open = notification.incidents.iter().filter(|item| !alerts::is_over(item));
    // the first of the worst, as they are listed
    let worst = open.rev().max_by_key(|item| urgency(item.severity));
    let first = worst.or(notification.incidents.first());
    let mut payload = json!({
        "summary": words::clean(&notification.title, LONGEST_SUMMARY),
        "source": source(notification, first),
        "severity": SEVERITIES[worst.map_or(0, |item| urgency(item.severity))],
        "timestamp": words::instant(notification.at),
        "class": first.map_or_else(|| notification.reason.name().to_owned(), |item| words::clean(&item.check, LONGEST_NAME)),
        "custom_details": details(notification),
    });
    if let Some(item) = first {
        payload["component"] = words::clean(&item.document, LONGEST_NAME).into();
    }
    if let Some(layer) = first.and_then(|item| item.layer.as_deref()) {
        payload["group"] = words::clean(layer, LONGEST_NAME).into();
    }
    payload
}

fn source(notification: &Notification, first: Option<&Item>) -> String {
    let project = notification.project.as_deref().map(|project| words::clean(project, LONGEST_NAME));
    let document = || first.map(|item| words::clean(&item.document, LONGEST_NAME));
    project.or_else(document).filter(|source| !source.is_empty()).unwrap_or_else(|| "assay".into())
}

/// PagerDuty's words for how bad it is: data that are wrong are worse than data that nobody could look at.
const SEVERITIES: [&str; 4] = ["info", "warning", "error", "critical"];

fn urgency(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Pass | Outcome::Skipped => 0,
        Outcome::Warn => 1,
        Outcome::Error => 2,
        Outcome::Fail => 3,
    }
}

fn details(notification: &Notification) -> Value {
    let listed = listed(notification);
    let n_listed = listed.len();
    let mut details = json!({
        "why": words::clean(&notification.why, 1000),
        "open": notification.open,
        "resolved": notification.resolved,
        "route": words::clean(&notification.route, 1000),
        "incidents": listed,
    });
    if let Some(more) = words::more(notification, n_listed) {
        details["more"] = more.into();
    }
    details
}

/// As many incidents as there is room for.
fn listed(notification: &Notification) -> Vec<Value> {
    let mut size = 0;
    let fits = |incident: &Value| {
        size += incident.to_string().len();
        size <= MOST_BYTES
    };
    notification.incidents.iter().take(MOST_LISTED).map(incident).take_while(fits).collect()
}

fn incident(item: &Item) -> Value {
    json!({
        "incident": item.number,
        "what": format!("{} · {}", words::standing(item), words::subject(item, LONGEST_NAME)),
        "found": words::clean(&item.message, 700),
        "particulars": words::particulars(item, LONGEST_NAME),
        "reproduce": item.reproduce.as_deref().map(|command| words::clean(command, 700)),
    })
}

fn links(notification: &Notification) -> Vec<Value> {
    let of = |item: &Item| {
        let href = item.url(notification.external_url.as_deref())?;
        Some(json!({"href": href, "text": format!("incident {}", item.number)}))
    };
    notification.incidents.iter().filter_map(of).take(MOST_LINKS).collect()
}
