//! Texts that are never printed, and how rules name them.

use serde::Deserialize;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text that is not to be printed.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself, for the one who uses it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A text as it is written in a file, its placeholders (`${env:NAME}`, `${file:PATH}`) not yet filled in. Where none is in
/// it, it may be a secret that somebody wrote down: it is not printed either.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Reference(String);

impl Reference {
    /// Takes a text as it is written.
    pub fn new(text: impl Into<String>) -> Self {
        Reference(text.into())
    }

    /// The text as it is written.
    pub fn written(&self) -> &str {
        &self.0
    }

    /// Whether it names what it stands for, so that the text itself is no secret.
    pub fn is_by_name(&self) -> bool {
        self.0.contains("${")
    }
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_by_name() { &self.0 } else { "***" })
    }
}
