//! `GET /runs`: the list.

use assay_core::ops::Ops;
use assay_core::ops::runs::RunFilter;
use assay_report::pages;
use assay_report::pages::runs::{Filter, ROWS, Runs};
use axum::extract::State;
use axum::response::Response;

use super::asked::{self, Asked, Made, made};
use crate::http::problem::Answer;
use crate::http::state::Shared;

/// The page.
pub(super) async fn show(State(http): State<Shared>, asked: Asked) -> Answer<Response> {
    asked::show(&http, move |store| page(store, &asked)).await
}

fn page(store: &dyn Ops, asked: &Asked) -> Made {
    let filter = Filter::of(asked.pairs());
    let wanted = RunFilter {
        document: (!filter.document.is_empty()).then(|| filter.document.clone()),
        states: filter.state.into_iter().collect(),
        outcomes: filter.outcome.into_iter().collect(),
        before: filter.before,
        most: ROWS + 1,
    };
    let mut runs = store.runs(&wanted)?;
    let more = runs.len() > ROWS;
    runs.truncate(ROWS);
    made(pages::runs(&asked.frame(store)?, &Runs { filter, runs, more }))
}
