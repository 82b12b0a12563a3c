//! Categorical columns: laws of k categories, drawn row by row.

use crate::random::Rng;

/// A law of categories.
#[derive(Debug, Clone)]
pub struct Categories {
    name: String,
    shares: Vec<f64>,
    alias: Alias,
}

impl Categories {
    /// `k` categories of equal share.
    pub fn uniform(k: usize) -> Self {
        Categories::new(format!("{k} uniform"), vec![1.0; k])
    }

    /// `k` categories, the i-th with a share as 1/i.
    pub fn zipf(k: usize) -> Self {
        Categories::new(format!("{k} zipf"), (1..=k).map(|i| 1.0 / i as f64).collect())
    }

    /// Two categories, one of them rare.
    pub fn rare(share: f64) -> Self {
        Categories::new(format!("2, rare {share}"), vec![1.0 - share, share])
    }

    /// Of these weights.
    pub fn new(name: String, weights: Vec<f64>) -> Self {
        let total: f64 = weights.iter().sum();
        let shares: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let alias = Alias::new(&shares);
        Categories { name, shares, alias }
    }

    /// For tables.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The share of each.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// Rows of each category among `rows`.
    pub fn draw(&self, rng: &mut Rng, rows: u64) -> Vec<u64> {
        let mut counts = vec![0; self.shares.len()];
        if let [_, second] = self.shares[..] {
            counts[1] = rng.binomial(rows, second);
            counts[0] = rows - counts[1];
            return counts;
        }
        for _ in 0..rows {
            counts[self.alias.draw(rng)] += 1;
        }
        counts
    }
}

/// Draws from k categories in constant time (A. Walker 1977; M. Vose 1991).
#[derive(Debug, Clone)]
struct Alias {
    stays: Vec<f64>,
    other: Vec<usize>,
}

impl Alias {
    fn new(shares: &[f64]) -> Self {
        let k = shares.len();
        let mut stays: Vec<f64> = shares.iter().map(|share| share * k as f64).collect();
        let mut other: Vec<usize> = (0..k).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..k).partition(|&i| stays[i] < 1.0);
        while let (Some(&few), Some(&many)) = (small.last(), large.last()) {
            small.pop();
            other[few] = many;
            stays[many] -= 1.0 - stays[few];
            if stays[many] < 1.0 {
                large.pop();
                small.push(many);
            }
        }
        // what is left differs from 1 by rounding alone
        small.into_iter().chain(large).for_each(|i| stays[i] = 1.0);
        Alias { stays, other }
    }

    fn draw(&self, rng: &mut Rng) -> usize {
        let at = rng.uniform() * self.stays.len() as f64;
        let i = at as usize;
        if at - (i as f64) < self.stays[i] { i } else { self.other[i] }
    }
}
