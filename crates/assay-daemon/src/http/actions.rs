//! What people and programs can do: the same for the API and the pages.

use assay_core::ops::Millis;
use assay_core::ops::incidents::Incident;
use assay_core::ops::runs::{Enqueue, Planned, Run, RunState, Trigger};
use assay_core::ops::silences::{Matcher, Silence};
use assay_core::verdict::Reason;
use axum::http::StatusCode;

use crate::running::Stop;
use crate::work::Document;

use super::auth::caller::Caller;
use super::problem::{Answer, Problem};
use super::state::Http;
use super::time::rfc3339;
use super::tokens::{TokenError, random};

/// What somebody asks for goes before what is scheduled: they wait for it.
const ASKED: i32 = 1_000;
/// Characters of a note or a comment, at most.
const NOTE: usize = 2_000;
/// A silence longer than this is a mistake: a check that nobody wants to hear of is removed from its contract.
const LONGEST_SILENCE: Millis = 366 * 86_400_000;
/// Matchers of a silence, at most.
const MATCHERS: usize = 20;

impl Http {
    /// Queues a run of a document. Where it has one queued or running, that one is the answer.
    ///
    /// # Errors
    /// 404 of an unknown document, 409 of a disabled one, 422 of an instant to come, 503 while stopping.
    pub async fn ask_run(
        &self,
        document: &str,
        trigger: Trigger,
        planned: Option<Millis>,
        caller: &Caller,
    ) -> Answer<Planned> {
        let enqueue = self.asked(document, trigger, planned, caller)?;
        self.queue(enqueue).await
    }

    /// Likewise of several documents: all are checked before the first is queued.
    ///
    /// # Errors
    /// As [`Http::ask_run`].
    pub async fn ask_runs(
        &self,
        documents: &[String],
        trigger: Trigger,
        planned: Option<Millis>,
        caller: &Caller,
    ) -> Answer<Vec<Planned>> {
        let asked = documents.iter().map(|document| self.asked(document, trigger, planned, caller));
        let asked: Vec<Enqueue> = asked.collect::<Answer<_>>()?;
        let mut queued = Vec::new();
        for enqueue in asked {
            queued.push(self.queue(enqueue).await?);
        }
        Ok(queued)
    }

    fn asked(&self, document: &str, trigger: Trigger, planned: Option<Millis>, by: &Caller) -> Answer<Enqueue> {
        let now = self.daemon.now();
        if planned.is_some_and(|planned| planned < 0) {
            return Err(Problem::invalid("planned_too_early", "`planned` lies before 1970"));
        }
        if planned.is_some_and(|planned| planned > now) {
            let detail = format!("`planned` is to come; it is {} now", rfc3339(now));
            return Err(Problem::invalid("planned_in_future", detail));
        }
        let project = self.daemon.project();
        let document = project.documents.get(document).ok_or_else(|| Problem::not_found("document", document))?;
        if !document.enabled {
            let detail = format!("`{}` is disabled in {}", document.name, document.path);
            return Err(Problem::conflict("document_disabled", detail));
        }
        let run = asked_run(document, trigger, planned.unwrap_or(now), now, by)?;
        Ok(Enqueue { run, cursor: None, overlaps: false })
    }

    async fn queue(&self, enqueue: Enqueue) -> Answer<Planned> {
        let queued = self.daemon.answer(move |store| store.trigger(&enqueue)).await?;
        self.daemon.work_queued.notify_one();
        Ok(queued)
    }

    /// Stops a run that this daemon executes, or ends one that waits.
    ///
    /// # Errors
    /// 404 of an unknown run, 409 of one that has ended or that another daemon executes.
    pub async fn cancel_run(&self, id: &str, caller: &Caller) -> Answer<Run> {
        let asked = id.to_string();
        let run = self.daemon.answer(move |store| store.run(&asked)).await?;
        let run = run.ok_or_else(|| Problem::not_found("run", id))?;
        if !run.state.is_open() {
            let detail = format!("the run has ended: it is {}", run.state.name());
            return Err(Problem::conflict("run_ended", detail));
        }
        let reason = Reason { code: "stopped".into(), text: format!("stopped by {}", caller.name) };
        let (asked, at) = (id.to_string(), self.daemon.now());
        if self.daemon.answer(move |store| store.cancel(&asked, &reason, at)).await? {
            tracing::info!(run = %id, by = %caller.name, "a run that waited was cancelled");
            let asked = id.to_string();
            return Ok(self.daemon.answer(move |store| store.run(&asked)).await?.unwrap_or(run));
        }
        if self.daemon.running.stop(id, &Stop::Asked(caller.name.clone())) {
            tracing::info!(run = %id, by = %caller.name, "a run is being cancelled");
            return Ok(run);
        }
        match (run.state, &run.holder) {
            (RunState::Running, Some(holder)) if *holder != self.daemon.holder => {
                let detail = format!("the daemon `{holder}` executes the run; ask that one");
                Err(Problem::conflict("run_elsewhere", detail))
            }
            _ => Err(Problem::conflict("run_ending", "the run is coming to its end")),
        }
    }

