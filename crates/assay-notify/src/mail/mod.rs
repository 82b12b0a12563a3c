//! Mails: a notification as a whole message (RFC 5322), the same bytes on every try.
//!
//! A notification is turned into plain words once ([`view`]); a template of HTML and one of plain text lay the same words
//! out. [`headers`] says who it is for and what thread it belongs to, [`strip`] draws how the last runs went.

mod engine;
mod escape;
mod facts;
pub(crate) mod headers;
mod message;
mod said;
mod strip;
mod time;
mod view;

use lettre::message::Mailbox;

use crate::notification::Notification;

/// An HTML part longer than this is cut off by some mail programs. It counts as it is sent, encoded.
pub(crate) const MOST_HTML: usize = 98_000;
/// Incidents of one mail, at most: those that come after are counted, and linked to.
const MOST_LISTED: usize = 50;

/// Who a mail is from and for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Who it is from.
    pub from: Mailbox,
    /// All who get it.
    pub to: Vec<Mailbox>,
    /// Who answers go to.
    pub reply_to: Option<Mailbox>,
    /// Stands before every subject.
    pub subject_prefix: Option<String>,
}

/// Both forms of a mail's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
    /// Drawings, by the id that the HTML names them by.
    pub images: Vec<(String, Vec<u8>)>,
}

/// The message for one of those it is for.
///
/// # Errors
/// It cannot be written, whatever is tried; one sentence.
pub(crate) fn compose(letter: &Letter, to: &Mailbox, notification: &Notification) -> Result<Vec<u8>, String> {
    let host = headers::host(&letter.from.email);
    let body = body(notification, &host)?;
    message::write(letter, to, notification, &host, body)
}

/// The body: as many incidents as there is room for, the worst first.
///
/// # Errors
/// A template does not fit what it is given.
pub(crate) fn body(notification: &Notification, host: &str) -> Result<Body, String> {
    let mut most = MOST_LISTED;
    loop {
        let view = view::of(notification, host, most);
        let html = engine::render("mail.html", &view)?;
        let length = message::encoded_length(&html);
        if length > MOST_HTML && most > 1 {
            most = (most * MOST_HTML / length).clamp(1, most - 1);
            continue;
        }
        let text = engine::render("mail.txt", &view)?;
        return Ok(Body { text, html, images: view.images });
    }
}

#[cfg(test)]
mod tests;
