//! What all receivers say of an incident, and how texts from data are made harmless before they are put anywhere.

use assay_core::ops::Millis;
use assay_core::ops::incidents::IncidentState;
use assay_core::verdict::Outcome;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::notification::{Item, Notification, Reason};

/// A text on one line, shortened to so many characters. Blanks of all kinds are one space; what cannot be seen or turns the
/// direction of reading is written as an escape, so that a name cannot pretend to be another.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut n_chars = 0;
    for char in text.split_whitespace().flat_map(|word| [" ", word]).flat_map(str::chars).skip(1) {
        let piece = if is_hidden(char) { char.escape_unicode().to_string() } else { char.to_string() };
        n_chars += piece.chars().count();
        if n_chars > most {
            return shortened(&out, most);
        }
        out.push_str(&piece);
    }
    out
}

/// The first characters, one less than may be, and a sign that there were more.
fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Whether a character has no shape of its own or changes how others are read: controls, marks of direction, zero width,
/// tags, private use.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(char, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}')
        || matches!(char, '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// An instant, RFC 3339 in UTC, to the second.
pub(crate) fn instant(at: Millis) -> String {
    match DateTime::<Utc>::from_timestamp_millis(at) {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        // beyond what a calendar has
        None => format!("{at} ms"),
    }
}

/// An instant for people: `2026-11-20 06:00 UTC`.
pub(crate) fn minute(at: Millis) -> String {
    match DateTime::<Utc>::from_timestamp_millis(at) {
        Some(time) => time.format("%Y-%m-%d %H:%M UTC").to_string(),
        None => format!("{at} ms"),
    }
}

/// Where it is: document, check, column and segment. `most` characters each.
pub(crate) fn subject(item: &Item, most: usize) -> String {
    let mut subject = format!("{} · {}", clean(&item.document, most), clean(&item.check, most));
    let column = item.column.as_deref().filter(|column| !names_column(&item.check, column));
    if let Some(column) = column {
        subject.push_str(&format!(" · column {}", clean(column, most)));
    }
    if let Some(segment) = &item.segment {
        subject.push_str(&format!(" · segment {}", clean(segment, most)));
    }
    subject
}

/// Whether a check's id begins with its column: `amount.range`.
fn names_column(check: &str, column: &str) -> bool {
    check.strip_prefix(column).is_some_and(|rest| rest.starts_with('.'))
}

/// How it stands with an incident, in words and never in colour alone: `FAIL`, `FAIL, acknowledged`, `RESOLVED`.
pub(crate) fn standing(item: &Item) -> String {
    let severity = severity(item.severity);
    let mut standing = match item.state {
        IncidentState::Resolved => "RESOLVED".to_owned(),
        IncidentState::Acknowledged => format!("{severity}, acknowledged"),
        IncidentState::Open | IncidentState::Pending => severity.to_owned(),
    };
    if item.is_flapping {
        standing.push_str(", flapping");
    }
    if let Some(news) = item.news.and_then(news) {
        standing.push_str(&format!(", {news}"));
    }
    standing
}

fn severity(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "PASS",
        Outcome::Skipped => "SKIPPED",
        Outcome::Warn => "WARN",
        Outcome::Fail => "FAIL",
        Outcome::Error => "ERROR",
    }
}

/// What is new about an incident, where its state does not say so already.
fn news(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::Opened | Reason::NewMember => Some("new"),
        Reason::Worsened => Some("worse than before"),
        Reason::Reopened => Some("again"),
        Reason::MuteEnded => Some("no longer muted"),
        Reason::Escalated => Some("escalated"),
        Reason::Test
        | Reason::PartlyResolved
        | Reason::Resolved
        | Reason::Repeat
        | Reason::Digest
        | Reason::Fallback => None,
    }
}

/// Since when, who owns it, who looks after it, why it is over.
pub(crate) fn particulars(item: &Item, most: usize) -> String {
    let mut parts = vec![format!("since {}", minute(item.since))];
    if let Some(at) = item.resolved_at {
        let why = item.resolved_why.as_deref().map(|why| format!(" ({})", clean(why, 40))).unwrap_or_default();
        parts.push(format!("resolved {}{why}", minute(at)));
    }
    if let Some(owner) = &item.owner {
        parts.push(format!("owner {}", clean(owner, most)));
    }
    if let Some(layer) = &item.layer {
        parts.push(format!("layer {}", clean(layer, most)));
    }
    if let Some(person) = &item.acknowledged_by {
        parts.push(format!("acknowledged by {}", clean(person, most)));
    }
    parts.join(" · ")
}

/// Why it is sent, and of which project.
pub(crate) fn because(notification: &Notification, most: usize) -> String {
    let why = clean(&notification.why, most);
    match &notification.project {
        Some(project) => format!("{why} · project {}", clean(project, 100)),
        None => why,
    }
}

/// That more is not listed: `and 480 more`.
pub(crate) fn more(notification: &Notification, listed: usize) -> Option<String> {
    let left = (notification.incidents.len() - listed) as u64 + notification.left_out;
    (left > 0).then(|| format!("and {left} more"))
}

/// The page of all incidents.
pub(crate) fn incidents_url(notification: &Notification) -> Option<String> {
    Some(format!("{}/incidents", notification.external_url.as_deref()?))
}
