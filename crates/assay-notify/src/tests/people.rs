use assay_core::ops::incidents::{EventKind, IncidentState};
use assay_core::verdict::Outcome;

use super::support::Kept;
use crate::{Policy, accept, acknowledge};

#[test]
fn an_open_incident_is_acknowledged_once() {
    let mut kept = Kept::default();
    kept.one(1, Outcome::Fail);
    let (incident, events) = acknowledge(&kept.incidents[0], "mia", Some("on it"), 5).expect("it is open");
    assert_eq!((incident.state, incident.changed_at), (IncidentState::Acknowledged, 5));
    assert_eq!((incident.acknowledged_by.as_deref(), incident.note.as_deref()), (Some("mia"), Some("on it")));
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].kind, events[0].incident, events[0].message.as_str()),
        (EventKind::Acknowledged, 1, "mia: on it")
    );

    let (again, events) = acknowledge(&incident, "tom", None, 6).expect("somebody else takes it");
    assert_eq!((again.acknowledged_by.as_deref(), again.note), (Some("tom"), None));
    assert_eq!(events, [], "it was acknowledged before");
}

#[test]
fn what_is_pending_or_over_cannot_be_acknowledged() {
    let mut kept = Kept::with(Policy { fail: 2, ..Policy::default() });
    kept.one(1, Outcome::Fail);
    assert_eq!(acknowledge(&kept.incidents[0], "mia", None, 5), None);
    kept.one(2, Outcome::Fail);
    kept.one(3, Outcome::Pass);
    assert_eq!(acknowledge(&kept.incidents[0], "mia", None, 5), None);
}

#[test]
fn accepting_says_so() {
    let mut kept = Kept::default();
    kept.one(1, Outcome::Fail);
    let note = |text| accept(&kept.incidents[0], "mia", text, 5).expect("it is open").0.note;
    assert_eq!(note(None).as_deref(), Some("accept"));
    assert_eq!(note(Some("new tariff")).as_deref(), Some("accept: new tariff"));
}
