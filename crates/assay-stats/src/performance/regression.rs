//! # regression
//!
//! ## What it measures
//! How far the predictions of numbers are from their labels: `rmse`, `mae`, `mape`, `r2` and `bias`.
//!
//! ## When to use it
//! As soon as labels arrive. Drift says that the world has changed, performance whether the model minds. The checks'
//! ids are `performance.rmse` and so on.
//!
//! ## Formula and p-value
//! With e = prediction - label and y = label, over the n rows that have both:
//!
//! | metric | formula | better |
//! | --- | --- | --- |
//! | `rmse` | `sqrt(sum e^2 / n)`, in the label's unit | smaller |
//! | `mae` | `sum abs(e) / n`, in the label's unit | smaller |
//! | `mape` | `sum abs(e / y)` over the rows whose label is not 0, by their number: 0.05 is 5% | smaller |
//! | `r2` | `1 - sum e^2 / sum (y - mean y)^2`: 1 is perfect, 0 no better than this window's mean | larger |
//! | `bias` | `sum e / n`: above 0 the model predicts too much | nearer to 0 |
//!
//! There is no p-value: limit and `confirm` decide. Sums are exact, so that windows merge to the same bytes in any
//! order, and so that r2 survives labels whose mean is large beside their spread.
//!
//! ## Default limits
//! None: each metric is written with its limit, `max` where less is better, `min` where more is. `1.15x baseline` is
//! that many times its value at training.
//!
//! ## Example
//! ```yaml
//! timestamp: {column: event_time, timezone: Asia/Dubai}
//! id: prediction_id
//! prediction: {column: eta_pred, task: regression}
//! labels: {table: silver.trips, column: eta_actual, lag: 3d, min_coverage: 80%}
//! performance:
//!   - {metric: rmse, max: 1.15x baseline}
//!   - {metric: mae, max: {warn: 3.5, fail: 4.2}}
//!   - {metric: r2, min: 0.72}
//!   - {metric: bias, max: 2}
//! ```
//!
//! ## By hand
//! From predictions joined with labels by the id, NaN left out:
//!
//! ```python
//! import numpy as np
//! prediction, label = np.array([3.0, 5.0, 2.5, 7.0]), np.array([2.5, 5.0, 4.0, 8.0])
//! e = prediction - label
//! np.sqrt((e**2).mean()), np.abs(e).mean(), e.mean()  # 0.935414346693, 0.75, -0.5
//! np.abs(e / label).mean(), 1 - (e**2).sum() / ((label - label.mean()) ** 2).sum()  # 0.175, 0.783783783784
//! ```
//!
//! ## Limits
//! - An infinite prediction or label makes a metric `infinite`: no number is made up for it.
//! - `mape` leaves rows with label 0 out, and is `zero_labels` where all are; small labels weigh heavily in it.
//! - `r2` is `constant_labels` where the labels of a window are equal, and falls when a window's labels spread less.
//! - With fewer labels than `min_coverage`, or fewer labelled rows than `min_rows`, performance is skipped.

use super::{Better, Metric, finite, no_rows};
use crate::drift::NotComputed;
use crate::exact_sum::ExactSum;

/// The metrics of a regression.
pub static REGRESSION: &[Metric<Regression>] = &[
    Metric { name: "rmse", better: Better::Smaller, compute: Regression::rmse },
    Metric { name: "mae", better: Better::Smaller, compute: Regression::mae },
    Metric { name: "mape", better: Better::Smaller, compute: Regression::mape },
    Metric { name: "r2", better: Better::Larger, compute: Regression::r2 },
    Metric { name: "bias", better: Better::NearerZero, compute: Regression::bias },
];

/// Sums over labelled rows; e = prediction - label, y = label.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Regression {
    /// Rows with a prediction and a label.
    pub n: u64,
    /// Rows left out because prediction or label is NaN.
    pub missing: u64,
    /// Of the n rows those whose label is 0, which `mape` leaves out.
    pub zero_labels: u64,
    /// Sum of e.
    pub error: ExactSum,
    /// Sum of |e|.
    pub absolute_error: ExactSum,
    /// Sum of e^2.
    pub squared_error: ExactSum,
    /// Sum of |e / y| over the rows whose label is not 0.
    pub relative_error: ExactSum,
    /// Sum of y.
    pub label: ExactSum,
    /// Sum of y^2.
    pub squared_label: ExactSum,
}

