//! Many documents: what is asked again and again finds its rows by an index.

use std::time::{Duration, Instant};

use assay_core::ops::incidents::IncidentFilter;
use assay_core::ops::notices::{LogEntry, Notified};
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use assay_core::ops::runs::{Claim, Enqueue, Run, RunState};

use super::super::{claims, outbox, prune};
use super::daemon::{claim, enqueue, run};
use super::*;

fn timed(what: &str, work: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    work();
    let took = start.elapsed();
    println!("{what}: {took:?}");
    took
}

/// Every question that a daemon asks again and again uses an index, and none sorts.
#[test]
fn questions_find_their_rows_by_an_index() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let mut questions: Vec<String> =
        [claims::WAITING, claims::OLDEST_OPEN, claims::ALL_OLDEST_OPEN, outbox::LANES].map(str::to_owned).into();
    questions.extend(prune::finding().into_iter().map(str::to_owned));
    let waiting = MessageFilter { states: vec![MessageState::Waiting], ..MessageFilter::default() };
    let to = MessageFilter { receiver: Some("r".into()), target: Some("t".into()), ..waiting.clone() };
    let one = MessageFilter { id: Some("m".into()), ..MessageFilter::default() };
    for filter in [MessageFilter::default(), waiting, to, one] {
        questions.push(outbox::search(&filter).0);
    }
    store.raw(|connection| {
        for sql in questions {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a statement");
            let nulls = vec![1_i64; statement.parameter_count()];
            let steps = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3));
            let steps: Vec<String> = steps.expect("a plan").collect::<Result<_, _>>().expect("texts");
            for step in &steps {
                let is_whole = step.starts_with("SCAN") && !step.contains("USING");
                assert!(!is_whole && !step.contains("TEMP B-TREE FOR ORDER BY"), "{sql}\n{steps:#?}");
            }
        }
    });
}

#[test]
fn ten_thousand_documents_are_planned_and_claimed_without_delay() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let sources = ["pg", "s3", "here"];
    let name = |at: usize| format!("layer{}.table_{at}", at % 3);
    let entry = |at: usize, planned| {
        let run = run(&name(at), planned);
        enqueue(Run { source: Some(sources[at % 3].into()), priority: (at % 5) as i32, ..run })
    };
    // Some history, so that the queue is a small part of the table.
    let missed = |at: usize, planned| {
        let mut entry = entry(at, planned);
        entry.run.state = RunState::Missed;
        entry
    };
    let history: Vec<Enqueue> = (0..10_000).map(|at| missed(at, 1)).collect();
    store.plan(1, &history).expect("a plan");
    let queue: Vec<Enqueue> = (0..10_000).map(|at| entry(at, 5)).collect();
    let plan = timed("10,000 planned", &mut || {
        let planned = store.plan(1, &queue).expect("a plan").expect("the epoch");
        assert!(planned.iter().all(|planned| planned.added && planned.run.state == RunState::Queued));
    });
    let again = timed("10,000 planned again", &mut || {
        let planned = store.plan(1, &queue).expect("a plan").expect("the epoch");
        assert!(planned.iter().all(|planned| !planned.added));
    });
    // Each document comes after its neighbour, and only the sources' limit lets few begin.
    let after: Vec<(String, Vec<String>)> = (1..10_000).map(|at| (name(at), vec![name(at - 1)])).collect();
    let first = timed("4 claimed", &mut || {
        let claim = Claim { per_source: 9_999, ..claim(4) };
        assert_eq!(store.claim(&claim).expect("a claim").len(), 4);
    });
    let blocked = timed("nothing claimed, each of 10,000 waits for another", &mut || {
        let claim = Claim { after: after.clone(), per_source: 9_999, ..claim(4) };
        // all but the first of the chain, which waits for nobody
        assert!(store.claim(&claim).expect("a claim").len() <= 1);
    });
    // as many of each source as there may be, so that the next claim looks at all that wait
    store.claim(&claim(99)).expect("a claim");
    let full = timed("nothing claimed, all sources are full", &mut || {
        assert_eq!(store.claim(&claim(4)).expect("a claim").len(), 0);
    });
    let newest = timed("the newest of 10,000 and their incidents", &mut || {
        store.newest_runs().expect("runs");
        store.incidents(&IncidentFilter { most: 100, ..IncidentFilter::default() }).expect("incidents");
    });
    // Far above what an unoptimised build takes, far below what looking at every row for every row would.
    for (took, seconds) in [(plan, 60), (again, 20), (first, 5), (blocked, 10), (full, 10), (newest, 5)] {
        assert!(took < Duration::from_secs(seconds), "{took:?}");
    }
}

