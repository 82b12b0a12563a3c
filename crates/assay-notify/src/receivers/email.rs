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

use super::{Building, Mail, Outgoing, Receiver, ReceiverSpec, Relay};
use crate::mail::{self, Letter, headers};
use crate::notification::Notification;

/// Recipients of one receiver, at most.
const MOST_RECIPIENTS: usize = 50;
/// Characters of a prefix, at most: a subject is still to be seen behind it.
const MOST_PREFIX: usize = 50;
/// Bytes of an address, at most (RFC 5321, 4.5.3.1.3, without the brackets).
const MOST_ADDRESS: usize = 254;

/// The kind.
pub const SPEC: ReceiverSpec = ReceiverSpec {
    name: "email",
    about: "mails over the relay of a connection: text and HTML, threads by incident",
    example: "{to: [data@shop.example], connection: mail, subject_prefix: \"[shop]\"}",
    build,
    schema: || schemars::schema_for!(Parameters).to_value(),
};

/// Mails, over the relay of a connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// Who gets them: `ada@shop.example` or `Ada <ada@shop.example>`. Each gets a mail of their own.
    #[schemars(with = "Vec<String>", length(min = 1, max = 50))]
    to: Vec<Spanned<String>>,
    /// The connection of assay.yaml whose `smtp` is used; may be left out where there is only one.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    connection: Option<Spanned<String>>,
    /// Who they are from, instead of `from` of the connection.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    from: Option<Spanned<String>>,
    /// Who answers go to.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    reply_to: Option<Spanned<String>>,
    /// Stands before every subject, such as `[shop]`.
    #[serde(default)]
    #[schemars(with = "Option<String>", length(max = 50))]
    subject_prefix: Option<Spanned<String>>,
}

#[derive(Debug)]
struct Email {
    relay: Relay,
    letter: Letter,
}

impl Receiver for Email {
    fn integration(&self) -> &'static str {
        SPEC.name
    }

    fn targets(&self) -> Vec<String> {
        self.letter.to.iter().map(|mailbox| mailbox.email.to_string()).collect()
    }

    fn outgoing(&self, notification: &Notification, target: &str, _: Millis) -> Result<Outgoing, String> {
        let known = self.letter.to.iter().find(|mailbox| mailbox.email.to_string() == target);
        let to = known.ok_or_else(|| format!("{} is no recipient of this receiver any more", shown(target)))?;
        let bytes = mail::compose(&self.letter, to, notification)?;
        let from = self.letter.from.email.to_string();
        Ok(Outgoing::Mail(Box::new(Mail { relay: self.relay.clone(), to: target.to_owned(), bytes, from })))
    }
}

fn build(node: &Node, building: &Building<'_>) -> Result<Box<dyn Receiver>, Vec<Problem>> {
    let parameters = Parameters::deserialize(node).map_err(|error| vec![error.into_problem(node.span)])?;
    let mut problems = Vec::new();
    let to = recipients(&parameters.to, node.span, &mut problems);
    let (name, at) = match &parameters.connection {
        Some(name) => (name.value.as_str(), name.span),
        None => ("", node.span),
    };
    let relay = (building.relay)(name, at).map_err(|problem| problems.push(problem)).ok();
    let own = match (&parameters.from, &relay) {
        (Some(from), _) => Some((from.value.as_str(), from.span)),
        (None, Some((_, from))) => Some((from.as_str(), at)),
        (None, None) => None,
    };
    let from = own.and_then(|(text, span)| read(text, span, "`from`", &mut problems));
    let reply_to =
        parameters.reply_to.as_ref().and_then(|text| read(&text.value, text.span, "`reply_to`", &mut problems));
    let prefix = parameters.subject_prefix.as_ref();
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

fn recipients(to: &[Spanned<String>], span: Span, problems: &mut Vec<Problem>) -> Vec<Mailbox> {
    if to.is_empty() || to.len() > MOST_RECIPIENTS {
        let message = format!("`to` has from 1 to {MOST_RECIPIENTS} addresses, not {}", to.len());
        problems.push(Problem::at(span, message).hint("a list of the mail system's own can have more people on it"));
        return Vec::new();
    }
    let mut mailboxes: Vec<Mailbox> = Vec::new();
    for text in to {
        let Some(mailbox) = read(&text.value, text.span, "a recipient", problems) else { continue };
        let address = mailbox.email.to_string().to_lowercase();
        if mailboxes.iter().any(|known| known.email.to_string().to_lowercase() == address) {
            problems.push(Problem::at(text.span, format!("this address is given twice: {}", shown(&text.value))));
            continue;
        }
        mailboxes.push(mailbox);
    }
    mailboxes
}

/// An address, with a name before it or not. Its domain is written as name servers have it, so that only who has
/// other letters left of the `@` needs a relay that knows them.
fn read(text: &str, span: Span, what: &str, problems: &mut Vec<Problem>) -> Option<Mailbox> {
    let mailbox = parse(text);
    if mailbox.is_none() {
        let message = format!("{what} is an address such as `ada@shop.example`, not {}", shown(text));
        problems.push(Problem::at(span, message).hint("with a name: `Ada <ada@shop.example>`"));
    }
    mailbox
}

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

/// A text as it is quoted in a problem.
fn shown(text: &str) -> String {
    let visible: String = text.chars().flat_map(char::escape_debug).take(80).collect();
    format!("`{visible}`")
}
