//! What people do about an incident: changes for `Ops::change_incident`.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, Change, EventKind, Incident, IncidentState};

/// Somebody looks after an incident: it is not repeated until it is over or worse. `None` where it is not open: what is
/// pending was told to nobody, what is resolved is over. Who acknowledges again replaces name and note, which is no
/// event.
pub fn acknowledge(incident: &Incident, by: &str, note: Option<&str>, now: Millis) -> Option<Change> {
    let changed = Incident {
        state: IncidentState::Acknowledged,
        acknowledged_by: Some(by.to_owned()),
        note: note.map(str::to_owned),
        changed_at: now,
        ..incident.clone()
    };
    match incident.state {
        IncidentState::Pending | IncidentState::Resolved => None,
        IncidentState::Acknowledged => Some((changed, Vec::new())),
        IncidentState::Open => {
            let event = AlertEvent {
                number: 0,
                incident: incident.number,
                kind: EventKind::Acknowledged,
                at: now,
                severity: incident.severity,
                message: note.map_or_else(|| format!("acknowledged by {by}"), |note| format!("{by}: {note}")),
                run: None,
            };
            Some((changed, vec![event]))
        }
    }
}

/// Somebody takes what a monitor found for the new normal: the incident is acknowledged as `accept`. The windows
/// themselves are accepted by `Store::accept`, so that they count in later baselines.
pub fn accept(incident: &Incident, by: &str, note: Option<&str>, now: Millis) -> Option<Change> {
    let note = note.map_or_else(|| "accept".to_owned(), |note| format!("accept: {note}"));
    acknowledge(incident, by, Some(&note), now)
}
