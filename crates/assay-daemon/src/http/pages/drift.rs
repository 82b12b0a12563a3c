//! `GET /documents/{name}/drift`: every column of a monitor.

use assay_core::ops::Ops;
use assay_core::ops::runs::Kind;
use assay_report::pages;
use axum::extract::State;
use axum::response::Response;

use super::asked::{self, Asked, Made, made};
use super::{document, known, recorded};
use crate::http::extract::Name;
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::work::Document;

/// The page.
pub(super) async fn show(State(http): State<Shared>, Name(name): Name, asked: Asked) -> Answer<Response> {
    let found = document::find(&asked, &name)?;
    if found.kind != Kind::Monitor {
        return Err(Problem::not_found("monitor", &name));
    }
    asked::show(&http, move |store| page(store, &asked, &found)).await
}

fn page(store: &dyn Ops, asked: &Asked, document: &Document) -> Made {
    let newest = recorded::newest(store, &document.name)?;
    let view = pages::drift::Drift {
        about: known::about(document),
        next: known::next(document, asked.now).into_iter().collect(),
        newest: newest.run,
        unreadable: newest.unreadable,
        history: newest.history,
        runs: document::runs(store, document)?,
    };
    made(pages::drift(&asked.frame(store)?, &view))
}
