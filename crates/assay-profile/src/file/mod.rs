//! The file a baseline is kept in, `*.baseline.parquet`: one zstd Parquet file that any tool reads as a table.
//!
//! The table has one row for each column and segment ([`write()`] lists its columns). What concerns two columns is in the
//! row of the first of them: a pair is one element of its `pair_*` lists, and the row of a column of the covariance
//! matrix holds the upper triangle's row that starts with it. The footer's key-value metadata hold
//!
//! - `assay.baseline`: JSON with the header (version, lineage, segmentations, ..), performance and target. Floats
//!   are texts in it, the shortest that read back as the same number;
//! - `assay.baseline.file`: SHA-256 over the data pages and that JSON, so that a damaged file is known before it is
//!   decoded.
//!
//! Sums of 128 bits are `decimal(38,0)`. The same baseline gives the same bytes.

mod footer;
mod guard;
mod lists;
mod read;
mod rows;
mod thrift;
mod validate;
mod write;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use read::read;
pub use write::write;

/// The footer's key of the JSON.
const KEY: &str = "assay.baseline";
/// The footer's key of the hash over the file.
const FILE_KEY: &str = "assay.baseline.file";

/// Why a baseline could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaselineError {
    /// Something else than a baseline.
    #[error("`{path}` is not a baseline: {why}; make one with `assay baseline create`")]
    Unreadable {
        /// The file, as it is shown.
        path: String,
        /// Why.
        why: String,
    },
    /// Of a later format.
    #[error(
        "`{path}` is a baseline of format {found}, this program reads up to {ours}; use the version of assay that wrote it, or a later one"
    )]
    Newer {
        /// The file, as it is shown.
        path: String,
        /// Its version.
        found: String,
        /// The newest that is read here.
        ours: String,
    },
    /// Changed since it was written.
    #[error("the baseline `{path}` is damaged: {why}; copy it again from where it was made, or make it again")]
    Corrupt {
        /// The file, as it is shown.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Beyond what is read into memory.
    #[error("the baseline `{path}` is too large: {why}; make it of fewer columns or segments")]
    TooLarge {
        /// The file, as it is shown.
        path: String,
        /// What is.
        why: String,
    },
    /// A baseline that cannot be written because its parts do not fit together.
    #[error("the baseline cannot be written: {why}")]
    Invalid {
        /// What does not fit.
        why: String,
    },
}

impl BaselineError {
    /// What machines know it by.
    pub fn code(&self) -> &'static str {
        match self {
            BaselineError::Unreadable { .. } => "baseline_unreadable",
            BaselineError::Newer { .. } => "baseline_newer",
            BaselineError::Corrupt { .. } => "baseline_corrupt",
            BaselineError::TooLarge { .. } => "baseline_too_large",
            BaselineError::Invalid { .. } => "baseline_invalid",
        }
    }
}
