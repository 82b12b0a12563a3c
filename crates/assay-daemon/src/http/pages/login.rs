//! `GET /login`: the form; `http::login` takes what is sent.

use assay_report::pages;
use axum::http::StatusCode;
use axum::response::Response;

use super::asked::{Asked, html, not_rendered};
use crate::http::problem::Answer;

/// The form. It asks the store for nothing, so that one can sign in as long as tokens are known.
pub(super) async fn show(asked: Asked) -> Answer<Response> {
    let next = asked.pairs().find(|(name, _)| *name == "next").map_or("/", |(_, value)| value);
    let login = pages::login::Login { problem: None, next: next.to_owned() };
    let page = pages::login(&asked.bare(), &login).map_err(|error| not_rendered(&error))?;
    Ok(html(StatusCode::OK, page))
}
