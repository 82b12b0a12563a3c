//! `/silences`: what nobody wants to hear of, and the forms that make and end a silence.

use assay_core::ops::Ops;
use assay_core::ops::incidents::{IncidentFilter, IncidentState};
use assay_core::ops::silences::{MatchOp, Matcher};
use assay_report::pages::silences::{Form, LENGTHS, MATCHERS, Silences};
use assay_report::pages::{self, Said};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::asked::{self, Asked, Fields, Made, html, made, to};
use super::known;
use crate::http::auth::caller::Caller;
use crate::http::extract::Name;
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;

/// Silences that are over, the newest.
const OVER: usize = 50;
/// Incidents of which it is said how many are kept quiet.
const INCIDENTS: usize = 2_000;

/// The page.
pub(super) async fn show(State(http): State<Shared>, asked: Asked) -> Answer<Response> {
    let form = Form::of(asked.pairs());
    asked::show(&http, move |store| page(store, &asked, form, None)).await
}

/// Makes a silence; where the form does not say a silence, it comes back with what is wrong.
pub(super) async fn add(State(http): State<Shared>, caller: Caller, asked: Asked, fields: Fields) -> Answer<Response> {
    let form = form_of(&fields);
    let problem = match made_of(&http, &form, &caller).await {
        Ok(()) => return Ok(to("/silences", Said::Silenced)),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => problem,
        Err(problem) => return Err(problem),
    };
    let why = problem.detail().to_owned();
    let page = http.daemon.answer(move |store| page(store, &asked, form, Some(why))).await??;
    Ok(html(problem.status(), page))
}

/// Ends a silence, and comes back to the page.
pub(super) async fn end(State(http): State<Shared>, caller: Caller, Name(id): Name) -> Answer<Response> {
    let said = match http.end_silence(&id, &caller).await {
        Ok(()) => Said::Ended,
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => Said::Over,
        Err(problem) => return Err(problem),
    };
    Ok(to("/silences", said))
}

fn form_of(fields: &Fields) -> Form {
    let rows = fields.all("label").zip(fields.all("op")).zip(fields.all("value")).take(MATCHERS);
    let row = |((label, op), value): ((&str, &str), &str)| (label.to_owned(), op.to_owned(), value.to_owned());
    Form {
        matchers: rows.map(row).collect(),
        length: fields.one("length").to_owned(),
        comment: fields.one("comment").to_owned(),
    }
}

async fn made_of(http: &Shared, form: &Form, caller: &Caller) -> Answer<()> {
    let invalid = |code, text: &str| Problem::invalid(code, text);
    let mut matchers = Vec::new();
    for (label, op, value) in &form.matchers {
        match (label.is_empty(), value.is_empty()) {
            (true, true) => continue,
            (true, false) => return Err(invalid("silence_matchers", "a value has no label: choose what it is of")),
            (false, _) => {}
        }
        let known = [MatchOp::Is, MatchOp::IsNot, MatchOp::Matches, MatchOp::MatchesNot];
        let op = known.into_iter().find(|known| known.text() == op);
        let op =
            op.ok_or_else(|| invalid("silence_matchers", "a condition is `is`, `is not`, `matches` or the like"))?;
        matchers.push(Matcher { label: label.clone(), op, value: value.clone() });
    }
    if matchers.is_empty() {
        return Err(invalid(
            "silence_matchers",
            "say at least one condition: a silence of everything hides everything",
        ));
    }
    if form.comment.trim().is_empty() {
        return Err(invalid("silence_comment", "say why, for those who wonder"));
    }
    let length = LENGTHS.iter().find(|(name, _)| *name == form.length).map(|(_, length)| *length);
    let length = length.ok_or_else(|| invalid("silence_times", "choose how long it is to hold"))?;
    let ends_at = http.daemon.now().saturating_add(length);
    http.silence(matchers, None, ends_at, &form.comment, caller).await.map(drop)
}

fn page(store: &dyn Ops, asked: &Asked, form: Form, problem: Option<String>) -> Made {
    let states = vec![IncidentState::Open, IncidentState::Acknowledged, IncidentState::Pending];
    let wanted = IncidentFilter { states, most: INCIDENTS, ..IncidentFilter::default() };
    let incidents = store.incidents(&wanted)?;
    let mut over = 0;
    let mut silences = store.silences(None)?;
    silences.retain(|silence| {
        over += usize::from(silence.ends_at <= asked.now);
        silence.ends_at > asked.now || over <= OVER
    });
    let with = |silence: assay_core::ops::silences::Silence| {
        let quiet = known::quieted(&asked.project, &silence, &incidents, asked.now);
        (silence, quiet)
    };
    let silences = silences.into_iter().map(with).collect();
    made(pages::silences(&asked.frame(store)?, &Silences { silences, form, problem }))
}
