//! What a daemon keeps, in a file: damage, locks, full disks, and readers beside writers.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use assay_core::ops::incidents::Decided;
use assay_core::ops::journal::Batch;
use assay_core::ops::retention::Retention;
use assay_core::ops::runs::{Claim, Claimed, Ending, Enqueue, Finished, Kind, Run, RunFilter, RunState, Trigger};
use assay_core::verdict::Outcome;

use super::*;

pub(super) fn run(document: &str, planned: i64) -> Run {
    Run {
        id: format!("run-{planned}-{document}"),
        document: document.into(),
        kind: Kind::Contract,
        trigger: Trigger::Schedule,
        planned,
        not_before: planned,
        priority: 0,
        source: None,
        state: RunState::Queued,
        reason: None,
        attempt: 0,
        holder: None,
        lease_until: None,
        queued_at: planned,
        started_at: None,
        ended_at: None,
        outcome: None,
        result: None,
        related: None,
        requested_by: None,
    }
}

pub(super) fn enqueue(run: Run) -> Enqueue {
    Enqueue { cursor: Some(run.planned), run, overlaps: false }
}

pub(super) fn claim(most: usize) -> Claim {
    Claim { holder: "here".into(), lease: 60_000, most, per_source: 2, after: Vec::new() }
}

fn finished(run: &Run) -> Finished {
    Finished {
        run: run.id.clone(),
        attempt: run.attempt,
        holder: "here".into(),
        state: RunState::Finished,
        reason: None,
        outcome: Outcome::Pass,
        result: "r-1".into(),
        ended_at: run.planned,
        record: Some(b"the record".repeat(100)),
        samples: Some(b"the samples".repeat(100)),
        commit: Commit::default(),
        downstream: Vec::new(),
    }
}

/// One run, finished with record and samples.
pub(super) fn done(store: &SqliteStore, document: &str) -> Run {
    store.plan(1, &[enqueue(run(document, 1))]).expect("a plan");
    let Claimed { run, .. } = store.claim(&claim(1)).expect("a claim").remove(0);
    store.finish(&finished(&run), &mut |_| Decided::default()).expect("an end");
    run
}

pub(super) fn all_runs() -> RunFilter {
    RunFilter { most: 99, ..RunFilter::default() }
}

#[test]
fn damaged_records_and_samples_are_told_by_their_checksum_and_named() {
    for (table, change, place) in [
        ("execution_records", "frame = zeroblob(length(frame))", "the record of the run run-1-orders"),
        ("execution_records", "size = size + 1", "the record of the run run-1-orders"),
        ("execution_samples", "checksum = zeroblob(32)", "the samples of the run run-1-orders"),
        ("execution_samples", "frame = (SELECT frame FROM execution_records)", "the samples of the run run-1-orders"),
    ] {
        let folder = folder();
        let store = open(&folder.path().join("state.db"));
        let run = done(&store, "orders");
        store.raw(|connection| {
            let changed = connection.execute(&format!("UPDATE {table} SET {change}"), []).expect("a change");
            assert_eq!(changed, 1);
        });
        assert_error(store.record(&run.id), "store_corrupt", &[place, "checksum"]);
        assert_error(store.verify(), "store_corrupt", &[place]);
        assert_eq!(store.runs(&all_runs()).expect("the runs are whole").len(), 1);
    }
}

#[test]
fn a_damaged_batch_is_told_by_its_checksum_and_named() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let batch = Batch {
        number: 0,
        monitor: "fare_eta".into(),
        key: "k 1".into(),
        sha256: [1; 32],
        rows: 1,
        body: b"rows".to_vec(),
        answer: "{}".into(),
        taken_at: 1,
        key_until: 2,
    };
    store.take(&batch, 99).expect("taken");
    store.raw(|connection| {
        connection.execute("UPDATE journal SET frame = zeroblob(length(frame))", []).expect("a change");
    });
    assert_error(store.batches("fare_eta", 99), "store_corrupt", &["the batch k 1 of fare_eta", "checksum"]);
    assert_error(store.verify(), "store_corrupt", &["the batch k 1 of fare_eta"]);
}