impl Regression {
    /// Adds a row. NaN in either is counted in `missing` and left out.
    pub fn add(&mut self, prediction: f64, label: f64) {
        if prediction.is_nan() || label.is_nan() {
            self.missing += 1;
            return;
        }
        let error = prediction - label;
        self.n += 1;
        self.error.add(error);
        self.absolute_error.add(error.abs());
        self.squared_error.add_product(error, error);
        if label == 0.0 {
            self.zero_labels += 1;
        } else {
            self.relative_error.add((error / label).abs());
        }
        self.label.add(label);
        self.squared_label.add_product(label, label);
    }

    /// Adds all rows of another.
    pub fn merge(&mut self, other: &Regression) {
        self.n += other.n;
        self.missing += other.missing;
        self.zero_labels += other.zero_labels;
        self.error.merge(&other.error);
        self.absolute_error.merge(&other.absolute_error);
        self.squared_error.merge(&other.squared_error);
        self.relative_error.merge(&other.relative_error);
        self.label.merge(&other.label);
        self.squared_label.merge(&other.squared_label);
    }

    /// Root of the mean squared error, sqrt(sum e^2 / n), in the label's unit.
    ///
    /// # Errors
    /// `no_rows`; `infinite`.
    pub fn rmse(&self) -> Result<f64, NotComputed> {
        self.mean(&self.squared_error).map(f64::sqrt)
    }

    /// Mean absolute error, sum |e| / n, in the label's unit.
    ///
    /// # Errors
    /// `no_rows`; `infinite`.
    pub fn mae(&self) -> Result<f64, NotComputed> {
        self.mean(&self.absolute_error)
    }

    /// Mean absolute error in relation to the label, sum |e / y| / (rows whose label is not 0), as a share (0.05 is
    /// 5%). Rows with label 0 are left out; `zero_labels` counts them.
    ///
    /// # Errors
    /// `no_rows`; `zero_labels` when every label is 0; `infinite`.
    pub fn mape(&self) -> Result<f64, NotComputed> {
        if self.n == 0 {
            return Err(no_rows());
        }
        let rows = self.n - self.zero_labels;
        if rows == 0 {
            return Err(NotComputed { code: "zero_labels", text: format!("all {} labels are 0", self.n) });
        }
        finite(self.relative_error.value() / rows as f64)
    }

    /// Share of the labels' variance that the predictions explain, 1 - sum e^2 / sum (y - mean y)^2: 1 is perfect, 0 is
    /// no better than the mean of this window's labels, and there is no lower end.
    ///
    /// # Errors
    /// `no_rows`; `constant_labels` (one row among them); `infinite`.
    pub fn r2(&self) -> Result<f64, NotComputed> {
        if self.n == 0 {
            return Err(no_rows());
        }
        let spread = finite(self.label_spread())?;
        if spread <= 0.0 {
            // squares of labels below 1e-162 are 0
            let text = format!("the {} labels are equal, or too small to differ: no variance to explain", self.n);
            return Err(NotComputed { code: "constant_labels", text });
        }
        finite(1.0 - self.squared_error.value() / spread)
    }

    /// Mean of prediction - label, in the label's unit: above 0 the model predicts too much.
    ///
    /// # Errors
    /// `no_rows`; `infinite`.
    pub fn bias(&self) -> Result<f64, NotComputed> {
        self.mean(&self.error)
    }

    fn mean(&self, sum: &ExactSum) -> Result<f64, NotComputed> {
        if self.n == 0 { Err(no_rows()) } else { finite(sum.value() / self.n as f64) }
    }

    /// sum (y - mean y)^2 = (n sum y^2 - (sum y)^2) / n, the difference exact.
    fn label_spread(&self) -> f64 {
        let rows = self.n as f64;
        let mut scaled = ExactSum::new();
        for term in self.squared_label.expansion() {
            scaled.add_product(rows, term);
        }
        let sum = self.label.expansion();
        for a in &sum {
            for b in &sum {
                scaled.add_product(-a, *b);
            }
        }
        scaled.value() / rows
    }
}
