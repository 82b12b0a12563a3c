//! `/api/v1/incidents`: what is broken, and who looks after it.

use assay_core::ops::incidents::{AlertEvent, Incident, IncidentFilter, IncidentState};
use axum::Json as Answered;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::auth::caller::Caller;
use crate::http::extract::{Json, Name, Query};
use crate::http::list::{bad_cursor, limit, named, outcome_name, page};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::http::time::rfc3339;

/// Events of one incident that are shown.
const EVENTS: usize = 100;

/// Which incidents.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Of this document.
    pub document: Option<String>,
    /// `pending`, `open`, `acknowledged`, `resolved`, with commas.
    pub state: Option<String>,
    /// How many at most: 100, or up to 500.
    pub limit: Option<usize>,
    /// The `next` of the answer before.
    pub cursor: Option<String>,
}

/// A part of the list, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Incidents {
    /// The incidents.
    incidents: Vec<IncidentView>,
    /// The cursor of the next part, where more follow.
    next: Option<String>,
}

/// A check that is broken, from when it broke until it held again.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentView {
    /// Its number.
    number: u64,
    /// The contract's table or the monitor's name.
    document: String,
    /// The check's id; of monitors `drift`, `dataset`, `performance.rmse`, ...
    check: String,
    /// The column, where it has one.
    column: Option<String>,
    /// The segment, where it has one.
    segment: Option<String>,
    /// `verdict`: the data broke the check; `error`: it could not be evaluated.
    kind: &'static str,
    /// `pending`, `open`, `acknowledged` or `resolved`.
    state: &'static str,
    /// `warn`, `fail` or `error`.
    severity: &'static str,
    /// The document's layer.
    layer: Option<String>,
    /// The document's owner.
    owner: Option<String>,
    /// Labels.
    tags: Vec<String>,
    /// What was found last.
    message: String,
    /// Bad runs in a row.
    bad: u32,
    /// Good runs in a row since.
    good: u32,
    /// When it was first bad.
    since: String,
    /// When it was opened.
    opened_at: Option<String>,
    /// When anything of it changed.
    changed_at: String,
    /// When it was resolved.
    resolved_at: Option<String>,
    /// Why it was resolved: `recovered`, `removed`, `never_confirmed`.
    resolved_why: Option<String>,
    /// How often it was opened again.
    reopened: u32,
    /// The newest run that was judged.
    run: String,
    /// Who acknowledged it.
    acknowledged_by: Option<String>,
    /// What they said.
    note: Option<String>,
}

/// An incident with what happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentDetail {
    /// What lists show of it.
    #[serde(flatten)]
    incident: IncidentView,
    /// The last 100 events, in order.
    events: Vec<EventView>,
}

/// Something that happened to an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// `opened`, `reopened`, `worsened`, `eased`, `acknowledged` or `resolved`.
    kind: &'static str,
    /// When.
    at: String,
    /// The severity from then on.
    severity: &'static str,
    /// What was found, or said.
    message: String,
    /// The run, where one caused it.
    run: Option<String>,
}

/// What is said with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Up to 2,000 characters.
    note: Option<String>,
}

/// Incidents, newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(Filter), responses(
    (status = 200, description = "A part of the list", body = Incidents),
))]
pub async fn list(State(http): State<Shared>, Query(filter): Query<Filter>) -> Answer<Answered<Incidents>> {
    let limit = limit(filter.limit)?;
    let states: Vec<&str> = IncidentState::ALL.iter().map(|state| state.name()).collect();
    let states = named("state", filter.state.as_deref(), IncidentState::named, &states)?;
    let below = filter.cursor.as_deref().map(|cursor| cursor.parse::<u64>().map_err(|_| bad_cursor())).transpose()?;
    let document = filter.document;
    let found = http.daemon.answer(move |store| {
        let mut asked = IncidentFilter { document, states, most: limit + 1, ..IncidentFilter::default() };
        loop {
            let mut found = store.incidents(&asked)?;
            let all = found.len() < asked.most;
            found.retain(|incident| below.is_none_or(|below| incident.number < below));
            if all || found.len() > limit {
                return Ok(found);
            }
            // the store lists from the newest: what was shown before is passed over
            asked.most = asked.most.saturating_mul(4);
        }
    });
    let (incidents, next) = page(found.await?, limit, |incident| incident.number.to_string());
    Ok(Answered(Incidents { incidents: incidents.iter().map(IncidentView::of).collect(), next }))
}

/// One incident, with what happened to it.
#[utoipa::path(get, path = "/api/v1/incidents/{number}", tag = "incidents",
    params(("number" = u64, Path, description = "The incident's number")),
    responses((status = 200, description = "The incident", body = IncidentDetail)))]
pub async fn one(State(http): State<Shared>, Name(number): Name) -> Answer<Answered<IncidentDetail>> {
    let asked = number_of(&number)?;
    let filter = IncidentFilter { number: Some(asked), most: 1, ..IncidentFilter::default() };
    let found = http.daemon.answer(move |store| Ok((store.incidents(&filter)?, store.events_of(asked, EVENTS)?)));
    let (incidents, events) = found.await?;
    let incident = incidents.first().ok_or_else(|| Problem::not_found("incident", &number))?;
    let events = events.iter().map(EventView::of).collect();
    Ok(Answered(IncidentDetail { incident: IncidentView::of(incident), events }))
}

/// Says that somebody looks after it: no repeats until it is over or worse.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/acknowledge", tag = "incidents", request_body = Acknowledge,
    params(("number" = u64, Path, description = "The incident's number")),
    responses(
        (status = 200, description = "Acknowledged", body = IncidentView),
        (status = 409, description = "It is pending or resolved", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn acknowledge(
    State(http): State<Shared>,
    caller: Caller,
    Name(number): Name,
    Json(said): Json<Acknowledge>,
) -> Answer<Answered<IncidentView>> {
    let incident = http.acknowledge(number_of(&number)?, said.note.as_deref(), &caller).await?;
    Ok(Answered(IncidentView::of(&incident)))
}

/// No incident has a number that is none.
fn number_of(text: &str) -> Answer<u64> {
    let number = text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
    number.ok_or_else(|| Problem::not_found("incident", &text.chars().take(40).collect::<String>()))
}

impl EventView {
    fn of(event: &AlertEvent) -> Self {
        EventView {
            kind: event.kind.name(),
            at: rfc3339(event.at),
            severity: outcome_name(event.severity),
            message: event.message.clone(),
            run: event.run.clone(),
        }
    }
}

impl IncidentView {
    /// As the API shows it.
    pub fn of(incident: &Incident) -> Self {
        IncidentView {
            number: incident.number,
            document: incident.key.document.clone(),
            check: incident.key.check.clone(),
            column: incident.key.column.clone(),
            segment: incident.key.segment.clone(),
            kind: incident.key.kind.name(),
            state: incident.state.name(),
            severity: outcome_name(incident.severity),
            layer: incident.layer.clone(),
            owner: incident.owner.clone(),
            tags: incident.tags.clone(),
            message: incident.message.clone(),
            bad: incident.bad,
            good: incident.good,
            since: rfc3339(incident.since),
            opened_at: incident.opened_at.map(rfc3339),
            changed_at: rfc3339(incident.changed_at),
            resolved_at: incident.resolved_at.map(rfc3339),
            resolved_why: incident.resolved_why.clone(),
            reopened: incident.reopened,
            run: incident.run.clone(),
            acknowledged_by: incident.acknowledged_by.clone(),
            note: incident.note.clone(),
        }
    }
}