#[test]
fn words_that_nobody_wrote_are_corrupt_and_say_where() {
    for (change, words) in [
        ("UPDATE executions SET state = 'odd'", ["the run run-1-orders", "`odd` is no state of a run"]),
        ("UPDATE executions SET triggered_by = 'odd'", ["the run run-1-orders", "`odd` is no trigger"]),
        ("UPDATE executions SET outcome = 'odd'", ["the run run-1-orders", "`odd` is no outcome"]),
    ] {
        let folder = folder();
        let store = open(&folder.path().join("state.db"));
        done(&store, "orders");
        store.raw(|connection| {
            connection.pragma_update(None, "ignore_check_constraints", true).expect("no constraints");
            assert_eq!(connection.execute(change, []).expect("a change"), 1);
        });
        assert_error(store.runs(&all_runs()), "store_corrupt", &words);
        assert_error(store.run("run-1-orders"), "store_corrupt", &words);
    }
}

/// Fills the disk as far as the store is concerned; gives back what it takes to make room again.
fn fill(store: &SqliteStore, pages: i64) {
    store.raw(|connection| {
        let used: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a number");
        let limit = if pages < 0 { used } else { used + pages };
        connection.pragma_update_and_check(None, "max_page_count", limit, |_| Ok(())).expect("a limit");
    });
}

#[test]
fn a_full_disk_writes_nothing_and_room_again_is_enough() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    store.plan(1, &[enqueue(run("orders", 1))]).expect("a plan");
    let Claimed { run: running, .. } = store.claim(&claim(1)).expect("a claim").remove(0);
    fill(&store, -1);
    let noise: Vec<u8> = (0..20_000_u32).flat_map(|at| Sha256::digest(at.to_le_bytes())).collect();
    let large = Finished { record: Some(noise), ..finished(&running) };
    let mut decide = |_: &[assay_core::ops::incidents::Incident]| Decided::default();
    assert_error(store.finish(&large, &mut decide), "store_unwritable", &["no room", "nothing was written"]);
    let many: Vec<Enqueue> = (0..5_000).map(|at| enqueue(run(&format!("d{at}"), 1))).collect();
    assert_error(store.plan(1, &many), "store_unwritable", &["no room"]);
    assert_eq!(store.runs(&all_runs()), Ok(vec![running.clone()]));
    assert_eq!(store.record(&running.id), Ok(None));
    fill(&store, 100_000);
    assert!(matches!(store.finish(&large, &mut decide), Ok(Ending::Written { .. })));
    assert_eq!(store.plan(1, &many).expect("a plan").map(|planned| planned.len()), Some(5_000));
    store.verify().expect("it is whole");
}

#[test]
fn a_locked_store_says_so_and_works_when_it_is_free() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let store = SqliteStore::open_waiting(&path, Duration::from_millis(1)).expect("a store");
    let other = rusqlite::Connection::open(&path).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    assert_error(store.plan(1, &[enqueue(run("orders", 1))]), "store_locked", &["another process"]);
    assert_error(store.claim(&claim(1)), "store_locked", &["another process"]);
    assert_eq!(store.runs(&all_runs()), Ok(vec![]), "reading needs no lock");
    other.execute_batch("ROLLBACK").expect("the lock is given back");
    assert!(store.plan(1, &[enqueue(run("orders", 1))]).expect("a plan").is_some());
}

#[test]
fn a_store_opened_to_look_shows_runs_and_plans_none() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let run = done(&open(&path), "orders");
    let store = SqliteStore::open_read_only(&path).expect("a store").expect("there is one");
    assert_eq!(store.runs(&all_runs()).expect("runs").len(), 1);
    assert!(store.record(&run.id).expect("a record").is_some());
    assert_error(store.plan(1, &[enqueue(super::daemon::run("users", 1))]), "store_unwritable", &["read only"]);
    assert_error(store.prune(&Retention::default(), i64::MAX), "store_unwritable", &["read only"]);
}

/// Looks from as many threads as given; false: one of them waits for something.
fn can_look(store: &std::sync::Arc<SqliteStore>, threads: usize) -> bool {
    let (said, heard) = mpsc::channel();
    for _ in 0..threads {
        let (store, said) = (std::sync::Arc::clone(store), said.clone());
        thread::spawn(move || {
            let runs = store.runs(&all_runs()).expect("runs");
            let _nobody_listens_any_more = said.send(runs.len());
        });
    }
    (0..threads).all(|_| heard.recv_timeout(Duration::from_secs(60)) == Ok(1))
}

