//! Addresses of pages. Names in them are hostile until they are encoded.

use std::fmt::Write;

use assay_core::ops::runs::Kind;

/// The path of the page of a contract or a monitor.
pub fn document(name: &str) -> String {
    format!("/documents/{}", encoded(name))
}

pub(super) fn drift(name: &str) -> String {
    format!("/documents/{}/drift", encoded(name))
}

pub(super) fn run(id: &str) -> String {
    format!("/runs/{}", encoded(id))
}

/// The run that an event names, where it was one of the daemon: what `assay check --notify` found has no page.
pub(super) fn run_of_event(id: &str) -> Option<String> {
    id.starts_with("run-").then(|| run(id))
}

pub(super) fn incident(number: u64) -> String {
    format!("/incidents/{number}")
}

/// Messages that tell of an incident.
pub(super) fn notifications_of(incident: u64) -> String {
    format!("/notifications{}", query(&[("incident", &incident.to_string())]))
}

/// What is done with a message: `retry`, `drop`.
pub(super) fn message(id: &str, what: &str) -> String {
    format!("/notifications/{}/{what}", encoded(id))
}

/// The page that makes a silence, with these labels filled in.
pub(super) fn silence(labels: &[(&str, &str)]) -> String {
    format!("/silences{}#new", query(labels))
}

/// Where a silence is ended.
pub(super) fn end_silence(id: &str) -> String {
    format!("/silences/{}/end", encoded(id))
}

/// The label that names a document of this kind.
pub(super) fn label(kind: Kind) -> &'static str {
    kind.name()
}

/// `?q=orders&page=2`; empty without any that has a value.
pub(super) fn query(of: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in of.iter().filter(|(_, value)| !value.is_empty()) {
        let mark = if text.is_empty() { '?' } else { '&' };
        let _ = write!(text, "{mark}{name}={}", encoded(value));
    }
    text
}

/// Everything but letters, digits, `-`, `_`, `~` and dots between them by its bytes.
fn encoded(text: &str) -> String {
    let is_only_dots = text.bytes().all(|byte| byte == b'.');
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'.' if is_only_dots => out.push_str("%2E"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_segment() {
        assert_eq!(document("silver.orders"), "/documents/silver.orders");
        assert_eq!(document("a/../b?c#d%2f"), "/documents/a%2F..%2Fb%3Fc%23d%252f");
        assert_eq!(document("\"><script>"), "/documents/%22%3E%3Cscript%3E");
        assert_eq!(document("ü\n"), "/documents/%C3%BC%0A");
    }

    #[test]
    fn a_query_has_only_what_was_asked_for() {
        assert_eq!(query(&[("q", ""), ("page", "")]), "");
        assert_eq!(query(&[("q", "a b&c=d"), ("layer", ""), ("page", "2")]), "?q=a%20b%26c%3Dd&page=2");
    }
}
