//! Requests that change something, sent by a browser on behalf of another site, are refused.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::host::{Hosts, same};
use crate::http::problem::Problem;
use crate::http::state::Shared;

/// Refuses them.
pub(super) async fn check(State(http): State<Shared>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own(&http.hosts, request.headers()) {
        return next.run(request).await;
    }
    tracing::debug!(path = %request.uri().path(), "a request on behalf of another site was refused");
    let detail = "this was sent on behalf of another site; only pages of this server may change something";
    Problem::new(StatusCode::FORBIDDEN, "cross_origin", detail).into_response()
}

/// Programs that are no browsers send neither header.
fn is_own(hosts: &Hosts, headers: &HeaderMap) -> bool {
    let fetched_by = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    if fetched_by.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok() else { return false };
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let Some(authority) = authority else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    same(authority, host) || hosts.public(authority).is_some()
}

#[cfg(test)]
mod tests {
    use assay_core::ops::settings::ServerSettings;
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let public_url = Some("https://assay.example".to_string());
        let hosts = Hosts::new(&ServerSettings { public_url, ..ServerSettings::default() }, &[], false);
        let pairs = pairs.iter().chain(&[("host", "localhost:8642")]);
        let pairs = pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_own(&hosts, &pairs.collect())
    }

    #[test]
    fn only_this_servers_own_pages_and_programs_may_change_something() {
        assert!(own(&[]));
        assert!(own(&[("origin", "http://localhost:8642"), ("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "https://assay.example:443")]));
        assert!(!own(&[("origin", "http://localhost:3000")]));
        assert!(!own(&[("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")]));
        assert!(!own(&[("origin", "null")]));
        assert!(!own(&[("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]));
        assert!(!own(&[("origin", "http://localhost:8642"), ("sec-fetch-site", "cross-site")]));
    }
}