#[test]
fn readers_do_not_wait_for_a_writer() {
    let folder = folder();
    let store = std::sync::Arc::new(open(&folder.path().join("state.db")));
    done(&store, "orders");
    let writing = std::sync::Arc::clone(&store);
    let looked = writing.write(|transaction| {
        transaction.execute("DELETE FROM executions", []).map_err(crate::error::Trouble::from)?;
        // more of them than there are connections, while the transaction is open
        Ok(can_look(&store, 20))
    });
    assert_eq!(looked, Ok(true));
    assert_eq!(store.runs(&all_runs()), Ok(vec![]), "then its end is seen");
}

#[test]
fn a_reading_that_panics_gives_its_connection_back() {
    let folder = folder();
    let store = std::sync::Arc::new(open(&folder.path().join("state.db")));
    done(&store, "orders");
    for _ in 0..9 {
        let store = std::sync::Arc::clone(&store);
        let panicked = thread::spawn(move || store.read(|_| -> Result<(), _> { panic!("on purpose") })).join();
        assert!(panicked.is_err());
    }
    assert!(can_look(&store, 5));
}

#[test]
fn a_decision_that_panics_leaves_the_run_running() {
    let folder = folder();
    let store = std::sync::Arc::new(open(&folder.path().join("state.db")));
    store.plan(1, &[enqueue(run("orders", 1))]).expect("a plan");
    let Claimed { run: running, .. } = store.claim(&claim(1)).expect("a claim").remove(0);
    let end = finished(&running);
    let (its_store, its_end) = (std::sync::Arc::clone(&store), end.clone());
    let panicked = thread::spawn(move || its_store.finish(&its_end, &mut |_| panic!("on purpose"))).join();
    assert!(panicked.is_err());
    assert_eq!(store.run(&running.id), Ok(Some(running)));
    assert!(matches!(store.finish(&end, &mut |_| Decided::default()), Ok(Ending::Written { .. })));
}

#[test]
fn hours_are_what_is_left_of_runs() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let hour = 3_600_000;
    let ends = [(hour, Outcome::Pass), (hour + 5, Outcome::Pass), (2 * hour - 1, Outcome::Fail), (-1, Outcome::Pass)];
    for (planned, outcome) in ends {
        store.plan(1, &[enqueue(run("orders", planned))]).expect("a plan");
        let Claimed { run, .. } = store.claim(&claim(1)).expect("a claim").remove(0);
        store.finish(&Finished { outcome, ..finished(&run) }, &mut |_| Decided::default()).expect("an end");
    }
    let hours = || {
        let mut hours = Vec::new();
        store.raw(|connection| {
            let sql = "SELECT hour / 3600000, outcome, runs FROM execution_hours ORDER BY hour, outcome";
            let mut statement = connection.prepare(sql).expect("a statement");
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
            hours = rows.collect::<Result<Vec<(i64, String, i64)>, _>>().expect("hours");
        });
        hours
    };
    let all = [(-1, "pass".to_owned(), 1), (1, "fail".to_owned(), 1), (1, "pass".to_owned(), 2)];
    assert_eq!(hours(), all);
    let retention = Retention { runs: 1, ..Retention::default() };
    let pruned = store.prune(&retention, 3 * hour).expect("a step");
    assert_eq!((pruned.rows, store.runs(&all_runs())), (12, Ok(vec![])), "each with its record and samples");
    assert_eq!(hours(), all);
    assert_eq!(store.prune(&retention, hour - 1 + retention.rollup).expect("a step").rows, 1);
    assert_eq!(hours(), all[1..]);
}

#[test]
fn the_log_goes_when_the_store_is_closed() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let store = open(&path);
    done(&store, "orders");
    assert_eq!(store.runs(&all_runs()).expect("runs").len(), 1);
    drop(store);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "a log is left");
}

#[test]
fn a_store_without_write_ahead_logging_uses_one_connection() {
    let folder = folder();
    let path = folder.path().join("state.db");
    done(&open(&path), "orders");
    let connection = rusqlite::Connection::open(&path).expect("a database");
    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).expect("a rollback journal");
    let connections = super::super::Connections::new(connection, &path, Duration::ZERO).expect("connections");
    let store = SqliteStore { path, connections, clock: std::sync::Arc::new(super::super::now) };
    assert_eq!(store.runs(&all_runs()).expect("runs").len(), 1);
    store.plan(1, &[enqueue(run("users", 1))]).expect("a plan");
    assert_eq!(store.runs(&all_runs()).expect("runs").len(), 2);
}
