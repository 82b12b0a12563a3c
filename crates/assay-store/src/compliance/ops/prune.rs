//! What retention removes, and what it never does.

use assay_core::drift::store::Commit;
use assay_core::ops::incidents::IncidentFilter;
use assay_core::ops::journal::{Batch, Folding, Taken};
use assay_core::ops::notices::{LogEntry, Notified};
use assay_core::ops::outbox::{MessageFilter, MessageState};
use assay_core::ops::retention::Retention;
use assay_core::ops::runs::RunFilter;

use super::journal::{batch, take};
use super::outbox::{deliver, every, give_up, message, messages, post};
use super::people::silence;
use super::*;
use crate::compliance::{point, state, window};

/// Removes all that is too old at an instant; gives how many rows that were.
fn prune(store: &dyn Ops, retention: &Retention, now: Millis) -> u64 {
    let mut rows = 0;
    for _ in 0..1_000 {
        let pruned = store.prune(retention, now).expect("a step");
        assert!(pruned.rows <= 1_000, "{pruned:?}");
        rows += pruned.rows;
        if !pruned.more {
            return rows;
        }
    }
    panic!("there is always more to remove");
}

/// Everything is kept for ever.
fn forever() -> Retention {
    let long = 100_000 * DAY;
    Retention {
        runs: long,
        rollup: long,
        windows: long,
        windows_at_least: 60,
        samples: long,
        incidents: long,
        delivered: long,
        dead: long,
        missed: long,
    }
}

fn runs(store: &dyn Ops) -> Vec<Run> {
    store.runs(&RunFilter { most: 9_999, ..RunFilter::default() }).expect("runs")
}

/// A finished run with a record, samples and a point, at the start of a day.
fn recorded(store: &dyn Ops, day: i64) -> Run {
    let run = begun(store, "silver.orders", day * DAY);
    let end = Finished {
        record: Some(b"r".to_vec()),
        samples: Some(b"s".to_vec()),
        commit: Commit { points: vec![point(day.into(), 0.5)], ..Commit::default() },
        ..finished(&run)
    };
    finish(store, &end, Vec::new());
    run
}

pub(crate) fn nothing_young_is_removed(store: &dyn Ops) {
    recorded(store, 1);
    assert_eq!(prune(store, &Retention::default(), DAY + 10 + 14 * DAY - 1), 0);
    assert_eq!(runs(store).len(), 1);
}

pub(crate) fn runs_go_with_their_records_and_points(store: &dyn Ops) {
    let (old, young) = (recorded(store, 1), recorded(store, 2));
    let retention = Retention { runs: 10 * DAY, ..forever() };
    assert!(prune(store, &retention, 11 * DAY + 10) >= 3, "a run, its record and its point at least");
    assert_eq!(ids(&runs(store)), [young.id.as_str()]);
    assert_eq!(store.record(&old.id), Ok(None));
    assert!(store.record(&young.id).expect("a record").is_some());
    assert_eq!(store.points("silver.orders", i128::MAX, 9), Ok(vec![point(2, 0.5).point]));
    assert_eq!(prune(store, &retention, 11 * DAY + 10), 0);
}

pub(crate) fn samples_go_before_records(store: &dyn Ops) {
    let (old, young) = (recorded(store, 1), recorded(store, 2));
    let retention = Retention { samples: 10 * DAY, ..forever() };
    assert_eq!(prune(store, &retention, 11 * DAY + 10), 1);
    let samples = |run: &Run| store.record(&run.id).expect("a record").expect("it is kept").samples;
    assert_eq!((samples(&old), samples(&young)), (None, Some(b"s".to_vec())));
}

