//! Several daemons on one store.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use assay_core::drift::store::Store;
use assay_core::ops::incidents::{Decided, EventKind};
use assay_core::ops::runs::{Claim, Ending, Run, RunFilter, RunState};
use assay_core::ops::{Millis, Ops, SCHEDULER};

use super::super::PostgresStore;
use super::super::server::Server;
use super::connect;
use crate::compliance::ops::{claim, claimed, enqueue, event, finished, ids, incident, plan, run};

/// Two daemons on one store.
fn two() -> [PostgresStore; 2] {
    let url = Server::shared().schema();
    [connect(&url), connect(&url)]
}

/// Waits until an instant of the database's clock.
fn wait_until(store: &dyn Ops, instant: Millis) {
    while store.clock().expect("a clock") < instant {
        thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn claims_of_daemons_never_overlap_and_a_source_takes_only_so_many() {
    const MOST: usize = 2;
    let stores = two();
    let of = |at: i64| Run { source: Some(format!("s{}", at % 3)), ..run(&format!("d{at}"), at) };
    plan(&stores[0], (0..90).map(of).collect());
    let in_state = |state| RunFilter { states: vec![state], most: 100, ..RunFilter::default() };
    let (running, queued) = (in_state(RunState::Running), in_state(RunState::Queued));
    // Told at the end: a worker that stopped halfway would leave the others waiting for its runs.
    let most_at_once = AtomicUsize::new(0);
    let worker = |number: usize| {
        let store = &stores[number % 2];
        let wanted = Claim { per_source: MOST, ..claim(&format!("w{number}"), 2) };
        let mut mine: Vec<String> = Vec::new();
        loop {
            let runs = claimed(store, &wanted);
            if runs.is_empty() && store.runs(&queued).expect("runs").is_empty() {
                return mine;
            }
            // All of both daemons together, as it stands after a claim.
            let at_once = store.runs(&running).expect("runs");
            for source in ["s0", "s1", "s2"] {
                let of_it = at_once.iter().filter(|run| run.source.as_deref() == Some(source)).count();
                most_at_once.fetch_max(of_it, Ordering::Relaxed);
            }
            for run in runs {
                let ending = store.finish(&finished(&run), &mut |_| Decided::default()).expect("an end");
                assert!(matches!(ending, Ending::Written { .. }), "{ending:?}");
                mine.push(run.id);
            }
        }
    };
    let worker = &worker;
    let all: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|number| scope.spawn(move || worker(number))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a worker")).collect()
    });
    assert_eq!(all.len(), 90);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 90, "a run was claimed twice");
    let most_at_once = most_at_once.into_inner();
    assert!((1..=MOST).contains(&most_at_once), "{most_at_once} runs of one source at once");
}

#[test]
fn triggers_and_plans_of_daemons_leave_one_run_of_a_document() {
    const ROUNDS: i64 = 15;
    let stores = two();
    let barrier = Barrier::new(8);
    let work = |number: usize| {
        let store = &stores[number % 2];
        for round in 0..ROUNDS {
            let entry =
                enqueue(Run { id: format!("run-{number}-{round}"), ..run(&format!("d{round}"), number as i64) });
            barrier.wait();
            if number % 4 < 2 {
                store.trigger(&entry).expect("a trigger");
            } else {
                store.plan(1, &[entry]).expect("a plan");
            }
        }
    };
    let work = &work;
    thread::scope(|scope| (0..8).for_each(|number| drop(scope.spawn(move || work(number)))));
    let runs = stores[0].runs(&RunFilter { most: 1_000, ..RunFilter::default() }).expect("runs");
    let queued: Vec<&Run> = runs.iter().filter(|run| run.state == RunState::Queued).collect();
    let documents: BTreeSet<&str> = queued.iter().map(|run| run.document.as_str()).collect();
    assert_eq!((queued.len(), documents.len()), (ROUNDS as usize, ROUNDS as usize), "one for each document");
    let skipped = runs.iter().filter(|run| run.state == RunState::Skipped).count();
    assert_eq!(queued.len() + skipped, runs.len());
    assert_eq!(stores[1].counted().expect("counters").skipped, skipped as u64);
}

/// Not a test by itself: the process that [`the_run_of_a_killed_process_is_taken_over`] starts and kills.
#[test]
fn a_process_that_claims_and_waits() {
    let Ok(url) = std::env::var("ASSAY_TEST_CLAIM_AND_WAIT") else { return };
    let store = connect(&url);
    let runs = claimed(&store, &Claim { lease: 700, ..claim("killed", 1) });
    println!("\nclaimed {}", runs[0].lease_until.expect("a lease"));
    // Killed while it ends the run: inside of the transaction.
    let _killed = store.finish(&finished(&runs[0]), &mut |_| {
        println!("\ndeciding");
        thread::park_timeout(Duration::from_secs(60));
        Decided::default()
    });
}

