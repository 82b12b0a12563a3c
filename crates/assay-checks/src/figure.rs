//! The figure a check holds against limits: compared exactly, shown so that rounding never hides a difference.

use std::cmp::Ordering;
use std::str::FromStr;

use assay_core::text::format_float;
use assay_core::verdict::Observed;
use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode};

use crate::limits::Number;

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// A count.
    Count(u64),
    /// A mean of exact values: their sum and how many there are (at least one).
    Mean(BigDecimal, u64),
    /// A float.
    Float(f64),
}

impl Figure {
    /// How it compares with a limit; `None` for NaN. Counts and means are compared exactly, a float with the float
    /// nearest to the limit, so that `max: 0.1` keeps 0.1.
    pub fn compare(&self, limit: &Number) -> Option<Ordering> {
        match self {
            Figure::Count(count) => Some(BigDecimal::from(*count).cmp(&limit.value)),
            Figure::Mean(sum, count) => Some(sum.cmp(&(&limit.value * BigDecimal::from(*count)))),
            Figure::Float(value) => value.partial_cmp(&limit.text.parse::<f64>().ok()?),
        }
    }

    /// For machines.
    pub fn observed(&self) -> Observed {
        match self {
            Figure::Count(count) => Observed::Count(*count),
            Figure::Mean(sum, count) => {
                let mean = quotient(sum, *count).with_precision_round(DIGITS, RoundingMode::HalfEven);
                Observed::Number(mean.to_string().parse().unwrap_or(f64::NAN))
            }
            Figure::Float(value) => Observed::Number(*value),
        }
    }

    /// For people: six digits, and more where fewer would land on or across one of the limits.
    pub fn show(&self, near: &[&Number]) -> String {
        let exact = match self {
            Figure::Count(count) => return count.to_string(),
            Figure::Mean(sum, count) => quotient(sum, *count),
            Figure::Float(value) if value.is_finite() && (1e-4..1e15).contains(&value.abs()) => {
                BigDecimal::from_str(&format_float(*value)).unwrap_or_default()
            }
            Figure::Float(value) => return format_float(*value),
        };
        let faithful =
            |shown: &BigDecimal| near.iter().all(|limit| Some(shown.cmp(&limit.value)) == self.compare(limit));
        let mut digits = 6.max(whole_digits(&exact));
        loop {
            let precision = std::num::NonZeroU64::new(digits).unwrap_or(std::num::NonZeroU64::MIN);
            let shown = exact.with_precision_round(precision, RoundingMode::HalfEven);
            if digits >= DIGITS.get() || faithful(&shown) {
                return shown.normalized().to_plain_string();
            }
            digits += 1;
        }
    }
}

/// More digits than any float, and than any mean needs to be told from a limit that people write.
const DIGITS: std::num::NonZeroU64 = std::num::NonZeroU64::new(60).unwrap();

fn quotient(sum: &BigDecimal, count: u64) -> BigDecimal {
    let (digits, scale) = sum.as_bigint_and_exponent();
    // 70 more digits than the sum has; the comparison itself never uses this quotient
    let scaled = digits * BigInt::from(10u8).pow(70) / BigInt::from(count.max(1));
    BigDecimal::new(scaled, scale + 70)
}

fn whole_digits(value: &BigDecimal) -> u64 {
    u64::try_from(i64::try_from(value.digits()).unwrap_or(i64::MAX) - value.as_bigint_and_exponent().1).unwrap_or(0)
}
