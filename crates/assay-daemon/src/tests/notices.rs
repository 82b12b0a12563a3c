//! What happens to incidents becomes messages, once each, whoever has the role and whatever the store does.

use super::*;
use assay_core::ops::outbox::{MessageFilter, MessageState};
use assay_core::ops::silences::{MatchOp, Matcher, Silence};
use assay_notify::notification::Reason;
use assay_notify::rules::GroupBy;

use crate::testing::carrier::{Reach, destination, forgetful};

impl House {
    /// A document is run, and ends like this.
    pub(super) fn once(&self, document: &str, outcome: Outcome) {
        self.workshop.goes(document, Goes::At(outcome));
        let run = self.ask_for(document);
        self.until("the run", || self.store.run(&run.id).unwrap().is_some_and(|run| !run.state.is_open()));
    }

    /// Why receivers were told something, in order.
    pub(super) fn reasons(&self, receiver: &str) -> Vec<Reason> {
        self.carrier.tries(receiver).into_iter().map(|told| told.said.reason).collect()
    }

    fn outbox(&self) -> usize {
        self.store.messages(&MessageFilter { most: usize::MAX, ..MessageFilter::default() }).unwrap().len()
    }
}

#[test]
fn an_incident_is_told_when_it_is_opened_and_when_it_is_over() {
    let house = House::new(60, vec![document("a", None)]);
    house.receivers(vec![destination("ops")]);
    let daemon = house.start("one");
    house.once("a", Outcome::Pass);
    house.once("a", Outcome::Fail);
    house.until("it is told", || house.reasons("ops") == [Reason::Opened]);
    house.once("a", Outcome::Fail);
    house.once("a", Outcome::Pass);
    house.until("its end is told", || house.reasons("ops") == [Reason::Opened, Reason::Resolved]);
    daemon.stop();
    let told = house.carrier.tries("ops");
    let (first, last) = (&told[0].said, &told[1].said);
    assert_eq!((first.receiver.as_str(), first.open, first.incidents.len()), ("ops", 1, 1));
    let item = &first.incidents[0];
    assert_eq!((item.document.as_str(), item.check.as_str(), item.severity), ("a", "row_count", Outcome::Fail));
    assert_eq!(item.strip, [Outcome::Pass, Outcome::Fail]);
    assert_eq!((last.is_open, last.incidents[0].resolved_why.as_deref()), (false, Some("recovered")));
    let written =
        house.store.messages(&MessageFilter { incident: Some(item.number), most: 9, ..MessageFilter::default() });
    let written = written.unwrap();
    assert_eq!(written.len(), 2);
    assert!(written.iter().all(|message| message.state == MessageState::Delivered && message.integration == "webhook"));
    assert_eq!(written[0].id, first.id);
}

#[test]
fn a_restart_tells_nothing_twice_and_what_happened_meanwhile() {
    let house = House::new(60, vec![document("a", None), document("b", None)]);
    house.receivers(vec![destination("ops")]);
    let daemon = house.start("one");
    house.once("a", Outcome::Fail);
    house.until("it is told", || house.reasons("ops").len() == 1);
    house.until("it is written", || house.store.outbox().unwrap().waiting == 0);
    // written with the run, and nobody was there to tell it
    daemon.daemon.notices.lose();
    house.once("b", Outcome::Fail);
    daemon.kill();
    let daemon = house.start("two");
    house.until("the other is told", || house.reasons("ops").len() == 2);
    house.pass(MINUTE);
    daemon.stop();
    let of = |nth: usize| house.carrier.tries("ops")[nth].said.incidents[0].document.clone();
    assert_eq!((of(0).as_str(), of(1).as_str(), house.outbox()), ("a", "b", 2));
}

#[test]
fn a_store_that_fails_for_a_while_loses_nothing_and_repeats_nothing() {
    let house = House::new(60, (0..5).map(|nth| document(&format!("t_{nth}"), None)).collect());
    house.receivers(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Held);
    let daemon = house.start("one");
    for nth in 0..5 {
        house.once(&format!("t_{nth}"), Outcome::Fail);
        house.flaky.breaks(true);
        house.pass(5 * SECOND);
        house.flaky.breaks(false);
    }
    house.carrier.goes("ops", Reach::Works);
    house.until("all", || house.carrier.arrived("ops").len() == 5);
    house.pass(MINUTE);
    daemon.stop();
    let mut documents: Vec<String> =
        house.carrier.tries("ops").into_iter().map(|told| told.said.incidents[0].document.clone()).collect();
    documents.sort();
    assert_eq!(documents, ["t_0", "t_1", "t_2", "t_3", "t_4"]);
}

