//! Alerts on the command line: rules, tests of receivers, incidents, silences, the outbox, and what a run of
//! `assay check --notify` tells.
//!
//! The commands work on the project's store themselves, also beside a daemon: what they change is a transaction, and
//! the daemon looks at the store before it tells anybody anything.

mod desk;
mod incidents;
mod outbox;
mod silence;
mod words;

pub(crate) use incidents::command as incidents;
pub(crate) use outbox::command as outbox;
pub(crate) use silence::command as silence;
