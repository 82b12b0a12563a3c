use super::PostgresStore;
use super::server::Server;

/// A store in a database of its own.
fn fresh() -> Box<PostgresStore> {
    Box::new(PostgresStore::connect(&Server::shared().database()).expect("a store"))
}

mod behaviour {
    crate::compliance::every_store!(super::fresh);

    mod ops {
        crate::compliance::ops::every_ops!(super::super::fresh);
    }
}
