//! Copies of a store.

use std::sync::mpsc;
use std::thread;

use assay_core::ops::runs::StoredRecord;

use super::daemon::{all_runs, done, enqueue, run};
use super::*;

#[test]
fn a_backup_is_a_store_with_everything_in_it() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let store = open(&path);
    let finished = done(&store, "orders");
    store.commit(&some_days()).expect("a commit");
    let to = folder.path().join("backup of today.db");
    store.backup(&to).expect("a backup");
    store.plan(1, &[enqueue(run("later", 1))]).expect("a plan");
    let copy = open(&to);
    copy.verify().expect("it is whole");
    assert_eq!(copy.windows("fare_eta").expect("windows").len(), 40);
    let record = StoredRecord { record: b"the record".repeat(100), samples: Some(b"the samples".repeat(100)) };
    assert_eq!(copy.record(&finished.id), Ok(Some(record)));
    assert_eq!(copy.runs(&all_runs()).expect("runs").len(), 1, "what came later is not in it");
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
fn a_damaged_store_has_no_backup_and_says_why() {
    let folder = folder();
    let path = folder.path().join("state.db");
    filled(&path);
    let store = open(&path);
    let good = fs::read(&path).expect("a file");
    let bad: Vec<u8> = good.iter().enumerate().map(|(at, byte)| if at < 40_000 { *byte } else { 0x5a }).collect();
    fs::write(&path, bad).expect("a file");
    let to = folder.path().join("backup.db");
    assert_error(store.backup(&to), "store_corrupt", &["damaged"]);
    assert!(!to.exists());
    drop(store);
    let left = fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("part")), "half a backup is left");
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