#[test]
fn three_hundred_that_fail_together_are_one_message() {
    let names: Vec<String> = (0..300).map(|nth| format!("t_{nth:03}")).collect();
    let house = House::new(60, names.iter().map(|name| document(name, None)).collect());
    house.receivers(vec![destination("ops")]);
    {
        let mut rules = house.workshop.rules.lock().unwrap();
        let changed = Arc::get_mut(&mut rules).unwrap().route.as_mut().unwrap();
        (changed.group_by, changed.group_wait) = (GroupBy::Labels(Vec::new()), 10 * MINUTE);
    }
    names.iter().for_each(|name| house.workshop.goes(name, Goes::At(Outcome::Fail)));
    let daemon = house.start("one");
    names.iter().for_each(|name| drop(house.ask_for(name)));
    house.until("all failed", || house.store.outbox().unwrap().waiting > 0 || house.reasons("ops").len() == 1);
    house.until("it is told", || house.reasons("ops").len() == 1);
    daemon.stop();
    let told = house.carrier.tries("ops").remove(0);
    assert_eq!((told.said.open, told.said.incidents.len()), (300, 300));
}

#[test]
fn two_daemons_tell_it_once_whichever_of_them_ran_it() {
    let house = House::new(60, vec![document("a", None), document("b", None)]);
    house.receivers(vec![destination("ops")]);
    let (one, two) = (house.start("one"), house.start("two"));
    house.once("a", Outcome::Fail);
    house.once("b", Outcome::Fail);
    house.until("both", || house.reasons("ops").len() == 2);
    let leader = if one.daemon.notices.epoch().is_some() { &one } else { &two };
    leader.daemon.enter(Phase::Stopping);
    house.once("a", Outcome::Pass);
    house.until("the other goes on", || house.reasons("ops").len() == 3);
    house.pass(MINUTE);
    one.stop();
    two.stop();
    assert_eq!(house.reasons("ops"), [Reason::Opened, Reason::Opened, Reason::Resolved]);
}

#[test]
fn the_end_of_a_silence_wakes_the_notifier() {
    let house = House::new(60, vec![document("a", None)]);
    house.receivers(vec![destination("ops")]);
    let now = house.clock.now();
    let matchers = vec![Matcher { label: "contract".into(), op: MatchOp::Is, value: "a".into() }];
    let silence = Silence {
        id: "s-1".into(),
        matchers,
        starts_at: now,
        ends_at: now + 5 * MINUTE,
        created_by: "anna".into(),
        created_at: now,
        comment: "we know".into(),
        ended_by: None,
    };
    house.store.add_silence(&silence).unwrap();
    let daemon = house.start("one");
    house.once("a", Outcome::Fail);
    house.pass(30 * SECOND);
    assert_eq!(house.outbox(), 0);
    house.until("it is told", || house.reasons("ops") == [Reason::MuteEnded]);
    assert!(house.carrier.tries("ops")[0].at >= silence.ends_at);
    daemon.stop();
}

#[test]
fn rules_that_are_read_anew_count_from_then_on() {
    let house = House::new(60, vec![document("a", None), document("b", None)]);
    house.receivers(vec![destination("ops")]);
    let daemon = house.start("one");
    house.once("a", Outcome::Fail);
    house.until("it is told", || house.reasons("ops").len() == 1);
    house.receivers(vec![destination("others"), destination("ops")]);
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    house.once("b", Outcome::Fail);
    house.until("others are told", || !house.reasons("others").is_empty());
    house.until("all that is written is told", || house.store.outbox().unwrap().waiting == 0);
    daemon.stop();
    assert_eq!(house.reasons("ops").len(), 1);
}

#[test]
fn a_receiver_that_forgets_is_told_again_and_not_flooded_after_an_outage() {
    let house = House::new(60, vec![document("a", None)]);
    house.receivers(vec![forgetful("manager", 2 * MINUTE)]);
    let daemon = house.start("one");
    house.once("a", Outcome::Fail);
    house.until("it is told again", || house.reasons("manager") == [Reason::Opened, Reason::Repeat]);
    house.carrier.goes("manager", Reach::Down);
    house.until("it cannot be reached", || house.store.outbox().unwrap().waiting > 0);
    let before = house.outbox();
    house.pass(20 * MINUTE);
    assert!(house.outbox() <= before + 1, "{} more wait", house.outbox() - before);
    house.carrier.goes("manager", Reach::Works);
    let arrived = house.carrier.arrived("manager").len();
    house.until("it is told again, and again", || house.carrier.arrived("manager").len() >= arrived + 3);
    daemon.stop();
}
