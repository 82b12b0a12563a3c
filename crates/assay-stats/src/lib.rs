//! Pure numbers: drift tests, corrections for many tests, performance of models.
//!
//! Every drift test is one file under `drift/`, listed in [`drift::registry`]. Tests compare two sides that were
//! counted before ([`drift::Comparison`]): no test sees rows, and none depends on more than its numbers. The raw
//! two-sample functions, which the published numbers are checked on, stand beside the tests that use them.

pub mod comoments;
pub mod corrections;
pub mod drift;
pub mod exact;
pub mod exact_sum;
pub mod p_value;
pub mod performance;
mod stored;

pub use p_value::PValue;
