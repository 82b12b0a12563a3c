//! `slack`: an incoming webhook of a channel. Everything from data stands in texts that Slack does not interpret
//! (`plain_text`); only our own words and links are markup.

use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::secret::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reading::{self, Text};
use super::{Answer, Building, Built, Outgoing, Receiver, ReceiverSpec, Request, Tried, first_line, judge, words};
use crate::notification::{Item, Notification};

/// Incidents of one message, at most: with two blocks each they stay below the 50 blocks that Slack takes.
const MOST_LISTED: usize = 20;
/// Characters of a header, as Slack takes them.
const LONGEST_HEADER: usize = 150;
/// Characters of a section's text, as Slack takes them.
const LONGEST_TEXT: usize = 3000;
/// Characters of a name.
const LONGEST_NAME: usize = 150;
/// Characters of a sentence.
const LONGEST_SENTENCE: usize = 700;

/// The kind.
pub const SLACK: ReceiverSpec = ReceiverSpec {
    name: "slack",
    about: "a message in the channel of a Slack incoming webhook",
    example: "{url: \"${file:/run/secrets/slack_url}\"}",
    build,
    schema: || schemars::schema_for!(Params).to_value(),
};

/// Parameters of `slack`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The URL of the incoming webhook: it belongs to one channel, and whoever has it can write there.
    #[schemars(with = "String")]
    url: Text,
}

#[derive(Debug)]
struct Slack {
    url: Secret,
}

fn build(node: &Node, building: &Building<'_>) -> Built {
    let params: Params = reading::params(node)?;
    let url = reading::url(&params.url, building).map_err(|problem| vec![problem])?;
    Ok(Box::new(Slack { url }))
}

impl Receiver for Slack {
    fn integration(&self) -> &'static str {
        SLACK.name
    }

    fn outgoing(&self, notification: &Notification, _: &str, _: Millis) -> Result<Outgoing, String> {
        let body = serde_json::to_vec(&message(notification)).map_err(|error| format!("no message: {error}"))?;
        let url = self.url.clone();
        Ok(Outgoing::Http(Request { url, headers: Vec::new(), body, content_type: "application/json", ca: None }))
    }

    /// Slack says in a word what is wrong. A channel that was archived and a webhook that was removed may come back, so
    /// that the receiver stays: only this message is given up.
    fn judge(&self, answer: &Answer) -> Tried {
        let word = first_line(&answer.body).unwrap_or_default();
        let meaning = MEANINGS.iter().find(|(name, _)| *name == word).map(|(_, meaning)| *meaning);
        match (judge(answer), meaning) {
            (Tried::Retry { error, after }, _) => Tried::Retry { error, after },
            (_, Some(meaning)) => Tried::Permanent { error: format!("Slack answered `{word}`: {meaning}") },
            (Tried::Gone { error }, None) => Tried::Permanent { error },
            (tried, None) => tried,
        }
    }
}

/// What Slack says, and what it means.
const MEANINGS: &[(&str, &str)] = &[
    ("action_prohibited", "an administrator does not allow it"),
    ("channel_is_archived", "the channel was archived"),
    ("channel_not_found", "there is no such channel"),
    ("invalid_payload", "it cannot read the message"),
    ("invalid_token", "the URL is not valid any more"),
    ("no_active_hooks", "the webhook is switched off"),
    ("no_service", "the webhook was removed or never was"),
    ("no_service_id", "the URL is not that of a webhook"),
    ("no_team", "there is no such workspace"),
    ("posting_to_general_channel_denied", "nobody but some may write there"),
    ("team_disabled", "the workspace was closed"),
    ("user_not_found", "there is no such person"),
];

fn message(notification: &Notification) -> Value {
    let title = words::clean(&notification.title, LONGEST_HEADER);
    let mut blocks = vec![
        json!({"type": "header", "text": plain(&title, LONGEST_HEADER)}),
        json!({"type": "context", "elements": [plain(&words::because(notification, LONGEST_SENTENCE), 1000)]}),
    ];
    let listed = &notification.incidents[..notification.incidents.len().min(MOST_LISTED)];
    blocks.extend(listed.iter().flat_map(|item| blocks_of(item, notification)));
    if let Some(more) = words::more(notification, listed.len()) {
        let all = words::incidents_url(notification).map(|url| link(&url, "all incidents"));
        let text = [Some(more), all].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        blocks.push(json!({"type": "context", "elements": [markup(&text)]}));
    }
    json!({
        "text": escape(&title),
        "mrkdwn": false,
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
}

/// What was found, and below it since when and where to look.
fn blocks_of(item: &Item, notification: &Notification) -> [Value; 2] {
    let head = format!("{} · {}", words::standing(item), words::subject(item, LONGEST_NAME));
    let found = format!("{head}\n{}", words::clean(&item.message, LONGEST_SENTENCE));
    let mut elements = Vec::new();
    let external_url = notification.external_url.as_deref();
    match (item.url(external_url), item.report_url(external_url)) {
        (Some(incident), Some(report)) => {
            let incident = link(&incident, &format!("incident {}", item.number));
            elements.push(markup(&format!("{incident} · {}", link(&report, "report"))));
        }
        _ => elements.push(plain(&format!("incident {}", item.number), 100)),
    }
    elements.push(plain(&words::particulars(item, LONGEST_NAME), 1000));
    if let Some(command) = &item.reproduce {
        elements.push(plain(&words::clean(command, LONGEST_SENTENCE), 1000));
    }
    [json!({"type": "section", "text": plain(&found, LONGEST_TEXT)}), json!({"type": "context", "elements": elements})]
}

/// A text that is shown as it is. Slack takes no empty one.
fn plain(text: &str, most: usize) -> Value {
    let text = if text.is_empty() { "–" } else { text };
    json!({"type": "plain_text", "text": escape_within(text, most), "emoji": false})
}

/// A text of our own words and links. Nothing of it becomes a link or a mention by itself.
fn markup(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

fn link(url: &str, name: &str) -> String {
    format!("<{}|{name}>", escape(&url.replace('|', "%7C")))
}

/// Slack's three characters.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same with no more characters than Slack takes: what is too long is cut between characters, not inside an escape.
fn escape_within(text: &str, most: usize) -> String {
    let escaped = escape(text);
    if escaped.chars().count() <= most {
        return escaped;
    }
    let mut out = String::new();
    let mut n_chars = 1;
    for char in text.chars() {
        let piece = escape(&char.to_string());
        n_chars += piece.chars().count();
        if n_chars > most {
            break;
        }
        out.push_str(&piece);
    }
    out.push('…');
    out
}
