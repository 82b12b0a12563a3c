//! Labels of incidents: what matchers of silences and routes look at.

use assay_core::ops::incidents::{Incident, IncidentKind};
use assay_core::ops::runs::Kind;
use assay_core::verdict::{Outcome, Severity};

/// The names of labels.
pub const LABELS: &[&str] =
    &["contract", "monitor", "check", "column", "segment", "layer", "owner", "severity", "outcome", "tag", "model"];

/// What an incident does not know of its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About<'a> {
    /// A contract or a monitor.
    pub kind: Kind,
    /// The document's labels.
    pub tags: &'a [String],
    /// The model's name, of a monitor that names one.
    pub model: Option<&'a str>,
    /// What breaking the check amounts to, where that is known: it tells errors apart, which have no level.
    pub severity: Option<Severity>,
}

/// The labels of an incident. A label that it does not have is left out; `tag` is there once for each tag.
pub fn labels(about: &About<'_>, incident: &Incident) -> Vec<(String, String)> {
    let key = &incident.key;
    let document = match about.kind {
        Kind::Contract => "contract",
        Kind::Monitor => "monitor",
    };
    let one = [
        (document, Some(key.document.as_str())),
        ("check", Some(key.check.as_str())),
        ("column", key.column.as_deref()),
        ("segment", key.segment.as_deref()),
        ("layer", incident.layer.as_deref()),
        ("owner", incident.owner.as_deref()),
        ("severity", Some(severity(about, incident))),
        ("outcome", Some(word(incident.severity))),
        ("model", about.model),
    ];
    let mut labels: Vec<(String, String)> =
        one.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value?.to_owned()))).collect();
    let mut tags: Vec<&String> = about.tags.iter().chain(&incident.tags).collect();
    tags.sort_unstable();
    tags.dedup();
    labels.extend(tags.into_iter().map(|tag| ("tag".to_owned(), tag.clone())));
    labels
}

/// `warn` or `fail`: how bad it is now, of errors how bad it would be; what could not be read at all fails.
fn severity(about: &About<'_>, incident: &Incident) -> &'static str {
    let warns = match incident.key.kind {
        IncidentKind::Verdict => incident.severity == Outcome::Warn,
        IncidentKind::Error => about.severity == Some(Severity::Warn),
    };
    if warns { "warn" } else { "fail" }
}

/// An outcome as results have it.
pub(crate) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error",
    }
}
