//! Receivers: how somebody is told. A receiver is one file: its parameters, what it sends (pure: a request or a mail, not
//! a connection), and what it makes of the answer. The list is [`registry::RECEIVERS`].

mod alertmanager;
mod alerts;
mod email;
mod pagerduty;
mod reading;
pub mod registry;
pub mod retrain;
mod signing;
mod slack;
mod teams;
mod unspoken;
mod webhook;
mod words;

use std::borrow::Cow;
use std::fmt::Debug;

pub use assay_core::connection::{MailTls, Relay};
use assay_core::engine::BoxFuture;
use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};

use crate::notification::Notification;
use crate::rules::{Destination, Network};
use unspoken::Unspoken;

/// How somebody is told.
pub trait Receiver: Send + Sync + Debug {
    /// The name in the language, in the store and in metrics: `email`, `webhook`, ...
    fn integration(&self) -> &'static str;

    /// The places it goes to, each with messages of its own: the addresses of a mail. One empty text: there is one place.
    fn targets(&self) -> Vec<String> {
        vec![String::new()]
    }

    /// How often it is told of open incidents again although nothing changed, acknowledged ones too, where the route does
    /// not do so earlier: for receivers that forget. They do not tell anybody by that, so that it is no repeat.
    fn resend_every(&self) -> Option<Millis> {
        None
    }

    /// What is sent for a notification. `now` is the time of this try.
    ///
    /// # Errors
    /// It cannot be told to this receiver, whatever is tried; one sentence.
    fn outgoing(&self, notification: &Notification, target: &str, now: Millis) -> Result<Outgoing, String>;

    /// Secrets that stand in the body of what is sent: an answer that repeats them is not quoted.
    fn secrets_inside(&self) -> Vec<&Secret> {
        Vec::new()
    }

    /// What an answer to a request means.
    fn judge(&self, answer: &Answer) -> Tried {
        judge(answer)
    }
}

/// What is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// A request over HTTP, with POST.
    Http(Request),
    /// A mail over SMTP.
    Mail(Box<Mail>),
}

/// A request over HTTP, with POST. Redirects are not followed, whatever the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Where to; it may hold a token.
    pub url: Secret,
    /// Names, and values that are not printed.
    pub headers: Vec<(Cow<'static, str>, Secret)>,
    /// The body.
    pub body: Vec<u8>,
    /// Its type, such as `application/json`.
    pub content_type: &'static str,
    /// A file with certificates (PEM) that are trusted beside the system's.
    pub ca: Option<String>,
}

/// A mail for one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// The relay.
    pub relay: Relay,
    /// The envelope's recipient.
    pub to: String,
    /// The whole message (RFC 5322), lines ending with CR LF.
    pub bytes: Vec<u8>,
    /// The envelope's sender.
    pub from: String,
}

/// An answer over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After` in milliseconds from now.
    pub retry_after: Option<Millis>,
    /// The first 4 KiB of the body, as text.
    pub body: String,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It arrived.
    Delivered,
    /// It did not, and may later.
    Retry {
        /// One sentence, without secrets.
        error: String,
        /// Not before so many milliseconds.
        after: Option<Millis>,
    },
    /// It did not, and never will.
    Permanent {
        /// One sentence, without secrets.
        error: String,
    },
    /// The receiver wants nothing any more, until its settings change.
    Gone {
        /// One sentence, without secrets.
        error: String,
    },
}

/// What an answer means where a receiver has nothing to add: 2xx arrived; 408, 425, 429 and 5xx may later; 410 wants
/// nothing any more; all others, redirects too, never will.
pub fn judge(answer: &Answer) -> Tried {
    let status = answer.status;
    let said = match first_line(&answer.body) {
        Some(line) => format!("the answer was {status}: {line}"),
        None => format!("the answer was {status}"),
    };
    match status {
        200..=299 => Tried::Delivered,
        408 | 425 | 429 | 500..=599 => Tried::Retry { error: said, after: answer.retry_after },
        410 => Tried::Gone { error: said },
        300..=399 => Tried::Permanent { error: format!("{said}; redirects are not followed") },
        _ => Tried::Permanent { error: said },
    }
}

/// The first line of an answer that says something, shortened, control characters left out.
pub(crate) fn first_line(body: &str) -> Option<String> {
    let line = body.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().filter(|char| !char.is_control()).take(200).collect())
}

/// What a receiver is built with.
pub struct Building<'a> {
    /// Fills the placeholders of a text in.
    pub secret: &'a dyn Fn(&Reference, Span) -> Result<Secret, Problem>,
    /// The mail relay of a connection of assay.yaml, and the address mails come from.
    pub relay: &'a FindRelay<'a>,
}

/// Finds the relay of a connection by its name.
pub type FindRelay<'a> = dyn Fn(&str, Span) -> Result<(Relay, String), Problem> + 'a;

/// A receiver, or everything that is wrong with its parameters.
pub type Built = Result<Box<dyn Receiver>, Vec<Problem>>;

/// A kind of receiver.
pub struct ReceiverSpec {
    /// The key in the language.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// An example of its parameters, YAML on one line.
    pub example: &'static str,
    /// Reads its parameters and builds it.
    pub build: fn(&Node, &Building<'_>) -> Built,
    /// JSON Schema of its parameters.
    pub schema: fn() -> serde_json::Value,
}

/// What came of carrying something out of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// A server answered over HTTP; the receiver judges.
    Answered(Answer),
    /// It is decided without an answer to judge: the relay took the mail or refused it, nobody could be reached, an
    /// address may not be called.
    Decided(Tried),
}

/// Who carries requests and mails out of the house. There is one; tests have others.
pub trait Carrier: Send + Sync {
    /// Carries something, once. `allow` are networks that may be called although they are private.
    fn carry<'a>(&'a self, outgoing: &'a Outgoing, allow: &'a [Network]) -> BoxFuture<'a, Carried>;
}

/// Tells a receiver once.
pub async fn tell(
    destination: &Destination,
    notification: &Notification,
    target: &str,
    now: Millis,
    carrier: &dyn Carrier,
    allow: &[Network],
) -> Tried {
    match destination.receiver.outgoing(notification, target, now) {
        Err(error) => Tried::Permanent { error },
        Ok(outgoing) => {
            let unspoken = Unspoken::of(&outgoing, &destination.receiver.secrets_inside());
            unspoken.tried(match carrier.carry(&outgoing, allow).await {
                Carried::Answered(answer) => destination.receiver.judge(&unspoken.answer(answer)),
                Carried::Decided(tried) => tried,
            })
        }
    }
}

#[cfg(test)]
mod tests;
