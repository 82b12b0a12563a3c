//! `/api/v1/runs`: what ran, runs, and will run; to ask for a run, wait for it, and stop it.

use std::time::Duration;

use assay_core::ops::Millis;
use assay_core::ops::runs::{Planned, Run, RunFilter, RunState, Trigger};
use assay_core::verdict::Reason;
use axum::Json as Answered;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use utoipa::{IntoParams, ToSchema};

use crate::daemon::Phase;
use crate::http::auth::caller::Caller;
use crate::http::extract::{Json, Name, Query};
use crate::http::list::{OUTCOMES, bad_cursor, limit, named, outcome_name, outcome_named, page};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::http::time::{duration, instant, rfc3339};
use crate::work::{Document, Project};

/// How long `wait` may be.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How often a run that is waited for is looked at: at first, and later.
const LOOKS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));
/// Documents that may be asked for at once.
const ASKED_AT_ONCE: usize = 1_000;

/// Which runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Of this document.
    pub document: Option<String>,
    /// `queued`, `running`, `interrupted`, `finished`, `skipped`, `missed`, `cancelled`, with commas.
    pub state: Option<String>,
    /// `pass`, `warn`, `fail`, `error`, `skipped`, with commas.
    pub outcome: Option<String>,
    /// How many at most: 100, or up to 500.
    pub limit: Option<usize>,
    /// The `next` of the answer before.
    pub cursor: Option<String>,
}

/// A part of the list, newest planned first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Runs {
    /// The runs.
    runs: Vec<RunView>,
    /// The cursor of the next part, where more follow.
    next: Option<String>,
}

/// A run of one document at one planned instant.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    /// Its id.
    id: String,
    /// The contract's table or the monitor's name.
    document: String,
    /// `contract` or `monitor`.
    kind: &'static str,
    /// `schedule`, `catch_up`, `manual`, `webhook` or `upstream`.
    trigger: &'static str,
    /// `queued`, `running`, `interrupted`, `finished`, `skipped`, `missed` or `cancelled`.
    state: &'static str,
    /// The worst outcome, of a run that ended with one.
    outcome: Option<&'static str>,
    /// Why it was skipped, missed, cancelled or is an error.
    reason: Option<ReasonView>,
    /// The schedule's instant, or when it was asked for.
    planned: String,
    /// When it was written to the store.
    queued_at: String,
    /// When it was executed, the last time.
    started_at: Option<String>,
    /// When it came to its end.
    ended_at: Option<String>,
    /// Executions begun.
    attempt: u32,
    /// Which daemon executes it, or did.
    holder: Option<String>,
    /// The id of its result; absent where there is none.
    result: Option<String>,
    /// The run that it overlapped with, or after which it was planned.
    related: Option<String>,
    /// Who asked for it.
    requested_by: Option<String>,
}

/// Why, for machines and people.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// Stable.
    code: String,
    /// For people.
    text: String,
}

/// What is to be run: documents by name, or those that are selected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Names.
    #[serde(default)]
    documents: Vec<String>,
    /// `layer:silver,tag:pii`: terms of one kind (`layer`, `table`, `owner`, `tag`) are alternatives, different kinds
    /// must all hold.
    select: Option<String>,
    /// The instant that fills `${date}` and picks windows; now, where none is given.
    planned: Option<String>,
}

/// The runs that were queued, or that were already under way.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asked {
    /// In the order asked for.
    runs: Vec<AskedRun>,
}

/// A run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedRun {
    /// Its id: wait for it with `GET /api/v1/runs/{id}?wait=30s`.
    id: String,
    /// The document.
    document: String,
    /// False: the document had this run queued or running, and no other was added.
    added: bool,
}

/// How long to wait.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wait {
    /// Answers when the run has ended, or after this long (`30s`, at most `60s`), however it stands then.
    pub wait: Option<String>,
}

