//! The list of formats. A new one is one file beside this and one line here.

use std::sync::Arc;

use assay_core::contract::Format;
use assay_core::engine::OpenRequest;
use assay_core::measurement::MetricError;

use super::{FileEntry, FileFormat, OpenTable};
use crate::error::unreadable;

/// The reader of a format.
pub fn of(format: Format) -> &'static dyn FileFormat {
    match format {
        Format::Parquet => &super::parquet::Parquet,
        Format::Csv => &super::csv::Csv,
        Format::JsonLines => &super::jsonl::JsonLines,
        Format::ArrowIpc => &super::ipc::Ipc,
        Format::Observations => &NoFiles,
    }
}

/// Observations are counted as they come: there are no files of them.
struct NoFiles;

impl FileFormat for NoFiles {
    fn open(&self, files: &[FileEntry], _: &OpenRequest) -> Result<Arc<dyn OpenTable>, MetricError> {
        let shown = files.first().map_or("observations", |file| file.shown.as_str());
        Err(unreadable(shown, "observations are in the store, not in files"))
    }
}
