//! Numeric columns: laws given by their quantiles, so that a sorted sample is the image of sorted uniforms, and what
//! happens to one that drifts.

use crate::random::{Rng, normal_quantile};

/// A law of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Standard normal.
    Normal,
    /// exp(1.5 z).
    Lognormal,
    /// Student's t with 2 degrees of freedom: no variance.
    T2,
    /// No mean.
    Cauchy,
    /// 0 to 1.
    Uniform,
    /// Counts around 20.
    Poisson20,
    /// Counts around 2: few values, tested as numbers all the same.
    Poisson2,
    /// 60% zeros, the rest lognormal.
    ZeroInflated,
    /// Normal to one decimal: many ties.
    Rounded,
    /// 99% of the rows are one value.
    AlmostConstant,
    /// Two humps.
    Bimodal,
}

impl Law {
    /// All of them.
    pub const ALL: [Law; 11] = [
        Law::Normal,
        Law::Lognormal,
        Law::T2,
        Law::Cauchy,
        Law::Uniform,
        Law::Poisson20,
        Law::Poisson2,
        Law::ZeroInflated,
        Law::Rounded,
        Law::AlmostConstant,
        Law::Bimodal,
    ];

    /// For tables.
    pub fn name(self) -> &'static str {
        match self {
            Law::Normal => "normal",
            Law::Lognormal => "lognormal",
            Law::T2 => "t2",
            Law::Cauchy => "cauchy",
            Law::Uniform => "uniform",
            Law::Poisson20 => "poisson 20",
            Law::Poisson2 => "poisson 2",
            Law::ZeroInflated => "zero-inflated",
            Law::Rounded => "rounded",
            Law::AlmostConstant => "almost constant",
            Law::Bimodal => "bimodal",
        }
    }

    /// The value that a share `u` of the rows is below or at.
    pub fn quantile(self, u: f64) -> f64 {
        match self {
            Law::Normal => normal_quantile(u),
            Law::Lognormal => (1.5 * normal_quantile(u)).exp(),
            Law::T2 => (2.0 * u - 1.0) / (2.0 * u * (1.0 - u)).sqrt(),
            Law::Cauchy => (std::f64::consts::PI * (u - 0.5)).tan(),
            Law::Uniform => u,
            Law::Poisson20 => poisson(20.0, u),
            Law::Poisson2 => poisson(2.0, u),
            Law::ZeroInflated if u < 0.6 => 0.0,
            Law::ZeroInflated => Law::Lognormal.quantile((u - 0.6) / 0.4),
            Law::Rounded => (10.0 * normal_quantile(u)).round() / 10.0,
            Law::AlmostConstant if u < 0.005 => 4.0 + 100.0 * u,
            Law::AlmostConstant if u > 0.995 => 5.5 + 100.0 * (u - 0.995),
            Law::AlmostConstant => 5.0,
            Law::Bimodal => normal_quantile(u) + 2.0 * (8.0 * (u - 0.5)).tanh(),
        }
    }
}

fn poisson(mean: f64, u: f64) -> f64 {
    let mut term = (-mean).exp();
    let (mut sum, mut count) = (term, 0.0);
    while sum < u && count < 200.0 {
        count += 1.0;
        term *= mean / count;
        sum += term;
    }
    count
}

/// What happened to the live side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shift {
    /// Nothing.
    None,
    /// Values are larger by this.
    Mean(f64),
    /// Values are this many times as large.
    Scale(f64),
    /// This share of the rows, the largest, is larger by 2.
    Tail(f64),
}

/// The values of one side, sorted, beside its missing rows.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Ascending.
    pub values: Vec<f64>,
    /// Null.
    pub missing: u64,
}

/// `rows` rows of which each is missing with probability `missing`.
pub fn sample(rng: &mut Rng, law: Law, rows: u64, missing: f64, shift: Shift) -> Sample {
    let missing = rng.binomial(rows, missing);
    let mut values = rng.sorted_uniforms(rows - missing);
    for value in &mut values {
        let u = value.clamp(1e-300, 1.0 - f64::EPSILON / 2.0);
        let x = law.quantile(u);
        *value = match shift {
            Shift::None => x,
            Shift::Mean(by) => x + by,
            Shift::Scale(times) => x * times,
            Shift::Tail(share) if u > 1.0 - share => x + 2.0,
            Shift::Tail(_) => x,
        };
    }
    // where an approximation changes its formula it may step back by its error
    if !values.is_sorted() {
        values.sort_unstable_by(f64::total_cmp);
    }
    Sample { values, missing }
}
