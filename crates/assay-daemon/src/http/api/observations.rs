//! `POST /api/v1/monitors/{name}/observations`: live features and predictions, taken into the journal.
//!
//! The answer is sent after the batch and its key are committed, and kept with them: the same key and body get it
//! again.

use assay_core::ops::Millis;
use assay_core::ops::journal::{Batch, Taken};
use assay_core::ops::runs::Kind;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::http::extract::{Name, Payload};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::work::{NotObserved, ObservationFormat, Observed};

/// Bytes of a batch, at most.
pub const BODY: usize = 8 << 20;
/// Rows of a batch, at most.
const ROWS: u64 = 50_000;
/// Bytes of the journal, at most.
const JOURNAL: u64 = 1 << 30;
/// The journal is folded every 30 s.
const FOLDED_IN: u64 = 30;
/// For how long a key is known after its last window closes.
const KEPT: Millis = 24 * 3_600_000;

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    /// Rows that were taken.
    rows: u64,
    /// How many rows were not.
    n_rejected: u64,
    /// Rows that were not taken, and why; at most 100.
    rejected: Vec<Rejected>,
    /// Those of them whose windows are closed already: they count as late, and not in the window.
    late: u64,
    /// Whether this is the answer to an earlier request with the same key and body.
    replayed: bool,
}

/// A row that was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rejected {
    /// Its number in the batch, from 0.
    row: u64,
    /// Why.
    reason: String,
}

/// Takes a batch of live observations: NDJSON or an Arrow IPC stream. Rows are not told apart across batches: the same
/// row under another key counts twice.
#[utoipa::path(post, path = "/api/v1/monitors/{name}/observations", tag = "observations",
    params(
        ("name" = String, Path, description = "The monitor's name"),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters, new for each batch"),
    ),
    request_body(content(
        (String = "application/x-ndjson"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"),
    ), description = "At most 8 MiB and 50,000 rows"),
    responses(
        (status = 200, description = "Committed, or committed before (`replayed`)", body = Received),
        (status = 400, description = "The body or the key cannot be read; nothing was taken", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key came before with another body", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More than 8 MiB or 50,000 rows", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither NDJSON nor Arrow IPC", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The monitor's baseline cannot be read now; nothing was taken, try again", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The journal is full; try again after `Retry-After`", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn take(
    State(http): State<Shared>,
    Name(monitor): Name,
    headers: HeaderMap,
    request: Request,
) -> Answer<Response> {
    let key = key(&headers)?;
    let format = format(&headers)?;
    known(&http, &monitor)?;
    let _memory = http.observing.acquire().await.expect("never closed");
    let Payload(body) = Payload::from_request(request, &http).await?;
    if format == ObservationFormat::Ndjson && lines(&body) > ROWS {
        return Err(too_many());
    }
    let (daemon, now) = (http.daemon.clone(), http.daemon.now());
    let sha256: [u8; 32] = Sha256::digest(&body).into();
    let read = {
        let (daemon, monitor) = (daemon.clone(), monitor.clone());
        tokio::task::spawn_blocking(move || {
            daemon.workshop.observe(&daemon.project(), &monitor, format, &body, &*daemon.store, now)
        })
    };
    let read = read.await.map_err(|broken| {
        tracing::error!(%monitor, error = %broken, "reading observations broke off");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "reading the observations broke off; the log says why",
        )
    })?;
    let observed = read.map_err(|why| match why {
        NotObserved::Unreadable(why) => Problem::bad_request("observations_unreadable", why),
        NotObserved::TooMuch(why) => too_much(why),
        NotObserved::Unavailable(why) => {
            tracing::error!(%monitor, %why, "cannot take observations");
            Problem::later(StatusCode::SERVICE_UNAVAILABLE, "monitor_unavailable", why, FOLDED_IN)
        }
    })?;
    if observed.rows.saturating_add(observed.n_rejected) > ROWS {
        return Err(too_many());
    }
    let answer = Received::of(&observed).json(false);
    let key_until = observed.last_closes.unwrap_or(now).max(now).saturating_add(KEPT);
    let batch = Batch {
        number: 0,
        monitor,
        key,
        sha256,
        rows: observed.rows,
        body: observed.body,
        answer: answer.clone(),
        taken_at: now,
        key_until,
    };
    let taken = daemon.answer(move |store| store.take(&batch, JOURNAL)).await?;
    match taken {
        Taken::Taken => Ok(json(answer)),
        Taken::Replayed { answer } => Ok(json(replayed(&answer))),
        Taken::Conflict => {
            let detail = "this Idempotency-Key came before with another body; give each batch its own";
            Err(Problem::conflict("idempotency_key_reused", detail))
        }
        Taken::Full { bytes } => {
            let detail = format!("{bytes} bytes wait to be folded into windows; nothing was taken");
            Err(Problem::later(StatusCode::TOO_MANY_REQUESTS, "journal_full", detail, FOLDED_IN))
        }
    }
}

fn key(headers: &HeaderMap) -> Answer<String> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let key = keys.next().filter(|_| keys.next().is_none()).map(HeaderValue::as_bytes).unwrap_or_default();
    let visible = key.iter().all(u8::is_ascii_graphic);
    if visible && (1..=128).contains(&key.len()) {
        return Ok(String::from_utf8_lossy(key).into_owned());
    }
    let detail = "send one header Idempotency-Key with 1 to 128 visible ASCII characters, new for each batch";
    Err(Problem::bad_request("idempotency_key", detail))
}

