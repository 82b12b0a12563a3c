//! Carries notifications out of the house. Receivers (`assay-notify`) say what is sent; this crate has the connections.

pub mod addresses;
pub mod smtp;
