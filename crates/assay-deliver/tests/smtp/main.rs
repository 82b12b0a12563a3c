//! The SMTP client beside relays that are real, and one that says whatever a test wants.

#![allow(clippy::disallowed_methods, reason = "tests start programs and read what they wrote")]

mod contents;
#[path = "../../../assay-notify/examples/mails/made_up.rs"]
mod made_up;
mod postfix;
mod relay;
mod scripted;
mod servers;

use assay_core::secret::Secret;
use assay_deliver::smtp::Smtp;
use assay_notify::receivers::{Mail, MailTls, Relay, Tried};
use assay_notify::rules::Network;

/// This machine, which nobody may call who was not told so.
pub fn loopback() -> Vec<Network> {
    vec![Network { address: [127, 0, 0, 1].into(), bits: 8 }]
}

/// A relay in clear, without a login.
pub fn clear(port: u16) -> Relay {
    Relay { host: "127.0.0.1".into(), port, tls: MailTls::None, login: None, ca: None, allow_private: loopback() }
}

/// The same with STARTTLS, by name, with a login.
pub fn starttls(port: u16, ca: &std::path::Path, password: &str) -> Relay {
    Relay {
        host: "localhost".into(),
        tls: MailTls::Starttls,
        login: Some(("assay".into(), Secret::new(password))),
        ca: Some(ca.display().to_string()),
        ..clear(port)
    }
}

/// A small mail.
pub fn mail(relay: &Relay, to: &str) -> Mail {
    let bytes =
        b"From: assay@shop.example\r\nSubject: hi\r\nMessage-ID: <1@shop.example>\r\n\r\n.a\r\n..\r\nb\r\n".to_vec();
    Mail { relay: relay.clone(), to: to.into(), bytes, from: "assay@shop.example".into() }
}

/// Sends it once, by a client of its own.
pub async fn send(mail: &Mail) -> Tried {
    Smtp::default().send(mail, &[]).await
}

/// The error of what is tried again.
pub fn retried(tried: &Tried) -> &str {
    match tried {
        Tried::Retry { error, after: None } => error,
        other => panic!("not retried: {other:?}"),
    }
}

/// The error of what never will arrive.
pub fn refused(tried: &Tried) -> &str {
    match tried {
        Tried::Permanent { error } => error,
        other => panic!("not permanent: {other:?}"),
    }
}
