//! `/api/v1/outbox`: messages that are to reach a receiver, and what became of them.

use assay_core::ops::outbox::{Message, MessageFilter, MessageState};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::auth::caller::Caller;
use crate::http::deliveries;
use crate::http::extract::{Name, Query};
use crate::http::list::{limit, named};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::http::time::rfc3339;

/// Which messages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// `waiting`, `delivered`, `dead`, with commas.
    pub state: Option<String>,
    /// To this receiver.
    pub receiver: Option<String>,
    /// Those that tell of the incident with this number.
    pub incident: Option<u64>,
    /// True: newest first.
    #[serde(default)]
    pub newest: bool,
    /// How many at most: 100, or up to 500.
    pub limit: Option<usize>,
}

/// Messages, oldest first where nothing else is asked for, without what is sent in them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outbox {
    /// How many wait.
    waiting: u64,
    /// When the oldest of these was written.
    oldest: Option<String>,
    /// How many were given up and are still kept.
    dead: u64,
    /// The messages.
    messages: Vec<MessageView>,
    /// Whether there are more than `limit`.
    more: bool,
}

/// A message to a receiver.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    /// Its id, the same on every try.
    id: String,
    /// The key of the group it tells of.
    group: String,
    /// The receiver's name.
    receiver: String,
    /// Whom of the receiver it goes to, such as one address of several. Order holds within receiver and target.
    #[serde(skip_serializing_if = "String::is_empty")]
    target: String,
    /// The receiver's kind.
    integration: String,
    /// Why it is sent.
    reason: String,
    /// The numbers of the incidents it tells of.
    incidents: Vec<u64>,
    /// `waiting`, `delivered` or `dead`.
    state: &'static str,
    /// Tries so far.
    attempts: u32,
    /// When it was written.
    created_at: String,
    /// When the next try is due, of a waiting one.
    next_at: Option<String>,
    /// What the last try gave.
    last_error: Option<String>,
    /// When it came to its end.
    ended_at: Option<String>,
}

/// Messages that are to reach a receiver.
#[utoipa::path(get, path = "/api/v1/outbox", tag = "outbox", params(Filter), responses(
    (status = 200, description = "The messages", body = Outbox),
))]
pub async fn list(State(http): State<Shared>, Query(filter): Query<Filter>) -> Answer<Json<Outbox>> {
    let limit = limit(filter.limit)?;
    let states = named("state", filter.state.as_deref(), MessageState::named, &deliveries::states())?;
    let Filter { receiver, incident, newest, .. } = filter;
    let (most, brief) = (limit + 1, true);
    let asked = MessageFilter { states, receiver, incident, newest, brief, most, ..MessageFilter::default() };
    let (size, found) = http.daemon.answer(move |store| Ok((store.outbox()?, store.messages(&asked)?))).await?;
    Ok(Json(Outbox {
        waiting: size.waiting,
        oldest: size.oldest.map(rfc3339),
        dead: size.dead,
        messages: found.iter().take(limit).map(MessageView::of).collect(),
        more: found.len() > limit,
    }))
}

/// Has a message tried again that was given up, or now one that waits for its next try: as if it had never been tried.
/// A receiver that wanted nothing any more is told again.
#[utoipa::path(post, path = "/api/v1/outbox/{id}/retry", tag = "outbox",
    params(("id" = String, Path, description = "The message's id")),
    responses(
        (status = 200, description = "It waits, due now", body = MessageView),
        (status = 409, description = "It was delivered", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn retry(State(http): State<Shared>, caller: Caller, Name(id): Name) -> Answer<Json<MessageView>> {
    Ok(Json(MessageView::of(&http.retry_message(&id, &caller).await?)))
}

/// Gives a message up that waits; nobody is told in its place.
#[utoipa::path(post, path = "/api/v1/outbox/{id}/drop", tag = "outbox",
    params(("id" = String, Path, description = "The message's id")),
    responses(
        (status = 200, description = "It is given up", body = MessageView),
        (status = 409, description = "It does not wait", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn give_up(State(http): State<Shared>, caller: Caller, Name(id): Name) -> Answer<Json<MessageView>> {
    Ok(Json(MessageView::of(&http.drop_message(&id, &caller).await?)))
}

impl MessageView {
    /// As the API shows it.
    pub fn of(message: &Message) -> Self {
        MessageView {
            id: message.id.clone(),
            group: message.group.clone(),
            receiver: message.receiver.clone(),
            target: message.target.clone(),
            integration: message.integration.clone(),
            reason: message.reason.clone(),
            incidents: message.incidents.clone(),
            state: message.state.name(),
            attempts: message.attempts,
            created_at: rfc3339(message.created_at),
            next_at: (message.state == MessageState::Waiting).then(|| rfc3339(message.next_at)),
            last_error: message.last_error.clone(),
            ended_at: message.ended_at.map(rfc3339),
        }
    }
}
