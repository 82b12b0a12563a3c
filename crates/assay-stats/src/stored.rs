//! States as they are stored and sent: `serde` for everything that windows merge.
//!
//! What is written is canonical (equal states give equal bytes), and what is read is checked, so that damaged bytes
//! are an error here and not a panic later. Kept apart from the states so that each of them stays about its numbers.

use serde::de::{Deserializer, Error};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::PValue;
use crate::comoments::{CoMoments, MomentMatrix, Scale};
use crate::exact::Exact;
use crate::exact_sum::{ExactSum, SumParts};
use crate::performance::{CALIBRATION_BINS, Classification, Confusion, Regression, SCORE_BINS, Scores};

/// Serializes by a stored form, and reads it back through a check.
macro_rules! stored_as {
    ($state:ty, $form:ty, $to:expr, $from:expr) => {
        impl Serialize for $state {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let to: fn(&$state) -> $form = $to;
                to(self).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $state {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let from: fn($form) -> Result<$state, String> = $from;
                from(<$form>::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

// by its logarithm
stored_as!(PValue, String, |p| p.ln().to_text(), |text| {
    let ln = f64::from_text(text)?;
    let sound = ln <= 0.0;
    sound.then(|| PValue::from_ln(ln)).ok_or_else(|| format!("no logarithm of a probability: {ln:?}"))
});

/// Limbs, then how often +inf, -inf and NaN were added.
type SumForm = (Vec<(u8, i64)>, u64, u64, u64);

stored_as!(
    ExactSum,
    SumForm,
    |sum| {
        let parts = sum.to_parts();
        (parts.limbs, parts.plus_infinity, parts.minus_infinity, parts.nan)
    },
    |(limbs, plus_infinity, minus_infinity, nan)| {
        let parts = SumParts { limbs, plus_infinity, minus_infinity, nan };
        ExactSum::from_parts(&parts).map_err(|why| why.to_string())
    }
);

stored_as!(CoMoments, (u64, i128, i128, i128, i128, i128), |m| (m.n, m.sx, m.sy, m.sxx, m.syy, m.sxy), |(
    n,
    sx,
    sy,
    sxx,
    syy,
    sxy,
)| Ok(
    CoMoments { n, sx, sy, sxx, syy, sxy }
));

stored_as!(MomentMatrix, (u64, Vec<i128>, Vec<i128>), |m| (m.n(), m.sums().to_vec(), m.products().to_vec()), |(
    n,
    sums,
    products,
)| {
    MomentMatrix::from_parts(n, sums, products).map_err(|why| why.to_string())
});

stored_as!(Scale, (f64, f64), |scale| (scale.lo(), scale.hi()), |(lo, hi)| Scale::new(lo, hi)
    .ok_or_else(|| format!("a scale cannot go from {lo} to {hi}")));

#[derive(Serialize, Deserialize)]
struct RegressionForm {
    n: u64,
    missing: u64,
    zero_labels: u64,
    error: ExactSum,
    absolute_error: ExactSum,
    squared_error: ExactSum,
    relative_error: ExactSum,
    label: ExactSum,
    squared_label: ExactSum,
}

stored_as!(
    Regression,
    RegressionForm,
    |r| RegressionForm {
        n: r.n,
        missing: r.missing,
        zero_labels: r.zero_labels,
        error: r.error.clone(),
        absolute_error: r.absolute_error.clone(),
        squared_error: r.squared_error.clone(),
        relative_error: r.relative_error.clone(),
        label: r.label.clone(),
        squared_label: r.squared_label.clone(),
    },
    |r| Ok(Regression {
        n: r.n,
        missing: r.missing,
        zero_labels: r.zero_labels,
        error: r.error,
        absolute_error: r.absolute_error,
        squared_error: r.squared_error,
        relative_error: r.relative_error,
        label: r.label,
        squared_label: r.squared_label,
    })
);

#[derive(Serialize, Deserialize)]
struct ScoresForm {
    /// Rows by score bin, empty where all are 0: most models have no scores.
    positives: Vec<u64>,
    negatives: Vec<u64>,
    score_sums: Vec<u128>,
    log_loss: ExactSum,
    squared_error: ExactSum,
    missing: u64,
    outside: u64,
}

stored_as!(
    Scores,
    ScoresForm,
    |s| ScoresForm {
        positives: unless_zero(&s.positives[..]),
        negatives: unless_zero(&s.negatives[..]),
        score_sums: unless_zero(&s.score_sums),
        log_loss: s.log_loss.clone(),
        squared_error: s.squared_error.clone(),
        missing: s.missing,
        outside: s.outside,
    },
    |s| Ok(Scores {
        positives: Box::new(bins::<u64, SCORE_BINS>(s.positives)?),
        negatives: Box::new(bins::<u64, SCORE_BINS>(s.negatives)?),
        score_sums: bins::<u128, CALIBRATION_BINS>(s.score_sums)?,
        log_loss: s.log_loss,
        squared_error: s.squared_error,
        missing: s.missing,
        outside: s.outside,
    })
);

fn unless_zero<T: Copy + Default + PartialEq>(bins: &[T]) -> Vec<T> {
    if bins.iter().all(|bin| *bin == T::default()) { Vec::new() } else { bins.to_vec() }
}

fn bins<T: Copy + Default, const N: usize>(stored: Vec<T>) -> Result<[T; N], String> {
    if stored.is_empty() {
        return Ok([T::default(); N]);
    }
    let n = stored.len();
    stored.try_into().map_err(|_| format!("{n} bins where there are {N}"))
}

/// Positive class, rows by (label, prediction) as a list (keys of maps are texts in some formats), scores.
type ClassificationForm = (Option<String>, Vec<((String, String), u64)>, Scores);

stored_as!(
    Classification,
    ClassificationForm,
    |c| (c.positive().map(str::to_string), c.confusion.rows.clone().into_iter().collect(), c.scores.clone()),
    |(positive, rows, scores)| {
        let mut state = Classification::new(positive);
        state.confusion = Confusion { rows: rows.into_iter().collect() };
        state.scores = scores;
        Ok(state)
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    fn again<T: Serialize + for<'de> Deserialize<'de>>(state: &T) -> T {
        serde_json::from_str(&serde_json::to_string(state).expect("it can be written")).expect("it can be read")
    }

    #[test]
    fn states_are_read_as_they_were_written() {
        let mut sum = ExactSum::new();
        [1e300, -2.5, 1e-300, f64::INFINITY].into_iter().for_each(|x| sum.add(x));
        assert_eq!(again(&sum), sum);
        let mut moments = CoMoments::default();
        moments.add(5, -7);
        assert_eq!(again(&moments), moments);
        let mut matrix = MomentMatrix::new(2);
        matrix.add_block(&[&[1, 2], &[3, 4]]).expect("two columns of two rows");
        assert_eq!(again(&matrix), matrix);
        let mut regression = Regression::default();
        regression.add(1.5, 1.25);
        assert_eq!(again(&regression), regression);
        let mut classification = Classification::new(Some("yes".into()));
        classification.confusion.add("yes", "no", 3);
        classification.scores.add(0.25, true);
        assert_eq!(again(&classification), classification);
    }

    #[test]
    fn what_no_state_holds_is_refused() {
        assert!(serde_json::from_str::<ExactSum>("[[[3,1],[2,1]],0,0,0]").is_err());
        assert!(serde_json::from_str::<MomentMatrix>("[1,[0,0],[0]]").is_err());
        assert!(serde_json::from_str::<Scale>("[2.0,1.0]").is_err());
    }
}
