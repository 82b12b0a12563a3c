//! What the tests of the whole share.

#![allow(clippy::disallowed_methods, reason = "specs are files, and their tables are written to a temporary folder")]

pub mod hostile;
pub mod reports;
pub mod specs;
