//! The checks: one file each under `checks/`, listed in `registry`.
//!
//! A check turns its YAML parameters into metrics and its measurements into a verdict. It never sees rows.

pub mod build;
pub mod checks;
pub mod direction;
pub mod docs;
pub mod monitor;
pub mod registry;
pub mod sql;
pub mod written;

mod aggregate;
mod columns;
mod common;
mod duration;
mod figure;
mod levels;
mod limits;
mod percent;
mod read;
mod row_check;
mod tolerance;

pub use build::{BuildContext, Built, ColumnReading, Origin};
pub use common::{AGGREGATE, ROW_CHECK};
pub use docs::docs;
pub use duration::Length;
pub use limits::Number;
pub use registry::{CHECKS, CheckSpec, Place as StandsOn};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
