//! What can be wrong with columns that a baseline is to be made of.

use thiserror::Error;

/// A column that cannot be profiled as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// Lists, structs and the like have neither order nor categories.
    #[error("column `{column}` holds {dtype} values, which have neither an order nor categories; exclude it")]
    Nested {
        /// The column.
        column: String,
        /// Its type.
        dtype: String,
    },
    /// Asked to be tested by order.
    #[error("column `{column}` is {dtype} and has no numbers; leave out `kind: numeric`")]
    NotNumeric {
        /// The column.
        column: String,
        /// Its type.
        dtype: String,
    },
    /// Types are inferred from text.
    #[error("column `{column}` is {dtype}, not text: only text is looked at for its type")]
    NotText {
        /// The column.
        column: String,
        /// Its type.
        dtype: String,
    },
    /// Columns of one table that differ in length, or chunks of one column that differ in type.
    #[error("column `{column}` has {got}, expected {expected}")]
    Shape {
        /// The column.
        column: String,
        /// What it should have.
        expected: String,
        /// What it has.
        got: String,
    },
    /// The library that sorts refused.
    #[error("column `{column}` could not be sorted: {why}")]
    Sort {
        /// The column.
        column: String,
        /// What it said.
        why: String,
    },
}
