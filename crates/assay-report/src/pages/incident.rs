//! One incident: what failed, how bad, since when, whose it is, what happened, and how to see it for oneself.

use std::io;

use assay_core::history::History;
use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, EventKind, IncidentState};
use assay_core::ops::outbox::Message;
use assay_core::ops::runs::{Kind, Run};
use assay_core::run::RunRecord;
use serde::Serialize;

use super::frame::{Frame, Place};
use super::incidents::{Bad, Row, what};
use super::time::{When, iso};
use super::{link, notifications, page, runs, section};
use crate::formats::html::view::check::CheckView;
use crate::formats::html::view::{Badge, cut};
use crate::formats::text::words::plural;

/// One incident.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The incident, and until when it is silenced.
    pub bad: Bad,
    /// Which kind of document it is of; `None`: it is not in the project any more.
    pub kind: Option<Kind>,
    /// What happened to it, oldest first.
    pub events: Vec<AlertEvent>,
    /// Messages that tell of it, newest first.
    pub told: Vec<Message>,
    /// The newest run that was judged, and what it recorded.
    pub newest: Option<(Run, Option<RunRecord>)>,
    /// What came before that run.
    pub history: History,
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn incident(frame: &Frame, of: &Detail) -> io::Result<Vec<u8>> {
    let incident = &of.bad.incident;
    let key = &incident.key;
    let row = Row::new(&of.bad, frame.now);
    let is_of_daemon = row.document_href.is_none();
    let record = of.newest.as_ref().and_then(|(_, record)| record.as_ref());
    let title = format!("{} — incident {}", row.badge.word, incident.number);
    let view = Page {
        what: what(key),
        document: &key.document,
        sentence: &incident.message,
        owner: incident.owner.as_deref(),
        layer: incident.layer.as_deref(),
        tags: &incident.tags,
        note: incident.note.as_deref(),
        in_a_row: plural(incident.bad as usize, if is_of_daemon { "time" } else { "run" }),
        reopened: match incident.reopened {
            0 => None,
            1 => Some("once".into()),
            n => Some(format!("{n} times")),
        },
        resolved_why: incident.resolved_why.as_deref().map(why),
        run: of.newest.as_ref().map(|(run, _)| runs::Row::new(run, frame.now)),
        events: of.events.iter().rev().map(|event| event_view(event, frame.now)).collect(),
        told: of.told.iter().map(|message| notifications::Row::new(message, frame.now)).collect(),
        told_href: link::notifications_of(incident.number),
        is_of_daemon,
        command: (!is_of_daemon).then(|| reproduce(&key.document, incident.planned)),
        silence_href: silence_href(of),
        acknowledge_href: (incident.state == IncidentState::Open)
            .then(|| format!("{}/acknowledge", link::incident(incident.number))),
        found: record.map_or_else(Vec::new, |record| section::of_incident(record, &of.history, key)),
        row,
    };
    page("pages/incident.html", Place::Incidents, &title, frame, &view)
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    row: Row,
    what: String,
    document: &'a str,
    sentence: &'a str,
    owner: Option<&'a str>,
    layer: Option<&'a str>,
    tags: &'a [String],
    note: Option<&'a str>,
    in_a_row: String,
    reopened: Option<String>,
    resolved_why: Option<String>,
    run: Option<runs::Row>,
    events: Vec<Event>,
    told: Vec<notifications::Row>,
    told_href: String,
    /// It is the daemon's own: there is no contract, no run and no command that shows it.
    is_of_daemon: bool,
    command: Option<String>,
    silence_href: String,
    acknowledge_href: Option<String>,
    /// The check as the newest run found it.
    found: Vec<CheckView>,
}

#[derive(Debug, Serialize)]
struct Event {
    when: When,
    word: &'static str,
    sign: &'static str,
    badge: Badge,
    message: String,
    run_href: Option<String>,
}

fn event_view(event: &AlertEvent, now: Millis) -> Event {
    let (sign, word) = match event.kind {
        EventKind::Opened => ("●", "Opened"),
        EventKind::Reopened => ("↻", "Opened again"),
        EventKind::Worsened => ("↑", "Became worse"),
        EventKind::Eased => ("↓", "Became milder"),
        EventKind::Acknowledged => ("◐", "Acknowledged"),
        EventKind::Resolved => ("✓", "Resolved"),
    };
    Event {
        when: When::new(event.at, now),
        word,
        sign,
        badge: event.severity.into(),
        message: event.message.clone(),
        run_href: event.run.as_deref().and_then(link::run_of_event),
    }
}

/// A code of the store in words; one that is not known as it is.
fn why(code: &str) -> String {
    match code {
        "recovered" => "it held again",
        "removed" => "the check was removed",
        "never_confirmed" => "it was not bad often enough to count",
        code => return cut(code),
    }
    .into()
}

fn silence_href(of: &Detail) -> String {
    let key = &of.bad.incident.key;
    let label = link::label(of.kind.unwrap_or(Kind::Contract));
    link::silence(&[
        (label, &key.document),
        ("check", &key.check),
        ("column", key.column.as_deref().unwrap_or_default()),
        ("segment", key.segment.as_deref().unwrap_or_default()),
    ])
}

/// What shows the same on a command line, whatever the name is.
fn reproduce(document: &str, planned: Millis) -> String {
    format!("assay check --select {} --as-of {}", quoted(&format!("table:{document}")), iso(planned))
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_one_word_for_a_shell_whatever_the_name() {
        assert_eq!(
            reproduce("silver.orders", 0),
            "assay check --select table:silver.orders --as-of 1970-01-01T00:00:00Z"
        );
        let hostile = reproduce("x'; rm -rf / #$(id)", 0);
        assert!(hostile.starts_with("assay check --select 'table:x'\\''; rm -rf / #$(id)' --as-of "), "{hostile}");
    }
}
