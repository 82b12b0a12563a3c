//! Errors of this crate, which are values of a run: a path or a statement, and the reason.

use std::path::Path;

use assay_core::measurement::MetricError;

/// A file that cannot be read.
pub(crate) fn unreadable(shown: &str, why: impl std::fmt::Display) -> MetricError {
    MetricError { code: "unreadable", text: format!("{shown}: {why}") }
}

/// A file that cannot be opened, in the words of the operating system.
pub(crate) fn io(shown: &str, error: &std::io::Error) -> MetricError {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "is a folder, not a file".to_owned(),
        std::io::ErrorKind::UnexpectedEof => "ends too early (truncated)".to_owned(),
        _ => error.to_string(),
    };
    unreadable(shown, why)
}

/// SQL that cannot be planned or evaluated.
pub(crate) fn bad_sql(sql: &str, why: impl std::fmt::Display) -> MetricError {
    MetricError { code: "bad_sql", text: format!("`{sql}`: {why}") }
}

/// A metric that this table cannot answer.
pub(crate) fn unsupported(text: impl Into<String>) -> MetricError {
    MetricError { code: "unsupported", text: text.into() }
}

/// The run was cancelled.
pub(crate) fn interrupted() -> MetricError {
    MetricError { code: "interrupted", text: "the run was interrupted".into() }
}

/// An Arrow kernel refused: a defect or an exhausted resource, never the data's fault.
pub(crate) fn arrow(error: arrow::error::ArrowError) -> MetricError {
    MetricError { code: "engine", text: format!("{error}") }
}

/// The path as text, for messages.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
