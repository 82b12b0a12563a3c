//! `/documents/{name}`: a contract or a monitor, and the button that runs it.

use std::sync::Arc;

use assay_core::drift::store::StoreError;
use assay_core::ops::Ops;
use assay_core::ops::incidents::{Incident, IncidentFilter, IncidentState};
use assay_core::ops::runs::{Run, RunFilter, Trigger};
use assay_report::pages::{self, Said};
use axum::extract::State;
use axum::response::Response;

use super::asked::{self, Asked, Made, made, to};
use super::{known, recorded};
use crate::http::auth::caller::Caller;
use crate::http::extract::Name;
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::work::Document;

/// Runs of the strip, among them those that are listed.
pub(super) const RUNS: usize = 30;
/// Incidents that are not resolved.
const OPEN: usize = 200;
/// Incidents that are.
const RESOLVED: usize = 5;

/// The page.
pub(super) async fn show(State(http): State<Shared>, Name(name): Name, asked: Asked) -> Answer<Response> {
    let document = find(&asked, &name)?;
    asked::show(&http, move |store| page(store, &asked, &document)).await
}

/// Queues a run, and comes back to the page.
pub(super) async fn run(State(http): State<Shared>, caller: Caller, Name(name): Name) -> Answer<Response> {
    let queued = http.ask_run(&name, Trigger::Manual, None, &caller).await?;
    let said = if queued.added { Said::Queued } else { Said::Waiting };
    Ok(to(&pages::address_of_document(&name), said))
}

/// The document of this name.
pub(super) fn find(asked: &Asked, name: &str) -> Answer<Arc<Document>> {
    let found = asked.project.documents.get(name).cloned();
    found.ok_or_else(|| Problem::not_found("contract or monitor", &name.chars().take(200).collect::<String>()))
}

/// Its last runs, newest first.
pub(super) fn runs(store: &dyn Ops, document: &Document) -> Result<Vec<Run>, StoreError> {
    store.runs(&RunFilter { document: Some(document.name.clone()), most: RUNS, ..RunFilter::default() })
}

fn page(store: &dyn Ops, asked: &Asked, document: &Document) -> Made {
    let newest = recorded::newest(store, &document.name)?;
    let view = pages::document::Document {
        about: known::about(document),
        next: known::next(document, asked.now).into_iter().collect(),
        newest: newest.run,
        unreadable: newest.unreadable,
        history: newest.history,
        runs: runs(store, document)?,
        incidents: known::bad(store, &asked.project, incidents(store, &document.name)?, asked.now)?,
        changes: recorded::changes(store, &document.name, document.kind)?,
    };
    made(pages::document(&asked.frame(store)?, &view))
}

/// Those that are not resolved, and the last ones that are.
fn incidents(store: &dyn Ops, document: &str) -> Result<Vec<Incident>, StoreError> {
    let of = |states, most| IncidentFilter {
        document: Some(document.to_owned()),
        states,
        most,
        ..IncidentFilter::default()
    };
    let open = vec![IncidentState::Open, IncidentState::Acknowledged, IncidentState::Pending];
    let mut incidents = store.incidents(&of(open, OPEN))?;
    incidents.extend(store.incidents(&of(vec![IncidentState::Resolved], RESOLVED))?);
    Ok(incidents)
}
