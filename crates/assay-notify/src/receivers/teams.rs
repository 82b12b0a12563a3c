//! `teams`: the webhook of a Microsoft Teams workflow, told with one adaptive card. Everything from data stands in text
//! runs, which know no markup; a card is filled from the worst incident on until it is as large as Teams takes it.

use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::secret::Secret;
use assay_core::verdict::Outcome;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reading::{self, Text};
use super::{Building, Built, Outgoing, Receiver, ReceiverSpec, Request, alerts, words};
use crate::notification::{Item, Notification};

/// Bytes of a whole message, at most: some are kept for whoever hands it on.
const MOST_BYTES: usize = 18_000;
/// Characters of a name.
const LONGEST_NAME: usize = 120;
/// Characters of a sentence.
const LONGEST_SENTENCE: usize = 400;

/// The kind.
pub const TEAMS: ReceiverSpec = ReceiverSpec {
    name: "teams",
    about: "a card in a Microsoft Teams channel or chat, through the webhook of a workflow",
    example: "{url: \"${env:TEAMS_URL}\"}",
    build,
    schema: || schemars::schema_for!(Params).to_value(),
};

/// Parameters of `teams`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The URL of the workflow (`Post to a channel when a webhook request is received`).
    #[schemars(with = "String")]
    url: Text,
}

#[derive(Debug)]
struct Teams {
    url: Secret,
}

fn build(node: &Node, building: &Building<'_>) -> Built {
    let params: Params = reading::params(node)?;
    let url = reading::url(&params.url, building).map_err(|problem| vec![problem])?;
    Ok(Box::new(Teams { url }))
}

impl Receiver for Teams {
    fn integration(&self) -> &'static str {
        TEAMS.name
    }

    fn outgoing(&self, notification: &Notification, _: &str, _: Millis) -> Result<Outgoing, String> {
        let body = message(notification).to_string().into_bytes();
        let url = self.url.clone();
        Ok(Outgoing::Http(Request { url, headers: Vec::new(), body, content_type: "application/json", ca: None }))
    }
}

/// As many incidents as the message has room for.
fn message(notification: &Notification) -> Value {
    // what says that there is more is never larger than with all of them left out
    let mut size = envelope(notification, Vec::new(), 0).to_string().len();
    let mut listed = Vec::new();
    for item in &notification.incidents {
        let container = container(item, notification);
        size += container.to_string().len() + 1;
        if size > MOST_BYTES {
            break;
        }
        listed.push(container);
    }
    let n_listed = listed.len();
    envelope(notification, listed, n_listed)
}

fn envelope(notification: &Notification, listed: Vec<Value>, n_listed: usize) -> Value {
    let mut body = vec![
        text(&words::clean(&notification.title, LONGEST_SENTENCE), json!({"weight": "Bolder", "size": "Large"})),
        text(&words::because(notification, LONGEST_SENTENCE), json!({"isSubtle": true})),
    ];
    body.extend(listed);
    if let Some(more) = words::more(notification, n_listed) {
        body.push(text(&more, json!({"weight": "Bolder"})));
    }
    let url = words::incidents_url(notification);
    let actions: Vec<Value> =
        url.iter().map(|url| json!({"type": "Action.OpenUrl", "title": "Incidents", "url": url})).collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "Full"},
                "body": body,
                "actions": actions,
            },
        }],
    })
}

fn container(item: &Item, notification: &Notification) -> Value {
    let external_url = notification.external_url.as_deref();
    let mut places = vec![run(&format!("incident {}", item.number), item.url(external_url))];
    if let Some(report) = item.report_url(external_url) {
        places.extend([run(" · ", None), run("report", Some(report))]);
    }
    places.push(run(&format!(" · {}", words::particulars(item, LONGEST_NAME)), None));
    let mut standing = run(&words::standing(item), None);
    standing["weight"] = "Bolder".into();
    standing["color"] = color(item).into();
    let subject = run(&format!(" · {}", words::subject(item, LONGEST_NAME)), None);
    json!({
        "type": "Container",
        "separator": true,
        "items": [
            {"type": "RichTextBlock", "inlines": [standing, subject]},
            text(&words::clean(&item.message, LONGEST_SENTENCE), json!({})),
            {"type": "RichTextBlock", "inlines": places},
        ],
    })
}

fn color(item: &Item) -> &'static str {
    match item.severity {
        _ if alerts::is_over(item) => "Good",
        Outcome::Fail | Outcome::Error => "Attention",
        Outcome::Warn => "Warning",
        Outcome::Pass | Outcome::Skipped => "Default",
    }
}

/// One paragraph of one run.
fn text(text: &str, style: Value) -> Value {
    let mut run = run(text, None);
    if let (Some(run), Value::Object(style)) = (run.as_object_mut(), style) {
        run.extend(style);
    }
    json!({"type": "RichTextBlock", "inlines": [run]})
}

/// A text without markup, and what opens where somebody clicks on it.
fn run(text: &str, url: Option<String>) -> Value {
    let mut run = json!({"type": "TextRun", "text": runs_text(text)});
    if let Some(url) = url {
        run["selectAction"] = json!({"type": "Action.OpenUrl", "url": url});
    }
    run
}

/// Two braces begin a date that the card would fill in: they are kept apart.
fn runs_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char == '{' && out.ends_with('{') {
            out.push(' ');
        }
        out.push(char);
    }
    out
}