#[test]
fn the_run_of_a_killed_process_is_taken_over() {
    let url = Server::shared().schema();
    let store = connect(&url);
    plan(&store, vec![run("orders", 1)]);
    let mut process = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "postgres::tests::daemons::a_process_that_claims_and_waits", "--nocapture"])
        .env("ASSAY_TEST_CLAIM_AND_WAIT", &url)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let output = BufReader::new(process.stdout.take().expect("piped"));
    let mut lines = output.lines().map(|line| line.expect("text"));
    let claimed_until = lines.find_map(|line| line.strip_prefix("claimed ").map(str::to_owned)).expect("a claim");
    assert_eq!(lines.find(|line| line == "deciding").as_deref(), Some("deciding"));
    process.kill().expect("killed");
    process.wait().expect("ended");

    assert_eq!(claimed(&store, &claim("other", 1)), vec![], "the lease is still out");
    wait_until(&store, claimed_until.parse().expect("an instant"));
    // The server notices that the process is gone, and takes its transaction back.
    let recovered = loop {
        let recovered = store.recover(None).expect("taken back");
        if !recovered.is_empty() {
            break recovered;
        }
        thread::park_timeout(Duration::from_millis(5));
    };
    assert_eq!((recovered[0].state, recovered[0].attempt), (RunState::Interrupted, 1));
    let again = claimed(&store, &claim("other", 1));
    assert_eq!((ids(&again), again[0].attempt), (vec!["run-1-orders"], 2));
    let ending = store.finish(&finished(&again[0]), &mut |_| Decided::default()).expect("an end");
    assert!(matches!(ending, Ending::Written { .. }));
}

#[test]
fn what_was_taken_over_writes_nothing() {
    let [slow, fast] = two();
    plan(&slow, vec![run("orders", 1)]);
    let lost = claimed(&slow, &Claim { lease: 20, ..claim("slow", 1) });
    wait_until(&fast, lost[0].lease_until.expect("a lease"));
    assert_eq!(fast.recover(None).expect("taken back").len(), 1);
    let mut late = finished(&lost[0]);
    late.record = Some(b"late".to_vec());
    late.commit.windows = vec![crate::compliance::window(1)];
    let decide = &mut |_: &[_]| Decided { changes: vec![(incident(&lost[0], "a"), vec![event(EventKind::Opened, 1)])] };
    assert_eq!(slow.finish(&late, decide), Ok(Ending::TakenOver));
    let again = claimed(&fast, &claim("fast", 1));
    assert_eq!(slow.finish(&late, decide), Ok(Ending::TakenOver), "also while another one executes it");
    let ending = fast.finish(&finished(&again[0]), &mut |_| Decided::default()).expect("an end");
    assert!(matches!(ending, Ending::Written { .. }));
    assert_eq!(slow.finish(&late, decide), Ok(Ending::TakenOver), "and when it is over");
    assert_eq!(fast.record(&late.run), Ok(None));
    assert_eq!(fast.events(0, 10), Ok(vec![]));
    assert_eq!(fast.windows("fare_eta"), Ok(vec![]));
    assert_eq!(fast.counted().expect("counters").runs.iter().map(|(_, runs)| runs).sum::<u64>(), 1);
}

#[test]
fn a_scheduler_that_was_replaced_writes_nothing() {
    let [old, new] = two();
    let before = old.lead(SCHEDULER, "old", 60_000).expect("a lease").expect("free");
    assert_eq!(new.lead(SCHEDULER, "new", 60_000), Ok(None), "it is held");
    let renewed = old.lead(SCHEDULER, "old", 30).expect("a lease").expect("its own");
    assert_eq!(renewed.epoch, before.epoch);
    wait_until(&new, renewed.until);
    let after = new.lead(SCHEDULER, "new", 60_000).expect("a lease").expect("it ran out");
    assert_eq!(after.epoch, before.epoch + 1);
    assert_eq!(old.plan(before.epoch, &[enqueue(run("orders", 1))]), Ok(None));
    assert_eq!(old.advance(before.epoch, &[("orders".into(), 9)]), Ok(false));
    assert_eq!(new.cursors(), Ok(vec![]));
    assert!(new.plan(after.epoch, &[enqueue(run("orders", 1))]).expect("a plan").is_some());
}

#[test]
fn events_become_visible_in_the_order_of_their_numbers() {
    let stores = two();
    let runs: Vec<Run> = (0..24).map(|at| run(&format!("d{at}"), at)).collect();
    plan(&stores[0], runs);
    let runs = claimed(&stores[0], &claim("here", 24));
    let (runs, stores) = (&runs, &stores);
    let seen = thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut seen: Vec<u64> = Vec::new();
            while seen.len() < 48 {
                let after = seen.last().copied().unwrap_or(0);
                seen.extend(stores[1].events(after, 100).expect("events").iter().map(|event| event.number));
            }
            seen
        });
        for worker in 0..4 {
            scope.spawn(move || {
                for run in runs.iter().skip(worker).step_by(4) {
                    let events = || vec![event(EventKind::Opened, 1), event(EventKind::Worsened, 2)];
                    let decide = &mut |_: &[_]| Decided { changes: vec![(incident(run, "a"), events())] };
                    stores[worker % 2].finish(&finished(run), decide).expect("an end");
                }
            });
        }
        reader.join().expect("a reader")
    });
    // A number that became visible after a higher one would be missing here.
    assert_eq!(seen, (1..=48).collect::<Vec<u64>>());
}
