//! Sources, lowering and scans: the only crate that names DataFusion.
//!
//! A table is opened once. Its metrics are measured in as few passes as they allow: what file footers prove is not
//! read, everything else shares one pass, and only equal hashes of long keys ask for a second.

#![allow(clippy::disallowed_methods, reason = "the rim: this crate reads files")]

mod arrow_types;
mod block;
mod error;
mod footers;
mod guarded;
mod listing;
mod local;
mod lower;
mod measure;
mod measures;
pub mod observations;
mod options;
mod partitions;
mod read;
mod rows;
mod samples;
mod scan;
mod sources;
mod sql;
mod table;
mod value_tests;

pub use local::LocalEngine;
pub use measures::live::rank_counts;
pub use options::EngineOptions;
pub use read::ReadBatch;
