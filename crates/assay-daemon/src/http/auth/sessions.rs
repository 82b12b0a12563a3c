//! Sessions of browsers: a token traded for a cookie. They live in memory only and end with their token.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use assay_core::ops::Millis;
use assay_core::ops::tokens::Token;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::http::problem::{Answer, Problem};
use crate::http::tokens::{TokenError, random};

/// The cookie's name.
pub const COOKIE: &str = "assay_session";
/// How long a session lasts, in seconds.
pub const LASTS: i64 = 12 * 3_600;
/// At most so many; one more ends the oldest.
const MOST: usize = 1_000;

/// A session of a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The id of the token that was traded.
    pub token: String,
    /// The token's hash: one that was made anew under the same id is another one.
    pub sha256: [u8; 32],
    /// What forms and calls that change something must send along.
    pub csrf: String,
    began: Millis,
}

/// The sessions, by the hash of the cookie's value: looking one up tells nothing of the others.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

impl Sessions {
    fn all(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one; gives the cookie's value. `now` is elapsed time.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn begin(&self, token: &Token, now: Millis) -> Answer<(String, Session)> {
        let secret = URL_SAFE_NO_PAD.encode(random::<32>().map_err(no_random)?);
        let csrf = URL_SAFE_NO_PAD.encode(random::<32>().map_err(no_random)?);
        let session = Session { token: token.id.clone(), sha256: token.sha256, csrf, began: now };
        let mut all = self.all();
        all.retain(|_, session| session.lasts(now));
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, session)| session.began).map(|(key, _)| *key);
            oldest.map(|key| all.remove(&key));
        }
        all.insert(key(&secret), session.clone());
        Ok((secret, session))
    }

    /// The session of a cookie's value.
    pub fn find(&self, secret: &str, now: Millis) -> Option<Session> {
        self.all().get(&key(secret)).filter(|session| session.lasts(now)).cloned()
    }

    /// Ends one.
    pub fn end(&self, secret: &str) {
        self.all().remove(&key(secret));
    }
}

impl Session {
    fn lasts(&self, now: Millis) -> bool {
        now - self.began < LASTS * 1_000
    }
}

/// The value of the session's cookie.
pub fn cookie(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_string())
}

/// Whether what was sent along is the session's own.
pub fn is_csrf(session: &str, sent: &str) -> bool {
    bool::from(session.as_bytes().ct_eq(sent.as_bytes()))
}

/// The header that sets the cookie.
pub fn set_cookie(secret: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={LASTS}{secure}")
}

/// The header that removes it.
pub fn remove_cookie(secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{secure}")
}

fn key(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn no_random(error: TokenError) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no_random", error.to_string())
}

#[cfg(test)]
mod tests {
    use assay_core::ops::tokens::Scope;

    use super::*;
    use crate::http::tokens::new_token;

    #[test]
    fn a_session_lasts_twelve_hours_and_is_found_by_its_secret_only() {
        let (_, token) = new_token("a", &[Scope::Read], None, 0).unwrap();
        let sessions = Sessions::default();
        let (secret, session) = sessions.begin(&token, 5).unwrap();
        assert_eq!(sessions.find(&secret, 5 + LASTS * 1_000 - 1), Some(session));
        assert_eq!(sessions.find(&secret, 5 + LASTS * 1_000), None);
        assert_eq!(sessions.find("", 5), None);
        sessions.end(&secret);
        assert_eq!(sessions.find(&secret, 5), None);
    }

    #[test]
    fn the_number_of_sessions_is_bounded_and_the_oldest_goes() {
        let (_, token) = new_token("a", &[Scope::Read], None, 0).unwrap();
        let sessions = Sessions::default();
        let (oldest, _) = sessions.begin(&token, 0).unwrap();
        let (second, _) = sessions.begin(&token, 1).unwrap();
        for now in 2..=1_000 {
            sessions.begin(&token, now).unwrap();
        }
        assert_eq!(sessions.all().len(), MOST);
        assert_eq!(sessions.find(&oldest, 1_000), None);
        assert!(sessions.find(&second, 1_000).is_some());
    }

    #[test]
    fn the_cookie_is_read_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; xassay_session=no".parse().unwrap());
        headers.append(header::COOKIE, "c=d;  assay_session=yes ; e".parse().unwrap());
        assert_eq!(cookie(&headers).as_deref(), Some("yes"));
        assert!(set_cookie("x", true).ends_with("; Secure") && !set_cookie("x", false).contains("Secure"));
    }
}
