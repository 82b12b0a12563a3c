//! The outbox, silences, tokens.

use assay_core::ops::NOTIFIER;
use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use assay_core::ops::silences::{MatchOp, Matcher, Silence};
use assay_core::ops::tokens::{Scope, Token};

use super::*;

pub(super) fn message(id: &str, created_at: Millis) -> Message {
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

pub(super) fn post(store: &dyn Ops, messages: &[Message]) {
    assert_eq!(store.notify(1, &telling(messages)), Ok(true));
}

/// A pass that gave nothing but messages.
pub(super) fn telling(messages: &[Message]) -> Notified {
    Notified { messages: messages.to_vec(), ..Notified::default() }
}

pub(super) fn messages(store: &dyn Ops) -> Vec<Message> {
    store.messages(&MessageFilter { most: 99, ..MessageFilter::default() }).expect("messages")
}

pub(crate) fn messages_come_back_oldest_first_and_once(store: &dyn Ops) {
    post(store, &[message("b", 2), message("c", 2), message("a", 1)]);
    post(store, &[Message { body: "another".into(), ..message("a", 9) }, message("d", 0)]);
    assert_eq!(messages(store), [message("d", 0), message("a", 1), message("b", 2), message("c", 2)]);
    let size = store.outbox().expect("a size");
    assert_eq!((size.waiting, size.oldest, size.dead), (4, Some(0), 0));
}

pub(crate) fn an_older_notifier_posts_nothing(store: &dyn Ops) {
    replace(store, NOTIFIER);
    assert_eq!(store.notify(1, &telling(&[message("a", 1)])), Ok(false));
    assert_eq!(messages(store), vec![]);
    assert_eq!(store.notify(2, &telling(&[message("a", 1)])), Ok(true));
    assert_eq!(messages(store).len(), 1);
}

pub(crate) fn a_message_is_tried_until_it_ends(store: &dyn Ops) {
    let email = Message { integration: "email".into(), ..message("c", 3) };
    post(store, &[message("a", 1), message("b", 2), email]);
    let retry = Delivery::Retry { at: 5, next_at: 50, error: "503".into() };
    let dead = Delivery::Dead { at: 7, reason: "permanent".into(), error: "404".into() };
    assert_eq!(store.delivered("a", &retry, &[]), Ok(true));
    let tried = Message { attempts: 1, next_at: 50, last_error: Some("503".into()), ..message("a", 1) };
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

pub(crate) fn messages_are_filtered(store: &dyn Ops) {
    post(store, &[message("a", 1), Message { receiver: "other".into(), ..message("b", 2) }, message("c", 3)]);
    store.delivered("a", &Delivery::Delivered { at: 4 }, &[]).expect("noted");
    let every = MessageFilter { most: 99, ..MessageFilter::default() };
    let found = |filter: &MessageFilter| {
        let messages = store.messages(filter).expect("messages");
        messages.into_iter().map(|message| message.id).collect::<Vec<_>>()
    };
    assert_eq!(found(&MessageFilter { states: vec![MessageState::Waiting], ..every.clone() }), ["b", "c"]);
    assert_eq!(found(&MessageFilter { receiver: Some("team".into()), ..every.clone() }), ["a", "c"]);
    let both = vec![MessageState::Delivered, MessageState::Dead];
    assert_eq!(found(&MessageFilter { states: both, receiver: Some("team".into()), ..every.clone() }), ["a"]);
    assert_eq!(found(&MessageFilter { most: 1, ..every }), ["a"]);
}

pub(super) fn silence(id: &str, ends_at: Millis) -> Silence {
    let matcher = |label: &str, op| Matcher { label: label.into(), op, value: "a.*|\"".into() };
    Silence {
        id: id.into(),
        matchers: vec![matcher("owner", MatchOp::Is), matcher("tag", MatchOp::MatchesNot)],
        starts_at: ends_at - 10,
        ends_at,
        created_by: "ada".into(),
        created_at: ends_at - 10,
        comment: "moving house".into(),
        ended_by: None,
    }
}

pub(crate) fn silences_come_newest_first_and_end(store: &dyn Ops) {
    for (id, ends_at) in [("s-1", 100), ("s-3", 300), ("s-2", 200)] {
        store.add_silence(&silence(id, ends_at)).expect("a silence");
    }
    let found = |at| store.silences(at).expect("silences").into_iter().map(|silence| silence.id).collect::<Vec<_>>();
    assert_eq!(store.silences(None).expect("silences")[0], silence("s-3", 300));
    assert_eq!(found(None), ["s-3", "s-2", "s-1"]);
    assert_eq!(found(Some(99)), ["s-3", "s-2", "s-1"]);
    assert_eq!(found(Some(100)), ["s-3", "s-2"], "the end is no longer in it");
    assert_eq!(store.end_silence("s-3", "bob", 150), Ok(true));
    assert_eq!(
        store.silences(Some(149)).expect("silences")[0],
        Silence { ends_at: 150, ended_by: Some("bob".into()), ..silence("s-3", 300) }
    );
    assert_eq!(found(Some(150)), ["s-2"]);
    for (id, now) in [("s-3", 160), ("s-1", 100), ("s-9", 1)] {
        assert_eq!(store.end_silence(id, "bob", now), Ok(false), "{id} is over or was never there");
    }
}

pub(crate) fn a_silence_without_matchers_or_with_a_taken_id_is_refused(store: &dyn Ops) {
    store.add_silence(&silence("s-1", 100)).expect("a silence");
    let all = Silence { matchers: vec![], ..silence("s-2", 100) };
    assert_eq!(store.add_silence(&all).expect_err("it silences everything").code, "store_unfit");
    assert_eq!(store.add_silence(&silence("s-1", 200)).expect_err("the id is taken").code, "store_unfit");
    assert_eq!(store.silences(None), Ok(vec![silence("s-1", 100)]));
}

fn token(id: &str, created_at: Millis) -> Token {
    Token {
        id: id.into(),
        name: "ci".into(),
        scopes: vec![Scope::Run, Scope::Read],
        sha256: [7; 32],
        created_at,
        expires_at: Some(created_at + 5),
        revoked_at: None,
    }
}

pub(crate) fn tokens_come_newest_first_and_are_revoked_once(store: &dyn Ops) {
    for (id, created_at) in [("t1", 1), ("t3", 3), ("t2", 2)] {
        store.add_token(&token(id, created_at)).expect("a token");
    }
    assert_eq!(store.revoke_token("t2", 9), Ok(true));
    assert_eq!(store.revoke_token("t2", 10), Ok(false));
    assert_eq!(store.revoke_token("t9", 10), Ok(false));
    let revoked = Token { revoked_at: Some(9), ..token("t2", 2) };
    assert_eq!(store.tokens(), Ok(vec![token("t3", 3), revoked, token("t1", 1)]));
}

pub(crate) fn a_token_with_a_taken_id_is_refused(store: &dyn Ops) {
    store.add_token(&token("t1", 1)).expect("a token");
    assert_eq!(store.add_token(&token("t1", 2)).expect_err("the id is taken").code, "store_unfit");
    let idle = Token { scopes: vec![], ..token("t2", 2) };
    assert_eq!(store.add_token(&idle).expect_err("it allows nothing").code, "store_unfit");
    assert_eq!(store.tokens(), Ok(vec![token("t1", 1)]));
}