/// Runs, newest planned first.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", params(Filter), responses(
    (status = 200, description = "A part of the list", body = Runs),
))]
pub async fn list(State(http): State<Shared>, Query(filter): Query<Filter>) -> Answer<Answered<Runs>> {
    let limit = limit(filter.limit)?;
    let states: Vec<&str> = RunState::ALL.iter().map(|state| state.name()).collect();
    let outcomes: Vec<&str> = OUTCOMES.iter().map(|(_, name)| *name).collect();
    let after = filter.cursor.as_deref().map(Cursor::read).transpose()?;
    let asked = RunFilter {
        document: filter.document,
        states: named("state", filter.state.as_deref(), RunState::named, &states)?,
        outcomes: named("outcome", filter.outcome.as_deref(), outcome_named, &outcomes)?,
        // runs of the cursor's own instant may follow, too
        before: after.as_ref().map(|after| after.planned + 1),
        most: limit + 1 + after.as_ref().map_or(0, |after| after.passed),
    };
    let mut found = http.daemon.answer(move |store| store.runs(&asked)).await?;
    let passed = after.as_ref().map_or(0, |after| after.in_front(&found));
    found.drain(..passed);
    let cursors = Cursor::of_each(&found, after.as_ref());
    let (runs, next) = page(found.into_iter().zip(cursors).collect(), limit, |(_, cursor)| cursor.text());
    Ok(Answered(Runs { runs: runs.iter().map(|(run, _)| RunView::of(run)).collect(), next }))
}

/// Queues runs. Where a document has one queued or running, that one is the answer.
#[utoipa::path(post, path = "/api/v1/runs", tag = "runs", request_body = Ask, responses(
    (status = 202, description = "Queued", body = Asked),
))]
pub async fn ask(
    State(http): State<Shared>,
    caller: Caller,
    Json(ask): Json<Ask>,
) -> Answer<(StatusCode, Answered<Asked>)> {
    let planned = ask.planned.as_deref().map(|planned| instant("planned", planned)).transpose()?;
    let documents = ask.documents(&http.daemon.project())?;
    let queued = http.ask_runs(&documents, Trigger::Manual, planned, &caller).await?;
    Ok((StatusCode::ACCEPTED, Answered(Asked::of(queued))))
}

/// One run; with `wait` when it has ended.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "runs",
    params(("id" = String, Path, description = "The run's id"), Wait),
    responses((status = 200, description = "The run as it stands", body = RunView)))]
pub async fn one(State(http): State<Shared>, Name(id): Name, Query(wait): Query<Wait>) -> Answer<Answered<RunView>> {
    let wait = wait.wait.as_deref().map(|wait| duration("wait", wait)).transpose()?.unwrap_or_default();
    if wait > LONGEST_WAIT {
        return Err(Problem::invalid("wait_too_long", "`wait` is at most 60s; ask again"));
    }
    let begun = Instant::now();
    let until = begun + wait;
    let mut phase = http.daemon.follow();
    loop {
        let asked = id.clone();
        let run = http.daemon.answer(move |store| store.run(&asked)).await?;
        let run = run.ok_or_else(|| Problem::not_found("run", &id))?;
        let left = until.saturating_duration_since(Instant::now());
        if !run.state.is_open() || left.is_zero() || *phase.borrow_and_update() == Phase::Stopping {
            return Ok(Answered(RunView::of(&run)));
        }
        tokio::select! {
            () = sleep(left.min((begun.elapsed() / 5).clamp(LOOKS.0, LOOKS.1))) => {}
            _ = phase.changed() => {}
        }
    }
}

