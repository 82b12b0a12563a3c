//! What went wrong on the way, and what that means for the mail.

use std::error::Error as _;
use std::time::Duration;

use assay_notify::receivers::{Relay, Tried};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::Error;

use crate::addresses::AddressError;

/// Characters of what somebody else says, at most.
const MOST_SAID: usize = 200;

/// What was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The greeting and EHLO.
    Greeting,
    /// Until the connection is encrypted.
    Tls,
    /// The login.
    Login,
    /// Who the mail is from.
    Sender,
    /// Who it is for.
    Recipient,
    /// The mail itself.
    Content,
}

/// Why a mail did not arrive.
#[derive(Debug)]
pub(super) struct Failure {
    step: Step,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The relay said no, with this status.
    Refused(u16, String),
    /// It could not be spoken with.
    Broken(String),
    /// This mail cannot go this way.
    Forbidden(String),
}

impl Failure {
    /// From an error of the library.
    pub fn of(step: Step, error: &Error) -> Self {
        let said = error.source().map_or_else(String::new, innermost);
        let what = match error.status() {
            Some(code) => What::Refused(code.into(), said),
            None if said.is_empty() => What::Broken(error.to_string()),
            None => What::Broken(said),
        };
        Failure { step, what }
    }

    /// The way to the relay is not open.
    pub fn broken(step: Step, why: impl Into<String>) -> Self {
        Failure { step, what: What::Broken(why.into()) }
    }

    /// It cannot be sent this way, however often it is tried.
    pub fn forbidden(step: Step, why: impl Into<String>) -> Self {
        Failure { step, what: What::Forbidden(why.into()) }
    }

    /// The time was over.
    pub fn slow(whole: Duration) -> Self {
        Failure::broken(Step::Greeting, format!("it was not done within {} s", whole.as_secs_f32()))
    }

    /// Whether a connection that was kept is to blame, and a new one may be better: before any recipient was named.
    pub fn is_of_an_old_connection(&self) -> bool {
        self.step == Step::Sender && matches!(self.what, What::Broken(_) | What::Refused(421, _))
    }

    /// What that means for the mail.
    pub fn into_tried(self, relay: &Relay) -> Tried {
        let place = format!("{}:{}", relay.host, relay.port);
        match self.what {
            What::Broken(why) => {
                let what = if self.step == Step::Tls { "no encrypted connection: " } else { "" };
                retry(format!("{place}: {what}{}", clean(&why, relay)))
            }
            What::Forbidden(why) => Tried::Permanent { error: format!("{place}: {}", clean(&why, relay)) },
            What::Refused(status, said) => {
                let verb = if status < 500 { "put off" } else { "refused" };
                let error = format!("{place} {verb} {}: {status} {}", self.step.name(), clean(&said, relay));
                let error = error.trim_end().to_owned();
                if is_permanent(self.step, status) { Tried::Permanent { error } } else { retry(error) }
            }
        }
    }
}

impl From<AddressError> for Failure {
    fn from(error: AddressError) -> Self {
        Failure::broken(Step::Greeting, error.to_string())
    }
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Step::Greeting => "the connection",
            Step::Tls => "encryption",
            Step::Login => "the login",
            Step::Sender => "the sender",
            Step::Recipient => "the recipient",
            Step::Content => "the mail",
        }
    }
}

/// The table of the module's head. 530, 534, 535 and 538 are about logins (RFC 4954, 6).
fn is_permanent(step: Step, status: u16) -> bool {
    let is_of_this_mail = matches!(step, Step::Sender | Step::Recipient | Step::Content);
    is_of_this_mail && status >= 500 && !matches!(status, 530 | 534 | 535 | 538)
}

fn retry(error: String) -> Tried {
    Tried::Retry { error, after: None }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// What somebody else says, on one line, shortened, without our password should they say it back.
fn clean(said: &str, relay: &Relay) -> String {
    let mut text: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((user, password)) = &relay.login {
        let password = password.expose();
        let spellings =
            [STANDARD.encode(format!("\0{user}\0{password}")), STANDARD.encode(password), password.to_owned()];
        for spelling in spellings.iter().filter(|spelling| !spelling.is_empty()) {
            text = text.replace(spelling.as_str(), "***");
        }
    }
    text.chars().filter(|char| !char.is_control()).take(MOST_SAID).collect()
}