pub(crate) fn missed_and_skipped_runs_go_sooner(store: &dyn Ops) {
    let left_out = |document: &str, state, day| Run { state, reason: reason("x"), ..run(document, day * DAY) };
    plan(
        store,
        vec![
            left_out("a", RunState::Missed, 1),
            left_out("b", RunState::Skipped, 1),
            left_out("c", RunState::Missed, 2),
        ],
    );
    let empty = begun(store, "d", DAY);
    finish(store, &Finished { state: RunState::Skipped, outcome: Outcome::Skipped, ..finished(&empty) }, Vec::new());
    let full = recorded(store, 1);
    let retention = Retention { missed: 10 * DAY, ..forever() };
    assert_eq!(prune(store, &retention, 11 * DAY + 10), 3);
    let kept = runs(store);
    assert_eq!(ids(&kept), [format!("run-{}-c", 2 * DAY).as_str(), full.id.as_str()]);
}

pub(crate) fn open_runs_and_incidents_stay(store: &dyn Ops) {
    begun(store, "interrupted", 1);
    store.recover(Some("here")).expect("taken back");
    plan(store, vec![run("running", 0), run("queued", 9)]);
    claimed(store, &claim("there", 1));
    plan(store, vec![Run { priority: 9, ..run("bad", 1) }]);
    let bad = claimed(store, &claim("here", 1)).remove(0);
    let pending = Incident { state: IncidentState::Pending, opened_at: None, ..incident(&bad, "a") };
    let acknowledged = Incident { state: IncidentState::Acknowledged, ..incident(&bad, "b") };
    let changes = vec![
        (pending, vec![]),
        (acknowledged, vec![event(EventKind::Opened, 1)]),
        (incident(&bad, "c"), vec![event(EventKind::Opened, 1)]),
    ];
    finish(store, &finished(&bad), changes);
    prune(store, &Retention { windows_at_least: 0, ..Retention::default() }, 100_000 * DAY);
    let mut states: Vec<RunState> = runs(store).iter().map(|run| run.state).collect();
    states.sort();
    assert_eq!(states, [RunState::Queued, RunState::Running, RunState::Interrupted]);
    assert_eq!(store.incidents(&IncidentFilter { most: 9, ..Default::default() }).expect("incidents").len(), 3);
    assert_eq!(store.events(0, 9).expect("events").len(), 2);
}

pub(crate) fn resolved_incidents_go_with_their_events(store: &dyn Ops) {
    let bad = begun(store, "bad", 1);
    let change = |check: &str, at| {
        let events = vec![event(EventKind::Opened, 1), event(EventKind::Resolved, at)];
        (resolved(&incident(&bad, check), at), events)
    };
    finish(store, &finished(&bad), vec![change("a", DAY), change("b", 2 * DAY)]);
    let retention = Retention { incidents: 10 * DAY, ..forever() };
    assert_eq!(prune(store, &retention, 11 * DAY), 3);
    let kept = store.incidents(&IncidentFilter { most: 9, ..Default::default() }).expect("incidents");
    assert_eq!(kept.iter().map(|incident| incident.key.check.as_str()).collect::<Vec<_>>(), ["b"]);
    assert!(store.events(0, 9).expect("events").iter().all(|event| event.incident == kept[0].number));
    assert_eq!(store.events(0, 9).expect("events").len(), 2);
}

pub(crate) fn the_newest_windows_of_a_monitor_stay(store: &dyn Ops) {
    let of = |monitor: &str, day| {
        let mut window = window(day);
        window.monitor = monitor.into();
        let mut state = state(day, b"s");
        state.monitor = monitor.into();
        (window, state)
    };
    let (windows, states) = (1..=9).map(|day| of("busy", day)).chain((1..=2).map(|day| of("idle", day))).unzip();
    store.commit(&Commit { windows, states, ..Commit::default() }).expect("a commit");
    let retention = Retention { windows: 10 * DAY, windows_at_least: 3, ..forever() };
    let later = store.clock().expect("a clock") + 20 * DAY;
    prune(store, &retention, later);
    let names =
        |monitor| store.windows(monitor).expect("windows").into_iter().map(|row| row.window).collect::<Vec<_>>();
    let states = |monitor| {
        let rows = store.states(monitor, "77ab", i128::MIN, i128::MAX).expect("states");
        rows.into_iter().map(|row| row.window).collect::<Vec<_>>()
    };
    assert_eq!(names("busy"), ["day 7", "day 8", "day 9"]);
    assert_eq!(states("busy"), ["day 7", "day 8", "day 9"]);
    assert_eq!((names("idle").len(), states("idle").len()), (2, 2));
    prune(store, &Retention { windows_at_least: 0, ..retention }, later);
    assert_eq!((names("busy"), states("busy"), names("idle")), (vec![], vec![], vec![]));
}

