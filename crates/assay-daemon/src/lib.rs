//! The daemon: it runs contracts and monitors when they are due, remembers what came of it, and answers on HTTP.
//!
//! It knows documents only by name, schedule and source ([`work::Document`]): loading the project and executing one
//! document is the [`work::Workshop`]'s, which the binary gives. What is kept is behind [`assay_core::ops::Ops`].
#![allow(clippy::disallowed_methods, reason = "the rim: a daemon has a clock")]

pub mod alerts;
pub mod alone;
pub mod capture;
pub mod clock;
pub mod daemon;
pub mod dispatch;
pub mod execute;
pub mod hanging;
pub mod http;
pub mod ids;
pub mod keep;
pub mod leader;
pub mod metrics;
pub mod queue;
pub mod run;
pub mod running;
pub mod schedule;
pub mod scheduler;
pub mod work;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
