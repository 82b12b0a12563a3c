//! Incidents of the daemon itself, told like others.

use super::*;
use assay_core::ops::incidents::{Incident, IncidentFilter, IncidentState};
use assay_core::ops::outbox::Message;
use assay_notify::health::DOCUMENT;
use assay_notify::notification::Reason;

use super::senders::message;
use crate::testing::carrier::{Reach, destination};

impl House {
    /// The incidents of the daemon itself, newest first.
    fn health(&self) -> Vec<Incident> {
        let filter = IncidentFilter { document: Some(DOCUMENT.into()), most: 100, ..IncidentFilter::default() };
        self.store.incidents(&filter).unwrap()
    }

    fn state_of(&self, check: &str) -> Option<IncidentState> {
        self.health().iter().find(|incident| incident.key.check == check).map(|incident| incident.state)
    }
}

#[test]
fn a_reload_that_fails_is_an_incident_until_one_succeeds() {
    let house = House::new(60, vec![document("a", None)]);
    house.receivers(vec![destination("ops")]);
    let daemon = house.start("one");
    let good = house.workshop.project.lock().unwrap().clone();
    let bad = NotLoaded { summary: "checks/a.yaml: 1 problem".into(), problems: vec!["line 3".into()] };
    *house.workshop.project.lock().unwrap() = Err(bad);
    assert!(daemon.runtime.block_on(daemon.daemon.reload()).is_err());
    house.until("it is told", || house.reasons("ops") == [Reason::Opened]);
    let told = house.carrier.tries("ops").remove(0).said.incidents.remove(0);
    assert_eq!(
        (told.document.as_str(), told.check.as_str(), told.layer.as_deref()),
        (DOCUMENT, "reload", Some("assay"))
    );
    assert!(told.message.contains("the old one stays: checks/a.yaml: 1 problem"), "{}", told.message);
    assert_eq!((told.reproduce.as_deref(), told.report_url(Some("https://assay.example"))), (None, None));
    *house.workshop.project.lock().unwrap() = good;
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    house.until("its end is told", || house.reasons("ops") == [Reason::Opened, Reason::Resolved]);
    daemon.stop();
}

#[test]
fn a_daemon_that_begins_has_loaded_the_project() {
    let house = House::new(60, vec![document("a", None)]);
    let daemon = house.start("one");
    let good = house.workshop.project.lock().unwrap().clone();
    *house.workshop.project.lock().unwrap() = Err(NotLoaded { summary: "no".into(), problems: Vec::new() });
    assert!(daemon.runtime.block_on(daemon.daemon.reload()).is_err());
    house.until("it is written", || house.state_of("reload") == Some(IncidentState::Open));
    daemon.kill();
    *house.workshop.project.lock().unwrap() = good;
    let daemon = house.start("one");
    house.until("it is over", || house.state_of("reload") == Some(IncidentState::Resolved));
    daemon.stop();
}

#[test]
fn missed_runs_are_a_warning_for_an_hour_and_outlive_changes_of_the_project() {
    let house = House::new(60, vec![document("a", Some("0 * * * *"))]);
    let daemon = house.start("one");
    house.until("a cursor", || house.store.cursors().unwrap().len() == 1);
    daemon.kill();
    house.clock.jump(3 * HOUR + MINUTE);
    let daemon = house.start("one");
    house.until("it is written", || house.state_of("missed_runs") == Some(IncidentState::Open));
    let incident = house.health().remove(0);
    assert_eq!(incident.severity, Outcome::Warn);
    assert_eq!(incident.message, "2 planned runs were missed because nobody was there in time, of `a` among others");
    // what is no longer in the project is resolved, the daemon's own checks are not
    house.workshop.project.lock().unwrap().as_mut().unwrap().insert("b".into(), document("b", None));
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    house.pass(2 * MINUTE);
    assert_eq!(house.state_of("missed_runs"), Some(IncidentState::Open));
    house.clock.jump(HOUR - 5 * MINUTE);
    house.until("it is over", || house.state_of("missed_runs") == Some(IncidentState::Resolved));
    let over = house.health().remove(0);
    assert_eq!(over.resolved_why.as_deref(), Some("recovered"));
    assert!(over.resolved_at.unwrap() - incident.changed_at >= HOUR);
    daemon.stop();
}

#[test]
fn a_message_that_is_given_up_is_an_incident_of_its_receiver_until_it_is_reached_or_removed() {
    let house = House::new(60, vec![]);
    house.receivers(vec![destination("chief"), destination("ops"), destination("mail")]);
    house.carrier.goes("ops", Reach::Answers(404));
    house.carrier.goes("mail", Reach::Answers(404));
    let now = house.clock.now();
    let daemon = house.start("one");
    house.until("it leads", || daemon.daemon.notices.epoch().is_some());
    let post = |messages: Vec<Message>| {
        let epoch = daemon.daemon.notices.epoch().unwrap();
        let notified = assay_core::ops::notices::Notified { messages, ..Default::default() };
        assert!(house.store.notify(epoch, &notified).unwrap());
        daemon.daemon.notices.due.notify_one();
    };
    post(vec![message("n-1", "ops", now), message("n-2", "mail", now)]);
    house.until("both are told", || house.reasons("chief").len() == 2);
    let of = |receiver: &str| {
        let incidents = house.health().into_iter();
        incidents.filter(|one| one.key.segment.as_deref() == Some(receiver)).map(|one| one.state).next()
    };
    assert_eq!((of("ops"), of("mail")), (Some(IncidentState::Open), Some(IncidentState::Open)));
    let message_of = house.health().into_iter().find(|one| one.key.segment.as_deref() == Some("ops")).unwrap().message;
    assert_eq!(message_of, "a message to the receiver `ops` was given up (permanent): the answer was 404");
    house.carrier.goes("ops", Reach::Works);
    post(vec![message("n-3", "ops", now)]);
    house.until("it is reached", || of("ops") == Some(IncidentState::Resolved));
    house.receivers(vec![destination("chief"), destination("ops")]);
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    house.until("it is removed", || of("mail") == Some(IncidentState::Resolved));
    let removed = house.health().into_iter().find(|one| one.key.segment.as_deref() == Some("mail")).unwrap();
    assert_eq!(removed.resolved_why.as_deref(), Some("removed"));
    daemon.stop();
}

#[test]
fn what_is_found_while_the_store_is_away_is_written_when_it_is_back() {
    let house = House::new(60, vec![document("a", None)]);
    let daemon = house.start("one");
    house.pass(2 * SECOND);
    house.flaky.breaks(true);
    let good = house.workshop.project.lock().unwrap().clone();
    *house.workshop.project.lock().unwrap() = Err(NotLoaded { summary: "no".into(), problems: Vec::new() });
    assert!(daemon.runtime.block_on(daemon.daemon.reload()).is_err());
    house.pass(5 * SECOND);
    assert_eq!(house.state_of("reload"), None);
    house.flaky.breaks(false);
    house.until("it is written", || house.state_of("reload") == Some(IncidentState::Open));
    *house.workshop.project.lock().unwrap() = good;
    daemon.stop();
}
