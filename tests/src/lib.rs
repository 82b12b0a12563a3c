//! What the tests of the whole share.

#![allow(clippy::disallowed_methods, reason = "specs are files, tables and repositories are made in temporary folders")]

pub mod alerts;
pub mod daemon;
pub mod hostile;
pub mod reports;
pub mod repository;
pub mod specs;
