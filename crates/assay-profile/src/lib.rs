//! Columns seen whole in memory: baselines from training data, and the file they are kept in.
//!
//! The binary reads the rows with the engine, in file order, and hands each column over as Arrow arrays. Numbers are
//! sorted by Polars (`arrow.rs` is the border to it), categories are counted here. What comes out are
//! the profiles of [`assay_core::drift::baseline`]; figures of several columns together (pairs, covariance, labels by
//! bin) are counted by the engine and put in by the caller.
//!
//! A baseline is made in this order: [`infer::infer`] for columns that are text in their files,
//! [`segments::segment`], [`column::profile_column`] for each column, [`column::arrange`], [`seal::seal`],
//! [`file::write()`].

pub mod column;
pub mod error;
pub mod file;
pub mod infer;
pub mod seal;
pub mod segments;
pub mod target;

mod arrow;
mod categories;
mod cells;
mod knots;
mod numbers;
mod sample;

pub use column::{ColumnSpec, Options, arrange, is_profiled, profile_column};
pub use error::ProfileError;
pub use segments::{SegmentCodes, segment};
pub use target::{label_bins, scale_of};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
