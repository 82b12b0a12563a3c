//! Run records as people and machines read them: one file per format under `formats/`, listed in
//! [`formats::registry`].
//!
//! Rendering is pure: the same record gives the same bytes, and no format can change a verdict.

pub mod baseline;
pub mod formats;
pub mod metrics;
pub mod pages;
pub mod plots;

mod cut;
mod drift;
mod findings;
mod rooted;
mod samples;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod stored;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use assay_core::change::ChangesRecord;
use assay_core::history::{History, Point};
use assay_core::problem::Place;
use assay_core::run::RunRecord;

pub use formats::json::{changes_schema, schema as result_schema};
pub use formats::registry::{FORMATS, Format};
pub use rooted::rooted;

/// What there is to report.
#[derive(Debug, Clone, Copy)]
pub enum Report<'a> {
    /// A run took place.
    Ran(Ran<'a>),
    /// Contracts were compared, and no data were read.
    Compared(&'a ChangesRecord),
    /// No data were read, because contracts or the project file are invalid.
    Invalid(&'a [FileProblem]),
}

/// A run, and what is shown beside it.
#[derive(Debug, Clone, Copy)]
pub struct Ran<'a> {
    /// What it found.
    pub run: &'a RunRecord,
    /// Whether warnings break, too (`--fail-on warn`).
    pub fail_on_warn: bool,
    /// Earlier runs and windows, where some are remembered.
    pub history: Option<&'a History>,
    /// What changed, of a gate (`assay gate`).
    pub changes: Option<&'a ChangesRecord>,
}

impl<'a> Ran<'a> {
    /// A run with nothing beside it.
    pub fn new(run: &'a RunRecord) -> Self {
        Ran { run, fail_on_warn: false, history: None, changes: None }
    }

    /// Earlier points of a table or monitor, oldest first.
    pub fn past(&self, document: &str) -> &'a [Point] {
        self.history.map_or(&[], |history| history.of(document))
    }
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
            Report::Ran(ran) => {
                // worst first: 3, 1, 0
                ran.run.exit_code(ran.fail_on_warn).max(ran.changes.map_or(0, ChangesRecord::exit_code))
            }
            Report::Compared(changes) => changes.exit_code(),
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

/// What renderers are made with.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// How a person wants to read.
    pub reading: Reading,
    /// Templates and styles of pages that the user gives in place of the built-in ones.
    pub templates: Templates,
}

/// Templates and styles by their file's name (`run.html`, `style.css`) that stand in for the built-in ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Templates(pub Arc<BTreeMap<String, String>>);

/// Writes a report in one format.
pub trait Renderer {
    /// Writes all of it.
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()>;
}
