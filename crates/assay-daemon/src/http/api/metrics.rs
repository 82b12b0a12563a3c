//! `/metrics`: what Prometheus scrapes.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;

/// Metrics in the text format of Prometheus. Where there are tokens, a scrape needs one with scope read
/// (`authorization: {credentials_file: ...}` of the scrape configuration).
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "Text format 0.0.4", body = String, content_type = "text/plain"),
))]
pub async fn metrics(State(http): State<Shared>) -> Answer<Response> {
    let (exposition, daemon) = (http.metrics.clone(), http.daemon.clone());
    let rendered = tokio::task::spawn_blocking(move || exposition.render(&daemon)).await;
    let text = rendered.unwrap_or_else(|broken| Err(format!("rendering broke off: {broken}")));
    let text = text.map_err(|why| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "metrics_unavailable", why))?;
    let content = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, content)], text).into_response())
}
