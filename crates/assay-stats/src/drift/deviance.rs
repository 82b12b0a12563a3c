//! The two pieces from which densities and divergences are built without losing digits to cancellation.
//!
//! Source: C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000). Written with them, a
//! logarithm of a density is a sum of small terms instead of a difference of log-factorials, which at a thousand
//! million rows would leave five digits.

use std::f64::consts::TAU;

/// `x ln(x / mean) + mean - x`, which is never negative and 0 where both are equal. `difference` is `x - mean`: where
/// the caller has it from integers, a tiny deviance keeps all its digits. Infinite where only `mean` is 0.
pub(crate) fn deviance(x: f64, mean: f64, difference: f64) -> f64 {
    if x == mean {
        return 0.0;
    }
    if x == 0.0 {
        return mean;
    }
    if mean == 0.0 {
        return f64::INFINITY;
    }
    let ratio = difference / (x + mean);
    if ratio.abs() >= 0.1 {
        return x * (x / mean).ln() - difference;
    }
    // ln(x / mean) = 2 atanh(ratio), as a series
    let mut sum = difference * ratio;
    let mut power = 2.0 * x * ratio;
    let mut odd = 3.0;
    loop {
        power *= ratio * ratio;
        let next = sum + power / odd;
        if next == sum {
            return sum;
        }
        sum = next;
        odd += 2.0;
    }
}

/// What Stirling's formula leaves out: `ln gamma(a + 1) - (a + 1/2) ln a + a - ln(2 pi) / 2`, for a > 0.
pub(crate) fn stirling_error(a: f64) -> f64 {
    let mut shifted = a;
    let mut sum = 0.0;
    // gamma(a + 2) = (a + 1) gamma(a + 1): the series is short from 15 on
    while shifted < 15.0 {
        sum += (shifted + 0.5) * shifted.recip().ln_1p() - 1.0;
        shifted += 1.0;
    }
    let square = shifted * shifted;
    let series = 1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square) / square) / square;
    sum + series / shifted
}

/// Logarithm of the probability of `x` successes in `n` draws whose success has probability `mean / n`.
/// `difference` is `x - mean`.
pub(crate) fn ln_binomial(x: f64, n: f64, mean: f64, difference: f64) -> f64 {
    let failures = n - x;
    let exponent = -deviance(x, mean, difference) - deviance(failures, n - mean, -difference);
    if x == 0.0 || failures == 0.0 {
        return exponent;
    }
    let errors = stirling_error(n) - stirling_error(x) - stirling_error(failures);
    exponent + errors - 0.5 * (TAU * x * (failures / n)).ln()
}
