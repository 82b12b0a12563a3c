//! `POST /-/reload`: reads the project anew.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::caller::Caller;
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;

/// What came of reading the project anew.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reloaded {
    /// Whether anything differs from before.
    changed: bool,
    /// How many contracts and monitors there are now.
    documents: usize,
}

/// Reads assay.yaml, contracts, monitors and rules anew, and certificates. Where anything is wrong, nothing is applied.
#[utoipa::path(post, path = "/-/reload", tag = "operation", responses(
    (status = 200, description = "Applied", body = Reloaded),
    (status = 422, description = "Something is wrong with the project; the old one stays", body = Problem, content_type = "application/problem+json"),
))]
pub async fn reload(State(http): State<Shared>, caller: Caller) -> Answer<Json<Reloaded>> {
    let reloaded = http.daemon.reload().await;
    let changed = reloaded.map_err(|bad| Problem::invalid("project_invalid", bad.summary).naming(bad.problems))?;
    tracing::info!(by = %caller.name, changed, "the project was reloaded");
    Ok(Json(Reloaded { changed, documents: http.daemon.project().documents.len() }))
}
