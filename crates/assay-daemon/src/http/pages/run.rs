//! `GET /runs/{id}`: one run with all that it found.

use assay_core::history::History;
use assay_core::ops::Ops;
use assay_report::pages;
use axum::extract::State;
use axum::response::Response;

use super::asked::{self, Asked, Made, made};
use super::recorded;
use crate::http::extract::Name;
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;

/// The page.
pub(super) async fn show(State(http): State<Shared>, Name(id): Name, asked: Asked) -> Answer<Response> {
    asked::show(&http, move |store| page(store, &asked, &id)).await
}

fn page(store: &dyn Ops, asked: &Asked, id: &str) -> Made {
    let Some(run) = store.run(id)? else {
        return Ok(Err(Problem::not_found("run", &id.chars().take(80).collect::<String>())));
    };
    let (record, unreadable) = match recorded::of(store, id)? {
        None => (None, None),
        Some(Ok(record)) => (Some(record), None),
        Some(Err(why)) => (None, Some(why)),
    };
    let history = match &record {
        Some(record) => recorded::before(store, &run, record)?,
        None => History::default(),
    };
    made(pages::run(&asked.frame(store)?, &pages::run::Shown { run, record, unreadable, history }))
}
