//! The one SMTP client: takes a mail to a relay and says what came of it.
//!
//! What an answer means depends on what it answers. Whatever concerns the relay or the way to it may be mended while the
//! mail waits; what concerns this mail or this recipient will not become better by asking again:
//!
//! | when | 4xx | 5xx |
//! | --- | --- | --- |
//! | greeting, EHLO, STARTTLS | retry | retry |
//! | login | retry | retry: a password that somebody will correct |
//! | sender, recipient, mail | retry | permanent; 530, 534, 535 and 538 ask for a login: retry |
//!
//! Retried as well, because somebody may mend it: a name that cannot be resolved, an address that may not be called,
//! nobody who answers within 10 seconds, a connection that breaks, a certificate that does not fit, a relay without
//! STARTTLS where it is demanded or without a login that is understood, a login that would go in clear, an answer that is
//! none, 60 seconds for the whole. Permanent as well: an address in letters that the relay does not know (SMTPUTF8).
//!
//! A relay that took a mail and could not say so gets it again, under the same Message-ID.
//!
//! A connection is kept for the next mail to the same relay for a few seconds: 200 mails after an outage are one login, not
//! 200.

mod failure;
mod kept;
mod session;

use std::time::Duration;

use assay_notify::receivers::{Mail, Tried};
use assay_notify::rules::Network;
use tokio::time::timeout;

use crate::addresses::Addresses;
use failure::Failure;
use kept::{Kept, Key};
use session::Session;

/// For everything, from looking the relay's name up to its last answer.
const WHOLE: Duration = Duration::from_secs(60);

/// The SMTP client.
#[derive(Debug, Default)]
pub struct Smtp {
    addresses: Addresses,
    kept: Kept,
}

impl Smtp {
    /// A client that looks names up this way.
    pub fn new(addresses: Addresses) -> Self {
        Smtp { addresses, kept: Kept::default() }
    }

    /// Takes a mail to its relay, once. `allow` are networks that may be called although they are private, beside those of
    /// the relay.
    pub async fn send(&self, mail: &Mail, allow: &[Network]) -> Tried {
        self.send_within(mail, allow, WHOLE).await
    }

    /// The same with another limit.
    pub async fn send_within(&self, mail: &Mail, allow: &[Network], whole: Duration) -> Tried {
        match timeout(whole, self.try_once(mail, allow)).await {
            Ok(Ok(())) => Tried::Delivered,
            Ok(Err(failure)) => failure.into_tried(&mail.relay),
            Err(_) => Failure::slow(whole).into_tried(&mail.relay),
        }
    }

    async fn try_once(&self, mail: &Mail, allow: &[Network]) -> Result<(), Failure> {
        let allow: Vec<Network> = mail.relay.allow_private.iter().chain(allow).copied().collect();
        let key = Key { relay: mail.relay.clone(), allow };
        if let Some(session) = self.kept.take(&key) {
            match self.hand_over(mail, session, &key).await {
                // the relay was tired of waiting: that says nothing of this mail
                Err(failure) if failure.is_of_an_old_connection() => {}
                other => return other,
            }
        }
        let session = Session::open(&mail.relay, &mail.from, &self.addresses, &key.allow).await?;
        self.hand_over(mail, session, &key).await
    }

    /// Hands a mail over, and keeps the connection where it is of further use.
    async fn hand_over(&self, mail: &Mail, mut session: Session, key: &Key) -> Result<(), Failure> {
        match session.deliver(mail).await {
            Ok(()) => {
                self.kept.put(key.clone(), session);
                Ok(())
            }
            Err(failure) => {
                session.end().await;
                Err(failure)
            }
        }
    }
}
