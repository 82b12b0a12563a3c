//! The confusion table: how often each label was predicted as which.

use std::collections::{BTreeMap, BTreeSet};

use super::no_rows;
use crate::drift::NotComputed;

/// Rows by label and predicted label. As large as the square of the number of classes: who fills it bounds that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confusion {
    /// Rows by (label, prediction); no zeros.
    pub rows: BTreeMap<(String, String), u64>,
}

/// Rows of one class, as label, as prediction, and as both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct ClassRows {
    labelled: u64,
    predicted: u64,
    both: u64,
}

impl Confusion {
    /// Adds rows with this label that were predicted so.
    pub fn add(&mut self, label: &str, prediction: &str, rows: u64) {
        if rows > 0 {
            *self.rows.entry((label.to_string(), prediction.to_string())).or_default() += rows;
        }
    }

    /// Adds all rows of another.
    pub fn merge(&mut self, other: &Confusion) {
        for ((label, prediction), rows) in &other.rows {
            self.add(label, prediction, *rows);
        }
    }

    /// Rows in all.
    pub fn n(&self) -> u64 {
        self.rows.values().sum()
    }

    /// Classes that occur as label or as prediction, ascending by bytes.
    pub fn classes(&self) -> BTreeSet<&str> {
        self.rows.keys().flat_map(|(label, prediction)| [label.as_str(), prediction.as_str()]).collect()
    }

    /// Share of rows predicted as labelled.
    ///
    /// # Errors
    /// `no_rows`.
    pub fn accuracy(&self) -> Result<f64, NotComputed> {
        let right: u64 = self.rows.iter().filter(|((label, prediction), _)| label == prediction).map(|(_, n)| n).sum();
        ratio(right, self.n()).ok_or_else(no_rows)
    }

    /// Of the rows predicted as `positive`, the share labelled so: TP / (TP + FP). Without `positive` the macro
    /// average: the plain mean over all classes that occur as label or prediction, one that was never predicted
    /// counting 0.
    ///
    /// # Errors
    /// `no_rows`; `not_predicted` when no row is predicted as `positive`.
    pub fn precision(&self, positive: Option<&str>) -> Result<f64, NotComputed> {
        let precision = |class: ClassRows| ratio(class.both, class.predicted);
        self.of(positive, precision, |positive| NotComputed {
            code: "not_predicted",
            text: format!("no row is predicted as `{positive}`"),
        })
    }

    /// Of the rows labelled `positive`, the share predicted so: TP / (TP + FN). Without `positive` the macro average:
    /// the plain mean over all classes that occur as label or prediction, one that is no row's label counting 0.
    ///
    /// # Errors
    /// `no_rows`; `one_class` when no row is labelled `positive`.
    pub fn recall(&self, positive: Option<&str>) -> Result<f64, NotComputed> {
        let recall = |class: ClassRows| ratio(class.both, class.labelled);
        self.of(positive, recall, |positive| NotComputed {
            code: "one_class",
            text: format!("no row is labelled `{positive}`"),
        })
    }

    /// Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN). Without `positive` the macro average: the plain
    /// mean of the classes' F1 (not the F1 of the averages; Opitz & Burst 2019, *Macro F1 and macro F1*).
    ///
    /// # Errors
    /// `no_rows`; `one_class` when `positive` is neither label nor prediction of any row.
    pub fn f1(&self, positive: Option<&str>) -> Result<f64, NotComputed> {
        let f1 = |class: ClassRows| ratio(2 * class.both, class.labelled + class.predicted);
        self.of(positive, f1, |positive| NotComputed {
            code: "one_class",
            text: format!("no row is labelled or predicted as `{positive}`"),
        })
    }

    /// A ratio of the positive class, or its mean over all classes.
    fn of(
        &self,
        positive: Option<&str>,
        ratio: impl Fn(ClassRows) -> Option<f64>,
        undefined: impl Fn(&str) -> NotComputed,
    ) -> Result<f64, NotComputed> {
        let by_class = self.by_class();
        if by_class.is_empty() {
            return Err(no_rows());
        }
        match positive {
            Some(positive) => {
                let class = by_class.get(positive).copied().unwrap_or_default();
                ratio(class).ok_or_else(|| undefined(positive))
            }
            None => {
                let total: f64 = by_class.values().map(|class| ratio(*class).unwrap_or(0.0)).sum();
                Ok(total / by_class.len() as f64)
            }
        }
    }

    fn by_class(&self) -> BTreeMap<&str, ClassRows> {
        let mut classes: BTreeMap<&str, ClassRows> = BTreeMap::new();
        for ((label, prediction), rows) in &self.rows {
            classes.entry(label).or_default().labelled += rows;
            let predicted = classes.entry(prediction).or_default();
            predicted.predicted += rows;
            if label == prediction {
                predicted.both += rows;
            }
        }
        classes
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
