//! `/-/healthy` and `/-/ready`: for those who restart and those who send requests.

use std::sync::atomic::Ordering;

use assay_core::ops::Millis;
use axum::extract::State;
use axum::http::StatusCode;

use crate::daemon::{Daemon, Phase};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;

/// The scheduler looks several times a minute; after this long it no longer does.
const STALLED: Millis = 60_000;

/// The process answers.
#[utoipa::path(get, path = "/-/healthy", tag = "operation", responses(
    (status = 200, description = "The process answers", body = String, content_type = "text/plain"),
))]
pub async fn healthy() -> &'static str {
    "healthy\n"
}

/// The daemon does its work: it has started, is not stopping, its store answers and its scheduler looks.
#[utoipa::path(get, path = "/-/ready", tag = "operation", responses(
    (status = 200, description = "The daemon does its work", body = String, content_type = "text/plain"),
    (status = 503, description = "It does not; the detail says why", body = Problem, content_type = "application/problem+json"),
))]
pub async fn ready(State(http): State<Shared>) -> Answer<&'static str> {
    match not_ready(&http.daemon) {
        None => Ok("ready\n"),
        Some((code, why)) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, why)),
    }
}

fn not_ready(daemon: &Daemon) -> Option<(&'static str, String)> {
    match daemon.phase() {
        Phase::Starting => return Some(("starting", "the daemon is starting".into())),
        Phase::Stopping => return Some(("stopping", "the daemon is stopping".into())),
        Phase::Ready => {}
    }
    if let Some(code) = daemon.store_trouble() {
        return Some(("store", format!("the store failed ({code}) and has taken nothing since; the log says why")));
    }
    let since = daemon.clock.elapsed() - daemon.gauges.looked_at.load(Ordering::Relaxed);
    (since > STALLED).then(|| ("scheduler", format!("the scheduler has not looked for {} s", since / 1_000)))
}
