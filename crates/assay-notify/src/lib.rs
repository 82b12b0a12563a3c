//! Alert decisions, pure: which verdicts of a run open, change and resolve an incident, and who is not to hear of it.
//!
//! [`decide`] takes a document's incidents and the record of a run, and gives the incidents that change with their
//! events. [`labels`] says what an incident is known by, [`Matcher`](assay_core::ops::silences::Matcher)s are read from
//! text by [`matchers::parse`], and [`Silences`] says which incidents are silenced.

mod decide;
pub mod delivery;
mod findings;
pub mod health;
mod labels;
mod mail;
pub mod matchers;
pub mod notification;
mod people;
pub mod plan;
pub mod receivers;
pub mod rules;
mod silences;
mod steps;
mod subjects;

pub use decide::{Context, Policy, decide};
pub use findings::{WHOLE, key_check};
pub use labels::{About, LABELS, labels};
pub use matchers::{MatcherError, Matchers};
pub use people::{accept, acknowledge};
pub use silences::{Silences, silenced};
pub use steps::{NEVER_CONFIRMED, RECOVERED, REMOVED};
pub use subjects::{Subject, Subjects, labels_of};

#[cfg(test)]
mod tests;
