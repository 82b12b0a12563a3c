//! Logging in: a token for a session's cookie. The page with the form is among the pages.

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::auth::caller::Caller;
use super::auth::sessions;
use super::extract::Json;
use super::pages;
use super::problem::{Answer, Problem};
use super::routes::{Access, Route, page};
use super::state::{Http, Shared};

/// The routes.
pub fn routes() -> Vec<Route> {
    vec![
        page(Access::Open, Method::POST, "/login", login).body(16 << 10),
        page(Access::Read, Method::POST, "/logout", logout).body(16 << 10),
    ]
}

/// What is sent: a form of the page, or JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    token: String,
    /// Where to go then: a path of this server.
    #[serde(default)]
    next: String,
}

/// The answer to JSON.
#[derive(Serialize)]
struct Begun<'a> {
    csrf: &'a str,
    lasts_seconds: i64,
}

async fn login(State(http): State<Shared>, request: Request) -> Answer<Response> {
    let headers = request.headers().clone();
    let is_json = content_type(&headers).contains("json");
    let sent = if is_json { Json::from_request(request, &http).await?.0 } else { form(&http, request).await? };
    let Credentials { token, next } = sent;
    let (secret, session) = match http.auth.login(&token).await {
        Ok(begun) => begun,
        // people get the form back with what was wrong
        Err(problem) if !is_json => return Ok(problem.on(pages::login_again(&http, &next, &problem)?)),
        Err(problem) => return Err(problem),
    };
    http.auth.logout(&headers);
    let cookie = sessions::set_cookie(&secret, http.is_secure(&headers));
    let cookie = HeaderValue::from_str(&cookie).expect("base64url and words");
    if is_json {
        let begun = Begun { csrf: &session.csrf, lasts_seconds: sessions::LASTS };
        return Ok(([(header::SET_COOKIE, cookie)], axum::Json(begun)).into_response());
    }
    Ok(([(header::SET_COOKIE, cookie)], to(&next)).into_response())
}

async fn logout(State(http): State<Shared>, caller: Caller, headers: HeaderMap) -> Response {
    if caller.csrf.is_some() {
        http.auth.logout(&headers);
    }
    let cookie = sessions::remove_cookie(http.is_secure(&headers));
    let cookie = HeaderValue::from_str(&cookie).expect("words");
    ([(header::SET_COOKIE, cookie)], to("/")).into_response()
}

async fn form(http: &Shared, request: Request) -> Answer<Credentials> {
    let read = tokio::time::timeout(http.limits.body, axum::Form::<Credentials>::from_request(request, http)).await;
    let read = read.map_err(|_| Problem::too_slow())?;
    read.map(|axum::Form(sent)| sent)
        .map_err(|broken| Problem::new(broken.status(), "form_unreadable", broken.body_text()))
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|content| content.to_str().ok()).unwrap_or("")
}

fn to(path: &str) -> Response {
    let location = HeaderValue::from_str(local(path)).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// The path, where it is one of this server: `//host` and `/\host` are others to a browser.
fn local(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && path.starts_with('/') && !path.starts_with("//") { path } else { "/" }
}

impl Http {
    /// Whether the browser may send the cookie back over https only.
    fn is_secure(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
        self.tls || self.hosts.public(host) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn one_is_only_sent_on_to_paths_of_this_server() {
        assert_eq!(local("/incidents?state=open"), "/incidents?state=open");
        for elsewhere in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "javascript:1"] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }
}
