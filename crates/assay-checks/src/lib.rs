//! The checks: one file each under `checks/`, listed in `registry`.
//!
//! A check turns its YAML parameters into metrics and its measurements into a verdict. It never sees rows.

pub mod build;
pub mod checks;
pub mod registry;

pub use build::{BuildContext, Built, ColumnReading, Origin};
pub use registry::{CHECKS, CheckSpec, Place as StandsOn};
