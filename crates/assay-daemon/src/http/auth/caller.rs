//! Who calls: put beside the request by its gate, and taken from there by handlers.

use std::convert::Infallible;

use assay_core::ops::tokens::{Scope, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::sessions::Session;
use crate::http::tokens;

/// Who calls. An extractor of every handler; the gate has checked the scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's name; `anonymous` without one.
    pub name: String,
    /// What they may do.
    pub scopes: Vec<Scope>,
    /// Of a browser's session: what its forms and calls that change something must send along.
    pub csrf: Option<String>,
}

impl Caller {
    /// Nobody known.
    pub fn anonymous() -> Self {
        Caller { name: "anonymous".into(), scopes: Vec::new(), csrf: None }
    }

    pub(super) fn token(token: &Token) -> Self {
        Caller { name: token.name.clone(), scopes: token.scopes.clone(), csrf: None }
    }

    pub(super) fn session(token: &Token, session: &Session) -> Self {
        Caller { csrf: Some(session.csrf.clone()), ..Caller::token(token) }
    }

    /// Whether they may do what needs this scope: for what pages offer.
    pub fn may(&self, scope: Scope) -> bool {
        tokens::allows(&self.scopes, scope)
    }

    /// Whether a token or a session was presented.
    pub fn is_known(&self) -> bool {
        !self.scopes.is_empty()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Caller>().cloned().unwrap_or_else(Caller::anonymous))
    }
}
