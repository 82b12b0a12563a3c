//! `/api/v1/documents`: contracts and monitors, and how their newest runs ended.

use std::collections::HashMap;
use std::sync::Arc;

use assay_core::ops::runs::{Kind, Run};
use assay_core::verdict::Outcome;
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::runs::RunView;
use crate::http::extract::{Name, Query};
use crate::http::list::{OUTCOMES, bad_cursor, limit, named, outcome_named, page};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::http::time::rfc3339;
use crate::schedule::Timetable;
use crate::work::Document;

/// Which documents.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Of this layer.
    pub layer: Option<String>,
    /// Of this owner.
    pub owner: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// `contract` or `monitor`.
    pub kind: Option<String>,
    /// With this text in the name or the description, whatever the case.
    pub q: Option<String>,
    /// Whose newest run ended so: `pass`, `warn`, `fail`, `error`, `skipped`, with commas; `none`: never run.
    pub outcome: Option<String>,
    /// How many at most: 100, or up to 500.
    pub limit: Option<usize>,
    /// The `next` of the answer before.
    pub cursor: Option<String>,
}

/// A part of the list, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Documents {
    /// The documents.
    documents: Vec<DocumentView>,
    /// The cursor of the next part, where more follow.
    next: Option<String>,
}

/// A contract or a monitor.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentView {
    /// The contract's table or the monitor's name.
    name: String,
    /// `contract` or `monitor`.
    kind: &'static str,
    /// Its file.
    path: String,
    /// Its layer.
    layer: Option<String>,
    /// Who looks after it.
    owner: Option<String>,
    /// Labels.
    tags: Vec<String>,
    /// What it is, in its own words.
    description: Option<String>,
    /// Whether it is evaluated.
    enabled: bool,
    /// When it is due, as written.
    schedule: Option<String>,
    /// The zone of its schedule.
    timezone: &'static str,
    /// When it is due next, without the spread.
    next_due: Option<String>,
    /// Documents that run before it.
    depends_on: Vec<String>,
    /// Whether it takes live observations.
    takes_observations: bool,
    /// The newest finished run.
    newest_run: Option<RunView>,
}

/// A contract or a monitor with its checks.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentDetail {
    /// What lists show of it.
    #[serde(flatten)]
    document: DocumentView,
    /// SHA-256 of the file's bytes, hex.
    sha256: String,
    /// Its checks; of monitors as far as they are known without data.
    checks: Vec<CheckView>,
}

/// A check of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// Its id.
    id: String,
    /// Its name in the language.
    check: String,
    /// Its column.
    column: Option<String>,
    /// `warn` or `fail`.
    severity: &'static str,
    /// Labels.
    tags: Vec<String>,
}

/// Contracts and monitors by name.
#[utoipa::path(get, path = "/api/v1/documents", tag = "documents", params(Filter), responses(
    (status = 200, description = "A part of the list", body = Documents),
))]
pub async fn list(State(http): State<Shared>, Query(filter): Query<Filter>) -> Answer<Json<Documents>> {
    let limit = limit(filter.limit)?;
    let wanted = Wanted::read(&filter)?;
    let after = filter.cursor.as_deref().map(name_of_cursor).transpose()?;
    let newest = newest_runs(&http).await?;
    let project = http.daemon.project();
    let begin = after.as_deref().map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
    let documents =
        project.documents.range::<str, _>((begin, std::ops::Bound::Unbounded)).map(|(_, document)| document);
    let wanted = documents.filter(|document| wanted.holds(document, newest.get(&document.name)));
    let wanted: Vec<&Arc<Document>> = wanted.take(limit + 1).collect();
    let (documents, next) = page(wanted, limit, |document| URL_SAFE_NO_PAD.encode(&document.name));
    let now = http.daemon.now();
    let documents = documents.into_iter().map(|document| view(document, newest.get(&document.name), now)).collect();
    Ok(Json(Documents { documents, next }))
}

