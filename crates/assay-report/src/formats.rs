//! The formats: one file each, listed in `registry`.

pub mod html;
pub mod json;
pub mod registry;
pub mod text;
