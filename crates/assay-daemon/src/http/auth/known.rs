//! The tokens of the store as they were moments ago, so that a request costs no call to the store.

use std::sync::Arc;
use std::time::Duration;

use assay_core::ops::Millis;
use assay_core::ops::tokens::Token;
use axum::http::StatusCode;
use tokio::sync::watch;

use crate::daemon::Daemon;
use crate::http::problem::{Answer, Problem};

/// Up to this age tokens are used as they are. With [`PATIENCE`] it makes the 5 s within which a revoked one is refused.
const FRESH: Millis = 3_000;
/// A refresh is waited for this long.
const PATIENCE: Duration = Duration::from_secs(2);
/// While the store gives no answer, requests that only read are answered by tokens of up to this age: whoever looks
/// after the daemon must be able to see what is wrong with it.
const OLD: Millis = 300_000;

/// How far tokens can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// As the store has them.
    Fresh,
    /// As the store had them before it stopped answering.
    Old,
}

/// The tokens of the store as they were moments ago.
pub struct Known {
    daemon: Arc<Daemon>,
    read: watch::Sender<Read>,
}

#[derive(Debug, Clone, Default)]
struct Read {
    tokens: Option<(Arc<Vec<Token>>, Millis)>,
    tried_at: Option<Millis>,
    busy: bool,
    failed: bool,
}

impl Known {
    /// Nothing is known yet.
    pub fn new(daemon: Arc<Daemon>) -> Self {
        Known { daemon, read: watch::Sender::new(Read::default()) }
    }

    /// The tokens, valid and not.
    ///
    /// # Errors
    /// 503 where the store has given no answer for long, or never.
    pub async fn tokens(&self) -> Answer<(Arc<Vec<Token>>, Age)> {
        if let Some(tokens) = self.read.borrow().within(FRESH, self.daemon.clock.elapsed()) {
            return Ok((tokens, Age::Fresh));
        }
        self.refresh();
        let mut read = self.read.subscribe();
        // whether it came in time is seen below
        let _ = tokio::time::timeout(PATIENCE, read.wait_for(|read| !read.busy)).await;
        let now = self.daemon.clock.elapsed();
        let read = self.read.borrow();
        if let Some(tokens) = read.within(FRESH, now) {
            return Ok((tokens, Age::Fresh));
        }
        read.within(OLD, now).map(|tokens| (tokens, Age::Old)).ok_or_else(|| self.unreadable())
    }

    /// The answer where old tokens are not enough.
    pub fn unreadable(&self) -> Problem {
        // nobody knows who asks: where the store is, and what is wrong with it, is for the log
        let detail = "tokens cannot be checked, because the store gives no answer; the log says why";
        Problem::later(StatusCode::SERVICE_UNAVAILABLE, "tokens_unreadable", detail, 5)
    }

    /// Reads them anew, once at a time, and not again at once where it failed.
    fn refresh(&self) {
        let now = self.daemon.clock.elapsed();
        let begins = self.read.send_if_modified(|read| {
            let failed_lately = read.tried_at.is_some_and(|at| now - at < FRESH) && read.failed;
            let begins = !read.busy && !failed_lately && read.within(FRESH, now).is_none();
            if begins {
                read.busy = true;
                read.tried_at = Some(now);
            }
            begins
        });
        if !begins {
            return;
        }
        let (daemon, read) = (self.daemon.clone(), self.read.clone());
        tokio::spawn(async move {
            let answer = daemon.answer(|store| store.tokens()).await;
            read.send_modify(|read| {
                read.busy = false;
                match answer {
                    // as old as the question, not as the answer
                    Ok(tokens) => {
                        read.tokens = Some((Arc::new(tokens), now));
                        read.failed = false;
                    }
                    Err(error) => {
                        tracing::warn!(code = error.code, error = %error.text, "the tokens cannot be read");
                        read.failed = true;
                    }
                }
            });
        });
    }
}

impl Read {
    fn within(&self, most: Millis, now: Millis) -> Option<Arc<Vec<Token>>> {
        self.tokens.as_ref().filter(|(_, at)| now - at < most).map(|(tokens, _)| tokens.clone())
    }
}
