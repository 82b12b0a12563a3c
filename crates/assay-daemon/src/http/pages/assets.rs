//! `GET /assets/{name}`: styles and scripts. A name holds a hash of what is in it and never changes what it means.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::http::extract::Name;
use crate::http::problem::{Answer, Problem};

/// One file.
pub(super) async fn one(Name(name): Name) -> Answer<Response> {
    let asset = assay_report::pages::assets().iter().find(|asset| asset.name == name);
    let asset = asset.ok_or_else(|| Problem::not_found("file", &name.chars().take(80).collect::<String>()))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, asset.bytes.as_slice()).into_response())
}
