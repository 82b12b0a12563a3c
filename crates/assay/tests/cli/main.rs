//! The real binary, run as a user runs it.

#![allow(clippy::disallowed_methods, reason = "tests make files and start processes")]

mod alerts;
mod commands;
mod demo;
mod drift;
mod exit_codes;
mod files;
mod history;
mod invalid;
mod publishing;
mod results;
mod selecting;
mod sink;
mod stopping;
mod support;
