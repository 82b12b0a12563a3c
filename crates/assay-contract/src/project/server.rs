//! `server`: where the daemon listens, with which certificate, and who may ask.

use std::net::SocketAddr;

use assay_core::node::Node;
use assay_core::ops::settings::{ServerSettings, Tls};
use assay_core::problem::Problem;
use serde_json::{Value, json};

use super::loading::Loading;
use crate::read;
use crate::schema::closed;

const KEYS: &[&str] = &["listen", "tls", "tokens", "public_url"];

pub(super) fn read(loading: &mut Loading<'_>, node: &Node) {
    for (key, value) in read::map(node, "server", &mut loading.problems).unwrap_or_default() {
        match key.text.as_str() {
            "listen" => {
                if let Some(address) = listen(value, &mut loading.problems) {
                    loading.project.server.listen = address;
                }
            }
            "tls" => tls(loading, value),
            "tokens" => tokens(loading, value),
            "public_url" => loading.project.server.public_url = public_url(value, &mut loading.problems),
            _ => loading.problems.push(read::unknown_key(key, "in `server`", KEYS)),
        }
    }
}

/// `127.0.0.1:8642`, `[::1]:8642`, `localhost:8642`. Port 0 lets the system choose one.
fn listen(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let text = read::text(node, "server.listen", problems)?;
    if text.parse::<SocketAddr>().is_ok() {
        return Some(text);
    }
    let parts = text.rsplit_once(':');
    if parts.is_some_and(|(host, port)| is_host(host) && is_port(port)) {
        return Some(text);
    }
    let hint = match parts {
        None if text.parse::<u16>().is_ok() => format!("with a host before it: `127.0.0.1:{text}`"),
        None => format!("with a port after it: `{}:8642`", crate::yaml::shorten(&text)),
        Some(("", port)) if is_port(port) => format!("of every address of this machine: `0.0.0.0:{port}`"),
        Some((host, _)) if host.contains(':') && !host.starts_with('[') => {
            "an IPv6 address stands in brackets: `[::1]:8642`".into()
        }
        Some((host, _)) if is_host(host) => "a port is a number from 0 to 65535; 0 lets the system choose one".into(),
        Some(_) => "as in `127.0.0.1:8642`".into(),
    };
    let message = format!("`server.listen` is a host and a port, not {}", node.describe());
    problems.push(Problem::at(node.span, message).hint(hint));
    None
}

/// A name of the DNS, or an IPv4 address: labels of letters, digits and hyphens.
pub(super) fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

pub(super) fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn tls(loading: &mut Loading<'_>, node: &Node) {
    let before = loading.problems.len();
    let had = loading.project.server.tls.take();
    let (mut cert, mut private) = had.map_or((None, None), |tls| (Some(tls.cert), Some(tls.key)));
    for (key, value) in read::map(node, "server.tls", &mut loading.problems).unwrap_or_default() {
        match key.text.as_str() {
            "cert" => cert = loading.file_name(value, "server.tls.cert"),
            "key" => private = loading.file_name(value, "server.tls.key"),
            _ => loading.problems.push(read::unknown_key(key, "in `server.tls`", &["cert", "key"])),
        }
    }
    let missing = match (cert, private) {
        (Some(cert), Some(key)) => {
            loading.project.server.tls = Some(Tls { cert, key });
            return;
        }
        _ if loading.problems.len() > before => return,
        (None, _) => "cert",
        (_, None) => "key",
    };
    let problem = Problem::at(node.span, format!("`server.tls` has no `{missing}`"));
    loading.problems.push(problem.hint("both are PEM files: `tls: {cert: tls.crt, key: tls.key}`"));
}

fn tokens(loading: &mut Loading<'_>, node: &Node) {
    for (key, value) in read::map(node, "server.tokens", &mut loading.problems).unwrap_or_default() {
        match key.text.as_str() {
            "file" => loading.project.server.tokens_file = loading.file_name(value, "server.tokens.file"),
            _ => loading.problems.push(read::unknown_key(key, "in `server.tokens`", &["file"])),
        }
    }
}

/// `https://assay.example.com`, also with a port or a path; without the slash at its end.
fn public_url(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let text = read::text(node, "server.public_url", problems)?;
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let sound = rest.is_some_and(|rest| {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        is_authority(authority) && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b))
    });
    if !sound {
        // not repeated: it may hold a password
        let message = "`server.public_url` is not an address that browsers open";
        let hint = "as in `https://assay.example.com`: scheme and host, without a user, `?` or `#`";
        problems.push(Problem::at(node.span, message).hint(hint));
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

fn is_authority(text: &str) -> bool {
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        let port = rest.strip_prefix(':');
        return address.parse::<std::net::Ipv6Addr>().is_ok() && (rest.is_empty() || port.is_some_and(is_port));
    }
    match text.split_once(':') {
        Some((host, port)) => is_host(host) && is_port(port),
        None => is_host(text),
    }
}

pub(crate) fn schema() -> Value {
    let mut tls = closed(json!({
        "cert": {"type": "string", "minLength": 1, "description": "the certificate chain, PEM"},
        "key": {"type": "string", "minLength": 1, "description": "its private key, PEM"},
    }));
    tls["required"] = json!(["cert", "key"]);
    let listen = format!("host and port; by default {}", ServerSettings::default().listen);
    closed(json!({
        "listen": {"type": "string", "description": listen},
        "tls": tls,
        "tokens": closed(json!({
            "file": {"type": "string", "minLength": 1, "description": "tokens, one a line, added at start"},
        })),
        "public_url": {"type": "string", "pattern": "^https?://", "description": "under which people reach it"},
    }))
}
