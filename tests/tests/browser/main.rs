//! Reports as readers meet them: in a browser, without one's scripts, on a telephone, on paper, with a screen reader.
//!
//! Chromium, node and poppler-utils have to be there, and the packages of `tests/browser/install.sh`; `.ci/run` installs
//! them. Screenshots are left in `tmp/browser` of the target folder.

#![allow(clippy::disallowed_methods, reason = "pages are files, and a browser is a process")]

mod daemon;
mod harness;
mod hostile;
mod kinds;
mod large;
mod paper;
mod rendered;
mod selftest;
