//! The daemon's own incidents: what it finds of itself is opened and resolved like what runs find of data, and told in
//! the same way.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Decided, Incident, IncidentKey, IncidentKind, IncidentState};
use assay_core::ops::runs::Kind;
use assay_core::verdict::Outcome;

use crate::decide::{Context, Policy};
use crate::findings::{Counted, Finding, Step};
use crate::steps::{event, step};
use crate::subjects::Subject;

/// The document that incidents of the daemon itself are of.
pub const DOCUMENT: &str = "assay/daemon";
/// Its layer.
pub const LAYER: &str = "assay";
/// The check of a project that could not be loaded anew.
pub const RELOAD: &str = "reload";
/// The check of runs that nobody was there for.
pub const MISSED_RUNS: &str = "missed_runs";
/// The check of messages that were given up, with the receiver as its segment.
pub const NOTIFICATIONS: &str = "notifications";
/// All checks.
pub const CHECKS: [&str; 3] = [RELOAD, MISSED_RUNS, NOTIFICATIONS];

/// What the daemon found of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is bad, this much, and what it is in one sentence.
    Bad(Outcome, String),
    /// It is good.
    Good,
    /// What it was about is no longer there.
    Removed,
}

/// What a finding makes of the daemon's incidents. `segment` is the receiver of [`NOTIFICATIONS`].
pub fn health(known: &[Incident], check: &str, segment: Option<&str>, found: &Found, now: Millis) -> Decided {
    let key = IncidentKey {
        document: DOCUMENT.into(),
        check: check.into(),
        column: None,
        segment: segment.map(Into::into),
        kind: IncidentKind::Verdict,
    };
    let newest = (known.iter().filter(|incident| incident.key == key))
        .max_by_key(|incident| (incident.state != IncidentState::Resolved, incident.number));
    let (way, message) = match found {
        Found::Bad(outcome, message) => (Step::Bad(*outcome, Counted::Here), message.clone()),
        Found::Good => (Step::Good, "it is good again".into()),
        Found::Removed => (Step::Removed, "it is no longer there".into()),
    };
    let finding = Finding { key, step: way, message, tags: Vec::new(), window: None, since: None };
    // no run found it
    let context = Context { document: DOCUMENT, run: "", planned: now, now, policy: Policy::default() };
    let Some((mut incident, kind)) = step(newest, &finding, &context) else { return Decided::default() };
    incident.layer = Some(LAYER.into());
    let happened = kind.map(|kind| {
        let mut event = event(&incident, kind, &finding.message, &context);
        event.run = None;
        event
    });
    Decided { changes: vec![(incident, happened.into_iter().collect())] }
}

/// The daemon as a subject of alerts.
pub fn subject() -> Subject {
    Subject {
        name: DOCUMENT.into(),
        kind: Kind::Contract,
        path: String::new(),
        tags: Vec::new(),
        model: None,
        depends_on: Vec::new(),
        severities: std::collections::BTreeMap::new(),
    }
}
