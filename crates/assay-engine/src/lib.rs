//! Sources, lowering and scans: the only crate that names DataFusion.

pub mod block;
pub mod measures;
pub mod options;
pub mod sources;
