//! Who may do what: bearer tokens for programs, sessions for browsers.
//!
//! Without any token in the store, reading is open on loopback (and where `--insecure` says so), and whatever changes
//! something is refused. As soon as the store has tokens, valid or not, every route needs one: that the last token ran
//! out does not open what it closed.

pub mod caller;
pub mod known;
pub mod sessions;

mod attempts;

use std::sync::Arc;

use assay_core::ops::Millis;
use assay_core::ops::tokens::Token;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::daemon::Daemon;

use super::problem::{Answer, Problem};
use super::routes::Access;
use super::tokens;
use attempts::Attempts;
use caller::Caller;
use known::{Age, Known};
use sessions::{Session, Sessions};

/// Who may do what.
pub struct Auth {
    daemon: Arc<Daemon>,
    known: Known,
    sessions: Sessions,
    attempts: Attempts,
    /// Whether reading is open as long as there is no token at all.
    open: bool,
}

impl Auth {
    /// With no session yet. `open`: reading needs no token as long as the store has none.
    pub fn new(daemon: Arc<Daemon>, open: bool) -> Self {
        let known = Known::new(daemon.clone());
        Auth { daemon, known, sessions: Sessions::default(), attempts: Attempts::default(), open }
    }

    /// Who calls.
    ///
    /// # Errors
    /// 401 where nobody valid does, 403 where they may not, 503 where the tokens cannot be read.
    pub async fn caller(&self, access: Access, method: &Method, headers: &HeaderMap) -> Answer<Caller> {
        let Some(needed) = access.scope() else { return Ok(self.anybody(headers).await) };
        let (tokens, age) = self.known.tokens().await?;
        if age == Age::Old && !method.is_safe() {
            return Err(self.known.unreadable());
        }
        let caller = match self.presented(&tokens, headers)? {
            Some(caller) => caller,
            None if tokens.is_empty() && self.open && access == Access::Read => return Ok(Caller::anonymous()),
            None => return Err(unauthorized(&tokens)),
        };
        if tokens::allows(&caller.scopes, needed) {
            return Ok(caller);
        }
        let detail = format!("this needs a token with scope {}", needed.name());
        let challenge = format!("Bearer realm=\"assay\", error=\"insufficient_scope\", scope=\"{}\"", needed.name());
        let challenge = HeaderValue::from_str(&challenge).expect("a scope's name is a word");
        Err(Problem::new(StatusCode::FORBIDDEN, "scope_too_small", detail).with(header::WWW_AUTHENTICATE, challenge))
    }

    /// Trades a token for a session; gives its secret for the cookie.
    ///
    /// # Errors
    /// 401 where the token is not valid, 429 where too many were not.
    pub async fn login(&self, text: &str) -> Answer<(String, Session)> {
        let now = self.daemon.clock.elapsed();
        self.attempts.allowed(now)?;
        let (tokens, age) = self.known.tokens().await?;
        if age == Age::Old {
            return Err(self.known.unreadable());
        }
        match self.valid(&tokens, text.trim()) {
            Ok(token) => self.sessions.begin(token, now),
            Err(problem) => {
                self.attempts.failed(now);
                tracing::warn!(code = problem.code(), "a login was refused");
                Err(problem)
            }
        }
    }

    /// Ends the session of a request.
    pub fn logout(&self, headers: &HeaderMap) {
        if let Some(secret) = sessions::cookie(headers) {
            self.sessions.end(&secret);
        }
    }

    /// The caller of an open route, where there is one.
    async fn anybody(&self, headers: &HeaderMap) -> Caller {
        if !headers.contains_key(header::AUTHORIZATION) && sessions::cookie(headers).is_none() {
            return Caller::anonymous();
        }
        let Ok((tokens, _)) = self.known.tokens().await else { return Caller::anonymous() };
        self.presented(&tokens, headers).ok().flatten().unwrap_or_else(Caller::anonymous)
    }

    fn presented(&self, tokens: &[Token], headers: &HeaderMap) -> Answer<Option<Caller>> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let text = bearer(value).ok_or_else(|| invalid("write `Authorization: Bearer` and the token"))?;
            return self.valid(tokens, text).map(|token| Some(Caller::token(token)));
        }
        let Some(secret) = sessions::cookie(headers) else { return Ok(None) };
        let Some(session) = self.sessions.find(&secret, self.daemon.clock.elapsed()) else { return Ok(None) };
        let known = tokens.iter().find(|token| token.id == session.token && token.sha256 == session.sha256);
        match known.filter(|token| token.is_valid(self.daemon.now())) {
            Some(token) => Ok(Some(Caller::session(token, &session))),
            None => {
                self.sessions.end(&secret);
                Ok(None)
            }
        }
    }

    fn valid<'a>(&self, tokens: &'a [Token], text: &str) -> Answer<&'a Token> {
        let now: Millis = self.daemon.now();
        let token = tokens::parse(text).and_then(|presented| tokens::find(tokens, &presented));
        let token = token.ok_or_else(|| invalid("the token is not known"))?;
        match token {
            token if token.is_valid(now) => Ok(token),
            token if token.revoked_at.is_some() => Err(invalid("the token was revoked")),
            _ => Err(invalid("the token has expired")),
        }
    }
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthorized(tokens: &[Token]) -> Problem {
    let detail = if tokens.is_empty() {
        "this needs a token, and there is none yet: make one with `assay token create`"
    } else {
        "this needs a token: send `Authorization: Bearer` and the token"
    };
    let challenge = HeaderValue::from_static("Bearer realm=\"assay\"");
    Problem::new(StatusCode::UNAUTHORIZED, "token_missing", detail).with(header::WWW_AUTHENTICATE, challenge)
}

fn invalid(detail: &str) -> Problem {
    let challenge = HeaderValue::from_static("Bearer realm=\"assay\", error=\"invalid_token\"");
    Problem::new(StatusCode::UNAUTHORIZED, "token_invalid", detail).with(header::WWW_AUTHENTICATE, challenge)
}
