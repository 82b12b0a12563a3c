//! How receivers read what is written for them. A secret may stand in any place, so that no problem quotes a value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use assay_core::node::Node;
use assay_core::node::de::Spanned;
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use url::Url;

use super::Building;

/// Bytes of a header's value, at most.
const LONGEST_VALUE: usize = 4096;
/// Headers of a request besides our own, at most.
const MOST_HEADERS: usize = 20;

/// A text that may be a secret. It reads any scalar, so that digits without quotes are not told back.
#[derive(Debug, Clone)]
pub(crate) struct Written(Reference);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written(Reference::new(text)))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// A text of a parameter and its place.
pub(crate) type Text = Spanned<Written>;

/// Reads the parameters of a receiver.
pub(crate) fn params<P: for<'de> Deserialize<'de>>(node: &Node) -> Result<P, Vec<Problem>> {
    P::deserialize(node).map_err(|error| vec![error.into_problem(node.span)])
}

/// Fills a text in.
pub(crate) fn secret(text: &Text, building: &Building<'_>) -> Result<Secret, Problem> {
    let secret = (building.secret)(&text.value.0, text.span)?;
    match secret.expose().trim().is_empty() {
        true => Err(Problem::at(text.span, "expected text, found nothing").maybe_hint(by_name(text))),
        false => Ok(secret),
    }
}

fn by_name(text: &Text) -> Option<String> {
    text.value.0.is_by_name().then(|| format!("look at what `{}` stands for", text.value.0.written()))
}

/// A URL that may be called.
pub(crate) fn url(text: &Text, building: &Building<'_>) -> Result<Secret, Problem> {
    let secret = secret(text, building)?;
    valid_url(secret.expose()).map_err(|what| Problem::at(text.span, what).maybe_hint(by_name(text)))
}

/// A URL in its normal form, or what is wrong with it without a word of it.
pub(crate) fn valid_url(text: &str) -> Result<Secret, String> {
    // a parser leaves some of these out in silence
    if text.chars().any(|char| char.is_whitespace() || char.is_control()) {
        return Err("the URL has a blank or a control character in it".into());
    }
    let url = Url::parse(text).map_err(|error| format!("the URL cannot be read: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("expected a URL that begins with https:// or http://".into());
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("the URL has no host".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the URL has a user or a password in it, which other programs write into their logs".into());
    }
    if url.fragment().is_some() {
        return Err("the URL has a `#` in it: what comes after it is never sent".into());
    }
    Ok(Secret::new(url))
}

/// Headers that somebody wishes for.
pub(crate) fn headers(
    written: &BTreeMap<String, Text>,
    building: &Building<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<(Cow<'static, str>, Secret)> {
    let mut headers: Vec<(Cow<'static, str>, Secret)> = Vec::new();
    if let Some(text) = written.values().nth(MOST_HEADERS) {
        problems.push(Problem::at(text.span, format!("more than {MOST_HEADERS} headers")));
    }
    for (name, text) in written {
        let name = name.to_ascii_lowercase();
        if let Err(problem) = header_name(&name, text.span) {
            problems.push(problem);
        } else if headers.iter().any(|(known, _)| *known == name) {
            problems.push(Problem::at(text.span, format!("the header `{name}` is given twice")));
        } else {
            match secret(text, building).and_then(|value| header_value(&name, value, text.span)) {
                Ok(value) => headers.push((Cow::Owned(name), value)),
                Err(problem) => problems.push(problem),
            }
        }
    }
    headers
}

/// Headers that are ours to say, or that belong to the connection.
const TAKEN: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "idempotency-key",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

fn header_name(name: &str, span: Span) -> Result<(), Problem> {
    let is_token = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    if name.is_empty() || name.len() > 100 || !name.chars().all(is_token) {
        let message = format!("a header cannot have the name `{}`", super::words::clean(name, 40));
        return Err(Problem::at(span, message).hint("letters, digits and `-`, 100 at most"));
    }
    if TAKEN.contains(&name) {
        return Err(Problem::at(span, format!("the header `{name}` is not for rules to set")));
    }
    Ok(())
}

fn header_value(name: &str, value: Secret, span: Span) -> Result<Secret, Problem> {
    match is_header_value(value.expose()) {
        true => Ok(value),
        false => Err(Problem::at(span, format!("the header `{name}` has a value that cannot be sent"))
            .hint(format!("visible ASCII and blanks inside, {LONGEST_VALUE} characters at most"))),
    }
}

/// Whether a text can be the value of a header: it cannot end the line, and nobody reads it in two ways.
pub(crate) fn is_header_value(text: &str) -> bool {
    let is_plain = |char: char| char == ' ' || char.is_ascii_graphic();
    text.len() <= LONGEST_VALUE && text.trim() == text && text.chars().all(is_plain)
}

/// A path of a file with certificates.
pub(crate) fn ca(path: Option<&Spanned<String>>) -> Result<Option<String>, Problem> {
    match path {
        Some(path) if path.value.trim().is_empty() || path.value.contains('\0') => {
            Err(Problem::at(path.span, "expected the path of a file with certificates (PEM)"))
        }
        other => Ok(other.map(|path| path.value.clone())),
    }
}

/// Puts the value or the problem where it belongs.
pub(crate) fn keep<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}
