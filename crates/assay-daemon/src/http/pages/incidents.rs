//! `GET /incidents`: the list.

use assay_core::ops::Ops;
use assay_core::ops::incidents::{IncidentFilter, IncidentState};
use assay_report::pages;
use assay_report::pages::incidents::{Filter, Incidents, worst_first};
use axum::extract::State;
use axum::response::Response;

use super::asked::{self, Asked, Made, made};
use super::known;
use crate::http::problem::Answer;
use crate::http::state::Shared;

/// Incidents of a page.
const ROWS: usize = 200;

/// The page.
pub(super) async fn show(State(http): State<Shared>, asked: Asked) -> Answer<Response> {
    asked::show(&http, move |store| page(store, &asked)).await
}

fn page(store: &dyn Ops, asked: &Asked) -> Made {
    let of = |name: &str| asked.pairs().find(|(known, _)| *known == name).map_or("", |(_, value)| value.trim());
    let filter = Filter { state: IncidentState::named(of("state")), document: of("document").to_owned() };
    let unresolved = vec![IncidentState::Open, IncidentState::Acknowledged, IncidentState::Pending];
    let wanted = IncidentFilter {
        document: (!filter.document.is_empty()).then(|| filter.document.clone()),
        states: filter.state.map_or(unresolved, |state| vec![state]),
        most: ROWS + 1,
        ..IncidentFilter::default()
    };
    let mut found = store.incidents(&wanted)?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let mut incidents = known::bad(store, &asked.project, found, asked.now)?;
    if filter.state != Some(IncidentState::Resolved) {
        worst_first(&mut incidents);
    }
    made(pages::incidents(&asked.frame(store)?, &Incidents { filter, incidents, more }))
}
