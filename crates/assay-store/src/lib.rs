//! What Assay remembers between runs: windows and the states counted for them, proposals to retrain, the registry of
//! baselines, and the runs themselves.
//!
//! [`SqliteStore`] keeps it in one file, by default `.assay/state.db`; [`MemoryStore`] keeps it as long as the process
//! lives. Both are [`assay_core::drift::store::Store`], and one suite of behaviours (`compliance`) holds for both. What a
//! daemon keeps beside that ([`assay_core::ops::Ops`]) has a suite of its own, `compliance::ops`.
#![allow(clippy::disallowed_methods, reason = "the rim: this crate keeps files")]

mod error;
mod frames;
mod limits;
mod memory;
mod migrations;
mod sqlite;
mod text;

#[cfg(test)]
mod compliance;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
