//! Alerts of a daemon as its own process, to real servers.
//!
//! prometheus-alertmanager, an SMTP server and python3 have to be there; `.ci/run` installs them.

#![allow(clippy::disallowed_methods, reason = "a daemon is a process that works on files")]

mod alertmanager;
mod kills;
mod mail;
mod rules;
mod secrets;
mod webhooks;