pub(crate) fn messages_go_by_how_they_ended(store: &dyn Ops) {
    post(store, &[message("delivered", 1), message("dead", 1), message("waiting", 1), message("later", 1)]);
    deliver(store, "delivered", DAY);
    give_up(store, "dead", DAY);
    deliver(store, "later", 30 * DAY);
    let left = |now| {
        prune(store, &Retention::default(), now);
        messages(store).into_iter().map(|message| message.id).collect::<Vec<_>>()
    };
    assert_eq!(left(8 * DAY - 1).len(), 4);
    assert_eq!(left(8 * DAY), ["dead", "waiting", "later"]);
    assert_eq!(left(31 * DAY), ["waiting", "later"]);
    assert_eq!(left(9_999 * DAY), ["waiting"]);
    assert_eq!(messages(store)[0].state, MessageState::Waiting);
}

pub(crate) fn messages_go_with_their_incidents(store: &dyn Ops) {
    let of = |id: &str| Message { incidents: vec![1, 2, 3], ..message(id, 1) };
    post(store, &[of("waiting"), of("dead"), of("delivered")]);
    deliver(store, "delivered", 2);
    give_up(store, "dead", 3);
    let retention = Retention { delivered: 10 * DAY, dead: 20 * DAY, ..forever() };
    let of_incident = || store.messages(&MessageFilter { incident: Some(2), ..every() }).expect("messages").len();
    assert_eq!(prune(store, &retention, 11 * DAY), 4);
    assert_eq!((messages(store).len(), of_incident()), (2, 2));
    // Where numbers are given again, nothing of the former message is with the new one.
    post(store, &[message("delivered", 1)]);
    assert_eq!((messages(store)[2].incidents.clone(), of_incident()), (vec![], 2));
    assert_eq!(prune(store, &retention, 21 * DAY), 4);
    assert_eq!(messages(store), [of("waiting"), message("delivered", 1)]);
}

pub(crate) fn the_notifier_s_log_is_its_own(store: &dyn Ops) {
    let entry = LogEntry { key: "k".into(), receiver: "team".into(), body: "{}".into(), changed_at: 1 };
    let pass = Notified { cursor: 3, entries: vec![entry], ..Notified::default() };
    assert_eq!(store.notify(1, &pass), Ok(true));
    let log = store.notifier_log().expect("a log");
    assert_eq!((log.cursor, log.entries.len()), (3, 1));
    prune(store, &Retention::default(), 100_000 * DAY);
    assert_eq!(store.notifier_log(), Ok(log));
}

pub(crate) fn batches_that_nobody_folds_go_long_after_their_key(store: &dyn Ops) {
    let until = |key: &str, key_until| Batch { key_until, ..batch(key, key.as_bytes()) };
    take(store, &until("a", DAY));
    take(store, &Batch { monitor: "other".into(), ..until("aa", DAY + 1) });
    take(store, &until("aaa", 40 * DAY));
    assert_eq!(prune(store, &forever(), 31 * DAY - 1), 0);
    assert_eq!(prune(store, &forever(), 31 * DAY), 2, "the batch and its key");
    let left = || store.journal().expect("sizes").iter().map(|size| size.bytes).collect::<Vec<_>>();
    assert_eq!(left(), [3, 2]);
    assert_eq!(store.take(&until("b", 99), 5), Ok(Taken::Full { bytes: 5 }), "what went takes no room any more");
    assert_eq!(prune(store, &forever(), 31 * DAY + 1), 2);
    assert_eq!(left(), [3]);
    take(store, &until("a", DAY));
    assert_eq!(store.batches("fare_eta", 9).expect("batches").len(), 2);
}

