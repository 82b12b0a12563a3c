//! What stands around every route.

pub mod gate;
pub mod headers;
pub mod host;
pub mod origin;
pub mod panics;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;

use super::auth::caller::Caller;
use super::pages;
use super::problem::{Problem, wants_page};
use super::routes::Access;
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
        .layer(from_fn_with_state(http.clone(), face))
        // the page of a problem is written outside of the first
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(from_fn_with_state(http.clone(), headers::set))
}

/// Shows problems to people as pages.
async fn face(State(http): State<Shared>, request: Request, next: Next) -> Response {
    if !wants_page(request.uri().path(), request.headers()) {
        return next.run(request).await;
    }
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let caller = http.auth.caller(Access::Open, &Method::GET, &headers).await;
    problem.on(pages::problem(&http, caller.unwrap_or_else(|_| Caller::anonymous()), &uri, problem))
}
