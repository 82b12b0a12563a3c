//! `/notifications`: what receivers were told or are to be told, and the forms that try again and drop.

use assay_core::ops::Ops;
use assay_core::ops::outbox::{MessageFilter, MessageState};
use assay_report::pages::notifications::{Filter, Notifications, ROWS, Receiver};
use assay_report::pages::{self, Said};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::asked::{self, Asked, Made, made, to};
use crate::http::auth::caller::Caller;
use crate::http::deliveries::{self, Standing};
use crate::http::extract::Name;
use crate::http::problem::Answer;
use crate::http::state::Shared;

/// Where its forms come back to.
const HERE: &str = "/notifications";

/// The page.
pub(super) async fn show(State(http): State<Shared>, asked: Asked) -> Answer<Response> {
    asked::show(&http, move |store| page(store, &asked)).await
}

/// Has a message tried again, and comes back to the page.
pub(super) async fn retry(State(http): State<Shared>, caller: Caller, Name(id): Name) -> Answer<Response> {
    came_back(http.retry_message(&id, &caller).await.map(|_| Said::Retried))
}

/// Drops a message, and comes back to the page.
pub(super) async fn give_up(State(http): State<Shared>, caller: Caller, Name(id): Name) -> Answer<Response> {
    came_back(http.drop_message(&id, &caller).await.map(|_| Said::Dropped))
}

fn came_back(done: Answer<Said>) -> Answer<Response> {
    match done {
        Ok(said) => Ok(to(HERE, said)),
        Err(problem) if problem.status() == StatusCode::CONFLICT => Ok(to(HERE, Said::NotWaiting)),
        Err(problem) => Err(problem),
    }
}

fn page(store: &dyn Ops, asked: &Asked) -> Made {
    let filter = Filter::of(asked.pairs());
    let wanted = MessageFilter {
        states: filter.state.into_iter().collect(),
        receiver: (!filter.receiver.is_empty()).then(|| filter.receiver.clone()),
        incident: filter.incident,
        // those that wait are delivered oldest first
        newest: filter.state != Some(MessageState::Waiting),
        brief: true,
        most: ROWS + 1,
        ..MessageFilter::default()
    };
    let size = store.outbox()?;
    let mut messages = store.messages(&wanted)?;
    let more = messages.len() > ROWS;
    messages.truncate(ROWS);
    let receivers = deliveries::standings(store, &asked.project)?.into_iter().map(receiver).collect();
    let (waiting, dead) = ((size.waiting, size.oldest), size.dead);
    let view = Notifications { filter, messages, more, waiting, dead, receivers };
    made(pages::notifications(&asked.frame(store)?, &view))
}

fn receiver(standing: Standing) -> Receiver {
    Receiver {
        name: standing.name,
        integration: standing.integration.into(),
        fallback: standing.fallback,
        waiting: (standing.waiting, standing.oldest),
        disabled: standing.disabled,
    }
}
