//! Servers that go away, come back, do not answer, or do not let anybody in.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use ::postgres::{Client, NoTls};
use assay_core::drift::store::{Commit, Store};
use assay_core::ops::Ops;
use assay_core::ops::incidents::Decided;
use assay_core::ops::runs::{Ended, Ending, Run, RunState};
use assay_core::verdict::Reason;

use super::super::server::{self, Server};
use super::super::{PostgresStore, pool};
use super::{assert_error, connect, fresh};
use crate::compliance::ops::{claim, claimed, finished, plan, run};
use crate::compliance::window;

#[test]
fn a_server_that_was_away_is_used_again() {
    let mut server = Server::start();
    let url = server.database();
    let store = connect(&url);
    store.commit(&Commit { windows: vec![window(1)], ..Commit::default() }).expect("a commit");
    for (away, back) in [("stop", "start"), ("kill", "start")] {
        server.tell(away);
        let place = format!("on {}", server.folder().display());
        for _ in 0..2 {
            assert_error(store.windows("fare_eta"), "store_unreadable", &[&place, "next call"]);
        }
        assert_error(store.commit(&Commit::default()), "store_unreadable", &["cannot be reached"]);
        server.tell(back);
        assert_eq!(store.windows("fare_eta").expect("it is back").len(), 1);
        assert_eq!(store.trigger(&crate::compliance::ops::enqueue(run("a", 1))).map(|_| ()), Ok(()));
    }
    // Restarted between two calls, so that nobody saw it away.
    server.tell("stop");
    server.tell("start");
    assert_eq!(store.windows("fare_eta").expect("as if nothing had happened").len(), 1);
}

#[test]
fn a_transaction_that_the_server_left_wrote_nothing() {
    let mut server = Server::start();
    let store = connect(&server.database());
    plan(&store, vec![run("orders", 1)]);
    let runs = claimed(&store, &claim("here", 1));
    let mut ended = finished(&runs[0]);
    ended.commit.windows = vec![window(1)];
    let outcome = thread::scope(|scope| {
        let (inside, is_inside) = mpsc::channel();
        let (gone, is_gone) = mpsc::channel();
        let (store, ended) = (&store, &ended);
        let finishing = scope.spawn(move || {
            store.finish(ended, &mut |_| {
                inside.send(()).expect("heard");
                is_gone.recv().expect("told");
                Decided::default()
            })
        });
        is_inside.recv().expect("inside of the transaction");
        server.tell("kill");
        gone.send(()).expect("heard");
        finishing.join().expect("no panic")
    });
    assert_error(outcome, "store_unreadable", &["nothing was written", "next call connects again"]);
    server.tell("start");
    assert_eq!(store.windows("fare_eta"), Ok(vec![]));
    let ending = store.finish(&ended, &mut |_| Decided::default()).expect("an end");
    assert!(matches!(ending, Ending::Written { .. }), "{ending:?}");
    assert_eq!(store.windows("fare_eta").expect("windows").len(), 1);
}

#[test]
fn a_server_that_does_not_answer_is_an_error_in_time() {
    let mut server = Server::start();
    let url = server.database();
    server.tell("pause");
    let outcome = PostgresStore::connect(&format!("{url}?connect_timeout=1"));
    server.tell("resume");
    assert_error(outcome, "store_unreadable", &["does not answer"]);
    connect(&url);
}

#[test]
fn who_is_not_let_in_reads_why_and_the_password_is_not_told() {
    let server = Server::shared();
    server.run("postgres", "CREATE ROLE guest LOGIN PASSWORD 'hunter2'");
    let url = |password: &str, database: &str| {
        format!("postgresql://guest:{password}@127.0.0.1:{}/{database}?sslmode=disable", server.port())
    };
    let store = PostgresStore::connect(&url("wrong-hunter3", "postgres"));
    assert!(!format!("{store:?}").contains("hunter3"));
    assert_error(store, "store_unreadable", &["`postgres` on 127.0.0.1", "password", "does not let this user in"]);
    assert_error(PostgresStore::connect(&url("hunter2", "nowhere")), "store_unreadable", &["nowhere", "createdb"]);
    let database = server.database();
    let name = database.rsplit('/').next().expect("a name");
    let store = PostgresStore::connect(&url("hunter2", name));
    assert_error(store, "store_unwritable", &["permission denied", "grant CREATE"]);
    server.run(name, &format!("GRANT CREATE ON DATABASE {name} TO guest"));
    let store = connect(&url("hunter2", name));
    assert!(!format!("{store:?}").contains("hunter2"), "{store:?}");
    server.run(name, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let reading = connect(&url("hunter2", name));
    let commit = Commit { windows: vec![window(1)], ..Commit::default() };
    // What a transaction says of itself counts more than the database's default.
    assert_eq!(reading.commit(&commit), Ok(()));
}

#[test]
fn nobody_there_is_an_error_that_names_the_place() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let url = format!("postgresql://ada:hunter2@127.0.0.1:{free}/quality");
    let words = ["`quality` on 127.0.0.1:", "refused", "next call tries again"];
    assert_error(PostgresStore::connect(&url), "store_unreadable", &words);
}

