use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use assay_core::drift::store::{Commit, Store, StoreError};
use assay_core::ops::Ops;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::SqliteStore;
use crate::compliance::{state, window};

mod backups;
mod daemon;
mod many;
mod notifier;

/// A fresh store in a folder that lives as long as it does.
struct Fresh {
    store: SqliteStore,
    _folder: TempDir,
}

fn fresh() -> Fresh {
    let folder = folder();
    Fresh { store: open(&folder.path().join("state.db")), _folder: folder }
}

impl Deref for Fresh {
    type Target = dyn Ops;

    fn deref(&self) -> &Self::Target {
        &self.store
    }
}

mod compliance {
    use super::fresh;

    crate::compliance::every_store!(fresh);

    mod ops {
        use super::fresh;

        crate::compliance::ops::every_ops!(fresh);
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).expect("a store")
}

/// 40 windows with states that compress badly.
fn some_days() -> Commit {
    let noise: Vec<u8> = (0..250_u32).flat_map(|at| Sha256::digest(at.to_le_bytes())).collect();
    Commit {
        windows: (0..40).map(window).collect(),
        states: (0..40).map(|day| state(day, &noise)).collect(),
        ..Commit::default()
    }
}

/// A closed store with something in it.
fn filled(path: &Path) {
    open(path).commit(&some_days()).expect("a commit");
}

