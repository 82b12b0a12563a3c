//! `POST /api/v1/hooks/{document}`: for programs that know when a table has new data.

use assay_core::ops::runs::Trigger;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::runs::Asked;
use crate::http::auth::caller::Caller;
use crate::http::extract::{Name, Payload};
use crate::http::problem::Answer;
use crate::http::state::Shared;

/// Bytes of a body, at most. What is in it is of no account.
pub const BODY: usize = 64 << 10;

/// Queues a run of the document. The body may be anything up to 64 KiB: senders of webhooks have their own.
#[utoipa::path(post, path = "/api/v1/hooks/{document}", tag = "runs",
    params(("document" = String, Path, description = "The contract's table or the monitor's name")),
    responses((status = 202, description = "Queued, or already under way", body = Asked)))]
pub async fn called(
    State(http): State<Shared>,
    caller: Caller,
    Name(document): Name,
    _unread: Payload,
) -> Answer<(StatusCode, Json<Asked>)> {
    let queued = http.ask_run(&document, Trigger::Webhook, None, &caller).await?;
    Ok((StatusCode::ACCEPTED, Json(Asked::of(vec![queued]))))
}
