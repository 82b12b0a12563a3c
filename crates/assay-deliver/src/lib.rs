//! Carries notifications out of the house. Receivers (`assay-notify`) say what is sent; this crate has the connections: one
//! client for HTTP, and the filter of the addresses that may be called.
#![allow(clippy::disallowed_methods, reason = "at the rim: reads files of certificates, and the clock for Retry-After")]

pub mod addresses;
pub mod http;
