//! The notifier's model, rule by rule, as timelines: what happens when, and who is told of what between when and when.

mod book;
mod crowds;
mod digests;
mod escalation;
mod flapping;
mod forgetful;
mod grouping;
mod inhibition;
mod kit;
mod mutes;
mod properties;
mod reloads;
mod restarts;
mod store;
mod words;
mod written;
