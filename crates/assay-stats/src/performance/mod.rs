//! Performance of models against their labels.
//!
//! Rows are counted into a state ([`Classification`], [`Regression`]) that merges in any order to the same bytes; the
//! metrics are read from it. A metric is one function and one line in [`CLASSIFICATION`] or [`REGRESSION`].

mod classification;
mod confusion;
mod regression;
mod scores;

pub use classification::{CLASSIFICATION, Classification};
pub use confusion::Confusion;
pub use regression::{REGRESSION, Regression};
pub use scores::{Auc, CALIBRATION_BINS, CalibrationBin, SCORE_BINS, Scores};

use crate::drift::NotComputed;

/// In which direction a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Larger is better: `accuracy`, `auc`, `r2`.
    Larger,
    /// Smaller is better: `rmse`, `log_loss`.
    Smaller,
    /// Nearer to 0 is better: `bias`.
    NearerZero,
}

/// A metric of the states `S`.
#[derive(Debug, Clone, Copy)]
pub struct Metric<S> {
    /// Its name in the monitor language: `rmse`.
    pub name: &'static str,
    /// Its good direction.
    pub better: Better,
    /// Its value, finite, or why there is none.
    pub compute: fn(&S) -> Result<f64, NotComputed>,
}

impl<S> Metric<S> {
    /// Whether a larger value is a better one (limits are then `min`, not `max`).
    pub fn larger_is_better(&self) -> bool {
        self.better == Better::Larger
    }
}

/// The metric of this name among `metrics` ([`CLASSIFICATION`] or [`REGRESSION`]).
pub fn find<S>(metrics: &'static [Metric<S>], name: &str) -> Option<&'static Metric<S>> {
    metrics.iter().find(|metric| metric.name == name)
}

fn no_rows() -> NotComputed {
    NotComputed { code: "no_rows", text: "no row has both a prediction and a label".to_string() }
}

/// The value, unless infinities, NaN or overflow made it no number.
fn finite(value: f64) -> Result<f64, NotComputed> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(NotComputed { code: "infinite", text: format!("infinite predictions or labels make it {value}") })
}
