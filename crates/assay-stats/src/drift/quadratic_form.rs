//! Upper tails of the limiting laws of Cramer-von Mises and Anderson-Darling statistics.
//!
//! Both limits are sums of weighted squares of normals, whose tail is an alternating sum of integrals between
//! neighbouring poles (Smirnov 1937; Durbin and Knott 1972, "Components of Cramer-von Mises statistics I", JRSS B 34):
//! P(Q > x) = (1/pi) sum_k (-1)^(k+1) int exp(-x u) / (u sqrt|D(2u)|) du over the k-th pair of poles. D is known in
//! closed form: sin(y)/y with y = sqrt(2u) for Cramer-von Mises, -cos(pi s/2)/(2 pi u) with s = sqrt(1 + 8u) for
//! Anderson-Darling. Both integrands have inverse square roots at their ends, so Chebyshev's nodes integrate them
//! almost exactly. Unlike 1 - cdf, the tail keeps its digits at any size, as a logarithm.

use std::f64::consts::PI;

/// A limiting law: its k-th integral with 0 <= v <= 2 across the pair of poles.
pub(crate) trait Law {
    /// u at the first pole: the tail falls like exp(-x u).
    const FIRST_POLE: f64;
    /// Below this x the tail is 1 to 1e-16.
    const ALL: f64;
    /// u - `FIRST_POLE` at v.
    fn decay(k: f64, v: f64) -> f64;
    /// What stands beside exp(-x u) / sqrt(cos(pi (v - 1) / 2)) dv.
    fn weight(k: f64, v: f64) -> f64;
}

/// The limit of the Cramer-von Mises statistic; mean 1/6.
pub(crate) struct CramerVonMisesLaw;

impl Law for CramerVonMisesLaw {
    const FIRST_POLE: f64 = PI * PI / 2.0;
    const ALL: f64 = 0.003;

    fn decay(k: f64, v: f64) -> f64 {
        let beyond = 2.0 * (k - 1.0) * PI + 0.5 * PI * v;
        0.5 * beyond * (beyond + 2.0 * PI)
    }

    fn weight(k: f64, v: f64) -> f64 {
        let y = (2.0 * k - 1.0) * PI + 0.5 * PI * v;
        PI / y.sqrt()
    }
}

/// The limit of the Anderson-Darling statistic (T. Anderson and D. Darling 1952; values in G. and J. Marsaglia 2004,
/// "Evaluating the Anderson-Darling distribution", Journal of Statistical Software 9(2)); mean 1.
pub(crate) struct AndersonDarlingLaw;

impl Law for AndersonDarlingLaw {
    const FIRST_POLE: f64 = 1.0;
    const ALL: f64 = 0.03;

    fn decay(k: f64, v: f64) -> f64 {
        let beyond = 4.0 * (k - 1.0) + v;
        beyond * (beyond + 6.0) / 8.0
    }

    fn weight(k: f64, v: f64) -> f64 {
        let s = 4.0 * k - 1.0 + v;
        s * (PI / (s * s - 1.0)).sqrt()
    }
}

/// ln P(Q > x).
pub(crate) fn ln_tail<L: Law>(x: f64) -> f64 {
    if x.is_nan() || x < L::ALL {
        return 0.0;
    }
    // beyond, a term is too small to matter
    const SMALL: f64 = 45.0;
    // near a pole exp(-x u) is a bell of width x^(-1/2) in the angle, which the nodes have to resolve
    let nodes = (64.0 + 16.0 * x.sqrt()).ceil();
    let mut sum = 0.0;
    let mut k = 1.0;
    while x * L::decay(k, 0.0) < SMALL {
        let mut part = 0.0;
        for i in 0..nodes as u64 {
            let angle = (i as f64 + 0.5) * PI / nodes;
            let v = 2.0 * (0.5 * angle).sin().powi(2);
            let exponent = x * L::decay(k, v);
            if exponent > SMALL {
                break;
            }
            part += (-exponent).exp() * L::weight(k, v) / smooth_cosine(v).sqrt();
        }
        sum += if k % 2.0 == 1.0 { part } else { -part };
        k += 1.0;
    }
    ((sum / nodes).ln() - x * L::FIRST_POLE).min(0.0)
}

/// cos(pi (v - 1) / 2) / (v (2 - v)), which has no zero in `0 <= v <= 2`.
fn smooth_cosine(v: f64) -> f64 {
    let end = v.min(2.0 - v);
    if end == 0.0 { PI / 4.0 } else { (0.5 * PI * end).sin() / (end * (2.0 - end)) }
}
