//! What is refused at the start, with which code, and what it says.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;

use assay_tests::daemon::{Daemon, Ended, Project, Signal, tools};

/// Something outside of the project's texts is in the way.
const OUTSIDE: i32 = 3;
/// The command line, or a text of the project.
const INVALID: i32 = 2;

fn refused(project: &Project) -> Ended {
    Daemon::refused(&[], project.root(), &[], &[])
}

fn assert_says(ended: &Ended, code: i32, says: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    for text in says {
        assert!(ended.log.contains(text), "`{text}` is not said: {ended:?}");
    }
}

/// One that has worked, and left its store whole in one file.
fn worked() -> Project {
    let project = Project::new("");
    project.table("silver.a", 10, "");
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    assert_eq!(client.ended(&client.ask_for(&["silver.a"])[0])["outcome"], "pass");
    daemon.end(Signal::Term);
    // whoever closes a store last takes its log into the file, which a process that ends need not have waited for
    tools::sqlite(&project.path(".assay/state.db"), "PRAGMA wal_checkpoint(TRUNCATE)");
    assert!(!project.path(".assay/state.db-wal").exists(), "its log is in the file");
    project
}

fn overwrite(project: &Project, from: u64, bytes: usize) {
    let mut file = OpenOptions::new().write(true).open(project.path(".assay/state.db")).expect("the store");
    file.seek(SeekFrom::Start(from)).expect("within it");
    file.write_all(&vec![0xa5; bytes]).expect("written");
}

#[test]
fn a_damaged_store_is_refused_and_left_as_it_is() {
    let project = worked();
    let path = project.path(".assay/state.db");
    let whole = fs::read(&path).expect("the store");
    for (from, bytes) in [(0, 64), (4096, whole.len() - 4096)] {
        fs::write(&path, &whole).expect("written");
        overwrite(&project, from, bytes);
        let damaged = fs::read(&path).expect("the store");
        assert_says(&refused(&project), OUTSIDE, &["state.db` is ", "restore it from a backup"]);
        assert!(fs::read(&path).expect("the store") == damaged, "what may still be saved was changed");
    }
    fs::write(&path, &whole).expect("written");
    Daemon::started(project.root()).end(Signal::Term);
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let project = worked();
    tools::sqlite(&project.path(".assay/state.db"), "PRAGMA user_version = 9999");
    assert_says(&refused(&project), OUTSIDE, &["has version 9999", "written by a newer Assay", "upgrade this one"]);
}

#[test]
fn a_store_that_cannot_be_written_is_refused() {
    let project = worked();
    let (file, folder) = (project.path(".assay/state.db"), project.path(".assay"));
    let wrapper = tools::bound_by_permissions();
    for (path, mode, says) in
        [(&file, 0o444, "write-protected"), (&file, 0o000, "cannot be opened"), (&folder, 0o555, "state.db")]
    {
        let was = fs::metadata(path).expect("it is there").permissions();
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("one's own");
        // the lock is beside the store
        fs::remove_file(project.path(".assay/state.db.lock")).ok();
        let ended = Daemon::refused(&wrapper, project.root(), &[], &[]);
        fs::set_permissions(path, was).expect("one's own");
        assert_says(&ended, OUTSIDE, &[says]);
    }
    fs::remove_file(&file).expect("one's own");
    fs::create_dir(&file).expect("made");
    assert_says(&refused(&project), OUTSIDE, &["is a folder", "name a file"]);
    let elsewhere = [("ASSAY__STATE__PATH", "/proc/assay/state.db")];
    assert_says(&Daemon::refused(&[], project.root(), &[], &elsewhere), OUTSIDE, &["/proc/assay"]);
}

#[test]
fn a_second_daemon_on_the_same_store_is_refused() {
    let project = worked();
    let first = Daemon::started(project.root());
    assert_says(&refused(&project), OUTSIDE, &["another daemon works on this store", "stop that one", "PostgreSQL"]);
    first.end(Signal::Kill);
    Daemon::started(project.root()).end(Signal::Term);
}

#[test]
fn what_others_can_reach_needs_tls_and_a_token() {
    let project = Project::new("");
    project.table("silver.a", 10, "");
    let refused = || Daemon::refused(&[], project.root(), &["--listen", "0.0.0.0:0"], &[]);
    assert_says(&refused(), OUTSIDE, &["0.0.0.0", "not encrypted: set `server.tls`", "--insecure"]);
    tools::certificate(&project.path("tls.crt"), &project.path("tls.key"));
    project.write("assay.yaml", "assay: 1\nserver: {tls: {cert: tls.crt, key: tls.key}}\n");
    assert_says(&refused(), OUTSIDE, &["0.0.0.0", "no valid token", "assay token create", "--insecure"]);
}

#[test]
fn a_variable_that_nobody_knows_is_refused() {
    let project = Project::new("");
    project.table("silver.a", 10, "");
    for (name, value, says) in [
        ("ASSAY__SERVER__LISTN", "127.0.0.1:0", "LISTEN"),
        ("ASSAY__SCHEDULER__CONCURRENCY", "many", "number"),
        ("ASSAY__STATE__URL", "mysql://host/db", "postgres"),
    ] {
        assert_says(&Daemon::refused(&[], project.root(), &[], &[(name, value)]), INVALID, &[name, says]);
    }
}

#[test]
fn a_broken_contract_is_refused_with_its_place() {
    let project = Project::new("");
    project.table("silver.a", 10, "");
    project.write("checks/silver/b.yaml", "assay: 1\ntable: silver.b\nsource: {path: data/b.csv}\nchekcs: []\n");
    assert_says(&refused(&project), INVALID, &["checks/silver/b.yaml:4:1", "chekcs", "checks"]);
}
