//! What is in the outbox is delivered, once, in order, however long it takes.

use super::*;
use assay_core::ops::NOTIFIER;
use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use assay_notify::delivery::DELAYS;
use assay_notify::notification::{Notification, Reason, SCHEMA};

use crate::testing::carrier::{Reach, destination, with_targets};

/// A message that tells of one incident.
pub(super) fn message(id: &str, receiver: &str, at: Millis) -> Message {
    let notification = Notification {
        schema: SCHEMA.into(),
        id: id.into(),
        receiver: receiver.into(),
        group: format!("group of {id}"),
        labels: BTreeMap::new(),
        route: "{}".into(),
        reason: Reason::Opened,
        why: "it is new".into(),
        at,
        is_open: true,
        title: format!("{id} is broken"),
        external_url: None,
        project: None,
        incidents: Vec::new(),
        left_out: 0,
        open: 1,
        resolved: 0,
        period: None,
        retrain: None,
    };
    crate::notifier::messages::to(&destination(receiver), &notification, "opened").remove(0)
}

impl House {
    /// Writes messages as a notifier does, before any daemon has the role.
    pub(super) fn post(&self, messages: Vec<Message>) {
        let lease = self.store.lead(NOTIFIER, "test", 15_000).unwrap().expect("nobody else has it");
        assert!(self.store.notify(lease.epoch, &Notified { messages, ..Notified::default() }).unwrap());
        self.store.resign(NOTIFIER, "test").unwrap();
    }

    /// These receivers, none of which is told of incidents: what is in the outbox is what a test put there.
    fn quiet(&self, receivers: Vec<Destination>) {
        *self.workshop.rules.lock().unwrap() = Arc::new(Rules { route: None, ..rules(receivers) });
    }

    fn posted(&self, receiver: &str, count: usize) -> Vec<String> {
        let ids: Vec<String> = (0..count).map(|nth| format!("n-{nth:04}")).collect();
        self.post(ids.iter().map(|id| message(id, receiver, self.clock.now())).collect());
        ids
    }

    pub(super) fn messages(&self) -> Vec<Message> {
        self.store.messages(&MessageFilter { most: usize::MAX, ..MessageFilter::default() }).unwrap()
    }

    pub(super) fn message(&self, id: &str) -> Message {
        self.messages().into_iter().find(|message| message.id == id).unwrap_or_else(|| panic!("no message {id}"))
    }

    fn are(&self, state: MessageState) -> usize {
        self.messages().iter().filter(|message| message.state == state).count()
    }

    fn reason_of_end(&self) -> Vec<(String, u64)> {
        self.store.outbox().unwrap().failed.into_iter().map(|(_, reason, count)| (reason, count)).collect()
    }

    /// As somebody who reloads the project.
    fn reload(&self, daemon: &AtWork) {
        daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    }
}

#[test]
fn a_receiver_that_is_down_for_eight_hours_gets_all_in_order_and_is_tried_on_schedule() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops"), destination("other")]);
    house.carrier.goes("ops", Reach::Down);
    let ids = house.posted("ops", 200);
    let daemon = house.start("one");
    let begin = house.clock.now();
    loop {
        let oldest = house.message(&ids[0]);
        let left = oldest.next_at - house.clock.now();
        if oldest.next_at - begin > 8 * HOUR {
            assert_eq!(oldest.last_error.as_deref(), Some("nobody is there"));
            house.carrier.goes("ops", Reach::Works);
            house.clock.jump(left);
            break;
        }
        // nothing happens for so long, which a test need not wait for
        if left > 30 * SECOND {
            house.clock.jump(left);
        }
        house.pass(SECOND);
    }
    house.until("all", || house.are(MessageState::Delivered) == 200);
    assert_eq!(house.carrier.arrived("ops"), ids);
    let tries: Vec<Millis> = house.carrier.tries("ops").iter().map(|told| told.at).collect();
    assert_eq!(tries.len(), 6 + 200, "0, 5 s, 5 min, 30 min, 2 h, 5 h: 7 h 35 min 5 s; then all that wait");
    for (nth, (usual, pair)) in DELAYS.iter().zip(tries.windows(2)).take(6).enumerate() {
        let waited = pair[1] - pair[0];
        // late by what the clock of the test makes of a moment
        let expected = usual - usual / 10..=usual + usual / 10 + 2 * MINUTE;
        assert!(expected.contains(&waited), "after try {}: {waited} ms", nth + 1);
    }
    // whatever waits, only so many are in memory
    assert!(house.flaky.most_messages() <= 20, "{}", house.flaky.most_messages());
    daemon.stop();
}

