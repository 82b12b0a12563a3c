//! The page where one signs in with a token.

use std::io;

use serde::Serialize;

use super::frame::{Frame, Place};
use super::page;

/// The form.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Login {
    /// Why one is not signed in, one sentence.
    pub problem: Option<String>,
    /// Path and query of the page that one came from.
    pub next: String,
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn login(frame: &Frame, of: &Login) -> io::Result<Vec<u8>> {
    page("pages/login.html", Place::Elsewhere, "Sign in", frame, of)
}
