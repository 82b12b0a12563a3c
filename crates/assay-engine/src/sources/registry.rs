//! The list of formats. A new one is one file beside this and one line here.

use assay_core::contract::Format;

use super::FileFormat;

/// The reader of a format.
pub fn of(format: Format) -> &'static dyn FileFormat {
    match format {
        Format::Parquet => &super::parquet::Parquet,
        Format::Csv => &super::csv::Csv,
        Format::JsonLines => &super::jsonl::JsonLines,
        Format::ArrowIpc => &super::ipc::Ipc,
    }
}
