//! A handler that panics: the caller gets an id, the log has the id and what happened.

use std::any::Any;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::http::problem::Problem;
use crate::http::tokens::random;

/// The answer to a request whose handler panicked.
pub(super) fn answer(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic.downcast_ref::<String>().map(String::as_str);
    let what = what.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
    let id = random::<9>().map_or_else(|_| "unknown".into(), |bytes| URL_SAFE_NO_PAD.encode(bytes));
    tracing::error!(%id, panic = %what, "a request's handler panicked");
    let detail = format!("this is a fault of Assay; its log says more under the id {id}");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
}
