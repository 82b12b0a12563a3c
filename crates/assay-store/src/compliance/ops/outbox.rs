//! The outbox.

use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Delivery, Lane, MessageFilter, MessageState};

use super::*;

pub(crate) fn message(id: &str, created_at: Millis) -> Message {
    Message {
        id: id.into(),
        group: "{owner=\"ada\"}".into(),
        receiver: "team".into(),
        target: String::new(),
        integration: "webhook".into(),
        reason: "opened".into(),
        body: "{\"a\":1}".into(),
        incidents: vec![],
        created_at,
        state: MessageState::Waiting,
        attempts: 0,
        next_at: created_at,
        last_error: None,
        ended_at: None,
    }
}

fn to(receiver: &str, target: &str, message: Message) -> Message {
    Message { receiver: receiver.into(), target: target.into(), ..message }
}

pub(super) fn post(store: &dyn Ops, messages: &[Message]) {
    assert_eq!(store.notify(1, &Notified { messages: messages.to_vec(), ..Notified::default() }), Ok(true));
}

pub(super) fn every() -> MessageFilter {
    MessageFilter { most: 99, ..MessageFilter::default() }
}

pub(crate) fn messages(store: &dyn Ops) -> Vec<Message> {
    store.messages(&every()).expect("messages")
}

fn found(store: &dyn Ops, filter: &MessageFilter) -> Vec<String> {
    store.messages(filter).expect("messages").into_iter().map(|message| message.id).collect()
}

pub(super) fn deliver(store: &dyn Ops, id: &str, at: Millis) {
    assert_eq!(store.delivered(id, &Delivery::Delivered { at }, &[]), Ok(true));
}

pub(super) fn give_up(store: &dyn Ops, id: &str, at: Millis) {
    let dead = Delivery::Dead { at, reason: "expired".into(), error: "x".into() };
    assert_eq!(store.delivered(id, &dead, &[]), Ok(true));
}

pub(crate) fn messages_come_back_oldest_first_and_once(store: &dyn Ops) {
    let mail = Message { incidents: vec![7, 3, 7, 0], ..to("mail", "ada@example.com", message("b", 2)) };
    post(store, &[mail.clone(), message("c", 2), message("a", 1)]);
    let again = Message { body: "another".into(), incidents: vec![1, 2], ..message("a", 9) };
    let twice = Message { body: "another".into(), incidents: vec![9], ..message("d", 0) };
    post(store, &[again, message("d", 0), twice]);
    assert_eq!(messages(store), [message("d", 0), message("a", 1), mail.clone(), message("c", 2)]);
    let newest = MessageFilter { newest: true, brief: true, most: 2, ..MessageFilter::default() };
    let without = |message: Message| Message { body: String::new(), ..message };
    assert_eq!(store.messages(&newest), Ok(vec![without(message("c", 2)), without(mail)]));
    let size = store.outbox().expect("a size");
    assert_eq!((size.waiting, size.oldest, size.dead), (4, Some(0), 0));
}

pub(crate) fn long_bodies_and_odd_texts_come_back(store: &dyn Ops) {
    let noise: String =
        (0..200_000_u32).map(|at| char::from(32 + (at.wrapping_mul(2_654_435_761) >> 25) as u8 % 95)).collect();
    let odd = "a\0b\u{10}\u{10}0🙂'; --";
    let all = [
        Message { body: noise.clone(), incidents: (1..=10_000).collect(), ..message("a", 1) },
        Message { body: String::new(), ..message("b", 2) },
        Message { group: odd.into(), body: odd.into(), ..to(odd, odd, message(odd, 3)) },
        // longer than what an index takes
        to(&noise[..9_000], &noise[9_000..18_000], message("d", 4)),
        to(&noise[..9_000], &noise[9_000..18_001], message("e", 5)),
    ];
    post(store, &all);
    assert!(messages(store) == all);
    let filter = MessageFilter { receiver: Some(odd.into()), target: Some(odd.into()), ..every() };
    assert_eq!(found(store, &filter), [odd]);
    let filter = MessageFilter { target: Some(noise[9_000..18_000].into()), ..every() };
    assert_eq!(found(store, &filter), ["d"], "all of a target counts");
    assert_eq!(store.lanes().expect("lanes").len(), 4);
    assert_eq!(store.delivered(odd, &Delivery::Delivered { at: 9 }, &[]), Ok(true));
}