#[track_caller]
fn assert_error<T: std::fmt::Debug>(result: Result<T, StoreError>, code: &str, words: &[&str]) {
    let error = result.expect_err("an error");
    assert_eq!(error.code, code, "{error}");
    for word in words {
        assert!(error.text.contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn the_store_and_its_folder_are_made_on_first_use_and_found_again() {
    let folder = folder();
    let path = folder.path().join(".assay").join("deeper").join("state.db");
    assert!(SqliteStore::open_read_only(&path).expect("looking is no error").is_none());
    assert!(!path.exists() && !path.parent().expect("a folder").exists(), "looking made something");
    filled(&path);
    assert_eq!(open(&path).windows("fare_eta").expect("windows").len(), 40);
    let looking = SqliteStore::open_read_only(&path).expect("a store").expect("there is one");
    assert_eq!(looking.states("fare_eta", "77ab", 0, i128::MAX).expect("states").len(), 40);
    looking.verify().expect("it is whole");
}

#[test]
fn it_is_written_ahead_and_synchronous() {
    let folder = folder();
    let path = folder.path().join("state.db");
    open(&path).raw(|connection| {
        let text = |name| connection.pragma_query_value(None, name, |row| row.get::<_, String>(0)).expect("text");
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).expect("number");
        assert_eq!(text("journal_mode"), "wal");
        assert_eq!((number("synchronous"), number("foreign_keys"), number("user_version")), (2, 1, 4));
        assert_eq!(number("busy_timeout"), 30_000);
        let loose = "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict \
                     AND name NOT LIKE 'sqlite_%'";
        assert_eq!(connection.query_row(loose, [], |row| row.get::<_, i64>(0)).expect("a count"), 0);
    });
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("state.db");
    open(&path).raw(|connection| connection.pragma_update(None, "user_version", 99).expect("a version"));
    let before = fs::read(&path).expect("a file");
    assert_error(SqliteStore::open(&path), "store_newer", &["state.db", "version 99", "upgrade"]);
    assert_error(SqliteStore::open_read_only(&path), "store_newer", &["version 99"]);
    assert!(fs::read(&path).expect("a file") == before);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("other.db");
    let other = rusqlite::Connection::open(&path).expect("a database");
    other.execute_batch("CREATE TABLE theirs (a); PRAGMA user_version = 1").expect("a table");
    drop(other);
    let before = fs::read(&path).expect("a file");
    assert_error(SqliteStore::open(&path), "store_unreadable", &["another program"]);
    assert_error(SqliteStore::open_read_only(&path), "store_unreadable", &["another program"]);
    assert!(fs::read(&path).expect("a file") == before);
}

#[test]
fn what_is_no_database_is_corrupt_and_says_what_to_do() {
    let folder = folder();
    let path = folder.path().join("state.db");
    for content in ["id,name\n1,a\n".repeat(200).into_bytes(), b"x".to_vec(), vec![0xff; 5000]] {
        fs::write(&path, &content).expect("a file");
        assert_error(SqliteStore::open(&path), "store_corrupt", &["state.db", "move it away"]);
        assert_error(SqliteStore::open_read_only(&path), "store_corrupt", &["move it away"]);
        assert!(fs::read(&path).expect("a file") == content, "the file was changed");
    }
}

#[test]
fn an_empty_file_becomes_a_store() {
    let folder = folder();
    let path = folder.path().join("state.db");
    fs::write(&path, b"").expect("a file");
    assert!(SqliteStore::open_read_only(&path).expect("looking is no error").is_none());
    filled(&path);
    open(&path).verify().expect("it is whole");
}

/// Damages a filled store, one byte or a page's worth from many places on, and uses all of it: every state is right or
/// an error, and nothing is a panic. A byte in the unused part of a page is no damage; a page is.
#[test]
fn damage_is_found_or_harmless_and_never_a_wrong_state() {
    let folder = folder();
    let path = folder.path().join("state.db");
    filled(&path);
    let good = fs::read(&path).expect("a file");
    let expected = some_days();
    // The first pages hold the schema and the roots of all trees, the others mostly states.
    let places = (0..100).step_by(9).chain((100..65_536).step_by(6007)).chain((65_536..good.len()).step_by(40_031));
    for (at, length) in places.flat_map(|at| [(at, 1), (at, 4096)]) {
        let mut bad = good.clone();
        bad.iter_mut().skip(at).take(length).for_each(|byte| *byte ^= 0x5a);
        for beside in ["state.db-wal", "state.db-shm"] {
            let _is_gone = fs::remove_file(folder.path().join(beside));
        }
        fs::write(&path, &bad).expect("a file");
        let used = SqliteStore::open(&path).and_then(|store| {
            let states = store.states("fare_eta", "77ab", i128::MIN, i128::MAX)?;
            assert!(states.iter().all(|state| expected.states.contains(state)), "a state is wrong: byte {at}");
            store.windows("fare_eta")?;
            store.verify()?;
            store.commit(&expected)
        });
        match used {
            Err(error) => assert!(error.code.starts_with("store_"), "{error}"),
            Ok(()) => assert_eq!(length, 1, "damage of a page at byte {at} was not found"),
        }
    }
}

#[test]
fn a_store_cut_short_is_corrupt() {
    let folder = folder();
    let path = folder.path().join("state.db");
    filled(&path);
    let good = fs::read(&path).expect("a file");
    fs::write(&path, &good[..good.len() / 2]).expect("a file");
    let used = SqliteStore::open(&path).and_then(|store| {
        store.states("fare_eta", "77ab", i128::MIN, i128::MAX)?;
        store.verify()
    });
    assert_error(used, "store_corrupt", &["move it away"]);
}

#[test]
fn a_damaged_state_is_told_by_its_checksum_and_named() {
    for change in [
        "UPDATE states SET frame = zeroblob(length(frame)) WHERE window = 'day 7'",
        "UPDATE states SET frame = substr(frame, 1, length(frame) - 1) WHERE window = 'day 7'",
        "UPDATE states SET size = size + 1 WHERE window = 'day 7'",
        "UPDATE states SET ends_at = ends_at - 1 WHERE window = 'day 7'",
        "UPDATE states SET checksum = zeroblob(32) WHERE window = 'day 7'",
    ] {
        let folder = folder();
        let path = folder.path().join("state.db");
        filled(&path);
        let store = open(&path);
        store.raw(|connection| assert_eq!(connection.execute(change, []).expect("a change"), 1));
        let day = |day| store.states("fare_eta", "77ab", window(day).start, window(day).end);
        assert_error(day(7), "store_corrupt", &["the state of the window day 7 of fare_eta", "checksum"]);
        assert_error(store.verify(), "store_corrupt", &["day 7"]);
        assert_eq!(day(8).expect("the others are readable").len(), 1);
        store.commit(&Commit { states: vec![state(7, b"again")], ..Commit::default() }).expect("a commit");
        assert_eq!(day(7).expect("mended by counting again"), vec![state(7, b"again")]);
    }
}

#[test]
fn effects_that_nobody_wrote_are_corrupt() {
    let folder = folder();
    let path = folder.path().join("state.db");
    filled(&path);
    let store = open(&path);
    store.raw(|connection| {
        let changed = connection.execute("UPDATE window_checks SET effects = '[1]'", []).expect("a change");
        assert_eq!(changed, 40);
    });
    assert_error(store.windows("fare_eta"), "store_corrupt", &["drift.city_id", "effects"]);
}

#[test]
fn a_store_that_another_process_holds_is_locked_and_nothing_is_written() {
    let folder = folder();
    let path = folder.path().join("state.db");
    filled(&path);
    let store = SqliteStore::open_waiting(&path, Duration::from_millis(1)).expect("a store");
    let other = rusqlite::Connection::open(&path).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let commit = Commit { windows: vec![window(99)], ..Commit::default() };
    assert_error(store.commit(&commit), "store_locked", &["state.db", "another process"]);
    assert_eq!(store.windows("fare_eta").expect("reading needs no lock").len(), 40);
    other.execute_batch("ROLLBACK").expect("the lock is given back");
    store.commit(&commit).expect("now it works");
    assert_eq!(store.windows("fare_eta").expect("windows").len(), 41);
}

#[test]
fn a_full_disk_is_an_error_and_nothing_of_the_commit_is_kept() {
    let folder = folder();
    let path = folder.path().join("state.db");
    filled(&path);
    let store = open(&path);
    store.raw(|connection| {
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a number");
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).expect("a limit");
    });
    let large = vec![state(50, &some_days().states[0].state)];
    let commit = Commit { windows: vec![window(50)], states: large, ..Commit::default() };
    assert_error(store.commit(&commit), "store_unwritable", &["no room", "nothing was written"]);
    assert_eq!(store.windows("fare_eta").expect("windows").len(), 40);
    store.verify().expect("it is whole");
}

#[test]
fn a_store_opened_to_look_refuses_to_write() {
    let folder = folder();
    let path = folder.path().join("state.db");
    filled(&path);
    let store = SqliteStore::open_read_only(&path).expect("a store").expect("there is one");
    assert_error(store.commit(&some_days()), "store_unwritable", &["read only"]);
    assert_error(store.accept("fare_eta", "day 1"), "store_unwritable", &["read only"]);
}

#[test]
fn a_store_whose_folder_is_write_protected_can_be_looked_at() {
    let folder = folder();
    let path = folder.path().join("odd name?mode=rw#%41 ü.db");
    filled(&path);
    assert!(!folder.path().join("odd name?mode=rw#%41 ü.db-wal").exists(), "the last to close takes the log along");
    let connection = super::open::unshared(&path, Duration::ZERO).expect("a database");
    let store = SqliteStore::alone(&path, connection);
    assert_eq!(store.windows("fare_eta").expect("windows").len(), 40);
    store.verify().expect("it is whole");
    assert_error(store.accept("fare_eta", "day 1"), "store_unwritable", &["read only"]);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn a_reader_sees_commits_of_others_as_they_come() {
    let folder = folder();
    let path = folder.path().join("state.db");
    let writer = open(&path);
    let reader = SqliteStore::open_read_only(&path).expect("a store").expect("there is one");
    assert_eq!(reader.windows("fare_eta").expect("windows").len(), 0);
    writer.commit(&some_days()).expect("a commit");
    assert_eq!(reader.windows("fare_eta").expect("windows").len(), 40);
}

#[test]
fn a_folder_in_the_file_s_place_and_a_file_in_the_folder_s_place_are_errors() {
    let folder = folder();
    assert_error(SqliteStore::open(folder.path()), "store_unreadable", &["is a folder"]);
    assert_error(SqliteStore::open_read_only(folder.path()), "store_unreadable", &["is a folder"]);
    let file = folder.path().join("file");
    fs::write(&file, b"").expect("a file");
    assert_error(SqliteStore::open(&file.join("state.db")), "store_unwritable", &["folder"]);
    assert_error(SqliteStore::open_read_only(&file.join("state.db")), "store_unreadable", &["out of reach"]);
}

#[test]
fn a_migration_that_stops_halfway_leaves_nothing() {
    let folder = folder();
    let path = folder.path().join("state.db");
    // A table of the first migration is there already in a file that calls itself a store of version 0: not ours.
    let other = rusqlite::Connection::open(&path).expect("a database");
    other.execute_batch("CREATE TABLE proposals (a)").expect("a table");
    drop(other);
    assert_error(SqliteStore::open(&path), "store_unreadable", &["another program"]);
    let other = rusqlite::Connection::open(&path).expect("a database");
    let tables: i64 = other.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).expect("a count");
    assert_eq!(tables, 1);
}

#[test]
fn a_store_of_an_earlier_version_keeps_what_it_holds() {
    for version in 1..crate::migrations::current() {
        let folder = folder();
        let path = folder.path().join("state.db");
        let old = rusqlite::Connection::open(&path).expect("a database");
        crate::migrations::apply(&old, 0, version).expect("the tables of then");
        let window = "INSERT INTO windows (monitor, baseline, name, starts_at, ends_at, revision, rows, late_rows, run,
                          outcome, labels_closed, accepted)
                      VALUES ('fare_eta', '9c1f', 'day 1', 1000000, 2000000, 1, 9, 0, ?, 'pass', 0, 0)";
        old.execute(window, ["r-1"]).expect("a window");
        old.execute("INSERT INTO runs (id, as_of, outcome, documents) VALUES ('r-1', 5, 'pass', 1)", [])
            .expect("a run");
        drop(old);
        let version_text = format!("version {version}");
        assert_error(SqliteStore::open_read_only(&path), "store_unreadable", &[&version_text, "up to date"]);
        let store = open(&path);
        assert_eq!(store.windows("fare_eta").expect("windows")[0].rows, 9);
        store.raw(|connection| {
            let written = connection.query_row("SELECT written_at FROM windows", [], |row| row.get::<_, i64>(0));
            // the third version made the column, by the window's run; from then on whoever writes says it
            assert_eq!(written, Ok(if version < 3 { 5_000 } else { 0 }));
        });
        let point = crate::compliance::point(1, 0.5);
        store.commit(&Commit { points: vec![point.clone()], ..Commit::default() }).expect("a commit");
        assert_eq!(store.points("silver.orders", i128::MAX, 9).expect("points"), [point.point]);
    }
}
