//! Where a result goes, for every command that has one.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// How the result is written
    #[arg(long, default_value = "text", value_parser = formats())]
    pub format: String,

    /// Write the result to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write the same result in another format as well, such as sarif=assay.sarif; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = also)]
    pub also: Vec<Also>,

    /// Write a report for people into this folder, too: index.html, and a page for each table and model
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,

    /// Write metrics to this file, too, in the text format of Prometheus (node_exporter's textfile collector)
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,
}

fn formats() -> impl TypedValueParser<Value = String> {
    let values = assay_report::FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about));
    PossibleValuesParser::new(values)
}

/// A result in one more format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Also {
    pub format: String,
    pub file: PathBuf,
}

fn also(text: &str) -> Result<Also, String> {
    let (format, file) = text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or("write FORMAT=FILE")?;
    if !assay_report::FORMATS.iter().any(|known| known.name == format) {
        let names: Vec<&str> = assay_report::FORMATS.iter().map(|known| known.name).collect();
        return Err(format!("there is no format `{format}`; there are {}", names.join(", ")));
    }
    Ok(Also { format: format.to_string(), file: file.into() })
}
