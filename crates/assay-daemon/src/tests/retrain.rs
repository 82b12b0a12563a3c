//! Calls to train a model again: one for each proposal that was approved.

use super::*;
use assay_core::drift::store::{Commit, Proposal};
use assay_core::ops::incidents::IncidentFilter;
use assay_core::ops::outbox::MessageState;
use serde_json::json;

use crate::testing::carrier::{Reach, destination};

fn proposal(nth: usize, state: &str) -> Proposal {
    Proposal {
        id: format!("rt-{nth:012}"),
        monitor: "churn".into(),
        window: "2026-11-20".into(),
        idempotency_key: format!("{nth:064}"),
        state: state.into(),
        proposed_at: NOON / 1_000 + nth as i64,
        changed_at: NOON / 1_000 + nth as i64,
        note: None,
        payload: json!({"monitor": "churn", "rule": "performance.rmse fail", "nth": nth}).to_string(),
    }
}

impl House {
    /// With a monitor that calls somebody, and these proposals.
    fn proposing(proposals: Vec<Proposal>) -> Self {
        let house = House::new(60, vec![]);
        house.workshop.retrain.lock().unwrap().insert("churn".into(), Arc::new(destination("pipeline")));
        house.store.commit(&Commit { proposals, ..Commit::default() }).unwrap();
        house
    }

    fn proposal(&self, nth: usize) -> Proposal {
        let id = format!("rt-{nth:012}");
        self.store.proposals(None).unwrap().into_iter().find(|proposal| proposal.id == id).unwrap()
    }
}

#[test]
fn what_was_approved_is_called_for_once_and_is_sent_then() {
    let house = House::proposing(vec![proposal(1, "approved"), proposal(2, "proposed"), proposal(3, "approved")]);
    let daemon = house.start("one");
    house.until("both are sent", || [1, 3].iter().all(|nth| house.proposal(*nth).state == "sent"));
    let told = house.carrier.tries("pipeline");
    let called: Vec<u64> =
        told.iter().map(|told| told.said.retrain.as_ref().unwrap()["nth"].as_u64().unwrap()).collect();
    assert_eq!(called, [1, 3]);
    assert_eq!(
        (told[0].said.id.clone(), told[0].said.receiver.as_str()),
        (format!("retrain-{:064}", 1), "retrain/churn")
    );
    // somebody approves the other, from elsewhere
    house.store.move_proposal(&proposal(2, "").id, &["proposed"], "approved", NOON / 1_000, Some("by ada")).unwrap();
    house.until("it is sent", || house.proposal(2).state == "sent");
    assert_eq!(house.proposal(2).note.as_deref(), Some("by ada"));
    daemon.stop();
    let daemon = house.start("two");
    house.pass(MINUTE);
    daemon.stop();
    assert_eq!(house.carrier.tries("pipeline").len(), 3);
}

#[test]
fn a_process_that_dies_after_the_call_does_not_call_again() {
    let house = House::proposing(vec![proposal(1, "approved")]);
    house.carrier.goes("pipeline", Reach::Down);
    let daemon = house.start("one");
    house.until("a try", || house.messages().first().is_some_and(|message| message.attempts == 1));
    assert_eq!(house.proposal(1).state, "approved");
    daemon.kill();
    house.carrier.goes("pipeline", Reach::Works);
    let daemon = house.start("two");
    house.until("it is sent", || house.proposal(1).state == "sent");
    daemon.stop();
    let ids: BTreeSet<String> = house.carrier.tries("pipeline").into_iter().map(|told| told.said.id).collect();
    assert_eq!((ids.len(), house.carrier.arrived("pipeline").len()), (1, 1));
}

#[test]
fn a_call_that_is_given_up_is_noted_and_an_incident_and_can_be_tried_again() {
    let house = House::proposing(vec![proposal(1, "approved")]);
    house.carrier.goes("pipeline", Reach::Answers(403));
    let daemon = house.start("one");
    house.until("it is noted", || house.proposal(1).note.is_some());
    let noted = house.proposal(1);
    assert_eq!((noted.state.as_str(), noted.note.as_deref()), ("approved", Some("not sent: the answer was 403")));
    let incidents = || house.store.incidents(&IncidentFilter { most: 9, ..IncidentFilter::default() }).unwrap();
    house.until("an incident", || incidents().len() == 1);
    assert_eq!(incidents()[0].key.segment.as_deref(), Some("retrain/churn"));
    house.pass(MINUTE);
    assert_eq!((house.messages().len(), house.carrier.tries("pipeline").len()), (1, 1));
    house.carrier.goes("pipeline", Reach::Works);
    let message = house.messages().remove(0);
    assert_eq!(message.state, MessageState::Dead);
    house.store.retry(&[message.id], house.clock.now()).unwrap();
    house.until("it is sent", || house.proposal(1).state == "sent");
    daemon.stop();
}

#[test]
fn a_monitor_that_calls_nobody_leaves_its_proposals_to_people() {
    let house = House::proposing(vec![proposal(1, "approved")]);
    house.workshop.retrain.lock().unwrap().clear();
    let daemon = house.start("one");
    house.pass(MINUTE);
    daemon.stop();
    assert_eq!((house.messages().len(), house.proposal(1).state.as_str()), (0, "approved"));
}
