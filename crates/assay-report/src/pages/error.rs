//! The page of what could not be shown or done.

use std::io;

use serde::Serialize;

use super::frame::{Frame, Place};
use super::page;

/// What went wrong.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Problem {
    /// The status of the answer.
    pub status: u16,
    /// `There is no such page`.
    pub title: String,
    /// What was wrong, in sentences.
    pub text: String,
    /// Each thing that was wrong, where there are several.
    pub problems: Vec<String>,
    /// What to do, one sentence.
    pub hint: Option<String>,
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn error(frame: &Frame, of: &Problem) -> io::Result<Vec<u8>> {
    page("pages/error.html", Place::Elsewhere, &of.title, frame, of)
}
