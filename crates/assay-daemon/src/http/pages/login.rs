//! `GET /login`: the form; `http::login` takes what is sent.

use assay_report::pages;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

use super::asked::{Asked, html, not_rendered};
use crate::http::auth::caller::Caller;
use crate::http::problem::{Answer, Problem};
use crate::http::state::Http;

/// The form again, with why nobody was signed in.
pub(crate) fn again(http: &Http, next: &str, problem: &Problem) -> Answer<Response> {
    let asked = Asked::new(http, Caller::anonymous(), &Uri::from_static("/login"));
    let login = pages::login::Login { problem: Some(problem.detail().to_owned()), next: next.to_owned() };
    let page = pages::login(&asked.bare(), &login).map_err(|error| not_rendered(&error))?;
    Ok(html(problem.status(), page))
}

/// The form. It asks the store for nothing, so that one can sign in as long as tokens are known.
pub(super) async fn show(asked: Asked) -> Answer<Response> {
    let next = asked.pairs().find(|(name, _)| *name == "next").map_or("/", |(_, value)| value);
    let login = pages::login::Login { problem: None, next: next.to_owned() };
    let page = pages::login(&asked.bare(), &login).map_err(|error| not_rendered(&error))?;
    Ok(html(StatusCode::OK, page))
}
