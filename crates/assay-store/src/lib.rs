//! What Assay remembers between runs: windows and the states counted for them, proposals to retrain, the registry of
//! baselines, and the runs themselves.
//!
//! [`SqliteStore`] keeps it in one file, by default `.assay/state.db`; [`PostgresStore`] in a database that several
//! daemons share; [`MemoryStore`] as long as the process lives. All are [`assay_core::drift::store::Store`]; the first
//! two are [`assay_core::ops::Ops`] as well. One suite of behaviours (`compliance`) holds for all.
#![allow(clippy::disallowed_methods, reason = "the rim: this crate keeps files")]

mod error;
mod frames;
mod limits;
mod memory;
mod migrations;
mod postgres;
mod rewinding;
mod sqlite;
mod text;

#[cfg(test)]
mod compliance;

pub use memory::MemoryStore;
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
