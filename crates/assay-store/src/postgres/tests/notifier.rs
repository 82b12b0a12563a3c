//! The notifier's log and the outbox: stores from before, and several daemons at once.

use std::thread;
use std::time::{Duration, Instant};

use assay_core::ops::incidents::{Decided, EventKind, IncidentFilter, IncidentState};
use assay_core::ops::notices::{LogEntry, Notified, NotifierLog};
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use assay_core::ops::{NOTIFIER, Ops};

use super::super::PostgresStore;
use super::super::server::{self, Server};
use super::{connect, fresh};
use crate::compliance::ops::notices::entry;
use crate::compliance::ops::outbox::{message, messages};
use crate::compliance::ops::{event, incident, run};

/// The url of a database with a store of the first version, in which statements were run.
fn of_version_one(statements: &str) -> String {
    let url = Server::shared().database();
    let tables = include_str!("../../migrations/postgres/0001_store.sql");
    let mark = "CREATE TABLE store (program TEXT NOT NULL, version BIGINT NOT NULL CHECK (version > 0),
                    one_row BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY CHECK (one_row));
                INSERT INTO store (program, version) VALUES ('assay', 1);";
    server::run(&url, &format!("CREATE SCHEMA assay; SET search_path = assay; {mark} {tables} {statements}"));
    url
}

#[test]
fn messages_from_before_are_kept_and_delivered() {
    let store = connect(&of_version_one(
        "INSERT INTO messages (id, group_key, receiver, integration, reason, body, created_at, state, attempts, next_at,
             last_error)
         VALUES ('b', 'g', 'team', 'webhook', 'opened', '{\"a\":1}', 5, 'waiting', 2, 9, '503'),
             ('a', 'g', 'team', 'webhook', 'opened', '{\"a\":1}', 5, 'waiting', 2, 9, '503')",
    ));
    let before = |id: &str| Message {
        group: "g".into(),
        attempts: 2,
        next_at: 9,
        last_error: Some("503".into()),
        ..message(id, 5)
    };
    assert_eq!(messages(&store), [before("b"), before("a")], "in the order in which they were written");
    assert_eq!(store.lanes().expect("lanes")[0].waiting, 2);
    assert_eq!(store.delivered("b", &Delivery::Delivered { at: 9 }, &[]), Ok(true));
    assert_eq!(store.lanes().expect("lanes")[0].waiting, 1);
}

#[test]
fn a_notifier_begins_with_what_is_not_over() {
    let incident = |number: u32, state: &str| {
        format!(
            "INSERT INTO incidents (number, document, check_id, kind, key_hash, state, severity, tags, message, bad, good,
                 since, changed_at, resolved_at, reopened, planned, run)
             VALUES ({number}, 'd', 'c{number}', 'verdict', sha256('{number}'), '{state}', 'fail', '[]', '', 1, 0, 1, 1, 1, 0,
                 1, 'r');
             INSERT INTO alert_events (number, incident, kind, at, severity, message)
             VALUES ({number}, {number}, 'opened', 1, 'fail', '');"
        )
    };
    for (states, cursor) in
        [(vec![], 0), (vec!["resolved", "resolved"], 2), (vec!["resolved", "open", "resolved", "acknowledged"], 1)]
    {
        let statements: String = states.iter().zip(1..).map(|(state, number)| incident(number, state)).collect();
        let store = connect(&of_version_one(&statements));
        assert_eq!(store.notifier_log(), Ok(NotifierLog { cursor, entries: vec![] }), "{states:?}");
    }
}

#[test]
fn judgements_and_runs_of_one_document_wait_for_each_other() {
    let url = Server::shared().schema();
    let stores: Vec<PostgresStore> = (0..4).map(|_| connect(&url)).collect();
    let of = run("assay/daemon", 1);
    // Opens it where it is not, else resolves it: whoever did not see what the other wrote would open a second one.
    let turn = |store: &PostgresStore| {
        store.judge("assay/daemon", &mut |known| {
            let open = known.iter().find(|incident| incident.state != IncidentState::Resolved);
            let change = match open {
                None => (incident(&of, "reload"), vec![event(EventKind::Opened, 1)]),
                Some(open) => {
                    let resolved = assay_core::ops::incidents::Incident {
                        state: IncidentState::Resolved,
                        resolved_at: Some(2),
                        ..open.clone()
                    };
                    (resolved, vec![event(EventKind::Resolved, 2)])
                }
            };
            Decided { changes: vec![change] }
        })
    };
    let turn = &turn;
    thread::scope(|scope| {
        for store in &stores {
            scope.spawn(move || (0..10).for_each(|_| assert_eq!(turn(store), Ok(1))));
        }
    });
    let events = stores[0].events(0, 99).expect("events");
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Opened, EventKind::Resolved].repeat(20));
    let all = IncidentFilter { most: 99, ..IncidentFilter::default() };
    assert_eq!(stores[0].incidents(&all).expect("incidents").len(), 20);
}

