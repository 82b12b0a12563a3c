//! Everything at once, from several daemons: nothing fails, nothing is lost, nothing happens twice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use ::postgres::{Client, NoTls};
use assay_core::drift::store::{Commit, StateRow, Store};
use assay_core::ops::incidents::{Decided, EventKind, Incident, IncidentFilter, IncidentState};
use assay_core::ops::journal::{Batch, Folding, Taken};
use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Delivery, Message};
use assay_core::ops::retention::Retention;
use assay_core::ops::runs::{Claim, Ending, Enqueue, Finished, Run, RunFilter, RunState};
use assay_core::ops::{NOTIFIER, Ops, SCHEDULER};
use assay_core::verdict::Reason;

use super::super::PostgresStore;
use super::super::server::Server;
use super::connect;
use crate::compliance::ops::notices::entry;
use crate::compliance::ops::outbox::message;
use crate::compliance::ops::{claim, enqueue, event, finished, incident, run};
use crate::compliance::{state, window};

const DAEMONS: usize = 4;
const ROUNDS: i64 = 12;
const DOCUMENTS: i64 = 7;

#[derive(Default)]
struct Counts {
    finished: AtomicU64,
    taken: AtomicU64,
    delivered: AtomicU64,
}

#[test]
fn daemons_that_do_everything_at_once_do_not_come_into_each_other_s_way() {
    let url = Server::shared().database();
    let stores = [connect(&url), connect(&url)];
    let counts = Counts::default();
    thread::scope(|scope| {
        for daemon in 0..DAEMONS {
            let (store, counts) = (&stores[daemon % 2], &counts);
            scope.spawn(move || (0..ROUNDS).for_each(|round| one_round(store, counts, daemon, round)));
        }
    });
    let mut server = Client::connect(&url, NoTls).expect("a connection");
    let conflicts = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    drop(stores);
    let deadlocks: i64 = server.query_one(conflicts, &[]).expect("a row").get(0);
    assert_eq!(deadlocks, 0, "all lock rows in one order");
    let store = &connect(&url);
    let counted = store.counted().expect("counters");
    let finished: u64 = counted.runs.iter().map(|(_, runs)| runs).sum();
    assert_eq!(finished, counts.finished.into_inner(), "each run was counted once");
    let all = store.runs(&RunFilter { most: 100_000, ..RunFilter::default() }).expect("runs");
    let kept = all.iter().filter(|run| run.state == RunState::Finished).count() as u64;
    assert_eq!(kept, finished, "nothing is so old that it was removed");
    assert_eq!(all.iter().filter(|run| run.state == RunState::Skipped).count() as u64, counted.skipped);
    let events: Vec<u64> = store.events(0, 100_000).expect("events").iter().map(|event| event.number).collect();
    assert_eq!(events, (1..=events.len() as u64).collect::<Vec<_>>(), "every number once");
    let unresolved = IncidentFilter {
        states: vec![IncidentState::Pending, IncidentState::Open, IncidentState::Acknowledged],
        most: 100,
        ..IncidentFilter::default()
    };
    let unresolved = store.incidents(&unresolved).expect("incidents");
    let keys: BTreeSet<_> = unresolved.iter().map(|incident| &incident.key).collect();
    assert_eq!(keys.len(), unresolved.len(), "one for each key");
    let log = store.notifier_log().expect("a log");
    assert_eq!((log.cursor, log.entries.len()), ((ROUNDS as u64) * DAEMONS as u64 - 1, 3));
    let delivered: u64 = store.outbox().expect("a size").delivered.iter().map(|(_, number)| number).sum();
    assert_eq!(delivered, counts.delivered.into_inner(), "each end of a message was counted once");
    let waiting: u64 = store.journal().expect("the journal").iter().map(|size| size.batches).sum();
    assert_eq!(waiting, 0, "all {} batches were folded", counts.taken.into_inner());
}

fn one_round(store: &PostgresStore, counts: &Counts, daemon: usize, round: i64) {
    let (number, name) = (round * DAEMONS as i64 + daemon as i64, format!("daemon {daemon}"));
    store.lead(SCHEDULER, &name, 5).expect("a lease");
    store.lead(NOTIFIER, &name, 60_000).expect("a lease");
    let of = |document: i64| Run {
        id: format!("run-{number}-{document}"),
        source: Some(format!("s{}", document % 2)),
        ..run(&format!("d{document}"), number)
    };
    // In an order of its own: whoever locks several rows has to do it in one that all have.
    let entries =
        (0..DOCUMENTS).map(|at| Enqueue { cursor: Some(number), ..enqueue(of((at * 3 + number) % DOCUMENTS)) });
    store.plan(i64::MAX, &entries.collect::<Vec<_>>()).expect("a plan").expect("nobody is newer");
    store.trigger(&enqueue(Run { id: format!("run-asked-{number}"), ..of(number % DOCUMENTS) })).expect("a trigger");

    for claimed in store.claim(&Claim { per_source: 3, ..claim(&name, 3) }).expect("a claim") {
        let ids = [claimed.run.id.clone()];
        assert_eq!(store.renew(&name, &ids, 60_000), Ok(vec![]));
        let ending = store.finish(&end_of(&claimed.run), &mut |known| decided(&claimed.run, known)).expect("an end");
        assert!(matches!(ending, Ending::Written { .. }), "{ending:?}");
        counts.finished.fetch_add(1, Ordering::Relaxed);
    }
    store.recover(None).expect("taken back");
    store.recover(Some(&name)).expect("taken back");
    assert!(store.furthest().expect("an instant").is_some());
    // Nothing lies beyond, but all is locked as if something did.
    store.rewind(i64::MAX, 1_000_000).expect("taken back").expect("nobody is newer");
    let gone = Reason { code: "removed".into(), text: "it is gone".into() };
    assert_eq!(store.skip(i64::MAX, &["run-nobody".into()], &gone, number), Ok(Some(0)));
    observe(store, counts, &name, number);
    tell(store, counts, daemon, number);
    let known: Vec<(String, Vec<String>)> =
        (0..DOCUMENTS - 1).map(|at| (format!("d{at}"), vec!["a".into(), "b".into()])).collect();
    store.retire_incidents(&known, number).expect("retired");
    if let Some(newest) = store.incidents(&IncidentFilter { most: 1, ..IncidentFilter::default() }).expect("it").pop() {
        let mut note = |incident: &Incident| Some((Incident { note: Some(name.clone()), ..incident.clone() }, vec![]));
        store.change_incident(newest.number, &mut note).expect("a change");
    }
    store.prune(&Retention { delivered: 0, ..Retention::default() }, 1_000_000).expect("a step");
}

