//! Tests against a real server. They fail where none is installed, and say what to install.

mod connections;
mod daemons;
mod many;
mod notifier;
mod schemas;
mod stress;
mod tls;

use assay_core::drift::store::StoreError;

use super::PostgresStore;
use super::server::Server;

/// A store in a schema of its own.
fn fresh() -> Box<PostgresStore> {
    Box::new(connect(&Server::shared().schema()))
}

fn connect(url: &str) -> PostgresStore {
    PostgresStore::connect(url).expect("a store")
}

/// Asserts an error and words of its sentence.
fn assert_error<T>(outcome: Result<T, StoreError>, code: &str, words: &[&str]) {
    let error = outcome.err().expect("an error");
    assert_eq!(error.code, code, "{error}");
    for word in words {
        assert!(error.text.contains(word), "no `{word}` in: {error}");
    }
}

mod behaviour {
    crate::compliance::every_store!(super::fresh);

    mod ops {
        crate::compliance::ops::every_ops!(super::super::fresh);
    }
}
