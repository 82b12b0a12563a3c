//! Secrets that somebody wrote down instead of naming them: they are warned of, and no problem shows them.

use assay_core::node::{Node, NodeKind};
use assay_core::problem::{Problem, Span};
use url::Url;

/// Words in the keys of what is a secret whatever it looks like.
const TELLING: &[&str] =
    &["password", "passwd", "token", "secret", "key", "authorization", "auth", "cookie", "signature"];
/// Beginnings of texts that are secrets whatever their key.
const BEGINNINGS: &[&str] = &["whsec_", "Bearer ", "Basic ", "xoxb-", "xoxp-"];
/// Characters of a part of a path from which on it looks like a token.
const TOKEN: usize = 16;

/// Whether placeholders may stand in a section.
pub(super) fn may_stand_in(section: &str) -> bool {
    section == "receivers"
}

/// A secret that is written down.
pub(super) struct WrittenDown {
    /// Where.
    pub at: Span,
    /// What.
    pub text: String,
}

/// The secrets that are written down in a receiver's settings.
pub(super) fn written_down(node: &Node) -> Vec<WrittenDown> {
    let mut found = Vec::new();
    collect("", node, &mut found);
    found
}

fn collect(key: &str, node: &Node, found: &mut Vec<WrittenDown>) {
    match &node.kind {
        NodeKind::Scalar { text, .. } if !text.is_empty() && !text.contains("${") && is_secret(key, text) => {
            found.push(WrittenDown { at: node.span, text: text.clone() });
        }
        NodeKind::Scalar { .. } => {}
        NodeKind::Seq(items) => items.iter().for_each(|item| collect(key, item, found)),
        NodeKind::Map(entries) => {
            // what stands below a telling key is told by it, too
            entries
                .iter()
                .for_each(|(own, value)| collect(if is_telling(key) { key } else { &own.text }, value, found));
        }
    }
}

fn is_telling(key: &str) -> bool {
    let lower = key.to_lowercase();
    TELLING.iter().any(|word| {
        lower == *word || lower.split(['_', '-']).any(|part| part == *word || part.strip_suffix('s') == Some(word))
    })
}

fn is_secret(key: &str, text: &str) -> bool {
    is_telling(key) || BEGINNINGS.iter().any(|begins| text.starts_with(begins)) || is_telling_url(text)
}

/// A URL that opens a door by itself: with a password, a query, or a part of its path that nobody would choose.
fn is_telling_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    if !matches!(url.scheme(), "http" | "https") {
        return false;
    }
    let is_token = |part: &str| {
        part.len() >= TOKEN
            && part.bytes().any(|byte| byte.is_ascii_digit())
            && part.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    let has_token = url.path_segments().is_some_and(|mut parts| parts.any(is_token));
    has_token || url.query().is_some() || url.password().is_some() || !url.username().is_empty()
}

/// A problem without the secrets that it may quote, whole or cut off as quotes are.
pub(super) fn scrubbed(problem: Problem, secrets: &[WrittenDown]) -> Problem {
    let scrub = |mut text: String| {
        for secret in secrets {
            let cut: String = secret.text.chars().take(40).collect();
            text = text.replace(&secret.text, "***").replace(&cut, "***");
        }
        text
    };
    Problem { message: scrub(problem.message), hint: problem.hint.map(scrub), ..problem }
}

/// Whether a text with a placeholder stands where nobody fills it.
pub(super) fn unfilled<'n>(node: &'n Node, filled: &[Span]) -> Vec<&'n Node> {
    match &node.kind {
        NodeKind::Scalar { text, .. } if text.contains("${") && !filled.contains(&node.span) => vec![node],
        NodeKind::Scalar { .. } => Vec::new(),
        NodeKind::Seq(items) => items.iter().flat_map(|item| unfilled(item, filled)).collect(),
        NodeKind::Map(entries) => entries.iter().flat_map(|(_, value)| unfilled(value, filled)).collect(),
    }
}