    /// Says that somebody looks after an incident.
    ///
    /// # Errors
    /// 404 of an unknown incident, 409 of one that is pending or resolved, 422 of a note that is too long.
    pub async fn acknowledge(&self, number: u64, note: Option<&str>, caller: &Caller) -> Answer<Incident> {
        let note = note.map(|note| sentence("note", note)).transpose()?.filter(|note| !note.is_empty());
        let (now, by) = (self.daemon.now(), caller.name.clone());
        let changed = self.daemon.answer(move |store| {
            let mut refused = None;
            let mut change = |incident: &Incident| {
                let changed = assay_notify::acknowledge(incident, &by, note.as_deref(), now);
                refused = changed.is_none().then_some(incident.state);
                changed
            };
            let changed = store.change_incident(number, &mut change)?;
            Ok((changed, refused))
        });
        match changed.await? {
            (_, Some(state)) => {
                let detail = format!("the incident is {}; only open ones are acknowledged", state.name());
                Err(Problem::conflict("incident_not_open", detail))
            }
            (None, None) => Err(Problem::not_found("incident", &number.to_string())),
            (Some(incident), None) => {
                self.daemon.notices.changed.notify_one();
                Ok(incident)
            }
        }
    }

    /// Adds a silence from `starts_at` (now, if none) to `ends_at`.
    ///
    /// # Errors
    /// 422 where it would match nothing or everything, or end before it begins.
    pub async fn silence(
        &self,
        matchers: Vec<Matcher>,
        starts_at: Option<Millis>,
        ends_at: Millis,
        comment: &str,
        caller: &Caller,
    ) -> Answer<Silence> {
        let now = self.daemon.now();
        let starts_at = starts_at.unwrap_or(now);
        if ends_at <= starts_at.max(now) || ends_at - starts_at > LONGEST_SILENCE {
            let detail = "a silence ends after now and after its start, at most 366 days later";
            return Err(Problem::invalid("silence_times", detail));
        }
        if matchers.is_empty() || matchers.len() > MATCHERS {
            let detail = format!(
                "a silence has 1 to {MATCHERS} matchers, such as {{\"label\": \"contract\", \"op\": \"=\", \"value\": \"silver.orders\"}}"
            );
            return Err(Problem::invalid("silence_matchers", detail));
        }
        for (index, matcher) in matchers.iter().enumerate() {
            let invalid = |why| Problem::invalid("silence_matchers", format!("matcher {}: {why}", index + 1));
            assay_notify::matchers::check(matcher).map_err(invalid)?;
        }
        if !assay_notify::matchers::narrow(&matchers) {
            let detail = "the matchers would match every incident: name a contract, a layer, an owner, ..";
            return Err(Problem::invalid("silence_matchers", detail));
        }
        let comment = sentence("comment", comment)?;
        let id: String = random::<6>().map_err(no_random)?.iter().map(|byte| format!("{byte:02x}")).collect();
        let silence = Silence {
            id: format!("s-{id}"),
            matchers,
            starts_at,
            ends_at,
            created_by: caller.name.clone(),
            created_at: now,
            comment,
            ended_by: None,
        };
        let added = silence.clone();
        self.daemon.answer(move |store| store.add_silence(&added)).await?;
        self.daemon.notices.changed.notify_one();
        Ok(silence)
    }

    /// Ends a silence before its time.
    ///
    /// # Errors
    /// 404 where there is none, or it has ended.
    pub async fn end_silence(&self, id: &str, caller: &Caller) -> Answer<()> {
        let (asked, by, now) = (id.to_string(), caller.name.clone(), self.daemon.now());
        let ended = self.daemon.answer(move |store| store.end_silence(&asked, &by, now)).await?;
        self.daemon.notices.changed.notify_one();
        if ended { Ok(()) } else { Err(Problem::not_found("silence in force", id)) }
    }
}

fn asked_run(document: &Document, trigger: Trigger, planned: Millis, now: Millis, by: &Caller) -> Answer<Run> {
    Ok(Run {
        id: run_id(now).map_err(no_random)?,
        document: document.name.clone(),
        kind: document.kind,
        trigger,
        planned,
        not_before: now,
        priority: ASKED,
        source: document.source.clone(),
        state: RunState::Queued,
        reason: None,
        attempt: 0,
        holder: None,
        lease_until: None,
        queued_at: now,
        started_at: None,
        ended_at: None,
        outcome: None,
        result: None,
        related: None,
        requested_by: Some(by.name.clone()),
    })
}

/// `run-` and 20 characters that sort by time: ten of milliseconds, ten that are random.
fn run_id(now: Millis) -> Result<String, TokenError> {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let time = u64::try_from(now).unwrap_or(0);
    let of_time = (0..10).rev().map(|place| usize::try_from((time >> (5 * place)) & 31).unwrap_or(0));
    let of_chance = random::<10>()?.map(|byte| usize::from(byte & 31));
    Ok(format!("run-{}", of_time.chain(of_chance).map(|digit| char::from(DIGITS[digit])).collect::<String>()))
}

/// Text of people: bounded, and without characters that lists and mails cannot show.
fn sentence(field: &str, text: &str) -> Answer<String> {
    let text = text.trim();
    let shown = text.chars().all(|character| !character.is_control() || matches!(character, '\n' | '\r' | '\t'));
    if shown && text.chars().count() <= NOTE {
        return Ok(text.replace("\r\n", "\n"));
    }
    Err(Problem::invalid("text_invalid", format!("`{field}` has at most {NOTE} characters, and no control characters")))
}

fn no_random(error: TokenError) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no_random", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_runs_sort_by_time_and_differ_within_one_instant() {
        let (early, late) = (run_id(1_772_366_400_000).unwrap(), run_id(1_772_366_400_001).unwrap());
        assert!(early.len() == 24 && early[..14] < late[..14]);
        assert_ne!(run_id(5).unwrap(), run_id(5).unwrap());
    }

    #[test]
    fn notes_are_bounded_and_free_of_control_characters() {
        assert_eq!(sentence("note", " two\r\nlines ").unwrap(), "two\nlines");
        assert!(sentence("note", "a\u{0}b").is_err() && sentence("note", "\u{1b}[31m").is_err());
        assert!(sentence("note", &"x".repeat(2_001)).is_err());
    }
}