pub(crate) fn a_message_is_tried_until_it_ends(store: &dyn Ops) {
    let email = Message { integration: "email".into(), ..message("c", 3) };
    let a = Message { incidents: vec![1], ..message("a", 1) };
    post(store, &[a.clone(), message("b", 2), email]);
    let retry = Delivery::Retry { at: 5, next_at: 50, error: "503".into() };
    let dead = Delivery::Dead { at: 7, reason: "permanent".into(), error: "404".into() };
    assert_eq!(store.delivered("a", &retry, &[]), Ok(true));
    let tried = Message { attempts: 1, next_at: 50, last_error: Some("503".into()), ..a };
    assert_eq!(messages(store)[0], tried);
    assert_eq!(store.delivered("a", &Delivery::Delivered { at: 60 }, &[]), Ok(true));
    let arrived =
        Message { state: MessageState::Delivered, attempts: 2, last_error: None, ended_at: Some(60), ..tried };
    assert_eq!(messages(store)[0], arrived);
    assert_eq!(store.delivered("b", &dead, &[]), Ok(true));
    let lost = &messages(store)[1];
    assert_eq!((lost.state, lost.ended_at, lost.last_error.as_deref()), (MessageState::Dead, Some(7), Some("404")));
    for over in ["a", "b", "nobody"] {
        assert_eq!(store.delivered(over, &Delivery::Delivered { at: 99 }, &[]), Ok(false));
        assert_eq!(store.delivered(over, &retry, &[]), Ok(false));
    }
    assert_eq!(store.delivered("c", &dead, &[]), Ok(true));
    let size = store.outbox().expect("a size");
    assert_eq!((size.waiting, size.oldest, size.dead), (0, None, 2));
    assert_eq!(size.delivered, [("webhook".into(), 1)]);
    let failed = |integration: &str| (integration.to_owned(), "permanent".to_owned(), 1);
    assert_eq!(size.failed, [failed("email"), failed("webhook")]);
}

pub(crate) fn only_what_is_given_up_is_told_elsewhere(store: &dyn Ops) {
    post(store, &[message("a", 1), message("b", 2), message("c", 3)]);
    let instead = |id: &str| [Message { incidents: vec![4], ..to("fallback", "", message(id, 9)) }];
    let retry = Delivery::Retry { at: 5, next_at: 50, error: "503".into() };
    assert_eq!(store.delivered("a", &retry, &instead("for a")), Ok(true));
    assert_eq!(store.delivered("b", &Delivery::Delivered { at: 5 }, &instead("for b")), Ok(true));
    let dead = Delivery::Dead { at: 7, reason: "gone".into(), error: "410".into() };
    for nobody in ["b", "nobody"] {
        assert_eq!(store.delivered(nobody, &dead, &instead("for nobody")), Ok(false));
    }
    assert_eq!(found(store, &every()), ["a", "b", "c"]);
    assert_eq!(store.delivered("a", &dead, &instead("for a")), Ok(true));
    assert_eq!(store.delivered("a", &dead, &instead("for a again")), Ok(false));
    assert_eq!(found(store, &every()), ["a", "b", "c", "for a"]);
    assert_eq!(messages(store)[3..], instead("for a"));
    let known = [Message { body: "another".into(), ..message("b", 9) }, message("for c", 10)];
    assert_eq!(store.delivered("c", &dead, &known), Ok(true));
    let unfit = [Message { incidents: vec![u64::MAX], ..message("x", 9) }];
    assert_eq!(store.delivered("for c", &dead, &unfit).expect_err("a number beyond 63 bits").code, "store_unfit");
    assert_eq!(found(store, &every()), ["a", "b", "c", "for a", "for c"]);
    assert_eq!((messages(store)[1].body.as_str(), messages(store)[4].state), ("{\"a\":1}", MessageState::Waiting));
    assert_eq!(store.outbox().expect("a size").failed, [("webhook".into(), "gone".into(), 2)]);
}

