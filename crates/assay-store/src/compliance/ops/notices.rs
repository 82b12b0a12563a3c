//! What the notifier knows, and what a pass of it writes.

use assay_core::ops::NOTIFIER;
use assay_core::ops::notices::{LogEntry, Notified, NotifierLog};

use super::outbox::{message, messages};
use super::*;

pub(crate) fn entry(key: &str, changed_at: Millis) -> LogEntry {
    LogEntry {
        key: key.into(),
        receiver: "team".into(),
        body: format!("{{\"version\":1,\"at\":{changed_at}}}"),
        changed_at,
    }
}

fn log(store: &dyn Ops) -> NotifierLog {
    store.notifier_log().expect("a log")
}

pub(crate) fn what_a_pass_gave_comes_back_by_key(store: &dyn Ops) {
    assert_eq!(log(store), NotifierLog::default());
    let first = Notified {
        cursor: 7,
        entries: vec![entry("b", 1), entry("c", 1), entry("a", 1)],
        forgotten: vec!["nobody".into()],
        messages: vec![message("m", 1)],
    };
    assert_eq!(store.notify(1, &first), Ok(true));
    assert_eq!(log(store), NotifierLog { cursor: 7, entries: vec![entry("a", 1), entry("b", 1), entry("c", 1)] });
    assert_eq!(messages(store), [message("m", 1)]);

    let moved = LogEntry { receiver: "other".into(), ..entry("b", 2) };
    let second = Notified {
        cursor: 9,
        entries: vec![moved.clone(), entry("d", 2)],
        forgotten: vec!["a".into(), "c".into()],
        messages: vec![],
    };
    assert_eq!(store.notify(1, &second), Ok(true));
    assert_eq!(log(store), NotifierLog { cursor: 9, entries: vec![moved, entry("d", 2)] });
    assert_eq!(messages(store).len(), 1, "a pass takes no message away");
}

pub(crate) fn the_notifier_s_cursor_only_goes_forward(store: &dyn Ops) {
    let at = |cursor| Notified { cursor, ..Notified::default() };
    for (cursor, kept) in [(0, 0), (5, 5), (4, 5), (0, 5), (6, 6)] {
        assert_eq!(store.notify(1, &at(cursor)), Ok(true));
        assert_eq!(log(store).cursor, kept);
    }
}

pub(crate) fn an_older_notifier_writes_nothing(store: &dyn Ops) {
    let first = Notified { cursor: 1, entries: vec![entry("a", 1)], ..Notified::default() };
    assert_eq!(store.notify(1, &first), Ok(true));
    replace(store, NOTIFIER);
    let late = Notified {
        cursor: 2,
        entries: vec![entry("a", 2), entry("b", 2)],
        forgotten: vec!["a".into()],
        messages: vec![message("m", 2)],
    };
    assert_eq!(store.notify(1, &late), Ok(false));
    assert_eq!((log(store), messages(store)), (NotifierLog { cursor: 1, entries: vec![entry("a", 1)] }, vec![]));
    assert_eq!(store.notify(2, &late), Ok(true));
    assert_eq!((log(store).cursor, messages(store).len()), (2, 1));
}

pub(crate) fn a_pass_that_cannot_be_kept_writes_nothing(store: &dyn Ops) {
    let first = Notified { cursor: 1, entries: vec![entry("a", 1)], ..Notified::default() };
    assert_eq!(store.notify(1, &first), Ok(true));
    let bad = Message { incidents: vec![1, u64::MAX], ..message("m", 2) };
    for (cursor, messages) in [(2, vec![message("l", 2), bad]), (u64::MAX, vec![message("l", 2)])] {
        let entries = vec![entry("a", 2), entry("b", 2)];
        let unfit = Notified { cursor, entries, forgotten: vec!["a".into()], messages };
        assert_eq!(store.notify(1, &unfit).expect_err("a number beyond 63 bits").code, "store_unfit");
    }
    assert_eq!((log(store), messages(store)), (NotifierLog { cursor: 1, entries: vec![entry("a", 1)] }, vec![]));
}

pub(crate) fn a_key_twice_in_a_pass_is_one_entry(store: &dyn Ops) {
    let pass = Notified {
        entries: vec![entry("a", 1), entry("b", 1), entry("a", 2), entry("c", 1)],
        forgotten: vec!["c".into(), "c".into()],
        ..Notified::default()
    };
    assert_eq!(store.notify(1, &pass), Ok(true));
    assert_eq!(
        log(store).entries,
        [entry("a", 2), entry("b", 1)],
        "the last of them, and nothing of what is forgotten"
    );
}

pub(crate) fn keys_of_the_log_may_be_anything(store: &dyn Ops) {
    let noise: String =
        (0..9_000_u32).map(|at| char::from(33 + (at.wrapping_mul(2_654_435_761) >> 25) as u8 % 90)).collect();
    let keys = ["", "\0", "\u{10}", "\u{10}0", "a\0b", "{owner=\"ä🙂\"}|x", "'; DROP TABLE messages", &noise];
    let mut entries: Vec<LogEntry> = keys.iter().map(|key| LogEntry { body: (*key).into(), ..entry(key, 1) }).collect();
    assert_eq!(store.notify(1, &Notified { entries: entries.clone(), ..Notified::default() }), Ok(true));
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(log(store).entries, entries);
    let forgotten = keys.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(store.notify(1, &Notified { forgotten, ..Notified::default() }), Ok(true));
    assert_eq!(log(store).entries, []);
}
