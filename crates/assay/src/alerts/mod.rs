//! Alerts on the command line: rules, tests of receivers, incidents, silences, the outbox, and what a run of
//! `assay check --notify` tells.
//!
//! The commands work on the project's store themselves, also beside a daemon: what they change is a transaction, and
//! the daemon looks at the store before it tells anybody anything.

mod desk;
mod explain;
mod figures;
mod incidents;
mod labels;
mod notify;
mod outbox;
mod project;
mod rules;
mod silence;
mod tree;
mod trial;
mod words;

pub(crate) use figures::text as figures;
pub(crate) use incidents::command as incidents;
pub(crate) use notify::Notifying;
pub(crate) use outbox::command as outbox;
pub(crate) use rules::command as rules;
pub(crate) use silence::command as silence;
pub(crate) use trial::command as alert;
