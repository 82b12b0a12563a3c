//! Schedules without a clock: at which instants one fires in a zone ([`instants`]), and which of them are to be run,
//! skipped or recorded as missed now ([`due`]).

mod civil;
pub mod due;
pub mod instants;

pub use due::{Decision, Due, Policy, Subject, decide};
pub use instants::Timetable;

#[cfg(test)]
mod tests;
