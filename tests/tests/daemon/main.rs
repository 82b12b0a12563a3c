//! The daemon as its own process: killed, starved of disk and time, one of several, watched by a real Prometheus.
//!
//! PostgreSQL, prometheus, openssl, python3 and util-linux have to be there; `.ci/run` installs them.

#![allow(clippy::disallowed_methods, reason = "a daemon is a process that works on files")]

mod faults;
mod kills;
mod observations;
mod postgres;
mod prometheus;
mod scrape;
mod sources;
mod starts;
mod stops;