#[test]
fn many_threads_share_a_few_connections() {
    let database = Server::shared().database();
    let store = connect(&database);
    thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| (0..10).for_each(|_| assert!(store.clock().expect("a clock") > 0)));
        }
    });
    let mut other = Client::connect(&database, NoTls).expect("a connection");
    let count = "SELECT count(*) FROM pg_stat_activity
                 WHERE application_name = 'assay' AND datname = current_database()";
    let connections: i64 = other.query_one(count, &[]).expect("a count").get(0);
    assert!((1..=pool::MOST as i64).contains(&connections), "{connections} connections");
    // Broken by somebody else: noticed, thrown away, replaced.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE application_name = 'assay' AND datname = current_database()";
    other.query(end, &[]).expect("ended");
    assert!(store.clock().expect("a clock") > 0);
}

#[test]
fn what_only_others_were_in_the_way_of_is_tried_again() {
    let store = fresh();
    for code in ["40001", "40P01"] {
        let tries = AtomicU32::new(0);
        let fail = format!("DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '{code}'; END $$");
        let outcome = store.write(|tx| {
            if tries.fetch_add(1, Ordering::Relaxed) < 3 {
                tx.transaction.batch_execute(&fail)?;
            }
            Ok(7)
        });
        assert_eq!((outcome, tries.into_inner()), (Ok(7), 4));
        let outcome = store.write(|tx| Ok(tx.transaction.batch_execute(&fail)?));
        assert_error(outcome, "store_locked", &["in the way", "nothing was written"]);
    }
}

#[test]
fn waiting_for_a_lock_has_an_end_and_the_url_s_options_may_set_it() {
    let url = Server::shared().schema();
    let plain = connect(&url);
    let show = |store: &PostgresStore, what| {
        let read = |tx: &mut pool::Tx<'_>| Ok(tx.rows(&format!("SHOW {what}"), &[])?[0].get::<_, String>(0));
        store.read(read).expect("a setting")
    };
    let settings = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
    assert_eq!(settings.map(|what| show(&plain, what)), ["30s", "20s", "1min"]);
    let store = connect(&format!("{url}%20-c%20lock_timeout%3D50"));
    assert_eq!(settings.map(|what| show(&store, what)), ["30s", "50ms", "1min"]);
    plan(&store, vec![run("orders", 1)]);
    let runs = claimed(&store, &claim("here", 1));
    let outcome = plain.finish(&finished(&runs[0]), &mut |_| {
        let waiting = store.end(&ended(&runs[0]));
        assert_error(waiting, "store_locked", &["lock timeout", "nothing was written"]);
        Decided::default()
    });
    assert!(matches!(outcome, Ok(Ending::Written { .. })), "{outcome:?}");
    assert_eq!(store.end(&ended(&runs[0])), Ok(false));
}

fn ended(run: &Run) -> Ended {
    Ended {
        run: run.id.clone(),
        attempt: run.attempt,
        holder: run.holder.clone().expect("a holder"),
        state: RunState::Cancelled,
        reason: Reason { code: "timeout".into(), text: "its time was up".into() },
        at: 5,
    }
}

#[test]
fn errors_of_the_server_have_their_code() {
    let store = fresh();
    for (state, code) in [
        ("53100", "store_unwritable"),
        ("55P03", "store_locked"),
        ("57014", "store_unreadable"),
        ("XX001", "store_corrupt"),
        ("42P01", "store_corrupt"),
        ("25006", "store_unwritable"),
        ("54000", "store_unwritable"),
        ("P0001", "store_unreadable"),
    ] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'odd' USING ERRCODE = '{state}'; END $$");
        assert_error(store.write(|tx| Ok(tx.transaction.batch_execute(&raise)?)), code, &["odd", "the store"]);
    }
}

#[test]
fn a_damaged_state_is_told_by_its_checksum() {
    let url = Server::shared().database();
    let store = connect(&url);
    let states = vec![crate::compliance::state(1, b"counted"), crate::compliance::state(2, b"counted")];
    store.commit(&Commit { states, ..Commit::default() }).expect("a commit");
    server::run(&url, "UPDATE assay.states SET ends_at = ends_at + 1 WHERE window_name = 'day 2'");
    let day = |day| store.states("fare_eta", "77ab", window(day).start, window(day).end + 1);
    assert_error(day(2), "store_corrupt", &["day 2", "checksum"]);
    assert_eq!(day(1).expect("the others are readable").len(), 1);
    assert_error(store.backup(std::path::Path::new("copy")), "store_unwritable", &["pg_dump --schema=assay"]);
    assert!(store.size().expect("a size") > 100_000);
}
