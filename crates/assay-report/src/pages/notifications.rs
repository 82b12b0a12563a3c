//! Notifications: messages to receivers, what became of each, and how it stands with the receivers.

use std::io;

use assay_core::ops::Millis;
use assay_core::ops::outbox::{Message, MessageState};
use serde::Serialize;

use super::frame::{Frame, Place};
use super::incidents::Choice;
use super::time::When;
use super::{link, page, signs};
use crate::formats::html::view::{Badge, cut};
use crate::formats::text::words::plural;

/// Messages of one page.
pub const ROWS: usize = 100;
/// Incidents of a message that are linked to.
const LINKED: usize = 5;

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Notifications {
    /// What the address asks for.
    pub filter: Filter,
    /// Those found: waiting ones oldest first, others newest first.
    pub messages: Vec<Message>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// How many wait in all, and since when the oldest does.
    pub waiting: (u64, Option<Millis>),
    /// How many were given up and are still kept.
    pub dead: u64,
    /// Who can be told.
    pub receivers: Vec<Receiver>,
}

/// Somebody who can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The name.
    pub name: String,
    /// Its kind.
    pub integration: String,
    /// Who is told where it cannot be reached.
    pub fallback: Option<String>,
    /// Messages that wait for it, and when the oldest was written.
    pub waiting: (u64, Option<Millis>),
    /// Since when it wants nothing any more, and what it answered.
    pub disabled: Option<(Millis, String)>,
}

/// Which messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this state.
    pub state: Option<MessageState>,
    /// To this receiver; empty: to any.
    pub receiver: String,
    /// Those that tell of this incident.
    pub incident: Option<u64>,
}

impl Filter {
    /// From the pairs of an address; what is not known is left out.
    pub fn of<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut filter = Filter::default();
        for (name, value) in pairs {
            match name {
                "state" => filter.state = MessageState::named(value),
                "receiver" => filter.receiver = value.trim().to_owned(),
                "incident" => filter.incident = value.trim().trim_start_matches('#').parse().ok(),
                _ => {}
            }
        }
        filter
    }
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn notifications(frame: &Frame, of: &Notifications) -> io::Result<Vec<u8>> {
    let (filter, now) = (&of.filter, frame.now);
    let state = filter.state.map_or("", MessageState::name);
    let states = [("", "all"), ("waiting", "waiting"), ("dead", "given up"), ("delivered", "delivered")];
    let view = Page {
        states: states.map(|(name, text)| Choice::new(name, text, state)).to_vec(),
        receiver: &filter.receiver,
        incident: filter.incident.map_or_else(String::new, |number| number.to_string()),
        is_set: *filter != Filter::default(),
        rows: of.messages.iter().map(|message| Row::new(message, now)).collect(),
        more: of.more,
        waiting: (of.waiting.0 > 0).then(|| plural(usize::try_from(of.waiting.0).unwrap_or(usize::MAX), "message")),
        oldest: When::some(of.waiting.1, now),
        dead: of.dead,
        receivers: of.receivers.iter().map(|receiver| ReceiverRow::new(receiver, now)).collect(),
    };
    page("pages/notifications.html", Place::Notifications, "Notifications", frame, &view)
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    states: Vec<Choice>,
    receiver: &'a str,
    incident: String,
    is_set: bool,
    rows: Vec<Row>,
    more: bool,
    waiting: Option<String>,
    oldest: Option<When>,
    dead: u64,
    receivers: Vec<ReceiverRow>,
}

/// A message in a row.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub id: String,
    pub badge: Badge,
    pub receiver: String,
    pub target: Option<String>,
    pub integration: String,
    pub reason: String,
    pub incidents: Vec<Told>,
    /// How many more incidents it tells of.
    pub others: usize,
    pub written: When,
    pub tries: u32,
    pub next: Option<When>,
    pub ended: Option<When>,
    pub error: Option<String>,
    /// Where it is tried again, unless it was delivered.
    pub retry_href: Option<String>,
    /// Where it is dropped, while it waits.
    pub drop_href: Option<String>,
}

/// An incident that a message tells of.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    pub number: u64,
    pub href: String,
}

impl Row {
    pub fn new(message: &Message, now: Millis) -> Self {
        let waits = message.state == MessageState::Waiting;
        let told = |number: &u64| Told { number: *number, href: link::incident(*number) };
        Row {
            id: message.id.clone(),
            badge: signs::of_message(message),
            receiver: cut(&message.receiver),
            target: (!message.target.is_empty()).then(|| cut(&message.target)),
            integration: cut(&message.integration),
            reason: reason(&message.reason),
            incidents: message.incidents.iter().take(LINKED).map(told).collect(),
            others: message.incidents.len().saturating_sub(LINKED),
            written: When::new(message.created_at, now),
            tries: message.attempts,
            next: When::some(Some(message.next_at).filter(|_| waits), now),
            ended: When::some(message.ended_at, now),
            error: message.last_error.as_deref().map(cut),
            retry_href: (message.state != MessageState::Delivered).then(|| link::message(&message.id, "retry")),
            drop_href: waits.then(|| link::message(&message.id, "drop")),
        }
    }
}

/// A code of the store in words; one that is not known as it is.
fn reason(code: &str) -> String {
    match code {
        "test" => "a trial",
        "escalated" => "nobody acknowledged",
        "opened" => "opened",
        "worsened" => "became worse",
        "new_member" => "one more",
        "reopened" => "opened again",
        "mute_ended" => "no longer muted",
        "partly_resolved" => "partly resolved",
        "resolved" => "resolved",
        "repeat" => "still open",
        "digest" => "digest",
        "fallback" => "another could not be reached",
        "retrain" => "train the model again",
        code => return cut(code),
    }
    .into()
}

#[derive(Debug, Serialize)]
struct ReceiverRow {
    name: String,
    integration: String,
    fallback: Option<String>,
    waiting: u64,
    oldest: Option<When>,
    disabled: Option<When>,
    why: Option<String>,
    href: String,
}

impl ReceiverRow {
    fn new(receiver: &Receiver, now: Millis) -> Self {
        ReceiverRow {
            name: cut(&receiver.name),
            integration: cut(&receiver.integration),
            fallback: receiver.fallback.as_deref().map(cut),
            waiting: receiver.waiting.0,
            oldest: When::some(receiver.waiting.1, now),
            disabled: When::some(receiver.disabled.as_ref().map(|(at, _)| *at), now),
            why: receiver.disabled.as_ref().map(|(_, why)| cut(why)),
            href: format!("/notifications{}", link::query(&[("receiver", &receiver.name)])),
        }
    }
}
