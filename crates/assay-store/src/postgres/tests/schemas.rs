//! Making, migrating and refusing schemas.

use std::thread;

use ::postgres::{Client, NoTls};
use assay_core::drift::store::{Commit, Store};

use super::super::PostgresStore;
use super::super::server::{self, Server};
use super::{assert_error, connect};
use crate::compliance::window;

#[test]
fn daemons_that_start_at_once_make_the_tables_once() {
    let url = Server::shared().database();
    let url = url.as_str();
    let stores: Vec<PostgresStore> = thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| connect(url))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a store")).collect()
    });
    stores[0].commit(&Commit { windows: vec![window(1)], ..Commit::default() }).expect("a commit");
    assert!(stores.iter().all(|store| store.windows("fare_eta").expect("windows").len() == 1));
    connect(url);
    assert_eq!(stores[5].windows("fare_eta").expect("connecting again changes nothing").len(), 1);
}

#[test]
fn schemas_of_one_database_are_stores_of_their_own() {
    let url = Server::shared().database();
    let other = connect(&format!("{url}?options=-c%20search_path%3Dquality_eu"));
    let store = connect(&url);
    store.commit(&Commit { windows: vec![window(1)], ..Commit::default() }).expect("a commit");
    assert_eq!(other.windows("fare_eta"), Ok(vec![]));
    assert!(format!("{other:?}").contains("quality_eu"));
    let mut client = Client::connect(&url, NoTls).expect("a connection");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(client.query_one(tables, &[]).expect("a count").get::<_, i64>(0), 0, "nothing is made elsewhere");
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let url = Server::shared().database();
    drop(connect(&url));
    server::run(&url, "UPDATE assay.store SET version = 99");
    assert_error(PostgresStore::connect(&url), "store_newer", &["version 99", "upgrade"]);
    let mut client = Client::connect(&url, NoTls).expect("a connection");
    assert_eq!(client.query_one("SELECT version FROM assay.store", &[]).expect("it").get::<_, i64>(0), 99);
}

#[test]
fn a_schema_of_another_program_is_refused_and_left_alone() {
    for theirs in [
        "CREATE TABLE assay.samples (a INTEGER)",
        "CREATE TABLE assay.store (a INTEGER)",
        "CREATE VIEW assay.store AS SELECT 'assay' AS program, 1 AS version, TRUE AS one_row",
        "CREATE TABLE assay.store AS SELECT 'theirs' AS program, 1 AS version, TRUE AS one_row",
    ] {
        let url = Server::shared().database();
        server::run(&url, &format!("CREATE SCHEMA assay; {theirs}"));
        assert_error(PostgresStore::connect(&url), "store_unreadable", &["`assay`", "another program", "search_path"]);
        let mut client = Client::connect(&url, NoTls).expect("a connection");
        let objects = "SELECT count(*) FROM pg_class WHERE relnamespace = 'assay'::regnamespace";
        assert_eq!(client.query_one(objects, &[]).expect("a count").get::<_, i64>(0), 1, "{theirs}");
    }
}

#[test]
fn an_empty_schema_that_somebody_made_is_used() {
    let server = Server::shared();
    let url = server.database();
    let name = url.rsplit('/').next().expect("a name");
    server.run(name, "CREATE ROLE tenant LOGIN PASSWORD 'secret'; CREATE SCHEMA assay AUTHORIZATION tenant");
    let url = format!("postgresql://tenant:secret@127.0.0.1:{}/{name}?sslmode=disable", server.port());
    assert_eq!(connect(&url).windows("fare_eta"), Ok(vec![]));
}

#[test]
fn a_database_that_has_not_every_character_is_refused() {
    let server = Server::shared();
    server.run("postgres", "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
    let url = server.url("latin");
    assert_error(PostgresStore::connect(&url), "store_unreadable", &["LATIN1", "createdb -E UTF8"]);
}

#[test]
fn a_migration_that_stops_halfway_leaves_nothing() {
    let url = Server::shared().database();
    // A function of this name cannot be made twice: the first statement of the first migration fails.
    let theirs = "CREATE SCHEMA assay; CREATE FUNCTION assay.clock_millis() RETURNS BIGINT LANGUAGE SQL AS 'SELECT 1'";
    server::run(&url, theirs);
    assert_error(PostgresStore::connect(&url), "store_unreadable", &["clock_millis"]);
    let mut client = Client::connect(&url, NoTls).expect("a connection");
    let objects = "SELECT count(*) FROM pg_class WHERE relnamespace = 'assay'::regnamespace";
    assert_eq!(client.query_one(objects, &[]).expect("a count").get::<_, i64>(0), 0);
}