/// One contract or monitor with its checks.
#[utoipa::path(get, path = "/api/v1/documents/{name}", tag = "documents",
    params(("name" = String, Path, description = "The contract's table or the monitor's name")),
    responses((status = 200, description = "The document", body = DocumentDetail)))]
pub async fn one(State(http): State<Shared>, Name(name): Name) -> Answer<Json<DocumentDetail>> {
    let project = http.daemon.project();
    let document = project.documents.get(&name).ok_or_else(|| Problem::not_found("document", &name))?;
    let newest = newest_runs(&http).await?;
    let checks = document.checks.iter().map(|check| CheckView {
        id: check.id.clone(),
        check: check.check.clone(),
        column: check.column.clone(),
        severity: check.severity,
        tags: check.tags.clone(),
    });
    Ok(Json(DocumentDetail {
        document: view(document, newest.get(&name), http.daemon.now()),
        sha256: document.sha256.clone(),
        checks: checks.collect(),
    }))
}

struct Wanted<'a> {
    filter: &'a Filter,
    kind: Option<Kind>,
    q: Option<String>,
    outcomes: Vec<Option<Outcome>>,
}

impl<'a> Wanted<'a> {
    fn read(filter: &'a Filter) -> Answer<Self> {
        let kinds = named("kind", filter.kind.as_deref(), Kind::named, &["contract", "monitor"])?;
        let known = |name: &str| if name == "none" { Some(None) } else { outcome_named(name).map(Some) };
        let all: Vec<&str> = OUTCOMES.iter().map(|(_, name)| *name).chain(["none"]).collect();
        let outcomes = named("outcome", filter.outcome.as_deref(), known, &all)?;
        let q = filter.q.as_deref().map(str::to_lowercase).filter(|text| !text.is_empty());
        Ok(Wanted { filter, kind: kinds.first().copied(), q, outcomes })
    }

    fn holds(&self, document: &Document, newest: Option<&Run>) -> bool {
        let same = |wanted: &Option<String>, own: &Option<String>| wanted.is_none() || wanted == own;
        let text = |own: &str| self.q.as_ref().is_none_or(|text| own.to_lowercase().contains(text));
        same(&self.filter.layer, &document.layer)
            && same(&self.filter.owner, &document.owner)
            && self.filter.tag.as_ref().is_none_or(|tag| document.tags.contains(tag))
            && self.kind.is_none_or(|kind| kind == document.kind)
            && (text(&document.name) || document.description.as_deref().is_some_and(text))
            && (self.outcomes.is_empty() || self.outcomes.contains(&newest.and_then(|run| run.outcome)))
    }
}

async fn newest_runs(http: &Shared) -> Answer<HashMap<String, Run>> {
    let runs = http.daemon.answer(|store| store.newest_runs()).await?;
    Ok(runs.into_iter().map(|run| (run.document.clone(), run)).collect())
}

fn view(document: &Document, newest: Option<&Run>, now: i64) -> DocumentView {
    let schedule = document.schedule.as_ref().filter(|_| document.enabled);
    let next_due = schedule.and_then(|schedule| Timetable::new(&schedule.cron, document.timezone).next_after(now));
    DocumentView {
        name: document.name.clone(),
        kind: document.kind.name(),
        path: document.path.clone(),
        layer: document.layer.clone(),
        owner: document.owner.clone(),
        tags: document.tags.clone(),
        description: document.description.clone(),
        enabled: document.enabled,
        schedule: document.schedule.as_ref().map(|schedule| schedule.text.clone()),
        timezone: document.timezone.name(),
        next_due: next_due.map(rfc3339),
        depends_on: document.depends_on.clone(),
        takes_observations: document.takes_observations,
        newest_run: newest.map(RunView::of),
    }
}

fn name_of_cursor(cursor: &str) -> Answer<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad_cursor())?;
    String::from_utf8(bytes).map_err(|_| bad_cursor())
}
