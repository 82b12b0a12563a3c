//! What stands around every route.

pub mod gate;
pub mod headers;
pub mod host;
pub mod origin;
pub mod panics;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;

use super::problem::{Problem, wants_page};
use super::state::Shared;

/// Puts the guards of every route around them; the last is the outermost.
pub(super) fn around(router: Router<Shared>, http: &Shared) -> Router<Shared> {
    router
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "no_such_route", "there is nothing under this path"))
        .method_not_allowed_fallback(async || {
            let detail = "this path is not called with this method";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        })
        .layer(from_fn_with_state(http.clone(), origin::check))
        .layer(from_fn_with_state(http.clone(), host::check))
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(from_fn(face))
        .layer(from_fn_with_state(http.clone(), headers::set))
}

/// Shows problems to people as pages.
async fn face(request: Request, next: Next) -> Response {
    let page = wants_page(request.uri().path(), request.headers());
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) if page => problem.page(),
        _ => response,
    }
}
