//! `/api/v1/silences`: what nobody wants to hear of for a while.

use assay_core::ops::Millis;
use assay_core::ops::silences::{MatchOp, Matcher, Silence};
use axum::Json as Answered;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::auth::caller::Caller;
use crate::http::extract::{Json, Name, Query};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::http::time::{duration, instant, rfc3339};

/// Which silences.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// True: those that have ended, too.
    #[serde(default)]
    pub ended: bool,
}

/// Silences, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Silences {
    /// The silences.
    silences: Vec<SilenceView>,
}

/// A silence.
#[derive(Debug, Serialize, ToSchema)]
pub struct SilenceView {
    /// Its id.
    id: String,
    /// All must match.
    matchers: Vec<MatcherView>,
    /// `pending`, `active` or `ended`.
    state: &'static str,
    /// From when.
    starts_at: String,
    /// Until when.
    ends_at: String,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: String,
    /// Why.
    comment: String,
    /// Who ended it before its time.
    ended_by: Option<String>,
}

/// A label and what it has to be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatcherView {
    /// `contract`, `monitor`, `check`, `column`, `segment`, `layer`, `owner`, `severity`, `outcome`, `tag` or `model`.
    label: String,
    /// `=`, `!=`, `=~` or `!~`; expressions match the whole of a value.
    op: String,
    /// With what it is compared.
    value: String,
}

/// A silence to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSilence {
    /// All must match; 1 to 20.
    matchers: Vec<MatcherView>,
    /// From when; now, where none is given.
    starts_at: Option<String>,
    /// Until when; this or `duration`.
    ends_at: Option<String>,
    /// For how long: `2h`, `1d`.
    duration: Option<String>,
    /// Why, up to 2,000 characters.
    comment: String,
}

/// Silences in force now or later.
#[utoipa::path(get, path = "/api/v1/silences", tag = "silences", params(Filter), responses(
    (status = 200, description = "The silences", body = Silences),
))]
pub async fn list(State(http): State<Shared>, Query(filter): Query<Filter>) -> Answer<Answered<Silences>> {
    let now = http.daemon.now();
    let at = (!filter.ended).then_some(now);
    let silences = http.daemon.answer(move |store| store.silences(at)).await?;
    Ok(Answered(Silences { silences: silences.iter().map(|silence| SilenceView::of(silence, now)).collect() }))
}

/// Adds a silence.
#[utoipa::path(post, path = "/api/v1/silences", tag = "silences", request_body = NewSilence, responses(
    (status = 201, description = "Added", body = SilenceView),
))]
pub async fn add(
    State(http): State<Shared>,
    caller: Caller,
    Json(new): Json<NewSilence>,
) -> Answer<(StatusCode, Answered<SilenceView>)> {
    let now = http.daemon.now();
    let starts_at = new.starts_at.as_deref().map(|at| instant("starts_at", at)).transpose()?;
    let ends_at = new.ends_at(starts_at.unwrap_or(now))?;
    let matchers = new.matchers.iter().map(MatcherView::read).collect::<Answer<_>>()?;
    let silence = http.silence(matchers, starts_at, ends_at, &new.comment, &caller).await?;
    Ok((StatusCode::CREATED, Answered(SilenceView::of(&silence, now))))
}

/// Ends a silence before its time.
#[utoipa::path(delete, path = "/api/v1/silences/{id}", tag = "silences",
    params(("id" = String, Path, description = "The silence's id")),
    responses((status = 204, description = "Ended")))]
pub async fn end(State(http): State<Shared>, caller: Caller, Name(id): Name) -> Answer<StatusCode> {
    http.end_silence(&id, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl NewSilence {
    fn ends_at(&self, starts_at: Millis) -> Answer<Millis> {
        match (&self.ends_at, &self.duration) {
            (Some(at), None) => instant("ends_at", at),
            (None, Some(text)) => {
                let lasts = Millis::try_from(duration("duration", text)?.as_millis()).unwrap_or(Millis::MAX);
                Ok(starts_at.saturating_add(lasts))
            }
            _ => Err(Problem::invalid("silence_times", "give either `ends_at` or `duration`")),
        }
    }
}

impl MatcherView {
    fn read(&self) -> Answer<Matcher> {
        let ops = [MatchOp::Is, MatchOp::IsNot, MatchOp::Matches, MatchOp::MatchesNot];
        let op = ops.into_iter().find(|op| op.text() == self.op);
        let op = op.ok_or_else(|| Problem::invalid("silence_matchers", "`op` is one of =, !=, =~ and !~"))?;
        Ok(Matcher { label: self.label.clone(), op, value: self.value.clone() })
    }
}

impl SilenceView {
    /// As the API shows it.
    pub fn of(silence: &Silence, now: Millis) -> Self {
        let matchers = silence.matchers.iter().map(|matcher| MatcherView {
            label: matcher.label.clone(),
            op: matcher.op.text().into(),
            value: matcher.value.clone(),
        });
        let state = match silence {
            silence if silence.is_active(now) => "active",
            silence if now < silence.starts_at && silence.starts_at < silence.ends_at => "pending",
            _ => "ended",
        };
        SilenceView {
            id: silence.id.clone(),
            matchers: matchers.collect(),
            state,
            starts_at: rfc3339(silence.starts_at),
            ends_at: rfc3339(silence.ends_at),
            created_by: silence.created_by.clone(),
            created_at: rfc3339(silence.created_at),
            comment: silence.comment.clone(),
            ended_by: silence.ended_by.clone(),
        }
    }
}
