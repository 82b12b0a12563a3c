//! # classification
//!
//! ## What it measures
//! How good classes and scores are: `accuracy`, `precision`, `recall`, `f1`, `auc`, `log_loss`, `brier`, `calibration`.
//! The first four compare predicted classes with labels, the others the probability given to the positive class.
//!
//! ## When to use it
//! As soon as labels arrive. `precision`, `recall` and `auc` say whether decisions are good, `log_loss`, `brier` and
//! `calibration` whether a score of 0.8 still comes true in 80% of the cases. The checks' ids are `performance.auc` and
//! so on.
//!
//! ## Formula and p-value
//! With TP, FP, FN the rows of the positive class predicted rightly, predicted wrongly, and missed:
//!
//! | metric | formula | better |
//! | --- | --- | --- |
//! | `accuracy` | share of rows predicted as labelled | larger |
//! | `precision` | `TP / (TP + FP)` | larger |
//! | `recall` | `TP / (TP + FN)` | larger |
//! | `f1` | `2 TP / (2 TP + FP + FN)` | larger |
//! | `auc` | share of pairs of a positive and a negative in which the positive scores higher, ties half | larger |
//! | `log_loss` | mean of `-ln` of the probability given to the label, clipped to 1e-15 from 0 and 1 | smaller |
//! | `brier` | mean of `(score - label)^2`, the label 1 or 0 | smaller |
//! | `calibration` | over 16 bins of the score, the mean of `abs(mean score - share of positives)` by rows | smaller |
//!
//! Without `positive` precision, recall and F1 are macro averages, plain means over the classes that occur as label or
//! prediction; that of F1 is the mean of the classes' F1 (J. Opitz and S. Burst, "Macro F1 and macro F1", 2019). AUC is
//! of Mann and Whitney (J. Hanley and B. McNeil, Radiology 143, 1982), computed on 1,024 bins of equal width, pairs
//! within a bin counted half: at most half the share of pairs that share a bin off. The Brier score is the form for one
//! class (G. Brier 1950), calibration the expected calibration error (M. Naeini, G. Cooper and M. Hauskrecht, AAAI
//! 2015).
//!
//! There is no p-value: limit and `confirm` decide.
//!
//! ## Default limits
//! None: each metric is written with its limit, `max` where less is better, `min` where more is. `0.95x baseline` is
//! that many times its value at training.
//!
//! ## Example
//! ```yaml
//! timestamp: {column: decided_at, timezone: Europe/London}
//! id: application_id
//! prediction: {column: decision, task: classification, score: p_default, positive: "yes"}
//! labels: {table: gold.defaults, column: defaulted, lag: 90d}
//! performance:
//!   - {metric: auc, min: 0.95x baseline}
//!   - {metric: recall, min: {warn: 0.7, fail: 0.6}}
//!   - {metric: calibration, max: 0.05}
//! ```
//!
//! ## By hand
//! From predictions joined with labels by the id:
//!
//! ```python
//! import numpy as np
//! label, score = np.array([0, 0, 1, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.7, 0.8, 0.9])
//! predicted = score >= 0.5
//! tp, fp, fn = (predicted & (label == 1)).sum(), (predicted & (label == 0)).sum(), (~predicted & (label == 1)).sum()
//! tp / (tp + fp), tp / (tp + fn)  # 0.666666666667, 0.666666666667
//! higher = score[label == 1][:, None] - score[label == 0][None, :]
//! (higher > 0).mean() + (higher == 0).mean() / 2  # 0.777777777778
//! loss = -np.log(np.where(label == 1, score, 1 - score))
//! loss.mean(), ((score - label) ** 2).mean()  # 0.53308085587, 0.18875
//! ```
//!
//! ## Limits
//! - The four metrics of scores need `score` and `positive`. A score outside 0 to 1 is `scores_outside`, and none is
//!   computed.
//! - `auc` of a window with one class only is `one_class`; `precision` without a positive prediction is
//!   `not_predicted`.
//! - With few rows chance alone makes `calibration` positive: compare it across windows of similar size.
//! - With fewer labels than `min_coverage`, or fewer labelled rows than `min_rows`, performance is skipped.

use super::{Better, Confusion, Metric, Scores};

/// The metrics of a classification. The first four compare predicted classes, the others need scores.
pub static CLASSIFICATION: &[Metric<Classification>] = &[
    Metric { name: "accuracy", better: Better::Larger, compute: |state| state.confusion.accuracy() },
    Metric { name: "precision", better: Better::Larger, compute: |state| state.confusion.precision(state.positive()) },
    Metric { name: "recall", better: Better::Larger, compute: |state| state.confusion.recall(state.positive()) },
    Metric { name: "f1", better: Better::Larger, compute: |state| state.confusion.f1(state.positive()) },
    Metric { name: "auc", better: Better::Larger, compute: |state| state.scores.auc().map(|auc| auc.value) },
    Metric { name: "log_loss", better: Better::Smaller, compute: |state| state.scores.log_loss() },
    Metric { name: "brier", better: Better::Smaller, compute: |state| state.scores.brier() },
    Metric { name: "calibration", better: Better::Smaller, compute: |state| state.scores.calibration() },
];

/// What is known of a window of a classifier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Classification {
    positive: Option<String>,
    /// Predicted classes against labels.
    pub confusion: Confusion,
    /// Scores of the positive class against labels; empty for a model without scores or of more than two classes.
    pub scores: Scores,
}

impl Classification {
    /// Without rows. With a positive class, precision, recall and F1 are of that class; without one they are macro
    /// averages over the classes.
    pub fn new(positive: Option<String>) -> Self {
        Classification { positive, ..Classification::default() }
    }

    /// The positive class.
    pub fn positive(&self) -> Option<&str> {
        self.positive.as_deref()
    }

    /// Adds all rows of another state of the same model; the positive class stays.
    pub fn merge(&mut self, other: &Classification) {
        self.confusion.merge(&other.confusion);
        self.scores.merge(&other.scores);
    }
}
