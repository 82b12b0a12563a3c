//! Baselines as people and machines read them: one alone, or two side by side.
//!
//! Rendering is pure. Everything that comes from data is escaped as in every other text.

mod compare;
mod diff;
mod json;
mod text;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use diff::diff_text;
pub use json::show_json;
pub use text::show_text;
