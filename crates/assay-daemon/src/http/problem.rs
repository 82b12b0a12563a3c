//! What is said when a request is not answered as asked: RFC 9457 problem details for programs, a page for people.

use assay_core::drift::store::StoreError;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was not answered as asked (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// The status says what kind it is.
    #[serde(rename = "type")]
    #[schema(inline)]
    kind: Type,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Stable and machine-readable.
    code: &'static str,
    /// What is wrong and what to do about it.
    detail: String,
    /// Each thing that is wrong, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The status says what kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
enum Type {
    #[serde(rename = "about:blank")]
    Blank,
}

/// What handlers answer.
pub type Answer<T> = Result<T, Problem>;

impl Problem {
    /// A problem with a status, a code and a sentence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Problem {
            kind: Type::Blank,
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            problems: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 400: the request cannot be read.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(what: &str, name: &str) -> Self {
        Problem::new(StatusCode::NOT_FOUND, "not_found", format!("there is no {what} `{name}`"))
    }

    /// 409: it stands otherwise than the request takes for granted.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422: the request can be read, but says something that cannot be.
    pub fn invalid(code: &'static str, detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 413: more than is taken at once.
    pub fn too_large(most_bytes: usize) -> Self {
        let detail = format!("the body is larger than {most_bytes} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail).closing()
    }

    /// 408: the body came too slowly.
    pub fn too_slow() -> Self {
        let detail = "the body did not arrive in time";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", detail).closing()
    }

    /// 429 or 503: to be tried again after some seconds.
    pub fn later(status: StatusCode, code: &'static str, detail: impl Into<String>, seconds: u64) -> Self {
        Problem::new(status, code, detail).with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Names each thing that is wrong.
    #[must_use]
    pub fn naming(mut self, problems: Vec<String>) -> Self {
        self.problems = problems;
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Closes the connection after the answer: the rest of the request is not read.
    #[must_use]
    pub fn closing(self) -> Self {
        self.with(header::CONNECTION, HeaderValue::from_static("close"))
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The machine-readable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Each thing that is wrong, where there are several.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Puts its headers on an answer that says it in another way.
    pub fn on(&self, response: Response) -> Response {
        self.headed(response)
    }

    fn headed(&self, mut response: Response) -> Response {
        for (name, value) in &self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let json = serde_json::to_vec(&self).expect("texts and numbers");
        let content = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
        let mut response = self.headed((self.status(), content, json).into_response());
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!(code = error.code, error = %error.text, "the store refused a request");
        let detail = format!("the store gives no answer: {}", error.text);
        Problem::later(StatusCode::SERVICE_UNAVAILABLE, error.code, detail, 5)
    }
}

/// Whether the answer is shown to a person: they asked for a page, and not under a path for programs.
pub fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let programs = path.starts_with("/api/") || path.starts_with("/-/") || path == "/metrics";
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("");
    !programs && accept.contains("text/html")
}
