//! Reports as those read them that they are made for: real consumers, of pinned versions (`tests/tools`).

#![allow(clippy::disallowed_methods, reason = "consumers are programs, and read files")]

mod consumers;
mod github;
mod gitlab;
mod junit;
mod markdown;
mod metrics;
mod sarif;
mod workflow;
