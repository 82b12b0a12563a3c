//! One pass and a few tries, for a run without a daemon.

use super::*;
use assay_core::ops::NOTIFIER;
use assay_core::ops::incidents::Decided;
use assay_core::ops::outbox::MessageState;
use assay_notify::{Context, Policy};

use crate::notifier;
use crate::testing::carrier::{Reach, destination};

const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(25)];

impl House {
    /// A document is found broken, as by a run of its own.
    fn found_broken(&self, document: &str) {
        let now = self.clock.now();
        let run = record(document, Outcome::Fail, now);
        let context = Context { document, run: "r-1", planned: now, now, policy: Policy::default() };
        let events =
            self.store.judge(document, &mut |known| -> Decided { assay_notify::decide(known, &run, &context) });
        assert_eq!(events.unwrap(), 1);
    }

    /// What a run without a daemon does; gives the ids that were written.
    fn notify_once(&self) -> Option<Vec<String>> {
        let daemon = Daemon::new(
            Arc::clone(&self.flaky) as Arc<dyn Ops>,
            Arc::clone(&self.workshop) as Arc<dyn Workshop>,
            Arc::clone(&self.clock) as Arc<dyn Clock>,
            Arc::clone(&self.carrier) as Arc<dyn Carrier>,
            "once".into(),
            self.workshop.load().unwrap(),
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(notifier::once(&daemon, &PAUSES)).unwrap()
    }
}

#[test]
fn what_was_found_is_told_at_once_and_once() {
    let house = House::new(60, vec![document("silver.a", None), document("silver.b", None)]);
    house.receivers(vec![destination("ops")]);
    house.found_broken("silver.a");
    house.found_broken("silver.b");
    let begun = house.clock.now();
    let written = house.notify_once().expect("nobody else notifies");
    assert!(house.clock.now() - begun < 20 * SECOND, "nobody waits for a group");
    assert!(!written.is_empty());
    assert_eq!(house.carrier.arrived("ops"), written);
    let told: u64 = house.carrier.tries("ops").iter().map(|told| told.said.open).sum();
    assert_eq!(told, 2);
    assert_eq!(house.notify_once(), Some(vec![]));
    assert_eq!(house.carrier.arrived("ops").len(), written.len());
    assert!(house.store.lead(NOTIFIER, "another", 1).unwrap().is_some(), "the role was given back");
}

#[test]
fn a_receiver_that_is_down_is_tried_three_times_and_what_is_left_waits() {
    let house = House::new(60, vec![document("silver.a", None)]);
    house.receivers(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Down);
    house.found_broken("silver.a");
    let written = house.notify_once().expect("nobody else notifies");
    let tries = house.carrier.tries("ops");
    assert_eq!(tries.len(), 3);
    assert!(tries[1].at - tries[0].at >= 5 * SECOND && tries[2].at - tries[1].at >= 25 * SECOND);
    let left = house.message(&written[0]);
    assert_eq!((left.state, left.attempts), (MessageState::Waiting, 3));
    assert!(left.next_at > house.clock.now() + 10 * MINUTE, "the schedule goes on where it was left");
    // not before it is due
    assert_eq!(house.notify_once(), Some(vec![]));
    assert_eq!(house.carrier.tries("ops").len(), 3);
    house.carrier.goes("ops", Reach::Works);
    house.clock.jump(HOUR);
    house.notify_once().expect("nobody else notifies");
    assert_eq!(house.carrier.arrived("ops"), written);
}

#[test]
fn what_is_given_up_is_told_to_the_fallback_in_the_same_run_and_is_an_incident() {
    let house = House::new(60, vec![document("silver.a", None)]);
    let to_fallback = Destination { fallback: Some("other".into()), ..destination("ops") };
    house.receivers(vec![to_fallback, destination("other")]);
    house.carrier.goes("ops", Reach::Answers(400));
    house.found_broken("silver.a");
    house.notify_once().expect("nobody else notifies");
    assert_eq!(house.carrier.tries("ops").len(), 1);
    assert_eq!(house.carrier.arrived("other").len(), 1);
    let filter = assay_core::ops::incidents::IncidentFilter { most: 10, ..Default::default() };
    let own =
        house.store.incidents(&filter).unwrap().into_iter().find(|incident| incident.key.document == "assay/daemon");
    assert_eq!(own.expect("an incident of the daemon itself").key.segment.as_deref(), Some("ops"));
}

#[test]
fn where_a_daemon_notifies_nothing_is_done() {
    let house = House::new(60, vec![document("silver.a", None)]);
    house.receivers(vec![destination("ops")]);
    house.store.lead(NOTIFIER, "daemon", 15_000).unwrap().expect("nobody has it");
    house.found_broken("silver.a");
    assert_eq!(house.notify_once(), None);
    assert_eq!(house.carrier.tries("ops"), []);
    assert_eq!(house.messages(), []);
}
