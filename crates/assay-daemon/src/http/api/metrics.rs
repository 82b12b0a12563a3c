//! `/metrics`: what Prometheus scrapes.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::http::state::Shared;

/// Metrics in the text format of Prometheus. Where there are tokens, a scrape needs one with scope read
/// (`authorization: {credentials_file: ...}` of the scrape configuration).
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "Text format 0.0.4", body = String, content_type = "text/plain"),
))]
pub async fn metrics(State(http): State<Shared>) -> Response {
    let (content, text) = http.daemon.metrics.render(&http.daemon).await;
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content))], text).into_response()
}
