//! Incidents of the daemon itself.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{EventKind, Incident, IncidentState};
use assay_core::verdict::Outcome;

use crate::health::{DOCUMENT, Found, NOTIFICATIONS, RELOAD, health, subject};
use crate::{Subjects, labels_of};

const NOON: Millis = 1_795_262_400_000;

/// Applies findings one after the other; gives the incidents and the events.
fn found(steps: &[(&str, Option<&str>, Found)]) -> (Vec<Incident>, Vec<EventKind>) {
    let (mut known, mut events): (Vec<Incident>, Vec<EventKind>) = Default::default();
    for (at, (check, segment, found)) in (0..).zip(steps) {
        for (mut incident, happened) in health(&known, check, *segment, found, NOON + at).changes {
            assert!(happened.iter().all(|event| event.run.is_none() && event.at == NOON + at));
            events.extend(happened.iter().map(|event| event.kind));
            if incident.number == 0 {
                incident.number = known.len() as u64 + 1;
                known.push(incident);
            } else {
                let place = known.iter_mut().find(|known| known.number == incident.number).unwrap();
                *place = incident;
            }
        }
    }
    (known, events)
}

fn bad(text: &str) -> Found {
    Found::Bad(Outcome::Fail, text.into())
}

#[test]
fn a_reload_that_fails_is_an_incident_until_one_succeeds() {
    let (known, events) = found(&[
        (RELOAD, None, Found::Good),
        (RELOAD, None, bad("rules/alerts.yaml:3: no such receiver")),
        (RELOAD, None, bad("rules/alerts.yaml:4: no such receiver")),
        (RELOAD, None, Found::Good),
        (RELOAD, None, Found::Good),
    ]);
    assert_eq!(events, [EventKind::Opened, EventKind::Resolved]);
    assert_eq!((known.len(), known[0].state), (1, IncidentState::Resolved));
    assert_eq!((known[0].key.document.as_str(), known[0].layer.as_deref()), (DOCUMENT, Some("assay")));
    assert_eq!(known[0].message, "rules/alerts.yaml:4: no such receiver");
}

#[test]
fn each_receiver_has_an_incident_of_its_own_and_ends_with_it() {
    let (known, events) = found(&[
        (NOTIFICATIONS, Some("ops"), bad("a message to `ops` was given up")),
        (NOTIFICATIONS, Some("mail"), bad("a message to `mail` was given up")),
        (NOTIFICATIONS, Some("ops"), Found::Good),
        (NOTIFICATIONS, Some("mail"), Found::Removed),
        (NOTIFICATIONS, Some("ops"), bad("a message to `ops` was given up")),
    ]);
    assert_eq!(
        events,
        [EventKind::Opened, EventKind::Opened, EventKind::Resolved, EventKind::Resolved, EventKind::Reopened]
    );
    assert_eq!(known[1].resolved_why.as_deref(), Some("removed"));
    assert_eq!((known[0].state, known[0].reopened), (IncidentState::Open, 1));
}

#[test]
fn they_have_labels_to_be_routed_by() {
    let (known, _) = found(&[(NOTIFICATIONS, Some("ops"), bad("a message to `ops` was given up"))]);
    let subjects = Subjects::from([(DOCUMENT.to_owned(), subject())]);
    let labels = labels_of(&subjects, &known[0]);
    let of = |name: &str| labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str());
    assert_eq!((of("contract"), of("layer")), (Some(DOCUMENT), Some("assay")));
    assert_eq!((of("check"), of("segment"), of("severity")), (Some("notifications"), Some("ops"), Some("fail")));
}
