//! What runs make of incidents, written with them.

use super::*;
use assay_core::ops::incidents::{EventKind, Incident, IncidentFilter, IncidentKind, IncidentState};

fn incidents(house: &House) -> Vec<Incident> {
    house.store.incidents(&IncidentFilter { most: 100, ..IncidentFilter::default() }).unwrap()
}

fn once(house: &House, document: &str, goes: Goes) {
    house.workshop.goes(document, goes);
    let run = house.ask_for(document);
    house.until("the run", || house.store.run(&run.id).unwrap().is_some_and(|run| !run.state.is_open()));
}

#[test]
fn an_incident_is_open_from_the_run_that_broke_until_the_one_that_held() {
    let house = House::new(60, vec![document("a", None)]);
    let daemon = house.start("one");
    once(&house, "a", Goes::At(Outcome::Fail));
    once(&house, "a", Goes::At(Outcome::Fail));
    let open = incidents(&house);
    assert_eq!((open.len(), open[0].state, open[0].bad), (1, IncidentState::Open, 2));
    once(&house, "a", Goes::At(Outcome::Pass));
    daemon.stop();
    let over = incidents(&house);
    assert_eq!((over.len(), over[0].state), (1, IncidentState::Resolved));
    let kinds: Vec<EventKind> = house.store.events(0, 100).unwrap().iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Opened, EventKind::Resolved]);
}

#[test]
fn a_monitor_that_wants_two_in_a_row_gets_them() {
    let two = Document { kind: Kind::Monitor, confirm: Confirm { fail: 2, recover: 2 }, ..document("a", None) };
    twice(&House::new(60, vec![two]));
}

#[test]
fn rules_say_how_often_a_contract_is_bad_in_a_row_and_not_the_document() {
    let house = House::new(60, vec![document("a", None)]);
    let two = assay_notify::rules::Confirm { fail: 2, recover: 2 };
    *house.workshop.rules.lock().unwrap() = Arc::new(Rules { confirm: two, ..Rules::default() });
    twice(&house);
}

/// Bad and good, each twice in a row.
fn twice(house: &House) {
    let daemon = house.start("one");
    once(house, "a", Goes::At(Outcome::Fail));
    assert_eq!(incidents(house)[0].state, IncidentState::Pending);
    once(house, "a", Goes::At(Outcome::Fail));
    assert_eq!(incidents(house)[0].state, IncidentState::Open);
    once(house, "a", Goes::At(Outcome::Pass));
    assert_eq!(incidents(house)[0].state, IncidentState::Open);
    once(house, "a", Goes::At(Outcome::Pass));
    assert_eq!(incidents(house)[0].state, IncidentState::Resolved);
    daemon.stop();
}

#[test]
fn a_source_that_is_too_slow_twice_is_an_incident_of_its_own() {
    let house = House::new(60, vec![document("a", None)]);
    house.settings(|scheduler| scheduler.timeout = MINUTE);
    let daemon = house.start("one");
    once(&house, "a", Goes::Takes(HOUR));
    once(&house, "a", Goes::Takes(HOUR));
    let open = incidents(&house);
    assert_eq!(open.len(), 1, "{open:#?}");
    let incident = &open[0];
    assert_eq!((incident.state, incident.key.kind), (IncidentState::Open, IncidentKind::Error));
    assert!(incident.message.contains("60 s"), "{}", incident.message);
    daemon.stop();
}

#[test]
fn an_incident_of_a_document_that_is_gone_is_resolved() {
    let house = House::new(60, vec![document("a", None), document("b", None)]);
    let daemon = house.start("one");
    once(&house, "a", Goes::At(Outcome::Fail));
    once(&house, "b", Goes::At(Outcome::Fail));
    house.workshop.project.lock().unwrap().as_mut().unwrap().remove("a");
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    let of = |name: &str| incidents(&house).into_iter().find(|incident| incident.key.document == name).unwrap();
    house.until("it is over", || of("a").state == IncidentState::Resolved);
    assert_eq!(of("a").resolved_why.as_deref(), Some("removed"));
    daemon.stop();
}

#[test]
fn an_incident_of_a_check_that_is_gone_is_resolved_and_others_stay() {
    let house = House::new(60, vec![document("a", None)]);
    let daemon = house.start("one");
    once(&house, "a", Goes::At(Outcome::Fail));
    let with = |house: &House, id: &str| {
        let mut document = Document { description: Some(id.into()), ..document("a", None) };
        document.checks[0].id = id.into();
        house.workshop.project.lock().unwrap().as_mut().unwrap().insert("a".into(), document);
    };
    with(&house, "row_count");
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    house.pass(5 * SECOND);
    assert_eq!(incidents(&house)[0].state, IncidentState::Open);
    with(&house, "freshness");
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    house.until("it is over", || incidents(&house)[0].state == IncidentState::Resolved);
    daemon.stop();
}
