//! The names that this server goes by. A page elsewhere whose name was made to point here (DNS rebinding) sends its own
//! name as Host, and is refused.

use std::net::IpAddr;

use assay_core::ops::settings::ServerSettings;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;
use crate::http::state::Shared;

/// The names that this server goes by, beside those of loopback.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    names: Vec<String>,
    addresses: bool,
    public: Option<(String, bool)>,
}

impl Hosts {
    /// Of the settings and the names that were given besides. `everywhere`: the server listens on more than loopback,
    /// so that any address may be its own (only names can be made to point elsewhere).
    pub fn new(settings: &ServerSettings, more: &[String], everywhere: bool) -> Self {
        let public = settings.public_url.as_deref().and_then(|url| url.parse::<Uri>().ok());
        let public = public.and_then(|url| {
            let secure = url.scheme_str() == Some("https");
            url.authority().map(|authority| (plain(authority.as_str()), secure))
        });
        let listen = name_of(&plain(&settings.listen)).to_string();
        let mut names: Vec<String> = more.iter().map(|name| plain(name)).collect();
        names.push(listen);
        names.extend(public.iter().map(|(authority, _)| name_of(authority).to_string()));
        Hosts { names, addresses: everywhere, public }
    }

    /// Whether this is one of them, with any port: a port may be forwarded.
    pub fn has(&self, authority: &str) -> bool {
        let authority = plain(authority);
        let name = name_of(&authority);
        // the dot of a name that is complete
        let name = name.strip_suffix('.').unwrap_or(name);
        if !is_authority(&authority) || name.is_empty() {
            return false;
        }
        match address(name) {
            Some(address) => address.is_loopback() || self.addresses || self.names.iter().any(|own| own == name),
            None => name == "localhost" || self.names.iter().any(|own| own == name),
        }
    }

    /// Whether this authority is the one of `public_url`; true within: by https.
    pub fn public(&self, authority: &str) -> Option<bool> {
        let authority = plain(authority);
        self.public.as_ref().filter(|(own, _)| same(own, &authority)).map(|(_, secure)| *secure)
    }
}

/// Whether two authorities are the same, with the usual ports left out or not.
pub(super) fn same(one: &str, other: &str) -> bool {
    let bare = |text: &str| {
        let text = plain(text);
        text.strip_suffix(":80").or(text.strip_suffix(":443")).map_or(text.clone(), str::to_string)
    };
    bare(one) == bare(other)
}

/// Refuses requests for other names.
pub(super) async fn check(State(http): State<Shared>, request: Request, next: Next) -> Response {
    let mut named = request.headers().get_all(header::HOST).iter();
    let (host, second) = (named.next(), named.next());
    let Some(host) = host.and_then(|host| host.to_str().ok()).filter(|_| second.is_none()) else {
        return Problem::bad_request("host_missing", "a request names one host").into_response();
    };
    let in_uri = request.uri().authority().is_none_or(|authority| http.hosts.has(authority.as_str()));
    if in_uri && http.hosts.has(host) {
        return next.run(request).await;
    }
    let shown: String = host.chars().take(100).collect();
    tracing::debug!(host = %shown, "a request for a name that is not this server's was refused");
    let detail = "this server does not go by that name; `server.public_url` in assay.yaml adds one";
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "host_unknown", detail).into_response()
}

fn plain(authority: &str) -> String {
    authority.to_ascii_lowercase()
}

/// Host and port, and nothing that a URL could be told apart by.
fn is_authority(text: &str) -> bool {
    let port = text.get(name_of(text).len()..).unwrap_or("");
    let port = port.strip_prefix(':').unwrap_or(port);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    text.bytes().all(is_name) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Without the port; IPv6 in its brackets.
fn name_of(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or(authority);
    }
    authority.split(':').next().unwrap_or(authority)
}

fn address(name: &str) -> Option<IpAddr> {
    match name.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => name.parse().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listen: &str, public_url: Option<&str>, everywhere: bool) -> Hosts {
        let public_url = public_url.map(str::to_string);
        Hosts::new(&ServerSettings { listen: listen.into(), public_url, ..ServerSettings::default() }, &[], everywhere)
    }

    #[test]
    fn loopback_goes_by_its_own_names_only() {
        let hosts = hosts("127.0.0.1:8642", None, false);
        for own in ["localhost", "LOCALHOST:8642", "localhost.:1", "127.0.0.1:8642", "127.9.9.9", "[::1]:8642"] {
            assert!(hosts.has(own), "{own}");
        }
        let others = ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8642", "10.0.0.1:8642"];
        for other in
            others.into_iter().chain(["localhost@evil", "localhost:8642:1", "[::1", "[fe80::1]:8642", "0x7f.1"])
        {
            assert!(!hosts.has(other), "{other}");
        }
    }

    #[test]
    fn a_server_for_others_goes_by_addresses_and_the_public_name() {
        let hosts = hosts("0.0.0.0:8642", Some("https://Assay.shop.example:8443/x"), true);
        assert!(hosts.has("assay.shop.example") && hosts.has("10.1.2.3:8642") && hosts.has("[fd00::1]"));
        assert!(!hosts.has("shop.example") && !hosts.has("evil.example:8642"));
        assert_eq!(hosts.public("assay.shop.example:8443"), Some(true));
        assert_eq!(hosts.public("assay.shop.example"), None);
    }
}
