//! The formats: one file each, listed in `registry`.

pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod registry;
pub mod sarif;
pub mod text;