fn format(headers: &HeaderMap) -> Answer<ObservationFormat> {
    let content = headers.get(header::CONTENT_TYPE).and_then(|content| content.to_str().ok()).unwrap_or("");
    let kind = content.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    match kind.as_str() {
        "application/x-ndjson" | "application/ndjson" if !encoded => Ok(ObservationFormat::Ndjson),
        "application/vnd.apache.arrow.stream" if !encoded => Ok(ObservationFormat::Arrow),
        _ => {
            let detail = "send application/x-ndjson or application/vnd.apache.arrow.stream, without Content-Encoding";
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", detail))
        }
    }
}

fn known(http: &Shared, monitor: &str) -> Answer<()> {
    let project = http.daemon.project();
    let document = project.documents.get(monitor).filter(|document| document.kind == Kind::Monitor);
    let document = document.ok_or_else(|| Problem::not_found("monitor", monitor))?;
    if document.takes_observations {
        return Ok(());
    }
    let detail =
        format!("`{monitor}` takes no observations: its source is not `format: observations` in {}", document.path);
    Err(Problem::conflict("takes_no_observations", detail))
}

/// Lines that are not blank.
fn lines(body: &[u8]) -> u64 {
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.count().try_into().unwrap_or(u64::MAX)
}

fn too_many() -> Problem {
    too_much(format!("a batch has at most {ROWS} rows; send several, each with its own key"))
}

fn too_much(detail: String) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_many_rows", detail)
}

impl Received {
    fn of(observed: &Observed) -> Self {
        let rejected = observed.rejected.iter().take(100);
        let rejected = rejected.map(|(row, reason)| Rejected { row: *row, reason: reason.clone() });
        Received {
            rows: observed.rows,
            n_rejected: observed.n_rejected,
            rejected: rejected.collect(),
            late: observed.late,
            replayed: false,
        }
    }

    fn json(&self, replayed: bool) -> String {
        let mut value = serde_json::to_value(self).expect("texts and numbers");
        value["replayed"] = replayed.into();
        value.to_string()
    }
}

/// The first answer, told apart from it.
fn replayed(answer: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(answer) else { return answer.into() };
    if let Some(object) = value.as_object_mut() {
        object.insert("replayed".into(), true.into());
    }
    value.to_string()
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}