/// An entry about as long as that of a group of three incidents.
fn entry(at: usize, changed_at: i64) -> LogEntry {
    let told = r#"{"number":1234567,"severity":"fail","acknowledged":false,"told_at":1763740800000},"#.repeat(3);
    LogEntry {
        key: format!("routes[{}].routes[1]:{{document=\"silver.orders_{at}\",check=\"completeness\"}}|team", at % 7),
        receiver: "team".into(),
        body: format!("{{\"version\":1,\"first_at\":{changed_at},\"incidents\":[{told}]}}"),
        changed_at,
    }
}

#[test]
fn ten_thousand_groups_are_loaded_and_some_changed_without_delay() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let pass = |entries: Vec<LogEntry>| Notified { cursor: 1, entries, ..Notified::default() };
    let all = pass((0..10_000).map(|at| entry(at, 1)).collect());
    let first = timed("10,000 entries written", &mut || assert_eq!(store.notify(1, &all), Ok(true)));
    let load = timed("10,000 entries loaded", &mut || {
        assert_eq!(store.notifier_log().expect("a log").entries.len(), 10_000);
    });
    let some = pass((0..100).map(|at| entry(at * 97, 2)).collect());
    let change = timed("100 of them changed", &mut || assert_eq!(store.notify(1, &some), Ok(true)));
    for (took, seconds) in [(first, 30), (load, 5), (change, 5)] {
        assert!(took < Duration::from_secs(seconds), "{took:?}");
    }
}

#[test]
fn a_hundred_thousand_delivered_messages_delay_none_that_waits() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let message = |at: i64, state| Message {
        id: format!("m{at}"),
        group: "g".into(),
        receiver: format!("r{}", at % 5),
        target: format!("t{}", at % 3),
        integration: "webhook".into(),
        reason: "opened".into(),
        body: "{}".into(),
        incidents: vec![1],
        created_at: at,
        state,
        attempts: 0,
        next_at: at,
        last_error: None,
        ended_at: (state != MessageState::Waiting).then_some(at),
    };
    let post = |messages| store.notify(1, &Notified { messages, ..Notified::default() });
    timed("100,000 delivered written", &mut || {
        let delivered = (0..100_000).map(|at| message(at, MessageState::Delivered)).collect();
        assert_eq!(post(delivered), Ok(true));
    });
    assert_eq!(post((100_000..100_300).map(|at| message(at, MessageState::Waiting)).collect()), Ok(true));
    let waiting = MessageFilter {
        states: vec![MessageState::Waiting],
        receiver: Some("r1".into()),
        target: Some("t2".into()),
        most: 1,
        ..MessageFilter::default()
    };
    // As often as a daemon asks within minutes.
    let asked = timed("1,000 lanes and their oldest", &mut || {
        for _ in 0..1_000 {
            assert_eq!(store.lanes().expect("lanes").len(), 15);
            assert_eq!(store.messages(&waiting).expect("messages").len(), 1);
        }
    });
    let oldest = store.messages(&waiting).expect("messages").remove(0).id;
    let done = timed("1 delivered", &mut || {
        assert_eq!(store.delivered(&oldest, &Delivery::Delivered { at: 1 }, &[]), Ok(true));
    });
    for (took, seconds) in [(asked, 30), (done, 2)] {
        assert!(took < Duration::from_secs(seconds), "{took:?}");
    }
}
