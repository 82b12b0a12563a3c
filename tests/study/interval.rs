//! Exact bounds of a rate (C. Clopper & E. Pearson 1934), one-sided.

/// The largest rate at which `hits` or fewer of `trials` still have probability `tail`; 1 without trials.
pub fn upper(hits: u64, trials: u64, tail: f64) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    bisect(|rate| at_most(hits, trials, rate) > tail)
}

/// The smallest rate at which `hits` or more of `trials` have probability `tail`; 0 without hits.
pub fn lower(hits: u64, trials: u64, tail: f64) -> f64 {
    if hits == 0 {
        return 0.0;
    }
    bisect(|rate| 1.0 - at_most(hits - 1, trials, rate) < tail)
}

/// The rate up to which `below` holds.
fn bisect(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) { low = middle } else { high = middle }
    }
    high
}

/// P(X <= hits) of a binomial: the incomplete beta function I(1 - rate; trials - hits, hits + 1).
fn at_most(hits: u64, trials: u64, rate: f64) -> f64 {
    let (a, b) = ((trials - hits) as f64, (hits + 1) as f64);
    let x = 1.0 - rate;
    let ln_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * rate.ln();
    if x < (a + 1.0) / (a + b + 2.0) {
        ln_front.exp() * fraction(a, b, x) / a
    } else {
        1.0 - ln_front.exp() * fraction(b, a, rate) / b
    }
}

/// The continued fraction of the incomplete beta function (Press et al., "Numerical Recipes", 6.4), after Lentz.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let safe = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = safe(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut value = d;
    for i in 1..10_000 {
        let m = f64::from(i);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = safe(1.0 + term * d).recip();
            c = safe(1.0 + term / c);
            value *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-14 {
            break;
        }
    }
    value
}

/// Stirling's series from 10 on, the recurrence below.
fn ln_gamma(x: f64) -> f64 {
    if x < 10.0 {
        return ln_gamma(x + 1.0) - x.ln();
    }
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_beta_law() {
        // 1 - 0.05^(1/300)
        assert!((upper(0, 300, 0.05) - 0.009_936_082).abs() < 1e-8);
        // scipy.stats.beta.ppf([0.95, 0.05], [11, 10], [990, 991])
        assert!((upper(10, 1_000, 0.05) - 0.016_903_2).abs() < 1e-6, "{}", upper(10, 1_000, 0.05));
        assert!((lower(10, 1_000, 0.05) - 0.005_435_1).abs() < 1e-6, "{}", lower(10, 1_000, 0.05));
        assert_eq!((lower(0, 10, 0.05), upper(10, 10, 0.05)), (0.0, 1.0));
    }
}