#[test]
fn a_receiver_that_hangs_stops_no_other_and_its_try_ends_in_time() {
    let house = House::new(10, vec![]);
    house.quiet(vec![destination("hangs"), destination("good"), with_targets("mail", &["a", "b", "c"])]);
    for whom in ["hangs", "mail/a"] {
        house.carrier.goes(whom, Reach::Hangs);
    }
    let now = house.clock.now();
    let to = |id: &str, target: &str| Message { target: target.into(), ..message(id, "mail", now) };
    let mut messages = vec![message("h-1", "hangs", now), message("h-2", "hangs", now)];
    messages.extend((0..50).map(|nth| message(&format!("g-{nth:02}"), "good", now)));
    messages.extend([to("m-a", "a"), to("m-b", "b"), to("m-c", "c")]);
    house.post(messages);
    let daemon = house.start("one");
    house.until("all others", || house.are(MessageState::Delivered) == 52);
    assert_eq!(house.message("h-1").attempts, 0);
    house.until("the end of the try", || house.message("h-1").attempts == 1);
    assert_eq!(house.message("h-1").last_error.as_deref(), Some("no end within 60 s"));
    assert_eq!(house.carrier.tries("hangs").len(), 1);
    daemon.stop();
}

#[test]
fn a_process_that_dies_between_sending_and_writing_sends_again_under_the_same_id() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Hangs);
    house.posted("ops", 2);
    let daemon = house.start("one");
    house.until("it is being sent", || house.carrier.tries("ops").len() == 1);
    daemon.kill();
    house.carrier.goes("ops", Reach::Works);
    let daemon = house.start("two");
    house.until("both", || house.are(MessageState::Delivered) == 2);
    daemon.stop();
    let ids: Vec<String> = house.carrier.tries("ops").into_iter().map(|told| told.said.id).collect();
    assert_eq!(ids, ["n-0000", "n-0000", "n-0001"]);
}

#[test]
fn a_daemon_that_stops_lets_a_try_end_and_leaves_the_rest_for_later() {
    let house = House::new(10, vec![]);
    house.quiet(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Hangs);
    house.posted("ops", 2);
    let daemon = house.start("one");
    house.until("it is being sent", || house.carrier.tries("ops").len() == 1);
    let begun = house.clock.elapsed();
    daemon.stop();
    let took = house.clock.elapsed() - begun;
    assert!(took < 55 * SECOND, "less than what a try may take: {took} ms");
    assert!(house.messages().iter().all(|message| message.attempts == 0 && message.state == MessageState::Waiting));
}

#[test]
fn only_one_of_two_daemons_sends_and_the_other_takes_over() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops")]);
    let first = house.start("one");
    house.until("it leads", || first.daemon.notices.epoch().is_some());
    let second = house.start("two");
    house.pass(10 * SECOND);
    assert_eq!(second.daemon.notices.epoch(), None);
    let epoch = first.daemon.notices.epoch().unwrap();
    let write = |ids: &[&str], epoch| {
        let messages = ids.iter().map(|id| message(id, "ops", house.clock.now())).collect();
        house.store.notify(epoch, &Notified { messages, ..Notified::default() }).unwrap()
    };
    assert!(write(&["n-1", "n-2"], epoch));
    house.until("both", || house.are(MessageState::Delivered) == 2);
    first.kill();
    house.until("the other takes over", || second.daemon.notices.epoch().is_some());
    assert!(!write(&["n-3"], epoch), "the epoch is over");
    assert!(write(&["n-3"], second.daemon.notices.epoch().unwrap()));
    house.until("the third", || house.are(MessageState::Delivered) == 3);
    second.stop();
    assert_eq!(house.carrier.arrived("ops"), ["n-1", "n-2", "n-3"]);
    assert_eq!(house.carrier.tries("ops").len(), 3);
}

