//! The notifier's log and the outbox in a file: stores from before, damage, full disks, copies.

use assay_core::ops::notices::{Notified, NotifierLog};
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use rusqlite::Connection;

use super::*;
use crate::compliance::ops::notices::entry;
use crate::compliance::ops::outbox::{message, messages};

fn post(store: &SqliteStore, messages: Vec<Message>) -> Result<bool, StoreError> {
    store.notify(1, &Notified { cursor: 1, entries: vec![entry("k", 1)], messages, ..Notified::default() })
}

/// A store of the third version with messages and incidents, made so; gives it as it is opened now.
fn of_version_three(path: &Path, statements: &str) -> SqliteStore {
    let old = Connection::open(path).expect("a database");
    crate::migrations::apply(&old, 0, 3).expect("the tables of then");
    old.execute_batch(statements).expect("what was there then");
    drop(old);
    open(path)
}

#[test]
fn messages_from_before_are_kept_and_delivered() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let store = of_version_three(
        &path,
        "INSERT INTO messages (id, group_key, receiver, integration, reason, body, created_at, state, attempts, next_at,
             last_error, ended_at)
         VALUES ('b', 'g', 'team', 'webhook', 'opened', '{\"a\":1}', 5, 'waiting', 2, 9, '503', NULL),
             ('a', 'g', 'team', 'webhook', 'opened', '', 5, 'delivered', 1, 9, NULL, 9)",
    );
    let b = Message { group: "g".into(), attempts: 2, next_at: 9, last_error: Some("503".into()), ..message("b", 5) };
    let a = Message {
        state: MessageState::Delivered,
        attempts: 1,
        last_error: None,
        ended_at: Some(9),
        body: String::new(),
        ..Message { id: "a".into(), ..b.clone() }
    };
    assert_eq!(messages(&store), [b, a], "in the order in which they were written");
    store.verify().expect("it is whole");
    assert_eq!(store.lanes().expect("lanes")[0].waiting, 1);
    assert_eq!(post(&store, vec![Message { incidents: vec![4], ..message("c", 6) }]), Ok(true));
    assert_eq!(messages(&store)[2].incidents, [4]);
    assert_eq!(store.delivered("b", &Delivery::Delivered { at: 9 }, &[]), Ok(true));
    assert_eq!(store.lanes().expect("lanes")[0].next_at, 6);
}

#[test]
fn a_notifier_begins_with_what_is_not_over() {
    let incident = |number: u32, state: &str| {
        format!(
            "INSERT INTO incidents (number, document, check_id, kind, state, severity, tags, message, bad, good, since,
                 changed_at, resolved_at, reopened, planned, run)
             VALUES ({number}, 'd', 'c{number}', 'verdict', '{state}', 'fail', '[]', '', 1, 0, 1, 1, 1, 0, 1, 'r');
             INSERT INTO alert_events (incident, kind, at, severity, message) VALUES ({number}, 'opened', 1, 'fail', '');"
        )
    };
    for (states, cursor) in [
        (vec![], 0),
        (vec!["resolved", "resolved"], 2),
        (vec!["resolved", "open", "resolved", "acknowledged"], 1),
        (vec!["pending", "resolved"], 0),
    ] {
        let folder = folder();
        let statements: String = states.iter().zip(1..).map(|(state, number)| incident(number, state)).collect();
        let store = of_version_three(&folder.path().join("state.db"), &statements);
        assert_eq!(store.notifier_log(), Ok(NotifierLog { cursor, entries: vec![] }), "{states:?}");
    }
}

#[test]
fn a_damaged_body_is_told_by_its_checksum_and_named() {
    for change in ["frame = zeroblob(length(frame))", "size = size + 1", "checksum = zeroblob(32)", "id = 'm 2'"] {
        let folder = folder();
        let store = open(&folder.path().join("state.db"));
        let long = Message { body: "a body".repeat(99), ..message("m 1", 1) };
        assert_eq!(post(&store, vec![long, message("n", 2)]), Ok(true));
        store.verify().expect("it is whole");
        store.raw(|connection| {
            let sql = format!("UPDATE messages SET {change} WHERE id = 'm 1'");
            assert_eq!(connection.execute(&sql, []).expect("a change"), 1);
        });
        let all = MessageFilter { most: 9, ..MessageFilter::default() };
        assert_error(store.messages(&all), "store_corrupt", &["the body of the message m ", "checksum"]);
        assert_error(store.verify(), "store_corrupt", &["the body of the message m "]);
        let other = MessageFilter { id: Some("n".into()), ..all };
        assert_eq!(store.messages(&other).expect("the others are readable").len(), 1);
        let dropped = Delivery::Dead { at: 9, reason: "dropped".into(), error: "its body is damaged".into() };
        let id = if change.starts_with("id") { "m 2" } else { "m 1" };
        assert_eq!(store.delivered(id, &dropped, &[]), Ok(true), "it can be taken out of the way");
        let waiting = MessageFilter { states: vec![MessageState::Waiting], most: 9, ..MessageFilter::default() };
        assert_eq!(store.messages(&waiting).expect("those behind it").len(), 1);
    }
}

#[test]
fn a_full_disk_keeps_neither_the_log_nor_the_messages_of_a_pass() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    store.raw(|connection| {
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a number");
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).expect("a limit");
    });
    let noise: String = (0..20_000_u32).flat_map(|at| Sha256::digest(at.to_le_bytes())).map(char::from).collect();
    let large = vec![Message { body: noise, ..message("large", 1) }];
    assert_error(post(&store, large), "store_unwritable", &["no room", "nothing was written"]);
    assert_eq!((store.notifier_log(), messages(&store)), (Ok(NotifierLog::default()), vec![]));
    store.verify().expect("it is whole");
}

#[test]
fn a_backup_has_the_log_and_the_outbox() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let mail = Message { incidents: vec![3, 1], target: "ada".into(), ..message("m", 1) };
    assert_eq!(post(&store, vec![mail.clone()]), Ok(true));
    let to = folder.path().join("backup.db");
    store.backup(&to).expect("a backup");
    let copy = open(&to);
    copy.verify().expect("it is whole");
    assert_eq!(messages(&copy), [mail]);
    assert_eq!(copy.notifier_log(), store.notifier_log());
    assert_eq!(copy.notifier_log().expect("a log").entries, [entry("k", 1)]);
}
