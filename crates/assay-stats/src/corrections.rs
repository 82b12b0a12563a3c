//! Corrections of p-values for many tests.
//!
//! Fifty columns tested at .05 raise an alarm in 93 of 100 quiet windows. A correction turns the p-values of a family of
//! tests into adjusted ones, each of which is compared with alpha as if it were the only one. All of it happens in
//! logarithms, so an adjusted value below 1e-300 keeps its size.

use crate::PValue;

/// How the p-values of a family are adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Correction {
    /// The share of false alarms among the alarms stays below alpha, for independent or positively dependent tests
    /// (Benjamini & Hochberg 1995).
    #[default]
    BenjaminiHochberg,
    /// The same for any dependence, by a factor of `1 + 1/2 + .. + 1/N` (Benjamini & Yekutieli 2001).
    BenjaminiYekutieli,
    /// The probability of any false alarm stays below alpha: p times N.
    Bonferroni,
    /// p-values stay as they are.
    None,
}

impl Correction {
    /// All of them, the default first.
    pub const ALL: [Correction; 4] =
        [Correction::BenjaminiHochberg, Correction::BenjaminiYekutieli, Correction::Bonferroni, Correction::None];

    /// Its name in the monitor language.
    pub fn name(self) -> &'static str {
        match self {
            Correction::BenjaminiHochberg => "benjamini_hochberg",
            Correction::BenjaminiYekutieli => "benjamini_yekutieli",
            Correction::Bonferroni => "bonferroni",
            Correction::None => "none",
        }
    }

    /// The correction of this name.
    pub fn find(name: &str) -> Option<Self> {
        Correction::ALL.into_iter().find(|correction| correction.name() == name)
    }

    /// The adjusted p-values of a family, in its order. They are in the order of the p-values by size, equal ones are
    /// adjusted equally, and none is smaller than its p-value.
    pub fn adjust(self, family: &[PValue]) -> Vec<PValue> {
        let n_tests = family.len() as f64;
        match self {
            Correction::BenjaminiHochberg => step_up(family, n_tests),
            Correction::BenjaminiYekutieli => step_up(family, n_tests * harmonic(family.len())),
            Correction::Bonferroni => family.iter().map(|p| p.times(n_tests)).collect(),
            Correction::None => family.to_vec(),
        }
    }
}

/// The i-th smallest of the p-values becomes the least `p_(j) * factor / j` of all j >= i.
fn step_up(family: &[PValue], factor: f64) -> Vec<PValue> {
    let mut by_size: Vec<usize> = (0..family.len()).collect();
    by_size.sort_by(|&i, &j| family[i].total_cmp(&family[j]));
    let mut adjusted = family.to_vec();
    let mut least = PValue::from_ln(0.0);
    for (rank, &i) in by_size.iter().enumerate().rev() {
        let candidate = family[i].times(factor / (rank + 1) as f64);
        if candidate.total_cmp(&least).is_lt() {
            least = candidate;
        }
        adjusted[i] = least;
    }
    adjusted
}

/// `1 + 1/2 + .. + 1/count`, the smallest first.
fn harmonic(count: usize) -> f64 {
    (1..=count).rev().map(|i| (i as f64).recip()).sum()
}
