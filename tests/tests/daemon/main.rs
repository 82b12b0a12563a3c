//! The daemon as its own process.

#![allow(clippy::disallowed_methods, reason = "a daemon is a process that works on files")]

mod observations;
