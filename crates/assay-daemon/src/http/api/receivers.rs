//! `GET /api/v1/receivers`: who can be told, and how it stands with them.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::deliveries::{self, Standing};
use crate::http::problem::Answer;
use crate::http::state::Shared;
use crate::http::time::rfc3339;

/// The receivers of the rules, by name, then those that monitors call to train a model again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receivers {
    /// The receivers.
    receivers: Vec<ReceiverView>,
}

/// Somebody who can be told. Addresses with secrets in them, tokens and keys are never shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiverView {
    /// The name in the rules; `retrain/..` is what a monitor calls.
    name: String,
    /// Its kind: `email`, `webhook`, ...
    integration: &'static str,
    /// Whom it goes to, where there are several, such as the addresses of a mail.
    targets: Vec<String>,
    /// Who is told where it cannot be reached.
    fallback: Option<String>,
    /// How many messages wait for it.
    waiting: u64,
    /// When the oldest of these was written.
    oldest: Option<String>,
    /// Since when it wants nothing any more (410); it is told nothing until its settings change or a message to it is
    /// tried again.
    disabled_at: Option<String>,
    /// What it answered then.
    disabled_why: Option<String>,
}

/// Who can be told.
#[utoipa::path(get, path = "/api/v1/receivers", tag = "receivers", responses(
    (status = 200, description = "The receivers", body = Receivers),
))]
pub async fn list(State(http): State<Shared>) -> Answer<Json<Receivers>> {
    let project = http.daemon.project();
    let found = http.daemon.answer(move |store| deliveries::standings(store, &project)).await?;
    Ok(Json(Receivers { receivers: found.into_iter().map(ReceiverView::of).collect() }))
}

impl ReceiverView {
    fn of(standing: Standing) -> Self {
        let Standing { name, integration, targets, fallback, waiting, oldest, disabled } = standing;
        let (at, why) = disabled.unzip();
        let (oldest, disabled_at) = (oldest.map(rfc3339), at.map(rfc3339));
        ReceiverView { name, integration, targets, fallback, waiting, oldest, disabled_at, disabled_why: why }
    }
}
