//! What a daemon keeps, in a file: damage, locks, full disks, readers beside writers, copies, and many documents.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use assay_core::ops::incidents::{Decided, IncidentFilter};
use assay_core::ops::journal::Batch;
use assay_core::ops::retention::Retention;
use assay_core::ops::runs::{
    Claim, Claimed, Ending, Enqueue, Finished, Kind, Run, RunFilter, RunState, StoredRecord, Trigger,
};
use assay_core::verdict::Outcome;

use super::*;

fn run(document: &str, planned: i64) -> Run {
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

fn enqueue(run: Run) -> Enqueue {
    Enqueue { cursor: Some(run.planned), run, overlaps: false }
}

fn claim(most: usize) -> Claim {
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
fn done(store: &SqliteStore, document: &str) -> Run {
    store.plan(1, &[enqueue(run(document, 1))]).expect("a plan");
    let Claimed { run, .. } = store.claim(&claim(1)).expect("a claim").remove(0);
    store.finish(&finished(&run), &mut |_| Decided::default()).expect("an end");
    run
}

fn all() -> RunFilter {
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
        assert_eq!(store.runs(&all()).expect("the runs are whole").len(), 1);
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
        assert_error(store.runs(&all()), "store_corrupt", &words);
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
    assert_eq!(store.runs(&all()), Ok(vec![running.clone()]));
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
    assert_eq!(store.runs(&all()), Ok(vec![]), "reading needs no lock");
    other.execute_batch("ROLLBACK").expect("the lock is given back");
    assert!(store.plan(1, &[enqueue(run("orders", 1))]).expect("a plan").is_some());
}

#[test]
fn a_store_opened_to_look_shows_runs_and_plans_none() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let run = done(&open(&path), "orders");
    let store = SqliteStore::open_read_only(&path).expect("a store").expect("there is one");
    assert_eq!(store.runs(&all()).expect("runs").len(), 1);
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
            let runs = store.runs(&all()).expect("runs");
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
    assert_eq!(store.runs(&all()), Ok(vec![]), "then its end is seen");
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
fn the_log_goes_when_the_store_is_closed() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let store = open(&path);
    done(&store, "orders");
    assert_eq!(store.runs(&all()).expect("runs").len(), 1);
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
    let store = SqliteStore { path, connections };
    assert_eq!(store.runs(&all()).expect("runs").len(), 1);
    store.plan(1, &[enqueue(run("users", 1))]).expect("a plan");
    assert_eq!(store.runs(&all()).expect("runs").len(), 2);
}

#[test]
fn a_backup_is_a_store_with_everything_in_it() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let store = open(&path);
    let run = done(&store, "orders");
    store.commit(&some_days()).expect("a commit");
    let to = folder.path().join("backup of today.db");
    store.backup(&to).expect("a backup");
    store.plan(1, &[enqueue(super::daemon::run("later", 1))]).expect("a plan");
    let copy = open(&to);
    copy.verify().expect("it is whole");
    assert_eq!(copy.windows("fare_eta").expect("windows").len(), 40);
    let record = StoredRecord { record: b"the record".repeat(100), samples: Some(b"the samples".repeat(100)) };
    assert_eq!(copy.record(&run.id), Ok(Some(record)));
    assert_eq!(copy.runs(&all()).expect("runs").len(), 1, "what came later is not in it");
    drop(copy);
    drop(store);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "something is left beside");
}

#[test]
fn a_backup_never_writes_over_a_file_and_leaves_no_half() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let to = folder.path().join("backup.db");
    fs::write(&to, b"precious").expect("a file");
    assert_error(store.backup(&to), "store_unwritable", &["backup.db", "already"]);
    assert_eq!(fs::read(&to).expect("a file"), b"precious");
    let nowhere = folder.path().join("nowhere").join("backup.db");
    assert_error(store.backup(&nowhere), "store_unwritable", &["nowhere", "nothing was written"]);
    let itself = folder.path().join("state.db");
    assert_error(store.backup(&itself), "store_unwritable", &["already"]);
    drop(store);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

#[test]
fn a_backup_ends_while_others_write() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    store.commit(&some_days()).expect("a commit");
    let (stop, stopped) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let store = &store;
        scope.spawn(move || {
            for at in 0.. {
                store.plan(1, &[enqueue(run(&format!("d{at}"), 1))]).expect("a plan");
                if stopped.try_recv().is_ok() {
                    break;
                }
            }
        });
        for copy in 0..3 {
            let to = folder.path().join(format!("{copy}.db"));
            store.backup(&to).expect("a backup");
            open(&to).verify().expect("it is whole");
        }
        stop.send(()).expect("it listens");
    });
}

#[test]
fn a_store_that_holds_more_is_larger() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let before = store.size().expect("a size");
    store.commit(&some_days()).expect("a commit");
    let after = store.size().expect("a size");
    assert!(after > before + 200_000, "{before} to {after}: states of 40 days");
}

/// Every question that a daemon asks again and again uses an index, and none sorts.
#[test]
fn questions_find_their_rows_by_an_index() {
    let folder = folder();
    let store = open(&folder.path().join("state.db"));
    let mut questions = vec![super::super::claims::WAITING, super::super::claims::OLDEST_OPEN];
    questions.extend(super::super::prune::finding());
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
    for planned in 1..=4 {
        let history: Vec<Enqueue> = (0..10_000).map(|at| missed(at, planned)).collect();
        store.plan(1, &history).expect("a plan");
    }
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
    for (took, seconds) in [(plan, 20), (again, 20), (first, 2), (blocked, 5), (full, 5), (newest, 2)] {
        assert!(took < Duration::from_secs(seconds), "{took:?}");
    }
}
