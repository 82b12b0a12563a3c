//! What every page takes from a request, and how it is answered.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use assay_core::drift::store::StoreError;
use assay_core::ops::incidents::{IncidentFilter, IncidentState};
use assay_core::ops::tokens::Scope;
use assay_core::ops::{Millis, Ops};
use assay_report::pages::{self, Frame, Said, Visitor};
use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::http::auth::caller::Caller;
use crate::http::problem::{Answer, Problem};
use crate::http::state::{Http, Shared};
use crate::work::Project;

/// Incidents that are counted beside the way to them.
const COUNTED: usize = 10_000;
/// Characters of a path that one comes back to.
const LONGEST_PATH: usize = 2_000;

/// Who asks for a page, and when: an extractor of every page.
pub(super) struct Asked {
    pub project: Arc<Project>,
    pub now: Millis,
    pub caller: Caller,
    /// Path and query, without what was just done.
    pub here: String,
    pub said: Option<Said>,
    /// The query's pairs, in order.
    pub query: Vec<(String, String)>,
}

impl FromRequestParts<Shared> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, Infallible> {
        let caller = Caller::from_request_parts(parts, http).await?;
        Ok(Asked::new(http, caller, &parts.uri))
    }
}

impl Asked {
    pub fn new(http: &Http, caller: Caller, uri: &Uri) -> Self {
        let query = Query::<Vec<(String, String)>>::try_from_uri(uri).map_or_else(|_| Vec::new(), |Query(pairs)| pairs);
        let said = query.iter().find(|(name, _)| name == "said").and_then(|(_, value)| Said::named(value));
        Asked { project: http.daemon.project(), now: http.daemon.now(), caller, here: here(uri), said, query }
    }

    /// The query's pairs, borrowed.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What stands around a page. Incidents are counted where the store answers.
    pub fn frame(&self, store: &dyn Ops) -> Result<Frame, StoreError> {
        let states = vec![IncidentState::Open, IncidentState::Acknowledged];
        let broken = store.incidents(&IncidentFilter { states, most: COUNTED, ..IncidentFilter::default() })?.len();
        Ok(Frame { broken, ..self.bare() })
    }

    /// The same without asking the store.
    pub fn bare(&self) -> Frame {
        Frame {
            project: self.project.name.clone(),
            now: self.now,
            broken: 0,
            here: self.here.clone(),
            visitor: Visitor {
                name: self.caller.is_known().then(|| self.caller.name.clone()),
                may_run: self.caller.may(Scope::Run),
                may_admin: self.caller.may(Scope::Admin),
                csrf: self.caller.csrf.clone().unwrap_or_default(),
            },
            said: self.said,
        }
    }
}

/// Where one comes back to: without what was just done, which is said once.
fn here(uri: &Uri) -> String {
    let kept = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("said="));
    let query = kept.collect::<Vec<_>>().join("&");
    let here = if query.is_empty() { uri.path().to_owned() } else { format!("{}?{query}", uri.path()) };
    if here.len() > LONGEST_PATH { "/".into() } else { here }
}

/// A page's bytes, or why there are none.
pub(super) type Made = Result<Answer<Vec<u8>>, StoreError>;

/// Asks the store and makes the page of its answers, on a thread that may block.
pub(super) async fn show(http: &Shared, make: impl FnOnce(&dyn Ops) -> Made + Send + 'static) -> Answer<Response> {
    let page = http.daemon.answer(make).await??;
    Ok(html(StatusCode::OK, page))
}

/// A page that was made.
pub(super) fn html(status: StatusCode, page: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], page).into_response()
}

/// What rendering gave, as a page's answer.
pub(super) fn made(rendered: io::Result<Vec<u8>>) -> Made {
    Ok(rendered.map_err(|error| not_rendered(&error)))
}

pub(super) fn not_rendered(error: &io::Error) -> Problem {
    tracing::error!(%error, "a page cannot be made");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "page_not_made", format!("the page cannot be made: {error}"))
}

/// Sends a browser on after something was done: a page loaded again does nothing twice.
pub(super) fn to(path: &str, said: Said) -> Response {
    let location = HeaderValue::from_str(&format!("{path}?said={}", said.name()));
    let location = location.unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// The fields of a form, in order.
pub(super) struct Fields(pub Vec<(String, String)>);

impl FromRequest<Shared> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, http: &Shared) -> Result<Self, Problem> {
        let read = Form::<Vec<(String, String)>>::from_request(request, http);
        let read = tokio::time::timeout(http.limits.body, read).await.map_err(|_| Problem::too_slow())?;
        let Form(fields) =
            read.map_err(|broken| Problem::new(broken.status(), "form_unreadable", broken.body_text()))?;
        Ok(Fields(fields))
    }
}

impl Fields {
    /// The first value of a field; empty where there is none.
    pub fn one<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }

    /// All values of a field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A problem as a page, with the head of all others.
pub(crate) fn problem(http: &Http, caller: Caller, uri: &Uri, of: &Problem) -> Response {
    let asked = Asked::new(http, caller, uri);
    // a form that failed has no page to come back to
    let frame = Frame { here: "/".into(), ..asked.bare() };
    let view = pages::error::Problem {
        status: of.status().as_u16(),
        title: title(of.status()).to_owned(),
        text: of.detail().to_owned(),
        problems: of.problems().to_vec(),
        hint: None,
    };
    let page = pages::error(&frame, &view).unwrap_or_else(|_| of.detail().as_bytes().to_vec());
    html(of.status(), page)
}

/// What people are told before the sentence.
fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "This needs you to sign in",
        403 => "You may not do this",
        404 => "There is no such page",
        405 | 415 => "This cannot be asked for so",
        409 => "It is not as it was",
        429 => "Too many at once",
        400..=499 => "This could not be read",
        503 => "Not now",
        _ => "Something went wrong here",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_without_what_was_just_done() {
        let here = |text: &str| here(&text.parse().unwrap());
        assert_eq!(here("/runs?state=missed&said=queued&outcome="), "/runs?state=missed&outcome=");
        assert_eq!((here("/?said=queued"), here("/")), ("/".into(), "/".into()));
        assert_eq!(here(&format!("/?q={}", "x".repeat(5_000))), "/");
    }
}