pub(crate) fn silences_go_when_they_are_long_over(store: &dyn Ops) {
    store.add_silence(&silence("s-1", DAY)).expect("a silence");
    store.add_silence(&silence("s-2", 2 * DAY)).expect("a silence");
    assert_eq!(prune(store, &Retention { incidents: 10 * DAY, ..forever() }, 11 * DAY), 1);
    assert_eq!(store.silences(None), Ok(vec![silence("s-2", 2 * DAY)]));
}

pub(crate) fn keys_go_when_their_batch_was_folded(store: &dyn Ops) {
    take(store, &batch("k", b"1"));
    assert_eq!(prune(store, &forever(), 200), 0, "the batch still waits");
    let number = store.batches("fare_eta", 9).expect("batches")[0].number;
    store.fold(&Folding { monitor: "fare_eta".into(), batches: vec![number], ..Folding::default() }).expect("folded");
    assert_eq!(prune(store, &forever(), 99), 0, "the key is still known");
    assert!(matches!(store.take(&batch("k", b"1"), 99), Ok(Taken::Replayed { .. })));
    assert_eq!(prune(store, &forever(), 100), 1);
    take(store, &batch("k", b"1"));
}

pub(crate) fn counters_outlive_what_they_counted(store: &dyn Ops) {
    recorded(store, 1);
    plan(store, vec![Run { state: RunState::Missed, ..run("a", 1) }, Run { state: RunState::Skipped, ..run("b", 1) }]);
    post(store, &[message("a", 1), message("b", 1)]);
    deliver(store, "a", 2);
    give_up(store, "b", 2);
    let (counted, outbox) = (store.counted().expect("counts"), store.outbox().expect("a size"));
    assert!(prune(store, &Retention::default(), 9_999 * DAY) > 0);
    assert_eq!((runs(store), messages(store)), (vec![], vec![]));
    assert_eq!(store.counted(), Ok(counted));
    let after = store.outbox().expect("a size");
    assert_eq!((after.delivered, after.failed, after.dead), (outbox.delivered, outbox.failed, 0));
}

pub(crate) fn at_most_a_thousand_rows_go_at_once(store: &dyn Ops) {
    let missed = |at| Run { state: RunState::Missed, ..run("orders", at) };
    plan(store, (0..1_500).map(missed).collect());
    post(store, &(0..700).map(|at| message(&format!("m{at}"), at)).collect::<Vec<_>>());
    for at in 0..700 {
        deliver(store, &format!("m{at}"), at);
    }
    let step = || store.prune(&Retention::default(), 400 * DAY).expect("a step");
    let (first, second, third) = (step(), step(), step());
    assert_eq!((first.rows, first.more), (1_000, true));
    assert_eq!((second.rows, second.more), (1_000, true), "one kind after the other");
    assert_eq!((third.rows, third.more), (200, false));
    assert_eq!((runs(store), messages(store)), (vec![], vec![]));
}

pub(crate) fn an_incident_number_is_never_given_twice(store: &dyn Ops) {
    let open = |planned| {
        let run = begun(store, "orders", planned);
        let gone = resolved(&incident(&run, "a"), 1);
        let Ending::Written { incidents, events } =
            finish(store, &finished(&run), vec![(gone, vec![event(EventKind::Opened, 1)])])
        else {
            panic!("it is its holder's")
        };
        (incidents[0].number, events[0].number)
    };
    let first = open(1);
    assert_eq!(prune(store, &Retention { incidents: 1, ..forever() }, 100), 2);
    let second = open(2);
    assert!(second.0 > first.0 && second.1 > first.1, "{first:?} {second:?}");
}
