//! The client for HTTP: one POST, within a time, to an address that may be called. Redirects are not followed, proxies of the
//! environment are not used, nothing is tried twice, and no connection is kept: each try looks the name up again.
//!
//! What becomes of a try:
//!
//! | what happens | what comes of it |
//! | --- | --- |
//! | an answer's head arrives | the receiver judges its status; a body that breaks off or never ends takes nothing from that |
//! | the name has no address | tried again |
//! | the address may not be called | tried again |
//! | the connection is refused, reset, or the network is away | tried again |
//! | too late | tried again |
//! | the certificate is not trusted, not valid now or of another name; no TLS is spoken | tried again |
//! | the answer breaks off before its head is whole, or is not HTTP | tried again |
//! | the file of certificates cannot be read | tried again |
//! | a header cannot be sent | given up |
//!
//! A wrong certificate or an address that is not allowed is mended by somebody, in a rule, at the server, or in DNS. A
//! message that is tried again is kept for three days, and everybody can see why; one that is given up is lost by then.

mod clients;
mod failure;
#[cfg(test)]
mod tests;

use std::time::Duration;

use assay_core::connection::Network;
use assay_core::ops::Millis;
use assay_notify::receivers::{Answer, Carried, Request, Tried};
use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::addresses::Addresses;
use clients::Clients;
use failure::Failure;

/// Bytes of an answer's body that are read, at most.
const MOST_READ: usize = 64 * 1024;
/// Bytes of it that are kept.
const MOST_KEPT: usize = 4 * 1024;

/// How long a try may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until the connection stands, encrypted where it is.
    pub connect: Duration,
    /// All of it.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { connect: Duration::from_secs(5), whole: Duration::from_secs(15) }
    }
}

/// The client.
#[derive(Debug)]
pub struct Http {
    addresses: Addresses,
    limits: Limits,
    clients: Clients,
}

impl Http {
    /// A client that finds addresses in this way.
    pub fn new(addresses: Addresses, limits: Limits) -> Self {
        let clients = Clients::new(addresses.clone(), limits.connect);
        Http { addresses, limits, clients }
    }

    /// Sends a request, once.
    pub async fn post(&self, request: &Request, allow: &[Network]) -> Carried {
        let deadline = Instant::now() + self.limits.whole;
        let answered = match self.answer(request, allow, deadline).await {
            Ok(answer) => return Carried::Answered(answer),
            Err(failure) => failure,
        };
        let error = answered.to_string();
        Carried::Decided(match answered {
            Failure::NotARequest(_) => Tried::Permanent { error },
            _ => Tried::Retry { error, after: None },
        })
    }

    async fn answer(&self, request: &Request, allow: &[Network], deadline: Instant) -> Result<Answer, Failure> {
        let url =
            Url::parse(request.url.expose()).map_err(|_| Failure::NotARequest("the URL cannot be read".into()))?;
        let host = host(&url);
        // clients do not look up what is an address already
        if let Some(Host::Ipv4(_) | Host::Ipv6(_)) = url.host() {
            self.addresses.resolve(url.host_str().unwrap_or_default(), 0, allow).await?;
        }
        let headers = headers(request)?;
        let asked = async {
            let client = self.clients.get(&host, request.ca.as_deref(), url.scheme() == "https", allow).await?;
            let sent = client.post(url).headers(headers).body(request.body.clone()).send().await;
            sent.map_err(|error| Failure::of(&host, &error))
        };
        let late = || Failure::TooLate { host: host.clone(), within: self.limits.whole };
        match timeout_at(deadline, asked).await.unwrap_or_else(|_| Err(late())) {
            Ok(response) => Ok(read(response, deadline).await),
            Err(failure) => {
                // the certificates that the system trusts may be mended: they are read again
                if matches!(failure, Failure::Tls { .. }) {
                    self.clients.forget();
                }
                Err(failure)
            }
        }
    }
}

/// Host and port, all of a URL that may be told.
fn host(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

fn headers(request: &Request) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(request.content_type));
    for (name, value) in &request.headers {
        let wrong = || Failure::NotARequest(format!("the header `{}` cannot be sent", name.escape_debug()));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

async fn read(mut response: Response, deadline: Instant) -> Answer {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|text| wait(text, Utc::now()));
    let mut kept = Vec::new();
    let body = async {
        let mut n_read = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = MOST_KEPT - kept.len();
            kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
            n_read += chunk.len();
            if n_read >= MOST_READ {
                break;
            }
        }
    };
    // the status has decided; of the body we take what comes in time
    let _ = timeout_at(deadline, body).await;
    Answer { status, retry_after, body: String::from_utf8_lossy(&kept).into_owned() }
}

/// `Retry-After`: seconds, or an instant in any of the three forms that HTTP knows; what is past is now.
fn wait(text: &str, now: DateTime<Utc>) -> Option<Millis> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds: Millis = text.parse().unwrap_or(Millis::MAX);
        return Some(seconds.saturating_mul(1000));
    }
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let instant = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Some((instant.and_utc() - now).num_milliseconds().max(0))
}
