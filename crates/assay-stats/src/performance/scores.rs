//! Scores of a binary classifier: ranking (AUC), calibration, and proper scoring rules.
//!
//! Scores are probabilities of the positive class. Ranking needs them in order, which no bounded state keeps exactly:
//! they are counted in 1,024 bins of equal width, and AUC says between which values the exact one lies.

use super::{finite, no_rows};
use crate::drift::NotComputed;
use crate::exact_sum::ExactSum;

/// Bins of equal width over [0, 1] that AUC is computed on.
pub const SCORE_BINS: usize = 1024;

/// Bins of equal width over [0, 1] that calibration is computed on.
pub const CALIBRATION_BINS: usize = 16;

/// How far from 0 and 1 the probabilities of the log loss are kept.
const CLIP: f64 = 1e-15;

/// Scores are summed as integers of 2^-52.
const SCORE_UNIT: f64 = (1_u64 << 52) as f64;

/// Scores of labelled rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Rows of the positive class by score bin: bin i holds [i / 1024, (i + 1) / 1024), the last one 1, too.
    pub positives: Box<[u64; SCORE_BINS]>,
    /// Rows of the negative class by score bin.
    pub negatives: Box<[u64; SCORE_BINS]>,
    /// Sum of scores by calibration bin, each rounded to 2^-52, in units of that.
    pub score_sums: [u128; CALIBRATION_BINS],
    /// Sum of -ln of the probability that the score gave to the label.
    pub log_loss: ExactSum,
    /// Sum of (score - label)^2, label 1 or 0.
    pub squared_error: ExactSum,
    /// Rows left out because the score is NaN.
    pub missing: u64,
    /// Rows left out because the score is below 0 or above 1. With any, no metric is computed.
    pub outside: u64,
}

/// Area under the ROC curve, as a bracket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auc {
    /// With every positive below the negatives of its bin.
    pub low: f64,
    /// With pairs in one bin counted 1/2: the value that is judged, at most (high - low) / 2 off.
    pub value: f64,
    /// With every positive above the negatives of its bin.
    pub high: f64,
}

/// A point of the reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Rows.
    pub rows: u64,
    /// Their mean score; 0 without rows.
    pub mean_score: f64,
    /// Share of them that are positive; 0 without rows.
    pub positive_share: f64,
}

impl Default for Scores {
    fn default() -> Self {
        Scores {
            positives: Box::new([0; SCORE_BINS]),
            negatives: Box::new([0; SCORE_BINS]),
            score_sums: [0; CALIBRATION_BINS],
            log_loss: ExactSum::new(),
            squared_error: ExactSum::new(),
            missing: 0,
            outside: 0,
        }
    }
}

impl Scores {
    /// Adds a row: the probability given to the positive class, and whether the label is that class.
    pub fn add(&mut self, score: f64, is_positive: bool) {
        if score.is_nan() {
            self.missing += 1;
            return;
        }
        if !(0.0..=1.0).contains(&score) {
            self.outside += 1;
            return;
        }
        let bin = ((score * SCORE_BINS as f64) as usize).min(SCORE_BINS - 1);
        let counts = if is_positive { &mut self.positives } else { &mut self.negatives };
        counts[bin] += 1;
        self.score_sums[bin / (SCORE_BINS / CALIBRATION_BINS)] += (score * SCORE_UNIT).round() as u128;
        let clipped = score.clamp(CLIP, 1.0 - CLIP);
        self.log_loss.add(if is_positive { -clipped.ln() } else { -(-clipped).ln_1p() });
        let error = if is_positive { 1.0 - score } else { score };
        self.squared_error.add(error * error);
    }

    /// Adds all rows of another.
    pub fn merge(&mut self, other: &Scores) {
        for (count, more) in self.positives.iter_mut().zip(other.positives.iter()) {
            *count += more;
        }
        for (count, more) in self.negatives.iter_mut().zip(other.negatives.iter()) {
            *count += more;
        }
        for (sum, more) in self.score_sums.iter_mut().zip(other.score_sums) {
            *sum += more;
        }
        self.log_loss.merge(&other.log_loss);
        self.squared_error.merge(&other.squared_error);
        self.missing += other.missing;
        self.outside += other.outside;
    }

