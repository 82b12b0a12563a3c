//! `assay diff` and `assay gate` in real repositories: each kind of change with its verdict and exit code, where
//! versions come from, hostile names, and what CI systems make of our files.

#![allow(clippy::disallowed_methods, reason = "tests make files and start processes")]

mod ci;
mod hostile;
mod kinds;
mod project;
mod touched;
mod versions;