#[test]
fn a_daemon_that_is_told_it_lost_the_role_sends_no_more() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops")]);
    let daemon = house.start("one");
    house.until("it leads", || daemon.daemon.notices.epoch().is_some());
    // somebody else takes the role, as where this process stood still for a while
    house.store.resign(NOTIFIER, "one").unwrap();
    let lease = house.store.lead(NOTIFIER, "another", 300 * SECOND).unwrap().expect("it is free");
    let messages = vec![message("n-1", "ops", house.clock.now())];
    house.until("it knows", || daemon.daemon.notices.epoch().is_none());
    assert!(house.store.notify(lease.epoch, &Notified { messages, ..Notified::default() }).unwrap());
    house.pass(30 * SECOND);
    assert_eq!(house.carrier.tries("ops").len(), 0);
    house.store.resign(NOTIFIER, "another").unwrap();
    house.until("it leads again, and sends", || house.are(MessageState::Delivered) == 1);
    daemon.stop();
}

#[test]
fn what_arrived_while_the_store_failed_is_not_sent_again() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Held);
    house.posted("ops", 3);
    let daemon = house.start("one");
    house.until("it is being sent", || house.carrier.tries("ops").len() == 1);
    house.flaky.breaks(true);
    house.carrier.goes("ops", Reach::Works);
    house.until("it arrived", || house.carrier.arrived("ops").len() == 1);
    house.pass(3 * SECOND);
    assert_eq!(house.message("n-0000").attempts, 0);
    house.flaky.breaks(false);
    house.until("all", || house.are(MessageState::Delivered) == 3);
    assert_eq!(house.carrier.arrived("ops"), ["n-0000", "n-0001", "n-0002"]);
    assert_eq!(house.carrier.tries("ops").len(), 3);
    daemon.stop();
}

#[test]
fn what_never_will_arrive_is_given_up_and_the_next_goes_on_and_the_fallback_is_told_once() {
    let house = House::new(60, vec![]);
    let ops = Destination { fallback: Some("chief".into()), ..destination("ops") };
    house.quiet(vec![ops, destination("chief")]);
    house.carrier.goes("ops", Reach::Answers(404));
    house.posted("ops", 3);
    let daemon = house.start("one");
    house.until("all are given up", || house.are(MessageState::Dead) == 3);
    house.until("the fallback", || house.carrier.arrived("chief").len() == 1);
    let said = house.carrier.tries("chief").remove(0).said;
    assert_eq!((said.reason, said.receiver.as_str()), (Reason::Fallback, "chief"));
    assert!(said.why.contains("ops") && said.why.contains("the answer was 404"), "{}", said.why);
    assert_eq!(house.reason_of_end(), [("permanent".to_string(), 3)]);
    daemon.stop();
    // a restart does not tell it again; a success begins anew
    let more = |ids: &[&str]| house.post(ids.iter().map(|id| message(id, "ops", house.clock.now())).collect());
    more(&["n-4"]);
    let daemon = house.start("one");
    house.until("given up, too", || house.are(MessageState::Dead) == 4);
    daemon.stop();
    house.carrier.goes("ops", Reach::Works);
    more(&["n-5"]);
    let daemon = house.start("one");
    house.until("it works", || house.carrier.arrived("ops") == ["n-5"]);
    house.until("it is written", || house.message("n-5").state == MessageState::Delivered);
    daemon.stop();
    assert_eq!(house.carrier.arrived("chief").len(), 1);
    house.carrier.goes("ops", Reach::Answers(404));
    more(&["n-6"]);
    let daemon = house.start("one");
    house.until("the fallback again", || house.carrier.arrived("chief").len() == 2);
    daemon.stop();
}

#[test]
fn fallbacks_that_name_each_other_end() {
    let house = House::new(60, vec![]);
    let a = Destination { fallback: Some("b".into()), ..destination("a") };
    let b = Destination { fallback: Some("a".into()), ..destination("b") };
    house.quiet(vec![a, b]);
    house.carrier.goes("a", Reach::Answers(400));
    house.carrier.goes("b", Reach::Answers(400));
    let now = house.clock.now();
    house.post(vec![message("n-1", "a", now), message("n-2", "b", now)]);
    let daemon = house.start("one");
    house.until("all are given up", || house.are(MessageState::Dead) == 4 && house.are(MessageState::Waiting) == 0);
    house.pass(30 * SECOND);
    assert_eq!(house.messages().len(), 4, "{:#?}", house.messages());
    daemon.stop();
}