/// The end of a run with windows of its own and those of all, and a run downstream.
fn end_of(run: &Run) -> Finished {
    let mine =
        assay_core::drift::store::WindowRow { monitor: run.document.clone(), ..window((run.planned % 500).into()) };
    let next = crate::compliance::ops::run("d0", run.planned + 1_000);
    Finished {
        record: Some(b"a record".to_vec()),
        samples: Some(b"samples".to_vec()),
        commit: Commit {
            windows: vec![mine, window(1), window(2)],
            states: vec![state(1, b"1"), state(2, b"2")],
            ..Commit::default()
        },
        downstream: vec![enqueue(Run { id: format!("after-{}", run.id), ..next })],
        ..finished(run)
    }
}

/// Opens both incidents of the document, or resolves what is open.
fn decided(run: &Run, known: &[Incident]) -> Decided {
    let open: Vec<&Incident> = known.iter().filter(|incident| incident.state != IncidentState::Resolved).collect();
    let changes = if open.is_empty() {
        ["a", "b"].map(|check| (incident(run, check), vec![event(EventKind::Opened, run.planned)])).to_vec()
    } else {
        let over = |incident: &Incident| Incident {
            state: IncidentState::Resolved,
            resolved_at: Some(run.planned),
            resolved_why: Some("recovered".into()),
            ..incident.clone()
        };
        open.iter().map(|incident| (over(incident), vec![event(EventKind::Resolved, run.planned)])).collect()
    };
    Decided { changes }
}

/// A pass of the notifier, tries to deliver, and what is judged without a run.
fn tell(store: &PostgresStore, counts: &Counts, daemon: usize, number: i64) {
    let of = run(&format!("d{}", number % DOCUMENTS), number);
    store.judge(&of.document, &mut |known| decided(&of, known)).expect("judged");
    // What daemons have in common comes in another order from each.
    let mut shared = ["a", "b", "c"];
    shared.rotate_left(daemon % 3);
    let known = shared.map(|id| Message { incidents: vec![1, 2], ..message(&format!("{id} {}", number / 8), number) });
    let pass = Notified {
        cursor: number as u64,
        entries: shared.map(|key| entry(key, number)).to_vec(),
        forgotten: vec!["nobody".into()],
        messages: known.to_vec(),
    };
    assert_eq!(store.notify(i64::MAX, &pass), Ok(true));
    let mut ids: Vec<String> = known.into_iter().map(|message| message.id).collect();
    for (id, at) in ids.iter().zip(0..) {
        let delivery = match at {
            0 => Delivery::Dead { at: number, reason: "expired".into(), error: "x".into() },
            1 => Delivery::Retry { at: number, next_at: number, error: "x".into() },
            _ => Delivery::Delivered { at: number },
        };
        let instead = [message(&format!("instead of {id}"), number)];
        let was_noted = store.delivered(id, &delivery, &instead).expect("noted");
        counts.delivered.fetch_add(u64::from(was_noted && at == 2), Ordering::Relaxed);
    }
    ids.reverse();
    assert!(store.retry(&ids, number).expect("retried") <= 3);
    assert!(store.lanes().expect("lanes").len() <= 1);
}

/// Takes a batch, then folds whatever waits.
fn observe(store: &PostgresStore, counts: &Counts, name: &str, number: i64) {
    let batch = Batch {
        number: 0,
        monitor: "fare_eta".into(),
        key: format!("{name} {number}"),
        sha256: [7; 32],
        rows: 3,
        body: vec![1; 300],
        answer: "{}".into(),
        taken_at: number,
        key_until: i64::MAX,
    };
    assert_eq!(store.take(&batch, 1 << 30), Ok(Taken::Taken));
    counts.taken.fetch_add(1, Ordering::Relaxed);
    loop {
        let batches = store.batches("fare_eta", 1_000).expect("batches");
        if batches.is_empty() {
            return;
        }
        // Windows the other way round than runs write them.
        let folding = Folding {
            monitor: "fare_eta".into(),
            batches: batches.iter().map(|batch| batch.number).collect(),
            states: vec![StateRow { measures: "live".into(), ..state(2, b"live") }, state(1, b"1")],
            windows: vec![window(2), window(1)],
        };
        store.fold(&folding).expect("folded, or somebody was faster");
        assert!(store.monitors().expect("monitors").contains(&"fare_eta".to_owned()));
    }
}
