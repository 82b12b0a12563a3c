//! Reports as those read them that they are made for: real consumers, of pinned versions.

#![allow(clippy::disallowed_methods, reason = "consumers are programs, and read files")]

#[test]
fn placeholder() {}