#[test]
fn a_receiver_that_is_gone_is_told_nothing_until_its_settings_change() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops"), destination("good")]);
    house.carrier.goes("ops", Reach::Answers(410));
    house.posted("ops", 3);
    let daemon = house.start("one");
    house.until("all are given up", || house.are(MessageState::Dead) == 3);
    assert_eq!(house.carrier.tries("ops").len(), 1);
    assert_eq!(house.reason_of_end(), [("gone".to_string(), 3)]);
    daemon.stop();
    // the next daemon knows it
    house.carrier.goes("ops", Reach::Works);
    house.post(vec![message("n-4", "ops", house.clock.now())]);
    let daemon = house.start("two");
    house.until("given up, too", || house.are(MessageState::Dead) == 4);
    assert_eq!(house.carrier.tries("ops").len(), 1);
    daemon.stop();
    // other settings
    house.quiet(vec![Destination { fingerprint: "ops 2".into(), ..destination("ops") }]);
    house.post(vec![message("n-5", "ops", house.clock.now())]);
    let daemon = house.start("two");
    house.until("it is told", || house.carrier.arrived("ops") == ["n-5"]);
    house.until("it is forgotten", || house.store.notifier_log().unwrap().entries.is_empty());
    daemon.stop();
}

#[test]
fn who_asks_for_a_retry_enables_a_receiver_that_was_gone() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Answers(410));
    let ids = house.posted("ops", 2);
    let daemon = house.start("one");
    house.until("both are given up", || house.are(MessageState::Dead) == 2);
    house.carrier.goes("ops", Reach::Works);
    house.pass(SECOND);
    assert_eq!(house.store.retry(&ids, house.clock.now()).unwrap(), 2);
    daemon.daemon.notices.due.notify_one();
    house.until("both", || house.carrier.arrived("ops") == ids);
    daemon.stop();
}

#[test]
fn a_receiver_or_target_that_the_rules_no_longer_have_is_told_nothing() {
    let house = House::new(60, vec![]);
    house.quiet(vec![with_targets("mail", &["a"])]);
    let now = house.clock.now();
    let to = |id: &str, target: &str| Message { target: target.into(), ..message(id, "mail", now) };
    house.post(vec![message("n-1", "gone", now), to("n-2", "b"), to("n-3", "a")]);
    let daemon = house.start("one");
    house.until("all ended", || house.are(MessageState::Waiting) == 0);
    assert_eq!(house.carrier.arrived("mail/a"), ["n-3"]);
    assert_eq!(house.reason_of_end(), [("unknown_receiver".to_string(), 2)]);
    assert_eq!(house.message("n-1").last_error.as_deref(), Some("the rules have no receiver `gone` any more"));
    daemon.stop();
}

#[test]
fn a_message_that_is_dropped_while_it_waits_stops_nothing() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Down);
    house.posted("ops", 2);
    let daemon = house.start("one");
    house.until("a try", || house.message("n-0000").attempts == 1);
    house.carrier.goes("ops", Reach::Works);
    let dropped = Delivery::Dead { at: house.clock.now(), reason: "dropped".into(), error: "by anna".into() };
    assert!(house.store.delivered("n-0000", &dropped, &[]).unwrap());
    house.until("the other", || house.carrier.arrived("ops") == ["n-0001"]);
    daemon.stop();
}

#[test]
fn a_fault_in_a_try_is_a_try_that_failed() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Panics);
    house.posted("ops", 1);
    let unreadable = Message { body: "{".into(), ..message("n-9", "ops", house.clock.now()) };
    house.post(vec![unreadable]);
    let daemon = house.start("one");
    house.until("a try", || house.message("n-0000").attempts == 1);
    house.carrier.goes("ops", Reach::Works);
    house.until("both ended", || house.are(MessageState::Waiting) == 0);
    assert!(house.message("n-9").last_error.unwrap().starts_with("the message cannot be read"));
    daemon.stop();
}

#[test]
fn settings_that_change_count_from_the_next_try() {
    let house = House::new(60, vec![]);
    house.quiet(vec![destination("ops")]);
    house.carrier.goes("ops", Reach::Down);
    house.posted("ops", 1);
    let daemon = house.start("one");
    house.until("a try", || house.message("n-0000").attempts == 1);
    house.quiet(vec![destination("new")]);
    house.reload(&daemon);
    house.until("it ended", || house.message("n-0000").state == MessageState::Dead);
    assert_eq!(house.reason_of_end(), [("unknown_receiver".to_string(), 1)]);
    daemon.stop();
}
