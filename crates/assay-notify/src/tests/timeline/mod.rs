//! The notifier's model, rule by rule, as timelines: what happens when, and who is told of what between when and when.

mod book;
mod forgetful;
mod grouping;
mod kit;
mod store;
