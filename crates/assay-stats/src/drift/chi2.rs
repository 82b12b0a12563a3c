//! The chi-square law, with its tail in logarithms: a window of ten million rows easily has a p-value of 1e-4000.
//!
//! The survival function is the regularised upper incomplete gamma function Q(df / 2, x / 2): by its continued
//! fraction (Legendre; evaluated after Lentz, as in Press et al., "Numerical Recipes", 6.2) right of the mean, as
//! 1 - P by the series of P left of it. The factor before both comes from `deviance`.

use std::f64::consts::{LN_2, TAU};

use super::deviance::{deviance, stirling_error};

/// Logarithm of the probability that a chi-square variable with `df` degrees of freedom is above `x`. With no degree
/// of freedom the variable is always 0.
pub fn ln_survival(x: f64, df: f64) -> f64 {
    if df <= 0.0 || x <= 0.0 {
        return if x > 0.0 { f64::NEG_INFINITY } else { 0.0 };
    }
    ln_upper_gamma(0.5 * df, 0.5 * x)
}

/// The value that such a variable exceeds with probability `tail`, in (0, 1). Newton's method on the logarithm of the
/// tail, from the approximation of Wilson and Hilferty (1931).
pub fn quantile_above(tail: f64, df: f64) -> f64 {
    if df <= 0.0 {
        return 0.0;
    }
    let ln_tail = tail.ln();
    let mut x = wilson_hilferty(tail, df).max(1e-3 * df);
    for _ in 0..100 {
        let ln_above = ln_survival(x, df);
        let ln_density = ln_gamma_density(0.5 * df, 0.5 * x) - LN_2;
        let step = (ln_above - ln_tail) * (ln_above - ln_density).exp();
        let next = (x + step).max(0.5 * x);
        let settled = (next - x).abs() <= 4.0 * f64::EPSILON * x;
        x = next;
        if settled {
            break;
        }
    }
    x
}

/// Two-sided probability of a standard normal beyond `z` on either side, as a logarithm.
pub fn ln_normal_two_sided(z: f64) -> f64 {
    ln_survival(z * z, 1.0)
}

/// Probability of a standard normal above `z`, as a logarithm.
pub fn ln_normal_above(z: f64) -> f64 {
    let ln_half = ln_normal_two_sided(z) - LN_2;
    if z >= 0.0 { ln_half } else { (-ln_half.exp()).ln_1p() }
}

fn wilson_hilferty(tail: f64, df: f64) -> f64 {
    // a rough normal quantile is enough to start from (Abramowitz & Stegun 26.2.22)
    let t = (-2.0 * tail.min(1.0 - tail).ln()).sqrt();
    let magnitude = t - (2.30753 + 0.27061 * t) / (1.0 + t * (0.99229 + 0.04481 * t));
    let z = if tail <= 0.5 { magnitude } else { -magnitude };
    let spread = 2.0 / (9.0 * df);
    df * (1.0 - spread + z * spread.sqrt()).max(0.0).powi(3)
}

fn ln_upper_gamma(a: f64, x: f64) -> f64 {
    if x.is_infinite() {
        return f64::NEG_INFINITY;
    }
    let ln_factor = ln_gamma_density(a, x) + x.ln();
    if x < a + 1.0 {
        return (-(ln_factor + lower_series(a, x).ln()).exp()).ln_1p();
    }
    ln_factor + upper_fraction(a, x).ln()
}

/// Logarithm of `x^(a-1) e^-x / gamma(a)`.
fn ln_gamma_density(a: f64, x: f64) -> f64 {
    0.5 * (a / TAU).ln() - deviance(a, x, a - x) - stirling_error(a) - x.ln()
}

/// `sum x^i / (a (a+1) .. (a+i))`; every term is positive.
fn lower_series(a: f64, x: f64) -> f64 {
    let mut denominator = a;
    let mut term = a.recip();
    let mut sum = term;
    while term > f64::EPSILON * 0.01 * sum {
        denominator += 1.0;
        term *= x / denominator;
        sum += term;
    }
    sum
}

/// `1 / (x+1-a - 1(1-a) / (x+3-a - 2(2-a) / (x+5-a - ..)))`, for x >= a + 1.
fn upper_fraction(a: f64, x: f64) -> f64 {
    let tiny = f64::MIN_POSITIVE / f64::EPSILON;
    let mut b = x + 1.0 - a;
    let mut c = tiny.recip();
    let mut d = b.recip();
    let mut value = d;
    let mut i = 0.0;
    loop {
        i += 1.0;
        let numerator = -i * (i - a);
        b += 2.0;
        d = away_from_zero(numerator * d + b, tiny).recip();
        c = away_from_zero(b + numerator / c, tiny);
        let factor = d * c;
        value *= factor;
        // the number of terms grows with the root of a; the cap is never met, and bounds the work all the same
        if (factor - 1.0).abs() <= f64::EPSILON || i > 1e7 {
            return value;
        }
    }
}

fn away_from_zero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}
