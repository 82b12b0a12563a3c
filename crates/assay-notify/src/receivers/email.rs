//! Mails over a relay: one for each recipient, so that one who cannot be reached does not stop the others. All of them
//! are the same mail, under one id, with all recipients in `To`.

use assay_core::node::Node;
use assay_core::node::de::Spanned;
use assay_core::ops::Millis;
use assay_core::problem::{Problem, Span};
use lettre::Address;
use lettre::message::Mailbox;
use schemars::JsonSchema;
use serde::Deserialize;

use super::reading::{self, Text};
use super::{Building, Built, Mail, Outgoing, Receiver, ReceiverSpec, Relay, words};
use crate::mail::{self, Letter, headers};
use crate::notification::Notification;

/// Recipients of one receiver, at most.
const MOST_RECIPIENTS: usize = 50;
/// Characters of a prefix, at most: a subject is still to be seen behind it.
const MOST_PREFIX: usize = 50;
/// Bytes of an address, at most (RFC 5321, 4.5.3.1.3, without the brackets).
const MOST_ADDRESS: usize = 254;
/// What the only connection with a mail relay is asked for by.
const ONLY_CONNECTION: &str = "";

/// The kind.
pub(super) const EMAIL: ReceiverSpec = ReceiverSpec {
    name: "email",
    about: "mails over the relay of a connection: text and HTML, threads by incident",
    example: "{to: [data@shop.example], connection: mail, subject_prefix: \"[shop]\"}",
    build,
    schema: || schemars::schema_for!(Params).to_value(),
};

/// Mails, over the relay of a connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Who gets them: `ada@shop.example` or `Ada <ada@shop.example>`. Each gets a mail of their own.
    #[schemars(with = "Vec<String>", length(min = 1, max = 50))]
    to: Vec<Text>,
    /// The connection of assay.yaml whose `smtp` is used; may be left out where there is only one.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    connection: Option<Spanned<String>>,
    /// Who they are from, instead of `from` of the connection.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    from: Option<Text>,
    /// Who answers go to.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    reply_to: Option<Text>,
    /// Stands before every subject, such as `[shop]`.
    #[serde(default)]
    #[schemars(with = "Option<String>", length(min = 1, max = 50))]
    subject_prefix: Option<Spanned<String>>,
}

#[derive(Debug)]
struct Email {
    relay: Relay,
    letter: Letter,
}

impl Receiver for Email {
    fn integration(&self) -> &'static str {
        EMAIL.name
    }

    fn targets(&self) -> Vec<String> {
        self.letter.to.iter().map(|mailbox| mailbox.email.to_string()).collect()
    }

    fn outgoing(&self, notification: &Notification, target: &str, _: Millis) -> Result<Outgoing, String> {
        let known = self.letter.to.iter().find(|mailbox| mailbox.email.to_string() == target);
        let to =
            known.ok_or_else(|| format!("{} is no recipient of this receiver any more", words::clean(target, 100)))?;
        let bytes = mail::compose(&self.letter, to, notification)?;
        let from = self.letter.from.email.to_string();
        Ok(Outgoing::Mail(Box::new(Mail { relay: self.relay.clone(), to: target.to_owned(), bytes, from })))
    }
}

fn build(node: &Node, building: &Building<'_>) -> Built {
    let params: Params = reading::params(node)?;
    let mut problems = Vec::new();
    let to = recipients(&params.to, node.span, building, &mut problems);
    let (name, at) = match &params.connection {
        Some(name) => (name.value.as_str(), name.span),
        None => (ONLY_CONNECTION, node.span),
    };
    let relay = (building.relay)(name, at).map_err(|problem| problems.push(problem)).ok();
    let from = match (&params.from, &relay) {
        (Some(from), _) => address(from, building).map_err(|problem| problems.push(problem)).ok(),
        (None, Some((_, from))) => read(from, at).map_err(|problem| problems.push(problem)).ok(),
        (None, None) => None,
    };
    let reply_to = params.reply_to.as_ref().map(|text| address(text, building)).transpose();
    let reply_to = reply_to.map_err(|problem| problems.push(problem)).ok().flatten();
    let prefix = params.subject_prefix.as_ref();
    if let Some(prefix) = prefix.filter(|prefix| !is_prefix(&prefix.value)) {
        let message = format!("`subject_prefix` has from 1 to {MOST_PREFIX} characters, all of them visible");
        problems.push(Problem::at(prefix.span, message));
    }
    match (relay, from) {
        (Some((relay, _)), Some(from)) if problems.is_empty() => {
            let subject_prefix = prefix.map(|prefix| prefix.value.clone());
            Ok(Box::new(Email { relay, letter: Letter { from, to, reply_to, subject_prefix } }))
        }
        _ => Err(problems),
    }
}

fn is_prefix(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MOST_PREFIX && !text.chars().any(char::is_control)
}

fn recipients(to: &[Text], at: Span, building: &Building<'_>, problems: &mut Vec<Problem>) -> Vec<Mailbox> {
    if to.is_empty() || to.len() > MOST_RECIPIENTS {
        let message = format!("`to` has from 1 to {MOST_RECIPIENTS} addresses, not {}", to.len());
        problems.push(Problem::at(at, message).hint("a list of the mail system's own can have more people on it"));
        return Vec::new();
    }
    let mut mailboxes: Vec<Mailbox> = Vec::new();
    for text in to {
        match address(text, building) {
            Ok(mailbox) if mailboxes.iter().any(|known| is_same(known, &mailbox)) => {
                problems.push(Problem::at(text.span, "this address is given twice"));
            }
            Ok(mailbox) => mailboxes.push(mailbox),
            Err(problem) => problems.push(problem),
        }
    }
    mailboxes
}

fn is_same(one: &Mailbox, other: &Mailbox) -> bool {
    one.email.to_string().to_lowercase() == other.email.to_string().to_lowercase()
}

/// An address of a parameter, its placeholders filled in.
fn address(text: &Text, building: &Building<'_>) -> Result<Mailbox, Problem> {
    read(reading::secret(text, building)?.expose(), text.span)
}

/// An address, with a name before it or not. It is not told back: a placeholder may have put a secret there.
fn read(text: &str, at: Span) -> Result<Mailbox, Problem> {
    let hint = "with a name before it: `Ada <ada@shop.example>`";
    parse(text).ok_or_else(|| Problem::at(at, "expected a mail address such as `ada@shop.example`").hint(hint))
}

/// The domain is written as name servers have it, so that only an address with other letters left of the `@` needs a
/// relay that knows them. Quoted names left of it are refused: they are where servers disagree.
fn parse(text: &str) -> Option<Mailbox> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let Mailbox { name, email } = text.trim().parse().ok()?;
    let is_usual = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let domain = headers::ascii_domain(email.domain())?;
    if !email.user().chars().all(is_usual) || email.user().len() + domain.len() >= MOST_ADDRESS {
        return None;
    }
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    Some(Mailbox::new(name, Address::new(email.user(), domain).ok()?))
}
