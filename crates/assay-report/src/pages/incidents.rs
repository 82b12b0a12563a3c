//! Incidents: a list of them, and how one is told in a row.

use std::cmp::Reverse;
use std::io;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Incident, IncidentKey, IncidentKind, IncidentState};
use serde::Serialize;

use super::frame::{Frame, Place};
use super::time::When;
use super::{link, page, signs};
use crate::formats::html::view::{Badge, cut};

/// An incident, and until when it is silenced.
#[derive(Debug, Clone, PartialEq)]
pub struct Bad {
    /// The incident.
    pub incident: Incident,
    /// The end of the longest silence that it matches now.
    pub silenced: Option<Millis>,
}

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Incidents {
    /// What the address asks for.
    pub filter: Filter,
    /// Those found.
    pub incidents: Vec<Bad>,
    /// Whether there are more than are shown.
    pub more: bool,
}

/// Which incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this state; `None`: all that are not resolved.
    pub state: Option<IncidentState>,
    /// Of this document; empty: of any.
    pub document: String,
}

/// Severity first, then what nobody looks after, then what has been bad longest.
pub fn worst_first(incidents: &mut [Bad]) {
    let is_confirmed = |state: IncidentState| state != IncidentState::Pending;
    incidents.sort_by_key(|bad| {
        let of = &bad.incident;
        let is_known = of.state == IncidentState::Acknowledged || bad.silenced.is_some();
        (Reverse(is_confirmed(of.state)), Reverse(of.severity), is_known, of.since, of.number)
    });
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn incidents(frame: &Frame, of: &Incidents) -> io::Result<Vec<u8>> {
    let now = frame.now;
    let is_open = of.filter.state.is_none();
    let view = Page {
        document: &of.filter.document,
        states: states(of.filter.state),
        rows: of.incidents.iter().map(|bad| Row::new(bad, now)).collect(),
        heading: if is_open { "Incidents that are not resolved" } else { "Incidents" },
        empty: match (is_open, of.filter.document.is_empty()) {
            (true, true) => "Nothing is broken.",
            (true, false) => "Nothing of it is broken.",
            (false, _) => "There is none in this state.",
        },
        more: of.more,
    };
    page("pages/incidents.html", Place::Incidents, "Incidents", frame, &view)
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    document: &'a str,
    states: Vec<Choice>,
    heading: &'static str,
    rows: Vec<Row>,
    empty: &'static str,
    more: bool,
}

/// An entry of a list to choose from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Choice {
    pub value: String,
    pub text: String,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: &str, text: &str, chosen: &str) -> Self {
        Choice { value: value.to_owned(), text: cut(text), chosen: value == chosen }
    }
}

fn states(chosen: Option<IncidentState>) -> Vec<Choice> {
    let chosen = chosen.map_or("", IncidentState::name);
    let named = |state: &IncidentState| {
        let word = signs::of_incident(*state).word.to_lowercase();
        Choice::new(state.name(), &word, chosen)
    };
    let all = Choice::new("", "not resolved", chosen);
    std::iter::once(all).chain(IncidentState::ALL.iter().map(named)).collect()
}

/// An incident in a row.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub number: u64,
    pub href: String,
    pub badge: Badge,
    pub state: Badge,
    /// Whether its state says more than that it is open.
    pub is_open: bool,
    pub what: String,
    pub document: String,
    /// None of the daemon's own incidents.
    pub document_href: Option<String>,
    pub sentence: String,
    pub owner: Option<String>,
    pub since: When,
    pub resolved: Option<When>,
    pub silenced: Option<When>,
    pub acknowledged_by: Option<String>,
}

impl Row {
    pub fn new(bad: &Bad, now: Millis) -> Self {
        let incident = &bad.incident;
        Row {
            number: incident.number,
            href: link::incident(incident.number),
            badge: incident.severity.into(),
            state: signs::of_incident(incident.state),
            is_open: incident.state == IncidentState::Open,
            what: cut(&what(&incident.key)),
            document: cut(&incident.key.document),
            document_href: (!is_of_daemon(&incident.key.document)).then(|| link::document(&incident.key.document)),
            sentence: cut(&incident.message),
            owner: incident.owner.as_deref().map(cut),
            since: When::new(incident.since, now),
            resolved: When::some(incident.resolved_at, now),
            silenced: When::some(bad.silenced, now),
            acknowledged_by: incident.acknowledged_by.as_deref().map(cut),
        }
    }
}

/// Whether a document is the daemon itself, which has no page.
fn is_of_daemon(document: &str) -> bool {
    document.starts_with("assay/")
}

/// What it is about, within its document: `email.completeness`, `drift of surge, segment eu`.
pub(super) fn what(key: &IncidentKey) -> String {
    let column = key.column.as_deref().filter(|column| !key.check.contains(column));
    let mut text = match column {
        Some(column) => format!("{} of {column}", key.check),
        None => key.check.clone(),
    };
    if let Some(segment) = &key.segment {
        text.push_str(&format!(", segment {segment}"));
    }
    if key.kind == IncidentKind::Error {
        text.push_str(", not evaluable");
    }
    text
}
