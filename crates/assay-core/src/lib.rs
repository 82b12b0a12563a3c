//! Assay's vocabulary: what a contract says, what a check asks for, what an engine measures and what a verdict is.
//!
//! This crate holds values and traits only. It names no engine, runtime, file, network or clock: time and history
//! are arguments, so everything built on it can be tested with plain values.

pub mod change;
pub mod check;
pub mod connection;
pub mod contract;
pub mod drift;
pub mod engine;
pub mod history;
pub mod literal;
pub mod measurement;
pub mod metric;
pub mod node;
pub mod ops;
pub mod paths;
pub mod problem;
pub mod run;
pub mod schedule;
pub mod secret;
pub mod stored;
pub mod suggest;
pub mod text;
pub mod types;
pub mod value;
pub mod verdict;