#[test]
fn of_many_senders_one_notes_the_end_of_a_message_and_writes_its_fallback() {
    let url = Server::shared().schema();
    let stores: Vec<PostgresStore> = (0..4).map(|_| connect(&url)).collect();
    let all = (0..20).map(|at| message(&format!("m{at}"), at)).collect();
    assert_eq!(stores[0].notify(1, &Notified { messages: all, ..Notified::default() }), Ok(true));
    let dead = Delivery::Dead { at: 9, reason: "gone".into(), error: "410".into() };
    let dead = &dead;
    let noted: usize = thread::scope(|scope| {
        let ends = |store: &PostgresStore, who: usize| {
            let note = |at: &i64| {
                let instead = [message(&format!("instead of m{at} by {who}"), 50)];
                store.delivered(&format!("m{at}"), dead, &instead).expect("noted")
            };
            (0..20).filter(note).count()
        };
        let threads: Vec<_> =
            stores.iter().enumerate().map(|(who, store)| scope.spawn(move || ends(store, who))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a sender")).sum()
    });
    let left = messages(&stores[0]);
    assert_eq!((noted, left.len()), (20, 40));
    assert_eq!(left.iter().filter(|message| message.state == MessageState::Waiting).count(), 20);
    assert_eq!(stores[0].outbox().expect("a size").failed, [("webhook".into(), "gone".into(), 20)]);
}

#[test]
fn a_notifier_that_was_replaced_while_it_wrote_wrote_before_the_next() {
    let url = Server::shared().schema();
    let [old, new] = [connect(&url), connect(&url)];
    assert_eq!(old.lead(NOTIFIER, "old", 0).expect("a lease").expect("it is free").epoch, 1);
    let pass = |at: u64| Notified { cursor: at, entries: vec![entry("k", at as i64)], ..Notified::default() };
    let (old, new) = (&old, &new);
    thread::scope(|scope| {
        let writes =
            scope.spawn(move || (1..200).take_while(|at| old.notify(1, &pass(*at)).expect("an answer")).count());
        let lease = new.lead(NOTIFIER, "new", 60_000).expect("a lease").expect("the other's ran out");
        assert_eq!(lease.epoch, 2);
        let seen = new.notifier_log().expect("a log");
        let wrote = writes.join().expect("a notifier") as u64;
        assert_eq!(seen.cursor, wrote, "nothing was written after the next one looked");
    });
}

fn timed<T>(what: &str, most: u64, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = work();
    println!("{what}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    assert!(start.elapsed() < Duration::from_secs(most), "{what} took {:?}", start.elapsed());
    value
}

#[test]
fn ten_thousand_groups_are_loaded_and_some_changed_without_delay() {
    let store = fresh();
    let told = "{\"number\":1234567,\"severity\":\"fail\",\"acknowledged\":false,\"told_at\":1763740800000}".repeat(3);
    let of = |at: usize, changed_at| LogEntry {
        body: told.clone(),
        ..entry(&format!("routes[0]:{{document=\"silver.orders_{at}\",check=\"completeness\"}}|team"), changed_at)
    };
    let pass = |entries| Notified { cursor: 1, entries, ..Notified::default() };
    let all = pass((0..10_000).map(|at| of(at, 1)).collect());
    assert_eq!(timed("10,000 entries written", 30, || store.notify(1, &all)), Ok(true));
    assert_eq!(timed("10,000 entries loaded", 5, || store.notifier_log()).expect("a log").entries.len(), 10_000);
    let some = pass((0..100).map(|at| of(at * 97, 2)).collect());
    assert_eq!(timed("100 of them changed", 5, || store.notify(1, &some)), Ok(true));
}

#[test]
fn many_delivered_messages_delay_none_that_waits() {
    let store = fresh();
    let of = |at: i64, state| Message {
        receiver: format!("r{}", at % 5),
        target: format!("t{}", at % 3),
        state,
        ended_at: (state != MessageState::Waiting).then_some(at),
        ..message(&format!("m{at}"), at)
    };
    let post = |messages| store.notify(1, &Notified { messages, ..Notified::default() });
    let delivered = (0..100_000).map(|at| of(at, MessageState::Delivered)).collect();
    assert_eq!(timed("100,000 delivered written", 60, || post(delivered)), Ok(true));
    assert_eq!(post((100_000..100_300).map(|at| of(at, MessageState::Waiting)).collect()), Ok(true));
    let waiting = MessageFilter {
        states: vec![MessageState::Waiting],
        receiver: Some("r1".into()),
        target: Some("t2".into()),
        most: 1,
        ..MessageFilter::default()
    };
    timed("100 lanes and their oldest", 20, || {
        for _ in 0..100 {
            assert_eq!(store.lanes().expect("lanes").len(), 15);
            assert_eq!(store.messages(&waiting).expect("messages").len(), 1);
        }
    });
}
