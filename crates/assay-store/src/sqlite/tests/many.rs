//! Many documents: what is asked again and again finds its rows by an index.

use std::time::{Duration, Instant};

use assay_core::ops::incidents::IncidentFilter;
use assay_core::ops::runs::{Claim, Enqueue, Run, RunState};

use super::super::{claims, prune};
use super::daemon::{claim, enqueue, run};
use super::*;

/// Every question that a daemon asks again and again uses an index, and none sorts.
#[test]
fn questions_find_their_rows_by_an_index() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let mut questions = vec![claims::WAITING, claims::OLDEST_OPEN, claims::ALL_OLDEST_OPEN];
    questions.extend(prune::finding());
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
    let timed = |what: &str, work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        let took = start.elapsed();
        println!("{what}: {took:?}");
        took
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