/// Stops a run: it ends as cancelled within moments, with the outcome error; one that waits for its turn does so when
/// that comes.
#[utoipa::path(post, path = "/api/v1/runs/{id}/cancel", tag = "runs",
    params(("id" = String, Path, description = "The run's id")),
    responses(
        (status = 202, description = "It is being stopped", body = RunView),
        (status = 409, description = "It has ended, or another daemon executes it", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn cancel(
    State(http): State<Shared>,
    caller: Caller,
    Name(id): Name,
) -> Answer<(StatusCode, Answered<RunView>)> {
    let run = http.cancel_run(&id, &caller).await?;
    Ok((StatusCode::ACCEPTED, Answered(RunView::of(&run))))
}

impl RunView {
    /// As the API shows it.
    pub fn of(run: &Run) -> Self {
        RunView {
            id: run.id.clone(),
            document: run.document.clone(),
            kind: run.kind.name(),
            trigger: run.trigger.name(),
            state: run.state.name(),
            outcome: run.outcome.map(outcome_name),
            reason: run.reason.clone().map(|Reason { code, text }| ReasonView { code, text }),
            planned: rfc3339(run.planned),
            queued_at: rfc3339(run.queued_at),
            started_at: run.started_at.map(rfc3339),
            ended_at: run.ended_at.map(rfc3339),
            attempt: run.attempt,
            holder: run.holder.clone(),
            result: run.result.clone(),
            related: run.related.clone(),
            requested_by: run.requested_by.clone(),
        }
    }
}

impl Asked {
    /// As the API shows them.
    pub fn of(queued: Vec<Planned>) -> Self {
        let runs = queued.into_iter();
        let runs =
            runs.map(|planned| AskedRun { id: planned.run.id, document: planned.run.document, added: planned.added });
        Asked { runs: runs.collect() }
    }
}

impl Ask {
    /// The names, each once.
    fn documents(&self, project: &Project) -> Answer<Vec<String>> {
        let mut names = match (&self.select, self.documents.is_empty()) {
            (None, false) => self.documents.clone(),
            (Some(select), true) => selected(select, project)?,
            _ => return Err(Problem::invalid("documents_or_select", "give either `documents` or `select`")),
        };
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        if names.len() > ASKED_AT_ONCE {
            let detail = format!("{} documents are selected; at most {ASKED_AT_ONCE} are run at once", names.len());
            return Err(Problem::invalid("too_many_documents", detail));
        }
        Ok(names)
    }
}

/// Enabled documents that have what the terms name.
fn selected(select: &str, project: &Project) -> Answer<Vec<String>> {
    const KINDS: &[&str] = &["layer", "table", "owner", "tag"];
    let invalid = |detail: String| Problem::invalid("select_invalid", detail);
    let terms = select.split(',').map(str::trim).map(|term| {
        let term = term.split_once(':').filter(|(kind, value)| KINDS.contains(kind) && !value.is_empty());
        term.ok_or_else(|| invalid(format!("`select` takes KIND:NAME with commas; kinds are {}", KINDS.join(", "))))
    });
    let terms: Vec<(&str, &str)> = terms.collect::<Answer<_>>()?;
    let holds = |document: &Document| {
        KINDS.iter().all(|kind| {
            let mut wanted = terms.iter().filter(|(own, _)| own == kind).map(|(_, value)| *value).peekable();
            wanted.peek().is_none() || wanted.any(|value| has(document, kind, value))
        })
    };
    let documents = project.documents.values().filter(|document| document.enabled && holds(document));
    let names: Vec<String> = documents.map(|document| document.name.clone()).collect();
    if names.is_empty() {
        return Err(invalid("`select` selects no enabled document".into()));
    }
    Ok(names)
}

fn has(document: &Document, kind: &str, value: &str) -> bool {
    match kind {
        "layer" => document.layer.as_deref() == Some(value),
        "owner" => document.owner.as_deref() == Some(value),
        "table" => document.name == value,
        _ => document.tags.iter().any(|tag| tag == value),
    }
}

/// Where a part of the list ended: many runs have one planned instant, so it counts how many of those were shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    planned: Millis,
    passed: usize,
    id: String,
}

impl Cursor {
    /// Runs of one instant that a cursor counts, at most.
    const MOST: usize = 100_000;

    fn read(text: &str) -> Answer<Self> {
        let mut parts = text.splitn(3, '.');
        let (Some(planned), Some(passed), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad_cursor());
        };
        let planned: Millis = planned.parse().map_err(|_| bad_cursor())?;
        let passed = passed.parse().ok().filter(|passed| *passed <= Cursor::MOST).ok_or_else(bad_cursor)?;
        if planned == Millis::MAX {
            return Err(bad_cursor());
        }
        Ok(Cursor { planned, passed, id: id.into() })
    }

    fn text(&self) -> String {
        format!("{}.{}.{}", self.planned, self.passed, self.id)
    }

    /// How many of these were shown before: up to the cursor's run; where that is gone, as many as it counts.
    fn in_front(&self, found: &[Run]) -> usize {
        let same = found.iter().take_while(|run| run.planned == self.planned).count();
        let shown = found[..same].iter().position(|run| run.id == self.id).map(|index| index + 1);
        shown.unwrap_or(self.passed.min(same))
    }

    fn of_each(found: &[Run], after: Option<&Cursor>) -> Vec<Cursor> {
        let mut last = after.map_or((Millis::MIN, 0), |after| (after.planned, after.passed));
        let each = found.iter().map(|run| {
            last = if run.planned == last.0 { (last.0, last.1 + 1) } else { (run.planned, 1) };
            Cursor { planned: last.0, passed: last.1, id: run.id.clone() }
        });
        each.collect()
    }
}
