//! `GET /api/v1/outbox`: messages that are to reach a receiver, and what became of them.

use assay_core::ops::outbox::{Message, MessageFilter, MessageState};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::extract::Query;
use crate::http::list::{limit, named};
use crate::http::problem::Answer;
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
    /// How many at most: 100, or up to 500.
    pub limit: Option<usize>,
}

/// Messages, oldest first, without what is sent in them.
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
    /// Order holds within receiver and group.
    group: String,
    /// The receiver's name.
    receiver: String,
    /// The receiver's kind.
    integration: String,
    /// Why it is sent.
    reason: String,
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
    let all = ["waiting", "delivered", "dead"];
    let states = named("state", filter.state.as_deref(), MessageState::named, &all)?;
    let asked = MessageFilter { states, receiver: filter.receiver, most: limit + 1, ..MessageFilter::default() };
    let (size, found) = http.daemon.answer(move |store| Ok((store.outbox()?, store.messages(&asked)?))).await?;
    Ok(Json(Outbox {
        waiting: size.waiting,
        oldest: size.oldest.map(rfc3339),
        dead: size.dead,
        messages: found.iter().take(limit).map(MessageView::of).collect(),
        more: found.len() > limit,
    }))
}

impl MessageView {
    /// As the API shows it.
    pub fn of(message: &Message) -> Self {
        MessageView {
            id: message.id.clone(),
            group: message.group.clone(),
            receiver: message.receiver.clone(),
            integration: message.integration.clone(),
            reason: message.reason.clone(),
            state: message.state.name(),
            attempts: message.attempts,
            created_at: rfc3339(message.created_at),
            next_at: (message.state == MessageState::Waiting).then(|| rfc3339(message.next_at)),
            last_error: message.last_error.clone(),
            ended_at: message.ended_at.map(rfc3339),
        }
    }
}
