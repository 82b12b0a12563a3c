//! Silences and tokens.

use assay_core::ops::silences::{MatchOp, Matcher, Silence};
use assay_core::ops::tokens::{Scope, Token};

use super::*;

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
