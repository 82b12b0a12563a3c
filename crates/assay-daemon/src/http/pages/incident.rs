//! `/incidents/{number}`: one incident, and the form that acknowledges it.

use assay_core::drift::store::StoreError;
use assay_core::ops::Ops;
use assay_core::ops::incidents::IncidentFilter;
use assay_core::ops::outbox::{Message, MessageFilter};
use assay_report::pages::{self, Said};
use axum::extract::State;
use axum::response::Response;

use super::asked::{self, Asked, Fields, Made, made, to};
use super::{known, recorded};
use crate::http::auth::caller::Caller;
use crate::http::extract::Name;
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;

/// Events that are told, the newest.
const EVENTS: usize = 100;
/// Messages likewise.
const TOLD: usize = 50;

/// The page.
pub(super) async fn show(State(http): State<Shared>, Name(number): Name, asked: Asked) -> Answer<Response> {
    let number = number_of(&number)?;
    asked::show(&http, move |store| page(store, &asked, number)).await
}

/// Says that somebody looks after it, and comes back to the page.
pub(super) async fn acknowledge(
    State(http): State<Shared>,
    caller: Caller,
    Name(number): Name,
    fields: Fields,
) -> Answer<Response> {
    let number = number_of(&number)?;
    let said = match http.acknowledge(number, Some(fields.one("note")), &caller).await {
        Ok(_) => Said::Acknowledged,
        Err(problem) if problem.code() == "incident_not_open" => Said::NotOpen,
        Err(problem) => return Err(problem),
    };
    Ok(to(&format!("/incidents/{number}"), said))
}

fn number_of(text: &str) -> Answer<u64> {
    let number = text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
    number.ok_or_else(|| Problem::not_found("incident", &text.chars().take(40).collect::<String>()))
}

/// The newest messages that tell of it.
fn told(store: &dyn Ops, number: u64) -> Result<Vec<Message>, StoreError> {
    let (incident, most) = (Some(number), TOLD);
    store.messages(&MessageFilter { incident, newest: true, brief: true, most, ..MessageFilter::default() })
}

fn page(store: &dyn Ops, asked: &Asked, number: u64) -> Made {
    let wanted = IncidentFilter { number: Some(number), most: 1, ..IncidentFilter::default() };
    let found = store.incidents(&wanted)?;
    let Some(bad) = known::bad(store, &asked.project, found, asked.now)?.pop() else {
        return Ok(Err(Problem::not_found("incident", &number.to_string())));
    };
    let run = store.run(&bad.incident.run)?;
    let record = match &run {
        // one that cannot be read is told by the run's own page
        Some(run) => recorded::of(store, &run.id)?.and_then(Result::ok),
        None => None,
    };
    let history = match (&run, &record) {
        (Some(run), Some(record)) => recorded::before(store, run, record)?,
        _ => assay_core::history::History::default(),
    };
    let view = pages::incident::Detail {
        kind: asked.project.documents.get(&bad.incident.key.document).map(|document| document.kind),
        events: store.events_of(number, EVENTS)?,
        told: told(store, number)?,
        newest: run.map(|run| (run, record)),
        history,
        bad,
    };
    made(pages::incident(&asked.frame(store)?, &view))
}
