//! `GET /api/v1/tokens`: who may do what. Tokens are made and revoked on the command line.

use assay_core::ops::Millis;
use assay_core::ops::tokens::Token;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::Answer;
use crate::http::state::Shared;
use crate::http::time::rfc3339;

/// Tokens, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// The tokens, without their secrets, which nobody has kept.
    tokens: Vec<TokenView>,
}

/// A token without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// The eight characters after `assay_`.
    id: String,
    /// What people call it.
    name: String,
    /// `read`, `run`, `admin`.
    scopes: Vec<&'static str>,
    /// `valid`, `expired` or `revoked`.
    state: &'static str,
    /// When it was made.
    created_at: String,
    /// When it ends by itself.
    expires_at: Option<String>,
    /// When somebody ended it.
    revoked_at: Option<String>,
}

/// All tokens, revoked and expired ones too.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", responses(
    (status = 200, description = "The tokens", body = Tokens),
))]
pub async fn list(State(http): State<Shared>) -> Answer<Json<Tokens>> {
    let now = http.daemon.now();
    let tokens = http.daemon.answer(|store| store.tokens()).await?;
    Ok(Json(Tokens { tokens: tokens.iter().map(|token| TokenView::of(token, now)).collect() }))
}

impl TokenView {
    fn of(token: &Token, now: Millis) -> Self {
        let state = match token {
            token if token.is_valid(now) => "valid",
            token if token.revoked_at.is_some() => "revoked",
            _ => "expired",
        };
        TokenView {
            id: token.id.clone(),
            name: token.name.clone(),
            scopes: token.scopes.iter().map(|scope| scope.name()).collect(),
            state,
            created_at: rfc3339(token.created_at),
            expires_at: token.expires_at.map(rfc3339),
            revoked_at: token.revoked_at.map(rfc3339),
        }
    }
}
