//! What stands above a mail: ids, threads, and free text that cannot begin a line of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::escape::{printable, shortened};
use super::said::is_over;
use crate::labels::word;
use crate::notification::{Notification, Reason};

/// Characters of a free text, at most.
const MOST_TEXT: usize = 250;
/// Incidents that a mail is threaded by, at most.
const MOST_REFERENCES: usize = 20;
/// Bytes of an encoded word before it is encoded: with its frame it stays below 76 characters (RFC 2047).
const ENCODED_WORD: usize = 42;

/// The right side of ids: where the sender is.
pub(crate) fn host(from: &Address) -> String {
    ascii_domain(from.domain()).unwrap_or_else(|| "localhost".to_owned())
}

/// A domain as it stands in ids, envelopes and headers, which know ASCII only.
pub(crate) fn ascii_domain(domain: &str) -> Option<String> {
    if domain.is_ascii() {
        return Some(domain.to_owned());
    }
    match url::Host::parse(domain).ok()? {
        url::Host::Domain(domain) => Some(domain),
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => None,
    }
}

/// An id as the left side of an id of a mail: as it is where it can stand there, else its hash.
pub(crate) fn atom(id: &str) -> String {
    let is_atom =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if id.len() <= 100 && id.split('.').all(is_atom) { id.to_owned() } else { hash(id) }
}

/// 32 hex digits of a text.
pub(super) fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The ids that a mail is threaded by, the oldest first: of one incident its own; of several that of the group, then
/// theirs, so that mails about one of them are found with it. They are ids of no mail, so no mail has to come first.
pub(super) fn references(notification: &Notification, host: &str) -> Vec<String> {
    if matches!(notification.reason, Reason::Test | Reason::Digest) || notification.period.is_some() {
        return Vec::new();
    }
    let mut numbers: Vec<u64> = notification.incidents.iter().map(|item| item.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let is_one = numbers.len() == 1 && notification.left_out == 0;
    let group = (!is_one).then(|| format!("<g-{}@{host}>", hash(&notification.group)));
    let incidents = numbers.into_iter().take(MOST_REFERENCES).map(|number| format!("<i-{number}@{host}>"));
    group.into_iter().chain(incidents).collect()
}

/// Headers that filters of mailboxes can look at.
pub(super) fn marks(notification: &Notification) -> Vec<HeaderValue> {
    let items = &notification.incidents;
    let label = |name: &str| {
        let mut values: Vec<&str> = items
            .iter()
            .flat_map(|item| &item.labels)
            .filter(|(label, _)| label == name)
            .map(|(_, value)| value.as_str())
            .collect();
        values.sort_unstable();
        values.dedup();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let worst = items.iter().filter(|item| !is_over(item)).map(|item| item.severity).max();
    let severity = worst.map_or("resolved", word);
    let is_real = !items.is_empty() && notification.reason != Reason::Test;
    let all = [
        ("X-Assay-Receiver", Some(notification.receiver.clone())),
        ("X-Assay-Reason", Some(notification.reason.name().to_owned())),
        ("X-Assay-Project", notification.project.clone()),
        ("X-Assay-Severity", is_real.then(|| severity.to_owned())),
        ("X-Assay-Contract", label("contract")),
        ("X-Assay-Monitor", label("monitor")),
        ("X-Assay-Layer", label("layer")),
        ("X-Assay-Owner", label("owner")),
    ];
    all.into_iter().filter_map(|(name, value)| Some(free(name, &value?))).collect()
}

/// A header of free text: shortened, on one line whatever is in it, encoded where it is more than plain words.
pub(super) fn free(name: &'static str, text: &str) -> HeaderValue {
    let text = shortened(text.trim(), MOST_TEXT);
    let text = printable(&text).into_owned();
    let encoded = if is_plain(&text) { None } else { Some(encoded_words(&text)) };
    let name = HeaderName::new_from_ascii_str(name);
    match encoded {
        None => HeaderValue::new(name, text),
        Some(encoded) => HeaderValue::dangerous_new_pre_encoded(name, text, encoded),
    }
}

/// Whether a text can stand in a header as it is: ASCII, in words that fit into a line, none of which looks encoded.
fn is_plain(text: &str) -> bool {
    let is_visible = |c: char| matches!(c, ' '..='~');
    text.chars().all(is_visible) && !text.contains("=?") && text.split(' ').all(|word| word.len() <= 60)
}

/// RFC 2047, base64: a word for each line.
fn encoded_words(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(ENCODED_WORD);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (word, after) = rest.split_at(end);
        words.push(format!("=?utf-8?b?{}?=", STANDARD.encode(word)));
        rest = after;
    }
    words.join("\r\n ")
}
