//! `GET /api/v1/runs/{id}/result`: what a run found, in any format of reports.

use assay_core::stored;
use assay_report::{FORMATS, Format, Ran, Report, Setup};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::extract::{Name, Query};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;

/// Of a report's page: its own styles and scripts (which it names by hash) and no part in this server's origin.
const REPORT: &str = "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// In which format.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Shown {
    /// `json` where none is given; `text`, `html`, `junit`, `sarif`, `github`, `gitlab`, `markdown`.
    pub format: Option<String>,
}

/// What a run found: the same bytes that `assay check` writes in this format.
#[utoipa::path(get, path = "/api/v1/runs/{id}/result", tag = "runs",
    params(("id" = String, Path, description = "The run's id"), Shown),
    responses(
        (status = 200, description = "The result", content(
            (serde_json::Value = "application/json"), (String = "text/html"), (String = "text/plain"),
            (String = "text/markdown"), (String = "application/xml"),
        )),
        (status = 404, description = "There is no such run, or nothing of it is kept", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn result(State(http): State<Shared>, Name(id): Name, Query(shown): Query<Shown>) -> Answer<Response> {
    let name = shown.format.as_deref().unwrap_or("json");
    let format = FORMATS.iter().find(|format| format.name == name).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        Problem::invalid("format_unknown", format!("`format` is one of {}", names.join(", ")))
    })?;
    let asked = id.clone();
    let record = http.daemon.answer(move |store| store.record(&asked)).await?;
    let record = record.ok_or_else(|| Problem::not_found("result of a run", &id))?;
    let rendered = tokio::task::spawn_blocking(move || {
        let run = stored::read(&record.record, record.samples.as_deref())?;
        let mut bytes = Vec::new();
        let report = Report::Ran(Ran::new(&run));
        let written = (format.renderer)(&Setup::default()).render(&report, &mut bytes);
        written.map(|()| bytes).map_err(|error| error.to_string())
    });
    let rendered = rendered.await.unwrap_or_else(|broken| Err(format!("rendering broke off: {broken}")));
    let bytes = rendered.map_err(|why| {
        tracing::error!(run = %id, format = name, %why, "a stored result cannot be shown");
        let detail = format!("the stored result cannot be shown: {why}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "result_unreadable", detail)
    })?;
    let mut response =
        ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type(format)))], bytes).into_response();
    if format.name == "html" {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(REPORT));
    }
    Ok(response)
}

/// Formats that are not named here are shown as plain text, which no browser interprets.
fn content_type(format: &Format) -> &'static str {
    match format.name {
        "json" | "gitlab" => "application/json",
        "sarif" => "application/sarif+json",
        "html" => "text/html; charset=utf-8",
        "junit" => "application/xml",
        "markdown" => "text/markdown; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    }
}
