//! Run records as people and machines read them: one file per format under `formats/`, listed in
//! [`formats::registry`].
//!
//! Rendering is pure: the same record gives the same bytes, and no format can change a verdict.

pub mod baseline;
pub mod formats;

mod drift;

#[cfg(test)]
mod fixture;

use std::io;

use assay_core::problem::Place;
use assay_core::run::RunRecord;

pub use formats::json::schema as result_schema;
pub use formats::registry::{FORMATS, Format};

/// What there is to report.
#[derive(Debug, Clone, Copy)]
pub enum Report<'a> {
    /// A run took place.
    Ran {
        /// What it found.
        run: &'a RunRecord,
        /// Whether warnings break, too (`--fail-on warn`).
        fail_on_warn: bool,
    },
    /// No data were read, because contracts or the project file are invalid.
    Invalid(&'a [FileProblem]),
}

/// Something wrong with a file, for machines and summaries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileProblem {
    /// Where, where some text is at fault.
    pub at: Option<Place>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Report<'_> {
    /// The exit code of the process that made this report.
    pub fn exit_code(&self) -> u8 {
        match self {
            Report::Ran { run, fail_on_warn } => run.exit_code(*fail_on_warn),
            Report::Invalid(_) => 2,
        }
    }
}

/// How a person wants to read a report. Formats for machines take no notice.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// List what passed, too.
    pub verbose: bool,
    /// Write ANSI colours.
    pub color: bool,
    /// Columns of the terminal or page.
    pub width: usize,
}

impl Default for Reading {
    fn default() -> Self {
        Reading { verbose: false, color: false, width: 120 }
    }
}

/// Writes a report in one format.
pub trait Renderer {
    /// Writes all of it.
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()>;
}
