//! An incident as a receiver is told of it.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Incident, IncidentState};
use chrono::{DateTime, SecondsFormat};

use super::messages::Listed;
use super::words::{clean, shorten};
use crate::notification::Item;
use crate::steps::REMOVED;

/// Documents of this beginning are the daemon itself: there is no command that shows them.
const DAEMON: &str = "assay/";
/// Characters of a message, at most.
const LONGEST: usize = 1_000;

/// An incident as a receiver is told of it. One that flaps counts as open, whatever it is at the moment.
pub(super) fn item(labels: &[(String, String)], incident: &Incident, told: &Listed) -> Item {
    let key = &incident.key;
    let state = match incident.state {
        IncidentState::Resolved | IncidentState::Pending if !told.is_over => IncidentState::Open,
        IncidentState::Pending => IncidentState::Resolved,
        state => state,
    };
    let is_over = state == IncidentState::Resolved;
    Item {
        number: incident.number,
        labels: labels.to_vec(),
        document: key.document.clone(),
        check: key.check.clone(),
        column: key.column.clone(),
        segment: key.segment.clone(),
        kind: key.kind,
        state,
        severity: incident.severity,
        message: shorten(&clean(&incident.message), LONGEST),
        since: incident.since,
        opened_at: incident.opened_at.unwrap_or(incident.since),
        resolved_at: incident.resolved_at.filter(|_| is_over),
        resolved_why: incident.resolved_why.clone().filter(|_| is_over),
        reopened: incident.reopened,
        is_flapping: told.is_flapping,
        owner: incident.owner.clone(),
        layer: incident.layer.clone(),
        acknowledged_by: incident.acknowledged_by.clone(),
        run: incident.run.clone(),
        planned: incident.planned,
        news: told.news,
        reproduce: reproduce(incident),
        strip: Vec::new(),
    }
}

/// `assay check --select table:gold.revenue --as-of 2026-11-20T06:00:00Z`; `None`: there is nothing left to check.
fn reproduce(incident: &Incident) -> Option<String> {
    let document = &incident.key.document;
    let can_be_selected = !document.contains(',') && !document.chars().any(char::is_control);
    if document.starts_with(DAEMON) || incident.resolved_why.as_deref() == Some(REMOVED) || !can_be_selected {
        return None;
    }
    let select = quoted(&format!("table:{document}"));
    Some(format!("assay check --select {select} --as-of {}", instant(incident.planned)?))
}

/// RFC 3339 in UTC, no longer than it has to be.
pub(super) fn instant(at: Millis) -> Option<String> {
    Some(DateTime::from_timestamp_millis(at)?.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_./:=@+%".contains(char);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
