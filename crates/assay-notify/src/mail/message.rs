//! The whole message: headers, both bodies, drawings.

use std::time::{Duration, SystemTime};

use assay_core::ops::Millis;
use lettre::Message;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Date, HeaderName, HeaderValue, InReplyTo, MessageId, References,
};
use lettre::message::{Attachment, Body as Encoded, Mailbox, MultiPart, SinglePart};

use super::headers::{atom, free, hash, marks, references};
use super::{Body, Letter, said};
use crate::notification::Notification;

/// The last instant that a header can say, in the year 9999.
const LAST: Millis = 253_402_300_799_000;

/// Writes it for one of those it is for.
///
/// # Errors
/// It cannot be written; one sentence.
pub(super) fn write(
    letter: &Letter,
    to: &Mailbox,
    notification: &Notification,
    host: &str,
    body: Body,
) -> Result<Vec<u8>, String> {
    let mut builder = Message::builder().from(letter.from.clone());
    for mailbox in addressed(letter, to) {
        builder = builder.to(mailbox.clone());
    }
    if let Some(mailbox) = &letter.reply_to {
        builder = builder.reply_to(mailbox.clone());
    }
    builder = builder
        .header(Date::new(SystemTime::UNIX_EPOCH + Duration::from_millis(notification.at.clamp(0, LAST) as u64)))
        .header(MessageId::from(format!("<{}@{host}>", atom(&notification.id))))
        .raw_header(free("Subject", &said::subject(notification, letter.subject_prefix.as_deref())));
    let references = references(notification, host);
    if let Some(first) = references.first() {
        builder = builder.header(InReplyTo::from(first.clone())).header(References::from(references.join(" ")));
    }
    // Nobody's holiday answers a machine (RFC 3834), and Exchange has a header of its own for that. `Precedence` is no
    // standard, and some filters take its values for advertising: it is left out.
    builder = builder
        .raw_header(fixed("Auto-Submitted", "auto-generated"))
        .raw_header(fixed("X-Auto-Response-Suppress", "All"));
    for mark in marks(notification) {
        builder = builder.raw_header(mark);
    }
    let message = builder.multipart(parts(notification, body)?);
    Ok(message.map_err(|error| format!("the mail could not be written: {error}"))?.formatted())
}

/// Who stands in `To`: all, but none that this recipient's servers might not be able to read.
fn addressed<'a>(letter: &'a Letter, to: &Mailbox) -> impl Iterator<Item = &'a Mailbox> {
    let is_readable = !to.email.user().is_ascii();
    letter.to.iter().filter(move |mailbox| is_readable || mailbox.email.user().is_ascii())
}

fn fixed(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Text, then HTML with its drawings. What separates parts begins with `=_`, which no encoded text has in it.
fn parts(notification: &Notification, body: Body) -> Result<MultiPart, String> {
    let id = hash(&notification.id);
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(encoded(body.text)?);
    let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(encoded(body.html)?);
    let alternative = MultiPart::alternative().boundary(format!("=_{id}-a")).singlepart(text);
    if body.images.is_empty() {
        return Ok(alternative.singlepart(html));
    }
    let png = ContentType::parse("image/png").map_err(|error| error.to_string())?;
    let mut related = MultiPart::related().boundary(format!("=_{id}-r")).singlepart(html);
    for (n, (cid, bytes)) in body.images.into_iter().enumerate() {
        let name = format!("runs-{}.png", n + 1);
        related = related.singlepart(Attachment::new_inline_with_name(cid, name).body(bytes, png.clone()));
    }
    Ok(alternative.multipart(related))
}

fn encoded(text: String) -> Result<Encoded, String> {
    let encoded = Encoded::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable);
    encoded.map_err(|_| "the mail could not be encoded".to_owned())
}

/// How many bytes a text has as it is sent.
pub(super) fn encoded_length(text: &str) -> usize {
    encoded(text.to_owned()).map_or(usize::MAX, |body| body.len())
}
