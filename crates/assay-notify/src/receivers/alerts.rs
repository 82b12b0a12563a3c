//! Incidents as Alertmanager knows alerts: sets of labels, annotations, a beginning and an end.

use std::collections::BTreeMap;

use assay_core::ops::incidents::{IncidentKind, IncidentState};
use assay_core::verdict::Outcome;

use super::words;
use crate::labels::word;
use crate::notification::{Item, Notification};

/// The name of all alerts that are incidents.
pub(crate) const INCIDENT: &str = "AssayIncident";
/// The name of an alert that says something and is no incident.
pub(crate) const NOTICE: &str = "AssayNotice";
/// Characters of a label's value, at most.
const LONGEST_LABEL: usize = 500;
/// Characters of an annotation, at most.
const LONGEST_ANNOTATION: usize = 2000;

/// Labels or annotations.
pub(crate) type Pairs = BTreeMap<String, String>;

/// The labels of an incident's alert. Its number is one of them, so that two incidents are never one alert.
pub(crate) fn labels(item: &Item) -> Pairs {
    let mut labels = Pairs::new();
    for (name, value) in &item.labels {
        let value = words::clean(value, LONGEST_LABEL);
        if value.is_empty() {
            continue;
        }
        // of several tags one text is made: a set of labels has each name once
        let all = labels.entry(label_name(name)).or_default();
        let joined = if all.is_empty() { value } else { format!("{all},{value}") };
        *all = words::clean(&joined, LONGEST_LABEL);
    }
    // the worst since it was opened, so that what improves stays the same alert until it is over
    labels.insert("outcome".into(), word(item.severity).into());
    if item.kind == IncidentKind::Verdict {
        let severity = if item.severity == Outcome::Warn { "warn" } else { "fail" };
        labels.insert("severity".into(), severity.into());
    }
    labels.insert("alertname".into(), INCIDENT.into());
    labels.insert("assay_incident".into(), item.number.to_string());
    labels
}

/// A name that a label can have: letters, digits and `_`, no digit first.
pub(crate) fn label_name(name: &str) -> String {
    let legal = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
    let name: String = name.chars().take(100).map(legal).collect();
    match name.chars().next() {
        Some(first) if !first.is_ascii_digit() => name,
        _ => format!("_{name}"),
    }
}

/// What is told of an incident besides what it is known by.
pub(crate) fn annotations(item: &Item, notification: &Notification) -> Pairs {
    let external_url = notification.external_url.as_deref();
    let texts = [
        ("summary", Some(format!("{}: {}", words::standing(item), words::subject(item, 200)))),
        ("description", Some(words::clean(&item.message, LONGEST_ANNOTATION))),
        ("acknowledged_by", item.acknowledged_by.as_deref().map(|person| words::clean(person, 200))),
        ("report", item.report_url(external_url)),
        ("reproduce", item.reproduce.as_deref().map(|command| words::clean(command, LONGEST_ANNOTATION))),
    ];
    texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect()
}

/// The labels and annotations of a notification without incidents.
pub(crate) fn notice(notification: &Notification) -> (Pairs, Pairs) {
    let labels = [
        ("alertname", NOTICE.to_owned()),
        ("reason", notification.reason.name().to_owned()),
        ("receiver", words::clean(&notification.receiver, LONGEST_LABEL)),
    ];
    let annotations = [
        ("summary", words::clean(&notification.title, LONGEST_ANNOTATION)),
        ("description", words::clean(&notification.why, LONGEST_ANNOTATION)),
    ];
    let pairs =
        |pairs: &[(&str, String)]| pairs.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
    (pairs(&labels), pairs(&annotations))
}

/// Whether an incident is over.
pub(crate) fn is_over(item: &Item) -> bool {
    item.state == IncidentState::Resolved
}

/// What tells alerts apart in few characters: FNV-1a over the labels in order, as Prometheus has it.
pub(crate) fn fingerprint(labels: &Pairs) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain([&0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for (name, value) in labels {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    format!("{hash:016x}")
}

/// What all have in common.
pub(crate) fn common<'a>(mut all: impl Iterator<Item = &'a Pairs>) -> Pairs {
    let mut common = all.next().cloned().unwrap_or_default();
    for pairs in all {
        common.retain(|name, value| pairs.get(name) == Some(value));
    }
    common
}