    /// Rows that count.
    pub fn n(&self) -> u64 {
        self.positives.iter().sum::<u64>() + self.negatives.iter().sum::<u64>()
    }

    /// Area under the ROC curve: the share of (positive, negative) pairs in which the positive scores higher, ties
    /// counting 1/2 (Mann-Whitney; Hanley & McNeil 1982). Pairs within one bin are not told apart, hence the bracket;
    /// the exact value lies in it.
    ///
    /// # Errors
    /// `no_rows`; `one_class` without positives or without negatives; `scores_outside`.
    pub fn auc(&self) -> Result<Auc, NotComputed> {
        self.usable()?;
        let (mut negatives_below, mut positives) = (0_u64, 0_u64);
        let (mut above, mut together) = (0_u128, 0_u128);
        for (&positive, &negative) in self.positives.iter().zip(self.negatives.iter()) {
            above += u128::from(positive) * u128::from(negatives_below);
            together += u128::from(positive) * u128::from(negative);
            negatives_below += negative;
            positives += positive;
        }
        let pairs = u128::from(positives) * u128::from(negatives_below);
        if pairs == 0 {
            let class = if positives == 0 { "negative" } else { "positive" };
            let text = format!("all {} labels are of the {class} class: there are no pairs to rank", self.n());
            return Err(NotComputed { code: "one_class", text });
        }
        Ok(Auc {
            low: above as f64 / pairs as f64,
            value: (2 * above + together) as f64 / (2 * pairs) as f64,
            high: (above + together) as f64 / pairs as f64,
        })
    }

    /// Mean of -ln of the probability given to the label, probabilities clipped to [1e-15, 1 - 1e-15]. In nats.
    ///
    /// # Errors
    /// `no_rows`; `scores_outside`.
    pub fn log_loss(&self) -> Result<f64, NotComputed> {
        self.usable()?;
        finite(self.log_loss.value() / self.n() as f64)
    }

    /// Mean of (score - label)^2 with label 1 or 0 (Brier 1950, the form for one class).
    ///
    /// # Errors
    /// `no_rows`; `scores_outside`.
    pub fn brier(&self) -> Result<f64, NotComputed> {
        self.usable()?;
        finite(self.squared_error.value() / self.n() as f64)
    }

    /// Expected calibration error: over 16 bins of equal width, `[i/16, (i+1)/16)`, the last one with 1, the sum of
    /// (rows in the bin / n) * |mean score - share of positives| (Naeini, Cooper & Hauskrecht 2015). 0 is calibrated.
    /// With few rows chance alone makes it positive: compare it across windows of similar size.
    ///
    /// # Errors
    /// `no_rows`; `scores_outside`.
    pub fn calibration(&self) -> Result<f64, NotComputed> {
        self.usable()?;
        let gap = |bin: CalibrationBin| bin.rows as f64 * (bin.mean_score - bin.positive_share).abs();
        finite(self.reliability().into_iter().map(gap).sum::<f64>() / self.n() as f64)
    }

    /// The reliability diagram: mean score and share of positives by calibration bin.
    pub fn reliability(&self) -> [CalibrationBin; CALIBRATION_BINS] {
        let width = SCORE_BINS / CALIBRATION_BINS;
        std::array::from_fn(|bin| {
            let fine = bin * width..(bin + 1) * width;
            let positives: u64 = self.positives[fine.clone()].iter().sum();
            let rows = positives + self.negatives[fine].iter().sum::<u64>();
            if rows == 0 {
                return CalibrationBin { rows, mean_score: 0.0, positive_share: 0.0 };
            }
            CalibrationBin {
                rows,
                mean_score: self.score_sums[bin] as f64 / SCORE_UNIT / rows as f64,
                positive_share: positives as f64 / rows as f64,
            }
        })
    }

    fn usable(&self) -> Result<(), NotComputed> {
        if self.outside > 0 {
            let text = format!("{} scores are not within 0 and 1: they are no probabilities", self.outside);
            return Err(NotComputed { code: "scores_outside", text });
        }
        if self.n() == 0 { Err(no_rows()) } else { Ok(()) }
    }
}
