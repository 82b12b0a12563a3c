//! What handlers take from a request, with problems as answers where it cannot be read.

use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::state::Shared;

/// The body's bytes, within the route's size and the server's time.
pub struct Payload(pub Bytes);

/// A body of JSON.
pub struct Json<T>(pub T);

/// The query of the URL.
pub struct Query<T>(pub T);

/// A part of the path, decoded.
pub struct Name(pub String);

impl FromRequest<Shared> for Payload {
    type Rejection = Problem;

    async fn from_request(request: Request, http: &Shared) -> Result<Self, Problem> {
        let read = tokio::time::timeout(http.limits.body, Bytes::from_request(request, http)).await;
        let read = read.map_err(|_| Problem::too_slow())?;
        read.map(Payload).map_err(|broken| match broken.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Problem::bad_request("body_broken", "the body broke off"),
        })
    }
}

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, http: &Shared) -> Result<Self, Problem> {
        let read = tokio::time::timeout(http.limits.body, axum::Json::<T>::from_request(request, http)).await;
        let read = read.map_err(|_| Problem::too_slow())?;
        read.map(|axum::Json(value)| Json(value)).map_err(|broken| match broken {
            JsonRejection::MissingJsonContentType(_) => {
                let detail = "the body is to be JSON: send `Content-Type: application/json`";
                Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", detail)
            }
            JsonRejection::JsonDataError(error) => Problem::invalid("body_invalid", sentence(&error)),
            JsonRejection::JsonSyntaxError(error) => Problem::bad_request("body_unreadable", sentence(&error)),
            other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Problem::bad_request("body_broken", "the body broke off"),
        })
    }
}

impl<T: DeserializeOwned> FromRequestParts<Shared> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, http).await;
        read.map(|axum::extract::Query(value)| Query(value)).map_err(|broken: QueryRejection| {
            let source = std::error::Error::source(&broken).map(ToString::to_string);
            Problem::bad_request("query_unreadable", source.unwrap_or_else(|| broken.body_text()))
        })
    }
}

impl FromRequestParts<Shared> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, Problem> {
        let read = axum::extract::Path::<String>::from_request_parts(parts, http).await;
        read.map(|axum::extract::Path(name)| Name(name))
            .map_err(|_| Problem::bad_request("path_unreadable", "the path is not UTF-8"))
    }
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is larger than this route takes").closing()
}

/// What serde says of the place, without axum's words before it.
fn sentence(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