pub(crate) fn messages_are_filtered(store: &dyn Ops) {
    let of = |incidents: &[u64], message| Message { incidents: incidents.to_vec(), ..message };
    let all = [
        of(&[1, 2], message("a", 1)),
        of(&[2, 2], to("other", "", message("b", 2))),
        to("team", "ada", message("c", 3)),
        of(&[3], message("d", 4)),
    ];
    post(store, &all);
    deliver(store, "a", 4);
    let found = |filter: &MessageFilter| found(store, filter);
    let team = MessageFilter { receiver: Some("team".into()), ..every() };
    let waiting = vec![MessageState::Waiting];
    assert_eq!(found(&MessageFilter { states: waiting.clone(), ..every() }), ["b", "c", "d"]);
    assert_eq!(found(&team), ["a", "c", "d"]);
    let both = vec![MessageState::Delivered, MessageState::Dead];
    assert_eq!(found(&MessageFilter { states: both, ..team.clone() }), ["a"]);
    assert_eq!(found(&MessageFilter { most: 1, ..every() }), ["a"]);
    assert_eq!(found(&MessageFilter { most: 0, ..every() }), Vec::<String>::new());

    let target = |target: &str| MessageFilter { target: Some(target.into()), ..team.clone() };
    assert_eq!(found(&target("")), ["a", "d"], "the empty target is one");
    assert_eq!(found(&MessageFilter { states: waiting.clone(), ..target("") }), ["d"]);
    assert_eq!(found(&MessageFilter { states: waiting.clone(), ..target("ada") }), ["c"]);
    assert_eq!(found(&target("a")), Vec::<String>::new());
    assert_eq!(found(&MessageFilter { target: Some(String::new()), ..every() }), ["a", "b", "d"]);

    let id = |id: &str| MessageFilter { id: Some(id.into()), ..every() };
    assert_eq!((found(&id("b")), found(&id("nobody"))), (vec!["b".into()], vec![]));
    assert_eq!(found(&MessageFilter { states: waiting, ..id("a") }), Vec::<String>::new());
    let incident = |incident| MessageFilter { incident: Some(incident), ..every() };
    assert_eq!(found(&incident(2)), ["a", "b"], "each once");
    assert_eq!(found(&MessageFilter { receiver: Some("other".into()), ..incident(2) }), ["b"]);
    assert_eq!(
        (found(&incident(3)), found(&incident(9)), found(&incident(u64::MAX))),
        (vec!["d".into()], vec![], vec![])
    );
}

pub(crate) fn lanes_are_where_messages_wait(store: &dyn Ops) {
    assert_eq!(store.lanes(), Ok(vec![]));
    let all = [
        Message { next_at: 70, ..to("mail", "bob", message("a", 5)) },
        Message { next_at: 60, ..to("mail", "bob", message("b", 5)) },
        Message { next_at: 80, ..to("mail", "bob", message("c", 4)) },
        to("mail", "ada", message("d", 6)),
        to("hook", "", message("e", 7)),
        to("mail", "", message("f", 8)),
    ];
    post(store, &all);
    let lane = |receiver: &str, target: &str, waiting, oldest, next_at| Lane {
        receiver: receiver.into(),
        target: target.into(),
        waiting,
        oldest,
        next_at,
    };
    let mut expected = vec![
        lane("hook", "", 1, 7, 7),
        lane("mail", "", 1, 8, 8),
        lane("mail", "ada", 1, 6, 6),
        lane("mail", "bob", 3, 4, 80),
    ];
    assert_eq!(store.lanes(), Ok(expected.clone()));
    deliver(store, "c", 9);
    give_up(store, "d", 9);
    expected.remove(2);
    expected[2] = lane("mail", "bob", 2, 5, 70);
    assert_eq!(store.lanes(), Ok(expected.clone()), "of two written at once the one that was written first");
    let retry = Delivery::Retry { at: 70, next_at: 700, error: "503".into() };
    assert_eq!(store.delivered("a", &retry, &[]), Ok(true));
    expected[2] = lane("mail", "bob", 2, 5, 700);
    assert_eq!(store.lanes(), Ok(expected), "the others wait behind it");
}

pub(crate) fn what_is_retried_waits_as_if_it_was_never_tried(store: &dyn Ops) {
    let a = Message { incidents: vec![1], ..message("a", 1) };
    post(store, &[a.clone(), message("b", 2), message("c", 3), message("d", 4)]);
    give_up(store, "a", 5);
    let retry = Delivery::Retry { at: 5, next_at: 5_000, error: "503".into() };
    assert_eq!(store.delivered("b", &retry, &[]), Ok(true));
    deliver(store, "c", 5);
    let before = messages(store);
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(store.retry(&[], 9), Ok(0));
    assert_eq!(store.retry(&ids(&["c", "nobody"]), 9), Ok(0));
    assert_eq!(messages(store), before);
    assert_eq!(store.retry(&ids(&["a", "b", "c", "a", "nobody"]), 9), Ok(2));
    let again = |message: Message| Message { next_at: 9, ..message };
    assert_eq!(messages(store), [again(a), again(message("b", 2)), before[2].clone(), message("d", 4)]);
    let size = store.outbox().expect("a size");
    assert_eq!((size.waiting, size.oldest, size.dead), (3, Some(1), 0));
    assert_eq!(size.failed, [("webhook".into(), "expired".into(), 1)], "what there was is still counted");
    deliver(store, "a", 10);
    let arrived = &messages(store)[0];
    assert_eq!((arrived.state, arrived.attempts), (MessageState::Delivered, 1));
}
