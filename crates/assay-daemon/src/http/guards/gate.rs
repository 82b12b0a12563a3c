//! The gate of one route: time, size of the body, token and scope, and what forms must send along.

use std::time::Duration;

use axum::Form;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::auth::caller::Caller;
use crate::http::auth::sessions;
use crate::http::problem::{Answer, Problem, wants_page};
use crate::http::routes::Access;
use crate::http::state::Shared;

/// The header that scripts of pages send the session's own token in.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// The field that forms have it in.
pub const CSRF_FIELD: &str = "csrf";

/// What a route's gate knows.
#[derive(Clone)]
pub(crate) struct Gate {
    pub http: Shared,
    pub access: Access,
    pub body: usize,
    pub time: Duration,
}

/// Lets a request through, or says why not.
pub(crate) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let time = gate.time;
    let answered = tokio::time::timeout(time, enter(gate, request, next)).await;
    answered.unwrap_or_else(|_| {
        let detail = format!("no answer within {} s", time.as_secs_f64());
        Problem::later(StatusCode::SERVICE_UNAVAILABLE, "request_timeout", detail, 5).into_response()
    })
}

async fn enter(gate: Gate, request: Request, next: Next) -> Response {
    let page = wants_page(request.uri().path(), request.headers()) && request.method() == Method::GET;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_string();
    match checked(&gate, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) if page && problem.status() == StatusCode::UNAUTHORIZED => to_login(&path),
        Err(problem) => problem.into_response(),
    }
}

/// The request with its caller beside it.
async fn checked(gate: &Gate, request: Request) -> Answer<Request> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|bytes: usize| bytes > gate.body) {
        return Err(Problem::too_large(gate.body));
    }
    let caller = gate.http.auth.caller(gate.access, request.method(), request.headers()).await?;
    let (parts, body) = request.into_parts();
    let (mut parts, body) = match &caller.csrf {
        Some(own) if !parts.method.is_safe() && gate.access != Access::Open => {
            same_session(gate, own, parts, body).await?
        }
        _ => (parts, body),
    };
    parts.extensions.insert::<Caller>(caller);
    Ok(Request::from_parts(parts, body))
}

/// Whether a request by cookie sends along what only this server's own pages know.
async fn same_session(gate: &Gate, own: &str, parts: Parts, body: Body) -> Answer<(Parts, Body)> {
    if let Some(sent) = parts.headers.get(CSRF_HEADER) {
        let sent = sent.to_str().unwrap_or("");
        return if sessions::is_csrf(own, sent) { Ok((parts, body)) } else { Err(foreign()) };
    }
    if !is_form(&parts.headers) {
        return Err(foreign());
    }
    let bytes = read(body, gate.body, gate.http.limits.body).await?;
    let sent = field(bytes.clone(), CSRF_FIELD).await.unwrap_or_default();
    if !sessions::is_csrf(own, &sent) {
        return Err(foreign());
    }
    Ok((parts, Body::from(bytes)))
}

/// Reads a body, up to a size and within a time.
pub(crate) async fn read(body: Body, most: usize, within: Duration) -> Answer<Bytes> {
    let read = tokio::time::timeout(within, to_bytes(body, most)).await.map_err(|_| Problem::too_slow())?;
    read.map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        if source.contains("length limit") {
            return Problem::too_large(most);
        }
        Problem::bad_request("body_broken", "the body broke off")
    })
}

fn is_form(headers: &HeaderMap) -> bool {
    let content = headers.get(header::CONTENT_TYPE).and_then(|content| content.to_str().ok()).unwrap_or("");
    content.split(';').next().is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded")
}

/// The value of a form's field.
async fn field(form: Bytes, name: &str) -> Option<String> {
    let kind = "application/x-www-form-urlencoded";
    let request = Request::post("/").header(header::CONTENT_TYPE, kind).body(Body::from(form)).ok()?;
    let Form(fields) = Form::<Vec<(String, String)>>::from_request(request, &()).await.ok()?;
    fields.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn foreign() -> Problem {
    let detail = "the form is not one of this session; load the page again and send it once more";
    Problem::new(StatusCode::FORBIDDEN, "csrf_token_wrong", detail)
}

fn to_login(path: &str) -> Response {
    let next: String = path.bytes().map(escaped).collect();
    let to = HeaderValue::from_str(&format!("/login?next={next}")).unwrap_or(HeaderValue::from_static("/login"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

fn escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    }
}
